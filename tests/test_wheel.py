"""Claims about the package: what a wheel holds is enough, in an environment of its own and far from the repository."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

ROOT = Path(__file__).resolve().parents[1]
UV = shutil.which("uv")
NAME = "internal-social-media"
AS_LOCKED = ("--constraint", ROOT / "requirements" / "lock.txt")
OLDEST = ("--resolution", "lowest-direct")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(UV is None, reason="uv is not on the path; it comes with: pip install uv"),
    pytest.mark.skipif(os.name != "posix", reason="signals and folders of scripts are those of POSIX"),
]


def uv(*arguments: object, **environment: str) -> None:
    done = subprocess.run([str(UV), *map(str, arguments)], capture_output=True, text=True, env=os.environ | environment)
    assert done.returncode == 0, done.stderr


class Installed:
    """The wheel in an environment of its own, used from a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder / "work", folder / "environment"
        self.folder.mkdir()
        uv("build", "--wheel", "--out-dir", folder, ROOT)
        (self.wheel,) = folder.glob("*.whl")
        uv("venv", "--python", sys.executable, self.place)

    def add(self, extras: str = "", versions: tuple[object, ...] = AS_LOCKED) -> None:
        wanted = f"{NAME}{extras} @ {self.wheel.as_uri()}"
        uv("pip", "install", *versions, wanted, VIRTUAL_ENV=str(self.place))

    def start(self, *typed: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        return subprocess.Popen(
            [self.place / "bin" / "ism", *typed],
            cwd=self.folder,
            env=kept | {"XDG_STATE_HOME": str(self.folder / "state")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ism(self, *typed: str) -> tuple[int, str, str]:
        with self.start(*typed) as process:
            out, err = process.communicate()
        return process.returncode, out, err


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    made = Installed(tmp_path_factory.mktemp("wheel"))
    made.add()
    yield made


def test_the_wheel_alone_simulates_checks_and_sweeps(installed: Installed) -> None:
    code, out, err = installed.ism("run", "--members", "100", "--days", "5")
    assert (code, "Everything is in runs/baseline-1" in out) == (0, True), err
    assert installed.ism("new", "mine")[0] == 0
    code, out, err = installed.ism("check", "mine.toml")
    assert (code, "mine.toml is in order" in out) == (0, True), err
    code, out, err = installed.ism("sweep", "line-manager-bottleneck", "--quick")
    assert (code, "The table: sweeps/line-manager-bottleneck-quick/runs.parquet" in out) == (0, True), err


def test_the_oldest_packages_that_are_allowed_simulate_too(tmp_path: Path) -> None:
    made = Installed(tmp_path)
    made.add(versions=OLDEST)
    code, out, err = made.ism("run", "--members", "100", "--days", "5")
    assert (code, "Everything is in" in out) == (0, True), err


def test_what_an_extra_brings_is_asked_for_in_a_sentence(installed: Installed) -> None:
    for extra, typed in (
        ("dashboard", ("dashboard",)),
        ("pages", ("report", "runs/baseline-1")),
        ("pages", ("analyse", "sweeps/line-manager-bottleneck-quick")),
        ("cluster", ("sweep", "line-manager-bottleneck", "--quick", "--dask", "tcp://127.0.0.1:1")),
    ):
        code, _, err = installed.ism(*typed)
        assert code == 2, err
        assert err.endswith(f"install it with: pip install '{NAME}[{extra}]'.\n") and err.count("\n") == 1

    code = "import sim; sim.ArenaModel"
    done = subprocess.run([installed.place / "bin" / "python", "-c", code], capture_output=True, text=True, cwd="/")
    assert done.stderr.endswith(f"sim.ArenaModel needs Mesa; install it with: pip install '{NAME}[mesa]'\n")


def test_with_its_extra_the_dashboard_starts_answers_and_ends(installed: Installed) -> None:
    installed.add("[dashboard]")
    browser = build_opener(HTTPCookieProcessor())  # the address hands out a cookie, which opens the page
    with installed.start("dashboard", "--port", "0") as process:
        try:
            assert process.stdout is not None
            address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
            with browser.open(address, timeout=60) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
