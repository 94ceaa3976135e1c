"""Back from what was seen and believed otherwise: from beliefs to the visits that moved them, and to what was read."""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.terms import Kind, Role
from sim.twins.chain import Chain
from sim.twins.nodes import WORLDS, Belief, Message, Node, Reading, Visit, Weighing, label
from sim.twins.watching import BELIEFS, POSITIONS, Night, WishKey, column_of

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


class Learning(Chain):
    """Goes back from visits, readings and beliefs."""

    def back_from_visit(self, node: Visit) -> Node | None:
        """Go back from a visit that one world has: to a lever, or to the habit of visiting."""
        world, member, tick = node
        role = int(self.look.watch.a.world.members["role"][member])
        text = f"visited at an hour at which they did not in {WORLDS[1 - world]}"
        if role in (Role.executive, Role.line_manager):
            return self.blame_levers(world, tick, member, text, self.look.policy(member))
        if role == Role.communicator:
            return self.blame_levers(world, tick, member, text, ("communicators.",))
        self.link(world, tick, member, text)
        return Belief(world, member, tick - 1, ("habit",), 0)

    def back_from_reading(self, node: Reading) -> Node | None:
        """Go back from a message that was read in one world only: to why it was on the page there."""
        world, member, tick, row = node
        other, message = self.look.other(world, row), Message(world, row)
        text = f"read a message that they did not come across then in {WORLDS[1 - world]}"
        earlier = [at for at in self.look.ticks_read(1 - world, member, other, tick) if at < tick]
        if earlier and not self.look.visited(world, member, earlier[-1]):
            self.link(world, tick, member, f"{text}, having read it before", message)
            return Visit(1 - world, member, earlier[-1])
        ours, theirs = self.look.record(message), self.look.record(Message(1 - world, other))
        if ours["audience"] != theirs["audience"] and ours["strategy"] != theirs["strategy"]:
            self.link(world, tick, member, text, message)
            return message
        if self.look.levers(tick, _SHOWN):
            return self.blame_levers(world, tick, member, text, _SHOWN, message)
        self.link(world, tick, member, text, message, certain=False)
        instead = [each for each in self.look.read(1 - world, member, tick) if self.look.other(1 - world, each) < 0]
        return Message(1 - world, instead[0]) if instead else self._last_parting(node)

    def _last_parting(self, node: Reading) -> Node | None:
        """Go back to the last time that a reader, or whoever keeps a thread alive, did something else before."""
        thread = int(self.look.messages[node.world]["thread"][node.row])
        for world, first in ((node.world, thread), (1 - node.world, self.look.other(node.world, thread))):
            messages = self.look.messages[world]
            below = np.flatnonzero((messages["thread"] == first) & (messages["tick"] < node.tick))
            new = [int(row) for row in below if self.look.other(world, int(row)) < 0]
            if new:
                return Message(world, new[-1])
        for tick in range(node.tick - 1, -1, -1):
            visited = [self.look.visited(world, node.member, tick) for world in (0, 1)]
            if visited[0] != visited[1]:
                return Visit(int(visited[1]), node.member, tick)
        return self.give_up(node)

    def back_from_belief(self, node: Belief) -> Node | None:
        """Go back to the visit that moved a belief most apart, and to what was seen there."""
        name, tick = self._moved_most(node)
        if not name:
            return self.give_up(node)
        if self._began_apart(node, name, tick):
            return self.blame_levers(
                node.world, 0, node.member, f"began otherwise: {label(name)}", ("population.", "issues.")
            )
        earlier = self.look.said_before(Weighing(node.world, WishKey(tick, node.member, node.issue, 0, -1, False)))
        if name == "unsaid" and earlier is not None:
            return earlier
        visited = [self.look.visited(world, node.member, tick) for world in (0, 1)]
        if visited[0] != visited[1]:
            return Visit(int(visited[1]), node.member, tick)
        found = self._taught(node, name, tick)
        if found is not None:
            message = Message(found.world, found.row)
            self.link(found.world, tick, node.member, f"saw what moved {label(name)} most", message, certain=False)
            return found
        night = self.look.night_apart(node.member, tick) if name in _LEARNT_FROM_LEADERS else None
        if night is not None:
            return self._back_from_night(node, name, night)
        if self.look.levers(tick, _AT_SIGHT):
            return self.blame_levers(node.world, tick, node.member, f"learns otherwise: {label(name)}", _AT_SIGHT)
        return self.give_up(node._replace(tick=tick, names=(name,)))

    def _back_from_night(self, node: Belief, name: str, night: Night) -> Node | None:
        """Go back from what was heard outside the arena: to the answer that ties told of, or to the own manager."""
        story = self.look.heard_otherwise(night, node.member)
        if story is None:
            manager = int(self.look.watch.a.world.members["manager"][node.member])
            text = f"saw their manager take critique otherwise in the team, which moved {label(name)} most"
            patterns = (*self.look.policy(manager), "learning.")
            return self.blame_levers(node.world, night.tick, node.member, text, patterns, certain=False)
        text = f"heard from a colleague of what moved {label(name)} most"
        self.link(story.world, night.tick, node.member, text, story, certain=False)
        return story if self.look.is_otherwise(*story) else self.give_up(node)

    def _began_apart(self, node: Belief, name: str, tick: int) -> bool:
        """Say whether a belief lay apart from the start on, and was moved no further by any visit."""
        if tick != self.look.gaps[node.member][0][0]:
            return False
        worlds = (self.look.watch.a.world, self.look.watch.b.world)
        if name in BELIEFS:
            return bool(worlds[0].start[name][node.member] != worlds[1].start[name][node.member])
        start = f"start_{name}"
        ours, theirs = (w.positions[node.member, node.issue] for w in worlds)
        return start in ours.dtype.names and bool(ours[start] != theirs[start])

    def _moved_most(self, node: Belief) -> tuple[str, int]:
        """Return the belief of a node that lies furthest apart, and the visit that moved it there most; "" for none."""
        history = [(tick, values) for tick, values in self.look.gaps.get(node.member, []) if tick <= node.tick]
        if not history:
            return "", node.tick
        columns = {name: column_of(name, node.issue) for name in node.names}
        name = max(columns, key=lambda each: abs(history[-1][1][columns[each]]))
        gap = np.array([values[columns[name]] for _, values in history])
        if gap[-1] == 0.0:
            return "", node.tick
        steps = np.diff(gap, prepend=0.0) * np.sign(gap[-1])
        return name, history[int(np.argmax(steps))][0]

    def _taught(self, node: Belief, name: str, tick: int) -> Message | Reading | None:
        """Return what a member saw otherwise at a visit, and could learn this from; None where there is nothing."""
        member = node.member
        for world in (0, 1):
            heard = self.look.replies_heard(world, member, tick, name)
            found = [
                row for row in heard if self.look.is_otherwise(world, row) and self._teaches_author(world, row, name)
            ]
            read = [row for row in self.look.read(world, member, tick) if self._teaches(world, row, name, node)]
            found += [row for row in read if self.look.is_otherwise(world, row)]
            if name == "licence_to_critique":
                answers = [answer for row in read for answer in self.look.answers[world].get(row, ())]
                found += [row for row in answers if self.look.is_otherwise(world, row)]
            if found:
                return Message(world, found[0])
        for world in (0, 1):
            there = self.look.read(1 - world, member, tick)
            for row in self.look.read(world, member, tick):
                if self.look.other(world, row) not in there and self._teaches(world, row, name, node):
                    return Reading(world, member, tick, row)
        return None

    def _teaches(self, world: int, row: int, name: str, node: Belief) -> bool:
        """Say whether a message can have moved a belief of its reader."""
        record = self.look.messages[world][row]
        if name in POSITIONS:
            return int(record["issue"]) == node.issue
        if name in _LEARNT_FROM_LEADERS:
            return bool(record["treatment"] or record["disclosure"] or record["kind"] == Kind.announcement)
        if name == "manager_reads":
            return int(record["author"]) == int(self.look.watch.a.world.members["manager"][node.member])
        if name == "executives_read":
            return int(record["author_role"]) == Role.executive
        return name not in ("identifiability", "imagined_audience_size")

    def _teaches_author(self, world: int, row: int, name: str) -> bool:
        """Say whether a reply can have moved a belief of whom it answers."""
        if name in _LEARNT_FROM_LEADERS:
            return bool(self.look.messages[world]["treatment"][row]) or name == "voice_efficacy"
        return name in ("imagined_audience_size", "recognition", "engagement", "habit")
