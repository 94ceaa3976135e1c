"""Two runs on shared luck, and all in which they differ."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.engine import Engine, make_organization
from sim.errors import InputError, as_typed
from sim.kernel import message_ids
from sim.organization import Organization
from sim.record import Run
from sim.replay import AnyRun, Change, altered
from sim.scenario import Scenario
from sim.simulation import scenario_of
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import SPOKEN
from sim.twins.lookups import Lookups
from sim.twins.nodes import Link
from sim.twins.tracing import Tracer
from sim.twins.watching import WORDS, Difference, Watch, WishKey, message_id, wishes_of

NOTICEABLE = 0.01
"""A message is said otherwise in both worlds when words differ, or its criticality by at least this."""


@dataclass(frozen=True)
class Changed:
    """A message that both worlds have and that says something else."""

    message: int
    """message_id."""
    fields: tuple[tuple[str, Any, Any], ...]
    """What differs: (field, value in A, value in B)."""


@dataclass(frozen=True)
class Broken:
    """A wish that both worlds have, spoken in one and left unspoken in the other."""

    wish: WishKey
    strategy_a: int
    strategy_b: int
    p_a: float
    p_b: float
    message: int
    """message_id of what was said where it was spoken."""

    @property
    def spoken_in_b(self) -> bool:
        """Whether the silence of A is broken in B; else it is the other way round."""
        return self.strategy_b < SPOKEN


class Twin:
    """Two worlds, A and B, that share their luck: where they part, and what exists in one of them only.

    `a` and `b` are Runs. Members are meant by row, messages by message_id.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.a, self.b = Run(watch.a), Run(watch.b)
        self.seed = watch.a.seed
        self.organization: Organization = watch.a.organization
        self.difference: Difference | None = watch.difference
        """The first thing that anybody saw, believed or did otherwise; None where the worlds are the same."""
        self.act: Difference | None = watch.act
        """The first time that somebody did something else."""

    def __repr__(self) -> str:
        return f"<Twin of {self.a.scenario.name} and {self.b.scenario.name}, seed {self.seed}, {self.a.days} days>"

    @property
    def identical(self) -> bool:
        """Whether nobody saw, believed or did anything else."""
        return self.difference is None

    @cached_property
    def differences(self) -> dict[str, float | None]:
        """B less A, for each measure over the whole run; None where one of both has no value."""
        ours, theirs = self.a.measures, self.b.measures
        return {name: _less(theirs[name], ours[name]) for name in ours}

    @cached_property
    def only_a(self) -> tuple[int, ...]:
        """The messages that only A has."""
        return tuple(message_ids(self.messages[0][self.counterpart[0] < 0]).tolist())

    @cached_property
    def only_b(self) -> tuple[int, ...]:
        """The messages that only B has."""
        return tuple(message_ids(self.messages[1][self.counterpart[1] < 0]).tolist())

    @cached_property
    def changed(self) -> tuple[Changed, ...]:
        """The messages that both worlds have and that say something else."""
        mine = np.flatnonzero(self.counterpart[0] >= 0)
        ours, theirs = self.messages[0][mine], self.messages[1][self.counterpart[0][mine]]
        apart = {name: ours[name] != theirs[name] for name in WORDS}
        apart["criticality"] = np.abs(ours["criticality"] - theirs["criticality"]) >= NOTICEABLE
        found = np.flatnonzero(np.any(list(apart.values()), axis=0))
        both = (
            (n, [(name, ours[name][n].item(), theirs[name][n].item()) for name in apart if apart[name][n]])
            for n in found
        )
        return tuple(Changed(message_id(ours[n]), tuple(fields)) for n, fields in both)

    @cached_property
    def broken(self) -> tuple[Broken, ...]:
        """The wishes that both worlds have, spoken in one of them only."""
        return tuple(
            Broken(
                wish,
                int(mine["strategy"]),
                int(other["strategy"]),
                float(mine["p_spoken"]),
                float(other["p_spoken"]),
                self.message_of(*((0, mine) if mine["strategy"] < SPOKEN else (1, other))),
            )
            for wish, mine in self.wishes[0].items()
            if (other := self.wishes[1].get(wish)) is not None
            and (mine["strategy"] < SPOKEN) != (other["strategy"] < SPOKEN)
        )

    @cached_property
    def first_words(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The members who never spoke a wish in B but did in A, and those who never did in A but did in B."""
        spoke = [self._engine(world).world.members["spoken"] > 0 for world in (0, 1)]
        return tuple(map(int, np.flatnonzero(spoke[0] & ~spoke[1]))), tuple(
            map(int, np.flatnonzero(spoke[1] & ~spoke[0]))
        )

    def chain(self, message: int) -> tuple[Link, ...]:
        """Return how the change came to a message that one world lacks: link by link, from the change to the message.

        Raises InputError where both worlds have it, or neither. What is known and what is only likely, each link says.
        """
        known = False
        for world in (1, 0):
            for row in np.flatnonzero(message_ids(self.messages[world]) == message):
                if self.counterpart[world][row] < 0:
                    return self._tracer.trace(world, int(row))
                known = True
        has = "both worlds have" if known else "neither world has"
        raise InputError(f"{has} the message {as_typed(message)}; a chain leads to one that exists in one of them only")

    # ------------------------------------------------------------ for those who look closer

    @cached_property
    def _tracer(self) -> Tracer:
        return Tracer(Lookups(self._watch, self.messages, self.counterpart, self.wishes))

    def _engine(self, world: int) -> Engine:
        return (self._watch.a, self._watch.b)[world]

    @property
    def watch(self) -> Watch:
        """What was noted on the way."""
        return self._watch

    @cached_property
    def messages(self) -> tuple[Any, Any]:
        """MESSAGE records of A and of B, in the order in which they appeared."""
        worlds = (self._watch.a.world, self._watch.b.world)
        return tuple(np.asarray(world.messages[: int(world.clock[Clock.messages])]) for world in worlds)  # type: ignore[return-value]

    @cached_property
    def counterpart(self) -> tuple[Any, Any]:
        """Of A and of B: the row that each message has in the other world, int64; -1 where it has none.

        Two messages are the same one where the same author says something on the same issue in the same hour, in answer
        to the same message. Their numbers alone would not do: who says one thing less counts the others otherwise.
        """
        known: dict[tuple[int, ...], int] = {}
        keys = [_numbered(messages, known) for messages in self.messages]
        found = []
        for mine, other in (keys, keys[::-1]):
            places = {key: row for row, key in enumerate(other)}
            found.append(np.array([places.get(key, -1) for key in mine], np.int64))
        return found[0], found[1]

    @cached_property
    def wishes(self) -> tuple[dict[WishKey, Any], dict[WishKey, Any]]:
        """Of A and of B: each wish -> its OCCASION record."""
        found: list[dict[WishKey, Any]] = [{}, {}]
        for world in (0, 1):
            for part in self._engine(world).ledger():
                found[world].update(zip(wishes_of(part, self.messages[world]), np.asarray(part), strict=True))
        return found[0], found[1]

    def message_of(self, world: int, occasion: Any) -> int:
        """Return the message_id of what came of an occasion; -1 where nothing did."""
        row = int(occasion["message"])
        return message_id(self.messages[world][row]) if row >= 0 else -1


def twin(
    scenario: Scenario | AnyRun | None = None,
    change: Change | AnyRun = (),
    seed: int = 1,
    from_day: float | None = None,
    until: int | None = None,
    organization: Organization | None = None,
) -> Twin:
    """Live one world twice on the same luck, the second time with a change, and return both with all that differs.

    `change` is a mapping of dotted settings, an event (an Event, or a table as in a scenario file), a list of these, or
    another Scenario (or its name, or its file). Settings hold from the start or, with `from_day`, from the start of
    that day on. `until` ends both after so many workdays. Raises InputError where the change cannot be, or where the
    two worlds do not have the same members.
    """
    first = scenario.scenario if isinstance(scenario, Run) else scenario_of(scenario)
    second = _second(first, change, from_day)
    people = make_organization(first, seed) if organization is None else organization
    others = people if _same_people(first, second, organization) else make_organization(second, seed)
    _check_same(first, second, people, others)
    days = first.parameters.days if until is None else min(first.parameters.days, until)
    watch = Watch(Engine(first, people, seed), Engine(second, others, seed))
    watch.advance(days * TICKS_PER_DAY)
    return Twin(watch)


def _second(first: Scenario, change: Change | AnyRun, from_day: float | None) -> Scenario:
    """Return the scenario of the second world: that of another run, one by name or path, or the first with a change."""
    if isinstance(change, Run):
        return change.scenario
    return scenario_of(change) if isinstance(change, str | os.PathLike) else altered(first, change, from_day)


def _numbered(messages: Any, known: dict[tuple[int, ...], int]) -> list[int]:
    """Return a number for each message, the same for the same message in another world that shares `known`."""
    names = ("tick", "author", "issue", "parent", "treatment")
    count: Counter[tuple[int, ...]] = Counter()
    numbers: list[int] = []
    for tick, author, issue, parent, treatment in zip(*(messages[name].tolist() for name in names), strict=True):
        said = (tick, author, issue, numbers[parent] if parent >= 0 else -1, int(treatment > 0))
        count[said] += 1
        numbers.append(known.setdefault((*said, count[said]), len(known)))
    return numbers


def _same_people(first: Scenario, second: Scenario, organization: Organization | None) -> bool:
    return organization is not None or first.has_people_of(second)


def _check_same(first: Scenario, second: Scenario, people: Organization, others: Organization) -> None:
    """Refuse two worlds whose members or days are not the same."""
    if first.parameters.days != second.parameters.days:
        ours, theirs = first.parameters.days, second.parameters.days
        raise InputError(f"one world has {ours} days and the other {theirs}; give both the same", key="days")
    if people is not others and not np.array_equal(people.key, others.key):
        raise InputError(
            f"one world has {people.members:,} members and the other {others.members:,}: "
            "members can only be followed through two worlds that have the same",
            key="organization.members",
        )


def _less(theirs: float | None, ours: float | None) -> float | None:
    return None if theirs is None or ours is None else theirs - ours
