"""What members believe, and how that goes with what leaders are like, what they do, and what members say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.facts.estimators import correlation, ratio
from experiments.facts.observation import History, Numbers, Observation, Rows
from sim.terms import Kind, Response, Role

FEWEST_IN_TEAM = 3
WELCOME = (Response.supportive, Response.action)

# ---------------------------------------------------------------- leaders


def openness_and_safety(run: History, beliefs: Any) -> float:
    """Return the correlation over teams of the manager's own openness with the mean safety towards that manager."""
    members = run.world.members
    below = np.flatnonzero(members["manager"] >= 0)
    manager = members["manager"][below]
    size = np.bincount(manager, minlength=len(members))
    safety = np.bincount(manager, beliefs["safety_line_manager"][below], minlength=len(members))
    teams = size >= FEWEST_IN_TEAM
    return correlation(members["openness_leaning"][teams], safety[teams] / size[teams])


def openness_and_safety_rise(observed: Observation) -> float:
    """F12a: how much the correlation of leaders' openness and teams' safety has risen since day 0."""
    run = observed.run
    return openness_and_safety(run, run.world.beliefs) - openness_and_safety(run, run.world.start)


def _treatments_noticed(observed: Observation) -> tuple[Rows, Rows]:
    """Return who noticed which answer of a leader: who read it, or wrote what it answers and came by again."""
    messages, read = observed.run.messages, observed.readings
    answers = np.flatnonzero(messages["treatment"] != Response.none)
    asked = messages["author"][messages["parent"][answers]]
    back = observed.run.world.members["last_visit"][asked] > messages["tick"][answers]
    of_leaders = np.isin(read.message, answers)
    pairs = np.concatenate(
        [
            np.column_stack([read.reader[of_leaders], read.message[of_leaders]]),
            np.column_stack([asked, answers])[back],
        ]
    )
    reader, answer = np.unique(pairs, axis=0).astype(np.int64).T
    return reader, answer


def treatment_and_safety(observed: Observation) -> float:
    """F12b: correlation over members of how one's own manager was seen to treat critique with safety towards them.

    Over those who saw any; the treatment is the share of answers that support or act.
    """
    world, messages = observed.run.world, observed.run.messages
    reader, answer = _treatments_noticed(observed)
    own = messages["author"][answer] == world.members["manager"][reader]
    own &= messages["criticality"][messages["parent"][answer]] > 0.0
    reader, welcome = reader[own], np.isin(messages["treatment"][answer[own]], WELCOME)
    seen = np.bincount(reader, minlength=len(world.members))
    there = seen > 0
    share = np.bincount(reader, welcome, minlength=len(world.members))[there] / seen[there]
    return correlation(share, world.beliefs["safety_line_manager"][there])


def critique(observed: Observation) -> Any:
    """Return the critical messages of coworkers, questions left aside."""
    messages = observed.run.messages
    below = messages["author_role"] == Role.coworker
    return messages[below & (messages["criticality"] > 0.0) & (messages["kind"] != Kind.question)]


def answered_by_leaders(observed: Observation) -> float:
    """S4a: share of critical messages of coworkers that a leader answered."""
    said = critique(observed)
    return ratio((said["leader_response"] != Response.none).sum(), len(said))


def unsupportive(observed: Observation) -> float:
    """S4b: share of leaders' answers to critique that dismiss or rebuke it."""
    response = critique(observed)["leader_response"]
    unwelcome = np.isin(response, (Response.dismissive, Response.sanction))
    return ratio(unwelcome.sum(), (response != Response.none).sum())


def rebuked(observed: Observation) -> float:
    """F32: share of critical messages of coworkers that a leader rebuked."""
    said = critique(observed)
    return ratio((said["leader_response"] == Response.sanction).sum(), len(said))


# ---------------------------------------------------------------- safety


def safety(beliefs: Any) -> Numbers:
    """Return the mean of safety towards the line manager and towards executives."""
    return np.asarray(0.5 * (beliefs["safety_line_manager"] + beliefs["safety_executives"]))


def safety_and_engagement(observed: Observation) -> float:
    """F13a: correlation over members of safety with engagement."""
    beliefs = observed.run.world.beliefs
    return correlation(safety(beliefs), beliefs["engagement"])


def safety_and_voicing(observed: Observation) -> float:
    """F13b: correlation of safety with the mean chance that one's wishes are voiced, over members who had wishes."""
    run = observed.run
    n = len(run.world.members)
    wishes = np.bincount(run.ledger["member"], minlength=n)
    chances = np.bincount(run.ledger["member"], run.ledger["p_spoken"], minlength=n)
    had = wishes > 0
    return correlation(safety(run.world.beliefs)[had], chances[had] / wishes[had])


def safety_and_messages(observed: Observation) -> float:
    """F13b, beside: correlation over members who visited of safety with log(1 + messages written)."""
    world = observed.run.world
    there = world.members["visits"] > 0
    written = world.members["posts"] + world.members["comments"]
    return correlation(safety(world.beliefs)[there], np.log1p(written[there]))


def feels_safe_at_the_base(observed: Observation) -> float:
    """F15a: share of staff at the lowest level who feel safe (above the middle of the scale) at the start."""
    world = observed.run.world
    staff = world.members["level"] == world.members["level"].max()
    return float((safety(world.start)[staff] > 0.5).mean())


def feels_safe_a_level_up(observed: Observation) -> float:
    """F15b: how much more feel safe with each level towards the top, at the start."""
    world = observed.run.world
    level = world.members["level"].astype(float)
    counts = np.unique(level)
    shares = [float((safety(world.start)[level == here] > 0.5).mean()) for here in counts]
    sizes = [int((level == here).sum()) for here in counts]
    if len(counts) < 2:
        return math.nan
    return -float(np.polyfit(counts, shares, 1, w=np.sqrt(sizes))[0])
