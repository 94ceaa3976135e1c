"""Predict, then reveal: several browsers in one room guess an outcome; then the runs tell, and the guesses are weighed.

A room lives in memory alone and is gone with its last visitor. What somebody guesses is told to nobody else before the
host reveals it. Whoever waits for news waits in `Room.wait`; the runs are made in a thread of their own.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final, Literal, NamedTuple

from dashboards import visitors
from experiments.statistics import Interval, mean_interval
from sim.errors import InputError, nearest, shown, told
from sim.lexicon import definite
from sim.organization import Organization
from sim.record import Run
from sim.scenario import Event, Scenario
from sim.simulation import simulate
from sim.terms import SPOKEN, Motive, Response, Strategy

Phase = Literal["quiet", "voting", "running", "revealed"]
Told = dict[str, Any]

SURE: Final = 0.8
"""How sure everybody is asked to be that the outcome lies within their range."""
SEEDS: Final = 5
"""Runs that make an outcome: one run is one story."""
AFTER: Final = 10
"""Workdays after an event that count as after it."""
MAIN: Final = "MAIN"
"""The room in which everybody is who has named no other."""
MOST_ROOMS: Final = 40
MOST_VISITORS: Final = 500
MOST_ROUNDS: Final = 50
"""Rounds that a room remembers."""
LONGEST_NAME: Final = 24
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels: a code shall not be a word."""

_log = logging.getLogger(__name__)


# ---------------------------------------------------------------- what can be guessed


class Outcome(NamedTuple):
    """Something that a run tells, and that can be guessed before: a number from 0 to `most`."""

    key: str
    question: str
    unit: str
    """What stands after the number."""
    most: float
    step: float
    value: Callable[[Run], float | None]
    """None where a run has nothing to count."""


def outcomes(scenario: Scenario) -> tuple[Outcome, ...]:
    """Return what can be guessed of a scenario; what comes after its first event stands first."""
    found = [
        Outcome(
            "speak_up",
            "Of ten colleagues who have something critical to say, how many say it here at least once?",
            "of 10", 10.0, 0.1, _of_ten_who_speak_up,
        ),
        Outcome(
            "unsaid",
            "Of a hundred things that people would like to say, how many stay unsaid?",
            "of 100", 100.0, 1.0, _of_a_hundred("silence_rate"),
        ),
        Outcome(
            "fear",
            "Of a hundred silences, how many come mainly from fear of superiors?",
            "of 100", 100.0, 1.0, _of_silences_from_fear,
        ),
        Outcome(
            "writers",
            "Of a hundred members, how many write anything at all?",
            "of 100", 100.0, 1.0, _of_a_hundred("contributors_share"),
        ),
        Outcome(
            "safety",
            "How safe do people feel in the end, from 0 (not at all) to 100 (entirely)?",
            "of 100", 100.0, 1.0, _of_a_hundred("psychological_safety"),
        ),
        Outcome("replies", "How many comments does a post get on average?", "comments", 20.0, 0.1, _replies),
    ]  # fmt: skip
    event = _turning_point(scenario)
    return tuple(found) if event is None else (_after(event, scenario), *found)


def _turning_point(scenario: Scenario) -> Event | None:
    """Return what everybody will talk about: the first answer of a leader, else the first event after the start."""
    answers = [event for event in scenario.events if event.respond is not None]
    return next(iter([*answers, *(event for event in scenario.events if event.tick > 0)]), None)


_HAPPENED: Final = {"announce": "the announcement", "post": "the post", "set": "the change"}


def _after(event: Event, scenario: Scenario) -> Outcome:
    what = definite(Response[event.respond.how].words.noun) if event.respond is not None else _HAPPENED[event.kind]
    days = min(AFTER, math.ceil(scenario.parameters.days - event.day))
    question = (
        f"In the {days} workdays after {what} on day {event.day:g}: of a hundred critical things that people "
        "would like to say, how many are said here?"
    )
    return Outcome("after", question, "of 100", 100.0, 1.0, _of_critical_wishes(event.tick, event.day + days))


def _of_critical_wishes(first: int, end: float) -> Callable[[Run], float | None]:
    def value(run: Run) -> float | None:
        ledger = run.occasions
        ledger = ledger.filter((ledger["criticality"] > 0) & (ledger["tick"] >= first) & (ledger["day"] < end))
        return 100.0 * int(_spoken(ledger).sum()) / ledger.height if ledger.height else None

    return value


def _spoken(ledger: Any) -> Any:
    return ledger["strategy"].is_in([each.name for each in Strategy if Strategy.none < each < SPOKEN])


def _of_ten_who_speak_up(run: Run) -> float | None:
    critical = run.occasions.filter(run.occasions["criticality"] > 0)
    members = critical["member"].n_unique()
    return 10.0 * critical.filter(_spoken(critical))["member"].n_unique() / members if members else None


def _of_silences_from_fear(run: Run) -> float | None:
    motives = run.occasions["motive"].drop_nulls()
    return 100.0 * int((motives == Motive.defensive.name).sum()) / len(motives) if len(motives) else None


def _of_a_hundred(measure: str) -> Callable[[Run], float | None]:
    def value(run: Run) -> float | None:
        share = run.measures[measure]
        return None if share is None else 100.0 * share

    return value


def _replies(run: Run) -> float | None:
    return run.measures["replies_per_post"]


# ---------------------------------------------------------------- guesses and how good they are


class Guess(NamedTuple):
    """A guess, and the range in which somebody is 80% sure to find the outcome."""

    value: float
    low: float
    high: float

    def holds(self, outcome: float) -> bool:
        """Say whether the outcome lies in the range; its ends belong to it."""
        return self.low <= outcome <= self.high


class Calibration(NamedTuple):
    """How many ranges held the outcome. Whoever is 80% sure, and rightly so, is right four times in five."""

    held: int = 0
    asked: int = 0

    @property
    def share(self) -> float | None:
        """The share that held it; None before the first."""
        return self.held / self.asked if self.asked else None

    def plus(self, other: Calibration) -> Calibration:
        """Return both together."""
        return Calibration(self.held + other.held, self.asked + other.asked)


def calibration(guesses: Iterable[Guess], outcome: float) -> Calibration:
    """Return how many ranges hold the outcome, and of how many."""
    held = [guess.holds(outcome) for guess in guesses]
    return Calibration(sum(held), len(held))


def closest(guesses: Mapping[str, Guess], outcome: float) -> tuple[str, ...]:
    """Return whose guess is nearest to the outcome: several where they are equally near, in the order of voting."""
    distance = {who: abs(guess.value - outcome) for who, guess in guesses.items()}
    return tuple(who for who, far in distance.items() if far == min(distance.values()))


def guess_of(value: Any, low: Any, high: Any, most: float) -> Guess:
    """Return a vote as a guess between 0 and `most`; InputError where it is none."""
    numbers = []
    for number in (value, low, high):
        usable = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
        if not usable or not 0.0 <= number <= most:
            raise InputError(f"{told(number)} is no guess: give a number from 0 to {most:g}")
        numbers.append(float(number))
    guess = Guess(*numbers)
    if not guess.low <= guess.value <= guess.high:
        raise InputError("the guess lies outside its own range")
    return guess


def nickname_of(text: Any) -> str:
    """Return a nickname as it is shown; InputError where there is none."""
    name = shown(" ".join(str(text)[:1000].split()), LONGEST_NAME)
    if not name:
        raise InputError("choose a name, so that you are found when you are the nearest")
    return name


# ---------------------------------------------------------------- a room


class _Vote(NamedTuple):
    name: str
    guess: Guess


@dataclass
class _Round:
    """One question, from the votes to what the runs told."""

    outcome: Outcome
    scenario: Scenario
    organization: Organization | None
    votes: dict[str, _Vote] = field(default_factory=dict)
    phase: Phase = "voting"
    progress: float = 0.0
    values: tuple[float, ...] = ()
    trouble: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when nobody wants to know any more."""

    @property
    def found(self) -> Interval:
        """The mean of the runs with its interval."""
        return mean_interval(self.values)

    @property
    def guesses(self) -> dict[str, Guess]:
        """The guess of each visitor who voted."""
        return {visitor: vote.guess for visitor, vote in self.votes.items()}


class _StoppedError(Exception):
    """The room is gone, or its host has put the question away."""


class Room:
    """One room: who is in it, who asks, and what is guessed. All of it may be called from any thread."""

    def __init__(self, code: str, seeds: int = SEEDS) -> None:
        self.code = code
        self._seeds = seeds
        self._changed = threading.Condition()
        self._version = 0
        self._names: dict[str, str] = {}
        self._host = ""
        self._round: _Round | None = None
        self._asked = 0
        self._past: list[tuple[str, Calibration]] = []
        self._own: dict[str, Calibration] = {}

    def _news(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def wait(self, version: int, seconds: float) -> int:
        """Return the version of the room as soon as it is another one than `version`, or when the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version, seconds)
            return self._version

    # ------------------------------------------------------------ who is there

    @property
    def empty(self) -> bool:
        """Whether nobody is left."""
        return not self._names

    def enter(self, visitor: str) -> None:
        """Come in, without a name so far. Raises InputError where the room is full."""
        with self._changed:
            if visitor not in self._names and len(self._names) >= MOST_VISITORS:
                raise InputError(f"this room is full: {MOST_VISITORS} are in it")
            self._names.setdefault(visitor, "")
            self._news()

    def leave(self, visitor: str) -> None:
        """Go; a vote that was given stays until the round is over, and nothing else."""
        with self._changed:
            self._names.pop(visitor, None)
            self._own.pop(visitor, None)
            self._host = "" if self._host == visitor else self._host
            if self.empty and self._round:
                self._round.over.set()
            self._news()

    def name(self, visitor: str, nickname: Any) -> None:
        """Be called something. Raises InputError where somebody else is called that, or it is no name."""
        name = nickname_of(nickname)
        with self._changed:
            self._check_inside(visitor)
            if any(other.casefold() == name.casefold() and who != visitor for who, other in self._names.items()):
                raise InputError(f"somebody else here is called {name}; choose another name")
            self._names[visitor] = name
            if self._round and visitor in self._round.votes:
                self._round.votes[visitor] = self._round.votes[visitor]._replace(name=name)
            self._news()

    def host(self, visitor: str) -> None:
        """Become the one who asks. Raises InputError where there is one already."""
        with self._changed:
            self._check_inside(visitor)
            if self._host not in ("", visitor):
                raise InputError("somebody else asks the questions in this room")
            self._host = visitor
            self._news()

    def _check_inside(self, visitor: str) -> None:
        if visitor not in self._names:
            raise InputError("you are no longer in this room; enter it again")

    def _check_host(self, visitor: str) -> None:
        if not visitor or visitor != self._host:
            raise InputError("only whoever asks the questions can do this")

    # ------------------------------------------------------------ a round

    def ask(self, visitor: str, key: str, scenario: Scenario, organization: Organization | None = None) -> None:
        """Ask everybody for an outcome of a scenario. Raises InputError where there is none of this name."""
        known = {outcome.key: outcome for outcome in outcomes(scenario)}
        if key not in known:
            raise InputError(f"there is no outcome {told(key)}", nearest=nearest(str(key), known))
        visitors.check(scenario, organization)
        with self._changed:
            self._check_host(visitor)
            if self._round and self._round.phase == "running":
                raise InputError("wait until the runs of the last question are finished")
            self._round = _Round(known[key], scenario, organization)
            self._asked += 1
            self._news()

    def put_away(self, visitor: str) -> None:
        """Put the question away, whether or not it was revealed."""
        with self._changed:
            self._check_host(visitor)
            if self._round:
                self._round.over.set()
            self._round = None
            self._news()

    def vote(self, visitor: str, value: Any, low: Any, high: Any) -> None:
        """Guess, or guess anew. Raises InputError where that is no guess, or the guessing is over."""
        with self._changed:
            self._check_inside(visitor)
            current = self._round
            if current is None or current.phase != "voting":
                raise InputError("the guessing is over")
            if not self._names[visitor]:
                raise InputError("choose a name first")
            if visitor not in current.votes and len(current.votes) >= MOST_VISITORS:
                raise InputError(f"{MOST_VISITORS} have guessed already, and there is no room for more")
            guess = guess_of(value, low, high, current.outcome.most)
            current.votes[visitor] = _Vote(self._names[visitor], guess)
            self._news()

    def reveal(self, visitor: str) -> None:
        """Close the vote and let the runs tell, in a thread of their own."""
        with self._changed:
            self._check_host(visitor)
            current = self._round
            if current is None or current.phase != "voting":
                raise InputError("there is no question that could be revealed now")
            if not current.votes:
                raise InputError("nobody has guessed yet")
            current.phase, current.trouble, current.progress = "running", "", 0.0
            self._news()
        threading.Thread(target=self._tell, args=(current,), daemon=True, name="ism-reveal").start()

    def _tell(self, current: _Round) -> None:
        try:
            values = self._played(current)
        except _StoppedError:
            return
        except InputError as error:
            self._give_back(current, str(error))
        except Exception:
            _log.exception("the runs of a question could not be made")
            self._give_back(current, "The runs could not be made; the log of the program says why.")
        else:
            self._reveal(current, values)

    def _played(self, current: _Round) -> tuple[float, ...]:
        """Return the outcome of each run that has one."""
        days = current.scenario.parameters.days
        values = []
        for seed in range(1, self._seeds + 1):

            def lived(day: int, _: int, before: int = seed - 1) -> None:
                self._progress(current, (before + day / days) / self._seeds)

            with visitors.TURNS:
                run = simulate(current.scenario, seed, organization=current.organization, progress=lived)
                values.append(current.outcome.value(run))
        known = tuple(value for value in values if value is not None)
        if not known:
            raise InputError("in none of the runs was there anything to count; ask something else, or play more days")
        return known

    def _progress(self, current: _Round, share: float) -> None:
        if current.over.is_set():
            raise _StoppedError
        if share - current.progress >= 0.02 or share >= 1.0:
            with self._changed:
                current.progress = share
                self._news()

    def _give_back(self, current: _Round, trouble: str) -> None:
        with self._changed:
            current.phase, current.trouble = "voting", trouble
            self._news()

    def _reveal(self, current: _Round, values: tuple[float, ...]) -> None:
        with self._changed:
            if current.over.is_set():
                return
            current.values, current.phase = values, "revealed"
            outcome = current.found.mean
            self._past.append((current.outcome.question, calibration(current.guesses.values(), outcome)))
            self._past = self._past[-MOST_ROUNDS:]
            for visitor in current.votes.keys() & self._names.keys():
                mine = calibration([current.votes[visitor].guess], outcome)
                self._own[visitor] = self._own.get(visitor, Calibration()).plus(mine)
            self._news()

    # ------------------------------------------------------------ what a visitor sees

    def seen_by(self, visitor: str) -> Told:
        """Return the room as one visitor sees it, fit for JSON: before the reveal without what the others guess."""
        with self._changed:
            current = self._round
            return {
                "code": self.code,
                "phase": current.phase if current else "quiet",
                "number": self._asked,
                "people": len(self._names),
                "me": self._names.get(visitor, ""),
                "host": "me" if self._host == visitor else "other" if self._host else "",
                "question": _question(current) if current else None,
                "voted": len(current.votes) if current else 0,
                "mine": list(current.votes[visitor].guess) if current and visitor in current.votes else None,
                "progress": round(current.progress, 3) if current else 0.0,
                "trouble": current.trouble if current else "",
                "revealed": _revealed(current, visitor) if current and current.phase == "revealed" else None,
                "rounds": [
                    {"question": question, "held": one.held, "asked": one.asked} for question, one in self._past
                ],
                "own": list(self._own.get(visitor, Calibration())),
                "sure": SURE,
            }


def _question(current: _Round) -> Told:
    outcome = current.outcome
    return {
        "key": outcome.key,
        "text": outcome.question,
        "unit": outcome.unit,
        "most": outcome.most,
        "step": outcome.step,
        "scenario": shown(current.scenario.title),
    }


def _revealed(current: _Round, visitor: str) -> Told:
    found, guesses = current.found, current.guesses
    held = calibration(guesses.values(), found.mean)
    bounds = [max(0.0, found.low), min(current.outcome.most, found.high)] if found.runs > 1 else None
    return {
        "mean": found.mean,
        "interval": bounds,
        "runs": list(current.values),
        "median": median(guess.value for guess in guesses.values()),
        "guesses": [
            {"name": vote.name, "guess": list(vote.guess), "held": vote.guess.holds(found.mean), "me": who == visitor}
            for who, vote in sorted(current.votes.items(), key=lambda each: each[1].guess)
        ],
        "nearest": [current.votes[who].name for who in closest(guesses, found.mean)],
        "held": held.held,
        "asked": held.asked,
    }


# ---------------------------------------------------------------- all rooms of this process


class Rooms:
    """The rooms that somebody is in, by their codes."""

    def __init__(self, seeds: int = SEEDS) -> None:
        self._lock = threading.Lock()
        self._seeds = seeds
        self._open: dict[str, Room] = {}
        self._where: dict[str, Room] = {}

    def __len__(self) -> int:
        return len(self._open)

    def room_of(self, visitor: str) -> Room:
        """Return the room in which a visitor is, which is the main one where they have entered none."""
        with self._lock:
            return self._where.get(visitor) or self._enter(visitor, MAIN)

    def enter(self, visitor: str, code: Any) -> Room:
        """Go to another room. Raises InputError where there is none of this code, or it is full."""
        wanted = "".join(str(code)[:40].split()).upper() or MAIN
        with self._lock:
            if wanted != MAIN and wanted not in self._open:
                raise InputError(f"there is no room {told(wanted)}; ask the host for its code")
            return self._enter(visitor, wanted)

    def open(self, visitor: str) -> Room:
        """Open a room of one's own, in which one asks. Raises InputError where there are too many."""
        with self._lock:
            if len(self._open) >= MOST_ROOMS:
                raise InputError(f"there are {MOST_ROOMS} rooms already; enter one of them")
            code = next(code for code in iter(_code, "") if code not in self._open)
            room = self._enter(visitor, code)
        room.host(visitor)
        return room

    def leave(self, visitor: str) -> None:
        """Go away for good; a room that is empty then is gone."""
        with self._lock:
            self._leave(visitor)

    def _enter(self, visitor: str, code: str) -> Room:
        room = self._open.get(code) or Room(code, self._seeds)
        if self._where.get(visitor) is not room:
            room.enter(visitor)
            self._leave(visitor)
            self._open[code] = self._where[visitor] = room
        return room

    def _leave(self, visitor: str) -> None:
        if room := self._where.pop(visitor, None):
            room.leave(visitor)
            if room.empty:
                self._open.pop(room.code, None)


def _code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


ROOMS: Final = Rooms()
"""Those of this process: whoever opens a page of it meets here."""
