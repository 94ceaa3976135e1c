"""Effect sizes that matter, each declared once: in which range it should lie, why, and how it is measured on one seed.

They are no facts: few studies measure such effects in an arena. A size says what a reviewer would believe and a room
could see. None is fitted to; each is registered before the model is, and judged over seeds as facts are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from experiments.facts.conclusions import all_leaders
from experiments.facts.observation import Observation
from experiments.facts.worlds import Numbers, Worlds, mean_of, mean_willingness, willing_now
from experiments.spirals import REGIMES, amplification, led
from sim.engine import Engine
from sim.spiral.path import critical
from sim.spiral.voice import Readers, whole_ledger
from sim.state import TICKS_PER_DAY, Clock, World
from sim.terms import SPOKEN, STRATEGIES, Motive, Response, Strategy


@dataclass(frozen=True)
class Size:
    """One effect size."""

    says: str
    low: float
    high: float
    source: str
    measure: Callable[[Worlds], float]
    """On one seed; NaN where there was nothing to measure."""


# ---------------------------------------------------------------- leadership


def _supportive_less_punishing(worlds: Worlds) -> float:
    supportive, punishing = (worlds.ended(led(worlds.scenario, how)) for how in ("supportive", "punishing"))
    return mean_willingness(supportive) - mean_willingness(punishing)


CLOSED_MANAGERS: Final = {f"leadership.line_managers.{name}": value for name, value in REGIMES["punishing"].items()}


def _closed_line_managers(worlds: Worlds) -> float:
    return mean_willingness(worlds.changed(CLOSED_MANAGERS)) - mean_willingness(worlds.changed({}))


LEARNED_OF_LEADERS: Final = ("safety_line_manager", "safety_executives", "voice_efficacy")
"""Beliefs that every treatment of critique moves, and that a decision weighs."""


def _explained_by_leaders(worlds: Worlds) -> float:
    """Return the share of the variance of willingness over members that what they learned of leaders explains.

    What a member learned comes to the difference that it makes: willingness now, less what it would be had the beliefs
    about leaders stayed at their start. The share is the squared correlation of willingness with it.
    """
    engine = worlds.changed({})
    untaught = engine.copy(with_ledger=False)
    for name in LEARNED_OF_LEADERS:
        untaught.world.beliefs[name] = untaught.world.start[name]
    now = willing_now(engine)
    learned = now - willing_now(untaught)
    asked = ~np.isnan(learned)
    if not asked.any() or now[asked].std() == 0.0:
        return math.nan
    return float(np.corrcoef(now[asked], learned[asked])[0, 1] ** 2) if learned[asked].std() > 0.0 else 0.0


# ---------------------------------------------------------------- one public rebuke


REBUKE_DAY, SEEN_FOR, RETOLD_FOR = 20, 5, 10
"""The chief executive rebukes the latest critique; members may read it for so many days, and hear of it for so many."""


class Rebuke(NamedTuple):
    """What one public rebuke did."""

    fall: float
    """Of the willingness of those who read it, against the same world without it, after `SEEN_FOR` days."""
    reach: float
    """How many knew of it after `RETOLD_FOR` days, over how many had read it."""


class Hearers:
    """An observer that notes who reads a treatment, and who has read or heard of it, where a world keeps that."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self.found: set[int] = set()

    def __call__(self, engine: Engine) -> None:
        """Note who knows of it now."""
        self.readers(engine)
        known = engine.world.members["known_of"] == self.readers.message
        self.found.update(np.flatnonzero(known.any(axis=1)).tolist())


def rebuke(worlds: Worlds) -> Rebuke:
    """Return what a rebuke of the latest critique did; NaN where there was nothing to rebuke."""
    answer = {"by": "ceo", "to": "latest_critique", "how": "sanction"}
    quiet = worlds.begun(worlds.scenario)
    loud = worlds.begun(worlds.scenario.with_events({"day": REBUKE_DAY, "respond": answer}))
    loud.advance(REBUKE_DAY * TICKS_PER_DAY + 1)
    message = int(loud.world.clock[Clock.messages]) - 1
    if message < 0 or loud.world.messages[message]["treatment"] != Response.sanction:
        return Rebuke(math.nan, math.nan)
    return _consequences(loud, quiet, message)


def _consequences(loud: Engine, quiet: Engine, message: int) -> Rebuke:
    readers = Readers(message)
    loud.advance((REBUKE_DAY + SEEN_FOR) * TICKS_PER_DAY, readers)
    quiet.advance(loud.tick)
    fall = mean_of((willing_now(quiet) - willing_now(loud))[sorted(readers.found)])
    if "known_of" not in (loud.world.members.dtype.names or ()):  # nobody retells anything
        return Rebuke(fall, math.nan)
    hearers = Hearers(readers)
    loud.advance((REBUKE_DAY + RETOLD_FOR) * TICKS_PER_DAY, hearers)
    return Rebuke(fall, len(readers.found | hearers.found) / len(readers.found) if readers.found else math.nan)


# ---------------------------------------------------------------- hysteresis


STEPS: Final = (0.9, 0.75, 0.6, 0.45, 0.3, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
"""Openness of all leaders, taken away step by step and given back."""
PACE: Final = 15
"""Workdays that a step lasts."""
NEVER_FORGOTTEN: Final = {"learning.forgetting_days": 2000.0}
"""Forgetting pulls everyone back to where they started, which closes any loop."""


def _hysteresis(worlds: Worlds) -> float:
    return _gap(worlds, PACE)


def _lasting_hysteresis(worlds: Worlds) -> float:
    return _gap(worlds, 2 * PACE)


def _gap(worlds: Worlds, pace: int) -> float:
    """Return by how much safety is lower on the way back than on the way there, less what time alone does."""
    from experiments.analysis.hysteresis import mean_gap, ramp_of

    still = worlds.scenario.with_(all_leaders(openness=STEPS[0]) | NEVER_FORGOTTEN).first_days(pace * len(STEPS))
    events = ({"day": pace * n, "set": all_leaders(openness=to)} for n, to in enumerate(STEPS) if n)
    moved = still.with_events(*events)
    ramp = ramp_of(moved)
    assert ramp is not None
    loop, idle = (float(mean_gap(ramp, _safety(worlds.ended(world)))[0]) for world in (moved, still))
    return idle - loop


def _safety(engine: Engine) -> Numbers:
    """Return mean psychological safety day by day, float64[1, days]."""
    from sim.measures import series

    found = series(engine.world, engine.organization)
    return found.values[found.measures.index("psychological_safety"), :1]


# ---------------------------------------------------------------- the default


def commonest_way(ledger: Any) -> float:
    """Return the share of critical wishes that went the commonest way but for silence."""
    ways = ledger["strategy"][critical(ledger)]
    if not len(ways):
        return math.nan
    return float(np.delete(np.bincount(ways, minlength=STRATEGIES), Strategy.withhold).max() / len(ways))


def rarest_way(ledger: Any) -> float:
    """Return how often the rarest strategy was chosen, anonymous posts aside, which the default arena has not."""
    counts = np.bincount(ledger["strategy"], minlength=STRATEGIES)
    return float(np.delete(counts, Strategy.anonymous).min())


def rarest_motive(ledger: Any) -> float:
    """Return how often the rarest motive was the main reason for a silence."""
    why = ledger["motive"][ledger["strategy"] >= SPOKEN]
    motives = [motive for motive in Motive if motive >= 0]
    return float(min((why == motive).sum() for motive in motives))


def largest_thread(world: World) -> float:
    """Return how many messages the largest thread has."""
    threads = world.messages["thread"][: int(world.clock[Clock.messages])]
    return float(np.bincount(threads).max()) if len(threads) else 0.0


MOST_IN_A_THREAD: Final = 100.0
"""Messages in a thread, above which talk feeds on itself. A guess: no internal thread that we know of comes near."""
MOST_ONE_WAY: Final = 0.35


def _of_ledger(measure: Callable[[Any], float]) -> Callable[[Worlds], float]:
    return lambda worlds: measure(whole_ledger(worlds.changed({})))


UNBOUNDED: Final = math.inf
VOICES: Final = 8
"""Voices tried out in each run for what one voice does."""

SIZES: Final = {
    "supportive_less_punishing": Size(
        "Willingness on the last day, where leaders support critique less where they punish it.",
        0.12,
        0.30,
        "Detert & Burris 2007; Frazier et al. 2017",
        _supportive_less_punishing,
    ),
    "explained_by_leaders": Size(
        "Share of the variance of willingness over members that what they learned of leaders explains.",
        0.03,
        0.15,
        "surveys: r .2 to .35 (Detert & Burris 2007 and reviews)",
        _explained_by_leaders,
    ),
    "closed_line_managers": Size(
        "Willingness on the last day where line managers alone punish critique, less as it is.",
        -0.12,
        -0.03,
        "Detert & Trevino 2010",
        _closed_line_managers,
    ),
    "rebuke": Size(
        "Fall of willingness within five days among those who read one public rebuke.",
        0.02,
        UNBOUNDED,
        "Madsen & Johansen 2019",
        lambda worlds: rebuke(worlds).fall,
    ),
    "hearsay": Size(
        "Members who know of a public rebuke after ten days, for each who read it.",
        1.5,
        UNBOUNDED,
        "Detert & Trevino 2010",
        lambda worlds: rebuke(worlds).reach,
    ),
    "hysteresis": Size(
        "Safety on the way down less on the way back, at equal openness of leaders; nothing is forgotten.",
        0.04,
        UNBOUNDED,
        "Baumeister et al. 2001; Denrell & March 2001",
        _hysteresis,
    ),
    "lasting_hysteresis": Size(
        "The same at half the pace: still there where trust has twice the time to follow.",
        0.0,
        UNBOUNDED,
        "Baumeister et al. 2001; Denrell & March 2001",
        _lasting_hysteresis,
    ),
    "amplification": Size(
        "Voices that one voice brings, less those that it brings where climate and licence are frozen.",
        0.0,
        UNBOUNDED,
        "Noelle-Neumann 1974; Madsen & Johansen 2019",
        lambda worlds: amplification(worlds.scenario, worlds.seed, worlds.organization, VOICES),
    ),
    "trend": Size(
        "Change of willingness in ten workdays after day 20, as it is.",
        -0.003,
        0.003,
        "an arena whose levers stand still",
        lambda worlds: Observation(worlds.scenario, worlds.seed, worlds.organization).trend,
    ),
    "commonest_way": Size(
        "Share of critical wishes that go the commonest way but for silence.",
        0.0,
        MOST_ONE_WAY,
        "Madsen & Verhoeven 2016",
        _of_ledger(commonest_way),
    ),
    "rarest_way": Size(
        "Wishes that go the rarest way.", 1.0, UNBOUNDED, "Madsen & Verhoeven 2016", _of_ledger(rarest_way)
    ),
    "rarest_motive": Size(
        "Silences whose main reason is the rarest.",
        1.0,
        UNBOUNDED,
        "Milliken et al. 2003; Brinsfield 2013",
        _of_ledger(rarest_motive),
    ),
    "largest_thread": Size(
        "Messages in the largest thread.",
        0.0,
        MOST_IN_A_THREAD,
        "Schegloff & Sacks 1973",
        lambda worlds: largest_thread(worlds.changed({}).world),
    ),
}
"""Every size by its name."""
QUICK_SIZES: Final = tuple(name for name in SIZES if name != "amplification")
"""All but the one that takes as many runs as all others together."""
