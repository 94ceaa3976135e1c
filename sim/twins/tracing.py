"""From a message that one world lacks back to the change: what led to it, link by link.

Each link goes back to what differed at the moment of the one before: what a member decided from, which belief had moved
and at which visit, what was read there, who wrote that and why. Where several things differ, the one that weighs most
is followed. A link is certain where its cause is the only one there can be, or was tested with the rule itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from sim import kernel
from sim.errors import told
from sim.scenario import flat_parameters
from sim.state import POLICY, TICKS_PER_DAY
from sim.terms import SPOKEN, Form, Kind, Moment, Response, Role, Strategy
from sim.twins.watching import BELIEFS, POSITIONS, Weighed, Wish, column_of, message_id
from sim.wording import percent

if TYPE_CHECKING:
    from sim.scenario import Event
    from sim.twins.pair import Twin

LONGEST: Final = 40
"""Links after which a chain is given up; each goes back in time, so that none is endless."""
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
}
_BEHIND: Final = {
    "criticality": ("stance",),
    "agreement": ("climate", "stance"),
    "audience": ("imagined_audience_size",),
    "narrow_audience": ("imagined_audience_size",),
    "narrow_manager_reads": ("manager_reads",),
    "narrow_executives_read": ("executives_read",),
}
"""The beliefs that a field of a Moment is made from, where it is not one itself."""
_LEARNT_FROM_LEADERS: Final = (
    "safety_line_manager",
    "safety_executives",
    "voice_efficacy",
    "credibility",
    "identification",
)
_AT_SIGHT: Final = ("visibility.", "learning.", "attendance.", "reaction.", "communicators.", "issues.")
"""Settings that change what a visit teaches, whatever others do."""
_SHOWN: Final = ("visibility.", "communicators.amplification")
_DECIDING: Final = ("visibility.", "voice.", "silence.", "rules.", "issues.", "population.")


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


class _Message(NamedTuple):
    world: int
    row: int


class _Wished(NamedTuple):
    world: int
    wish: Wish


class _Visit(NamedTuple):
    world: int
    member: int
    tick: int


class _Reading(NamedTuple):
    world: int
    member: int
    tick: int
    row: int  # of the message, in this world


class _Belief(NamedTuple):
    world: int
    member: int
    tick: int
    names: tuple[str, ...]
    issue: int


_Node = _Message | _Wished | _Visit | _Reading | _Belief


class Tracer:
    """Goes back from node to node, and writes down a link for each. What it has looked up it keeps."""

    def __init__(self, twin: Twin) -> None:
        self.twin, self.watch = twin, twin.watch
        self.links: list[Link] = []

    def trace(self, world: int, row: int) -> tuple[Link, ...]:
        """Return the chain that leads to a message of one world (0 or 1), the change first."""
        self.links = []
        node: _Node | None = _Message(world, row)
        known: set[_Node] = set()
        while node is not None and len(self.links) < LONGEST:
            if node in known:
                self.lose(node)
                break
            known.add(node)
            node = self.step(node)
        return tuple(reversed(self.links))

    def step(self, node: _Node) -> _Node | None:
        """Write the link of a node and return the node that led to it; None where the chain begins."""
        if isinstance(node, _Message):
            return self._message(node)
        if isinstance(node, _Wished):
            return self._wished(node)
        if isinstance(node, _Visit):
            return self._visit(node)
        if isinstance(node, _Reading):
            return self._reading(node)
        return self._belief(node)

    # ------------------------------------------------------------ messages

    def _message(self, node: _Message) -> _Node | None:
        world, record = node.world, self._record(node)
        author, tick = int(record["author"]), int(record["tick"])
        if event := self._event_behind(node, record):
            return self._end(world, event.tick, author, f"an event of the scenario: {_spoken(record)}", node)
        if record["treatment"] != Response.none:
            return self._response(node, record)
        if record["kind"] == Kind.announcement or record["disclosure"]:
            what = "spoke of own doubts" if record["disclosure"] else "announced openness"
            return self._by_lever(world, tick, author, what, self._policy(author), node)
        wish = self._wish_behind[world].get(node.row)
        return self._comment(node, record) if wish is None else _Wished(world, wish)

    def _comment(self, node: _Message, record: Any) -> _Node | None:
        """Go back from a comment that needed no weighing: to what it answers, or to why it was read or reacted to."""
        world, author, tick, above = node.world, int(record["author"]), int(record["tick"]), int(record["parent"])
        self._link(world, tick, author, _spoken(record), node)
        before = self._came_across(world, author, tick, above)
        if before is not None:
            return before
        for patterns in (("communicators.",) if record["author_role"] == Role.communicator else (), ("reaction.",)):
            if self._levers(tick, patterns):
                return self._by_lever(world, tick, author, "reacts otherwise", patterns, _Message(world, above))
        return _Belief(world, author, tick, ("stance", "concern", "unsaid", "engagement"), int(record["issue"]))

    def _came_across(self, world: int, member: int, tick: int, row: int) -> _Node | None:
        """Return why a member came across a message only in this world; None where they did in both."""
        other = self._other(world, row)
        if other < 0:
            return _Message(world, row)
        if not self._visited(world, member, tick):
            return None
        if not self._visited(1 - world, member, tick):
            return _Visit(world, member, tick)
        if other not in self._read(1 - world, member, tick) and row in self._read(world, member, tick):
            return _Reading(world, member, tick, row)
        return None

    def _response(self, node: _Message, record: Any) -> _Node | None:
        """Go back from a leader's answer: to what it treats, to when that was read, or to who was faster."""
        world, leader, tick, treated = node.world, int(record["author"]), int(record["tick"]), int(record["parent"])
        if event := self._left_unanswered(1 - world, self._other(world, treated)):
            text = f"{_spoken(record)}; in {WORLDS[1 - world]}, an event has it left unanswered"
            return self._end(world, event.tick, leader, text, node)
        self._link(world, tick, leader, _spoken(record), node)
        if self._other(world, treated) < 0:
            return _Message(world, treated)
        earlier = self._earlier_response(node, record)
        if earlier is not None:
            return earlier
        for seen in self._ticks_read(world, leader, treated, tick):
            before = self._came_across(world, leader, seen, treated)
            if before is not None:
                return before
        patterns = tuple(name for name in self._policy(leader) if not name.endswith("presence"))
        support = self._support(world, treated, tick)
        if self._levers(tick, patterns):
            text = "treats what members say otherwise"
            return self._by_lever(world, tick, leader, text, patterns, node, certain=support is None)
        return self._faster(world, treated) or support or self.lose(_Visit(world, leader, tick))

    def _faster(self, world: int, row: int) -> _Message | None:
        """Return the answer by which the other world had a message answered already."""
        answers = self._answers[1 - world].get(self._other(world, row), ())
        new = [answer for answer in answers if self._other(1 - world, answer) < 0]
        if not new:
            return None
        was = self.links[-1]
        self.links[-1] = replace(was, text=f"{was.text}; in {WORLDS[1 - world]} it was answered already")
        return _Message(1 - world, new[0])

    def _earlier_response(self, node: _Message, record: Any) -> _Message | None:
        """Return the answer, another one in the other world, that an action follows from."""
        if record["treatment"] != Response.action:
            return None
        messages = self.twin.messages[node.world]
        same = self._answers[node.world].get(int(record["parent"]), ())
        found = (row for row in same if messages["tick"][row] < record["tick"] and self._is_otherwise(node.world, row))
        return next((_Message(node.world, row) for row in found), None)

    def _support(self, world: int, row: int, tick: int) -> _Message | None:
        """Return a comment under a message that only one world has: support makes an answer likelier."""
        for which, treated in ((world, row), (1 - world, self._other(world, row))):
            messages = self.twin.messages[which]
            below = np.flatnonzero(
                (messages["parent"] == treated) & (messages["tick"] < tick) & (messages["treatment"] == 0)
            )
            new = [int(each) for each in below if self._other(which, int(each)) < 0]
            if new:
                return _Message(which, new[0])
        return None

    # ------------------------------------------------------------ wishes

    def _wished(self, node: _Wished) -> _Node | None:
        world, wish = node
        mine = self.twin.wishes[world][wish]
        other = self.twin.wishes[1 - world].get(wish)
        said = f"{Strategy(mine['strategy']).words.past} ({percent(mine['p_spoken'])} likely to speak)"
        said_there = self._said(world, mine)
        if other is None:
            self._link(
                world,
                wish.tick,
                wish.member,
                f"{said}; in {WORLDS[1 - world]} they had nothing to say then",
                said_there,
            )
            return self._arisen(node, mine)
        did_there = f"{Strategy(other['strategy']).words.past} ({percent(other['p_spoken'])})"
        self._link(world, wish.tick, wish.member, f"{said}; in {WORLDS[1 - world]} they {did_there}", said_there)
        weighed = self.watch.weighed.get(wish)
        return self._decided(node, weighed) if weighed is not None else self.lose(_Visit(world, wish.member, wish.tick))

    def _said(self, world: int, occasion: Any) -> _Message | None:
        """Return what came of an occasion; None where nothing did."""
        return _Message(world, int(occasion["message"])) if occasion["message"] >= 0 else None

    def _decided(self, node: _Wished, weighed: Weighed) -> _Node | None:
        """Go back to what moved the decision most, tested with the rule itself: one field at a time."""
        world, wish = node
        (mine, rules), (other, others) = ((weighed.a, weighed.coefficients_a), (weighed.b, weighed.coefficients_b))[
            :: 1 - 2 * world
        ]
        p = _p_spoken(mine, rules, weighed)
        moved = {name: p - _p_spoken(_with(mine, name, other), rules, weighed) for name in _apart(mine, other)}
        if rules != others:
            moved["the rules"] = p - _p_spoken(mine, others, weighed)
        if not moved:
            return self.lose(_Visit(world, wish.member, wish.tick))
        spoken = self.twin.wishes[world][wish]["strategy"] < SPOKEN
        silent = self.twin.wishes[1 - world][wish]["strategy"] >= SPOKEN
        sign = 1.0 if spoken and silent else -1.0 if not spoken and not silent else 0.0
        field = max(moved, key=lambda name: sign * moved[name] if sign else abs(moved[name]))
        if field == "the rules":
            return self._by_lever(world, wish.tick, wish.member, "weighed by other rules", _DECIDING)
        values = f"{getattr(mine, field):.2f} and not {getattr(other, field):.2f}"
        points = f"{100 * moved[field]:+.0f} points"
        text = f"decided with {_label(field)} at {values}; this alone moves the chance to speak by {points}"
        self._link(world, wish.tick, wish.member, text)
        names = tuple(name for name in _BEHIND.get(field, (field,)) if name in (*BELIEFS, *POSITIONS))
        if any(self._gap(wish.member, wish.tick, name, wish.issue) for name in names):
            return _Belief(world, wish.member, wish.tick, names, wish.issue)
        return self._by_lever(world, wish.tick, wish.member, "finds another arena", _DECIDING)

    def _arisen(self, node: _Wished, occasion: Any) -> _Node | None:
        """Go back to why there was something to say in one world only."""
        world, wish = node
        if not self._visited(1 - world, wish.member, wish.tick):
            return _Visit(world, wish.member, wish.tick)
        if wish.draft:
            return self._kept(node, self._by_occasion[world].get(int(occasion["draft_of"])))
        if wish.form == Form.comment:
            before = self._came_across(world, wish.member, wish.tick, int(occasion["about"]))
            if before is not None:
                return before
        elif self._levers(wish.tick, (f"issues.{wish.issue}.salience",)):
            return self._by_lever(
                world, wish.tick, wish.member, "has the issue on their mind", (f"issues.{wish.issue}.",)
            )
        elif earlier := self._said_before(node):
            return earlier
        return _Belief(world, wish.member, wish.tick, ("stance", "concern", "unsaid"), wish.issue)

    def _kept(self, node: _Wished, wish: Wish | None) -> _Node | None:
        """Go back to why a draft was kept in one world only, or was taken up at another visit."""
        world, taken_up = node
        other = None if wish is None else self.twin.wishes[1 - world].get(wish)
        if wish is not None and (other is None or other["strategy"] != self.twin.wishes[world][wish]["strategy"]):
            return _Wished(world, wish)
        for tick in range(taken_up.tick - 1, -1 if wish is None else wish.tick, -1):
            visited = [self._visited(which, taken_up.member, tick) for which in (0, 1)]
            if visited[0] != visited[1]:
                return _Visit(int(visited[1]), taken_up.member, tick)
        return self.lose(_Visit(world, taken_up.member, taken_up.tick))

    def _said_before(self, node: _Wished) -> _Wished | None:
        """Return the latest wish on the issue said in one world only: what is said is no longer on one's mind."""
        wish = node.wish
        for which in (1 - node.world, node.world):
            mine = [
                w for w in self._wishes_of[which].get(wish.member, ()) if w.issue == wish.issue and w.tick < wish.tick
            ]
            for earlier in sorted(mine, reverse=True):
                if self._got_rid(which, earlier) and not self._got_rid(1 - which, earlier):
                    return _Wished(which, earlier)
        return None

    def _got_rid(self, world: int, wish: Wish) -> bool:
        found = self.twin.wishes[world].get(wish)
        return found is not None and (found["strategy"] < SPOKEN or found["strategy"] == Strategy.other_channel)

    # ------------------------------------------------------------ visits, readings, beliefs

    def _visit(self, node: _Visit) -> _Node | None:
        world, member, tick = node
        role = int(self.watch.a.world.members["role"][member])
        text = f"visited at an hour at which they did not in {WORLDS[1 - world]}"
        if role in (Role.executive, Role.line_manager):
            return self._by_lever(world, tick, member, text, self._policy(member))
        if role == Role.communicator:
            return self._by_lever(world, tick, member, text, ("communicators.",))
        self._link(world, tick, member, text)
        return _Belief(world, member, tick - 1, ("habit",), 0)

    def _reading(self, node: _Reading) -> _Node | None:
        world, member, tick, row = node
        other, message = self._other(world, row), _Message(world, row)
        text = f"read a message that they did not come across then in {WORLDS[1 - world]}"
        earlier = [at for at in self._ticks_read(1 - world, member, other, tick) if at < tick]
        if earlier and not self._visited(world, member, earlier[-1]):
            self._link(world, tick, member, f"{text}, having read it before", message)
            return _Visit(1 - world, member, earlier[-1])
        ours, theirs = self._record(message), self._record(_Message(1 - world, other))
        if ours["audience"] != theirs["audience"] and ours["strategy"] != theirs["strategy"]:
            self._link(world, tick, member, text, message)
            return message
        if self._levers(tick, _SHOWN):
            return self._by_lever(world, tick, member, text, _SHOWN, message)
        self._link(world, tick, member, text, message, certain=False)
        instead = [each for each in self._read(1 - world, member, tick) if self._other(1 - world, each) < 0]
        return _Message(1 - world, instead[0]) if instead else self._last_parting(node)

    def _last_parting(self, node: _Reading) -> _Node | None:
        """Go back to the last time that a reader, or whoever keeps a thread alive, did something else before."""
        thread = int(self.twin.messages[node.world]["thread"][node.row])
        for world, first in ((node.world, thread), (1 - node.world, self._other(node.world, thread))):
            messages = self.twin.messages[world]
            below = np.flatnonzero((messages["thread"] == first) & (messages["tick"] < node.tick))
            new = [int(row) for row in below if self._other(world, int(row)) < 0]
            if new:
                return _Message(world, new[-1])
        for tick in range(node.tick - 1, -1, -1):
            visited = [self._visited(world, node.member, tick) for world in (0, 1)]
            if visited[0] != visited[1]:
                return _Visit(int(visited[1]), node.member, tick)
        return self.lose(node)

    def _belief(self, node: _Belief) -> _Node | None:
        """Go back to the visit that moved a belief most apart, and to what was seen there."""
        name, tick = self._moved_most(node)
        if not name:
            return self.lose(node)
        if self._began_apart(node, name, tick):
            return self._by_lever(
                node.world, 0, node.member, f"began otherwise: {_label(name)}", ("population.", "issues.")
            )
        earlier = self._said_before(_Wished(node.world, Wish(tick, node.member, node.issue, 0, -1, False)))
        if name == "unsaid" and earlier is not None:
            return earlier
        visited = [self._visited(world, node.member, tick) for world in (0, 1)]
        if visited[0] != visited[1]:
            return _Visit(int(visited[1]), node.member, tick)
        found = self._taught(node, name, tick)
        if found is not None:
            message = _Message(found.world, found.row)
            self._link(found.world, tick, node.member, f"saw what moved {_label(name)} most", message, certain=False)
            return found
        if self._levers(tick, _AT_SIGHT):
            return self._by_lever(node.world, tick, node.member, f"learns otherwise: {_label(name)}", _AT_SIGHT)
        return self.lose(node._replace(tick=tick, names=(name,)))

    def _began_apart(self, node: _Belief, name: str, tick: int) -> bool:
        """Say whether a belief lay apart from the start on, and was moved no further by any visit."""
        if tick != self._gaps[node.member][0][0]:
            return False
        worlds = (self.watch.a.world, self.watch.b.world)
        if name in BELIEFS:
            return bool(worlds[0].start[name][node.member] != worlds[1].start[name][node.member])
        start = f"start_{name}"
        ours, theirs = (w.positions[node.member, node.issue] for w in worlds)
        return start in ours.dtype.names and bool(ours[start] != theirs[start])

    def _moved_most(self, node: _Belief) -> tuple[str, int]:
        """Return the belief of a node that lies furthest apart, and the visit that moved it there most; "" for none."""
        history = [(tick, values) for tick, values in self._gaps.get(node.member, []) if tick <= node.tick]
        if not history:
            return "", node.tick
        columns = {name: column_of(name, node.issue) for name in node.names}
        name = max(columns, key=lambda each: abs(history[-1][1][columns[each]]))
        gap = np.array([values[columns[name]] for _, values in history])
        if gap[-1] == 0.0:
            return "", node.tick
        steps = np.diff(gap, prepend=0.0) * np.sign(gap[-1])
        return name, history[int(np.argmax(steps))][0]

    def _taught(self, node: _Belief, name: str, tick: int) -> _Message | _Reading | None:
        """Return what a member saw otherwise at a visit, and could learn this from; None where there is nothing."""
        member = node.member
        for world in (0, 1):
            heard = self._replies_heard(world, member, tick, name)
            found = [row for row in heard if self._is_otherwise(world, row) and self._teaches_author(world, row, name)]
            read = [row for row in self._read(world, member, tick) if self._teaches(world, row, name, node)]
            found += [row for row in read if self._is_otherwise(world, row)]
            if name == "licence_to_critique":
                answers = [answer for row in read for answer in self._answers[world].get(row, ())]
                found += [row for row in answers if self._is_otherwise(world, row)]
            if found:
                return _Message(world, found[0])
        for world in (0, 1):
            there = self._read(1 - world, member, tick)
            for row in self._read(world, member, tick):
                if self._other(world, row) not in there and self._teaches(world, row, name, node):
                    return _Reading(world, member, tick, row)
        return None

    def _teaches(self, world: int, row: int, name: str, node: _Belief) -> bool:
        """Say whether a message can have moved a belief of its reader."""
        record = self.twin.messages[world][row]
        if name in POSITIONS:
            return int(record["issue"]) == node.issue
        if name in _LEARNT_FROM_LEADERS:
            return bool(record["treatment"] or record["disclosure"] or record["kind"] == Kind.announcement)
        if name == "manager_reads":
            return int(record["author"]) == int(self.watch.a.world.members["manager"][node.member])
        if name == "executives_read":
            return int(record["author_role"]) == Role.executive
        return name not in ("identifiability", "imagined_audience_size")

    def _teaches_author(self, world: int, row: int, name: str) -> bool:
        """Say whether a reply can have moved a belief of whom it answers."""
        if name in _LEARNT_FROM_LEADERS:
            return bool(self.twin.messages[world]["treatment"][row]) or name == "voice_efficacy"
        return name in ("imagined_audience_size", "recognition", "engagement", "habit")

    # ------------------------------------------------------------ where a chain begins

    def _by_lever(
        self,
        world: int,
        tick: int,
        member: int,
        text: str,
        patterns: tuple[str, ...],
        message: _Message | None = None,
        certain: bool = True,
    ) -> _Node | None:
        """End the chain at the settings that differ and act here; where none does, say so."""
        found = self._levers(tick, patterns)
        if not found:
            return self.lose(_Visit(world, member, tick))
        said = [f"{name} is {told(values[world])} and not {told(values[1 - world])}" for name, values in found.items()]
        self._link(world, tick, member, f"{text}: {', '.join(said)}", message, certain)
        return None

    def _end(self, world: int, tick: int, member: int, text: str, message: _Message | None = None) -> _Node | None:
        self._link(world, tick, member, text, message)
        return None

    def lose(self, node: _Node) -> _Node | None:
        """End the chain where no single cause can be named."""
        member, tick = (-1, 0) if isinstance(node, _Message | _Wished) else (node.member, node.tick)
        text = "had lived otherwise since the worlds parted; no single cause can be named"
        self._link(node.world, max(tick, 0), member, text, certain=False)
        return None

    def _link(
        self, world: int, tick: int, member: int, text: str, message: _Message | None = None, certain: bool = True
    ) -> None:
        told_of = None if message is None else message_id(self._record(message))
        self.links.append(Link(tick, WORLDS[world], member, text, told_of, certain))

    def _policy(self, leader: int) -> tuple[str, ...]:
        """Return the names of the settings that a leader follows."""
        role = int(self.watch.a.world.members["role"][leader])
        table = "leadership.executives." if role == Role.executive else "leadership.line_managers."
        return (*(table + name for name in POLICY.names or ()), "leading.")

    def _levers(self, tick: int, patterns: tuple[str, ...]) -> Mapping[str, tuple[Any, Any]]:
        """Return the settings that differ at a tick: name -> values in A and in B."""
        number = sum(since <= tick for since, _, _ in self.watch.levers) - 1
        apart = self._levers_apart[number] if number >= 0 else {}
        return {name: values for name, values in apart.items() if name.startswith(patterns)}

    @cached_property
    def _levers_apart(self) -> list[dict[str, tuple[Any, Any]]]:
        found = []
        for _, *both in self.watch.levers:
            ours, theirs = (flat_parameters(each) for each in both)
            found.append({n: (ours.get(n), theirs.get(n)) for n in {**ours, **theirs} if ours.get(n) != theirs.get(n)})
        return found

    def _event_behind(self, node: _Message, record: Any) -> Event | None:
        """Return the event, missing in the other world, in which a message was said."""
        engine = (self.watch.a, self.watch.b)[node.world]
        for event in self._own_events(node.world):
            said = event.post or event.announce or event.respond
            if said and event.tick == record["tick"] and engine.row_of(said.by) == record["author"]:
                kind = Response[event.respond.how] if event.respond else Response.none
                if kind == record["treatment"] and node.row not in self._wish_behind[node.world]:
                    return event
        return None

    def _left_unanswered(self, world: int, row: int) -> Event | None:
        """Return the event of a world, missing in the other, by which a message of it is left unanswered."""
        if row < 0 or not self.twin.messages[world]["claimed"][row] or self._answers[world].get(row):
            return None
        own = self._own_events(world)
        return next((event for event in own if event.respond and event.respond.how == "none"), None)

    def _own_events(self, world: int) -> list[Event]:
        ours, theirs = ((self.twin.a, self.twin.b)[w].scenario.events for w in (world, 1 - world))
        return [event for event in ours if event not in theirs]

    # ------------------------------------------------------------ looking things up

    def _record(self, node: _Message) -> Any:
        return self.twin.messages[node.world][node.row]

    def _other(self, world: int, row: int) -> int:
        """Return the row of the same message in the other world; -1 where it has none."""
        return int(self.twin.counterpart[world][row])

    def _is_otherwise(self, world: int, row: int) -> bool:
        """Say whether the other world lacks a message, or says something else in its place."""
        other = self._other(world, row)
        if other < 0:
            return True
        ours, theirs = self.twin.messages[world][row], self.twin.messages[1 - world][other]
        return any(ours[name] != theirs[name] for name in ("kind", "orientation", "strategy", "treatment"))

    @cached_property
    def _wish_behind(self) -> list[dict[int, Wish]]:
        return [{int(row["message"]): wish for wish, row in wishes.items()} for wishes in self.twin.wishes]

    @cached_property
    def _by_occasion(self) -> list[dict[int, Wish]]:
        return [{int(row["occasion_id"]): wish for wish, row in wishes.items()} for wishes in self.twin.wishes]

    @cached_property
    def _wishes_of(self) -> list[dict[int, list[Wish]]]:
        found: list[dict[int, list[Wish]]] = [defaultdict(list), defaultdict(list)]
        for world, wishes in enumerate(self.twin.wishes):
            for wish in wishes:
                found[world][wish.member].append(wish)
        return found

    @cached_property
    def _answers(self) -> list[dict[int, list[int]]]:
        """Return leaders' responses by the row of what they treat, as rows."""
        found: list[dict[int, list[int]]] = [defaultdict(list), defaultdict(list)]
        for world, messages in enumerate(self.twin.messages):
            for row in np.flatnonzero(messages["treatment"]):
                found[world][int(messages["parent"][row])].append(int(row))
        return found

    @cached_property
    def _replies_to(self) -> list[dict[int, list[int]]]:
        """Return the rows of all replies by the author of what they answer."""
        found: list[dict[int, list[int]]] = [defaultdict(list), defaultdict(list)]
        for world, messages in enumerate(self.twin.messages):
            for row in np.flatnonzero(messages["parent"] >= 0):
                found[world][int(messages["author"][messages["parent"][row]])].append(int(row))
        return found

    def _replies_heard(self, world: int, member: int, tick: int, name: str) -> list[int]:
        """Return the replies to a member that came since the last visit; all, for what is learnt from their absence."""
        visits = [
            hour.tick for hour in self.watch.diaries[world].hours if hour.tick < tick and hour.place_of(member) >= 0
        ]
        since = 0 if name in ("voice_efficacy", "recognition") or not visits else visits[-1]
        when = self.twin.messages[world]["tick"]
        return [row for row in self._replies_to[world].get(member, ()) if since <= when[row] < tick]

    def _visited(self, world: int, member: int, tick: int) -> bool:
        hour = self.watch.diaries[world].at(tick)
        return hour is not None and hour.place_of(member) >= 0

    def _read(self, world: int, member: int, tick: int) -> list[int]:
        """Return the rows of the messages that a member read in an hour."""
        hour = self.watch.diaries[world].at(tick)
        return [] if hour is None else hour.read_by(member).tolist()

    def _ticks_read(self, world: int, member: int, row: int, until: int) -> list[int]:
        """Return when a member read a message, up to a tick."""
        readers = self.watch.diaries[world].readers(row)
        return readers.tick[(readers.member == member) & (readers.tick <= until)].tolist()

    @cached_property
    def _gaps(self) -> dict[int, list[tuple[int, Any]]]:
        found: dict[int, list[tuple[int, Any]]] = defaultdict(list)
        for gaps in self.watch.gaps:
            for place, member in enumerate(gaps.members.tolist()):
                found[member].append((gaps.tick, gaps.values[place]))
        return found

    def _gap(self, member: int, tick: int, name: str, issue: int) -> float:
        """Return how far a belief of a member lies apart at a visit."""
        here = [values for at, values in self._gaps.get(member, []) if at == tick]
        return float(here[0][column_of(name, issue)]) if here else 0.0


def _apart(mine: Moment, other: Moment) -> Iterable[str]:
    return [name for name in Moment._fields if getattr(mine, name) != getattr(other, name)]


def _with(mine: Moment, name: str, other: Moment) -> Moment:
    return mine._replace(**{name: getattr(other, name)})


def _p_spoken(moment: Moment, coefficients: Any, weighed: Weighed) -> float:
    return float(kernel.speak(moment, coefficients, weighed.luck).p_spoken)


def _spoken(record: Any) -> str:
    """Return what a message is, in words."""
    if record["treatment"] != Response.none:
        return f"answered it ({Response(record['treatment']).name})"
    return f"wrote {'a comment' if record['parent'] >= 0 else 'a post'} ({Kind(record['kind']).name})"


def _label(name: str) -> str:
    return LABELS.get(name.removeprefix("narrow_") if name not in LABELS else name, name.replace("_", " "))
