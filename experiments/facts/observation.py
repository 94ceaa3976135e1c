"""One seed of a scenario as the facts look at it: arrays of a run, and further runs for what one run cannot show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.facts.worlds import mean_willingness
from sim import kernel
from sim.engine import Engine
from sim.organization import Organization
from sim.parameters import Coefficients
from sim.scenario import Scenario
from sim.spiral.voice import whole_ledger
from sim.state import TICKS_PER_DAY, Clock, Errand, World
from sim.terms import Choice, Kind, Moment, Response

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

HALF_YEAR = 120
"""Workdays of six months, holidays left aside."""
MONTH = 20
"""Workdays of a month."""
TALKS = 10
"""Workdays from whose occasions the willingness to talk in private is taken."""
BURN_IN = 20
"""Workdays in which beliefs settle, with levers standing still."""
TREND_DAYS = 10
"""Workdays over which a trend is given."""


@dataclass(frozen=True)
class Replies:
    """Who answered whom, and after how long; of an arena or of e-mail."""

    one: Rows
    """[k] the member who answered."""
    other: Rows
    """[k] the member answered."""
    hours: Numbers
    """[k] working hours from a message to its answer; NaN where this is not the first answer to the message."""


@dataclass(frozen=True)
class History:
    """One run from its first day to its last."""

    world: World
    organization: Organization
    ledger: Any
    """OCCASION[k], every wish that was weighed."""

    @property
    def days(self) -> int:
        """How long it was, in workdays."""
        return int(self.world.clock[Clock.tick]) // TICKS_PER_DAY

    @cached_property
    def messages(self) -> Any:
        """MESSAGE[k], everything that was published."""
        return self.world.messages[: int(self.world.clock[Clock.messages])]

    @cached_property
    def replies(self) -> Replies:
        """Every comment on somebody else's message."""
        messages = self.messages
        answered = np.flatnonzero(messages["parent"] >= 0)
        parent = messages["parent"][answered]
        one, other = messages["author"][answered], messages["author"][parent]
        hours = (messages["tick"][answered] - messages["tick"][parent]).astype(float)
        _, first = np.unique(parent, return_index=True)
        later = np.ones(len(answered), bool)
        later[first] = False
        hours[later] = np.nan
        others = one != other
        return Replies(one[others].astype(np.int64), other[others].astype(np.int64), hours[others])

    @cached_property
    def replied(self) -> Rows:
        """[k] for each message, how many answers by others it got."""
        messages = self.messages
        comments = np.flatnonzero(messages["parent"] >= 0)
        parent = messages["parent"][comments]
        by_others = messages["author"][comments] != messages["author"][parent]
        return np.bincount(parent[by_others], minlength=len(messages))

    @cached_property
    def conversational(self) -> NDArray[np.bool_]:
        """[k] for each message, whether it is part of the talk: no formal answer of a leader to a message."""
        return np.asarray(self.messages["treatment"] == Response.none)


class Readings(NamedTuple):
    """Who read what, each pair once."""

    reader: Rows
    """[k] the member who read."""
    message: Rows
    """[k] the row of the message that was read."""


class Talks(NamedTuple):
    """Critical wishes, questions left aside, weighed for the arena and for a talk in private."""

    member: Rows
    issue: Rows
    arena: Numbers
    """[k] P(spoken) in the arena."""
    private: Numbers
    """[k] P(spoken, not kept back) in a talk with one colleague."""


class Way(NamedTuple):
    """What a run showed on its way."""

    talks: Talks
    settled: float
    """Mean willingness after the burn-in."""
    run: History
    ended: float
    """Mean willingness at the scenario's end."""
    onward: Engine
    """The run itself, which stands at the scenario's end and may have days left."""


@dataclass(frozen=True)
class Observation:
    """What one seed of a scenario shows; each run is made when it is first asked for."""

    scenario: Scenario
    seed: int
    organization: Organization | None = None

    @cached_property
    def _way(self) -> Way:
        """The scenario, on its way to six months if it is shorter: the days that both share are run once."""
        days = self.scenario.parameters.days
        return travel(self._engine(lasting(self.scenario, max(days, HALF_YEAR))), days)

    @property
    def run(self) -> History:
        """The scenario as it is."""
        return self._way.run

    @property
    def talks(self) -> Talks:
        """The critique of the first two weeks, weighed for the arena and for a talk with one colleague."""
        return self._way.talks

    @property
    def trend(self) -> float:
        """The change of mean willingness in `TREND_DAYS` workdays, from the burn-in to the run's end."""
        days = self.scenario.parameters.days - BURN_IN
        return (self._way.ended - self._way.settled) / days * TREND_DAYS if days > 0 else math.nan

    @cached_property
    def half_year(self) -> History:
        """The scenario for six months."""
        if self.scenario.parameters.days > HALF_YEAR:
            return record_history(self._engine(lasting(self.scenario, HALF_YEAR)))
        return record_history(self._way.onward)

    @cached_property
    def ended(self) -> Engine:
        """The scenario as it is, at its end; `run` may be the beginning of a longer one."""
        engine = self._engine(self.scenario)
        engine.advance(engine.ticks)
        return engine

    @cached_property
    def unused(self) -> History:
        """The same six months with an arena that nobody visits."""
        return record_history(self._engine(without_visits(lasting(self.scenario, HALF_YEAR))))

    @cached_property
    def anonymous(self) -> History:
        """The scenario where posts may be anonymous."""
        return record_history(self._engine(self.scenario.with_({"visibility.anonymous_posts": True})))

    @cached_property
    def readings(self) -> Readings:
        """Who read what in `run`."""
        engine = self._engine(self.scenario)
        pairs = [np.empty((0, 2), np.int64)]
        engine.advance(engine.ticks, lambda watched: pairs.append(_read_now(watched.world)))
        return Readings(*np.unique(np.concatenate(pairs), axis=0).T)

    def _engine(self, scenario: Scenario) -> Engine:
        return Engine(scenario, self.organization, self.seed)


def travel(engine: Engine, days: int) -> Way:
    """Return what a run shows until `days` are over, talks listened to in its first days."""
    heard: list[tuple[int, int, float, float]] = []
    engine.advance(min(TALKS, days) * TICKS_PER_DAY, lambda watched: _listen(watched, heard))
    table = np.array(heard, float).reshape(-1, 4).T
    talks = Talks(table[0].astype(np.int64), table[1].astype(np.int64), table[2], table[3])
    engine.advance(min(BURN_IN, days) * TICKS_PER_DAY)
    settled = mean_willingness(engine)
    engine.advance(days * TICKS_PER_DAY)
    return Way(talks, settled, _history(engine.copy()), mean_willingness(engine), engine)


def _history(engine: Engine) -> History:
    return History(engine.world, engine.organization, whole_ledger(engine))


def record_history(engine: Engine) -> History:
    """Return a run as the facts look at it, after advancing it to its end."""
    engine.advance(engine.ticks)
    return _history(engine)


def lasting(scenario: Scenario, days: int) -> Scenario:
    """Return a scenario with a run of `days`."""
    return scenario if scenario.parameters.days == days else scenario.first_days(days)


def without_visits(scenario: Scenario) -> Scenario:
    """Return a scenario in which nobody ever visits the arena."""
    who = ("leadership.executives", "leadership.line_managers", "communicators")
    return scenario.with_({"population.non_users": 1.0} | {f"{group}.presence": 0.0 for group in who})


def in_private(moment: Moment, colleagues: int) -> Moment:
    """Return a wish as it looks in a talk with one colleague: no superior hears it, and nothing of it stays."""
    return moment._replace(
        audience=1.0 / max(colleagues, 1),
        manager_reads=0.0,
        executives_read=0.0,
        narrow_open=0.0,
        anonymous_open=0.0,
        persistence=0.0,
        identifiability=1.0,
    )


def _read_now(world: World) -> Rows:
    """Return who reads what in this hour, [pairs, 2]."""
    visitors = int(world.clock[Clock.visitors])
    count, seen = world.seen_count[:visitors], world.seen[:visitors]
    read = np.arange(seen.shape[1]) < count[:, None]
    return np.column_stack([np.repeat(world.visitors[:visitors], count), seen[read]]).astype(np.int64)


def _listen(engine: Engine, heard: list[tuple[int, int, float, float]]) -> None:
    """Add each critical wish of this hour, with the chance that it is spoken in the arena, and in private."""
    world = engine.world
    visitors = int(world.clock[Clock.visitors])
    rows = world.rows[:visitors]
    critique = (rows["errand"] == Errand.wish) & (rows["criticality"] > 0.0) & (rows["kind"] != Kind.question)
    critique &= np.arange(rows.shape[1]) < world.row_count[:visitors, None]
    for place, number in np.argwhere(critique).tolist():
        moment, luck = engine.see(place, number)
        talk = in_private(moment, engine.organization.members - 1)
        willing = willing_to_talk(Choice(*kernel.speak(talk, engine.coefficients, luck)), engine.coefficients)
        row = rows[place, number]
        heard.append((int(row["member"]), int(row["issue"]), float(row["p_spoken"]), willing))


def willing_to_talk(choice: Choice, coefficients: Coefficients) -> float:
    """Return the chance to speak in a talk that has come about.

    A talk with a colleague is what `second_opinion` and `other_channel` stand for, so these are no alternatives to it.
    Taking them out of the nested logit leaves the odds of the others: those of `postpone`, alone in its nest, to the
    power of the nest's similarity.
    """
    deferred = choice.second_opinion + choice.postpone
    postponed = deferred * (choice.postpone / deferred) ** coefficients.voice.nest_similarity if deferred > 0.0 else 0.0
    return float(choice.p_spoken / (choice.p_spoken + postponed + choice.only_positive + choice.withhold))
