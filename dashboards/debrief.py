"""The debrief at the end of a run: what was done, what it did, what that cannot tell, and what other seeds say of it.

The world that was watched stands beside the one in which nothing was changed on the way, or, where nobody changed
anything, the one in which nothing happens. Each number is compared over the days after the first change, on the same
luck; then the same two worlds live on other seeds, and only what is outside their noise is said to be an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from dashboards import asked, elsewhere, visitors
from dashboards.beside import MadeInAThread
from dashboards.elsewhere import SEEDS, other_seeds
from dashboards.frame import say_time
from dashboards.numbers import draw_lines
from dashboards.scene import describe
from dashboards.world import Arena
from experiments.statistics import mean_interval
from experiments.values import finite
from sim.errors import InputError
from sim.scenario import Event, Scenario
from sim.state import TICKS_PER_DAY
from sim.wording import rounded

Means = Mapping[str, float | None]
"""Of one world: each number of `NUMBERS` over the days that count, and what was asked for as it was asked for."""


class Number(NamedTuple):
    """One number that both worlds are compared by."""

    key: str
    """Its name among the lines."""
    label: str
    is_share: bool = True
    means: str = ""
    """What it measures, where the name does not say it."""
    asked: bool = False
    """Whether the command line asked for it."""


NUMBERS: Final = (
    Number("willing", "willing to voice a critique"),
    Number("voice", "wishes spoken"),
    Number("silence", "left unsaid a day", is_share=False),
    Number("safety", "psychological safety"),
)


class Debrief(MadeInAThread):
    """The debrief of a run that is over."""

    def __init__(self, arena: Arena, done: Callable[[], object], seeds: int = SEEDS) -> None:
        super().__init__(arena, done)
        with arena.lock:
            self._here = arena.forked()
            self._plain, self._changes = unchanged(arena)
        self._seeds = seeds
        self._own: tuple[Means, Means] | None = None
        self._apart: list[Mapping[str, float | None]] = []
        self._faults: dict[str, str] = {}
        self.hindrance = ""
        """Why other seeds cannot tell."""
        self.start()

    def stage(self, _: Any) -> tuple[Any, ...]:
        """Return what grows whenever there is something new to tell."""
        return self._own is None, len(self._apart), self.problem, self.hindrance

    def describe(self, _: Any = None) -> dict[str, Any]:
        """Return what was done, what it did, and how sure that is, as plain values for JSON."""
        world = self._here
        return {
            "mine": bool(world.interventions),
            "did": [
                {"when": say_time(event.tick, world.ticks), "words": describe(event, world.scenario, world.cast)}
                for event in self._changes
            ],
            "rows": [] if self._own is None else [self._row(number) for number in (*NUMBERS, *asked_for())],
            "done": len(self._apart),
            "of": self._seeds if self._changes else 0,
            "problem": self.problem or self.hindrance,
        }

    def _row(self, number: Number) -> dict[str, Any]:
        """Return one number in both worlds, and what other seeds say of their difference."""
        assert self._own is not None
        here, without = (each[number.key] for each in self._own)
        found = mean_interval([each[number.key] for each in self._apart])
        whole = len(self._apart) == self._seeds
        write = finite if number.asked else rounded  # what is asked for may be of any size
        return {
            **number._asdict(),
            "fault": self._faults.get(number.key, ""),
            "here": here,
            "without": without,
            "less": write(_less(here, without)),
            "mean": write(found.mean) if whole else None,
            "low": write(found.low) if whole else None,
            "high": write(found.high) if whole else None,
            "clear": (found.low > 0.0 or found.high < 0.0) if whole else None,
        }

    # ------------------------------------------------------------ the thread

    def make(self) -> None:
        """Compare both worlds on this seed, and then on others; nothing where nothing was changed."""
        if not self._changes:
            return
        self._own = self._both(self._here.seed)
        self._done()
        self._ask_others()

    def _ask_others(self) -> None:
        try:
            elsewhere.check(self._changes)
        except InputError as problem:
            self.hindrance = f"{problem}."
            return
        for seed in other_seeds(self._here.seed, self._seeds):
            with visitors.TURNS:
                here, without = self._both(seed)
            self._apart = [*self._apart, {key: _less(here[key], without[key]) for key in here}]
            self._done()

    def _both(self, seed: int) -> tuple[Means, Means]:
        """Return the numbers of both worlds on one seed."""
        people = self._here.organization if self._here.given else None
        since = min(event.tick for event in self._changes) // TICKS_PER_DAY
        worlds = (Arena(scenario, seed, people) for scenario in (self._here.scenario, self._plain))
        here, without = (self._measured(world, since) for world in worlds)
        return here, without

    def _measured(self, world: Arena, since: int) -> Means:
        """Return the numbers of one world, those that were asked for among them."""
        found, further = means(world, since), asked.found_in(world.engine)
        self._faults |= {name: each.fault for name, each in further.items() if each.fault}
        return {**found, **{name: each.value for name, each in further.items()}}


def asked_for() -> Iterator[Number]:
    """Yield the measures that the command line asked for, as numbers of the table."""
    wanted = asked.asked()
    for name in wanted.all:
        measure = wanted.catalogue[name]
        yield Number(name, asked.label_of(name), measure.unit == "share", measure.meaning, asked=True)


def unchanged(arena: Arena) -> tuple[Scenario, tuple[Event, ...]]:
    """Return the scenario without what was changed on the way, else without what happens in it, and these events."""
    if arena.interventions:
        return arena.base, arena.interventions
    return replace(arena.base, events=(), written=()), tuple(arena.base.written)


def means(world: Arena, since: int) -> Means:
    """Return the mean of each number over the days from one on, once the world is at its end."""
    world.look_at(world.ticks)
    lines = draw_lines(world.engine, world.willing, most=world.ticks)
    return {each.key: _mean(lines[each.key][since:]) for each in NUMBERS}


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return rounded(sum(known) / len(known)) if known else None


def _less(here: float | None, without: float | None) -> float | None:
    return None if here is None or without is None else here - without
