"""Claims about the calibration: what is free, what it is fitted to, that it repeats, and whose the defaults are."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from experiments.calibration import (
    FREE,
    QUICK,
    RECORD,
    Free,
    Plan,
    acceptance,
    calibrate,
    design,
    loss,
    page,
    read_record,
    rival,
)
from experiments.calibration import record as records
from experiments.calibration.acceptance import accept, choose_default
from experiments.calibration.attempts import Attempt, Trials, make_search_attempts
from experiments.calibration.emulator import Emulator, Surface
from experiments.calibration.record import under_theory
from experiments.calibration.screening import used_by
from experiments.calibration.search import Search, search
from experiments.calibration.stages import Stages
from experiments.cli import main
from experiments.facts import Match, Use, facts_for
from experiments.facts.conclusions import CONCLUSIONS, Conclusion, differences
from experiments.facts.sizes import QUICK_SIZES
from experiments.progress import Progress
from sim import calibrated
from sim.parameters import Status, registry
from sim.scenario import load

TINY = replace(
    QUICK,
    design=4,
    twice=2,
    waves=1,
    wave=2,
    cloud=20,
    parents=2,
    members_in_search=60,
    members=60,
    candidates=3,
    workers=1,
)


class Kept(Progress):
    """Progress that is kept."""

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def say(self, line: str) -> None:
        self.said.append(line)


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    """The record that the defaults come from."""
    return read_record()


# ---------------------------------------------------------------- what is free


def test_only_guesses_are_free_and_bounds_lie_within_those_of_the_model():
    for free in FREE:
        parameter = registry()[free.name]
        assert parameter.status in (Status.guess, Status.calibrated)
        assert parameter.low <= free.low < free.high <= parameter.high
        assert free.low <= parameter.default <= free.high


def test_no_measured_number_no_lever_and_no_issue_is_free():
    for free in FREE:
        assert not free.name.startswith(("visibility.", "leadership.", "communicators.", "issues.", "organization."))


@given(st.sampled_from(FREE), st.floats(0.0, 1.0))
def test_a_place_and_its_value_belong_together(free, place):
    assert free.low * 0.999 - 1e-9 <= free.at(place) <= free.high * 1.001 + 1e-9 or free.low < 0.0
    assert free.place(float(free.at(place))) == pytest.approx(place, abs=1e-9)


def test_the_rule_for_bounds_takes_guesses_alone():
    for parameter in registry().values():
        free = design.free_by_rule(parameter)
        if free is None:
            continue
        assert parameter.status in (Status.guess, Status.calibrated)
        assert parameter.low <= free.low < parameter.default < free.high <= parameter.high


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_samples_around_parents_stay_in_the_cube(seed, parents):
    luck = np.random.default_rng(seed)
    points = design.around(luck.random((parents, 5)), 40, luck)
    assert points.shape == (40, 5)
    assert ((points >= 0.0) & (points <= 1.0)).all()


# ---------------------------------------------------------------- what it is fitted to


def test_no_test_fact_is_fitted_to():
    tested = {part.id for fact in facts_for(Use.test) for part in fact.parts}
    assert not tested & {part.id for part in loss.TARGETS}
    assert tested == {part.id for part in loss.TESTED}


def test_seeds_of_search_acceptance_test_and_conclusions_never_meet():
    plan = Plan()
    seeds = [*plan.accept_seeds, *plan.test_seeds, *plan.conclusion_seeds]
    searched = [
        seed for before in (0, 5) for piece in make_search_attempts([{}] * 5, plan, before) for seed in piece.seeds
    ]
    assert len(set(seeds)) == len(seeds)
    assert len(set(searched)) == 10
    assert max(seeds) < min(searched)


def test_what_lies_beyond_a_range_is_told_in_its_own_unit():
    part = next(part for part in loss.FITTED if part.id == "F6")  # 1.2 to 4
    assert loss.beyond(part, np.array([2.0, 5.25, 0.2, math.nan])).tolist() == [0.0, 1.25, 1.0, math.inf]


def test_the_distance_counts_misses_and_no_target_more_than_once():
    inside = np.array([(max(part.low, -1e3) + min(part.high, 1e3)) / 2.0 for part in loss.TARGETS])
    edge, far = inside.copy(), inside.copy()
    edge[0] = loss.TARGETS[0].high + 0.25
    far[:2] = 1e12, math.nan
    goal = loss.Goal([True] * len(loss.TARGETS), np.full(len(loss.TARGETS), 0.25))
    assert loss.distance(np.array([inside, edge, far]), goal) == pytest.approx([0.0, 0.5, 2.0])
    assert loss.distance(far[None], loss.Goal([False] * len(loss.TARGETS), goal.precision)) == pytest.approx([0.0])


def test_a_target_is_known_as_precisely_as_its_interval_over_seeds():
    luck = np.random.default_rng(3)
    shown, again = luck.normal(0.0, 2.0, (2, 20_000, len(loss.TARGETS)))
    expected = 2.0 * 2.365 / math.sqrt(8)  # Student's t of 7 degrees of freedom
    assert Search(np.zeros((20_000, 1)), shown, again).precision(8) == pytest.approx(expected, rel=0.05)


def surface(points, luck, noise=0.1):
    truth = 1.0 + points[:, :1] * points[:, 1:2] - points[:, 2:3] ** 2
    return truth, np.repeat(truth, 4, axis=1) + luck.normal(0.0, noise, (len(points), 4))


def test_what_is_expected_of_a_set_is_what_the_surface_says():
    luck = np.random.default_rng(1)
    points = luck.random((900, 3))
    truth, shown = surface(points, luck)
    shown[0, 0] = math.nan
    expected = Emulator(points, shown).expected(points)
    assert np.abs(expected - truth).max() < 0.2  # at a corner
    assert np.abs(expected - truth).mean() < 0.025


def test_what_is_said_of_a_set_left_out_is_what_the_others_say():
    luck = np.random.default_rng(4)
    points = luck.random((60, 3))
    values = surface(points, luck)[1][:, 0]
    whole = Surface(points, values - values.mean())
    less = Surface(points[1:], whole.values[1:])
    for name in ("_shape", "relevance"):  # as smooth, in the same directions
        less.__dict__[name] = getattr(whole, name)
    assert less.expected(points[:1])[0] == pytest.approx(whole.unseen[0], abs=0.01)
    assert abs(whole.expected(points[:1])[0] - whole.unseen[0]) > 0.01


def test_noise_alone_is_not_foreseen_and_a_surface_without_noise_is():
    luck = np.random.default_rng(5)
    points = luck.random((300, 8))
    _, exact = surface(points, luck, noise=0.0)
    assert min(Emulator(points, exact).explained) > 0.95
    assert max(map(abs, Emulator(points, luck.normal(size=(300, 4))).explained)) < 0.1


def test_one_wild_run_does_not_bend_the_surface():
    luck = np.random.default_rng(6)
    points = luck.random((900, 3))
    truth, shown = surface(points, luck)
    shown[7] = 1e6
    assert np.abs(Emulator(points, shown).expected(points) - truth).mean() < 0.05


def test_what_only_luck_brought_near_is_out_of_reach():
    """All sets show 0 for the first target on average, whatever its range; and the middle of the range for others."""
    luck = np.random.default_rng(2)
    middle = np.array([(max(part.low, -1e3) + min(part.high, 1e3)) / 2.0 for part in loss.TARGETS])
    shown = np.tile(middle, (200, 1))
    part = loss.TARGETS[0]
    shown[:, 0] = luck.normal(0.0, part.low, 200)  # some came into the range by luck
    assert (loss.beyond(part, shown[:, 0]) == 0.0).any()
    assert Search(luck.random((200, 2)), shown, shown[:5]).within_reach == [False] + [True] * (len(loss.TARGETS) - 1)


def test_an_arena_that_grows_has_a_trend_and_a_steady_one_has_none():
    days = np.arange(60.0)
    assert loss.relative_change(np.full(60, 5.0), np.ones(60)) == pytest.approx(0.0)
    assert loss.relative_change((100.0 + days)[20:], np.ones(40)) == pytest.approx(40.0 / 139.5, rel=1e-3)


# ---------------------------------------------------------------- the procedure


def test_the_default_is_the_acceptable_set_nearest_the_first_guesses():
    free = [Free("a", 9.0, 1.0, 100.0), Free("b", 0.2, -1.0, 1.0)]
    ensemble = [{"values": {"a": a, "b": b}} for a, b in ((1.0, -1.0), (11.234, 0.1), (100.0, 1.0))]
    assert choose_default(ensemble, free) == {"a": 11.2, "b": 0.1}


def test_first_guesses_lie_within_their_bounds():
    for free in FREE:
        assert free.low < free.guess < free.high, free.name


def test_a_tiny_calibration_runs_from_end_to_end_and_repeats(tmp_path, capsys):
    said: list[str] = []
    progress = Kept(said)
    free = FREE[:3]
    first, second = (calibrate(TINY, progress, free) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    assert said
    for one in first["ensemble"]:
        for each in free:
            assert each.low * 0.99 <= one["values"][each.name] <= each.high * 1.01
        assert set(one["tested"]) == {part.id for part in loss.TESTED}
        assert set(one["concluded"]) == set(CONCLUSIONS)
        assert set(one["sized"]) == set(QUICK_SIZES)
    assert set(first["default"]) == {each.name for each in free}
    assert "conclusions" in page.tables(first)


def test_parts_that_the_default_must_show_are_never_let_off():
    missed = [["T1"], ["F6"], [], ["F6", "F7"]]
    assert accept(missed, 1) == ([2], 0)
    assert accept(missed, 2) == ([1, 2], 1)
    assert accept(missed, 9) == ([1, 2, 3], 2)
    assert accept([["T1"], ["T1", "T2"]], 1) == ([0], 1)


def test_an_interrupted_calibration_goes_on_where_it_was_and_comes_to_the_same(tmp_path, monkeypatch):
    free, kept = FREE[:2], tmp_path / "kept"
    whole = calibrate(TINY, free=free)
    accept_as_usual = acceptance.accept

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(acceptance, "accept", interrupt)
    with pytest.raises(KeyboardInterrupt):
        calibrate(TINY, free=free, kept=kept)
    monkeypatch.setattr(acceptance, "accept", accept_as_usual)
    monkeypatch.setattr("experiments.calibration.search.measure_facts", interrupt)  # nothing is tried again
    assert json.dumps(calibrate(TINY, free=free, kept=kept)) == json.dumps(whole)


def test_what_was_kept_of_another_procedure_or_is_damaged_is_left_aside(tmp_path):
    path = tmp_path / "kept"
    assert Stages(path, "a").once("one", lambda: [1.0, math.nan])[0] == 1.0
    assert math.isnan(Stages(path, "a").once("one", lambda: [2.0, 3.0])[1])
    assert Stages(path, "b").once("one", lambda: [2.0]) == [2.0]
    path.write_bytes(b"{")
    assert Stages(path, "b").once("one", lambda: [4.0]) == [4.0]


# ---------------------------------------------------------------- rivals


def test_a_rival_is_fitted_by_the_guesses_that_it_looks_at():
    known = [free for free in FREE if free.name in ("voice.efficacy", "voice.superior_threat", "reaction.propensity")]
    used = {rules: {free.name for free in used_by(rules, known)} for rules in ("arena", "no_fear", "random")}
    assert used["arena"] == {free.name for free in known}
    assert used["no_fear"] == {"voice.efficacy", "reaction.propensity"}
    assert used["random"] == {"reaction.propensity"}


def test_a_rivals_record_has_a_default_and_no_test_fact():
    plan = replace(TINY, rules="no_fear", test_seeds=(), conclusion_seeds=())
    found = calibrate(plan, free=FREE[:2])
    assert set(found["default"]) == {free.name for free in FREE[:2]}
    assert all(mean is None for one in found["ensemble"] for mean, *_ in one["tested"].values())
    assert Attempt((), (1,), 60, "no_fear").scenario.parameters.rules.voice == "no_fear"


def test_a_rival_is_scored_with_the_values_that_it_was_fitted_with(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORD", tmp_path / "record.json")
    content = {"facts": "f", "rules": "r", "plan": vars(rival("no_fear")), "default": {"voice.efficacy": 3.25}}
    (tmp_path / "record-no_fear.json").write_text(json.dumps(content))
    assert records.fitted_to("no_fear") == {"voice.efficacy": 3.25}
    assert records.fitted_to("arena") == records.fitted_to("threshold") == {}
    fitted = under_theory(load("baseline"), "no_fear").parameters
    assert (fitted.rules.voice, fitted.voice.efficacy) == ("no_fear", 3.25)
    typed = load("baseline").with_({"voice.efficacy": 9.0})
    assert under_theory(typed, "no_fear").parameters.voice.efficacy == 9.0


def test_the_command_says_which_theories_there_are():
    assert "Did you mean 'no_fear'?" in ism("--rules", "nofear").stderr
    assert "needs --out FILE" in ism("--rules", "arena").stderr


# ---------------------------------------------------------------- equifinality and sensitivity


def made_up(luck, sets=80):
    """Return a record in which one guess decides a conclusion, one is pinned down, and one is free."""
    free = [{"name": name, "guess": 0.5, "low": -1.0, "high": 1.0} for name in ("decides", "pinned", "loose")]
    ensemble = []
    for _ in range(sets):
        values = {"decides": luck.uniform(-1, 1), "pinned": luck.normal(0.0, 0.02), "loose": luck.uniform(-1, 1)}
        mean = 0.1 + 0.2 * values["decides"] + luck.normal(0.0, 0.02)
        sized = {"trend": [values["loose"] * 0.006, None, None]}
        ensemble.append({"values": values, "concluded": {"safety": [mean, None, None]}, "sized": sized})
    return {"free": free, "ensemble": ensemble}


def test_what_decides_a_conclusion_is_found_and_chance_is_not():
    record = made_up(np.random.default_rng(2))
    ((guess, strength),) = records.deciding(record, "concluded", "safety")
    assert (guess, strength > 0.9) == ("decides", True)


def test_a_guess_that_is_not_identified_fills_its_bounds():
    left = records.freedom(made_up(np.random.default_rng(2)))
    assert left["pinned"] < 0.1
    assert left["loose"] > 0.8


def test_a_size_is_within_where_its_mean_lies_in_its_range():
    assert records.share_within(made_up(np.random.default_rng(3), 400), "trend") == pytest.approx(0.5, abs=0.1)


def test_applying_a_default_says_what_it_comes_from(tmp_path, monkeypatch):
    default = {**calibrated.GUESSES, "voice.efficacy": 7.5, "reaction.like": -4.0}
    tiny = {"facts": "f", "rules": "r", "plan": vars(Plan()), "default": default}
    made = tmp_path / "record.json"
    made.write_text(json.dumps(tiny))
    monkeypatch.setattr(records.calibrated, "PATH", tmp_path / "calibrated.toml")
    assert ism("--apply", "--out", str(made)).exit_code == 0
    found = tomllib.loads((tmp_path / "calibrated.toml").read_text())
    assert found["defaults"] == tiny["default"]
    assert found["provenance"]["record"] == blake2b(made.read_bytes(), digest_size=16).hexdigest()
    assert (found["provenance"]["facts"], found["provenance"]["rules"]) == ("f", "r")
    assert found["provenance"]["accept_seeds"] == list(Plan().accept_seeds)
    assert found["provenance"]["search_seeds"] == [10_000, 10_000 + Plan().searched - 1]


def ism(*typed: str) -> Result:
    return CliRunner().invoke(main, ["calibrate", *typed])


def test_a_record_is_never_replaced_by_a_quick_one_nor_is_a_file_of_the_user(tmp_path):
    assert "--quick needs --out FILE" in ism("--quick").stderr
    (tmp_path / "thesis").write_text("years of work")
    result = ism("--quick", "--out", str(tmp_path / "thesis"))
    assert (result.exit_code, "is there already" in result.stderr) == (2, True)
    assert ism("--screen", "--apply").exit_code == 2
    assert "there is no record" in ism("--apply", "--out", str(tmp_path / "none")).stderr


DAMAGES: Final[dict[str, tuple[Callable[[dict[str, Any]], Any], str]]] = {
    "a list": (lambda record: [record], "this is no record"),
    "no default": (lambda record: record.pop("default"), "default"),
    "a word for a number": (lambda record: record["default"].update({"voice.efficacy": "much"}), "voice.efficacy"),
    "no plan": (lambda record: record.update(plan=3), "plan"),
}


@pytest.mark.parametrize("option", ["--report", "--apply"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b"[1]", b'{"default": NaN}'])
def test_what_is_no_record_is_refused_in_a_sentence(tmp_path, option, content):
    (tmp_path / "record.json").write_bytes(content)
    result = ism(option, "--out", str(tmp_path / "record.json"))
    assert (result.exit_code, "this is no record of a calibration" in result.stderr) == (2, True)


@pytest.mark.parametrize("option", ["--report", "--apply"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_refused_where_it_is_damaged(tmp_path, monkeypatch, record, option, damage):
    change, place = DAMAGES[damage]
    damaged = json.loads(json.dumps(record))
    found = change(damaged)
    (tmp_path / "record.json").write_text(json.dumps(found if isinstance(found, list) else damaged))
    monkeypatch.setattr(records.calibrated, "PATH", tmp_path / "calibrated.toml")
    result = ism(option, "--out", str(tmp_path / "record.json"))
    assert (result.exit_code, place in result.stderr) == (2, True), result.stderr
    assert not (tmp_path / "calibrated.toml").exists()


def test_only_values_that_parameters_can_have_become_defaults(tmp_path, monkeypatch, record):
    monkeypatch.setattr(records.calibrated, "PATH", tmp_path / "calibrated.toml")
    for default, said in (
        ({**record["default"], "voice.efficacyy": 1.0}, "Did you mean 'voice.efficacy'?"),
        ({**record["default"], "voice.efficacy": -1e9}, "is not from"),
        ({"voice.efficacy": 2.0}, "which a calibration has to choose, is missing"),
    ):
        (tmp_path / "record.json").write_text(json.dumps({**record, "default": default}))
        result = ism("--apply", "--out", str(tmp_path / "record.json"))
        assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
        assert not (tmp_path / "calibrated.toml").exists()


def test_a_record_of_other_facts_is_refused(tmp_path, record):
    other = json.loads(json.dumps(record))
    other["ensemble"][1]["tested"].pop("F5")
    (tmp_path / "record.json").write_text(json.dumps(other))
    result = ism("--report", "--out", str(tmp_path / "record.json"))
    assert (result.exit_code, "ensemble.1.tested" in result.stderr) == (2, True), result.stderr


def test_other_luck_tries_other_sets():
    free = FREE[:2]
    quiet = replace(TINY, waves=0)
    one, other = (search(Trials(replace(quiet, luck=luck)), free).sets for luck in (1, 2))
    assert not np.array_equal(one.points, other.points)


# ---------------------------------------------------------------- conclusions


def test_two_equal_worlds_differ_by_nothing(lively):
    same = Conclusion("nothing", {}, {"rules.nightmare_reader": 0.4}, "")
    assert differences(lively, 1, of={"same": same}) == {"same": (0.0, 0.0)}


def test_what_should_be_higher_is_counted_as_above_0(lively):
    threat = Conclusion("threat", {"voice.superior_threat": 0.0}, {"voice.superior_threat": 100.0}, "")
    turned = Conclusion("turned", threat.lower, threat.higher, "")
    found = differences(lively, 1, of={"threat": threat, "turned": turned})
    assert min(found["threat"]) > 0.05
    assert found["turned"] == tuple(-each for each in found["threat"])


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


def test_the_defaults_say_that_they_come_from_the_record(record):
    assert calibrated.PATH.read_text("utf-8") == records.describe_default(RECORD.read_bytes())
    assert record["facts"] == loss.digest_of_targets()


def test_the_record_is_of_this_procedure(record):
    assert [free["name"] for free in record["free"]] == [free.name for free in FREE]
    assert record["plan"] == json.loads(json.dumps({k: v for k, v in vars(Plan()).items() if k != "workers"}))
    for free, said in zip(FREE, record["free"], strict=True):
        assert (free.guess, free.low, free.high) == (said["guess"], said["low"], said["high"])


def test_the_ensemble_lies_within_the_bounds_and_misses_nothing_but_what_is_told(record):
    assert len(record["ensemble"]) >= record["plan"]["enough"]
    parts = [part for part in loss.TARGETS if part.id not in record["unreachable"]]
    for one in record["ensemble"]:
        for free in FREE:
            assert free.low * 0.999 - 0.001 <= one["values"][free.name] <= free.high * 1.001 + 0.001
        missed = [part for part in parts if records._verdict(part, one["fitted"][part.id]) == Match.missed]
        assert [part.id for part in missed] == one["missed"]
        assert len(missed) <= record["allowed"]


def test_the_default_is_one_of_the_acceptable_sets(record):
    rounded = [{name: float(f"{value:.3g}") for name, value in one["values"].items()} for one in record["ensemble"]]
    assert record["default"] in rounded


def test_the_page_shows_the_record(record):
    text = page.PAGE.read_text("utf-8")
    assert page.renew(text, record) == text


def test_the_default_scenario_changes_nothing_that_was_calibrated():
    scenario = load("baseline").parameters
    for free in FREE:
        value: Any = scenario
        for part in free.name.split("."):
            value = getattr(value, part)
        assert value == registry()[free.name].default


@pytest.mark.parametrize("fitting", [["--rules", "no_fear"], ["--quick"]])
@pytest.mark.parametrize("use", ["--apply", "--report"])
def test_what_is_about_fitting_is_refused_where_a_record_is_only_used(fitting: list[str], use: str) -> None:
    answer = ism(use, *fitting)
    assert answer.exit_code == 2 and "are about fitting" in answer.stderr
