"""Spirals over seeds: the parts of a trend add up to it, a ratio is given only where there is one, regimes differ."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import livelier

import sim
from experiments import spirals
from experiments.cli import main
from experiments.commands.spiral import _own_organization, _print
from experiments.spirals import (
    AS_IT_IS,
    NOTHING,
    REGIMES,
    Decomposition,
    Piece,
    decompose,
    led,
    ratio_interval,
    regime_run,
    trend,
    voice_effect,
    voice_run,
)
from experiments.statistics import mean_interval
from sim.engine import make_organization
from sim.scenario import Scenario, load
from sim.spiral import BELIEFS

WORKLOAD = 2
PARTS = ("other", "together")


@pytest.fixture(scope="module")
def busy() -> Scenario:
    return livelier(load("baseline").with_({"organization.members": 80}), days=14)


@pytest.fixture(scope="module")
def found(busy) -> Decomposition:
    return decompose(busy, seeds=2, voices=2, workers=1)


# ---------------------------------------------------------------- the parts


@pytest.mark.parametrize("regime", REGIMES)
def test_the_parts_of_a_slope_add_up_to_it(found, regime):
    effect = found.regimes[regime]
    parts = [effect.through[belief].mean for belief in BELIEFS] + [getattr(effect, part).mean for part in PARTS]
    assert sum(parts) == pytest.approx(effect.slope.mean, abs=1e-12)
    assert effect.slope.mean != effect.other.mean


def test_leaders_absent_from_the_arena_teach_safety_in_their_teams_alone(busy, found):
    """They still meet their teams, where critique is treated too; without such talk freezing safety changes nothing."""
    untalked = regime_run(Piece(busy.with_({"learning.team_talks": 0.0}), WORKLOAD, 1, None, "absent"))
    talked = regime_run(Piece(busy, WORKLOAD, 1, None, "absent"))
    assert untalked.trends["safety"] == untalked.trends[NOTHING]
    assert talked.trends["safety"] != talked.trends[NOTHING]
    assert found.regimes["absent"].hot_stove.runs == 0
    assert found.regimes["punishing"].hot_stove.runs == 2


def test_each_regime_begins_as_the_scenario_does(busy):
    assert led(busy, AS_IT_IS).parameters == busy.parameters
    for regime, levers in REGIMES.items():
        for group in ("line_managers", "executives"):
            policy = getattr(led(busy, regime).parameters.leadership, group)
            assert {name: getattr(policy, name) for name in levers} == levers


def test_the_effect_of_a_voice_lies_with_those_who_read_it_and_those_who_did_not(found):
    by = found.voices.by
    assert found.voices.removed.runs == found.voices.added.runs == by["critics"].runs == 2
    assert by["critics"].mean == pytest.approx(by["readers"].mean + by["unreached"].mean, abs=1e-12)
    assert by["critics"].mean == pytest.approx(0.5 * (found.voices.removed.mean + found.voices.added.mean), abs=1e-12)
    with_frozen = found.voices.with_frozen
    for belief in BELIEFS:
        through = found.voices.through[belief].mean
        assert through == pytest.approx(by["critics"].mean - with_frozen[belief].mean, abs=1e-12)
    assert found.voices.difference.mean == pytest.approx(
        by["critics"].mean - with_frozen["climate and licence"].mean, abs=1e-12
    )


def test_a_piece_of_work_is_the_same_whenever_it_is_done(busy):
    piece = Piece(busy.with_({"days": 5}), WORKLOAD, 2, None, "punishing")
    assert regime_run(piece) == regime_run(piece)


def test_where_nobody_speaks_long_enough_before_the_end_there_is_no_effect_to_tell(busy):
    run = voice_run(Piece(busy.with_({"days": 6}), WORKLOAD, 1, None, None))
    effect = voice_effect([run, run])
    assert effect.by["critics"].runs == 0
    assert effect.amplification == (None, None, None)


def test_what_cannot_be_told_is_none_in_json(found):
    said = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert said["regimes"]["absent"]["hot_stove"] == {"mean": None, "low": None, "high": None, "runs": 0}
    assert said["voices"]["by"]["critics"]["mean"] == found.voices.by["critics"].mean


# ---------------------------------------------------------------- slopes and ratios


def test_the_slope_of_a_line_is_its_slope():
    ages = [0.0, 3.0, 10.0, 20.0]
    line = trend(ages, [0.4 + 0.002 * age for age in ages])
    assert line.slope == pytest.approx(0.02)  # in ten days
    assert line.level == pytest.approx(0.44)
    assert math.isnan(trend([5.0], [0.4]).slope)
    assert math.isnan(spirals._slope([2.0, 2.0], [0.1, 0.3]))


def test_a_ratio_of_exact_multiples_is_exact():
    lower = [1.0, 1.2, 0.9, 1.1]
    ratio = ratio_interval([2.5 * value for value in lower], lower)
    assert ratio == pytest.approx((2.5, 2.5, 2.5))


def test_no_ratio_is_told_where_the_lower_mean_could_be_0():
    lower, upper = [1.0, -1.2, 0.4, 0.1], [2.0, 1.0, 1.5, 2.5]
    interval = mean_interval(lower)
    assert interval.low < 0.0 < interval.high
    assert ratio_interval(upper, lower) == (None, None, None)
    assert ratio_interval([1.0], [1.0]) == (None, None, None)
    assert ratio_interval([1.0, math.nan], [1.0, 2.0]) == (None, None, None)


def test_a_ratio_is_told_exactly_where_the_lower_mean_differs_from_0():
    rng = np.random.default_rng(1)
    said = 0
    for _ in range(300):
        lower = rng.normal(0.5, 0.8, 6)
        interval = mean_interval(lower)
        ratio = ratio_interval(rng.normal(1.0, 0.8, 6), lower)
        assert (ratio.value is None) == (interval.low <= 0.0 <= interval.high)
        said += ratio.value is not None
        if ratio.value is not None:
            assert ratio.low <= ratio.value <= ratio.high
    assert 30 < said < 270


def test_nineteen_in_twenty_intervals_hold_the_ratio():
    rng = np.random.default_rng(2)
    held = []
    for _ in range(1000):
        lower = rng.normal(2.0, 0.5, 8)
        ratio = ratio_interval(3.0 + 0.5 * lower - 1.0 + rng.normal(0.0, 0.5, 8), lower)
        held.append(ratio.value is not None and ratio.low <= 1.5 <= ratio.high)
    assert 0.93 < np.mean(held) < 0.97


# ---------------------------------------------------------------- the command


def test_the_command_decomposes_a_run(busy, tmp_path):
    short = busy.with_({"organization.members": 30, "days": 3})
    folder = sim.simulate(short, seed=3).save(tmp_path / "run")
    done = CliRunner().invoke(main, ["spiral", str(folder), "--decompose", "--seeds", "2", "--issue", "0", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert said["issue"] == 0
    assert said["seeds"] == 2
    assert set(said["regimes"]) == set(REGIMES)
    assert said == json.loads(json.dumps(decompose(short, 0, 2, workers=1).to_dict()))


def test_an_organisation_of_ones_own_stays_that_of_all_seeds(busy, tmp_path):
    small = busy.with_({"organization.members": 30, "days": 1})
    other = make_organization(small.with_({"organization.members": 24}), 5)
    for organization in (other, None):
        run = sim.simulate(small, seed=3, organization=organization)
        kept = _own_organization(run)
        assert (kept is None) == (organization is None)
    assert _own_organization(sim.simulate(small, seed=3, organization=other)).ids == other.ids


def test_the_command_tells_what_was_found(found, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    _print(found)
    said = capsys.readouterr().out
    assert f"means over {found.seeds} seeds" in said
    for line in ("nothing frozen", "climate and licence frozen", "Amplification", "hot stove", "punishing"):
        assert line in said
    assert f"{100 * found.regimes['punishing'].level.mean:.1f}" in said


# ---------------------------------------------------------------- what emerges


@pytest.fixture(scope="module")
def baseline() -> Decomposition:
    return decompose(load("baseline"), seeds=8)


@pytest.mark.slow
def test_what_one_voice_does_to_others_cannot_be_said_on_eight_seeds(baseline):
    """Nothing below 0, and nothing that stays with climate and licence frozen: docs/spirals.md says so."""
    assert baseline.voices.by["critics"].high > 0.0
    assert baseline.voices.difference.mean > 0.0
    assert baseline.voices.amplification.value is None


@pytest.mark.slow
def test_willingness_spirals_up_where_leaders_support_and_down_where_they_punish(baseline):
    assert baseline.regimes["supportive"].slope.low > 0.0
    assert baseline.regimes["punishing"].slope.high < 0.0
    assert baseline.regimes["absent"].slope.high < 0.0


@pytest.mark.slow
def test_the_chance_to_speak_falls_most_where_leaders_punish(baseline):
    punished, supported = baseline.regimes["punishing"], baseline.regimes["supportive"]
    assert punished.slope.high < supported.slope.low
    assert punished.of_wishes.high < 0.0
    assert punished.level.high < supported.level.low


@pytest.mark.slow
def test_leaders_teach_safety_and_efficacy_by_how_they_lead(baseline):
    for belief in ("safety", "efficacy"):
        assert baseline.regimes["punishing"].through[belief].high < 0.0
        assert baseline.regimes["supportive"].through[belief].low > 0.0


@pytest.mark.slow
def test_silence_turns_acquiescent_where_leaders_punish_and_nowhere_else(baseline):
    """Not where leaders are absent, as the theory has it: docs/spirals.md says so."""
    assert baseline.regimes["punishing"].acquiescent_level.low > baseline.regimes["supportive"].acquiescent_level.high
    assert baseline.regimes["punishing"].acquiescent_slope.low > 0.0
    assert baseline.regimes["supportive"].acquiescent_slope.high < 0.0
    assert baseline.regimes["absent"].acquiescent_slope.high < 0.0


@pytest.mark.slow
def test_more_of_the_burnt_are_silent_in_the_dark_where_leaders_punish(baseline):
    punished, supported = baseline.regimes["punishing"], baseline.regimes["supportive"]
    assert punished.hot_stove.low > supported.hot_stove.high
    assert punished.silent_in_the_dark.low > punished.outspoken_in_the_dark.high
