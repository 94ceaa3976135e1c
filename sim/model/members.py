"""Members as Mesa knows them: `Member`, a `mesa.Agent` that is a view on one row, and the set of all of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any, Final, Protocol

import mesa
from mesa.agent import AgentSet

from sim.engine import Engine
from sim.errors import InputError, nearest, shown
from sim.model.attributes import LARGEST_RATE, LOG_BOUND, Beliefs, Live, Mean, check_number, fact, trait
from sim.state import MAX_ATTENTION, MIN_ATTENTION
from sim.terms import Role

NO_LEAVING: Final = "Members neither join nor leave during a run."


class Model(Protocol):
    """What members need of the model that they belong to."""

    engine: Engine
    random: Random

    @property
    def tick(self) -> int:
        """The working hour that comes next."""

    def member(self, which: str | int) -> Member:
        """Return a member by id or row."""

    def members_at(self, rows: Iterable[int]) -> AgentSet:
        """Return the members of some rows."""

    def column(self, name: str) -> list[Any] | None:
        """Return a live attribute of all members without making any; None where that cannot be."""

    def issue_number(self, issue: str | int) -> int:
        """Return the number of an issue."""


class Member(Beliefs, mesa.Agent):
    """One member of the organisation: a view on row `row` of the world, so that every attribute is as it is now.

    Traits and beliefs can be set, within their bounds. What is set before the first tick is where the run starts, and
    so where forgetting leads back to; what is set later fades overnight like anything learnt. Made by the model alone:
    ask it for `model.member("m12")` or for `model.agents`. A subclass with a method
    `decide(self, moment, coefficients)`, or `decide(self, moment, coefficients, luck)`, decides for its member:
    `ArenaModel(members={"m12": MySceptic})`.
    """

    model: Model
    unique_id: int
    row: int

    psychological_safety: Any = Mean(
        "beliefs",
        ("safety_line_manager", "safety_executives"),
        "mean of the safety felt towards the line manager and towards executives; setting it sets both",
    )

    voice_propensity: Any = trait()
    risk_sensitivity: Any = trait()
    implicit_voice_theory: Any = trait()
    attention: Any = trait(MIN_ATTENTION, MAX_ATTENTION)
    base_visits: Any = trait(0.0, LARGEST_RATE)
    occasions_per_visit: Any = trait(0.0, LARGEST_RATE)
    openness_leaning: Any = trait(-LOG_BOUND, LOG_BOUND)

    level: Any = fact()
    last_visit: Any = fact()
    visits: Any = fact()
    items_read: Any = fact()
    posts: Any = fact()
    comments: Any = fact()
    likes_given: Any = fact()
    likes_received: Any = fact()
    comments_received: Any = fact()
    occasions: Any = fact()
    spoken: Any = fact()
    withheld: Any = fact()

    def __init__(self, model: Model, row: int) -> None:
        self.row = row
        super().__init__(model)

    def __setattr__(self, name: str, value: Any) -> None:
        if type(self) is Member and name not in _OWN and not hasattr(Member, name):
            fields = {**vars(Beliefs), **vars(Member)}
            settable = [each for each, live in fields.items() if isinstance(live, Live) and live.low is not None]
            problem = f"a Member has no attribute '{shown(name)}' to set; a subclass may have its own"
            raise InputError(problem, key=name, nearest=nearest(name, settable))
        super().__setattr__(name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Member:
        if id(self.model) not in memo:  # Mesa 3.5 copies what reporters return: a view alone is not worth a world
            return self
        memo[id(self)] = twin = type(self).__new__(type(self))
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}: {self.name}, {self.title}>"

    # ------------------------------------------------------------ who

    @property
    def id(self) -> str:
        """What the member is called in files: `m12`."""
        return str(self.model.engine.organization.ids[self.row])

    @property
    def name(self) -> str:
        """First and last name."""
        return str(self.model.engine.organization.names[self.row])

    @property
    def title(self) -> str:
        """The position in words."""
        return str(self.model.engine.organization.titles[self.row])

    @property
    def role(self) -> Role:
        """Coworker, line manager, executive or communicator."""
        return Role(int(self.model.engine.organization.role[self.row]))

    @property
    def department(self) -> str:
        """Name of the department."""
        organization = self.model.engine.organization
        return str(organization.departments[organization.department[self.row]])

    @property
    def location(self) -> str:
        """Name of the place of work."""
        organization = self.model.engine.organization
        return str(organization.locations[organization.location[self.row]])

    @property
    def manager(self) -> Member | None:
        """The line manager; None at the top."""
        row = int(self.model.engine.organization.manager[self.row])
        return self.model.member(row) if row >= 0 else None

    @property
    def reports(self) -> AgentSet:
        """Those whose line manager the member is."""
        organization = self.model.engine.organization
        first, last = organization.children_start[self.row : self.row + 2]
        return self.model.members_at(organization.children[first:last])

    @property
    def team(self) -> AgentSet:
        """Those with the same line manager, oneself included; empty at the top."""
        manager = self.manager
        return manager.reports if manager is not None else self.model.members_at(())

    @property
    def ties(self) -> AgentSet:
        """Those with whom the member has an informal tie."""
        world = self.model.engine.world
        return self.model.members_at(world.tie_member[world.tie_start[self.row] : world.tie_start[self.row + 1]])

    # ------------------------------------------------------------ where they stand

    def stance(self, issue: str | int) -> float:
        """Return the private view of an issue (its name or number), from -1, against, to 1, in favour."""
        return float(self._position(issue)["stance"])

    def concern(self, issue: str | int) -> float:
        """Return how much an issue matters to the member, in [0, 1]."""
        return float(self._position(issue)["concern"])

    def climate(self, issue: str | int) -> float:
        """Return which share of colleagues the member believes to be in favour of an issue."""
        return float(self._position(issue)["climate"])

    def hold(
        self,
        issue: str | int,
        *,
        stance: float | None = None,
        concern: float | None = None,
        climate: float | None = None,
    ) -> None:
        """Set what the member thinks of an issue; InputError where a number is out of bounds."""
        position = self._position(issue)
        for name, value in {"stance": stance, "concern": concern, "climate": climate}.items():
            if value is not None:
                position[name] = check_number(name, value, -1.0 if name == "stance" else 0.0, 1.0)
                if self.model.tick == 0:
                    position[f"start_{name}"] = position[name]

    def _position(self, issue: str | int) -> Any:
        return self.model.engine.world.positions[self.row, self.model.issue_number(issue)]


_OWN: Final = frozenset({"row", "model", "unique_id", "pos"})


class Members(AgentSet):
    """All members, in row order: an AgentSet that makes a Member only when one is asked for.

    What is selected, grouped, shuffled or sorted from it is an ordinary AgentSet.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.random = model.random

    @property
    def _agents(self) -> Any:
        """What Mesa's own methods work on: weak references to all members, which the model keeps alive."""
        return AgentSet(self, self.random)._agents

    def __len__(self) -> int:
        return self._model.engine.organization.members

    def __iter__(self) -> Iterator[Any]:
        return map(self._model.member, range(len(self)))

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, Member) and agent.model is self._model

    def __getitem__(self, item: Any) -> Any:
        rows = range(len(self))[item]
        return list(map(self._model.member, rows)) if isinstance(rows, range) else self._model.member(rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return AgentSet, (list(self), self.random)

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> AgentSet:
        return AgentSet(it)

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: float = math.inf,
        inplace: bool = False,
        agent_type: type[Any] | None = None,
    ) -> AgentSet:
        """Return those for whom `filter_func` is true, at most so many (a float up to 1: that share), of that type."""
        _refuse_in_place(inplace)
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        kind = agent_type or Member
        found = (each for each in self if isinstance(each, kind) and (filter_func is None or filter_func(each)))
        return AgentSet(found if at_most == math.inf else islice(found, int(at_most)), self.random)

    def shuffle(self, inplace: bool = False) -> AgentSet:
        """Return all members in an order drawn from the model's `random`."""
        _refuse_in_place(inplace)
        return super().shuffle()

    def sort(self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False) -> AgentSet:
        """Return all members in the order of an attribute or a function, the largest first unless `ascending`."""
        _refuse_in_place(inplace)
        return super().sort(key, ascending)

    def groupby(self, by: Callable[[Any], Any] | str, result_type: Any = "agentset") -> Any:
        """Return the members grouped by an attribute or a function, as Mesa's GroupBy."""
        return AgentSet(self, self.random).groupby(by, result_type)

    def get(self, attr_names: Any, handle_missing: Any = "error", default_value: Any = None) -> list[Any]:
        """Return an attribute, or a list of several, of each member; a live attribute without making any Member."""
        names = [attr_names] if isinstance(attr_names, str) else list(attr_names)
        columns = [column for name in names if (column := self._model.column(name)) is not None]
        if len(columns) < len(names):
            return list(super().get(attr_names, handle_missing, default_value))
        return columns[0] if isinstance(attr_names, str) else [list(row) for row in zip(*columns, strict=True)]

    def add(self, agent: Any) -> None:  # noqa: ARG002
        """Refuse: members neither join nor leave during a run."""
        raise TypeError(NO_LEAVING)

    discard = remove = add


def _refuse_in_place(inplace: bool) -> None:
    if inplace:
        raise ValueError("Members keep the order of their rows: leave inplace=True off and use the set returned.")
