"""The words of the page that mean something definite."""

from __future__ import annotations

from typing import Final

from sim.lexicon import terms
from sim.terms import SPOKEN, Motive, Strategy
from sim.wording import listed

_SPOKEN: Final = [each.words.done for each in terms(Strategy) if each < SPOKEN]
_UNSPOKEN: Final = [each.words.done for each in Strategy if each >= SPOKEN]
_MOTIVES: Final = [each.words.noun for each in terms(Motive)]

GLOSSARY: Final[tuple[tuple[str, str], ...]] = (
    ("arena", "The internal social medium, with everyone who writes, reads, or stays silent in it."),
    ("wish", "An occasion on which a member has something to say, as a post or as a comment that is not harmless."),
    ("spoken", f"The wish reaches the arena: {listed(_SPOKEN)}."),
    ("silence", f"The wish does not reach the arena: {listed(_UNSPOKEN)}."),
    ("silence ledger", "The list of all wishes, with what was weighed and what was done."),
    ("criticality", "How much a wish or a message challenges those in charge, from 0 to 1."),
    ("stance", "What a member thinks of an issue, from -1 (against) to 1 (in favour)."),
    ("concern", "How much an issue matters to a member, from 0 to 1."),
    (
        "psychological safety",
        "How safe it feels to speak openly, 0 to 1: the mean of safety towards line manager and executives.",
    ),
    (
        "engagement",
        "How far people bring themselves into their work, 0 to 1: it follows meaning, safety and time (Kahn 1990).",
    ),
    (
        "causes of silence",
        f"{listed(_MOTIVES).capitalize()}. Each silence has shares of them (Van Dyne, Ang & Botero 2003).",
    ),
    ("leaders", "Line managers and executives."),
)
