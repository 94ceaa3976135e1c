"""Looking things up in two worlds: who read, said, heard and believed what, and which levers and events differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from sim.engine import Engine
from sim.scenario import Event, flat_parameters
from sim.state import POLICY
from sim.terms import SPOKEN, Response, Role, Strategy
from sim.twins.nodes import Message, Weighing
from sim.twins.watching import Night, Watch, WishKey, column_of


class Lookups:
    """Two worlds as they were watched. A world is 0 or 1, a message is meant by its row there; all is found once."""

    def __init__(
        self, watch: Watch, messages: tuple[Any, Any], counterpart: tuple[Any, Any], wishes: tuple[Any, Any]
    ) -> None:
        self.watch, self.messages, self.counterpart, self.wishes = watch, messages, counterpart, wishes

    def engine(self, world: int) -> Engine:
        """Return the engine of one world."""
        return (self.watch.a, self.watch.b)[world]

    # ------------------------------------------------------------ messages

    def record(self, node: Message) -> Any:
        """Return the MESSAGE record of a node."""
        return self.messages[node.world][node.row]

    def other(self, world: int, row: int) -> int:
        """Return the row of the same message in the other world; -1 where it has none."""
        return int(self.counterpart[world][row])

    def is_otherwise(self, world: int, row: int) -> bool:
        """Say whether the other world lacks a message, or says something else in its place."""
        other = self.other(world, row)
        if other < 0:
            return True
        ours, theirs = self.messages[world][row], self.messages[1 - world][other]
        return any(ours[name] != theirs[name] for name in ("kind", "orientation", "strategy", "treatment"))

    @cached_property
    def answers(self) -> list[dict[int, list[int]]]:
        """Return leaders' responses by the row of what they treat, as rows."""
        found: list[dict[int, list[int]]] = [defaultdict(list), defaultdict(list)]
        for world, messages in enumerate(self.messages):
            for row in np.flatnonzero(messages["treatment"]):
                found[world][int(messages["parent"][row])].append(int(row))
        return found

    @cached_property
    def replies_to(self) -> list[dict[int, list[int]]]:
        """Return the rows of all replies by the author of what they answer."""
        found: list[dict[int, list[int]]] = [defaultdict(list), defaultdict(list)]
        for world, messages in enumerate(self.messages):
            for row in np.flatnonzero(messages["parent"] >= 0):
                found[world][int(messages["author"][messages["parent"][row]])].append(int(row))
        return found

    def replies_heard(self, world: int, member: int, tick: int, name: str) -> list[int]:
        """Return the replies to a member that came since the last visit; all, for what is learnt from their absence."""
        since = 0 if name in ("voice_efficacy", "recognition") else self.last_visit(world, member, tick)
        when = self.messages[world]["tick"]
        return [row for row in self.replies_to[world].get(member, ()) if since <= when[row] < tick]

    # ------------------------------------------------------------ wishes

    @cached_property
    def wish_behind(self) -> list[dict[int, WishKey]]:
        """Of A and of B: the wish from which each message came, by its row."""
        return [{int(row["message"]): wish for wish, row in wishes.items()} for wishes in self.wishes]

    @cached_property
    def by_occasion(self) -> list[dict[int, WishKey]]:
        """Of A and of B: each wish by its occasion_id."""
        return [{int(row["occasion_id"]): wish for wish, row in wishes.items()} for wishes in self.wishes]

    @cached_property
    def wishes_of(self) -> list[dict[int, list[WishKey]]]:
        """Of A and of B: the wishes of each member."""
        found: list[dict[int, list[WishKey]]] = [defaultdict(list), defaultdict(list)]
        for world, wishes in enumerate(self.wishes):
            for wish in wishes:
                found[world][wish.member].append(wish)
        return found

    def said_before(self, node: Weighing) -> Weighing | None:
        """Return the latest wish on the issue said in one world only: what is said is no longer on one's mind."""
        wish = node.wish
        for which in (1 - node.world, node.world):
            mine = [
                w for w in self.wishes_of[which].get(wish.member, ()) if w.issue == wish.issue and w.tick < wish.tick
            ]
            for earlier in sorted(mine, reverse=True):
                if self.got_rid(which, earlier) and not self.got_rid(1 - which, earlier):
                    return Weighing(which, earlier)
        return None

    def got_rid(self, world: int, wish: WishKey) -> bool:
        """Say whether a wish was said in one world, in the arena or elsewhere."""
        found = self.wishes[world].get(wish)
        return found is not None and (found["strategy"] < SPOKEN or found["strategy"] == Strategy.other_channel)

    # ------------------------------------------------------------ visits, readings, beliefs

    def visited(self, world: int, member: int, tick: int) -> bool:
        """Say whether a member visited in an hour."""
        hour = self.watch.diaries[world].at(tick)
        return hour is not None and hour.place_of(member) >= 0

    def last_visit(self, world: int, member: int, before: int) -> int:
        """Return when a member visited last before a tick; 0 for never."""
        hours = reversed(self.watch.diaries[world].hours)
        return next((hour.tick for hour in hours if hour.tick < before and hour.place_of(member) >= 0), 0)

    def night_apart(self, member: int, before: int) -> Night | None:
        """Return the latest night since a member's last visit in which they heard otherwise in the two worlds."""
        since = max(self.last_visit(world, member, before) for world in (0, 1))
        nights: list[Night] = [night for night in self.watch.nights if since <= night.tick < before]
        apart = (night for night in reversed(nights) if self._is_apart(night, member))
        return next(apart, None)

    def _is_apart(self, night: Night, member: int) -> bool:
        talks = night.team_talk
        return self.heard_otherwise(night, member) is not None or bool(talks[0][member] != talks[1][member])

    def heard_otherwise(self, night: Night, member: int) -> Message | None:
        """Return a treatment of critique that a member heard of from ties, that night, in one world only."""
        rows = [int(heard[member]) for heard in night.heard_of]
        for world, row in enumerate(rows):
            if row >= 0 and self.other(world, row) != rows[1 - world]:
                return Message(world, row)
        return None

    def read(self, world: int, member: int, tick: int) -> list[int]:
        """Return the rows of the messages that a member read in an hour."""
        hour = self.watch.diaries[world].at(tick)
        return [] if hour is None else hour.read_by(member).tolist()

    def ticks_read(self, world: int, member: int, row: int, until: int) -> list[int]:
        """Return when a member read a message, up to a tick."""
        readers = self.watch.diaries[world].readers(row)
        found: list[int] = readers.tick[(readers.member == member) & (readers.tick <= until)].tolist()
        return found

    @cached_property
    def gaps(self) -> dict[int, list[tuple[int, Any]]]:
        """By member: how far their beliefs lay apart, visit by visit."""
        found: dict[int, list[tuple[int, Any]]] = defaultdict(list)
        for gaps in self.watch.gaps:
            for place, member in enumerate(gaps.members.tolist()):
                found[member].append((gaps.tick, gaps.values[place]))
        return found

    def gap(self, member: int, tick: int, name: str, issue: int) -> float:
        """Return how far a belief of a member lies apart at a visit."""
        here = [values for at, values in self.gaps.get(member, []) if at == tick]
        return float(here[0][column_of(name, issue)]) if here else 0.0

    # ------------------------------------------------------------ levers and events

    def policy(self, leader: int) -> tuple[str, ...]:
        """Return the names of the settings that a leader follows."""
        role = int(self.watch.a.world.members["role"][leader])
        table = "leadership.executives." if role == Role.executive else "leadership.line_managers."
        return (*(table + name for name in POLICY.names or ()), "leading.")

    def levers(self, tick: int, patterns: tuple[str, ...]) -> Mapping[str, tuple[Any, Any]]:
        """Return the settings that differ at a tick: name -> values in A and in B."""
        number = sum(since <= tick for since, _, _ in self.watch.levers) - 1
        apart = self.levers_apart[number] if number >= 0 else {}
        return {name: values for name, values in apart.items() if name.startswith(patterns)}

    @cached_property
    def levers_apart(self) -> list[dict[str, tuple[Any, Any]]]:
        """The settings that differ, for each time that they were changed."""
        found = []
        for _, *both in self.watch.levers:
            ours, theirs = (flat_parameters(each) for each in both)
            found.append({n: (ours.get(n), theirs.get(n)) for n in {**ours, **theirs} if ours.get(n) != theirs.get(n)})
        return found

    def event_behind(self, node: Message, record: Any) -> Event | None:
        """Return the event, missing in the other world, in which a message was said."""
        engine = self.engine(node.world)
        for event in self.own_events(node.world):
            said = event.post or event.announce or event.respond
            if said and event.tick == record["tick"] and engine.row_of(said.by) == record["author"]:
                kind = Response[event.respond.how] if event.respond else Response.none
                if kind == record["treatment"] and node.row not in self.wish_behind[node.world]:
                    return event
        return None

    def left_unanswered(self, world: int, row: int) -> Event | None:
        """Return the event of a world, missing in the other, by which a message of it is left unanswered."""
        if row < 0 or not self.messages[world]["claimed"][row] or self.answers[world].get(row):
            return None
        own = self.own_events(world)
        return next((event for event in own if event.respond and event.respond.how == "none"), None)

    def own_events(self, world: int) -> list[Event]:
        """Return the events of one world that the other lacks."""
        ours, theirs = (self.engine(which).scenario.events for which in (world, 1 - world))
        return [event for event in ours if event not in theirs]
