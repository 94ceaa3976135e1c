"""Simulate: one scenario, one seed, from the first day to the last."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sim.engine import Behaviour, Engine, make_organization
from sim.errors import InputError, as_typed
from sim.organization import Organization
from sim.record import Run
from sim.scenario import Scenario, load
from sim.snapshot import Snapshot
from sim.state import TICKS_PER_DAY

Progress = Callable[[int, int], object]
"""Is called with how many days are finished, and how many there will be."""

LARGEST_SEED: Final = 2**63 - 1
_MEMBER_DAYS: Final = 250_000  # simulated between two looks at the keyboard: less than a second


def simulate(
    scenario: Scenario | str | os.PathLike[str] | None = None,
    seed: int = 1,
    until: int | None = None,
    organization: Organization | None = None,
    progress: Progress | None = None,
    behaviours: Mapping[int | str, Behaviour] | None = None,
    checkpoint_days: int | None = None,
    threads: int = 1,
) -> Run:
    """Simulate a scenario (the baseline, one of the gallery, a file, or a Scenario) and return the run.

    `until` ends it after so many workdays. `organization` takes the place of the made-up one. `progress` is called
    after each finished day. `behaviours` maps members (rows or ids) to Python code that decides for them. The state is
    kept each `checkpoint_days` days, so that the run can be gone back to. `threads` changes how fast, never what.
    Ctrl-C ends the run early, after the days that are just being simulated; pressed twice, it ends everything. Raises
    InputError where an argument cannot be.
    """
    wanted = scenario_of(scenario)
    luck = _whole("seed", seed, 0, LARGEST_SEED)
    planned = wanted.parameters.days
    days = planned if until is None else min(planned, _whole("until", until, 1))
    kept = None if checkpoint_days is None else _whole("checkpoint_days", checkpoint_days, 1)
    people = make_organization(wanted, luck) if organization is None else organization
    engine = Engine(wanted, people, luck, _by_row(behaviours or {}, people), threads)
    started = time.perf_counter()
    states = _advance(engine, days, progress, kept)
    return Run(engine, round(time.perf_counter() - started, 3), states)


def _advance(engine: Engine, days: int, progress: Progress | None, checkpoint_days: int | None) -> list[Snapshot]:
    """Advance by whole days, as far as nobody ends it, and return the states kept on the way."""
    step = 1 if progress else max(1, _MEMBER_DAYS // engine.organization.members)
    keep = set(range(checkpoint_days, days, checkpoint_days)) if checkpoint_days else set()
    states = []
    with _patient_with_ctrl_c() as stopped:
        for day in sorted({*range(step, days, step), *keep, days}):
            engine.advance(day * TICKS_PER_DAY)
            if day in keep:
                states.append(engine.snapshot())
            try:
                if progress:
                    progress(day, days)
            except KeyboardInterrupt:
                if stopped():  # pressed before
                    raise
                break
            if stopped():
                break
    return states


@contextmanager
def _patient_with_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C wait for the end of the days that are being simulated; pressed twice it does not wait."""
    pressed: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False  # Ctrl-C reaches the main thread only
        return
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield lambda: False  # whoever calls has plans of their own
        return

    def note(*_: Any) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(1)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def scenario_of(wanted: Scenario | str | os.PathLike[str] | None) -> Scenario:
    """Return a scenario that is meant: itself, or by name or path; the baseline where None."""
    if isinstance(wanted, Scenario):
        return wanted
    if wanted is None or isinstance(wanted, str | os.PathLike):
        return load(wanted if wanted is not None else "baseline")
    raise InputError(
        f"scenario = {as_typed(wanted)} is neither a Scenario nor the name or the path of one", key="scenario"
    )


def _whole(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return an argument that has to be a whole number; InputError where it is none, or out of bounds."""
    try:
        number = None if isinstance(value, bool | str) else int(value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or number != value or number < low or (high is not None and number > high):
        bounds = f"of at least {low}" if high is None else f"between {low} and {high}"
        raise InputError(f"{name} = {as_typed(value)} is not a whole number {bounds}", key=name)
    return number


def _by_row(behaviours: Mapping[int | str, Behaviour], people: Organization) -> dict[int, Behaviour]:
    """Return behaviours by the rows of the members whom they decide for."""
    rows = {}
    for member, behaviour in behaviours.items():
        last = people.members - 1
        row = people.row_of(member) if isinstance(member, str) else _whole("the row of a behaviour", member, 0, last)
        rows[row] = behaviour
    return rows
