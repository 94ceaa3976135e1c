"""The default arena is believable before any calibration: it is alive, has no trend, and leaders matter in it."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import ledger_of, run

from sim.engine import Engine
from sim.parameters import registry
from sim.scenario import load
from sim.state import BELIEF_FIELDS, Clock, Column
from sim.terms import SPOKEN, Motive, Strategy

SEEDS = range(1, 17)  # with fewer, luck alone gives trends of a tenth
FEWER_SEEDS = range(1, 4)
BURN_IN = 20  # days
BELIEFS = [name for name, *_ in BELIEF_FIELDS]

SUPPORTIVE = {"openness": 0.95, "sanction": 0.0, "follow_through": 0.9, "responsiveness": 0.8}
PUNISHING = {"openness": 0.1, "sanction": 0.9, "follow_through": 0.0, "responsiveness": 0.8}


@pytest.fixture(scope="session")
def baseline_runs() -> list[Engine]:
    """The baseline, 1,000 members for 60 days, once for each seed."""
    return [run(load("baseline"), seed) for seed in SEEDS]


@pytest.fixture(scope="session")
def led() -> dict[str, list[Engine]]:
    """The baseline with supportive and with punishing leaders, on the same seeds."""

    def runs(policy: dict[str, float]) -> list[Engine]:
        groups = ("line_managers", "executives")
        levers = {f"leadership.{who}.{name}": value for who in groups for name, value in policy.items()}
        return [run(load("baseline").with_(levers), seed) for seed in FEWER_SEEDS]

    return {"supportive": runs(SUPPORTIVE), "punishing": runs(PUNISHING)}


def _daily(engine: Engine, column: str) -> np.ndarray:
    """Return a count of the whole organisation, day by day."""
    return engine.world.daily[:, :, Column[column]].sum(axis=1)


# ---------------------------------------------------------------- it is alive


@pytest.mark.parametrize("strategy", [s.name for s in Strategy if s not in (Strategy.none, Strategy.anonymous)])
def test_every_strategy_occurs(baseline_runs, strategy):
    assert all((ledger_of(engine)["strategy"] == Strategy[strategy]).sum() >= 5 for engine in baseline_runs)


def test_anonymous_posts_occur_only_where_they_are_allowed(baseline_runs):
    allowed = run(load("baseline").with_({"visibility.anonymous_posts": True}), 1)
    assert (ledger_of(allowed)["strategy"] == Strategy.anonymous).sum() >= 5
    assert not any((ledger_of(engine)["strategy"] == Strategy.anonymous).any() for engine in baseline_runs)


@pytest.mark.parametrize("motive", [m.name for m in Motive if m != Motive.none])
def test_every_motive_occurs(baseline_runs, motive):
    assert sum((ledger_of(engine)["motive"] == Motive[motive]).sum() for engine in baseline_runs) >= 5
    assert sum(np.nansum(ledger_of(engine)[f"motive_{motive}"]) for engine in baseline_runs) >= 5.0


def test_comments_are_one_to_four_times_the_posts(baseline_runs):
    for engine in baseline_runs:
        assert 1.0 <= _daily(engine, "comments").sum() / _daily(engine, "posts").sum() <= 4.0


def test_between_a_twentieth_and_half_of_the_members_contribute(baseline_runs):
    contributed = [engine.world.members["posts"] + engine.world.members["comments"] > 0 for engine in baseline_runs]
    shares = [float(who.mean()) for who in contributed]
    assert min(shares) >= 0.05
    assert max(shares) <= 0.5


def test_wishes_are_spoken_as_often_as_their_probabilities_say(baseline_runs):
    p = np.concatenate([ledger_of(engine)["p_spoken"] for engine in baseline_runs])
    spoken = np.concatenate([ledger_of(engine)["strategy"] < SPOKEN for engine in baseline_runs])
    assert abs(spoken.sum() - p.sum()) < 4.0 * np.sqrt((p * (1.0 - p)).sum())


# ---------------------------------------------------------------- beliefs live


@pytest.mark.parametrize("belief", [name for name in BELIEFS if name != "identifiability"])
def test_beliefs_of_those_who_visit_do_not_freeze(baseline_runs, belief):
    moved = []
    for engine in baseline_runs:
        there = engine.world.members["visits"] > 0
        start, end = engine.world.start[belief][there], engine.world.beliefs[belief][there]
        scale = start.mean() if belief == "imagined_audience_size" else 0.2  # that one is a few hundredths at most
        moved.append(float(np.abs(end - start).mean() / scale))
    assert np.mean(moved) > 0.05
    assert min(moved) > 0.01


@pytest.mark.parametrize("belief", [name for name in BELIEFS if name not in ("identifiability", "habit")])
def test_beliefs_do_not_saturate(baseline_runs, belief):
    for engine in baseline_runs:
        held = engine.world.beliefs[belief]
        assert 0.02 < held.mean() < 0.97
        assert held.std() > 0.02 if belief != "imagined_audience_size" else held.std() > 0.1 * held.mean()


def test_habits_of_visiting_neither_freeze_nor_run_away(baseline_runs):
    for engine in baseline_runs:
        habit = engine.world.beliefs["habit"]
        assert habit.std() > 0.01
        assert np.abs(habit).max() < 2.0


# ---------------------------------------------------------------- no trend


def _trend(runs: list[Engine], what: str) -> float:
    """Return the change over the days after the burn-in, on a straight line, as a share of the mean; over all runs."""
    if what == "p_speak":
        spoken = sum(_daily(engine, "p_spoken") for engine in runs)
        series = spoken / sum(_daily(engine, "wishes") for engine in runs)
    else:
        series = sum(_daily(engine, what) for engine in runs) / len(runs)
    series = series[BURN_IN:]
    slope = np.polyfit(np.arange(len(series)), series, 1)[0]
    return float(slope * len(series) / series.mean())


@pytest.mark.parametrize("what", ["p_speak", "spoken", "comments", "visits"])
def test_the_default_arena_has_no_trend_after_its_burn_in(baseline_runs, what):
    assert abs(_trend(baseline_runs, what)) < 0.15


# ---------------------------------------------------------------- leaders matter


def _p_speak(engine: Engine) -> float:
    return float(_daily(engine, "p_spoken")[BURN_IN:].sum() / _daily(engine, "wishes")[BURN_IN:].sum())


def test_more_is_spoken_under_supportive_than_under_punishing_leaders(led):
    for supportive, punishing in zip(led["supportive"], led["punishing"], strict=True):
        assert _p_speak(supportive) > _p_speak(punishing) + 0.03


def test_critique_is_silenced_by_fear_more_often_under_punishing_leaders(led):
    def defensive(engine: Engine) -> float:
        critical = ledger_of(engine)[ledger_of(engine)["criticality"] > 0.0]
        return float(np.nansum(critical["motive_defensive"]) / len(critical))

    for supportive, punishing in zip(led["supportive"], led["punishing"], strict=True):
        assert defensive(punishing) > defensive(supportive)


@pytest.mark.parametrize("belief", ["safety_line_manager", "safety_executives", "voice_efficacy", "credibility"])
def test_beliefs_are_higher_under_supportive_leaders(led, belief):
    for supportive, punishing in zip(led["supportive"], led["punishing"], strict=True):
        assert supportive.world.beliefs[belief].mean() > punishing.world.beliefs[belief].mean() + 0.01


# ---------------------------------------------------------------- what the arena shows is learned


def _error_of_authors(engine: Engine) -> float:
    """Return how far what authors imagine is from the share that saw their latest post, in the mean."""
    world = engine.world
    authors = np.flatnonzero(world.members["latest_post"] >= 0)
    posts = world.messages[world.members["latest_post"][authors]]
    saw = np.minimum(1.0, posts["views"] / world.audiences["visited"][posts["audience"]])
    return float(np.abs(world.beliefs["imagined_audience_size"][authors] - saw).mean())


def test_where_views_are_shown_authors_come_to_know_their_audience(lively):
    shown, guessing = (run(lively.with_({"visibility.audience_cues": cues}), 1) for cues in (True, False))
    assert _error_of_authors(shown) < 0.8 * _error_of_authors(guessing)


def test_who_talks_to_whom_is_overheard_from_comments_alone(lively):
    comments = ("reaction.to", "reaction.with_", "reaction.against", "reaction.past", "reaction.about")
    none = {name: registry()[name].low for name in comments}
    none |= {f"leadership.{who}.responsiveness": 0.0 for who in ("line_managers", "executives")}
    none |= {"communicators.orphan_answering": 0.0, "learning.reframing": 0.0}
    talk, silence = run(lively, 1).world, run(lively.with_(none), 1).world
    assert (talk.beliefs["knows_whom"] > talk.start["knows_whom"]).mean() > 0.5
    assert (silence.messages["parent"][: silence.clock[Clock.messages]] < 0).all()
    assert (silence.beliefs["knows_whom"] <= silence.start["knows_whom"] + 1e-12).all()
