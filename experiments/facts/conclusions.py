"""What the model concludes, each as a sign: the difference between two worlds that share their luck.

A conclusion that holds only for one choice of the numbers nobody knows is a conclusion about that choice. So each is
asked of every acceptable set of parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from experiments.facts.observation import History, record_history
from sim.engine import Engine
from sim.organization import Organization
from sim.scenario import Scenario
from sim.state import TICKS_PER_DAY
from sim.terms import Kind

Changes = Mapping[str, Any]
LATE = 40
"""Day from which late voice is counted."""


@dataclass(frozen=True)
class Conclusion:
    """Two worlds, and in which of them more critique is spoken."""

    says: str
    higher: Changes
    lower: Changes
    source: str
    late: bool = False
    """Whether only the last days count, once words have been followed by deeds or not."""


def _leaders(**policy: float) -> dict[str, float]:
    groups = ("executives", "line_managers")
    return {f"leadership.{group}.{name}": value for group in groups for name, value in policy.items()}


def _seen(chance: float, visits: float) -> dict[str, float]:
    return {"population.manager_reads.mean": chance, "population.executives_read.mean": chance} | _leaders(
        presence=visits
    )


VISIBLE, INVISIBLE = _seen(0.8, 2.0), _seen(0.05, 0.0)
SAFE, UNSAFE = {"population.safety.mean": 0.8}, {"population.safety.mean": 0.2}

CONCLUSIONS: Final = {
    "visible_and_safe": Conclusion(
        "Where members feel safe, leaders who are seen to read draw more critique than leaders who are not there.",
        {**SAFE, **VISIBLE},
        {**SAFE, **INVISIBLE},
        "Detert & Burris 2007",
    ),
    "visible_and_unsafe": Conclusion(
        "Where members feel unsafe, leaders who are seen to read draw less critique than leaders who are not there.",
        {**UNSAFE, **INVISIBLE},
        {**UNSAFE, **VISIBLE},
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
        _leaders(openness=0.2, responsiveness=0.6, sanction=0.0),
        _leaders(openness=0.2, responsiveness=0.6, sanction=1.0),
        "Madsen & Johansen 2019",
    ),
    "openness": Conclusion(
        "The more open leaders' answers are, the more critique is spoken.",
        _leaders(openness=0.95, responsiveness=0.6),
        _leaders(openness=0.2, responsiveness=0.6),
        "Detert & Burris 2007",
    ),
    "deeds": Conclusion(
        "Support that becomes action brings more critique than support that does not.",
        _leaders(follow_through=1.0, responsiveness=0.6),
        _leaders(follow_through=0.0, responsiveness=0.6),
        "Madsen 2017",
    ),
    "words_without_deeds": Conclusion(
        "Announced openness that no deeds follow ends in less critique than the same conduct without announcements.",
        _leaders(openness=0.2, responsiveness=0.6, follow_through=0.0),
        _leaders(openness=0.2, responsiveness=0.6, follow_through=0.0, espoused_openness=0.9),
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


def differences(
    scenario: Scenario, seed: int, organization: Organization | None = None, of: Mapping[str, Conclusion] = CONCLUSIONS
) -> dict[str, float]:
    """Return for each conclusion how much likelier critique is spoken in the world that should have more of it."""
    runs: dict[tuple[tuple[str, Any], ...], History] = {}

    def run(changes: Changes) -> History:
        key = tuple(sorted(changes.items()))
        if key not in runs:
            runs[key] = record_history(Engine(scenario.with_(changes), organization, seed))
        return runs[key]

    return {
        name: chance_to_criticise(run(each.higher), each.late) - chance_to_criticise(run(each.lower), each.late)
        for name, each in of.items()
    }


def chance_to_criticise(run: History, late: bool = False) -> float:
    """Return the mean chance that a critical wish, questions left aside, is spoken in the arena; NaN without any."""
    ledger = run.ledger
    wishes = (ledger["criticality"] > 0.0) & (ledger["kind"] != Kind.question)
    wishes &= ledger["tick"] >= (LATE * TICKS_PER_DAY if late else 0)
    return float(ledger["p_spoken"][wishes].mean()) if wishes.any() else float("nan")
