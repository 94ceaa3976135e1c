"""What the model concludes, each as a sign: the difference in willingness between two worlds that share their luck.

Willingness (`sim.kernel.asking`) decides, and not what came of the wishes that came up: it tells being less willing
from having fewer reasons, and asks everyone for a post on one page, so that posts which go elsewhere hide no reader.

A conclusion that holds only for one choice of the numbers nobody knows is a conclusion about that choice. So each is
asked of every acceptable set of parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from experiments.facts.worlds import Changes, Worlds, willingness_over
from sim.engine import Engine
from sim.organization import Organization
from sim.scenario import Scenario
from sim.spiral.path import critical
from sim.spiral.voice import whole_ledger
from sim.state import TICKS_PER_DAY

LATE: Final = 40
"""Day from which late willingness is counted."""


@dataclass(frozen=True)
class Conclusion:
    """Two worlds, and in which of them members are more willing to criticise."""

    says: str
    higher: Changes
    lower: Changes
    source: str
    late: bool = False
    """Whether only the last days count, once words have been followed by deeds or not."""


def all_leaders(**policy: float) -> dict[str, float]:
    """Return settings by which executives and line managers lead alike."""
    groups = ("executives", "line_managers")
    return {f"leadership.{group}.{name}": value for group in groups for name, value in policy.items()}


def _seen(chance: float, visits: float) -> dict[str, float]:
    return {"population.manager_reads.mean": chance, "population.executives_read.mean": chance} | all_leaders(
        presence=visits
    )


VISIBLE, INVISIBLE = _seen(0.8, 2.0), _seen(0.05, 0.0)
SAFE, UNSAFE = {"population.safety.mean": 0.8}, {"population.safety.mean": 0.2}
OPEN = all_leaders(openness=0.95, responsiveness=0.6, sanction=0.0)
CLOSED = all_leaders(openness=0.15, responsiveness=0.6, sanction=0.3)
"""How leaders treat critique where members feel safe, and where they do not: alike in both worlds of a pair, so that
only being seen differs, and the fear that members start with is not unlearned from leaders who give no cause for it."""

CONCLUSIONS: Final = {
    "visible_and_safe": Conclusion(
        "Where members feel safe and leaders are open, leaders who are seen to read draw more critique than leaders "
        "who are not there.",
        {**SAFE, **OPEN, **VISIBLE},
        {**SAFE, **OPEN, **INVISIBLE},
        "Detert & Burris 2007",
    ),
    "visible_and_unsafe": Conclusion(
        "Where members feel unsafe and leaders are closed, leaders who are seen to read draw less critique than "
        "leaders who are not there.",
        {**UNSAFE, **CLOSED, **INVISIBLE},
        {**UNSAFE, **CLOSED, **VISIBLE},
        "Madsen & Verhoeven 2016",
    ),
    "safety": Conclusion(
        "The safer members feel at the start, the more critique is spoken.", SAFE, UNSAFE, "Edmondson 1999"
    ),
    "anonymity": Conclusion(
        "Anonymous posts raise the chance that critique is spoken.",
        {"visibility.anonymous_posts": True},
        {},
        "Milliken et al. 2003",
    ),
    "pseudonyms": Conclusion(
        "Pseudonyms raise the chance that critique is spoken.",
        {"visibility.identity": "pseudonym"},
        {},
        "Treem & Leonardi 2012",
    ),
    "sanctions": Conclusion(
        "Rebukes lower the chance that critique is spoken.",
        all_leaders(openness=0.2, responsiveness=0.6, sanction=0.0),
        all_leaders(openness=0.2, responsiveness=0.6, sanction=1.0),
        "Madsen & Johansen 2019",
    ),
    "openness": Conclusion(
        "The more open leaders' answers are, the more critique is spoken.",
        all_leaders(openness=0.95, responsiveness=0.6),
        all_leaders(openness=0.2, responsiveness=0.6),
        "Detert & Burris 2007",
    ),
    "deeds": Conclusion(
        "Support that becomes action brings more critique than support that does not.",
        all_leaders(follow_through=1.0, responsiveness=0.6),
        all_leaders(follow_through=0.0, responsiveness=0.6),
        "Madsen 2017",
    ),
    "words_without_deeds": Conclusion(
        "Announced openness that no deeds follow ends in less critique than the same conduct without announcements.",
        all_leaders(openness=0.2, responsiveness=0.6, follow_through=0.0),
        all_leaders(openness=0.2, responsiveness=0.6, follow_through=0.0, espoused_openness=0.9),
        "Madsen 2017",
        late=True,
    ),
    "nightmare_reader": Conclusion(
        "The more the most threatening imagined reader counts, the less critique is spoken.",
        {"rules.nightmare_reader": 0.0},
        {"rules.nightmare_reader": 1.0},
        "Marwick & boyd 2011",
    ),
    "persistence": Conclusion(
        "The longer messages stay, the less critique is spoken.",
        {"visibility.persistence_days": 1.0},
        {"visibility.persistence_days": 60.0},
        "Treem & Leonardi 2012",
    ),
    "bystanders": Conclusion(
        "The more it matters that others know as well, the less critique is spoken.",
        {"learning.bystander": 0.0},
        {"learning.bystander": 4.0},
        "Hussain et al. 2019",
    ),
}
"""Every conclusion by its name."""


class Difference(NamedTuple):
    """By how much the world that should have more critique is ahead of the other."""

    willingness: float
    """In what decides the sign: the chance that a standard wish is spoken, asked from the first day on or late."""
    p_speak: float
    """In the chance that the critical wishes which came up are spoken; NaN where there were none. It mixes how willing
    members are with what they have left to say, and with where their posts go."""


def differences(
    scenario: Scenario, seed: int, organization: Organization | None = None, of: Mapping[str, Conclusion] = CONCLUSIONS
) -> dict[str, Difference]:
    """Return for each conclusion by how much the world that should have more critique is ahead, on one seed."""
    worlds = Worlds(scenario, seed, organization)
    return {name: _difference(worlds, each) for name, each in of.items()}


def _difference(worlds: Worlds, conclusion: Conclusion) -> Difference:
    from_day = LATE if conclusion.late else 0
    pair = [worlds.changed(changes) for changes in (conclusion.higher, conclusion.lower)]
    return Difference(
        *(
            outcome(pair[0], from_day) - outcome(pair[1], from_day)
            for outcome in (willingness_over, chance_to_criticise)
        )
    )


def chance_to_criticise(run: Engine, from_day: int = 0) -> float:
    """Return the mean chance that a critical wish, questions left aside, is spoken in the arena; NaN without any."""
    ledger = whole_ledger(run)
    wishes = critical(ledger) & (ledger["tick"] >= from_day * TICKS_PER_DAY)
    return float(ledger["p_spoken"][wishes].mean()) if wishes.any() else math.nan
