"""The model as Mesa knows it: `ArenaModel`, a `mesa.Model`.

Nothing is computed here. The engine advances; this package lets Mesa's tools (batch_run, DataCollector, SolaraViz,
agent sets) look at its world, and hands the decisions of a few scripted members to Python code. Works with Mesa 3.3 to
3.5.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

try:
    import mesa
except ModuleNotFoundError as error:
    hint = "sim.ArenaModel needs Mesa; install it with: pip install 'internal-social-media[mesa]'"
    raise ModuleNotFoundError(hint, name="mesa") from error
from mesa.agent import AgentSet

from sim import measures
from sim.engine import Engine
from sim.errors import InputError, as_typed, shown
from sim.model import arguments
from sim.model.attributes import Live
from sim.model.members import NO_LEAVING, Member, Members
from sim.model.scripts import Behaviour, Script
from sim.organization import Organization
from sim.parameters import registry
from sim.record import Run
from sim.scenario import issue_number
from sim.state import TICKS_PER_DAY

LONGEST_STEP: Final = int(registry()["days"].high or 0) * TICKS_PER_DAY


def _reporters() -> dict[str, str]:
    """Return what is collected unless a model says otherwise: which run it is, and all its measures."""
    return {name: name for name in ("seed", "tick", *measures.MEASURES)}


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
        seed = arguments.find_seed(rng, kwargs.pop("seed", None))
        super().__init__(rng=seed)
        self.seed = seed
        changes = {arguments.dotted(name, _ARGUMENTS): value for name, value in kwargs.items()}
        if len(changes) < len(kwargs):
            raise InputError("a parameter is given twice, with dots and with underscores", key="kwargs")
        self.settings = arguments.read_scenario(scenario).with_(changes)
        self.ticks_per_step = arguments.check_whole("ticks_per_step", ticks_per_step, 1, LONGEST_STEP)
        self._made: dict[int, Member] = {}
        self._kinds: dict[int, type[Member]] = {}
        self._broken = False
        self._measured: tuple[int, dict[str, float | None]] = (-1, {})
        people = arguments.read_organization(organization, self.settings, seed, changes)
        self.engine = Engine(self.settings, people, seed, self._scripts(people, behaviours or {}, members or {}))
        self.datacollector = mesa.DataCollector(model_reporters=_reporters())

    def _scripts(self, people: Organization, behaviours: Any, members: Any) -> dict[int, Script]:
        """Return, by row, what Python decides for single members."""
        for name, given in {"behaviours": behaviours, "members": members}.items():
            if not isinstance(given, Mapping):
                raise InputError(f"{name} = {as_typed(given)} is not a dict by member id", key=name)
        for name, kind in members.items():
            if not (isinstance(kind, type) and issubclass(kind, Member) and hasattr(kind, "decide")):
                expected = "a subclass of Member with a method decide(self, moment, coefficients)"
                raise InputError(f"for member {name}, {shown(kind)} is not {expected}", key=name, expected=expected)
        self._kinds = {arguments.find_row(people, name): kind for name, kind in members.items()}
        deciding: dict[int, Any] = {row: kind(self, row) for row, kind in self._kinds.items()}
        scripts = {row: Script(people.ids[row], each.decide) for row, each in deciding.items()}
        for name, behaviour in behaviours.items():
            row = arguments.find_row(people, name)
            if row in scripts:
                raise InputError(f"member {name} is given two behaviours, but only one can decide", key=name)
            scripts[row] = Script(people.ids[row], behaviour)
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
            raise RuntimeError("The run broke off in the middle of a step: build a new model.")
        super()._wrapped_step(*args, **kwargs)

    # ------------------------------------------------------------ members

    def member(self, which: str | int) -> Member:
        """Return a member by id (`ceo` is whoever is at the top) or by row; InputError where there is none."""
        found = self._made.get(which) if isinstance(which, int) else None
        if found is None:
            row = self._row_of(which)
            found = self._made.get(row) or self._kinds.get(row, Member)(self, row)
        return found

    def _row_of(self, which: str | int) -> int:
        if isinstance(which, str):
            return self.engine.row_of(which)
        return arguments.check_whole("row", which, 0, self.engine.organization.members - 1)

    def members_at(self, rows: Iterable[int]) -> AgentSet:
        """Return the members of some rows."""
        return AgentSet(map(self.member, rows), self.random)

    def column(self, name: str) -> list[Any] | None:
        """Return a live attribute of all members, in row order, without making any; None where that cannot be."""
        live = inspect.getattr_static(Member, name, None)
        return live.column(self.engine.world) if isinstance(live, Live) and not self._kinds else None

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

    def result(self) -> Run:
        """Return the run so far, with all its tables, to keep and to save; the model may go on."""
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


_ARGUMENTS: Final = tuple(name for name in inspect.signature(ArenaModel).parameters if name != "kwargs")
