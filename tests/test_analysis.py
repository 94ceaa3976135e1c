"""What an analysis says of runs whose truth is known, because it was planted in them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from experiments.analysis import Analysis, analyse, words
from experiments.analysis.figures import loop_chart
from experiments.analysis.hysteresis import ramp_of
from experiments.analysis.intervals import between_groups, interval, intervals, seeds_needed, two_groups
from experiments.analysis.methods import references
from experiments.analysis.page import KIND, page, write
from experiments.analysis.phases import overall
from experiments.analysis.tables import tables
from experiments.cli import main
from experiments.statistics import Interval
from experiments.sweeps.designs import Cell, cells
from experiments.sweeps.rows import table_bytes
from experiments.sweeps.study import study_from
from experiments.sweeps.sweep import Sweep
from sim.errors import InputError
from sim.measures import MEASURES
from sim.ownership import write_folder
from sim.scenario import load

TWO = """
title = "Planted"
seeds = 30
measures = ["p_speak", "silence_rate"]
[factors]
"leadership.executives.presence" = [0.0, 1.0, 2.0]
"leadership.executives.openness" = [0.0, 0.5, 1.0]
"""
Rule = Callable[[Cell, float, float], dict[str, float | None]]
"""From a cell, the luck of its seed and its own luck to the measures of a run."""


def swept(
    text: str,
    rule: Rule,
    folder: Path,
    shared: float = 0.1,
    own: float = 0.02,
    failing: Any = (),
    until: int | None = None,
) -> Sweep:
    """Return a sweep whose runs have the values that `rule` plants, failing in some (cell, seed)."""
    study, luck = study_from(text), np.random.default_rng(7)
    rows: list[dict[str, Any]] = []
    for seed in study.first_seeds:
        common = luck.normal(0.0, shared)
        for cell in cells(study):
            values: dict[str, Any] = dict.fromkeys(MEASURES)
            planted = rule(cell, common, luck.normal(0.0, own))
            failed = (cell.number, seed) in failing
            fate = ("failed", "simulation", "it fell over") if failed else ("done", None, None)
            row = dict(zip(("status", "stage", "message"), fate, strict=True))
            number = len(rows)
            rows.append({"run": number, "cell": cell.number, "seed": seed, "run_id": f"{number:032x}", **row, **values})
            rows[-1] |= {} if failed else planted
    runs = pl.DataFrame(rows, infer_schema_length=None)
    return Sweep(study, folder, runs.head(until) if until else runs, until is None)


def effect(said: Analysis, measure: str, factor: str) -> Any:
    return next(one for one in said.effects if one.whole and one.measure == measure and one.factor.endswith(factor))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Presence helps where leaders are open and hurts where they are not; openness helps; silence knows of neither."""

    def rule(cell: Cell, common: float, own: float) -> dict[str, float | None]:
        presence, openness = cell.values
        voice = 0.4 + 0.1 * openness + 0.05 * presence * (openness - 0.5)
        kind = 0.0 if openness < 0.25 else 2.0 if presence > 1.5 else 1.0
        return {"p_speak": voice + common + own, "silence_rate": 0.5 + common + own, "arena_type": kind}

    return analyse(swept(TWO, rule, tmp_path_factory.mktemp("planted")))


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize("count", [8, 60])
def test_an_interval_holds_the_true_mean_about_as_often_as_it_says(count):
    samples = np.random.default_rng(3).normal(1.0, 2.0, (400, count))
    found = intervals(samples)
    assert 0.91 <= np.mean([one.low <= 1.0 <= one.high for one in found]) <= 0.985


def test_values_that_are_all_the_same_have_an_interval_without_width():
    assert interval([0.3] * 40) == Interval(0.3, 0.3, 0.3, 40)
    assert interval([math.nan, 2.0, 2.0]) == Interval(2.0, 2.0, 2.0, 2)


def test_one_value_tells_nothing_of_its_uncertainty():
    assert interval([1.0]).half_width == math.inf
    assert math.isnan(interval([]).mean)


def test_rows_together_give_the_same_intervals_as_one_by_one():
    table = np.random.default_rng(1).normal(size=(5, 25))
    table[2, 3], table[4] = math.nan, 1.0
    for row, found in zip(table, intervals(table), strict=True):
        assert np.allclose(found, interval(row), atol=0.08)
    assert intervals(table) == intervals(table)


def test_two_humps_are_distinguished_from_one():
    luck = np.random.default_rng(2)
    normal = luck.normal(size=(500, 30))
    humps = normal + 8.0 * (luck.random((500, 30)) < 0.5)
    assert np.mean([two_groups(row) for row in normal]) < 0.02
    assert np.mean([two_groups(row) for row in humps]) > 0.98
    assert between_groups(luck.normal(size=100_000)) == pytest.approx(2 / math.pi, abs=0.01)
    assert not two_groups(np.array([0.0, 9.0] * 5))


def test_four_times_the_runs_halve_an_interval():
    assert seeds_needed(Interval(1.0, -1.0, 3.0, 10)) == 40
    assert seeds_needed(Interval(0.0, -1.0, 1.0, 10)) == math.inf
    assert math.isnan(seeds_needed(Interval(1.0, -math.inf, math.inf, 1)))


# ---------------------------------------------------------------- effects


def test_a_planted_effect_is_found(planted):
    found = effect(planted, "p_speak", "openness").found
    assert found.low < 0.15 < found.high  # 0.1, and the interaction at the mean presence of 1
    assert found.low > 0.1


def test_where_nothing_is_planted_nothing_is_claimed(planted):
    for factor in ("presence", "openness"):
        found = effect(planted, "silence_rate", factor).found
        assert found.low <= 0.0 <= found.high
    assert not [one for one in planted.ranks if one.measure == "silence_rate"]
    assert "by more than luck" in words.ranking(planted, "silence_rate")


def test_effects_of_nothing_leave_out_0_about_as_often_as_they_may(tmp_path):
    text = TWO.replace('"p_speak", "silence_rate"', ", ".join(f'"{name}"' for name in list(MEASURES)[:30]))
    luck = np.random.default_rng(11)
    said = analyse(swept(text, lambda *_: {name: luck.normal() for name in list(MEASURES)[:30]}, tmp_path))
    apart = [one.found.low > 0.0 or one.found.high < 0.0 for one in said.effects]
    assert len(apart) == 120
    assert np.mean(apart) <= 0.12
    assert sum(said.stands) <= 1


def test_pairing_by_seed_takes_shared_luck_away(planted):
    found = effect(planted, "p_speak", "openness")
    assert found.found.half_width < found.unpaired / 5.0


def test_a_planted_interaction_is_found(planted):
    found = next(one for one in planted.interactions if one.measure == "p_speak").found
    assert found.low < 0.1 < found.high  # 2 * 0.05 * 1
    none = next(one for one in planted.interactions if one.measure == "silence_rate").found
    assert none.low <= 0.0 <= none.high


def test_a_reversal_of_sign_is_found_where_it_is_and_nowhere_else(planted):
    found = {(one.measure, one.factor.split()[-1]): one for one in planted.reversals}
    assert found["p_speak", "presence"].signs == (-1, 0, 1)
    assert found["p_speak", "presence"].reversed
    assert not found["p_speak", "openness"].reversed
    assert not found["silence_rate", "presence"].reversed
    assert "lowers it where it is 0" in words.reversal(found["p_speak", "presence"])
    assert words.reversal(found["p_speak", "openness"]).startswith("No reversal was found")


def test_shares_of_variance_are_those_of_the_rule(planted):
    truth = np.array([[0.4 + 0.1 * o + 0.05 * p * (o - 0.5) for o in (0.0, 0.5, 1.0)] for p in (0.0, 1.0, 2.0)])
    openness = next(one for one in planted.influences if one.factor.endswith("openness"))
    presence = next(one for one in planted.influences if one.factor.endswith("presence"))
    assert openness.first.mean == pytest.approx(truth.mean(axis=0).var() / truth.var(), abs=0.03)
    assert presence.total.mean == pytest.approx(truth.var(axis=0).mean() / truth.var(), abs=0.03)
    assert presence.first.mean < 0.02
    assert "openness matters most" in words.ranking(planted, "p_speak")


def test_the_seed_has_its_share_of_the_luck(planted):
    voice = next(one for one in planted.noise if one.measure == "p_speak")
    assert voice.cells + voice.seed + voice.rest == pytest.approx(1.0)
    assert voice.seed > 5.0 * voice.rest


def test_what_is_undecided_says_how_many_seeds_it_would_take(planted):
    assert {one.measure for one in planted.undecided} >= {"silence_rate"}
    for one in planted.undecided:
        assert one.found.low <= 0.0 <= one.found.high
        assert one.seeds >= one.found.runs
    decided = {(one.measure, one.factor) for one in planted.effects if one.whole and one.found.low > 0.0}
    assert decided.isdisjoint((one.measure, one.what.rpartition(": ")[0]) for one in planted.undecided)


def test_a_lever_that_nobody_perceives_is_called_that(tmp_path):
    said = analyse(swept(TWO, lambda _, common, own: {"p_speak": 0.1 + common, "silence_rate": own}, tmp_path))
    assert "not in one run" in words.main_effect(effect(said, "p_speak", "presence"))
    assert words.seeds_words(said.undecided[0]) == "never: it is exactly 0"


# ---------------------------------------------------------------- runs that are not there


def test_failed_runs_are_left_out_and_listed(tmp_path):
    def rule(cell, common, own):
        return {"p_speak": 0.1 * cell.values[1] + common + own, "silence_rate": 0.0}

    said = analyse(swept(TWO, rule, tmp_path, failing={(0, 1), (8, 30)}))
    assert effect(said, "p_speak", "openness").found.runs == 28  # seeds on which all cells are there
    assert effect(said, "p_speak", "openness").found.low > 0.09
    assert said.results.failed.height == 2
    assert "268 of them are done and two failed" in words.design(said.results)
    assert page(said).count("it fell over") == 2
    assert tables(said)["failed"].height == 2


def test_a_stopped_sweep_says_how_much_is_missing(tmp_path):
    said = analyse(swept(TWO, lambda _, common, own: {"p_speak": common, "silence_rate": own}, tmp_path, until=100))
    assert "100 of them are done and 170 are missing" in words.design(said.results)
    assert "is not finished" in page(said)


def test_a_measure_that_some_runs_do_not_have_is_reported_of_those_that_do(tmp_path):
    def rule(cell, common, own):
        return {"p_speak": None if common > 0 else 0.2 * cell.values[0] + own, "silence_rate": None}

    said = analyse(swept(TWO, rule, tmp_path))
    assert 5 < effect(said, "p_speak", "presence").found.runs < 25
    assert effect(said, "p_speak", "presence").found.mean == pytest.approx(0.4, abs=0.02)
    assert math.isnan(effect(said, "silence_rate", "presence").found.mean)
    assert page(said)


def test_one_seed_claims_nothing(tmp_path):
    one = TWO.replace("seeds = 30", "seeds = 1")
    said = analyse(swept(one, lambda cell, _, own: {"p_speak": cell.values[0] + own, "silence_rate": own}, tmp_path))
    assert "One seed cannot tell" in words.main_effect(effect(said, "p_speak", "presence"))
    assert not said.ranks
    assert page(said)


def test_nothing_can_be_said_of_no_runs(tmp_path):
    sweep = swept(TWO, lambda *_: {}, tmp_path)
    with pytest.raises(InputError, match="no run of this sweep is finished"):
        analyse(Sweep(sweep.study, tmp_path, sweep.runs.head(0), False))
    with pytest.raises(InputError, match="no measure 'p_speek'"):
        analyse(sweep, ["p_speek"])
    with pytest.raises(InputError, match="code for words"):
        analyse(sweep, ["arena_type"])


# ---------------------------------------------------------------- sensitivity

SAMPLED = """
seeds = 4
design = "{design}"
samples = {samples}
measures = ["p_speak"]
[factors]
"leadership.executives.presence" = {{ min = 0.0, max = 1.0 }}
"leadership.executives.openness" = {{ min = 0.0, max = 1.0 }}
"leadership.executives.sanction" = {{ min = 0.0, max = 1.0 }}
"""
ISHIGAMI = {"S1": (0.3139, 0.4424, 0.0), "ST": (0.5576, 0.4424, 0.2437)}
"""Analytic indices for a = 7, b = 0.1 (Ishigami & Homma 1990)."""


def ishigami(cell: Cell, common: float, own: float) -> dict[str, float | None]:
    x, y, z = (np.array(cell.values) * 2.0 - 1.0) * math.pi
    return {"p_speak": float(math.sin(x) + 7.0 * math.sin(y) ** 2 + 0.1 * z**4 * math.sin(x)) + common + own}


def test_sobol_indices_are_the_analytic_ones(tmp_path):
    said = analyse(swept(SAMPLED.format(design="saltelli", samples=1024), ishigami, tmp_path))
    for kind, truth in ISHIGAMI.items():
        found = [one.found for one in said.sensitivity.indices if one.kind == kind]
        assert np.allclose([one.mean for one in found], truth, atol=0.05)
        assert sum(one.low <= value <= one.high for one, value in zip(found, truth, strict=True)) >= 2
    assert [rank.factor.split()[-1] for rank in said.ranks] == ["presence", "openness", "sanction"]
    sizes = sorted({step.samples for step in said.sensitivity.convergence})
    assert sizes == [128, 256, 512, 1024]
    width = {step.samples: step.half_width for step in said.sensitivity.convergence if step.factor.endswith("presence")}
    assert width[1024] < width[128]


def test_what_is_inert_has_no_sobol_index_and_the_two_halves_of_the_seeds_agree(tmp_path):
    def rule(cell, common, own):
        return {"p_speak": cell.values[0] + common + own}

    said = analyse(swept(SAMPLED.format(design="saltelli", samples=64), rule, tmp_path))
    total = {one.factor.split()[-1]: one for one in said.sensitivity.indices if one.kind == "ST"}
    assert total["presence"].found.mean == pytest.approx(1.0, abs=0.1)
    assert total["sanction"].found.mean < 0.02
    assert total["presence"].halves == pytest.approx((1.0, 1.0), abs=0.1)
    assert "put the same factor first" in words.stability(said.sensitivity.indices)


def test_morris_finds_what_matters_and_what_bends(tmp_path):
    def rule(cell, common, own):
        first, second, _ = cell.values
        return {"p_speak": 3.0 * first + 2.0 * second**3 + common}

    said = analyse(swept(SAMPLED.format(design="morris", samples=20), rule, tmp_path))
    found = {(one.kind, one.factor.split()[-1]): one.found for one in said.sensitivity.indices}
    assert found["mu_star", "presence"].mean == pytest.approx(3.0)
    assert found["sigma", "presence"].mean == pytest.approx(0.0, abs=1e-9)
    assert found["sigma", "openness"].mean > 0.3
    assert found["mu_star", "sanction"].mean == pytest.approx(0.0, abs=1e-9)
    assert [rank.factor.split()[-1] for rank in said.ranks] == ["presence", "openness", "sanction"]
    assert page(said)


def test_a_latin_hypercube_is_analysed_by_rank_correlations(tmp_path):
    def rule(cell, common, own):
        return {"p_speak": 4.0 * cell.values[0] ** 3 - cell.values[1] + common + own}

    said = analyse(swept(SAMPLED.format(design="latin_hypercube", samples=120), rule, tmp_path))
    found = {one.factor.split()[-1]: one.found for one in said.sensitivity.indices if one.kind == "rank_correlation"}
    assert found["presence"].low > 0.8
    assert found["openness"].high < 0.0
    assert found["sanction"].low < 0.0 < found["sanction"].high
    assert 0.7 < said.sensitivity.fits["p_speak"] < 0.99
    assert page(said)


def test_indices_are_refused_where_a_cell_has_no_value(tmp_path):
    text = SAMPLED.format(design="morris", samples=4)
    missing = {(3, seed) for seed in (1, 2, 3, 4)}
    said = analyse(swept(text, ishigami, tmp_path, failing=missing))
    assert not said.sensitivity.indices
    assert "1 of 16 cells have none at all" in said.sensitivity.refused["p_speak"]
    assert "There is no sensitivity" in words.ranking(said, "p_speak")
    one_seed_missing = analyse(swept(text, ishigami, tmp_path, failing={(3, 1)}))
    assert one_seed_missing.sensitivity.indices


# ---------------------------------------------------------------- tipping points

RAMPED = """
seeds = 25
measures = ["p_speak"]
[factors]
"leadership.executives.openness" = { min = 0.0, max = 1.0, steps = 11 }
"""


@pytest.mark.parametrize(
    ("shape", "tips"),
    [
        (lambda x: 0.3 * x, False),
        (lambda x: 0.3 * x * x, False),
        (lambda _: 0.0, False),
        (lambda x: 0.3 / (1.0 + math.exp(-(x - 0.62) / 0.03)), True),
    ],
    ids=["straight", "bent", "flat", "step"],
)
def test_only_a_step_is_a_tipping_point(shape, tips, tmp_path):
    said = analyse(swept(RAMPED, lambda cell, common, own: {"p_speak": shape(cell.values[0]) + common + own}, tmp_path))
    (found,) = said.tipping
    assert found.tips is tips
    if tips:
        assert (found.start, found.end) == pytest.approx((0.6, 0.7))
        assert found.fit is not None
        assert found.fit.middle.low <= 0.62 <= found.fit.middle.high
        assert found.fit.better
        assert "There is a tipping point" in words.tips(found)
    assert page(said)


def test_seeds_differ_most_near_a_tipping_point(tmp_path):
    def rule(cell, common, own):
        return {"p_speak": float(cell.values[0] + common > 0.5)}

    (found,) = analyse(swept(RAMPED, rule, tmp_path)).tipping
    assert found.loudest == pytest.approx(0.5, abs=0.11)


# ---------------------------------------------------------------- there and back


def there_and_back(values: list[float], name: str = "leadership.executives.openness") -> str:
    head = 'title = "Ramp"\nextends = "baseline"\ndays = 40\n[leadership.executives]\nopenness = 0.8\n'
    events = (f"[[events]]\nday = {10 * n}\nset = {{ {name} = {value} }}\n" for n, value in enumerate(values, 1))
    return head + "".join(events)


def test_a_ramp_is_read_from_the_events(tmp_path):
    file = tmp_path / "ramp.toml"
    file.write_text(there_and_back([0.5, 0.2, 0.5]))
    found = ramp_of(load(file))
    assert found is not None
    assert [stretch.value for stretch in found.there] == [0.8, 0.5, 0.2]
    assert [stretch.value for stretch in found.back] == [0.2, 0.5]
    assert found.there[1].settled == range(15, 20)
    assert [one.value for one, _ in found.shared] == [0.5]


@pytest.mark.parametrize("values", [[0.5, 0.2], [0.9, 0.95], [0.5, 0.8, 0.5], [0.2, 0.4]])
def test_what_does_not_come_back_to_where_it_was_is_no_ramp(values, tmp_path):
    file = tmp_path / "ramp.toml"
    file.write_text(there_and_back(values))
    assert ramp_of(load(file)) is None


@pytest.mark.parametrize("gap", [0.0, -0.07])
def test_a_planted_loop_is_found_and_none_is_made_up(gap, tmp_path):
    (tmp_path / "ramp.toml").write_text(there_and_back([0.5, 0.2, 0.5]))
    text = 'scenario = "ramp.toml"\nrecord = "daily"\nseeds = 12\nmeasures = ["p_speak"]\n[factors]\n'
    text += '"leadership.executives.sanction" = [0.0, 0.5]\n'
    file = tmp_path / "study.toml"
    study = study_from(text, "study", file)
    luck = np.random.default_rng(5)
    lever = np.repeat([0.8, 0.5, 0.2, 0.5], 10)
    runs, days = [], []
    for number, (seed, cell) in enumerate((seed, cell) for seed in study.first_seeds for cell in (0, 1)):
        runs.append(
            {"run": number, "cell": cell, "seed": seed, "run_id": f"{number:032x}", "status": "done", "stage": None}
            | {"message": None, **dict.fromkeys(MEASURES), "p_speak": 0.5}
        )
        voice = 0.3 * lever + gap * (np.arange(40) >= 30) + luck.normal(0.0, 0.1) + luck.normal(0.0, 0.01, 40)
        days.append(pl.DataFrame({"run": number, "day": np.arange(40, dtype=np.int32), "p_speak": voice}))
    (tmp_path / "series").mkdir()
    pl.concat(days).write_parquet(tmp_path / "series" / "daily.parquet")
    said = analyse(Sweep(study, tmp_path, pl.DataFrame(runs, infer_schema_length=None), True))
    assert [loop.cell for loop in said.loops] == [0, 1]
    for loop in said.loops:
        (at,) = loop.gaps
        assert at.found.low <= gap <= at.found.high
        assert at.found.half_width < 0.01
        assert loop.there[0].mean - loop.there[2].mean == pytest.approx(0.18, abs=0.01)
        assert loop.mean_gap.mean == pytest.approx(at.found.mean / 2.0)  # it narrows to nothing at the turn
        assert ("does not come back" in words.loop_words(loop)) is (gap != 0.0)
    assert page(said)


PACES = """
scenario = "ramp.toml"
record = "daily"
seeds = 12
measures = ["p_speak"]
[alternatives.pace]
fast = {days = 50}
steady = {days = 100, "events.0.day" = 40, "events.1.day" = 40, "events.2.day" = 40}
slow = {days = 100, "events.0.day" = 20, "events.1.day" = 40, "events.2.day" = 60, "events.3.day" = 80}
"""
LEVERS = {
    "fast": np.repeat([0.8, 0.5, 0.2, 0.5, 0.8], 10),
    "steady": np.full(100, 0.8),
    "slow": np.repeat([0.8, 0.5, 0.2, 0.5, 0.8], 20),
}


def paced(law: Callable[[np.ndarray], np.ndarray], folder: Path, leaving_out: str = "") -> Any:
    """Return the loop of a study with a ramp, a slower one, and none, in which voice follows the lever by a law."""
    (folder / "ramp.toml").write_text(there_and_back([0.5, 0.2, 0.5, 0.8]).replace("days = 40", "days = 50"))
    lines = [line for line in PACES.splitlines() if not leaving_out or not line.startswith(leaving_out)]
    study = study_from("\n".join(lines), "study", folder / "study.toml")
    luck, runs, days = np.random.default_rng(3), [], []
    for seed in study.first_seeds:
        shared = luck.normal(0.0, 0.1)
        for cell in cells(study):
            number = len(runs)
            runs.append(
                {"run": number, "cell": cell.number, "seed": seed, "run_id": f"{number:032x}", "status": "done"}
                | {"stage": None, "message": None, **dict.fromkeys(MEASURES), "p_speak": 0.5}
            )
            voice = law(LEVERS[cell.values[0]]) + shared
            voice += luck.normal(0.0, 0.01, len(voice))
            numbers = np.arange(len(voice), dtype=np.int32)
            days.append(pl.DataFrame({"run": number, "day": numbers, "p_speak": voice}))
    (folder / "series").mkdir()
    pl.concat(days).write_parquet(folder / "series" / "daily.parquet")
    said = analyse(Sweep(study, folder, pl.DataFrame(runs, infer_schema_length=None), True))
    assert page(said)
    assert "there_and_back" in tables(said)
    (loop,) = said.loops
    return loop


def worn(lever: np.ndarray) -> np.ndarray:
    """Trust that never comes back above halfway to where it was: what is lost at the bottom stays lost."""
    lowest = np.minimum.accumulate(lever)
    return 0.3 * (lever + lowest) / 2.0


def lagging(lever: np.ndarray) -> np.ndarray:
    """Voice that follows the lever by a fifth of the way each day."""
    found = [lever[0]]
    for value in lever[1:]:
        found.append(found[-1] + 0.2 * (value - found[-1]))
    return 0.3 * np.array(found)


def drifting(lever: np.ndarray) -> np.ndarray:
    """Voice that falls with the days, whatever the lever does."""
    return 0.3 * lever - 0.002 * np.arange(len(lever))


def test_what_wears_off_for_good_is_distinguished_from_time_and_from_lag(tmp_path):
    loop = paced(worn, tmp_path)
    assert loop.stays
    assert abs(loop.rest.mean_gap.mean) < 0.005
    assert loop.left.mean == pytest.approx(-0.045, abs=0.01)  # 0 at the turn, .045 in the middle, .09 at the start
    assert loop.change.low <= 0.0 <= loop.change.high
    assert "no lag that so much time would close" in words.loop_words(loop)


def test_a_gap_of_time_alone_is_taken_off(tmp_path):
    loop = paced(drifting, tmp_path)
    assert loop.mean_gap.high < -0.03
    assert loop.rest.mean_gap.high < -0.03
    assert loop.left.low <= 0.0 <= loop.left.high
    assert not loop.stays
    assert "time alone may account for the gap" in words.loop_words(loop)


def test_a_lag_narrows_at_a_slower_pace(tmp_path):
    loop = paced(lagging, tmp_path)
    assert loop.left.high < -0.005
    assert loop.change.low > 0.0
    assert abs(loop.slower.left.mean) < abs(loop.left.mean) / 2.0
    assert "narrows" in words.loop_words(loop) or "may be no more than a lag" in words.loop_words(loop)


@pytest.mark.parametrize(
    ("missing", "said"), [("steady", "What time alone does is not known"), ("slow", "only lag behind is not known")]
)
def test_a_study_without_a_control_says_what_it_cannot_tell(missing, said, tmp_path):
    loop = paced(worn, tmp_path, leaving_out=missing)
    assert not loop.stays
    assert said in words.loop_words(loop)


def test_a_slower_ramp_is_compared_with_and_not_reported_by_itself(tmp_path):
    loop = paced(worn, tmp_path)
    assert (loop.cell, loop.rest.cell, loop.slower.cell) == (0, 1, 2)
    assert loop.slower.rest.cell == 1
    names = [trace.name for trace in loop_chart(loop).data]
    assert names == [
        "there",
        "back",
        "there, slower",
        "back, slower",
        "at rest, days of there",
        "at rest, days of back",
    ]


def test_runs_that_failed_do_not_shift_the_pairs(tmp_path):
    loop = paced(worn, tmp_path)
    days = tmp_path / "series" / "daily.parquet"
    study = study_from(PACES, "study", tmp_path / "study.toml")
    rows = [
        {"run": n, "cell": n % 3, "seed": n // 3 + 1, "run_id": f"{n:032x}", "stage": None, "message": None}
        | {"status": "failed" if n == 3 else "done", **dict.fromkeys(MEASURES), "p_speak": 0.5}
        for n in range(36)
    ]
    days.write_bytes(table_bytes(pl.read_parquet(days).filter(pl.col("run") != 3)))
    (found,) = analyse(Sweep(study, tmp_path, pl.DataFrame(rows, infer_schema_length=None), True)).loops
    assert (found.left.runs, loop.left.runs) == (11, 12)
    assert found.left.half_width < 0.01  # luck that a seed shares is ten times as wide


# ---------------------------------------------------------------- phases


def test_the_phase_map_counts_runs_of_each_type(planted):
    assert overall(planted.results).counts == (90, 120, 60)
    by_cell = {cell.values: phase for cell, phase in zip(planted.results.cells, planted.phases, strict=True)}
    assert by_cell[0.0, 0.0].share(0) == 1.0
    assert by_cell[2.0, 1.0].commonest == 2
    low, high = by_cell[2.0, 1.0].bounds(2)
    assert low == pytest.approx(0.886, abs=0.001)  # Wilson, 30 of 30
    assert high == 1.0
    assert "33% quiet, 44% knowledge-sharing and 22% participatory" in words.phase_words(planted)


# ---------------------------------------------------------------- what is written


def test_everything_is_written_and_written_the_same_again(planted):
    folder = write(planted)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"report.html", "cells.csv", "effects.csv", "methods.md", "references.bib", "CITATION.cff"} <= set(first)
    assert "failed.csv" not in first
    write_folder(folder, KIND, {"failed.csv": b"of an earlier analysis"})
    write(analyse(planted.results.sweep))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert len(first["report.html"]) < 8_000_000
    cited = pl.read_csv(folder / "effects.csv")
    assert cited.height == 8
    assert cited.filter(pl.col("decided"))["measure"].unique().to_list() == ["p_speak"]


def test_methods_cite_what_was_done_and_nothing_else(planted, tmp_path):
    text = (write(planted) / "methods.md").read_text()
    assert "full factorial design" in text
    assert "seeds 1 to 30 (30 replications)" in text
    assert "morris1991" not in text
    assert references(text).count("@article{") == 6
    sampled = analyse(swept(SAMPLED.format(design="morris", samples=4), ishigami, tmp_path))
    assert "@article{morris1991," in (write(sampled) / "references.bib").read_text()


def test_every_work_that_can_be_cited_is_known():
    import re

    from experiments.analysis import methods
    from sim.citing import works

    source = Path(methods.__file__).read_text()
    keys = set(re.findall(r"\b[a-z]+(?:19|20)\d\d\b", source))
    assert len(keys) > 9 and keys <= set(works())


def test_hostile_titles_stay_texts(tmp_path):
    text = 'title = "<script>alert(1)</script>"\nquestion = "<img src=x onerror=alert(1)>"\n' + TWO.split("\n", 2)[2]
    text += '[alternatives."<b>bold"]\n"<i>one" = { days = 5 }\n"</script>two" = { days = 6 }\n'
    said = analyse(swept(text, lambda *luck: {"p_speak": luck[2], "silence_rate": luck[2]}, tmp_path))
    written = page(said)
    assert "<script>alert" not in written
    assert "<img src=x" not in written
    assert "<b>bold" not in written
    assert "<i>one" not in written


@pytest.mark.parametrize("asked", [None, "silence_rate"])
def test_a_small_sweep_is_analysed_from_its_folder(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(
        'title = "Small"\nseeds = 3\nmeasures = ["p_speak", "silence_rate"]\n'
        '[set]\n"organization.members" = 60\ndays = 5\n[factors]\n'
        '"leadership.executives.presence" = [0.2, 3.0]\n"leadership.executives.openness" = [0.1, 0.9]\n'
    )
    made = CliRunner().invoke(main, ["sweep", "small.toml", "--out", "small", "--workers", "1"])
    assert made.exit_code == 0, made.output
    chosen = [] if asked is None else ["--measures", asked]
    done = CliRunner().invoke(main, ["analyse", "small", *chosen])
    assert done.exit_code == 0, done.output
    assert "make four cells, each run with the same three seeds: 12 runs" in done.output
    assert ("silence_rate" if asked else "p_speak") in done.output
    assert (tmp_path / "small" / "analysis" / "report.html").is_file()
    assert "rules digest" in (tmp_path / "small" / "analysis" / "methods.md").read_text()


def test_what_is_no_sweep_is_refused_in_a_sentence(tmp_path):
    done = CliRunner().invoke(main, ["analyse", str(tmp_path / "nowhere")])
    assert done.exit_code == 2
    assert "there is no such sweep folder" in done.output
