"""Claims about the scorecard: how facts are declared, and how they are judged over seeds."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import experiments.commands.facts as facts_command
from experiments.cli import main
from experiments.facts import (
    CURRENT,
    EDITIONS,
    FACTS,
    Match,
    Use,
    count,
    facts_for,
    judge,
    read_mail,
    scorecard,
    seed_by_seed,
)
from experiments.facts import replies as r
from experiments.facts.fact import about, near
from experiments.facts.first_edition import CHANGES
from experiments.facts.mail import replies_in
from experiments.facts.measuring import participation
from experiments.facts.observation import BURN_IN, HALF_YEAR, Observation, lasting
from experiments.facts.page import PAGE, measure, read_records, renew, with_record
from experiments.facts.scorecard import seeds_to_decide, together
from experiments.facts.working_time import working_hours
from experiments.facts.worlds import mean_willingness
from experiments.statistics import Interval
from sim.engine import Engine
from sim.organization import Organization, read
from sim.scenario import load
from sim.sources import rules_digest
from sim.spiral.voice import whole_ledger
from sim.state import TICKS_PER_DAY

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "manufacturing"
SLACK = REAL.with_name("slack-export")
slack_export = pytest.mark.skipif(not SLACK.is_dir(), reason="the real export of a Slack workspace is not here")
real_data = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real company's files are not here (doi:10.7910/DVN/6Z3CGX)"
)


# ---------------------------------------------------------------- judging


NUMBERS = st.floats(-10.0, 10.0)


@st.composite
def intervals(draw: Any) -> Interval:
    low, mean, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    return Interval(mean, low, high, 5)


@given(intervals(), st.tuples(NUMBERS, NUMBERS).map(sorted))
def test_an_interval_is_matched_inside_missed_outside_and_undecided_astride(interval, bounds):
    low, high = bounds
    inside = low <= interval.low and interval.high <= high
    apart = interval.high < low or interval.low > high
    expected = Match.matched if inside else Match.missed if apart else Match.undecided
    assert judge(interval, low, high) == expected


@given(intervals(), st.tuples(NUMBERS, NUMBERS).map(sorted), st.floats(0.0, 5.0))
def test_a_wider_range_never_unmatches_and_never_makes_a_miss(interval, bounds, more):
    low, high = bounds
    before, after = judge(interval, low, high), judge(interval, low - more, high + more)
    assert before != Match.matched or after == Match.matched
    assert after != Match.missed or before == Match.missed


def test_one_seed_or_none_decides_nothing():
    assert judge(Interval(0.5, -math.inf, math.inf, 1), 0.0, 1.0) == Match.undecided
    assert judge(Interval(math.nan, -math.inf, math.inf, 0), -math.inf, math.inf) == Match.undecided


def test_a_fact_is_matched_only_if_all_of_its_parts_are():
    matched, missed, undecided = Match
    assert together([matched, matched]) == Match.matched
    assert together([matched, undecided]) == Match.undecided
    assert together([matched, undecided, missed]) == Match.missed


def test_the_seeds_that_would_decide_do_decide_if_mean_and_spread_stay():
    straddling = Interval(0.45, 0.35, 0.55, 10)
    wanted = seeds_to_decide(straddling, 0.4, 0.9)
    assert wanted is not None
    narrower = 0.1 * math.sqrt(10 / wanted)
    assert judge(Interval(0.45, 0.45 - narrower, 0.45 + narrower, wanted), 0.4, 0.9) == Match.matched
    assert seeds_to_decide(Interval(0.4, 0.3, 0.5, 10), 0.4, 0.9) is None


@given(st.floats(0.01, 0.99))
def test_the_range_of_a_share_without_a_spread_stays_within_0_and_1(share):
    low, high = about(share)
    assert 0.0 < low < share < high < 1.0
    assert near(share)[0] < share < near(share)[1]


# ---------------------------------------------------------------- the declarations


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_fact_is_declared_whole(edition):
    for name, fact in EDITIONS[edition].items():
        assert (fact.id, fact.edition) == (name, edition)
        assert fact.statement
        assert fact.source and fact.known
        assert fact.why.endswith(".")
        assert all(part.low < part.high and part.id.startswith(fact.id[:3].rstrip("ab")) for part in fact.parts)
    ids = [part.id for fact in EDITIONS[edition].values() for part in (*fact.parts, *fact.beside)]
    assert len(set(ids)) == len(ids)


def test_the_first_edition_held_against_thirteen_facts_and_the_second_against_27():
    assert len(facts_for(Use.test, edition=1)) == 13
    assert len(facts_for(Use.test)) == 27
    assert CURRENT == 2


def test_whatever_changed_since_the_first_edition_is_told():
    """A part that has another range, or another measure under the name of the old one, comes with a reason."""
    for name, fact in EDITIONS[1].items():
        now = FACTS.get(name)
        ranges = {part.id: (part.low, part.high) for part in now.parts} if now else {}
        if now is None or now.use != fact.use or ranges != {part.id: (part.low, part.high) for part in fact.parts}:
            assert name in CHANGES, name
    assert CHANGES.keys() <= EDITIONS[1].keys()


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_fact_is_measured_in_an_ordinary_run(lively, edition):
    facts = facts_for(*Use, edition=edition)
    values = next(iter(seed_by_seed(lively.with_({"days": 30}), [1], facts, workers=1)))
    unknown = {name for name, value in values.items() if math.isnan(value)}
    assert unknown <= {
        "F12b",
        "F13b (log)",
        "F26b",
        "F26c",
    }  # in so small a world everyone writes
    assert values.keys() == {part.id for fact in facts for part in (*fact.parts, *fact.beside)}


def test_the_scorecard_is_the_same_for_the_same_seeds(lively):
    facts = [FACTS["F4"], FACTS["F21"]]
    one, other = (list(seed_by_seed(lively, [3, 4], facts, workers=1)) for _ in range(2))
    assert one == other
    assert scorecard(one, facts) == scorecard(other, facts)


def test_facts_are_counted_by_use_and_verdict():
    facts = [FACTS["F1"], FACTS["F21"], FACTS["F23"]]
    values = [{"F1": 0.5 + 0.01 * n, "F21": 9.0 + 0.01 * n, "F23": 0.4 + 0.2 * n} for n in range(3)]
    counted = count(scorecard(values, facts), Use.test)
    assert counted == {Match.matched: 1, Match.missed: 1, Match.undecided: 1}


# ---------------------------------------------------------------- real e-mail


@slack_export
def test_the_median_quarter_of_a_real_workspace_lies_within_n27():
    """It predates threads, so nothing else can be seen in it."""
    said = sorted(
        (float(message["ts"]), message["user"])
        for day in SLACK.glob("channel-*/*.json")
        for message in json.loads(day.read_text("utf-8"))
        if message.get("subtype") in (None, "file_share") and "user" in message
    )
    quarters: dict[int, Counter[str]] = defaultdict(Counter)
    for when, who in said:
        quarters[int((when - said[0][0]) // (91 * 86_400))][who] += 1
    written = [np.array(list(quarter.values())) for quarter in quarters.values() if len(quarter) >= 8]
    measures = (participation.gini_of_contributors, participation.written_by_top_fifth, participation.wrote_only_once)
    for part, measure_of in zip(FACTS["N27"].parts, measures, strict=True):
        assert part.low <= np.median([measure_of(each) for each in written]) <= part.high, part.id


def _organization(small: Any) -> Organization:
    return Engine(small).organization


def test_working_hours_stop_at_night_and_at_weekends():
    friday, monday = datetime(2010, 1, 8, 16, 30), datetime(2010, 1, 11, 8, 0)
    assert working_hours(monday) - working_hours(friday) == pytest.approx(0.0)
    assert working_hours(datetime(2010, 1, 11, 10, 30)) - working_hours(monday) == pytest.approx(2.5)
    assert working_hours(datetime(2010, 1, 12, 8)) - working_hours(monday) == pytest.approx(8.0)


def test_a_reply_answers_the_last_message_that_waits():
    hours, one, other = np.array([0.0, 1.0, 3.0, 4.0, 9.0]), np.array([0, 0, 1, 1, 0]), np.array([1, 1, 0, 0, 1])
    replies = replies_in(hours, one, other)
    assert replies.one.tolist() == [1, 0]
    assert replies.hours.tolist() == [2.0, 5.0]


def test_a_file_without_times_gives_no_column(tmp_path, small):
    organization = _organization(small)
    ties = tmp_path / "ties.csv"
    ties.write_text("from,to\nm0,m1\nm1,m0\n")
    assert read_mail(ties, organization) is None
    ties.write_text(
        "from,to,at\nm0,m1,2024-01-08 09:00\nm1,m0,2024-01-08 11:00\nm1,nobody,2024-01-08 11:00\nm0,m1,soon\n"
    )
    mail = read_mail(ties, organization)
    assert mail is not None
    assert mail.replies.hours.tolist() == [2.0]
    assert mail.written.sum() == 2


@real_data
def test_a_real_company_shows_fast_replies_with_a_long_tail_and_a_decay_with_distance():
    organization, _ = read(REAL / "reportsto.csv", ties=REAL / "communication.csv", repair=True)
    mail = read_mail(REAL / "communication.csv", organization)
    assert mail is not None
    assert 0.6 < r.within_a_day(mail.replies, organization) < 0.95
    assert r.tail_exponent(mail.replies, organization) < 3.0
    assert 0.3 < r.decay_with_distance(mail.replies, organization) < 1.2


@real_data
def test_the_ranges_hold_what_was_measured_in_that_company():
    """Its e-mail is among what F29 and F34 were taken from; how unequally people write (F19, N27) it shows beside."""
    organization, _ = read(REAL / "reportsto.csv", ties=REAL / "communication.csv", repair=True)
    mail = read_mail(REAL / "communication.csv", organization)
    for part in (part for name in ("F29", "F34") for part in FACTS[name].parts):
        assert part.of_mail is not None
        assert part.low <= part.of_mail(mail) <= part.high, part.id


# ---------------------------------------------------------------- the command


def ism(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["facts", *arguments])


SMALL = ("--members", "80", "--set", "days=25", "--seeds", "2")


def test_the_command_prints_every_part_and_how_many_test_facts_are_matched():
    done = ism("baseline", *SMALL)
    assert done.exit_code == 0
    assert "of 27 test facts matched" in done.stdout
    for fact in FACTS.values():
        for part in (*fact.parts, *fact.beside):
            assert f"\n{part.id}" in done.stdout
    assert "F5*" in done.stdout  # a proxy is marked


def test_the_first_edition_can_still_be_asked_for():
    done = ism("baseline", *SMALL, "--edition", "1")
    assert done.exit_code == 0
    assert "of 13 test facts matched" in done.stdout
    assert "F33a" in done.stdout
    assert ism("baseline", "--edition", "3").exit_code == 2


def test_json_is_one_object_with_every_fact_and_no_other_word():
    done = ism("baseline", *SMALL, "--json")
    found = json.loads(done.stdout)
    assert [fact["id"] for fact in found["facts"]] == [fact.id for fact in facts_for(*Use)]
    assert sum(found["test"].values()) == 27
    assert found["edition"] == 2
    first = found["facts"][0]["parts"][0]
    assert first["seeds"] <= 2
    assert first["range"] == [0.4, 0.85]
    beside = {row["id"] for fact in found["facts"] for row in fact["beside"]}
    assert beside == {"F4 (.15)", "F4 (.30)", "F13b (log)", "N1 (.15)", "N1 (.30)"}


def test_rival_theories_each_get_a_line():
    done = ism("baseline", *SMALL, "--rules", "all")
    assert done.exit_code == 0
    assert len([line for line in done.stdout.splitlines() if "test facts matched" in line]) == 6
    assert ism("baseline", *SMALL, "--rules", "no_fear").exit_code == 0


@pytest.mark.parametrize("wrong", [("nowhere",), ("baseline", "--ties", "x.csv"), ("baseline", "--rules", "nothing")])
def test_what_cannot_be_is_refused_with_exit_code_2(wrong):
    done = ism(*wrong)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_ctrl_c_keeps_the_seeds_that_are_finished(monkeypatch):
    def interrupted(*arguments: Any, **named: Any) -> Any:
        yield {part.id: 0.5 for fact in FACTS.values() for part in (*fact.parts, *fact.beside)}
        raise KeyboardInterrupt

    monkeypatch.setattr(facts_command, "seed_by_seed", interrupted)
    done = ism("baseline", "--seeds", "5", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["facts"][0]["parts"][0]["seeds"] == 1
    assert "the seeds finished are counted" in done.stderr


@real_data
def test_a_column_of_real_data_comes_with_a_file_of_times():
    files = ("--org", str(REAL / "reportsto.csv"), "--ties", str(REAL / "communication.csv"), "--repair")
    done = ism("baseline", "--set", "days=25", "--seeds", "2", "--json", *files)
    parts = {part["id"]: part["real"] for fact in json.loads(done.stdout)["facts"] for part in fact["parts"]}
    assert parts["F34"] == pytest.approx(0.56, abs=0.02)
    assert parts["F1"] is None


# ---------------------------------------------------------------- the page


def test_the_page_shows_the_facts_as_they_are_declared_and_what_models_showed():
    page = PAGE.read_text("utf-8")
    assert renew(page, read_records()) == page


def test_a_record_takes_the_place_of_that_which_has_its_label():
    one, two, other = {"label": "one", "n": 1}, {"label": "two"}, {"label": "one", "n": 2}
    assert with_record([], one) == [one]
    assert with_record([one, two], other) == [other, two]


@pytest.mark.slow
def test_what_was_measured_under_these_rules_is_what_these_rules_show():
    for record in read_records():
        if record["rules"] == rules_digest():
            assert measure(record["label"]) == record


# ---------------------------------------------------------------- one way, looked at


def _same(one: Any, other: Any) -> bool:
    """Say whether records have the same values; bytes between their fields mean nothing."""
    return all(
        np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f") for name in one.dtype.names
    )


@pytest.mark.parametrize("days", [6, 30, 121])
def test_runs_that_share_their_first_days_are_what_they_are_alone(days):
    scenario = load("baseline").with_({"organization.members": 60, "days": days})
    observed = Observation(scenario, 2)
    for history, alone in ((observed.run, scenario), (observed.half_year, lasting(scenario, HALF_YEAR))):
        engine = Engine(alone, None, 2)
        engine.advance(engine.ticks)
        assert history.days == alone.parameters.days
        assert _same(history.messages, engine.world.messages[: len(history.messages)])
        assert _same(history.ledger, whole_ledger(engine))
        assert _same(history.world.beliefs, engine.world.beliefs)
        assert np.array_equal(history.world.daily[:days], engine.world.daily[:days])


def test_a_trend_is_the_change_of_willingness_after_the_burn_in():
    scenario = load("baseline").with_({"organization.members": 60, "days": 30})
    engine = Engine(scenario, None, 2)
    engine.advance(BURN_IN * TICKS_PER_DAY)
    before = mean_willingness(engine)
    engine.advance(engine.ticks)
    assert Observation(scenario, 2).trend == pytest.approx(mean_willingness(engine) - before)
    assert math.isnan(Observation(scenario.with_({"days": 20}), 2).trend)
