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
    "nightmare_reader": Mechanism(
        "The most threatening imagined reader counts for more than the others.",
        "Marwick & boyd 2011",
        {"rules.nightmare_reader": 0.0},
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
    "habit": Mechanism(
        "Visits that pay become a habit.",
        "Wood & Neal 2007",
        {"attendance.rate": 0.0},
    ),
}
"""Every mechanism by its name, in the order in which they are shown."""
