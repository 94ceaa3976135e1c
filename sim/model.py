"""The model as Mesa knows it: `ArenaModel`, a `mesa.Model`, and `Member`, a `mesa.Agent` that is a view on one row.

Nothing is computed here. The engine advances; this file lets Mesa's tools (batch_run, DataCollector, SolaraViz, agent
sets) look at its world, and hands the decisions of a few scripted members to Python code. Works with Mesa 3.3 to 3.5.
"""

import copy
import inspect
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import mesa
import numpy as np
from mesa.agent import AgentSet

from sim import kernel, measures
from sim.engine import Engine, make_organization
from sim.errors import InputError, nearest, shown, told
from sim.organization import Organization, read
from sim.parameters import Coefficients, registry
from sim.population import FEWEST_ITEMS
from sim.scenario import Scenario, issue_number, load
from sim.state import BELIEF_FIELDS, MAX_ATTENTION, MEMBER_FIELDS, TICKS_PER_DAY
from sim.terms import STRATEGIES, Choice, Luck, Moment, Role, Strategy

if TYPE_CHECKING:
    from sim.record import Run

Behaviour: TypeAlias = Callable[..., Choice | Strategy]
"""Decides for one member: called with (moment, coefficients), or (moment, coefficients, luck) where it takes three."""

SEEDS: Final = 2**31
"""Seeds that are drawn, rather than given, are below this, so that people can type them."""
LARGEST_SEED: Final = 2**63 - 1
LONGEST_STEP: Final = int(registry()["days"].high or 0) * TICKS_PER_DAY
LOG_BOUND: Final = 10.0
"""How far the two attributes on a log scale can be set from 0; e**10 is 22,000."""
LARGEST_RATE: Final = 1000.0
NO_LEAVING: Final = "Members neither join nor leave during a run."
_WHOLE: Final = (int, np.integer)
_NUMBER: Final = (*_WHOLE, float, np.floating)

_MEANING: Final = {name: meaning for name, *_, meaning in (*MEMBER_FIELDS, *BELIEF_FIELDS)}


# ---------------------------------------------------------------- the attributes of a member


class _Live:
    """An attribute that is a field of the world: read as it is now; set, where bounds are given, within them.

    Named by the attribute it is assigned to; its meaning is that of the field in state.py.
    """

    def __init__(self, table: str, low: float | None = None, high: float | None = None) -> None:
        self.table, self.low, self.high = table, low, high

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.fields: tuple[str, ...] = (name,)
        self.__doc__ = _MEANING[name]

    def __get__(self, member: "Member | None", owner: type | None = None) -> Any:
        if member is None:
            return self
        table = getattr(member.model.engine.world, self.table)
        values = [table[field][member.row].item() for field in self.fields]
        return values[0] if len(values) == 1 else sum(values) / len(values)

    def __set__(self, member: "Member", value: float) -> None:
        if self.low is None or self.high is None:
            raise AttributeError(f"{self.name} cannot be set: it is what happened in the run, or who the member is.")
        world, now = member.model.engine.world, _checked_number(self.name, value, self.low, self.high)
        for field in self.fields:
            table = getattr(world, self.table)
            if table[field].dtype.kind == "i" and now != int(now):
                raise InputError(f"{self.name} = {told(value)} is not a whole number", key=self.name)
            table[field][member.row] = now
            if self.table == "beliefs" and member.model.tick == 0:
                world.start[field][member.row] = now

    def column(self, world: Any) -> list[Any]:
        """Return the attribute of all members, in row order."""
        columns = [getattr(world, self.table)[field] for field in self.fields]
        return (columns[0] if len(columns) == 1 else sum(columns) / len(columns)).tolist()


class _Mean(_Live):
    """An attribute that is the mean of several fields; setting it sets them all."""

    def __init__(self, table: str, fields: tuple[str, ...], meaning: str) -> None:
        super().__init__(table, 0.0, 1.0)
        self._of, self._meaning = fields, meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.fields, self.__doc__ = name, self._of, self._meaning


def _belief(low: float = 0.0, high: float = 1.0) -> Any:
    return _Live("beliefs", low, high)


def _trait(low: float = 0.0, high: float = 1.0) -> Any:
    return _Live("members", low, high)


def _fact() -> Any:
    return _Live("members")


def _checked_number(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as a float; InputError where it is no number from `low` to `high`."""
    if isinstance(value, _NUMBER) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    expected = f"a number from {low:g} to {high:g}"
    raise InputError(f"{name} = {told(value)} is not {expected}", key=name, expected=expected)


# ---------------------------------------------------------------- members


class Member(mesa.Agent):
    """One member of the organisation: a view on row `row` of the world, so that every attribute is as it is now.

    Traits and beliefs can be set, within their bounds. What is set before the first tick is where the run starts, and
    so where forgetting leads back to; what is set later fades overnight like anything learnt. Made by the model alone:
    ask it for `model.member("m12")` or for `model.agents`. A subclass with a method
    `decide(self, moment, coefficients)`, or `decide(self, moment, coefficients, luck)`, decides for its member:
    `ArenaModel(members={"m12": MySceptic})`.
    """

    model: "ArenaModel"
    unique_id: int
    row: int

    psychological_safety: Any = _Mean(
        "beliefs",
        ("safety_line_manager", "safety_executives"),
        "mean of the safety felt towards the line manager and towards executives; setting it sets both",
    )
    safety_line_manager: Any = _belief()
    safety_executives: Any = _belief()
    voice_efficacy: Any = _belief()
    licence_to_critique: Any = _belief()
    credibility: Any = _belief()
    imagined_audience_size: Any = _belief()
    manager_reads: Any = _belief()
    executives_read: Any = _belief()
    persistence: Any = _belief()
    identifiability: Any = _belief()
    identification: Any = _belief()
    engagement: Any = _belief()
    recognition: Any = _belief()
    knows_whom: Any = _belief()
    habit: Any = _belief(-LOG_BOUND, LOG_BOUND)

    voice_propensity: Any = _trait()
    risk_sensitivity: Any = _trait()
    implicit_voice_theory: Any = _trait()
    attention: Any = _trait(FEWEST_ITEMS, MAX_ATTENTION)
    base_visits: Any = _trait(0.0, LARGEST_RATE)
    occasions_per_visit: Any = _trait(0.0, LARGEST_RATE)
    openness_leaning: Any = _trait(-LOG_BOUND, LOG_BOUND)

    level: Any = _fact()
    last_visit: Any = _fact()
    visits: Any = _fact()
    items_read: Any = _fact()
    posts: Any = _fact()
    comments: Any = _fact()
    likes_given: Any = _fact()
    likes_received: Any = _fact()
    comments_received: Any = _fact()
    occasions: Any = _fact()
    spoken: Any = _fact()
    withheld: Any = _fact()

    def __init__(self, model: "ArenaModel", row: int) -> None:
        self.row = row
        super().__init__(model)

    def __setattr__(self, name: str, value: Any) -> None:
        if type(self) is Member and name not in _OWN and not hasattr(Member, name):
            settable = [each for each, live in vars(Member).items() if isinstance(live, _Live) and live.low is not None]
            problem = f"a Member has no attribute '{shown(name)}' to set; a subclass may have its own"
            raise InputError(problem, key=name, nearest=nearest(name, settable))
        super().__setattr__(name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Member":
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
        return organization.departments[organization.department[self.row]]

    @property
    def location(self) -> str:
        """Name of the place of work."""
        organization = self.model.engine.organization
        return organization.locations[organization.location[self.row]]

    @property
    def manager(self) -> "Member | None":
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
                position[name] = _checked_number(name, value, -1.0 if name == "stance" else 0.0, 1.0)
                if self.model.tick == 0:
                    position[f"start_{name}"] = position[name]

    def _position(self, issue: str | int) -> Any:
        return self.model.engine.world.positions[self.row, self.model.issue_number(issue)]


_OWN: Final = frozenset({"row", "model", "unique_id", "pos"})


class Members(AgentSet):
    """All members, in row order: an AgentSet that makes a Member only when one is asked for.

    What is selected, grouped, shuffled or sorted from it is an ordinary AgentSet.
    """

    def __init__(self, model: "ArenaModel") -> None:
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
            return super().get(attr_names, handle_missing, default_value)
        return columns[0] if isinstance(attr_names, str) else [list(row) for row in zip(*columns, strict=True)]

    def add(self, agent: Any) -> None:  # noqa: ARG002
        """Refuse: members neither join nor leave during a run."""
        raise TypeError(NO_LEAVING)

    discard = remove = add


def _refuse_in_place(inplace: bool) -> None:
    if inplace:
        raise ValueError("Members keep the order of their rows: leave inplace=True off and use the set returned.")


# ---------------------------------------------------------------- members whom Python decides for


def by_the_rules(moment: Moment, coefficients: Coefficients, luck: Luck) -> Choice:
    """Decide as the compiled rules would: for behaviours that only now and then want something else."""
    return kernel.speak(moment, coefficients, luck)


class _Script:
    """The behaviour of one member as the engine calls it; what it returns is checked."""

    def __init__(self, member: str, behaviour: Behaviour) -> None:
        self.member = member
        self.behaviour = behaviour
        self.takes_luck = _takes_luck(behaviour, member)

    def __call__(self, moment: Moment, coefficients: Coefficients, luck: Luck) -> Choice | Strategy:
        try:
            made = (
                self.behaviour(moment, coefficients, luck) if self.takes_luck else self.behaviour(moment, coefficients)
            )
        except Exception as error:
            error.add_note(f"This happened in the behaviour of member {self.member}.")
            raise
        problem = _problem_with(made, moment)
        if problem:
            raise InputError(f"the behaviour of member {self.member} returned {shown(repr(made))}: {problem}")
        return made


def _takes_luck(behaviour: Any, member: str) -> bool:
    """Say whether a behaviour takes luck beside (moment, coefficients); InputError where it takes neither."""
    rule = "a function of (moment, coefficients) or of (moment, coefficients, luck)"
    if not callable(behaviour):
        raise InputError(f"the behaviour of member {member}, {told(behaviour)}, is not {rule}", expected=rule)
    try:
        signature = inspect.signature(behaviour)
    except ValueError:  # some of Python's own functions do not tell
        raise InputError(f"the behaviour of member {member} does not tell what it takes", expected=rule) from None
    positional = [each for each in signature.parameters.values() if each.kind <= each.POSITIONAL_OR_KEYWORD]
    third = positional[2] if len(positional) > 2 else None
    takes_luck = third is not None and (third.default is third.empty or third.name == "luck")
    try:
        signature.bind(*([None] * (3 if takes_luck else 2)))
    except TypeError:
        problem = f"the behaviour of member {member} takes {signature}, but it should be {rule}"
        raise InputError(problem, expected=rule) from None
    return takes_luck


def _problem_with(made: Any, moment: Moment) -> str:
    """Return what is wrong with what a behaviour returned, in words; nothing where it can be done."""
    strategy, p_spoken = (made.strategy, made.p_spoken) if isinstance(made, Choice) else (made, 0.0)
    if not isinstance(made, Choice | Strategy):
        return f"that is of type {type(made).__name__}, not a Strategy, such as Strategy.withhold, or a Choice"
    if not isinstance(strategy, _WHOLE) or not 0 <= strategy < STRATEGIES:
        return "that is no strategy that can be carried out"
    if not (isinstance(p_spoken, _NUMBER) and 0.0 <= p_spoken <= 1.0):
        return "its p_spoken is not a number from 0 to 1"
    if strategy == Strategy.anonymous and moment.anonymous_open == 0.0:
        return "anonymous messages are not allowed here (moment.anonymous_open is 0)"
    if strategy == Strategy.narrow and moment.narrow_open == 0.0:
        return "there is no narrower audience here, as for any comment (moment.narrow_open is 0)"
    return ""


# ---------------------------------------------------------------- what a model is asked for


@cache
def keywords() -> dict[str, str]:
    """Return the dotted name of each keyword: `visibility_scope` is visibility.scope; `issues_0_...` are not listed."""
    return {name.replace(".", "_"): name for name in registry() if "<n>" not in name}


def dotted(keyword: str) -> str:
    """Return the parameter that a keyword means; InputError, naming the nearest, where there is none."""
    if keyword in keywords():
        return keywords()[keyword]
    issue = re.fullmatch(r"issues_(\d{1,3})_(\w+)", keyword)
    if issue and f"issues.<n>.{issue[2]}" in registry():
        return f"issues.{issue[1]}.{issue[2]}"
    if "." in keyword:
        return keyword
    arguments = [name for name in inspect.signature(ArenaModel).parameters if name != "kwargs"]
    likely = nearest(keyword, [*arguments, *registry()])
    meant = likely and likely.replace("<n>", "0").replace(".", "_")
    raise InputError(f"ArenaModel has no parameter '{shown(keyword)}'", key=keyword, nearest=meant)


def _scenario(scenario: Any) -> Scenario:
    if isinstance(scenario, Scenario):
        return scenario
    if scenario is None or isinstance(scenario, str | os.PathLike):
        return load("baseline" if scenario is None else scenario)
    expected = "a Scenario of sim.load, the name of one in the gallery, or the path of a .toml file"
    raise InputError(f"scenario = {told(scenario)} is not {expected}", key="scenario", expected=expected)


def _seed(rng: Any, seed: Any) -> int:
    """Return the seed that `rng`, or its older name `seed`, gives; drawn where both are None."""
    if rng is not None and seed is not None:
        raise InputError("rng and seed are two names of one thing: give only rng", key="seed")
    wanted = seed if rng is None else rng
    if isinstance(wanted, str) and re.fullmatch(r"\s*[0-9]{1,19}\s*", wanted):
        wanted = int(wanted)  # typed into a text field of SolaraViz
    if isinstance(wanted, _WHOLE):
        return _checked_whole("rng", wanted, 0, LARGEST_SEED)
    try:
        return int(np.random.default_rng(wanted).integers(SEEDS))
    except (TypeError, ValueError):
        expected = "a whole number from 0 up, a numpy Generator, or None"
        raise InputError(f"rng = {told(wanted)} is not {expected}", key="rng", expected=expected) from None


def _checked_whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, _WHOLE) and not isinstance(value, bool) and low <= value <= high:
        return int(value)
    expected = f"a whole number from {low:,} to {high:,}"
    raise InputError(f"{name} = {told(value)} is not {expected}", key=name, expected=expected)


def _organization(given: Any, scenario: Scenario, seed: int, changes: Iterable[str]) -> Organization:
    """Return the organisation given, read where it is a path; made up as the scenario says where it is None."""
    if given is None:
        return make_organization(scenario, seed)
    unheeded = next((name for name in changes if name.startswith("organization.")), None)
    if unheeded:
        raise InputError(f"{unheeded} is about an organisation to be made up, but one is given", key=unheeded)
    if isinstance(given, Organization):
        return given
    if isinstance(given, str | os.PathLike):
        return read(given, wanted=scenario.parameters.organization, seed=seed)[0]
    expected = "an Organization, or the path of a CSV file"
    raise InputError(f"organization = {told(given)} is not {expected}", key="organization", expected=expected)


def _row(people: Organization, member: str) -> int:
    return people.top if member == "ceo" else people.row_of(member)


def _reporters() -> dict[str, str]:
    """Return what is collected unless a model says otherwise: which run it is, and all its measures."""
    return {name: name for name in ("seed", "tick", *measures.MEASURES)}


# ---------------------------------------------------------------- the model


class ArenaModel(mesa.Model):
    """A run as a Mesa model: `step()` until `running` is False; `agents` are Members; `measures` what came of it.

    `scenario` is a Scenario, the name of one in the gallery, or the path of a file; the baseline where None. `rng` is
    the seed, a whole number; None draws one, and of a numpy Generator (or anything else that numpy's default_rng takes)
    one number is drawn. It is kept as `seed`, so that every run can be repeated; `seed=` is understood as well, which
    in `mesa.batch_run` means the same to all versions of Mesa. A step is `ticks_per_step` working hours: 8 make it a
    day; numbers do not depend on it. `organization` is an Organization, or the path of a CSV file, instead of one made
    up. `behaviours` are functions of (moment, coefficients), or of (moment, coefficients, luck), that decide for single
    members, by id; `members` are subclasses of Member whose method `decide` does. All other keywords are parameters,
    with underscores for dots: `visibility_scope="team"`, `days=30`, `issues_0_salience=2`,
    `population_safety_mean=0.6`.

    The Scenario with these changes is `settings` (Mesa's own `scenario` is None), the engine `engine`.
    `datacollector` collects the seed, the tick and every measure at each step; it may be replaced. Raises InputError
    where anything is not what it should be.
    """

    def __init__(
        self,
        scenario: Any = None,
        rng: Any = None,
        ticks_per_step: int = 1,
        *,
        organization: Any = None,
        behaviours: Mapping[str, Behaviour] | None = None,
        members: Mapping[str, type[Member]] | None = None,
        **kwargs: Any,  # SolaraViz knows it by this name alone
    ) -> None:
        seed = _seed(rng, kwargs.pop("seed", None))
        super().__init__(rng=seed)
        self.seed = seed
        changes = {dotted(name): value for name, value in kwargs.items()}
        if len(changes) < len(kwargs):
            raise InputError("a parameter is given twice, with dots and with underscores", key="kwargs")
        self.settings = _scenario(scenario).with_(changes)
        self.ticks_per_step = _checked_whole("ticks_per_step", ticks_per_step, 1, LONGEST_STEP)
        self._made: dict[int, Member] = {}
        self._kinds: dict[int, type[Member]] = {}
        self._broken = False
        self._measured: tuple[int, dict[str, float | None]] = (-1, {})
        people = _organization(organization, self.settings, seed, changes)
        self.engine = Engine(self.settings, people, seed, self._scripts(people, behaviours or {}, members or {}))
        self.datacollector = mesa.DataCollector(model_reporters=_reporters())

    def _scripts(self, people: Organization, behaviours: Any, members: Any) -> dict[int, _Script]:
        """Return, by row, what Python decides for single members."""
        for name, given in {"behaviours": behaviours, "members": members}.items():
            if not isinstance(given, Mapping):
                raise InputError(f"{name} = {told(given)} is not a dict by member id", key=name)
        for name, kind in members.items():
            if not (isinstance(kind, type) and issubclass(kind, Member) and hasattr(kind, "decide")):
                expected = "a subclass of Member with a method decide(self, moment, coefficients)"
                raise InputError(f"for member {name}, {shown(kind)} is not {expected}", key=name, expected=expected)
        self._kinds = {_row(people, name): kind for name, kind in members.items()}
        deciding: dict[int, Any] = {row: kind(self, row) for row, kind in self._kinds.items()}
        scripts = {row: _Script(people.ids[row], each.decide) for row, each in deciding.items()}
        for name, behaviour in behaviours.items():
            row = _row(people, name)
            if row in scripts:
                raise InputError(f"member {name} is given two behaviours, but only one can decide", key=name)
            scripts[row] = _Script(people.ids[row], behaviour)
        return scripts

    # ------------------------------------------------------------ time

    @property
    def tick(self) -> int:
        """The working hour that comes next, from 0."""
        return self.engine.tick

    @property
    def day(self) -> int:
        """The workday of that hour, from 0."""
        return self.tick // TICKS_PER_DAY

    @property
    def hour(self) -> int:
        """The hour of that day, 0 to 7."""
        return self.tick % TICKS_PER_DAY

    def step(self) -> None:
        """Advance by `ticks_per_step` hours, at most to the end of the run, where `running` becomes False."""
        before = self.tick
        try:
            self.engine.advance(before + self.ticks_per_step)
            if self.tick >= self.engine.ticks:
                self.running = False
            if self.tick > before:
                self.datacollector.collect(self)
        except BaseException:
            self.running, self._broken = False, True
            raise

    def _wrapped_step(self, *args: Any, **kwargs: Any) -> None:
        """Refuse to go on after an error, where the hour is half done and Mesa 3.5 would silently do nothing."""
        if self._broken:
            raise RuntimeError("The run broke off in the middle of a step: build the model anew.")
        super()._wrapped_step(*args, **kwargs)

    # ------------------------------------------------------------ members

    def member(self, which: str | int) -> Member:
        """Return a member by id (`ceo` is whoever is at the top) or by row; InputError where there is none."""
        found = self._made.get(which) if isinstance(which, int) else None
        if found is None:
            last = self.engine.organization.members - 1
            row = self.engine.row_of(which) if isinstance(which, str) else _checked_whole("row", which, 0, last)
            found = self._made.get(row) or self._kinds.get(row, Member)(self, row)
        return found

    def members_at(self, rows: Iterable[int]) -> AgentSet:
        """Return the members of some rows."""
        return AgentSet(map(self.member, rows), self.random)

    def column(self, name: str) -> list[Any] | None:
        """Return a live attribute of all members, in row order, without making any; None where that cannot be."""
        live = inspect.getattr_static(Member, name, None)
        return live.column(self.engine.world) if isinstance(live, _Live) and not self._kinds else None

    @property
    def agents(self) -> AgentSet:
        """All members; each is made when it is first asked for."""
        return Members(self)

    @property
    def agent_types(self) -> list[type]:
        """Member, and its subclasses that decide for somebody."""
        return list(self.agents_by_type)

    @property
    def agents_by_type(self) -> dict[Any, AgentSet]:
        """The members of each class."""
        if not self._kinds:
            return {Member: self.agents}
        return dict(self.agents.groupby(type).groups)

    def register_agent(self, agent: Any) -> None:
        """Take note of a Member that is made; Mesa calls it."""
        if not isinstance(agent, Member) or agent.row in self._made:
            raise TypeError("The agents of an ArenaModel are its members, made when model.agents is asked for them.")
        agent.unique_id = agent.row + 1
        self._made[agent.row] = agent
        getattr(mesa.Agent, "_ids", {}).pop(self, None)  # Mesa 3.3 would keep the model for ever

    def deregister_agent(self, agent: Any) -> None:  # noqa: ARG002
        """Refuse: members neither join nor leave during a run."""
        raise TypeError(NO_LEAVING)

    # ------------------------------------------------------------ what came of it

    @property
    def measures(self) -> dict[str, float | None]:
        """Each measure over the run so far; None where there is nothing to measure yet."""
        if self._measured[0] != self.tick:  # many reporters ask after each step
            self._measured = self.tick, measures.final(self.engine.world, self.engine.organization)
        return dict(self._measured[1])

    def __getattr__(self, name: str) -> Any:
        """Return a measure by its name, NaN where there is none yet, so that reporters may be names of measures."""
        if name not in measures.MEASURES or "engine" not in self.__dict__:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        value = self.measures[name]
        return math.nan if value is None else value

    def result(self) -> "Run":
        """Return the run so far, with all its tables, to keep and to save; the model may go on."""
        from sim.record import Run

        return Run(self.engine.copy())

    def issue_number(self, issue: str | int) -> int:
        """Return the number of an issue, given by its name or number; InputError where there is none."""
        return issue_number(self.settings.parameters, issue)

    @property
    def scenario(self) -> None:
        """Nothing: Mesa 3.5 would put a scenario of its own here, which SolaraViz then hands on; see `settings`."""
        return None

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        pass
