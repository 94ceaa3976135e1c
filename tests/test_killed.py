"""Claims about commands that are killed: what they were writing is whole, the old or the new, and nothing stays behind.

`ISM_KILLS=100 uv run pytest -m slow tests/test_killed.py -k random -s -n 0` kills a hundred times, and says what.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kill_points import JOBS

ROOT = Path(__file__).resolve().parent.parent
KILLS = int(os.environ.get("ISM_KILLS", "12"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes, as POSIX can"),
]


@pytest.fixture
def quick_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder in memory, where the system has that: a kill does not ask what has reached the disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=memory, prefix="ism-kills-") as folder:
        yield Path(folder)


def ended(*command: object) -> str:
    """Run a script to its end; return what it printed."""
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("job", JOBS)
def test_a_kill_at_any_operation_leaves_the_old_or_the_new_and_the_next_save_nothing_else(job, quick_disk):
    assert int(ended(ROOT / "tests" / "kill_points.py", job, quick_disk)) >= 7


def test_kills_at_random_lose_nothing_and_leave_nothing(quick_disk):
    found = ended(ROOT / "tests" / "random_kills.py", KILLS, quick_disk)
    sys.stdout.write(found)
    assert len(found.splitlines()) == 4
