"""The hall: who sits in it, the time of its session, and what each telephone and the trainer's page see.

All of it may be called from any thread. One thread lives the hours, and waits in each for those who are asked, as long
as the clock lets it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, Literal, ParamSpec, TypeVar

from dashboards.frame import say_time
from dashboards.room import ROOMS, Room, Rooms
from dashboards.seats import names, sight
from dashboards.seats.limits import MOST_SEATS
from dashboards.seats.session import Answer, Place, Session, for_a_room
from sim.errors import InputError
from sim.organization import Organization
from sim.scenario import Scenario

Phase = Literal["preparing", "lobby", "playing", "paused", "over"]

LETTERS: Final = "BCDFGHJKLMNPQRTVWXZ"
"""Of codes: no vowels, so that none is a word, and no S, which is taken for a 5."""
CODE_LENGTH: Final = 4
CLOCKS: Final = (20, 30, 45, 60, 90)
"""Seconds that people have to decide."""
QUIET: Final = 0.15
"""Seconds that an hour takes in which nobody is asked: time is to be seen going by."""
BREATH: Final = 2.0
"""Seconds after an hour in which somebody decided: what their member imagined is to be read."""
AWAY: Final = 20.0
"""Seconds without a word after which a telephone counts as away; it is not waited for."""

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_R = TypeVar("_R")


class NoSeatError(InputError):
    """A telephone has no seat here."""


@dataclass
class Seat:
    """A seat that a telephone has taken."""

    number: int
    called: str
    """A tree: what the seat is called in files."""
    name: str
    """What its person chose to be called, or the tree."""
    address: str
    heard: float
    """When its telephone was last heard of."""
    news: int = 0
    streams: int = 0
    imagined: dict[str, Any] | None = None
    """What the member imagined, once its person has answered."""

    @property
    def visitor(self) -> str:
        """Who this is in the room that predicts."""
        return f"seat {self.number} {self.called}"


@dataclass
class _Clock:
    """The time that people have left to decide."""

    seconds: int = 30
    since: float = 0.0
    used: float = 0.0
    """Seconds of the open hour that went by before the last pause."""
    skipped: bool = False


def _locked(method: Callable[Concatenate[Hall, _P], _R]) -> Callable[Concatenate[Hall, _P], _R]:
    """Let a method hold the hall's lock while it runs."""

    @wraps(method)
    def held(self: Hall, /, *args: _P.args, **named: _P.kwargs) -> _R:
        with self._bell:
            return method(self, *args, **named)

    return held


class Hall:
    """One hall: its code, its seats, and its session."""

    def __init__(self, rooms: Rooms = ROOMS, now: Callable[[], float] = time.monotonic, breath: float = BREATH) -> None:
        self.code = new_code()
        self._rooms, self._now, self._breath = rooms, now, breath
        self._bell = threading.Condition(threading.RLock())
        self._seats: dict[str, Seat] = {}
        self._session: Session | None = None
        self._phase: Phase = "preparing"
        self._clock = _Clock()
        self._version = 0
        self._locked_door = False
        self._shared_address = False
        self._trouble = ""
        self._closed = False
        self._thread: threading.Thread | None = None

    # ------------------------------------------------------------ news

    @property
    def version(self) -> int:
        """A number that grows with whatever happens here."""
        return self._version

    def _news(self, *seats: Seat) -> None:
        """Let everybody know, or only some seats and the trainer."""
        self._version += 1
        for seat in seats or self._seats.values():
            seat.news = self._version
        self._bell.notify_all()

    @_locked
    def wait(self, version: int, seconds: float) -> int:
        """Return the version as soon as it is another one, or when the time is over."""
        self._bell.wait_for(lambda: self._version != version, seconds)
        return self._version

    def news_of(self, key: str) -> str:
        """Return a text that changes with whatever a telephone would see; empty where it has no seat."""
        seat = self._seats.get(_digest(key))
        return "" if seat is None else f"{seat.news}.{self._predicting(seat).version}"

    # ------------------------------------------------------------ the door

    @_locked
    def join(self, code: str, name: str, address: str) -> str:
        """Take a seat; return its key. Raises InputError where the code is another, or there is no seat left."""
        if not secrets.compare_digest("".join(code.split()).upper().encode(), self.code.encode()):
            raise NoSeatError("this is not the code of this room")
        if self._locked_door:
            raise InputError("the room is closed to newcomers; ask whoever leads it")
        if not self._shared_address and any(seat.address == address for seat in self._seats.values()):
            raise InputError("this device has a seat already; open the page where you took it, or leave there first")
        taken = {seat.number for seat in self._seats.values()}
        if len(taken) >= MOST_SEATS:
            raise InputError(f"all {MOST_SEATS} seats are taken")
        chosen = names.read_name(name)
        names.check_unlike(chosen, [seat.name for seat in self._seats.values()]) if chosen else None
        number = next(number for number in range(MOST_SEATS) if number not in taken)
        seat = Seat(number, self._tree(), "", address, self._now())
        seat.name = chosen or seat.called
        if self._session is not None and self._phase != "preparing":
            self._session.sit(number, seat.called)
        key = secrets.token_urlsafe(32)
        self._seats[_digest(key)] = seat
        self._news()
        return key

    def _tree(self) -> str:
        """Return a tree that no seat is called, and that does not look like a name somebody chose."""
        taken = {names.folded(each) for seat in self._seats.values() for each in (seat.called, seat.name)}
        return secrets.choice([tree for tree in names.TREES if names.folded(tree) not in taken])

    @_locked
    def leave(self, key: str) -> None:
        """Give a seat back, and forget its name, its choices and its guesses."""
        seat = self._seat(key)
        del self._seats[_digest(key)]
        if self._session is not None and seat.number in self._session.places:
            self._session.leave(seat.number)
        self._rooms.forget(seat.visitor)
        self._news()

    @_locked
    def clear(self) -> None:
        """Let everybody leave: all that was kept of anybody is gone."""
        for seat in self._seats.values():
            self._rooms.forget(seat.visitor)
        self._seats = {}
        self._session, self._phase = None, "preparing"
        self._news()

    def _seat(self, key: str) -> Seat:
        seat = self._seats.get(_digest(key))
        if seat is None:
            raise NoSeatError("this telephone has no seat here")
        seat.heard = self._now()
        return seat

    def _place(self, seat: Seat) -> Place | None:
        return None if self._session is None else self._session.places.get(seat.number)

    # ------------------------------------------------------------ what a telephone does

    @_locked
    def answer(self, key: str, moment: int, answer: Answer) -> None:
        """Take what somebody decided. Raises InputError where it was decided already, or cannot be."""
        seat = self._seat(key)
        if self._session is None or self._phase != "playing" or seat.number not in self._session.places:
            raise InputError("nothing is asked at this moment")
        taken = Answer(answer.way, answer.motive, answer.guess, self._spent())
        seat.imagined = sight.imagined(self._session.answer(seat.number, moment, taken), taken.guess)
        self._news(seat)

    @_locked
    def vote(self, key: str, value: Any, low: Any, high: Any) -> None:
        """Guess in the round that predicts, or guess again: a seat has one vote."""
        seat = self._seat(key)
        room = self._predicting(seat)
        room.name(seat.visitor, seat.name)
        room.vote(seat.visitor, value, low, high)
        self._news(seat)

    def _predicting(self, seat: Seat) -> Room:
        return self._rooms.room_of(seat.visitor)

    def stream(self, key: str) -> int:
        """Begin to follow the news of a seat; return which time this is. A newer one ends the older."""
        with self._bell:
            seat = self._seat(key)
            seat.streams += 1
            return seat.streams

    def follows(self, key: str, stream: int) -> bool:
        """Return whether a telephone that follows the news still does, and is not to be replaced."""
        seat = self._seats.get(_digest(key))
        if seat is None or seat.streams != stream:
            return False
        seat.heard = self._now()
        return True

    @_locked
    def seen_by(self, key: str) -> dict[str, Any]:
        """Return what the telephone of a seat shows, and nothing of anybody else's."""
        seat = self._seat(key)
        place = self._place(seat)
        return {
            "news": self.news_of(key),
            "phase": self._phase,
            "name": seat.name,
            "called": seat.called,
            "time": self._time(),
            "left": self._left(),
            "clock": self._clock.seconds,
            "member": None if place is None or self._session is None else self._session.member(place),
            "page": [] if place is None else list(place.page),
            "asked": None if place is None else sight.question(place),
            "imagined": seat.imagined,
            "story": None if place is None or self._phase != "over" else sight.story(place),
            "predict": sight.prediction(self._predicting(seat).seen_by(seat.visitor)),
        }

    # ------------------------------------------------------------ what the trainer does

    def prepare_soon(self, *world: Any) -> None:
        """Prepare a session in the background; what is wrong is shown to the trainer."""

        def prepare() -> None:
            try:
                self.prepare(*world)
            except InputError as problem:
                self._say(str(problem))
            except Exception:
                _log.exception("a session could not be prepared")
                self._say("This session could not be prepared; the log of the program says why.")

        threading.Thread(target=prepare, daemon=True, name="ism-prepare").start()

    @_locked
    def _say(self, trouble: str) -> None:
        self._trouble = trouble
        self._news()

    def prepare(
        self,
        scenario: Scenario,
        seed: int = 1,
        organization: Organization | None = None,
        treatments: Sequence[str] = (),
    ) -> None:
        """Begin a new session for all who sit here. What was decided in the last one is gone.

        Raises InputError where it cannot be; then the last one stays.
        """
        session = Session(for_a_room(scenario, organization is not None), seed, organization, treatments)
        with self._bell:
            for seat in self._seats.values():
                session.sit(seat.number, seat.called)
                seat.imagined = None
            self._session, self._phase, self._trouble = session, "lobby", ""
            self._news()

    @_locked
    def play(self, on: bool = True) -> None:
        """Let time go on, or stop it, the clock of an open hour included."""
        if self._session is None or self._phase in ("preparing", "over"):
            raise InputError("prepare a session first")
        if on and self._phase != "playing":
            self._phase, self._clock.since = "playing", self._now()
            self._start()
        elif not on and self._phase == "playing":
            self._clock.used, self._phase = self._spent(), "paused"
        self._news()

    @_locked
    def skip(self) -> None:
        """Wait no longer in this hour."""
        self._clock.skipped = True
        self._news()

    @_locked
    def end(self) -> None:
        """End the session: the mirror is shown, and nothing more is asked."""
        if self._session is None:
            raise InputError("there is no session to end")
        self._phase = "over"
        if self._session.is_open:
            self._close_hour()
        self._news()

    @_locked
    def arrange(self, clock: int | None = None, locked: bool | None = None, shared: bool | None = None) -> None:
        """Set the clock (seconds), close the door to newcomers, or let several seats be behind one address."""
        if clock is not None:
            if clock not in CLOCKS:
                raise InputError(f"the clock takes one of {', '.join(map(str, CLOCKS))} seconds")
            self._clock.seconds = clock
        self._locked_door = self._locked_door if locked is None else locked
        self._shared_address = self._shared_address if shared is None else shared
        self._news()

    @_locked
    def seen(self) -> dict[str, Any]:
        """Return what the trainer's page shows: who sits here, and what was decided, but never by whom."""
        now = self._now()
        seats = sorted(self._seats.values(), key=lambda seat: seat.number)
        return {
            "code": self.code,
            "phase": self._phase,
            "time": self._time(),
            "left": self._left(),
            "clock": self._clock.seconds,
            "clocks": list(CLOCKS),
            "locked": self._locked_door,
            "shared": self._shared_address,
            "trouble": self._trouble,
            "most": MOST_SEATS,
            "seats": [sight.seat(seat.name, self._place(seat), now - seat.heard < AWAY) for seat in seats],
            **({} if self._session is None else sight.hall(self._session, self._phase == "over")),
        }

    @_locked
    def session(self) -> Session:
        """Return the session, for looking only; InputError where there is none."""
        if self._session is None:
            raise InputError("there is no session yet")
        return self._session

    # ------------------------------------------------------------ time

    def _time(self) -> str:
        session = self._session
        return "" if session is None else say_time(session.tick, session.scenario.ticks)

    def _spent(self) -> float:
        """Return the seconds for which the open hour has been waiting."""
        return self._clock.used + (self._now() - self._clock.since if self._phase == "playing" else 0.0)

    def _left(self) -> float | None:
        session = self._session
        if session is None or not session.is_open:
            return None
        return round(max(0.0, self._clock.seconds - self._spent()), 1)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="ism-seats")
            self._thread.start()

    @_locked
    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._bell.notify_all()

    def _work(self) -> None:
        try:
            while self._lives():
                asked = self._open_hour()
                self._wait_for_answers()
                self._go_on()
                self._rest(self._breath if asked else QUIET)
        except Exception:
            _log.exception("the hour of a room could not be simulated")
            with self._bell:
                self._phase, self._trouble = "paused", "Something went wrong; the log of the program says more."
                self._thread = None
                self._news()

    @_locked
    def _lives(self) -> bool:
        """Wait until time goes on; return whether there is more of it."""
        self._bell.wait_for(lambda: self._closed or self._phase != "paused")
        lives = not self._closed and self._phase == "playing"
        if not lives:
            self._thread = None  # whoever starts again needs another one
        return lives

    @_locked
    def _open_hour(self) -> bool:
        """Open the next hour; return whether anybody is asked in it. No hour where the trainer has just stopped."""
        session = self._session
        if session is None or self._phase != "playing":
            return False
        if session.is_open:
            return True
        before = {number: place.page for number, place in session.places.items()}
        asked = session.open_hour()
        self._clock.used, self._clock.since, self._clock.skipped = 0.0, self._now(), False
        new = [seat for seat in self._seats.values() if _is_new(session.places.get(seat.number), before)]
        for seat in new:
            seat.imagined = None if (place := self._place(seat)) and place.asked else seat.imagined
        if new:
            self._news(*new)
        return asked

    def _wait_for_answers(self) -> None:
        with self._bell:
            while self._is_awaited():
                self._bell.wait(self._patience())

    @_locked
    def _rest(self, seconds: float) -> None:
        """Let some time go by, unless somebody stops it."""
        self._bell.wait_for(lambda: self._closed or self._phase != "playing", seconds)

    def _patience(self) -> float | None:
        return None if self._phase != "playing" else min(1.0, max(0.01, self._clock.seconds - self._spent()))

    def _is_awaited(self) -> bool:
        """Return whether an answer may still come in this hour: nobody waits for telephones that are away."""
        session = self._session
        if session is None or self._closed or self._phase in ("over", "lobby", "preparing") or not session.is_open:
            return False
        if self._phase == "paused":
            return True
        if self._clock.skipped or self._spent() >= self._clock.seconds:
            return False
        now = self._now()
        here = [seat for seat in self._seats.values() if now - seat.heard < AWAY]
        return any(place.deciding for seat in here if (place := self._place(seat)))

    @_locked
    def _go_on(self) -> None:
        session = self._session
        if session is None or not session.is_open or self._phase != "playing":
            return
        self._close_hour()
        if session.over:
            self._phase = "over"
            self._news()

    def _close_hour(self) -> None:
        assert self._session is not None
        asked = any(place.asked for place in self._session.places.values())
        self._session.close_hour()
        if asked:
            self._news()
        else:
            self._version += 1


def _is_new(place: Place | None, before: dict[int, Any]) -> bool:
    return place is not None and (place.asked is not None or place.page is not before.get(place.chair))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def new_code() -> str:
    """Return the code of a room."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
