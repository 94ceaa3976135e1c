"""What the object agents act on: messages, pages, issues, positions and wishes, each an object with attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sim.arithmetic import LN2, log
from sim.state import COMMENTS_SHOWN, MAX_ATTENTION, MAX_LEFT_OVER, SHOWN_HALF_LIVES
from sim.terms import Framing, Kind, Motive, Orientation, Ranking, Response, Scope, Strategy

if TYPE_CHECKING:
    from benchmarks.object_agents import Member

NOBODY = -1


class Record:
    """An object whose attributes are the fields of one record of the world's arrays."""

    def __init__(self, names: Iterable[str], values: Iterable[Any]) -> None:
        for name, value in zip(names, values, strict=True):
            setattr(self, name, value)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


class Position(Record):
    """A member's view of one issue."""


class Issue(Record):
    """An issue, its number, and how often it comes to mind in this hour."""

    number: int
    comes_to_mind: float


@dataclass(slots=True, eq=False)
class Message:
    """A post or a comment; of a first post also its thread."""

    at: int
    key: int
    tick: int
    author: Member
    number: int
    issue: Issue
    page: Page
    identity: int
    author_role: int
    thread: Message = field(init=False)
    turn: int = 0
    parent: Message | None = None
    replies: list[Message] = field(default_factory=list)
    last_tick: int = 0
    views: int = 0
    likes: int = 0
    comments: int = 0
    supporters: int = 0
    first_reply: int = NOBODY
    response_tick: int = NOBODY
    kind: int = Kind.news.value
    orientation: int = Orientation.none.value
    scope: int = Scope.organization.value
    strategy: int = Strategy.none.value
    leader_response: int = Response.none.value
    treatment: int = Response.none.value
    framing: int = Framing.operational.value
    disclosure: int = 0
    amplified: int = 0
    answered: int = 0
    claimed: int = 0
    criticality: float = 0.0
    stance: float = 0.0

    def __post_init__(self) -> None:
        self.thread = self
        self.last_tick = self.tick


@dataclass(slots=True, eq=False)
class Wish:
    """What a visit gave rise to: an occasion, a comment that needs no weighing, an answer promised, a thread cared for.

    The fields from `occasion_id` on are those of the silence ledger.
    """

    errand: int
    tick: int
    member: Member
    issue: Issue
    about: Message | None = None
    form: int = 0
    meant: int = Scope.organization.value
    orientation: int = Orientation.none.value
    kind: int = 0
    criticality: float = 0.0
    draft_of: int = NOBODY
    occasion_id: int = NOBODY
    message: Message | None = None
    strategy: int = Strategy.none.value
    motive: int = Motive.none.value
    weighed: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Duty:
    """What a leader will do: decide then how to answer (`Response.none`), or act."""

    due: int
    leader: Member
    message: Message
    response: int


Entry = tuple[float, int, int, int, Message]
"""A thread on a page: score, tick of the first post, its key, tick of the latest message, the thread."""


class Page:
    """What one audience is shown: its live threads, best first."""

    def __init__(self, number: int, room: int, visited: int) -> None:
        self.number = number
        self.room = room
        self.visited = visited
        self.threads: list[Message] = []
        self.entries: list[Entry] = []
        self.announced: Message | None = None
        self.quiet_since = NOBODY  # tick of the last message of the thread quiet longest
        self.lost = False  # whether a thread has left

    def rank(self, tick: int, arena: Any) -> None:
        """Rank the page as it stands at the start of `tick`; threads that have faded leave."""
        lasting = SHOWN_HALF_LIVES * arena.half_life
        live = [thread for thread in self.threads if tick - thread.last_tick <= lasting]
        rated = [(score(thread, tick, arena), thread.tick, thread.key, thread.last_tick, thread) for thread in live]
        self.entries = sorted(rated, reverse=True)
        self.lost = self.lost or len(live) < len(self.threads)
        self.threads = [entry[4] for entry in self.entries]
        announced = [thread for thread in self.threads if thread.kind == Kind.announcement]
        self.announced = max(announced, key=lambda thread: (thread.tick, thread.key), default=None)
        self.quiet_since = min((thread.last_tick for thread in live), default=NOBODY)

    def show(self, thread: Message) -> None:
        """Put a thread on the page; where it is full, the lowest-ranked thread leaves."""
        if len(self.threads) == self.room:
            self.threads.pop()
            self.lost = True
        self.threads.append(thread)

    def unread(self, since: int, by_time: bool) -> list[Entry]:
        """Return the threads with activity since the tick `since`."""
        if not by_time:
            return [entry for entry in self.entries if entry[3] >= since]
        for place, entry in enumerate(self.entries):
            if entry[3] < since:  # what follows is older still
                return self.entries[:place]
        return self.entries


def score(thread: Message, tick: int, arena: Any) -> float:
    """Return where a thread ranks; higher is shown first."""
    if arena.ranking == Ranking.newest:
        return float(thread.last_tick)
    applause = 1.0 + thread.likes + 2.0 * thread.comments
    return log(applause) - LN2 * (tick - thread.last_tick) / arena.half_life


def collect(member: Member, arena: Any) -> tuple[list[Message], int]:
    """Return the unread messages a member reads now, best first, and how many unread threads were left over."""
    by_time = arena.ranking == Ranking.newest
    found: list[Entry] = []
    for which, page in enumerate(member.pages):
        unread = page.unread(member.last_visit, by_time)
        found += [entry for entry in unread if not entry[4].amplified] if which else unread
    if len(member.pages) > 1:
        found.sort(key=itemgetter(0), reverse=True)
    threads = [entry[4] for entry in found]
    seen = announcements_to(member) if arena.leaders_first else []
    seen += notices_of(member, len(seen)) if arena.notifications else []
    by_ties, by_answers = arena.ranking == Ranking.ties, arena.leaders_first and arena.leader_badges
    if not (by_ties or by_answers):
        return seen, walk(member, threads, seen)
    early = {
        thread.at
        for thread in threads
        if (by_answers and thread.leader_response) or (by_ties and thread.author.row in member.ties)
    }
    walk(member, [thread for thread in threads if thread.at in early], seen)
    return seen, walk(member, [thread for thread in threads if thread.at not in early], seen)


def announcements_to(member: Member) -> list[Message]:
    """Return the latest announcement to each audience one belongs to, if it is unread."""
    latest = [page.announced for page in member.pages if page.announced is not None]
    return [each for each in latest if each.tick >= member.last_visit and each.author is not member]


def notices_of(member: Member, read: int) -> list[Message]:
    """Return the new comments on one's own messages, newest first, while attention lasts."""
    new = takewhile(lambda comment: comment.tick >= member.last_visit, reversed(member.notices))
    return list(islice(new, min(member.attention, MAX_ATTENTION) - read))


def was_noticed(member: Member, comment: Message) -> bool:
    """Say whether a comment is one that a member is notified of, and so need not find in its thread."""
    above = comment.parent
    notified = member.model.arena.notifications and not comment.treatment
    return bool(notified and above is not None and above.author is member)


def walk(member: Member, threads: list[Message], seen: list[Message]) -> int:
    """Read threads in their order, up to the member's attention; return how many unread ones were left over."""
    for place, thread in enumerate(threads):
        if len(seen) >= member.attention:
            return min(len(threads) - place, MAX_LEFT_OVER)
        read_thread(member, thread, seen)
    return 0


def read_thread(member: Member, thread: Message, seen: list[Message]) -> None:
    """Add what is unread of one thread: its first post, then its newest comments."""
    room, since, shown = min(member.attention, MAX_ATTENTION), member.last_visit, 0
    announced = member.model.arena.leaders_first and thread.page.announced is thread
    if thread.tick >= since and thread.author is not member and not announced:
        seen.append(thread)
    for comment in reversed(thread.replies):
        if shown >= COMMENTS_SHOWN or len(seen) >= room or comment.tick < since:
            return
        if comment.author is not member and not was_noticed(member, comment):
            seen.append(comment)
            shown += 1
