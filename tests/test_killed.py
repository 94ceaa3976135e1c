"""Claims about commands that are killed: what they were writing is whole, the old or the new, and nothing stays behind.

`ISM_KILLS=100 uv run pytest -m slow tests/test_killed.py -s -n 0` kills a hundred times at random and prints how many.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kill_points import JOBS

from experiments.sweeps.store import Store
from sim.ownership import check_own, is_sealed, listed
from sim.record import Run

ROOT = Path(__file__).resolve().parent.parent
KILLS = int(os.environ.get("ISM_KILLS", "12"))
SCENARIO = 'extends = "baseline"\ndays = 5\n[organization]\nmembers = 60\n'
STUDY = """
title = "Many"
scenario = "mine.toml"
seeds = 400
measures = ["p_speak", "engagement"]
[factors]
"visibility.scope" = ["team", "organization"]
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes, as POSIX can"),
]


@pytest.fixture
def quick_disk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """Return a folder in memory, where the system has that: a kill does not ask what has reached the disk."""
    memory = Path("/dev/shm")
    return tmp_path_factory.mktemp("kills") if not os.access(memory, os.W_OK) else _below(memory, tmp_path)


def _below(memory: Path, place: Path) -> Path:
    folder = memory / f"ism-kills-{os.getpid()}-{place.name}"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("job", JOBS)
def test_a_kill_at_any_operation_leaves_the_old_or_the_new_and_the_next_save_nothing_else(job, quick_disk):
    command = [sys.executable, str(ROOT / "tests" / "kill_points.py"), job, str(quick_disk)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) >= 7
    subprocess.run(["rm", "-r", str(quick_disk)], check=True)


# ---------------------------------------------------------------- at random


def typed(*words: str) -> list[str]:
    return [sys.executable, "-c", "from experiments.cli import main; main()", *words]


def whole_run() -> None:
    run = Run.load("run")
    check_own(Path("run"), run._source.manifest["files"])


def whole_report() -> None:
    assert is_sealed(Path("base/report.html").read_bytes())


def whole_sweep() -> None:
    if Path("sweeps/many/sweep.json").exists():
        assert Store(Path("sweeps/many")).read() == 0


def whole_analysis() -> None:
    folder = Path("swept/analysis")
    check_own(folder, listed(folder, "internal-social-media analysis"))


COMMANDS: dict[str, tuple[list[str], Callable[[], None]]] = {
    "run": (["run", "mine.toml", "--out", "run"], whole_run),
    "report": (["report", "base"], whole_report),
    "sweep": (["sweep", "many.toml", "--workers", "2"], whole_sweep),
    "analyse": (["analyse", "swept"], whole_analysis),
}
"""How each command is typed, and what raises where its results are not whole."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    (folder / "mine.toml").write_text(SCENARIO)
    (folder / "many.toml").write_text(STUDY)
    (folder / "few.toml").write_text(STUDY.replace("400", "3"))
    for words in (["run", "mine.toml", "--out", "base"], ["sweep", "few.toml", "--out", "swept"]):
        subprocess.run(typed(*words), cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_random_kills_lose_nothing_and_leave_nothing(name, place, monkeypatch):
    words, check = COMMANDS[name]
    monkeypatch.chdir(place)
    seconds = _seconds(words)
    luck, killed = random.Random(name), 0
    for _ in range(max(1, KILLS // len(COMMANDS))):
        killed += _killed(words, luck.uniform(0.3, 1.0) * seconds)
        check()
    subprocess.run(typed(*words), check=True, capture_output=True)
    check()
    assert not list(place.rglob(".ism-*"))
    sys.stdout.write(f"{name}: {killed} kills\n")


def _seconds(words: list[str]) -> float:
    """Return how long a command takes, once it has been typed before."""
    began = time.monotonic()
    subprocess.run(typed(*words), check=True, capture_output=True)
    if words[0] == "sweep":
        subprocess.run(["rm", "-r", "sweeps"], check=True)
    return time.monotonic() - began


def _killed(words: list[str], after: float) -> bool:
    """Kill a command, and all that it started, after some seconds; return whether it was still at work."""
    with subprocess.Popen(typed(*words), stdout=-3, stderr=-3, start_new_session=True) as process:
        time.sleep(after)
        running = process.poll() is None
        if running:
            os.killpg(process.pid, 9)
    return running
