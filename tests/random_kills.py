"""Kills commands at random moments, and checks after each: `python tests/random_kills.py KILLS FOLDER`.

Each command runs in a fork of this process, which has loaded the program: so there is more writing to be killed in.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

from kill_points import forked

import sim
from experiments.cli import main
from experiments.commands import sweep as sweep_command
from experiments.sweeps import store as store_module
from experiments.sweeps.store import Store
from sim.ownership import check_own, is_sealed, listed
from sim.record import Run
from tests.here import Here

SCENARIO = 'extends = "baseline"\ndays = 5\n[organization]\nmembers = 60\n'
STUDY = """
title = "Many"
scenario = "mine.toml"
seeds = 40
measures = ["p_speak", "engagement"]
[factors]
"visibility.scope" = ["team", "organization"]
"""


@contextmanager
def here(_: object) -> Iterator[Executor]:
    """Stand for the executor of `ism sweep`."""
    yield Here()


# ---------------------------------------------------------------- what is whole


def check_run() -> None:
    """Raise where the run is not one that was saved whole."""
    check_own(Path("run"), Run.load("run")._source.manifest["files"])


def check_report() -> None:
    """Raise where the report is cut off."""
    assert is_sealed(Path("base/report.html").read_bytes())


def check_sweep() -> None:
    """Raise where a run that was finished is lost, or a part is damaged."""
    store = Store(Path("sweeps/many"))
    assert not (store.folder / "sweep.json").exists() or store.read() == 0
    noted = Path("finished")
    before = set(noted.read_text().split()) if noted.exists() else set()
    assert before <= store.finished, "runs are lost"
    noted.write_text(" ".join(store.finished))


def check_analysis() -> None:
    """Raise where the analysis is not one that was written whole."""
    folder = Path("few/analysis")
    check_own(folder, listed(folder, "internal-social-media analysis"))


COMMANDS: dict[str, tuple[list[str], Callable[[], None]]] = {
    "run": (["run", "mine.toml", "--out", "run"], check_run),
    "report": (["report", "base"], check_report),
    "sweep": (["sweep", "many.toml"], check_sweep),
    "analyse": (["analyse", "few"], check_analysis),
}


# ---------------------------------------------------------------- killing


def typed(*words: str) -> Callable[[], None]:
    """Return work that does what the command does, and tells nobody."""

    def work() -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        main(words, standalone_mode=False)

    return work


def begun(work: Callable[[], object]) -> int:
    """Begin work in a fork; return its number."""
    if child := os.fork():
        return child
    try:
        work()
    finally:
        os._exit(0)


def kill_at_random(name: str, kills: int) -> str:
    """Kill a command so many times, look after each, let it end at last; return what was seen in words."""
    words, check = COMMANDS[name]
    luck, killed, ended, seconds = random.Random(name), 0, 0, _seconds(words)
    while killed < kills:
        child = begun(typed(*words))
        time.sleep(luck.uniform(0.0, seconds))
        os.kill(child, signal.SIGKILL)
        was_killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        killed, ended = killed + was_killed, ended + (not was_killed)
        assert forked(check) == 0, f"{name} is not whole after kill {killed}"
        if name == "sweep" and not was_killed:  # begin again
            shutil.rmtree("sweeps")
            Path("finished").unlink()
    assert forked(typed(*words)) == 0
    assert forked(check) == 0
    left = [str(path) for path in Path().rglob(".ism-*")]
    assert not left, left
    return f"{name}: {killed} kills, {ended} ended before"


def _seconds(words: list[str]) -> float:
    """Return how long a command takes."""
    began = time.monotonic()
    assert forked(typed(*words)) == 0
    return time.monotonic() - began


def prepare(folder: Path) -> None:
    """Stand in a folder that holds all that the commands need."""
    os.chdir(folder)
    sweep_command.executor_at = here
    store_module.WRITE_SECONDS = 0.0  # a part for each batch
    for name, text in (("mine", SCENARIO), ("many", STUDY), ("few", STUDY.replace("40", "3"))):
        Path(f"{name}.toml").write_text(text)
    sim.simulate(sim.load("baseline").with_({"organization.members": 10, "days": 1}))  # loads the machine code
    for words in (["run", "mine.toml", "--out", "base"], ["sweep", "few.toml", "--out", "few"]):
        assert forked(typed(*words)) == 0


if __name__ == "__main__":
    prepare(Path(sys.argv[2]))
    for name in sys.argv[3:] or COMMANDS:
        sys.stdout.write(f"{kill_at_random(name, int(sys.argv[1]) // len(COMMANDS))}\n")
        sys.stdout.flush()
