"""Claims about sweeps on a Dask cluster: a real scheduler and worker processes, on the loopback address."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import polars as pl
import pytest

from experiments.cluster import executor_at
from experiments.fit.points import BATCH, tried_points
from experiments.fit.prior import prior_of
from experiments.fit.setting import Setting
from experiments.searching.question import read_question
from experiments.searching.searching import search
from experiments.searching.writing import write
from experiments.sweeps.study import study_from
from experiments.sweeps.sweep import sweep
from sim.errors import InputError
from sim.scenario import load
from tests.here import Here

pytest.importorskip("distributed", reason="Dask is not installed; it comes with the extra `cluster`")

ROOT = Path(__file__).resolve().parent.parent
MANY = 150
STUDY = """
title = "On a cluster"
seeds = {seeds}
[set]
days = 2
"organization.members" = 30
[factors]
"visibility.scope" = ["team", "organization"]
"leadership.executives.openness" = [0.1, 0.9]
"""
SETTINGS = {
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "false",
}


def process(*words: str, folder: Path, **further: Any) -> subprocess.Popen[str]:
    environment = os.environ | SETTINGS | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder, env=environment, text=True, start_new_session=True, **further,
    )  # fmt: skip


def ended(*processes: subprocess.Popen[str]) -> None:
    for each in processes:
        if each.poll() is None:
            os.killpg(each.pid, signal.SIGKILL)
        each.communicate()


def wait_for(what: Callable[[], Any], seconds: float = 90.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


class Cluster:
    """A scheduler and the workers that were started for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = (folder / "log").open("w")
        place = folder / "scheduler.json"
        self.scheduler = process(
            "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
            "--no-show", "--scheduler-file", str(place),
            folder=folder, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        self.workers: list[subprocess.Popen[str]] = []
        self.address = wait_for(lambda: place.is_file() and json.loads(place.read_text() or "null"))["address"]

    def worker(self) -> subprocess.Popen[str]:
        """Start one more worker: one process, one thread, no nanny that would start it again."""
        self.workers.append(
            process(
                "-m", "distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                "--host", "127.0.0.1",
                folder=self.folder, stdout=self.log, stderr=self.log,
            )
        )  # fmt: skip
        return self.workers[-1]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    found = Cluster(folder)
    try:
        for _ in range(workers):
            found.worker()
        yield found
    finally:
        ended(found.scheduler, *found.workers)
        found.log.close()


def ism(folder: Path, *words: str, before: str = "", command: str = "sweep") -> subprocess.Popen[str]:
    code = f"{before}from experiments.cli import main; main(prog_name='ism')"
    return process(
        "-c", code, command, "mine.toml", *words, folder=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def setting() -> Setting:
    """Return a small world to be fitted."""
    return Setting(load("baseline").with_({"organization.members": 30, "days": 3}), prior_of())


def outcome(running: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = running.communicate(timeout=120)
    return running.returncode, out + err


def parts(folder: Path) -> list[Path]:
    return list((folder / "parts").glob("[!.]*.parquet"))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The table of the study, made in this process."""
    folder = tmp_path_factory.mktemp("here")
    with ThreadPoolExecutor(2) as executor:
        sweep(study_from(STUDY.format(seeds=MANY)), folder, executor)
    return (folder / "runs.parquet").read_bytes()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder with the study."""
    (tmp_path / "mine.toml").write_text(STUDY.format(seeds=MANY))
    return tmp_path


def test_a_cluster_makes_the_same_bytes_although_a_worker_is_killed_and_another_comes(mine, here):
    with cluster(mine, 2) as dask:
        running = ism(mine, "--dask", dask.address, "--out", "there")
        wait_for(lambda: parts(mine / "there") or running.poll() is not None)
        dask.workers[0].kill()
        dask.worker()
        code, said = outcome(running)
    assert code == 0, said
    assert (mine / "there" / "runs.parquet").read_bytes() == here
    rows = pl.concat([pl.read_parquet(part) for part in parts(mine / "there")])
    assert rows.height == rows["run_id"].n_unique() == 4 * MANY  # nothing lost, nothing doubled
    assert rows["status"].unique().to_list() == ["done"]


SEARCH = """
seeds = 1
trials = 8
maximise = ["engagement", "psychological_safety"]
[set]
days = 2
"organization.members" = 30
[factors]
"leadership.executives.openness" = { min = 0.0, max = 1.0 }
"""


def test_a_search_on_a_cluster_finds_what_it_finds_here(tmp_path):
    pytest.importorskip("optuna")
    (tmp_path / "mine.toml").write_text(SEARCH)
    with cluster(tmp_path, 1) as dask:
        code, said = outcome(ism(tmp_path, "--dask", dask.address, "--out", "there", command="search"))
    assert code == 0, said
    names = write(search(read_question(str(tmp_path / "mine.toml")), tmp_path / "here", executor=Here()))
    assert set(names) == {"points.csv", "best.csv", "report.html"}
    for name in names:
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_ctrl_c_and_a_scheduler_that_goes_away_keep_what_is_finished(mine, here):
    with cluster(mine, 1) as dask:
        running = ism(mine, "--dask", dask.address, "--out", "there")
        wait_for(lambda: parts(mine / "there"))
        os.killpg(running.pid, signal.SIGINT)
        code, said = outcome(running)
        assert code in (0, 1), said
        assert "Traceback" not in said
        before = len(parts(mine / "there"))
        running = ism(mine, "--dask", "scheduler.json", "--out", "there")
        wait_for(lambda: len(parts(mine / "there")) > before or running.poll() is not None)
        ended(dask.scheduler)
        code, said = outcome(running)
        assert code in (0, 2), said
        assert code == 0 or "the workers are gone" in said
        assert "Traceback" not in said
    code, said = outcome(ism(mine, "--workers", "1", "--out", "there"))
    assert code == 0, said
    assert (mine / "there" / "runs.parquet").read_bytes() == here


def test_a_fit_on_a_cluster_is_that_of_one_process(mine):
    world = setting()
    here = tried_points(world, 2 * BATCH, None, 1)
    with cluster(mine, 1) as dask, executor_at(str(mine / "scheduler.json")) as executor:
        there = tried_points(world, 2 * BATCH, mine / "points", executor=executor)
        assert np.array_equal(there.shown, here.shown, equal_nan=True)
        ended(dask.scheduler)
        with pytest.raises(InputError, match="the workers are gone"):
            tried_points(world, 4 * BATCH, mine / "points", executor=executor)
    assert len(list((mine / "points").glob("*.parquet"))) >= 2  # what was finished is kept


IMPATIENT = "import experiments.cluster as c; c.ANSWER_SECONDS = 1; "


def refusal(folder: Path, address: str) -> str:
    code, said = outcome(ism(folder, "--dask", address, before=IMPATIENT))
    assert code == 2
    assert "Traceback" not in said
    return said


def test_an_address_where_nobody_answers_is_reported(tmp_path):
    (tmp_path / "mine.toml").write_text(STUDY.format(seeds=1))
    assert "no scheduler answers at tcp://127.0.0.1:1" in refusal(tmp_path, "tcp://127.0.0.1:1")
    said = refusal(tmp_path, "nonsense://x/y")
    assert "'nonsense://x/y' is neither an address such as tcp://host:8786 nor a scheduler file" in said


@contextmanager
def listening(answer: bytes) -> Iterator[str]:
    """Something that listens and is no scheduler: it says `answer`, and no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=_serve, args=(server, answer), daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def _serve(server: socket.socket, answer: bytes) -> None:
    kept = []  # else they would be closed
    with suppress(OSError):  # the test is over
        while True:
            kept.append(server.accept()[0])
            kept[-1].sendall(answer)


@pytest.mark.parametrize(
    ("answer", "why"),
    [(b"", "says nothing within 1 seconds"), (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, "is no Dask scheduler")],
)
def test_what_listens_and_is_no_scheduler_is_named_at_once(tmp_path, answer, why):
    """The command waits for the thread of a client, so it would only end after most of a minute."""
    (tmp_path / "mine.toml").write_text(STUDY.format(seeds=1))
    with listening(answer) as address:
        (tmp_path / "old.json").write_text(json.dumps({"address": address}))
        said = refusal(tmp_path, "old.json")
    assert f"{address}, which is in old.json" in said and why in said


def test_a_worker_is_no_scheduler(mine):
    with cluster(mine, 1):
        found = wait_for(lambda: re.search(r"Start worker at:\s+(tcp://\S+)", (mine / "log").read_text()))
        assert "is a Worker of Dask" in refusal(mine, found[1])
