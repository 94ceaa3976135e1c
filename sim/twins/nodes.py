"""What a chain is made of: its links, and the nodes between which it goes back from one world to what led to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from sim.state import TICKS_PER_DAY
from sim.twins.watching import WishKey

WORLDS: Final = "AB"

LABELS: Final = {
    "agreement": "the share of colleagues who seem to agree",
    "climate": "the share of colleagues who seem to be in favour",
    "others_know": "the share of colleagues who seem to know already",
    "stance": "the own view",
    "concern": "concern",
    "unsaid": "what was left to say",
    "audience": "the imagined audience",
    "imagined_audience_size": "the imagined audience",
    "narrow_audience": "the imagined audience closer to home",
    "manager_reads": "the belief that the line manager reads along",
    "executives_read": "the belief that executives read along",
    "safety_line_manager": "safety towards the line manager",
    "safety_executives": "safety towards executives",
    "voice_efficacy": "the belief that speaking changes something",
    "licence_to_critique": "the belief that critique is normal here",
    "identifiability": "how identifiable an author seems",
    "persistence": "how long things seem to stay",
    "habit": "the habit of visiting",
    "credibility": "the belief that leaders mean what they say",
    "promised": "the openness that leaders have promised",
    "team_talk": "how critique was treated in the team's own meeting",
    "heard_of": "the answer heard of from colleagues",
}


@dataclass(frozen=True)
class Link:
    """One link of a chain: what happened when, in which world, and how sure it is that this led to the next."""

    tick: int
    world: str
    """`A` or `B`."""
    member: int
    """Row of the member; -1 for nobody."""
    text: str
    """A sentence. Names in it are safe to show on a terminal."""
    message: int | None
    """message_id of what it is about; it exists in `world`."""
    certain: bool

    @property
    def day(self) -> int:
        """The workday, counted from 0."""
        return self.tick // TICKS_PER_DAY


class Message(NamedTuple):
    """A message of one world."""

    world: int
    row: int


class Weighing(NamedTuple):
    """A wish as it was weighed in one world."""

    world: int
    wish: WishKey


class Visit(NamedTuple):
    """A visit that one world has."""

    world: int
    member: int
    tick: int


class Reading(NamedTuple):
    """A message read at a visit."""

    world: int
    member: int
    tick: int
    row: int  # of the message, in this world


class Belief(NamedTuple):
    """What a member believed at a visit."""

    world: int
    member: int
    tick: int
    names: tuple[str, ...]
    issue: int


Node = Message | Weighing | Visit | Reading | Belief


def label(name: str) -> str:
    """Return a belief, or what a decision is made from, in words."""
    return LABELS.get(name.removeprefix("narrow_") if name not in LABELS else name, name.replace("_", " "))
