"""Warming: all machine code is made before somebody waits for it, and so is what Python keeps of each module."""

from __future__ import annotations

import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from experiments.extras import MODULES
from sim import machine_code
from sim.compiled import PLAIN, cache_folder
from sim.errors import InputError, as_typed

_HEAVY: Final = {"pages": "experiments.report", "dashboard": "dashboards.serving"}
"""What is slow to load for the first time, by the extra that it needs."""

_SAID_AND_DONE: Final = (
    {"day": 1, "announce": {"by": "ceo", "openness": 0.9}},
    {"day": 1, "post": {"by": "ceo", "issue": 0, "stance": 0.5, "criticality": 0.0}},
    {"day": 2, "respond": {"by": "ceo", "to": "latest_critique", "how": "supportive"}},
)
"""One event of each kind that compiled code carries out."""


class Warmed(NamedTuple):
    """What warming has done."""

    compiled: tuple[str, ...]
    """Functions, as module.name, of which there was no machine code before."""
    folder: Path
    """Where machine code is kept."""
    seconds: float


def warm() -> Warmed:
    """Compile all that is not compiled yet, by asking once for whatever can be asked for.

    Raises InputError where nothing is compiled here, or no folder keeps it for other processes.
    """
    folder, began = lasting_folder(), time.perf_counter()
    before = kept(folder)
    ask_everything()
    for extra, module in _HEAVY.items():
        if all(map(find_spec, MODULES[extra])):
            import_module(module)
    return Warmed(tuple(sorted(kept(folder) - before)), folder, time.perf_counter() - began)


def lasting_folder() -> Path:
    """Return where machine code is kept for other processes; InputError as of `warm`."""
    if PLAIN:
        raise InputError("nothing is compiled where NUMBA_DISABLE_JIT is set", key="NUMBA_DISABLE_JIT")
    folder = cache_folder()
    if not machine_code.is_shared(folder):
        raise InputError(
            f"machine code would be lost with {as_typed(folder)}: let NUMBA_CACHE_DIR name a folder that can be written"
        )
    return folder


def kept(folder: Path) -> set[str]:
    """Return the functions of which a folder has machine code, as module.name."""
    return {index.name.partition("-")[0] for index in folder.glob("*/*.nbi")}


def ask_everything() -> None:
    """Simulate a short world in which every rule has its turn, and ask of it all that is asked by commands."""
    import sim
    from sim.kernel import willingness_of
    from sim.probe import probed

    run = sim.simulate(probed(), seed=1)
    most = int(run.members["occasions"].arg_max() or 0)
    sim.explain(run, most).to_dict()
    sim.iceberg(run, issue=0)
    sim.twin(run.scenario, _SAID_AND_DONE, run.seed)
    engine = run.engine_at(run.tick)
    willingness_of(engine.world, engine.coefficients)
