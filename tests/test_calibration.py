"""Claims about the calibration: what is free, what it is fitted to, that it repeats, and whose the defaults are."""

from __future__ import annotations

import ast
import importlib.util
import json
import math
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import calibration as c
from experiments.facts import Match, Use, facts_for
from experiments.facts.conclusions import CONCLUSIONS, Conclusion, differences
from sim.parameters import Status, registry
from sim.scenario import load

TINY = replace(
    c.QUICK, design=4, waves=1, wave=2, cloud=20, parents=2, members_in_search=60, members=60, candidates=3, workers=1
)


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    """The record that the defaults come from."""
    return c.read_record()


# ---------------------------------------------------------------- what is free


def test_only_guesses_are_free_and_bounds_lie_within_those_of_the_model():
    for free in c.FREE:
        parameter = registry()[free.name]
        assert parameter.status in (Status.guess, Status.calibrated)
        assert parameter.low <= free.low < free.high <= parameter.high
        assert free.low <= parameter.default <= free.high


def test_no_measured_number_no_lever_and_no_issue_is_free():
    for free in c.FREE:
        assert not free.name.startswith(("visibility.", "leadership.", "communicators.", "issues.", "organization."))


@given(st.sampled_from(c.FREE), st.floats(0.0, 1.0))
def test_a_place_and_its_value_belong_together(free, place):
    assert free.low * 0.999 - 1e-9 <= free.at(place) <= free.high * 1.001 + 1e-9 or free.low < 0.0
    assert free.place(float(free.at(place))) == pytest.approx(place, abs=1e-9)


def test_the_rule_for_bounds_takes_guesses_alone():
    for parameter in registry().values():
        free = c.free_by_rule(parameter)
        if free is None:
            continue
        assert parameter.status in (Status.guess, Status.calibrated)
        assert parameter.low <= free.low < parameter.default < free.high <= parameter.high


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_samples_around_parents_stay_in_the_cube(seed, parents):
    luck = np.random.default_rng(seed)
    points = c.around(luck.random((parents, 5)), 40, luck)
    assert points.shape == (40, 5)
    assert ((points >= 0.0) & (points <= 1.0)).all()


# ---------------------------------------------------------------- what it is fitted to


def test_no_test_fact_is_fitted_to():
    tested = {part.id for fact in facts_for(Use.test) for part in fact.parts}
    assert not tested & {part.id for part in c.TARGETS}
    assert tested == {part.id for part in c.TESTED}


def test_seeds_of_search_acceptance_test_and_conclusions_never_meet():
    plan = c.Plan()
    seeds = [*plan.accept_seeds, *plan.test_seeds, *plan.conclusion_seeds]
    searched = [seed for before in (0, 5) for piece in c.searching([{}] * 5, plan, before) for seed in piece.seeds]
    assert len(set(seeds)) == len(seeds)
    assert len(set(searched)) == 10 * plan.search_seeds
    assert max(seeds) < min(searched)


def test_what_lies_beyond_a_range_is_told_in_its_own_unit():
    part = next(part for part in c.FITTED if part.id == "F6")  # 1.5 to 4
    assert c.beyond(part, np.array([2.0, 5.25, 0.875, math.nan])).tolist() == [0.0, 1.25, 0.625, math.inf]


def test_the_distance_counts_misses_and_no_target_more_than_once():
    inside = np.array([(max(part.low, -1e3) + min(part.high, 1e3)) / 2.0 for part in c.TARGETS])
    edge, far = inside.copy(), inside.copy()
    edge[0] = c.TARGETS[0].high + 0.25
    far[:2] = 1e12, math.nan
    goal = c.Goal([True] * len(c.TARGETS), np.full(len(c.TARGETS), 0.25))
    assert c.distance(np.array([inside, edge, far]), goal) == pytest.approx([0.0, 0.5, 2.0])
    assert c.distance(far[None], c.Goal([False] * len(c.TARGETS), goal.precision)) == pytest.approx([0.0])


def test_a_target_is_known_as_precisely_as_its_interval_over_seeds():
    luck = np.random.default_rng(3)
    shown = luck.normal(0.0, 2.0, (20_000, 2, len(c.TARGETS)))
    expected = 2.0 * 2.365 / math.sqrt(8)  # Student's t of 7 degrees of freedom
    assert c.Search(np.zeros((20_000, 1)), shown).goal(8).precision == pytest.approx(expected, rel=0.05)


def test_what_is_expected_of_a_set_is_what_a_quadratic_says():
    luck = np.random.default_rng(1)
    points = luck.random((900, 3))
    truth = 1.0 + points[:, :1] * points[:, 1:2] - points[:, 2:] ** 2
    means = np.repeat(truth, len(c.TARGETS), axis=1) + luck.normal(0.0, 0.1, (900, len(c.TARGETS)))
    means[0, 0] = math.nan
    expected = c.Search(points, means[:, None]).expected(points)
    assert np.abs(expected - truth).max() < 0.1
    assert np.abs(expected - truth).mean() < 0.02


def test_what_only_luck_brought_near_is_out_of_reach():
    """All sets show 0 for the first target on average, whatever its range; and the middle of the range for others."""
    luck = np.random.default_rng(2)
    middle = np.array([(max(part.low, -1e3) + min(part.high, 1e3)) / 2.0 for part in c.TARGETS])
    shown = np.tile(middle, (100, 2, 1))
    part = c.TARGETS[0]
    shown[:, :, 0] = luck.normal(0.0, part.low, (100, 2))  # some came into the range by luck
    assert (c.beyond(part, shown[:, 0, 0]) == 0.0).any()
    assert c.Search(np.zeros((100, 1)), shown).within_reach == [False] + [True] * (len(c.TARGETS) - 1)


def test_an_arena_that_grows_has_a_trend_and_a_steady_one_has_none():
    days = np.arange(60.0)
    assert c._trend(np.full(60, 5.0), np.ones(60)) == pytest.approx(0.0)
    assert c._trend(100.0 + days, np.ones(60)) == pytest.approx(40.0 / 139.5, rel=1e-3)


# ---------------------------------------------------------------- the procedure


def test_the_default_is_the_acceptable_set_nearest_the_first_guesses():
    free = [c.Free("a", 9.0, 1.0, 100.0), c.Free("b", 0.2, -1.0, 1.0)]
    ensemble = [{"values": {"a": a, "b": b}} for a, b in ((1.0, -1.0), (11.234, 0.1), (100.0, 1.0))]
    assert c.chosen(ensemble, free) == {"a": 11.2, "b": 0.1}


def test_first_guesses_lie_within_their_bounds():
    for free in c.FREE:
        assert free.low < free.guess < free.high, free.name


def test_a_tiny_calibration_runs_from_end_to_end_and_repeats(tmp_path, capsys):
    told: list[str] = []
    free = c.FREE[:3]
    first, second = (c.calibrate(TINY, told.append, free) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    assert told
    for one in first["ensemble"]:
        for each in free:
            assert each.low * 0.99 <= one["values"][each.name] <= each.high * 1.01
        assert set(one["tested"]) == {part.id for part in c.TESTED}
        assert set(one["concluded"]) == set(CONCLUSIONS)
    assert set(first["default"]) == {each.name for each in free}
    assert "conclusions" in c.report(first)


def test_applying_a_default_changes_its_number_and_status_and_nothing_else(tmp_path, monkeypatch):
    source = c.DECLARED.read_text("utf-8")
    changed = tmp_path / "changed.py"
    changed.write_text(c.applied(source, {"voice.efficacy": 7.5, "population.voice_propensity.sd": 0.11}), "utf-8")
    spec = importlib.util.spec_from_file_location("changed", changed)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "changed", module)  # where pydantic looks up the types that it finds named
    spec.loader.exec_module(module)
    found = module.registry()
    differ = {name for name, one in registry().items() if one[:-1] != found[name][:-1]}
    assert differ == {"voice.efficacy", "population.voice_propensity.sd"}
    assert found["voice.efficacy"].default == 7.5
    assert found["voice.efficacy"].status == Status.calibrated
    assert found["population.voice_propensity.sd"].default == 0.11


def test_a_quick_calibration_never_replaces_the_record():
    with pytest.raises(SystemExit):
        c.main(["--quick"])


def test_other_luck_tries_other_sets():
    free = c.FREE[:2]
    quiet = replace(TINY, waves=0)
    one, other = (c.search(replace(quiet, luck=luck), free, str)[0] for luck in (1, 2))
    assert not np.array_equal(one.points, other.points)


# ---------------------------------------------------------------- conclusions


def test_two_equal_worlds_differ_by_nothing(lively):
    same = Conclusion("nothing", {}, {"rules.nightmare_reader": 0.7}, "")
    assert differences(lively, 1, of={"same": same}) == {"same": 0.0}


def test_what_should_be_higher_is_counted_as_above_0(lively):
    threat = Conclusion("threat", {"voice.superior_threat": 0.0}, {"voice.superior_threat": 100.0}, "")
    turned = Conclusion("turned", threat.lower, threat.higher, "")
    found = differences(lively, 1, of={"threat": threat, "turned": turned})
    assert found["threat"] > 0.05
    assert found["turned"] == -found["threat"]


# ---------------------------------------------------------------- the record


def test_the_defaults_are_those_of_the_record(record):
    for name, value in record["default"].items():
        assert registry()[name].default == value, name
        assert registry()[name].status == Status.calibrated, name


def test_nothing_else_claims_to_be_calibrated(record):
    """The mean and the spread of a trait have one status."""

    def trait(name: str) -> str:
        return name.removesuffix(".mean").removesuffix(".sd")

    claimed = {trait(name) for name, one in registry().items() if one.status == Status.calibrated}
    assert claimed == {trait(name) for name in record["default"]}


def test_the_declarations_have_the_record_applied_already(record):
    source = c.DECLARED.read_text("utf-8")
    assert ast.unparse(ast.parse(c.applied(source, record["default"]))) == ast.unparse(ast.parse(source))


def test_the_record_is_of_this_procedure(record):
    assert [free["name"] for free in record["free"]] == [free.name for free in c.FREE]
    assert record["plan"] == json.loads(json.dumps({k: v for k, v in vars(c.Plan()).items() if k != "workers"}))
    for free, told in zip(c.FREE, record["free"], strict=True):
        assert (free.guess, free.low, free.high) == (told["guess"], told["low"], told["high"])


def test_the_ensemble_lies_within_the_bounds_and_misses_nothing_but_what_is_told(record):
    assert len(record["ensemble"]) >= record["plan"]["enough"]
    parts = [part for part in c.TARGETS if part.id not in record["unreachable"]]
    for one in record["ensemble"]:
        for free in c.FREE:
            assert free.low * 0.999 - 0.001 <= one["values"][free.name] <= free.high * 1.001 + 0.001
        missed = [part for part in parts if c._verdict(part, one["fitted"][part.id]) == Match.missed]
        assert len(missed) == one["missed"] <= record["allowed"]


def test_the_default_is_one_of_the_acceptable_sets(record):
    rounded = [{name: float(f"{value:.3g}") for name, value in one["values"].items()} for one in record["ensemble"]]
    assert record["default"] in rounded


def test_the_page_shows_the_record(record):
    page = c.PAGE.read_text("utf-8")
    assert c.renewed(page, record) == page


def test_the_default_scenario_changes_nothing_that_was_calibrated():
    scenario = load("baseline").parameters
    for free in c.FREE:
        value: Any = scenario
        for part in free.name.split("."):
            value = getattr(value, part)
        assert value == registry()[free.name].default
