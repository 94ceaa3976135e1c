"""The mechanisms of the model that can be taken out, each declared once, with the settings that do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Mechanism:
    """One mechanism."""

    what: str
    source: str
    off: Mapping[str, Any]
    """The settings without it."""


MECHANISMS: Final[Mapping[str, Mechanism]] = {
    "disposition": Mechanism(
        "Who speaks readily also has more to say: lurking is partly a trait.",
        "Muller 2012",
        {"population.disposition": 0.0},
    ),
    "reward": Mechanism(
        "Who feels received has more to say.",
        "Joyce & Kraut 2006; Lindström et al. 2021",
        {"voice.reward": 0.0},
    ),
    "addressing": Mechanism(
        "Posts are meant for somebody, and go where the two meet.",
        "Litt & Hargittai 2016; Kairam et al. 2012",
        {"voice.addressing": 0.0},
    ),
    "call": Mechanism(
        "A post that nobody has answered calls for an answer.",
        "Diekmann 1985; Barron & Yechiam 2002",
        {"reaction.call": 0.0},
    ),
    "turn_taking": Mechanism(
        "Words to oneself ask for an answer, less with each turn.",
        "Gouldner 1960; Schegloff & Sacks 1973",
        {"reaction.turn_taking": 0.0},
    ),
    "direct_reciprocity": Mechanism(
        "Those who have answered one are answered sooner.",
        "Faraj & Johnson 2011",
        {"reaction.direct_reciprocity": 0.0},
    ),
    "notifications": Mechanism(
        "Authors are notified of comments, read them first and are called back.",
        "Kraut & Resnick 2012",
        {"visibility.notifications": False},
    ),
    "leaders_first": Mechanism(
        "What leaders announce or answer is read early.", "Fiske 1993", {"visibility.leaders_first": False}
    ),
    "nightmare_reader": Mechanism(
        "The most threatening imagined reader counts for more than the others.",
        "Marwick & boyd 2011",
        {"rules.nightmare_reader": 0.0},
    ),
    "image": Mechanism(
        "Whoever speaks may look bad before the others, critics the more so the less critique is licensed.",
        "Brinsfield 2013",
        {"voice.image_threat": 0.0},
    ),
    "logarithmic_crowd": Mechanism(
        "An audience is felt on a logarithmic scale.",
        "Latane & Harkins 1976",
        {"voice.crowd_grain": 1.0},
    ),
    "seeking_who_can_act": Mechanism(
        "What speaking could change counts fully only where someone able to act reads.",
        "Ashford et al. 1998",
        {"voice.act_floor": 1.0},
    ),
    "bare_exposure": Mechanism(
        "Superiors judge whoever speaks before them, whatever is said.",
        "Edmondson 1999",
        {"voice.bare_exposure": 0.0},
    ),
    "bystanders": Mechanism(
        "What others are believed to know already need not be said.",
        "Hussain et al. 2019",
        {"learning.bystander": 0.0},
    ),
    "loss_aversion": Mechanism(
        "A disappointment teaches more than a good experience.",
        "Baumeister et al. 2001",
        {"learning.loss_weight": 1.0},
    ),
    "climate": Mechanism(
        "What colleagues are believed to think is learned from what they are seen to say.",
        "Noelle-Neumann 1974",
        {"learning.of_climate": 0.0},
    ),
    "licence": Mechanism(
        "Whether critique is normal here is learned from what is seen of it.",
        "Madsen 2018",
        {"learning.of_licence": 0.0},
    ),
    "persistence_seen": Mechanism(
        "How long things stay is learned from the thread that has been quiet longest.",
        "Treem & Leonardi 2012",
        {"learning.persistence_weight": 0.0},
    ),
    "team_talk": Mechanism(
        "Managers are met in their team's own meetings, too, where they take critique as in the arena.",
        "Detert & Burris 2007",
        {"learning.team_talks": 0.0},
    ),
    "gossip": Mechanism(
        "Ties retell the most striking treatment of critique that they read.",
        "Foster 2004",
        {"learning.gossip": 0.0},
    ),
    "word_and_deed": Mechanism(
        "What leaders announced is remembered, and their deeds are held against it.",
        "Simons 2002",
        {"learning.promise_memory": 0.0},
    ),
    "slow_forgetting": Mechanism(
        "What leaders taught lasts for months.",
        "Coutifaris & Grant 2022",
        {"learning.forgetting_days": 20.0},
    ),
    "habit": Mechanism(
        "Visits that pay become a habit.",
        "Wood & Neal 2007",
        {"attendance.rate": 0.0},
    ),
}
"""Every mechanism by its name, in the order in which they are shown."""
