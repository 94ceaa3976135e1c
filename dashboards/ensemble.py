"""How sure is this? The same world on other seeds, run beside the one that is watched, and what they say of it.

Each day of a line has two more numbers: the 95% interval of the mean over the other seeds, which says where the usual
course lies, and the lowest and the highest of them, which says how far single runs stray. This run is none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from dashboards import elsewhere, living, visitors
from dashboards.beside import MadeInAThread
from dashboards.elsewhere import SEEDS, other_seeds
from dashboards.numbers import draw_lines
from dashboards.willing import mean_willing
from dashboards.world import Arena
from experiments.statistics import mean_interval
from experiments.workers import cores
from sim.engine import Engine, make_organization
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY
from sim.wording import listed, number, percent, rounded

Series = Mapping[str, list[Any]]


class Line(NamedTuple):
    """One of the lines over time."""

    key: str
    """Its name among the series."""
    words: str
    is_share: bool = True


LINES: Final = (
    Line("willing", "willingness"),
    Line("voice", "wishes spoken"),
    Line("safety", "safety"),
    Line("engagement", "engagement"),
    Line("silence", "wishes left unsaid a day", is_share=False),
)


class Ensemble(MadeInAThread):
    """Other seeds of the world that an arena shows, run in a thread of their own from their first day to their last.

    They hold all that was changed on the way so far, and go on beyond the hour shown: they stand for as long as nothing
    else is changed. Made-up people are others on another seed; people from a file stay who they are.
    """

    def __init__(self, arena: Arena, done: Callable[[], object], seeds: int = SEEDS) -> None:
        super().__init__(arena, done)
        with arena.lock:
            self._scenario = arena.scenario
            self._people = arena.organization if arena.given else None
            self._seeds = other_seeds(arena.seed, seeds)
        self.runs: list[Series] = []
        self._bands: dict[str, dict[str, list[Any]]] | None = None
        self.start()

    def stage(self, own: Series) -> tuple[Any, ...]:
        """Return what grows whenever there is something new to tell."""
        return len(self.runs), len(own["day"]), self.problem

    def describe(self, own: Series) -> dict[str, Any]:
        """Return how far it is and, when all seeds are there, what they say beside the series of the run watched."""
        return {
            "done": len(self.runs),
            "of": len(self._seeds),
            "problem": self.problem,
            "people": "other people" if self._people is None else "the same people",
            "bands": self._bands,
            "words": verdict(own, self.runs) if self._bands and own["day"] else [],
        }

    # ------------------------------------------------------------ the thread

    def make(self) -> None:
        """Simulate all seeds, as many at once as there are cores."""
        elsewhere.check(self._scenario.written)
        with ThreadPoolExecutor(cores(), "ism-ensemble") as pool:
            for simulated in pool.map(self._turn, self._seeds):
                if simulated is None:
                    raise living.InterruptedWork
                self._take([*self.runs, simulated])
                self._done()

    def _turn(self, seed: int) -> Series | None:
        with visitors.TURNS:
            return self._simulate(seed)

    def _take(self, runs: list[Series]) -> None:
        """Have one run more; what all say is there before they are counted, as a page looks when the count rises."""
        if len(runs) == len(self._seeds):
            self._bands = bands(runs)
        self.runs = runs

    def _simulate(self, seed: int) -> Series | None:
        """Return the series of one seed; None where nobody waits for it any more."""
        people = make_organization(self._scenario, seed) if self._people is None else self._people
        engine, willing = Engine(self._scenario, people, seed), []
        for tick in range(0, engine.ticks, TICKS_PER_DAY):
            if self._stopped.is_set():
                return None
            engine.advance(tick + TICKS_PER_DAY)
            willing.append(mean_willing(engine))
        return draw_lines(engine, willing, most=engine.ticks)


# ---------------------------------------------------------------- what they say


def bands(runs: list[Series]) -> dict[str, dict[str, list[Any]]]:
    """Return, for each line and day, the 95% interval of the mean over runs, and the lowest and highest of them."""
    found = {}
    for line in LINES:
        by_day = [[run[line.key][day] for run in runs] for day in range(len(runs[0]["day"]))]
        intervals = [mean_interval(values) for values in by_day]
        known = [[value for value in values if value is not None] for values in by_day]
        found[line.key] = {
            "low": [rounded(each.low) for each in intervals],
            "high": [rounded(each.high) for each in intervals],
            "least": [min(values, default=None) for values in known],
            "most": [max(values, default=None) for values in known],
        }
    return found


def verdict(own: Series, runs: list[Series]) -> list[str]:
    """Say in words whether a run is usual: its last five workdays beside the same days of the others, line by line."""
    days = own["day"][-DAYS_PER_WEEK:]
    lines, strays = [], []
    for line in LINES:
        here = _mean([own[line.key][own["day"].index(day)] for day in days])
        there = [value for run in runs if (value := _mean([run[line.key][day] for day in days])) is not None]
        if here is None or len(there) < 2:
            continue
        found, write = mean_interval(there), percent if line.is_share else _plain
        lines.append(
            f"{line.words}: {write(here)} here; {write(min(there))} to {write(max(there))} on the other seeds, "
            f"{write(found.mean)} on average ({write(found.low)} to {write(found.high)})"
        )
        if not min(there) <= here <= max(there):
            strays.append(f"{line.words} {'above' if here > max(there) else 'below'} all {len(there)}")
    return [_summed_up(strays, len(runs)), *lines] if lines else []


def _summed_up(strays: list[str], runs: int) -> str:
    if not strays:
        return f"This run is usual: its last five workdays lie within what the {runs} other seeds did."
    return (
        f"This run is unusual: {listed(strays)} other seeds. "
        f"By luck alone, each line is outermost in 2 of {runs + 1} runs."
    )


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _plain(value: float) -> str:
    return number(value, 1 if abs(value) < 10 else 0)
