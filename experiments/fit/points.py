"""The points of a fit: sets of guesses and what a run of each shows, kept as they are finished."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments.calibration.design import Points
from experiments.fit.setting import FIRST_SEED, Batch, Setting, tried
from experiments.progress import QUIET
from experiments.workers import results
from sim import files, input_files
from sim.errors import InputError, shown
from sim.limits import MANIFEST_BYTES

FOLDER: Final = "points"
ABOUT: Final = "about.json"
FORMAT: Final = "internal-social-media points of a fit"
BATCH: Final = 16
"""Points that are tried together, and kept together."""


@dataclass(frozen=True, eq=False)
class Tried:
    """Points of the unit cube, and what each shows."""

    setting: Setting
    places: Points
    """[n, free]"""
    shown: Points
    """[n, names], NaN where there was nothing to measure."""


class Kept:
    """Finished points in a folder, a file a batch; without a folder, nothing is kept."""

    def __init__(self, folder: Path | None, setting: Setting) -> None:
        self.folder, self._setting = folder, setting

    def open(self) -> None:
        """Make the folder that of this setting; InputError where it is that of another one."""
        if self.folder is None:
            return
        about, path = {"format": FORMAT, "identity": self._setting.identity}, self.folder / ABOUT
        if path.exists():
            with suppress(ValueError):
                if json.loads(input_files.read_bytes(path, MANIFEST_BYTES)) == about:
                    return
            rule = "the runs in here are of another world, other people, other days or other rules"
            raise InputError(f"{rule}; choose another folder with --out", file=shown(self.folder))
        if self.folder.is_dir() and any(self.folder.iterdir()):
            raise InputError(
                "this folder is no part of a fit; choose another place with --out", file=shown(self.folder)
            )
        files.new_folder(self.folder)
        files.write(path, f"{json.dumps(about, indent=1)}\n".encode())

    def read(self, number: int) -> Points | None:
        """Return what a batch shows, [BATCH, names]; None where it is not there, or is damaged and made again."""
        import polars as pl

        if self.folder is None or not (path := self._path(number)).is_file():
            return None
        with suppress(pl.exceptions.PolarsError, OSError, ValueError):
            table = pl.read_parquet(path)
            if table.columns == self._setting.names and table.height == BATCH:
                return table.to_numpy()
        return None

    def write(self, number: int, shown_: Points) -> None:
        """Keep a finished batch."""
        import polars as pl

        if self.folder is not None:
            content = io.BytesIO()
            pl.DataFrame(shown_, schema=dict.fromkeys(self._setting.names, pl.Float64)).write_parquet(content)
            files.write(self._path(number), content.getvalue())

    def _path(self, number: int) -> Path:
        assert self.folder is not None
        return self.folder / f"{number:05d}.parquet"


def tried_points(
    setting: Setting,
    count: int,
    folder: Path | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], object] = QUIET,
    executor: Executor | None = None,
) -> Tried:
    """Return `count` points, a multiple of `BATCH`, and what each shows; what is kept in the folder is not run again.

    `executor` makes them in place of processes of this machine.
    Ctrl-C ends it with KeyboardInterrupt; batches that are finished are kept.
    """
    kept = Kept(folder, setting)
    kept.open()
    places = setting.prior.points(count)
    known = {number: found for number in range(count // BATCH) if (found := kept.read(number)) is not None}
    missing = [number for number in range(count // BATCH) if number not in known]
    progress(len(known) * BATCH, count)
    for number, found in _made(setting, places, missing, workers, executor):
        kept.write(number, found)
        known[number] = found
        progress(len(known) * BATCH, count)
    return Tried(setting, places, np.vstack([known[number] for number in range(count // BATCH)]))


def _made(
    setting: Setting, places: Points, missing: Sequence[int], workers: int | None, executor: Executor | None
) -> Iterator[tuple[int, Points]]:
    batches = [Batch(setting, tuple(_sets(setting, places, number))) for number in missing]
    for number, found in zip(missing, results(tried, batches, workers, executor=executor), strict=True):
        yield number, table_of(setting, found)


def _sets(setting: Setting, places: Points, number: int) -> Iterator[tuple[int, dict[str, float]]]:
    for point in range(number * BATCH, (number + 1) * BATCH):
        yield FIRST_SEED + point, setting.prior.values(places[point])


def table_of(setting: Setting, found: Sequence[dict[str, Any]]) -> Points:
    """Return what sets show as an array, [n, names]."""
    return np.array([[each[name] for name in setting.names] for each in found], float).reshape(-1, len(setting.names))
