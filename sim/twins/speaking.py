"""Back from what was said in one world only: from messages to the wishes behind them, and to what moved these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from sim import kernel
from sim.terms import SPOKEN, Form, Kind, Moment, Response, Role, Strategy
from sim.twins.chain import Chain
from sim.twins.nodes import WORLDS, Belief, Message, Node, Reading, Visit, Weighing, label
from sim.twins.watching import BELIEFS, POSITIONS, Weighed, WishKey
from sim.wording import percent

_BEHIND: Final = {
    "criticality": ("stance",),
    "agreement": ("climate", "stance"),
    "audience": ("imagined_audience_size",),
    "narrow_audience": ("imagined_audience_size",),
    "narrow_manager_reads": ("manager_reads",),
    "narrow_executives_read": ("executives_read",),
}
"""The beliefs that a field of a Moment is made from, where it is not one itself."""
_DECIDING: Final = ("visibility.", "voice.", "silence.", "rules.", "issues.", "population.")


class Speaking(Chain):
    """Goes back from messages and wishes."""

    # ------------------------------------------------------------ messages

    def back_from_message(self, node: Message) -> Node | None:
        """Go back from a message: to an event or a lever, or to the wish or the message that it came from."""
        world, record = node.world, self.look.record(node)
        author, tick = int(record["author"]), int(record["tick"])
        if event := self.look.event_behind(node, record):
            return self.end(world, event.tick, author, f"an event of the scenario: {_spoken(record)}", node)
        if record["treatment"] != Response.none:
            return self._response(node, record)
        if record["kind"] == Kind.announcement or record["disclosure"]:
            what = "spoke of own doubts" if record["disclosure"] else "announced openness"
            return self.blame_levers(world, tick, author, what, self.look.policy(author), node)
        wish = self.look.wish_behind[world].get(node.row)
        return self._comment(node, record) if wish is None else Weighing(world, wish)

    def _comment(self, node: Message, record: Any) -> Node | None:
        """Go back from a comment that needed no weighing: to what it answers, or to why it was read or reacted to."""
        world, author, tick, above = node.world, int(record["author"]), int(record["tick"]), int(record["parent"])
        self.link(world, tick, author, _spoken(record), node)
        before = self._came_across(world, author, tick, above)
        if before is not None:
            return before
        for patterns in (("communicators.",) if record["author_role"] == Role.communicator else (), ("reaction.",)):
            if self.look.levers(tick, patterns):
                return self.blame_levers(world, tick, author, "reacts otherwise", patterns, Message(world, above))
        return Belief(world, author, tick, ("stance", "concern", "unsaid", "engagement"), int(record["issue"]))

    def _came_across(self, world: int, member: int, tick: int, row: int) -> Node | None:
        """Return why a member came across a message only in this world; None where they did in both."""
        other = self.look.other(world, row)
        if other < 0:
            return Message(world, row)
        if not self.look.visited(world, member, tick):
            return None
        if not self.look.visited(1 - world, member, tick):
            return Visit(world, member, tick)
        if other not in self.look.read(1 - world, member, tick) and row in self.look.read(world, member, tick):
            return Reading(world, member, tick, row)
        return None

    def _response(self, node: Message, record: Any) -> Node | None:
        """Go back from a leader's answer: to what it treats, to when that was read, or to who was faster."""
        world, leader, tick, treated = node.world, int(record["author"]), int(record["tick"]), int(record["parent"])
        if event := self.look.left_unanswered(1 - world, self.look.other(world, treated)):
            text = f"{_spoken(record)}; in {WORLDS[1 - world]}, an event has it left unanswered"
            return self.end(world, event.tick, leader, text, node)
        self.link(world, tick, leader, _spoken(record), node)
        if self.look.other(world, treated) < 0:
            return Message(world, treated)
        earlier = self._earlier_response(node, record)
        if earlier is not None:
            return earlier
        for seen in self.look.ticks_read(world, leader, treated, tick):
            before = self._came_across(world, leader, seen, treated)
            if before is not None:
                return before
        patterns = tuple(name for name in self.look.policy(leader) if not name.endswith("presence"))
        support = self._support(world, treated, tick)
        if self.look.levers(tick, patterns):
            text = "treats what members say otherwise"
            return self.blame_levers(world, tick, leader, text, patterns, node, certain=support is None)
        return self._faster(world, treated) or support or self.give_up(Visit(world, leader, tick))

    def _faster(self, world: int, row: int) -> Message | None:
        """Return the answer by which the other world had a message answered already."""
        answers = self.look.answers[1 - world].get(self.look.other(world, row), ())
        new = [answer for answer in answers if self.look.other(1 - world, answer) < 0]
        if not new:
            return None
        was = self.links[-1]
        self.links[-1] = replace(was, text=f"{was.text}; in {WORLDS[1 - world]} it was answered already")
        return Message(1 - world, new[0])

    def _earlier_response(self, node: Message, record: Any) -> Message | None:
        """Return the answer, another one in the other world, that an action follows from."""
        if record["treatment"] != Response.action:
            return None
        messages = self.look.messages[node.world]
        same = self.look.answers[node.world].get(int(record["parent"]), ())
        found = (
            row for row in same if messages["tick"][row] < record["tick"] and self.look.is_otherwise(node.world, row)
        )
        return next((Message(node.world, row) for row in found), None)

    def _support(self, world: int, row: int, tick: int) -> Message | None:
        """Return a comment under a message that only one world has: support makes an answer likelier."""
        for which, treated in ((world, row), (1 - world, self.look.other(world, row))):
            messages = self.look.messages[which]
            below = np.flatnonzero(
                (messages["parent"] == treated) & (messages["tick"] < tick) & (messages["treatment"] == 0)
            )
            new = [int(each) for each in below if self.look.other(which, int(each)) < 0]
            if new:
                return Message(which, new[0])
        return None

    # ------------------------------------------------------------ wishes

    def back_from_weighing(self, node: Weighing) -> Node | None:
        """Go back from a wish: to why it arose in one world only, or to why it was decided otherwise there."""
        world, wish = node
        mine = self.look.wishes[world][wish]
        other = self.look.wishes[1 - world].get(wish)
        said = f"{Strategy(mine['strategy']).words.past} ({percent(mine['p_spoken'])} likely to speak)"
        said_there = self._said(world, mine)
        if other is None:
            self.link(
                world,
                wish.tick,
                wish.member,
                f"{said}; in {WORLDS[1 - world]} they had nothing to say then",
                said_there,
            )
            return self._arisen(node, mine)
        did_there = f"{Strategy(other['strategy']).words.past} ({percent(other['p_spoken'])})"
        self.link(world, wish.tick, wish.member, f"{said}; in {WORLDS[1 - world]} they {did_there}", said_there)
        weighed = self.look.watch.weighed.get(wish)
        return (
            self._decided(node, weighed) if weighed is not None else self.give_up(Visit(world, wish.member, wish.tick))
        )

    def _said(self, world: int, occasion: Any) -> Message | None:
        """Return what came of an occasion; None where nothing did."""
        return Message(world, int(occasion["message"])) if occasion["message"] >= 0 else None

    def _decided(self, node: Weighing, weighed: Weighed) -> Node | None:
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
            return self.give_up(Visit(world, wish.member, wish.tick))
        spoken = self.look.wishes[world][wish]["strategy"] < SPOKEN
        silent = self.look.wishes[1 - world][wish]["strategy"] >= SPOKEN
        sign = 1.0 if spoken and silent else -1.0 if not spoken and not silent else 0.0
        field = max(moved, key=lambda name: sign * moved[name] if sign else abs(moved[name]))
        if field == "the rules":
            return self.blame_levers(world, wish.tick, wish.member, "weighed by other rules", _DECIDING)
        values = f"{getattr(mine, field):.2f} and not {getattr(other, field):.2f}"
        points = f"{100 * moved[field]:+.0f} points"
        text = f"decided with {label(field)} at {values}; this alone moves the chance to speak by {points}"
        self.link(world, wish.tick, wish.member, text)
        names = tuple(name for name in _BEHIND.get(field, (field,)) if name in (*BELIEFS, *POSITIONS))
        if any(self.look.gap(wish.member, wish.tick, name, wish.issue) for name in names):
            return Belief(world, wish.member, wish.tick, names, wish.issue)
        return self.blame_levers(world, wish.tick, wish.member, "finds another arena", _DECIDING)

    def _arisen(self, node: Weighing, occasion: Any) -> Node | None:
        """Go back to why there was something to say in one world only."""
        world, wish = node
        if not self.look.visited(1 - world, wish.member, wish.tick):
            return Visit(world, wish.member, wish.tick)
        if wish.draft:
            return self._kept(node, self.look.by_occasion[world].get(int(occasion["draft_of"])))
        if wish.form == Form.comment:
            before = self._came_across(world, wish.member, wish.tick, int(occasion["about"]))
            if before is not None:
                return before
        elif self.look.levers(wish.tick, (f"issues.{wish.issue}.salience",)):
            return self.blame_levers(
                world, wish.tick, wish.member, "has the issue on their mind", (f"issues.{wish.issue}.",)
            )
        elif earlier := self.look.said_before(node):
            return earlier
        return Belief(world, wish.member, wish.tick, ("stance", "concern", "unsaid"), wish.issue)

    def _kept(self, node: Weighing, wish: WishKey | None) -> Node | None:
        """Go back to why a draft was kept in one world only, or was taken up at another visit."""
        world, taken_up = node
        other = None if wish is None else self.look.wishes[1 - world].get(wish)
        if wish is not None and (other is None or other["strategy"] != self.look.wishes[world][wish]["strategy"]):
            return Weighing(world, wish)
        for tick in range(taken_up.tick - 1, -1 if wish is None else wish.tick, -1):
            visited = [self.look.visited(which, taken_up.member, tick) for which in (0, 1)]
            if visited[0] != visited[1]:
                return Visit(int(visited[1]), taken_up.member, tick)
        return self.give_up(Visit(world, taken_up.member, taken_up.tick))


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
