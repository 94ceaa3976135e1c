"""A hub: between one arena and the page that shows it. Commands go in, frames come out, a thread does the work.

Whoever moves a control only leaves a command, so a control is never blocked. At most one frame is on its way: the
next one is made when the page has drawn the last, from the world as it is then. A page that draws no more stops time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final

from dashboards import address, aftermath, levers, living, memory, own
from dashboards.aftermath import Aftermath
from dashboards.beside import Beside
from dashboards.colours import Colours
from dashboards.commands import Command, Deed, cancels, queued, seen, seen_otherwise, table, whole
from dashboards.debrief import Debrief
from dashboards.ensemble import Ensemble
from dashboards.former import Former
from dashboards.frame import draw_frame
from dashboards.gallery import draw_gallery
from dashboards.scene import describe, draw_scene
from dashboards.story import Story
from dashboards.view import View
from dashboards.world import Arena
from sim.errors import InputError, shown
from sim.scenario import gallery, load
from sim.state import TICKS_PER_DAY

Send = Callable[[str, Any], None]
"""Bring something to the page: its kind (scene, frame, notice, or what is made beside), and what it is, for JSON."""

BEAT: Final = 0.1
"""Seconds between two frames, at least, while time runs."""
PATIENCE: Final = 10.0
"""Seconds without an acknowledgement after which the page is taken to be gone."""
SHORT: Final = 0.5
"""Seconds that a command may take before a newer one cancels it, and between two frames on a long way."""
SPEEDS: Final = (1, 2, 4, 8, 16, 40)
"""Working hours a second."""

_log = logging.getLogger(__name__)


class Hub:
    """One visitor's arena, begun from the query of an address in a thread of its own, until `close`."""

    def __init__(self, query: str = "") -> None:
        self.playing = False
        self.speed = 8
        self._until: int | None = None  # the hour at which time is to stop
        self._goal: int | None = None  # the hour that is to be shown, while it is not
        self._since = time.monotonic()  # when what is being done was begun
        self.view = View()
        self._twins: Callable[[], Any] | None = None
        self._beside = Beside()
        self._page_knows: dict[str, Any] = {}  # how far the page knows what is made beside, by kind
        self._aftermath: Aftermath | None = None
        self._colours = Colours()
        self._went = 0
        self._begun = threading.Event()
        self._busy = True
        self._bell = threading.Condition()
        self._commands: list[Command | Deed] = []
        self._send: Send | None = None
        self._page_has: int | None = None  # the generation whose scene the page has
        self._stale = True
        self._left_out = ""
        self._sent = self._drawn = 0
        self._sent_at = self._due_at = 0.0
        self._closed = False
        self._thread = threading.Thread(target=self._work, args=(query,), daemon=True, name="ism-hub")
        self._thread.start()

    # ------------------------------------------------------------ called by the page

    @property
    def arena(self) -> Arena:
        """The arena; waits until it is there. Whoever changes it directly calls `refresh` afterwards."""
        self._begun.wait()
        return self._arena

    def attach(self, send: Send) -> None:
        """Show everything to a page that has just come."""
        with self._bell:
            self._send, self._page_has, self._stale = send, None, True
            self._page_knows = {}
            self._drawn = self._sent
            self._bell.notify_all()

    def ask(self, command: Command) -> None:
        """Leave a command; one that says more about the last of its kind is added to it."""
        try:
            with self._bell:
                self._commands = queued(self._commands, dict(command))
                self._bell.notify_all()
        except InputError as problem:
            self._notice(str(problem))

    def drawn(self, number: int) -> None:
        """Hear that the page has drawn a frame."""
        with self._bell:
            self._drawn = max(self._drawn, int(number))
            self._bell.notify_all()

    def do(self, deed: Deed) -> None:
        """Leave something to be done to the arena by the thread, after which it is drawn."""
        with self._bell:
            self._commands = [*self._commands, deed]
            self._bell.notify_all()

    def settle(self) -> None:
        """Wait until all that was asked for so far is done, but not without end."""
        with self._bell:
            self._bell.wait_for(lambda: self._closed or not (self._busy or self._commands), PATIENCE)

    def tell(self, words: str) -> None:
        """Tell the visitor something."""
        self._notice(words)

    def refresh(self) -> None:
        """Hear that the arena was changed by somebody else."""
        with self._bell:
            self._stale = True
            self._bell.notify_all()

    def close(self) -> None:
        """End the thread, and let go of the world."""
        with self._bell:
            self._closed, self._send = True, None
            self._bell.notify_all()
        self._beside.stop()

    def want_twins(self, make: Callable[[], Any] | None) -> None:
        """Have the next twins made in this way; None for those of the arena as it stands."""
        self._twins = make

    def origin(self) -> Any:
        """Return the twins that somebody asked for, once, and the arena whenever nobody did."""
        make, self._twins = self._twins, None
        try:
            return self.arena if make is None else make()
        except InputError as problem:
            self._notice(str(problem))
            return self.arena

    def story_twins(self) -> Any:
        """Return both worlds of the story, as twins."""
        story = self._beside.get("story")
        if story is None:
            raise InputError("there is no story of this world as it is now")
        return story.pair()

    def rebuked(self) -> Any:
        """Return the world beside the one without the latest answer that a leader gave for all to see, as twins."""
        with self.arena.lock:
            found = self._followed()
            if found is None:
                raise InputError("up to the hour that is shown no leader was made to answer")
            return found.pair()

    # ------------------------------------------------------------ the thread

    def _work(self, query: str) -> None:
        try:
            with living.watched(self._is_unwanted):
                self._live(query)
        finally:
            memory.release_soon()

    def _live(self, query: str) -> None:
        try:
            self._begin(query)
        except living.InterruptedWork:
            return  # it was closed before it began
        finally:
            self._begun.set()
        while self._waited():
            self._safely(self._go_on)
            while (command := self._next()) is not None:
                self._safely(partial(self._do, command))
                self._safely(self._go_on)
            self._safely(self._live_on)
            self._safely(self._push)

    def _waited(self) -> bool:
        """Wait until there is something to do; False where the hub is closed."""
        with self._bell:
            self._busy = self._goal is not None
            self._bell.notify_all()
            while not self._has_work():
                self._bell.wait(self._until_due())
            self._busy = True
            return not self._closed

    def _next(self) -> Command | Deed | None:
        """Take the oldest command off the queue; None where there is none."""
        with self._bell:
            return self._commands.pop(0) if self._commands and not self._closed else None

    def _is_unwanted(self) -> bool:
        """Return whether what is being done is to give way: it takes long, and something newer was asked for."""
        if self._closed:
            return True
        if time.monotonic() - self._since < SHORT:
            return False
        return self._goal is not None or any(map(cancels, self._commands))

    def _begin(self, query: str) -> None:
        """Make the world that the address names, or an ordinary one where it cannot be."""
        reading = address.read(query)
        try:
            self._arena = address.arena_of(reading.address)
            self._goal = reading.address.tick
        except InputError as problem:
            self._arena = Arena(load(address.DEFAULT))
            reading = reading._replace(reasons=(*reading.reasons, f"this is the ordinary organisation: {problem}"))
        self._beside.put("former", Former(self._arena))
        self.view = reading.address.view
        if reading.reasons:
            self._left_out = "Of the address, " + "; ".join(reading.reasons)

    def _safely(self, deed: Callable[[], None]) -> None:
        """Do something; a refusal is shown to the visitor, a fault also to the log, and neither ends the thread."""
        self._since = time.monotonic()
        try:
            deed()
        except living.InterruptedWork:
            self._stale = True
        except InputError as problem:
            self._notice(str(problem))
        except Exception:
            self.playing = False
            _log.exception("a command of the dashboard failed")
            self._notice("Something went wrong inside the simulation; its log says more. Reset starts again.")

    def _has_work(self) -> bool:
        ready = self._can_push() and (self._stale or self._is_due())
        return self._closed or bool(self._commands) or self._goal is not None or ready or self._is_gone()

    def _can_push(self) -> bool:
        return self._send is not None and self._drawn >= self._sent

    def _is_gone(self) -> bool:
        """Return whether a page that time runs for draws no more."""
        return self.playing and not self._can_push() and time.monotonic() > self._sent_at + PATIENCE

    def _is_due(self) -> bool:
        return self.playing and time.monotonic() >= self._due_at

    def _until_due(self) -> float | None:
        """Return how long there is nothing to do unless the bell rings."""
        if not self.playing:
            return None
        if self._can_push():
            return max(0.0, self._due_at - time.monotonic())
        return max(0.05, self._sent_at + PATIENCE - time.monotonic())

    def _go_on(self) -> None:
        """Go on to the hour that somebody sought; on a long way, frames show how far it is."""
        goal = self._goal
        if goal is None:
            return
        self._stale = True
        try:
            self.arena.look_at(goal)
        except living.InterruptedWork:
            raise
        except Exception:
            self._goal = None  # else it would be sought, and fail, over and over
            raise
        self._goal = None

    def _live_on(self) -> None:
        """Let time go on, where it is due and the page keeps up; stop it where the page is gone, or the run over."""
        if self._is_gone():
            self.playing, self._stale = False, True
            self._drawn = self._sent
        if not self._is_due() or not self._can_push() or self._goal is not None:
            return
        end = self.arena.ticks if self._until is None else self._until
        self.arena.advance(min(max(1, round(self.speed * BEAT)), max(1, end - self.arena.shown)))
        self._due_at = time.monotonic() + max(BEAT, 1 / self.speed)
        self._stale = True
        self.playing = self.arena.shown < end

    def _push(self) -> None:
        with self._bell:
            send, has, known = self._send, self._page_has, self._page_knows
            if send is None or not (self._can_push() and self._stale):
                return
            self._stale = False  # what is news from here on needs another frame
        with self.arena.lock:
            generation = self.arena.generation
            scene = self._scene() if has != generation else None
            frame = self._frame()
            news = list(self._beside.news(self.arena, known, frame.get("series")))
        with self._bell:
            if self._send is not send:
                return  # another page has come meanwhile, which gets all of it
            self._page_has = generation
            self._sent += 1
            self._sent_at = time.monotonic()
        if scene is not None:
            send("scene", scene)
        for each in news:
            known[each.kind] = each.stage
            send(each.kind, each.what)
        send("frame", {"number": self._sent, **frame})
        if self._left_out:
            self._notice(self._left_out)
            self._left_out = ""

    def _scene(self) -> dict[str, Any]:
        arena = self.arena
        groups = levers.groups(arena.scenario)
        self._levers = [lever.key for group in groups for lever in group.levers]
        return {
            **draw_scene(arena),
            "groups": [{**group._asdict(), "levers": [lever._asdict() for lever in group.levers]} for group in groups],
            "gallery": draw_gallery(),
            "preset": arena.base.name,
            "speeds": SPEEDS,
        }

    def _frame(self) -> dict[str, Any]:
        arena = self.arena
        stand = levers.values(arena.engine.parameters)
        after = self._followed()
        effect = None if after is None else after.describe()
        return {
            **draw_frame(arena, self.view, self._colours.change(arena, self.view, after)),
            "after": effect,
            "coming": self._coming(),
            "missed": after is not None and effect is None and arena.shown <= after.event.tick + TICKS_PER_DAY,
            "went": self._went,
            "playing": self.playing,
            "speed": self.speed,
            "view": seen(self.view),
            "values": {key: stand[key] for key in self._levers if key in stand},
            "address": address.query(address.describe(arena, self.view).address),
        }

    def _coming(self) -> list[str]:
        """Return what somebody has made happen in the hour that comes: nobody can have seen it yet."""
        arena = self.arena
        here = [event for event in arena.interventions if event.tick == arena.shown and event.kind != "set"]
        return [describe(event, arena.scenario, arena.cast) for event in here]

    def _followed(self) -> Aftermath | None:
        """Return what the latest answer that everyone could see has done up to the hour shown."""
        arena = self.arena
        event = aftermath.latest(arena)
        if event is None:
            return None
        if self._aftermath is None or not self._aftermath.is_of(arena, event):
            self._aftermath = Aftermath(arena, event)
        self._aftermath.follow(arena.shown)
        return self._aftermath

    def _keep(self, words: str) -> None:
        """Keep the world as it is, whose lines stay pale behind those of the one to come."""
        former = self._beside.get("former")
        if former is not None:  # there is none once it is closed
            former.keep(words)

    def _have(self, kind: str, make: Callable[[Arena, Callable[[], object]], Any], command: Command) -> None:
        """Have something made beside, in place of what there is of its kind; or stop that."""
        wanted = command.get("on", True)
        self._beside.put(kind, make(self.arena, self.refresh) if wanted else None)
        if wanted:
            self._page_knows.pop(kind, None)  # the new one may stand where the old one stood

    def _notice(self, words: str) -> None:
        send = self._send
        if send is not None:
            send("notice", {"words": words})

    # ------------------------------------------------------------ commands

    def _do(self, command: Command | Deed) -> None:
        """Do what was asked for, in place of what was sought before it."""
        self._stale = True
        if cancels(command):
            self._goal = None
        if callable(command):
            command(self.arena)
        else:
            self._carry_out(command)

    def _carry_out(self, command: Command) -> None:
        """Do what a command says; InputError where it says nothing that can be done."""
        deed = self._DEEDS.get(str(command.get("do")))
        if deed is None:
            raise InputError(f"the page asked for {shown(command.get('do'))}, which is no command")
        deed(self, {key: value for key, value in command.items() if key != "do"})

    def _play(self, command: Command) -> None:
        if self.arena.shown >= self.arena.ticks and command.get("on", not self.playing):
            self.arena.look_at(0)
        self.playing = bool(command.get("on", not self.playing))
        self._until, self._due_at = None, 0.0

    def _step(self, command: Command) -> None:
        self.playing = False
        self.arena.advance(whole(command.get("hours", 1), 1, 5 * TICKS_PER_DAY))

    def _seek(self, command: Command) -> None:
        self._goal = whole(command.get("tick", 0), 0, self.arena.ticks)

    def _set_speed(self, command: Command) -> None:
        self.speed = whole(command.get("value", self.speed), SPEEDS[0], SPEEDS[-1])
        self._due_at = 0.0

    def _look(self, command: Command) -> None:
        self.view = seen_otherwise(self.view, command)

    def _move(self, command: Command) -> None:
        self._keep("before your last change")
        levers.move(self.arena, table(command.get("changes")))

    def _ask_others(self, command: Command) -> None:
        """Live the same world on other seeds, or stop that."""
        self._have("ensemble", Ensemble, command)

    def _debrief(self, command: Command) -> None:
        """Say what was done in this run and what it did, or let go of it."""
        self._have("debrief", Debrief, command)

    def _tell_story(self, command: Command) -> None:
        """Make the film of this world, or let go of it."""
        self._have("story", Story, command)

    def _go(self, command: Command) -> None:
        """Show what an address says: another hour or view of this world, or another world."""
        text = command.get("query")
        if not isinstance(text, str):
            raise InputError("the page asked for an address that is none")
        self._went = whole(command.get("number", 0), 0, 2**53)
        wanted = address.read(text).address
        self.view = wanted.view
        if not address.tells_of(text, self.arena):
            self.playing = False
            self._keep("before you went back")
            base, people = address.base_of(wanted), own.kept(wanted.people)
            self.arena.reset(base, wanted.seed, people or "generated", wanted.interventions)
        if wanted.tick != self.arena.shown:
            self.playing = False
            self._goal = wanted.tick

    def _happen(self, command: Command) -> None:
        self._keep("before you stepped in")
        self.arena.intervene(table(command.get("change")))

    def _reset(self, command: Command) -> None:
        """Start again: in another scenario of the gallery, on other luck, or as before."""
        name, seed = command.get("scenario"), command.get("seed")
        if name is not None and name not in tuple(gallery()):  # a tuple: a page may send what has no hash
            raise InputError(f"there is no scenario {shown(name)} in the gallery")
        self.playing = bool(command.get("play", False))
        self._keep(f"{shown(self.arena.base.title, 60)}, seed {self.arena.seed}")
        self.arena.reset(None if name is None else load(name), None if seed is None else whole(seed, 0, 2**53))
        days = self.arena.scenario.parameters.days
        if command.get("day") is not None:
            self._goal = whole(command["day"], 0, days) * TICKS_PER_DAY
        until = command.get("until")
        self._until = None if until is None else whole(until, 0, days) * TICKS_PER_DAY

    _DEEDS: ClassVar[dict[str, Callable[[Any, Command], None]]] = {
        "play": _play,
        "step": _step,
        "seek": _seek,
        "speed": _set_speed,
        "view": _look,
        "levers": _move,
        "event": _happen,
        "reset": _reset,
        "others": _ask_others,
        "story": _tell_story,
        "debrief": _debrief,
        "go": _go,
    }
