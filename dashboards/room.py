"""Predict, then reveal: several browsers in one room guess an outcome; then runs are made, and the guesses weighed.

A room lives in memory alone and is gone with its last visitor. Nobody else learns of a guess before the host reveals
it. Whoever waits for news waits in `Room.wait`; the runs are made in a thread of their own.
"""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final, Literal, NamedTuple

from dashboards import visitors
from dashboards.guesses import Guess, Score, find_closest, read_guess, read_nickname, score
from dashboards.outcomes import Outcome, outcomes
from dashboards.seats.names import folded
from experiments.statistics import Interval, mean_interval
from sim.errors import InputError, as_typed, nearest, shown
from sim.organization import Organization
from sim.scenario import Scenario
from sim.simulation import simulate

Phase = Literal["quiet", "voting", "running", "revealed"]
Seen = dict[str, Any]
"""What one visitor sees, fit for JSON."""

SURE: Final = 0.8
"""How sure everybody is asked to be that the outcome lies within their range."""
SEEDS: Final = 5
"""Runs that make an outcome: one run is one story."""
MAIN: Final = "MAIN"
"""The room in which everybody is who has named no other."""
MOST_ROOMS: Final = 40
MOST_VISITORS: Final = 500
MOST_ROUNDS: Final = 50
"""Rounds that a room remembers."""
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels: a code shall not be a word."""

_log = logging.getLogger(__name__)


class _Vote(NamedTuple):
    name: str
    guess: Guess


@dataclass
class _Round:
    """One question, from the votes to what the runs came to."""

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
        self._chairs: dict[str, str] = {}
        self._host = ""
        self._round: _Round | None = None
        self._asked = 0
        self._past: list[tuple[str, Score]] = []
        self._own: dict[str, Score] = {}

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

    @property
    def version(self) -> int:
        """A number that grows with whatever happens here."""
        return self._version

    def enter(self, visitor: str, chair: str = "") -> None:
        """Come in, without a name so far. Raises InputError where the room is full.

        `chair` stands for the browser of somebody who may ask: whoever asks is known by it when their page loads again.
        """
        with self._changed:
            if visitor not in self._names and len(self._names) >= MOST_VISITORS:
                raise InputError(f"this room is full: {MOST_VISITORS} are in it")
            self._names.setdefault(visitor, "")
            self._chairs[visitor] = chair or visitor
            self._news()

    def leave(self, visitor: str) -> None:
        """Go; a vote that was given stays until the round is over, and nothing else."""
        with self._changed:
            self._names.pop(visitor, None)
            self._own.pop(visitor, None)
            self._chairs.pop(visitor, None)
            if self.empty and self._round:
                self._round.over.set()
            self._news()

    def forget(self, visitor: str) -> None:
        """Forget what somebody guessed in this round; a round without any guess left is put away."""
        with self._changed:
            current = self._round
            if current is not None and current.votes.pop(visitor, None) is not None and not current.votes:
                current.over.set()
                self._round = None
            self._news()

    def name(self, visitor: str, nickname: Any) -> None:
        """Be called something. Raises InputError where somebody else is called that, or it is no name."""
        name = read_nickname(nickname)
        with self._changed:
            self._check_inside(visitor)
            if any(other and folded(other) == folded(name) for who, other in self._names.items() if who != visitor):
                raise InputError(f"somebody else here is called {name}, or looks so; choose another name")
            self._names[visitor] = name
            if self._round and visitor in self._round.votes:
                self._round.votes[visitor] = self._round.votes[visitor]._replace(name=name)
            self._news()

    def host(self, visitor: str) -> None:
        """Become the one who asks. Raises InputError where there is one already."""
        with self._changed:
            self._check_inside(visitor)
            if self._hosted(visitor) == "other":
                raise InputError("somebody else asks the questions in this room")
            self._host = self._chairs[visitor]
            self._news()

    def _hosted(self, visitor: str) -> str:
        """Say who asks, as a visitor sees it: "me", "other", or "" where nobody does who is here."""
        if not self._host or self._host not in self._chairs.values():
            return ""
        return "me" if self._chairs.get(visitor) == self._host else "other"

    def _check_inside(self, visitor: str) -> None:
        if visitor not in self._names:
            raise InputError("you are no longer in this room; enter it again")

    def _check_host(self, visitor: str) -> None:
        if self._hosted(visitor) != "me":
            raise InputError("only whoever asks the questions can do this")

    # ------------------------------------------------------------ a round

    def ask(self, visitor: str, key: str, scenario: Scenario, organization: Organization | None = None) -> None:
        """Ask everybody for an outcome of a scenario. Raises InputError where there is none of this name."""
        known = {outcome.key: outcome for outcome in outcomes(scenario)}
        if key not in known:
            raise InputError(f"there is no outcome {as_typed(key)}", nearest=nearest(str(key), known))
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
        """Guess, or guess again. Raises InputError where that is no guess, or the guessing is over."""
        with self._changed:
            self._check_inside(visitor)
            current = self._round
            if current is None or current.phase != "voting":
                raise InputError("the guessing is over")
            if not self._names[visitor]:
                raise InputError("choose a name first")
            if visitor not in current.votes and len(current.votes) >= MOST_VISITORS:
                raise InputError(f"{MOST_VISITORS} have guessed already, and there is no room for more")
            guess = read_guess(value, low, high, current.outcome.most)
            current.votes[visitor] = _Vote(self._names[visitor], guess)
            self._news()

    def reveal(self, visitor: str) -> None:
        """Close the vote and make the runs, in a thread of their own."""
        with self._changed:
            self._check_host(visitor)
            current = self._round
            if current is None or current.phase != "voting":
                raise InputError("there is no question that could be revealed now")
            if not current.votes:
                raise InputError("nobody has guessed yet")
            current.phase, current.trouble, current.progress = "running", "", 0.0
            self._news()
        threading.Thread(target=self._work, args=(current,), daemon=True, name="ism-reveal").start()

    def _work(self, current: _Round) -> None:
        try:
            values = self._run_all(current)
        except _StoppedError:
            return
        except InputError as error:
            self._give_back(current, str(error))
        except Exception:
            _log.exception("the runs of a question could not be made")
            self._give_back(current, "The runs could not be made; the log of the program says why.")
        else:
            self._reveal(current, values)

    def _run_all(self, current: _Round) -> tuple[float, ...]:
        """Make the runs; return the outcome of each that has one."""
        days = current.scenario.parameters.days
        values = []
        for seed in range(1, self._seeds + 1):

            def advanced(day: int, _: int, before: int = seed - 1) -> None:
                self._progress(current, (before + day / days) / self._seeds)

            with visitors.TURNS:
                run = simulate(current.scenario, seed, organization=current.organization, progress=advanced)
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
            self._past.append((current.outcome.question, score(current.guesses.values(), outcome)))
            self._past = self._past[-MOST_ROUNDS:]
            for visitor in current.votes.keys() & self._names.keys():
                mine = score([current.votes[visitor].guess], outcome)
                self._own[visitor] = self._own.get(visitor, Score()).plus(mine)
            self._news()

    # ------------------------------------------------------------ what a visitor sees

    def seen_by(self, visitor: str) -> Seen:
        """Return the room as one visitor sees it, fit for JSON: before the reveal without what the others guess."""
        with self._changed:
            current = self._round
            return {
                "code": self.code,
                "phase": current.phase if current else "quiet",
                "number": self._asked,
                "people": len(self._names),
                "me": self._names.get(visitor, ""),
                "host": self._hosted(visitor),
                "question": _question(current) if current else None,
                "voted": len(current.votes) if current else 0,
                "mine": list(current.votes[visitor].guess) if current and visitor in current.votes else None,
                "progress": round(current.progress, 3) if current else 0.0,
                "trouble": current.trouble if current else "",
                "revealed": _revealed(current, visitor) if current and current.phase == "revealed" else None,
                "rounds": [
                    {"question": question, "held": one.held, "asked": one.asked} for question, one in self._past
                ],
                "own": list(self._own.get(visitor, Score())),
                "sure": SURE,
            }


def _question(current: _Round) -> Seen:
    outcome = current.outcome
    return {
        "key": outcome.key,
        "text": outcome.question,
        "unit": outcome.unit,
        "most": outcome.most,
        "step": outcome.step,
        "scenario": shown(current.scenario.title),
    }


def _revealed(current: _Round, visitor: str) -> Seen:
    found, guesses = current.found, current.guesses
    held = score(guesses.values(), found.mean)
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
        "nearest": [current.votes[who].name for who in find_closest(guesses, found.mean)],
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

    def room_of(self, visitor: str, chair: str = "") -> Room:
        """Return the room in which a visitor is, which is the main one where they have entered none."""
        with self._lock:
            return self._where.get(visitor) or self._enter(visitor, MAIN, chair)

    def forget(self, visitor: str) -> None:
        """Go away for good, and leave no guess behind."""
        with self._lock:
            if room := self._where.get(visitor):
                room.forget(visitor)
            self._leave(visitor)

    def enter(self, visitor: str, code: Any, chair: str = "") -> Room:
        """Go to another room. Raises InputError where there is none of this code, or it is full."""
        wanted = "".join(str(code)[:40].split()).upper() or MAIN
        with self._lock:
            if wanted != MAIN and wanted not in self._open:
                raise InputError(f"there is no room {as_typed(wanted)}; ask the host for its code")
            return self._enter(visitor, wanted, chair)

    def open(self, visitor: str, chair: str = "") -> Room:
        """Open a room of one's own, in which one asks. Raises InputError where there are too many."""
        with self._lock:
            if len(self._open) >= MOST_ROOMS:
                raise InputError(f"there are {MOST_ROOMS} rooms already; enter one of them")
            code = next(code for code in iter(_code, "") if code not in self._open)
            room = self._enter(visitor, code, chair)
        room.host(visitor)
        return room

    def leave(self, visitor: str) -> None:
        """Go away for good; a room that is empty then is gone."""
        with self._lock:
            self._leave(visitor)

    def _enter(self, visitor: str, code: str, chair: str) -> Room:
        room = self._open.get(code) or Room(code, self._seeds)
        if self._where.get(visitor) is not room:
            room.enter(visitor, chair)
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
