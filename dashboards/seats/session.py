"""A session: worlds whose members people play, hour by hour. It knows neither clock nor network.

An hour is opened (who is asked what), answered, and closed (it is simulated). In which order answers come within it
does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, NamedTuple

from dashboards import visitors
from dashboards.cards import Card, Cast
from dashboards.seats import records
from dashboards.seats.moments import Asked, Deed, Hour, live, look_ahead, person, talkative
from dashboards.seats.records import Record
from dashboards.seats.treatments import Arm, arms, place_of
from sim.engine import Engine, make_organization
from sim.errors import InputError
from sim.lexicon import terms
from sim.organization import Organization
from sim.scenario import Scenario
from sim.sources import rules_digest
from sim.state import TICKS_PER_DAY
from sim.terms import SPOKEN, Motive, Strategy

ROOM_MEMBERS: Final = 90
"""Members of a world for a room, where they are made up: few enough that what a room does is felt."""
ROOM_PACE: Final = {"population.visits_per_day.mean": 2.0, "population.occasions_per_visit.mean": 0.25}
"""Members of a room's world look in more often, and have more on their minds, than they would in life: a person who is
asked once a week of their member's would have left the room."""
LEAD_IN: Final = 2
"""Workdays that telephones have before what happens first in a scenario, and after a world began."""
REHEARSED: Final = 10
"""Workdays for which it is looked whom it would be worth to play."""


@dataclass(frozen=True)
class Answer:
    """What somebody decided."""

    way: Strategy
    motive: Motive | None
    guess: int | None
    """Readers that they expect."""
    seconds: float


class Moment(NamedTuple):
    """A moment that is over, and what somebody answered; None where the model's member decided."""

    asked: Asked
    answer: Answer | None


@dataclass
class Place:
    """A place in a session, on which somebody plays a member."""

    chair: int
    called: str
    """What it is called in files."""
    arm: Arm
    pair: int
    row: int
    page: tuple[Card, ...] = ()
    asked: Asked | None = None
    answer: Answer | None = None
    past: list[Moment] = field(default_factory=list)

    @property
    def deciding(self) -> bool:
        """Whether it is waited for this person."""
        return self.asked is not None and self.answer is None


def for_a_room(scenario: Scenario, given: bool) -> Scenario:
    """Return a scenario as a room plays it: with fewer people where they are made up, who have more to say."""
    fewer = {} if given else {"organization.members": min(ROOM_MEMBERS, scenario.parameters.organization.members)}
    return scenario.with_({**ROOM_PACE, **fewer})


def begins(scenario: Scenario) -> int:
    """Return the hour from which telephones decide: shortly before what happens first, when there is a feed to read."""
    first = min((event.tick // TICKS_PER_DAY for event in scenario.events), default=0)
    return max(LEAD_IN, first - LEAD_IN) * TICKS_PER_DAY


class Session:
    """One session. Raises InputError where there is no such world or treatment.

    `scenario` is played as it is (see `for_a_room`), one world a team.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int = 1,
        organization: Organization | None = None,
        treatments: Iterable[str] = (),
    ) -> None:
        self.arms = arms(tuple(treatments))
        self.scenario, self.seed, self._given = scenario, seed, organization
        visitors.check(scenario, organization)
        people = organization or make_organization(scenario, seed)
        self.begins = min(begins(scenario), scenario.ticks - 1)
        self._engines = {arm.key: Engine(arm.scenario(scenario), people, seed) for arm in self.arms}
        self.cast = Cast(people, scenario, seed)
        self._members = self._rehearsed(people)
        for engine in self._engines.values():
            engine.advance(self.begins)
        self.places: dict[int, Place] = {}
        self._hours: dict[str, Hour] = {}

    def _rehearsed(self, people: Organization) -> list[int]:
        rehearsal = Engine(self.arms[0].scenario(self.scenario), people, self.seed)
        rehearsal.advance(self.begins)
        return talkative(rehearsal, self.begins + REHEARSED * TICKS_PER_DAY)

    # ------------------------------------------------------------ time

    @property
    def tick(self) -> int:
        """The hour that comes next, or is open."""
        return next(iter(self._engines.values())).tick

    @property
    def over(self) -> bool:
        """Whether the scenario's last hour is over."""
        return self.tick >= self.scenario.ticks

    @property
    def is_open(self) -> bool:
        """Whether an hour is open."""
        return bool(self._hours)

    def engine(self, arm: str) -> Engine:
        """Return the world of a team, for looking only."""
        return self._engines[arm]

    # ------------------------------------------------------------ who plays whom

    def sit(self, chair: int, called: str) -> Place:
        """Return a new place at a chair that is free; who sits down in an open hour is asked from the next one on.

        Raises InputError where there is nobody left to play.
        """
        team, pair = place_of(chair, len(self.arms), self.seed)
        if pair >= len(self._members):
            raise InputError("there is nobody left to play in this organisation")
        self.places[chair] = Place(chair, called, self.arms[team], pair, self._members[pair])
        return self.places[chair]

    def free_chair(self) -> int:
        """Return the first chair on which nobody sits."""
        return next(chair for chair in count() if chair not in self.places)

    def leave(self, chair: int) -> None:
        """Forget all that somebody did: their world is simulated again without it, up to the hour that is open."""
        place = self.places.pop(chair)
        if any(moment.answer for moment in place.past):
            self._relive(place.arm)

    def _relive(self, arm: Arm) -> None:
        engine = Engine(arm.scenario(self.scenario), self.cast.organization, self.seed)
        live(engine, records.deeds(self.moments(), arm.key), self.tick)
        self._engines[arm.key] = engine
        if arm.key in self._hours:  # what would come next was seen from another past
            self._hours[arm.key] = self._hours[arm.key]._replace(after=_next(engine))

    def member(self, place: Place) -> dict[str, Any]:
        """Return whom somebody plays, and that member's manager."""
        manager = int(self.cast.organization.manager[place.row])
        return {**person(self.cast, place.row), "manager": person(self.cast, manager) if manager >= 0 else None}

    # ------------------------------------------------------------ an hour

    def open_hour(self) -> bool:
        """Look at the next hour; say whether anybody is asked anything in it."""
        for arm in self.arms:
            playing = {place.row: place for place in self.places.values() if place.arm == arm}
            hour = look_ahead(self._engines[arm.key], self.cast, playing.keys())
            self._hours[arm.key] = hour
            for row, place in playing.items():
                place.page = hour.pages.get(row, place.page)
                place.asked, place.answer = hour.asked.get(row), None
        return any(place.asked for place in self.places.values())

    def answer(self, chair: int, moment: int, given: Answer) -> Asked:
        """Take an answer, once; return what it answers. Raises InputError where it answers nothing that is open."""
        place = self.places[chair]
        if place.asked is None or place.asked.occasion_id != moment or place.answer is not None:
            raise InputError("this was decided already")
        if given.way not in place.asked.open:
            raise InputError("that is not possible here")
        place.answer = given
        return place.asked

    def close_hour(self) -> None:
        """Simulate the open hour as people decided; members of those who did not answer go by the rules."""
        for key, hour in self._hours.items():
            deeds = [_deed(place) for place in self.places.values() if place.arm.key == key and place.answer]
            if deeds:
                live(self._engines[key], deeds, self._engines[key].tick + 1)
            else:
                self._engines[key] = hour.after
        self._hours = {}
        for place in self.places.values():
            if place.asked is not None:
                place.past.append(Moment(place.asked, place.answer))
            place.asked = place.answer = None

    # ------------------------------------------------------------ what is kept

    def moments(self) -> tuple[Record, ...]:
        """Return all moments that are over."""
        return tuple(_record(self, place, each) for place in self.places.values() for each in place.past)

    def kept(self) -> records.Session:
        """Return the session as its file has it."""
        given = self._given is not None
        return records.Session(self.scenario, self.seed, self.arms, self.tick, self.moments(), given, rules_digest())


def _next(engine: Engine) -> Engine:
    """Return a world an hour later, by the rules alone."""
    ahead = engine.copy()
    ahead.advance(ahead.tick + 1)
    return ahead


def _deed(place: Place) -> Deed:
    assert place.asked is not None and place.answer is not None
    return Deed(place.asked.occasion_id, place.asked.issue, place.answer.way)


def _record(session: Session, place: Place, moment: Moment) -> Record:
    asked, answer = moment
    return Record(
        moment=asked.occasion_id,
        team=place.arm.key,
        seat=place.called,
        pair=place.pair,
        member=str(session.cast.organization.ids[place.row]),
        tick=asked.tick,
        issue=asked.issue,
        kind=asked.kind.name,
        criticality=asked.criticality,
        choice=None if answer is None else answer.way.name,
        motive=None if answer is None or answer.motive is None else answer.motive.name,
        audience_guess=None if answer is None else answer.guess,
        seconds=None if answer is None else round(answer.seconds, 2),
        model_choice=asked.model.name,
        model_motive=asked.model_motive.name if asked.model_motive >= 0 else None,
        p_spoken=asked.p_spoken,
        audience_imagined=asked.imagined,
        audience_possible=asked.possible,
    )


# ---------------------------------------------------------------- what a room sees


def own_story(place: Place) -> dict[str, int]:
    """Return what somebody did so far, beside what their member would have done: how often each said it."""
    decided = [moment for moment in place.past if moment.answer]
    return {
        "moments": len(decided),
        "said": sum(moment.answer.way < SPOKEN for moment in decided if moment.answer),
        "would_say": sum(moment.asked.model < SPOKEN for moment in decided),
        "same": sum(moment.answer.way == moment.asked.model for moment in decided if moment.answer),
    }


def unsaid(session: Session) -> Iterator[tuple[int, Moment]]:
    """Yield the moments that somebody decided and did not say as it was on their mind, with the chair."""
    for chair, place in session.places.items():
        for moment in place.past:
            if moment.answer and moment.answer.way != Strategy.plain:
                yield chair, moment


def ways() -> list[dict[str, Any]]:
    """Return the nine ways as a telephone shows them."""
    return [
        {"key": way.key, "words": way.words.infinitive, "spoken": way < SPOKEN, "colour": way.words.colour}
        for way in terms(Strategy)
    ]


def motives() -> list[dict[str, str]]:
    """Return the motives as a telephone shows them."""
    return [{"key": motive.key, "words": motive.words.noun} for motive in terms(Motive)]
