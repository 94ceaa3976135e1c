"""Patterns: what scenarios expect is measured as it is said, and decided with the error that is stated."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from experiments.cli import main
from experiments.measures import Scope
from experiments.patterns import PROBES, Verdict, assess, claims_of, decide, error_at, looks
from experiments.patterns.replications import Replication
from experiments.patterns.testing import Piece, run_piece
from experiments.statistics import Interval, mean_interval
from sim.errors import InputError
from sim.measures import MEASURES, final, over_days, series
from sim.scenario import Expectation, Scenario, from_toml, gallery, load

SMALL = """
extends = "baseline"
days = 12
organization.members = 150
population.occasions_per_visit.mean = 0.2
"""


def expecting(*lines: str, before: str = "") -> Scenario:
    """Return a small scenario that expects something."""
    return from_toml(SMALL + before + "".join(f"\n[[expect]]\n{line}\n" for line in lines))


def number(*lines: str, seed: int = 1, before: str = "") -> float:
    """Return what one expectation measures on one seed."""
    return run_piece(Piece(tuple(claims_of(expecting(*lines, before=before))), seed))[0]


# ---------------------------------------------------------------- deciding


@given(st.integers(1, 3000))
def test_all_looks_together_spend_five_per_cent(cap: int) -> None:
    plan = looks(cap)
    assert plan[-1] == cap and plan == sorted(set(plan))
    assert math.isclose(sum(error_at(look, cap) for look in plan), 0.05)


HIGHER = Expectation(measure="posts", direction="higher", against="baseline")
SAME = Expectation(measure="posts", direction="same", against="baseline", margin=0.5)
RANGE = Expectation(measure="posts", range=(-0.5, 0.5))


@pytest.mark.parametrize(("claim", "true_mean"), [(HIGHER, 0.0), (SAME, 0.5), (SAME, -0.5), (RANGE, 0.5)])
def test_who_looks_four_times_is_still_wrong_in_at_most_one_case_of_twenty(
    claim: Expectation, true_mean: float
) -> None:
    """At the border of what is expected neither verdict may come more often than chance allows."""
    luck, cap, verdicts = np.random.default_rng(3), 64, []
    for values in luck.normal(true_mean, 1.0, (1500, cap)):
        found = (decide(claim, mean_interval(values[:n], 1.0 - error_at(n, cap))) for n in looks(cap))
        verdicts.append(next((each for each in found if each != Verdict.undecided), Verdict.undecided))
    decided = sum(each != Verdict.undecided for each in verdicts) / len(verdicts)
    assert decided <= 0.05 + 2.0 * math.sqrt(0.05 * 0.95 / len(verdicts))
    assert decided > 0.005  # it does come to wrong verdicts: the looks are not mere caution


def test_what_is_plain_is_decided_soon_and_rightly() -> None:
    luck, cap = np.random.default_rng(5), 32
    first = looks(cap)[0]
    for claim, mean, right in (
        (HIGHER, 2.0, Verdict.held),
        (HIGHER, -2.0, Verdict.failed),
        (SAME, 9.0, Verdict.failed),
    ):
        samples = luck.normal(mean, 1.0, (300, first))
        found = [decide(claim, mean_interval(values, 1.0 - error_at(first, cap))) for values in samples]
        assert found.count(right) > 0.75 * len(found)


@given(st.floats(-9, 9), st.floats(0, 5), st.floats(0, 3))
def test_higher_than_and_lower_than_are_mirror_images(mean: float, half: float, margin: float) -> None:
    one, other = (
        Expectation(measure="posts", direction=word, against="baseline", margin=margin) for word in ("higher", "lower")
    )
    found, mirrored = Interval(mean, mean - half, mean + half, 9), Interval(-mean, -mean - half, -mean + half, 9)
    assert decide(one, found) == decide(other, mirrored)


def test_a_difference_that_is_nothing_on_every_seed_is_no_difference() -> None:
    nothing = Interval(0.0, 0.0, 0.0, 8)
    assert decide(HIGHER, nothing) == Verdict.failed
    assert decide(SAME, nothing) == Verdict.held
    assert decide(HIGHER, mean_interval([])) == Verdict.undecided


# ---------------------------------------------------------------- what is measured


def test_the_days_of_a_run_add_up_to_the_whole() -> None:
    replication = Replication(expecting(), 1)
    world, people = replication.ended.world, replication.ended.organization
    daily, whole, parts = series(world, people), final(world, people), over_days(world, people, (0, 12))
    for name, measure in MEASURES.items():
        if measure.value is None:
            continue
        row = daily.values[daily.measures.index(name), 0]
        for day in (0, 7):
            value = over_days(world, people, (day, day + 1))[name]
            assert np.isclose(math.nan if value is None else value, row[day], equal_nan=True), name
        if measure.how == "total":
            assert math.isclose(parts[name] or 0.0, whole[name] or 0.0), name
            assert math.isclose(parts[name] or 0.0, row.sum()), name


def test_each_way_to_compare_is_the_difference_that_it_says() -> None:
    world = expecting()
    value = {
        "here": Replication(world, 1).value("posts"),
        "team": Replication(world.with_({"visibility.scope": "team"}), 1).value("posts"),
        "anonymous": Replication(world.with_({"visibility.anonymous_posts": True}), 1).value("posts"),
        "both": Replication(world.with_({"visibility.scope": "team", "visibility.anonymous_posts": True}), 1).value(
            "posts"
        ),
        "early": Replication(world, 1).value("posts", days=(0, 5)),
        "late": Replication(world, 1).value("posts", days=(5, 12)),
        "coworkers": Replication(world, 1).value("posts", Scope(role="coworker")),
    }
    for name, found in value.items():
        assert found, name
    say: Any = value
    head = 'measure = "posts"\n'
    team = 'against = { visibility.scope = "team" }\n'
    assert number(f"{head}range = [0, 1]") == say["here"]
    assert number(f'{head}range = [0, 1]\ngroup = "role:coworker"') == say["coworkers"]
    assert number(f'{head}direction = "higher"\n{team}') == say["here"] - say["team"] != 0
    assert number(f'{head}direction = "higher"\ndays = [5, 12]\nagainst = "days 0-5"') == say["late"] - say["early"]
    moderated = f'{head}direction = "higher"\n{team}moderated_by = {{ visibility.anonymous_posts = true }}'
    assert number(moderated) == (say["here"] - say["team"]) - (say["anonymous"] - say["both"])


def test_against_another_scenario_both_last_equally_long_and_share_their_luck() -> None:
    claim = claims_of(
        expecting('measure = "posts"\ndirection = "same"\nmargin = 1\nagainst = "baseline"'), members=150
    )[0]
    assert claim.other is not None and claim.other.ticks == claim.this.ticks
    assert number('measure = "posts"\ndirection = "same"\nmargin = 1\nagainst = "without events"') == 0.0


def test_a_group_that_there_is_not_has_no_value() -> None:
    assert math.isnan(number('measure = "posts"\nrange = [0, 1]\ngroup = "department:Moonshine"'))


# ---------------------------------------------------------------- probes


REBUKE = """
[[events]]
day = 4
respond = { by = "ceo", to = "latest_critique", how = "sanction" }
"""


def test_the_unexposed_are_the_same_people_in_both_worlds_and_know_nothing_at_first() -> None:
    """Whoever has not read a rebuke by the hour after it can only have been reached by what others do then."""
    at_once = 'measure = "p_speak_unexposed"\ndirection = "lower"\nagainst = "without events"\ndays = [4, 4.125]'
    assert number(at_once, before=REBUKE) == 0.0
    assert math.isnan(number(at_once.replace('direction = "lower"\nagainst = "without events"', "range = [0, 1]")))
    later = number(at_once.replace("[4, 4.125]", "[4, 12]"), before=REBUKE)
    assert math.isfinite(later) and later != 0.0


def test_shares_are_of_what_the_measures_count() -> None:
    replication = Replication(expecting(), 2)
    values = final(replication.ended.world, replication.ended.organization)
    for name, above, below in (
        ("rephrase_share", "strategy_rephrase", "spoken"),
        ("elsewhere_share", "strategy_other_channel", "wishes"),
        ("only_positive_share", "strategy_only_positive", "wishes"),
    ):
        expected = (values[above] or 0.0) / (values[below] or math.nan)
        assert math.isclose(PROBES[name].value(replication, replication, None, "all"), expected)


def test_with_the_climate_frozen_nobody_is_more_ignorant_than_a_sample_would_leave_them() -> None:
    still = 'measure = "ignorance_beyond_sample"\nrange = [0, 1]'
    frozen = number(still, before="learning.of_climate = 0\nvoice.second_opinion_cost = 10\n")
    assert abs(frozen) < 0.002
    assert number(still) != 0.0


def test_amplification_is_nothing_where_climate_and_licence_teach_nothing() -> None:
    said = 'measure = "amplification"\nrange = [0, 1]'
    assert number(said, before="learning.of_climate = 0\nlearning.of_licence = 0\n") == 0.0


def test_a_lever_that_moves_one_way_and_back_has_a_gap_and_one_that_rests_has_none_to_measure() -> None:
    said = 'measure = "hysteresis_area"\nrange = [-1, 1]'
    assert math.isnan(number(said))
    events = "".join(
        f"[[events]]\nday = {day}\nset = {{ leadership.executives.openness = {to} }}\n"
        for day, to in ((3, 0.4), (6, 0.1), (9, 0.4))
    )
    assert -1.0 < number(said, before=events) < 1.0


# ---------------------------------------------------------------- the test as a whole, and the command


def test_results_do_not_depend_on_the_number_of_processes() -> None:
    world = expecting('measure = "posts"\nrange = [0, 9999]', 'measure = "posts"\nrange = [100000, 999999]')
    one, two = (assess([world], 8, workers) for workers in (1, 2))
    assert one.values == two.values
    assert [each.verdict for each in one.tested] == [Verdict.held, Verdict.failed]


def test_a_lever_that_nobody_can_perceive_is_reported_as_failed() -> None:
    """Openness of leaders who never answer changes nothing at all, so no difference is found, and said so."""
    silent = "leadership.executives.responsiveness = 0\nleadership.line_managers.responsiveness = 0\n"
    said = 'measure = "spoken"\ndirection = "higher"\nagainst = { leadership.executives.openness = 0.1 }'
    trial = assess([expecting(said, before=silent)], 8, 1)
    assert trial.tested[0].verdict == Verdict.failed and trial.tested[0].interval[:3] == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('measure = "post"\nrange = [0, 1]', "posts"),
        ('measure = "arena_type"\nrange = [0, 1]', "numbers"),
        ('measure = "gini_contribution"\nrange = [0, 1]\ngroup = "role:coworker"', "everyone only"),
        ('measure = "multivocality"\nrange = [0, 9]\ndays = [0, 2]', "whole runs"),
        ('measure = "posts"\ndirection = "higher"\nagainst = "basline"', "baseline"),
        ('measure = "posts"\ndirection = "higher"\nagainst = { visibility.scop = "team" }', "visibility.scope"),
        ('measure = "posts"\ndirection = "higher"\nagainst = { visibility.scope = "planet" }', "organization"),
        ('measure = "posts"\ndirection = "higher"\nagainst = { days = 3 }', "equally long"),
        ('measure = "posts"\ndirection = "higher"\nagainst = {}', "no settings"),
        ('measure = "posts"\ndirection = "same"\nagainst = "baseline"', "margin"),
        ('measure = "posts"\nrange = [0, 1]\nmoderated_by = { visibility.scope = "team" }', "another world"),
        ('measure = "posts"\nrange = [0, 1]\ngroup = "role:king"', "role:executive"),
        ('measure = "posts"\nrange = [0, 1]\npattern = "Z"', "one of A, B"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_its_line(tmp_path: Path, line: str, word: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(SMALL + "\n[[expect]]\n" + line + "\n", "utf-8")
    for command in ("check", "patterns"):
        result = CliRunner().invoke(main, [command, str(file)])
        assert result.exit_code == 2, result.output
        assert word in result.output and "mine.toml" in result.output and "line" in result.output
        assert "Traceback" not in result.output


def test_the_command_says_held_failed_and_why(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    lines = ('measure = "posts"\nrange = [0, 9999]\nwhy = "<b>so</b>"', 'measure = "posts"\nrange = [100000, 999999]')
    file.write_text(SMALL + "".join(f"\n[[expect]]\n{line}\n" for line in lines), "utf-8")
    answer = CliRunner().invoke(main, ["patterns", str(file), "--seeds", "4"])
    assert answer.exit_code == 0, answer.output
    assert "1 held, 1 failed, 0 undecided" in answer.output and "<b>so</b>" in answer.output
    found = json.loads(CliRunner().invoke(main, ["patterns", str(file), "--seeds", "4", "--json"]).stdout)
    assert [each["verdict"] for each in found["expectations"]] == ["held", "failed"]
    assert found["complete"] and found["expectations"][0]["low"] <= found["expectations"][0]["mean"]
    nothing = tmp_path / "nothing.toml"
    nothing.write_text(SMALL, "utf-8")
    assert CliRunner().invoke(main, ["patterns", str(nothing)]).exit_code == 2


def test_ctrl_c_keeps_what_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    world = expecting('measure = "posts"\nrange = [0, 9999]', 'measure = "posts"\ndirection = "higher"\nmargin = 5.75\n'
                      'against = { leadership.executives.openness = 0.1 }')  # fmt: skip
    looked: list[int] = []

    def stop(look: int, done: int, _total: int) -> None:
        looked.append(done)
        if look == 1:
            raise KeyboardInterrupt

    trial = assess([world], 32, 1, done=stop)
    assert not trial.complete and trial.tested[0].verdict == Verdict.held


def test_expectations_survive_being_written_and_read_again() -> None:
    world = expecting(
        'measure = "posts"\ndirection = "higher"\nagainst = { visibility.scope = "team" }\nmargin = 2\n'
        'moderated_by = { leadership.executives.openness = 0.1 }\ngroup = "role:coworker"\npattern = "B"\nwhy = "x"'
    )
    assert from_toml(world.to_toml()).expect == world.expect


# ---------------------------------------------------------------- the gallery


EVERY_RUN = ("baseline", "one-public-rebuke", "anonymous-channel")
LETTERS = set("ABCDEFGHIJK")


def verdicts(names: Any, cap: int) -> list[tuple[str, int, str]]:
    found = assess([load(name) for name in names], cap).tested
    return [(each.claim.this.name, each.claim.number, each.verdict.value) for each in found]


def told_by_the_page() -> dict[tuple[str, int], str]:
    import docs.patterns

    page = docs.patterns.recorded()
    return {(each["scenario"], each["number"]): each["verdict"] for each in page}


def contradictions(found: list[tuple[str, int, str]]) -> list[tuple[str, int, str, str]]:
    page = told_by_the_page()
    opposite = {("held", "failed"), ("failed", "held")}
    return [(*each, page[each[:2]]) for each in found if (each[2], page[each[:2]]) in opposite]


def test_the_page_tells_of_every_expectation_and_the_gallery_of_every_pattern() -> None:
    expected = {(name, n): each for name in gallery() for n, each in enumerate(load(name).expect)}
    assert set(told_by_the_page()) == set(expected)
    assert {each.pattern for each in expected.values()} >= LETTERS


def test_three_scenarios_show_what_the_page_tells() -> None:
    assert contradictions(verdicts([name for name in EVERY_RUN if name in gallery()], 8)) == []


@pytest.mark.slow
def test_no_scenario_contradicts_what_the_page_tells() -> None:
    assert contradictions(verdicts(gallery(), 8)) == []


def test_the_worlds_of_a_claim_are_checked_before_any_is_run() -> None:
    with pytest.raises(InputError):
        claims_of(expecting('measure = "p_speek"\nrange = [0, 1]'))
