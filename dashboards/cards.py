"""Cards of the feed: what a message shows of itself and its author, and what an unsaid draft would have said.

Cards of messages show of an author what the arena shows to its readers. Drafts that nobody wrote are seen by those who
see everything, so their cards name the member.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import numpy as np

from dashboards import layout
from dashboards.layout import Places
from sim.kernel import message_ids
from sim.organization import Organization
from sim.phrases import Phrasebook, Said
from sim.phrases.book import NONE, OWN, side
from sim.scenario import Scenario
from sim.state import MESSAGE, OCCASION, Clock, World
from sim.terms import LEADERS, Form, Identity, IssueKind, Kind, Motive, Orientation, Response, Role, Scope, Strategy
from sim.wording import person, when

_MESSAGE, _WISH = (*(MESSAGE.names or ()), "message_id"), OCCASION.names or ()
Message: Any = namedtuple("Message", _MESSAGE)  # type: ignore[misc]  # its fields are declared in sim.state
"""One record of the messages, as plain Python values, with its id."""
Wish: Any = namedtuple("Wish", _WISH)  # type: ignore[misc]
"""One record of the silence ledger, as plain Python values."""
Card = dict[str, Any]

DRAFT: Final = "draft-"
"""What the id of an unsaid draft's card begins with; its occasion_id follows."""
TEXTS_KEPT: Final = 4096
ANONYMOUS: Final = "Anonymous"
BIRDS: Final = (
    "Avocet", "Bunting", "Curlew", "Dunlin", "Egret", "Finch", "Grebe", "Heron", "Ibis", "Jay", "Kite", "Lark",
    "Martin", "Nuthatch", "Osprey", "Plover", "Quail", "Robin", "Swift", "Tern", "Wagtail", "Wren",
)  # fmt: skip
"""Pseudonyms, with a number: they say nothing of who chose them."""


# ---------------------------------------------------------------- who there is


class Cast:
    """The people of one world as cards name them, and the phrases that they speak in."""

    def __init__(self, organization: Organization, scenario: Scenario, seed: int) -> None:
        self.organization = organization
        self.seed = seed
        self.issues = scenario.parameters.issues
        self.text = lru_cache(maxsize=TEXTS_KEPT)(Phrasebook(scenario, seed).text)

    @cached_property
    def names(self) -> list[str]:
        """What each member is called, fit to be shown."""
        return [person(name) for name in self.organization.names]

    @cached_property
    def initials(self) -> list[str]:
        """One or two letters a member."""
        return [initials(name) for name in self.names]

    @cached_property
    def titles(self) -> list[str]:
        """The position of each member, fit to be shown; empty where there is none."""
        return [person(title, 60) if title else "" for title in self.organization.titles]

    @cached_property
    def departments(self) -> list[str]:
        """The names of the departments, fit to be shown."""
        return [person(name, 60) for name in self.organization.departments]

    @cached_property
    def department(self) -> list[int]:
        """The department of each member, by number."""
        number: list[int] = self.organization.department.tolist()
        return number

    @cached_property
    def role(self) -> list[int]:
        """The role of each member, by number."""
        number: list[int] = self.organization.role.tolist()
        return number

    @cached_property
    def hierarchy(self) -> Places:
        """Where each member stands among those above and below."""
        return layout.hierarchy(self.organization)

    @cached_property
    def ties(self) -> Places:
        """Where each member stands among those whom they know."""
        return layout.ties(self.organization)

    @cached_property
    def pseudonyms(self) -> list[str]:
        """A pseudonym a member: different for each, the same all through a run, other ones on other luck."""
        salt = np.uint64(int.from_bytes(blake2b(f"pseudonym:{self.seed}".encode(), digest_size=8).digest(), "little"))
        rank = np.argsort(np.argsort(self.organization.key * (salt | np.uint64(1)), kind="stable"), kind="stable")
        return [f"{BIRDS[n % len(BIRDS)]} {n // len(BIRDS) + 1}" for n in rank.tolist()]

    def department_of(self, row: int) -> str:
        """Return the name of a member's department as it is in the file."""
        return self.organization.departments[self.department[row]]


def initials(name: str) -> str:
    """Return the first letters of a name's first and last word."""
    letters = [word[0] for word in name.split() if word[0].isalnum()] or ["?"]
    return (letters[0] + (letters[-1] if len(letters) > 1 else "")).upper()


# ---------------------------------------------------------------- what a card needs to know of the arena


class Arrangement(NamedTuple):
    """What the levers let readers see, at the hour shown."""

    leader_badges: bool
    audience_cues: bool
    visible_reactions: bool
    since: int
    """Cards from this hour on are new."""


class Author(NamedTuple):
    """What a card shows of who wrote it; None and empty where readers are not to know."""

    row: int | None
    name: str
    initials: str
    role: str | None
    leader: bool
    title: str
    department: str


class Cards:
    """The cards of one world at one hour. Records are fetched together and turned into plain values once."""

    def __init__(self, cast: Cast, world: World, arrangement: Arrangement) -> None:
        self.cast, self.world, self.arrangement = cast, world, arrangement
        self.messages = world.messages[: int(world.clock[Clock.messages])]
        self._known: dict[int, Any] = {}

    def fetch(self, rows: Any) -> None:
        """Make messages known by their rows, all at once."""
        records = np.asarray(self.messages)[rows]
        known = zip(rows, records.tolist(), message_ids(records).tolist(), strict=True)
        self._known.update({row: Message._make((*values, message_id)) for row, values, message_id in known})

    def known(self, row: int) -> Any:
        """Return a message as plain values."""
        if row not in self._known:
            self.fetch([row])
        return self._known[row]

    # ------------------------------------------------------------ messages

    def message(self, row: int, depth: int, instead: tuple[Any, int] | None = None) -> Card:
        """Return the card of a message; `instead` is the wish for which it stands, and which draft that was."""
        found = self.known(row)
        author, seen = self.author(found), self.arrangement
        narrow = found.scope != Scope.organization and found.parent < 0
        return {
            "id": str(found.message_id),
            "ghost": False,
            "depth": depth,
            **author._asdict(),
            "when": when(found.tick),
            "tick": found.tick,
            "text": self.cast.text(self._said(found)),
            "kind": Kind(found.kind).name,
            **_standing(found.orientation),
            "critical": round(found.criticality, 3),
            "likes": found.likes if seen.visible_reactions else None,
            "comments": found.comments,
            "seen": found.views if seen.audience_cues else None,
            "treatment": _treated(found.treatment),
            "answered": _treated(found.leader_response),
            **_done(found.strategy),
            "motive": None,
            "motive_words": None,
            "audience_words": self._audience(found) if narrow else None,
            "issue": found.issue,
            "new": found.tick >= seen.since,
            "instead_of": None if instead is None else self.cast.text(self._drafted(*instead)),
        }

    def author(self, found: Any) -> Author:
        """Return of a message's author what the arena shows."""
        row, cast = found.author, self.cast
        if found.identity == Identity.anonymous:
            return Author(None, ANONYMOUS, "?", None, False, "", "")
        if found.identity == Identity.pseudonym:
            name = cast.pseudonyms[row]
            return Author(None, name, name[0], None, False, "", "")
        badge = self.arrangement.leader_badges and found.author_role in LEADERS
        if found.identity == Identity.name:
            marked = self.arrangement.leader_badges and found.author_role != Role.coworker
            role = Role(found.author_role).name if marked else None
            return Author(row, cast.names[row], cast.initials[row], role, badge, "", "")
        return self._in_full(row)._replace(leader=badge)

    def _in_full(self, row: int) -> Author:
        cast = self.cast
        role = Role(cast.role[row])
        department = cast.departments[cast.department[row]]
        return Author(
            row, cast.names[row], cast.initials[row], role.name, role in LEADERS, cast.titles[row], department
        )

    def _audience(self, found: Any) -> str:
        """Say to whom a post for fewer than everyone is shown."""
        if found.scope == Scope.department:
            return f"{self.cast.departments[found.audience - 1]} only"
        return "one team only"

    def _said(self, found: Any) -> Said:
        """Return all that the text of a message depends on."""
        said = Said(
            key=found.message_id,
            issue=found.issue,
            kind=Kind(found.kind).name,
            form="post" if found.parent < 0 else "comment",
            strategy=_word(Strategy, found.strategy) or NONE,
            orientation=_word(Orientation, found.orientation) or NONE,
            role=Role(self.cast.role[found.author]).name,
            stance=found.stance,
            response=_treated(found.treatment) or NONE,
            department="" if found.identity == Identity.anonymous else self.cast.department_of(found.author),
        )
        return said if found.parent < 0 else self._answering(said, self.known(found.parent), found.author)

    def _answering(self, said: Said, above: Any, author: int) -> Said:
        standing = _word(Orientation, above.orientation) or NONE
        said = said._replace(about_stance=side(above.stance), about_orientation=standing)
        if above.author == author:
            return said._replace(about=OWN)
        called = "" if above.identity >= Identity.pseudonym else self.cast.organization.names[above.author]
        return said._replace(about=Kind(above.kind).name, name=next(iter((called or "").split()), ""))

    # ------------------------------------------------------------ drafts

    def draft(self, wish: Any, key: int, depth: int) -> Card:
        """Return the card of what somebody had on their mind and did not write; `key` says which draft it is."""
        motive = _word(Motive, wish.motive)
        return {
            "id": f"{DRAFT}{wish.occasion_id}",
            "ghost": True,
            "depth": depth,
            **self._in_full(wish.member)._asdict(),
            "when": when(wish.tick),
            "tick": wish.tick,
            "text": self.cast.text(self._drafted(wish, key)),
            "kind": Kind(wish.kind).name,
            **_standing(wish.orientation),
            "critical": round(wish.criticality, 3),
            "likes": None,
            "comments": 0,
            "seen": None,
            "treatment": None,
            "answered": None,
            **_done(wish.strategy),
            "motive": motive,
            "motive_words": Motive[motive].words.noun if motive else None,
            "audience_words": None,
            "issue": wish.issue,
            "new": wish.tick >= self.arrangement.since,
            "instead_of": None,
        }

    def _drafted(self, wish: Any, key: int) -> Said:
        """Return all that the text of a wish depends on, had it been said in plain words."""
        asks = wish.form == Form.post and self.cast.issues[wish.issue].kind == IssueKind.knowledge.name
        against = wish.criticality > 0.0 and not asks
        said = Said(
            key=key,
            issue=wish.issue,
            kind=Kind(wish.kind).name,
            form=Form(wish.form).name,
            strategy=Strategy.plain.name,
            orientation=_word(Orientation, wish.orientation) or NONE,
            role=Role(self.cast.role[wish.member]).name,
            stance=-1.0 if against else float(self.world.positions["stance"][wish.member, wish.issue]),
            department=self.cast.department_of(wish.member),
        )
        return said if wish.about < 0 else self._answering(said, self.known(wish.about), wish.member)


def _word(kind: Any, number: int) -> str | None:
    return kind(number).name.rstrip("_") if number >= 0 else None


def _treated(response: int) -> str | None:
    return Response(response).name if response > Response.none else None


def _standing(orientation: int) -> dict[str, str | None]:
    name = _word(Orientation, orientation)
    return {"orientation": name, "orientation_words": Orientation(orientation).words.present or "writes"}


def _done(strategy: int) -> dict[str, str | None]:
    name = _word(Strategy, strategy)
    return {"strategy": name, "strategy_words": Strategy(strategy).words.done or None}
