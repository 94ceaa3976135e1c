"""The store of a sweep: finished runs in parts that are written whole or not at all, and the tables made of them.

A sweep folder holds `study.toml`, `sweep.json` (what it is of), `parts/` (a Parquet file for some seconds of work, of a
name that nobody else gives), and, once every run is there, `runs.parquet` (a row a run, in the order of the design).
Where days are recorded there is `series/daily.parquet`, where whole runs are, `full/<run_id>/`. A part that cannot be
read goes to `quarantine/`; nothing is ever deleted that has not been written elsewhere before.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from experiments.sweeps.trials import SCHEMA, Outcome
from sim.errors import InputError, shown
from sim.measures import MEASURES

if TYPE_CHECKING:
    import polars as pl

FORMAT: Final = "internal-social-media sweep"
ABOUT: Final = "sweep.json"
TABLES: Final = ("runs.parquet", "timings.parquet", "series/daily.parquet")
PARTS_AT_MOST: Final = 64
"""Parts from which they are merged into one: a hundred thousand runs are read at once, not from thousands of files."""
ROW_GROUP: Final = 65_536


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and let it reach the disk."""
    draft = path.with_name(f".{path.name}.{_sign()}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table whole or not at all; its bytes depend on its values alone."""
    draft = path.with_name(f".{path.name}.{_sign()}.part")
    try:
        frame.rechunk().write_parquet(draft, row_group_size=ROW_GROUP)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.replace(path)
        _flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sign() -> str:
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid.uuid4().hex[:12]}"


def _flush(folder: Path) -> None:
    """Have the names in a folder reach the disk, on systems where a folder can be opened for that."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Store:
    """The folder of one sweep."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = folder / "parts"

    def opened(self, study_text: str, about: dict[str, Any]) -> list[str]:
        """Make the folder ready; return what has changed since it was last used, in words. InputError: not usable."""
        remarks = self._compared(study_text, about)
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / "study.toml", study_text.encode())
            write_whole(self.folder / ABOUT, (json.dumps(about, indent=1, sort_keys=True) + "\n").encode())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"the sweep folder cannot be written: {reason}", file=shown(self.folder)) from None
        return remarks

    def _compared(self, study_text: str, about: dict[str, Any]) -> list[str]:
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError("this is a file, so no sweep folder can be there", file=shown(self.folder))
        if not self.folder.is_dir() or not any(self.folder.iterdir()):
            return []
        before = read_about(self.folder)
        if before["rules"] != about["rules"]:
            raise InputError(
                f"the runs in this folder were made under other rules ({shown(before['rules'], 8)}, by version "
                f"{shown(before.get('version'), 40)}; those of this version are {about['rules'][:8]}), and results of "
                "different rules are never mixed; choose another folder with --out",
                file=shown(self.folder),
            )
        remarks = []
        if before["scenario"] != about["scenario"]:
            remarks.append(
                "the scenario of the study has changed since: its runs are made anew, and the older ones are kept in "
                "parts/ but are not in its tables"
            )
        elif _text_of(self.folder / "study.toml") != study_text:
            remarks.append(
                "the study file has changed since: runs that are the same in both are not repeated, and those that "
                "are no longer asked for are kept in parts/ but are not in its tables"
            )
        return remarks

    def withdraw(self) -> None:
        """Take back the tables, which are no longer of what is asked for; they are made of the parts again."""
        for name in TABLES:
            (self.folder / name).unlink(missing_ok=True)

    # ------------------------------------------------------------ parts

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Keep finished runs."""
        write_table(_rows(outcomes), self.parts / f"{_sign()}.parquet")

    def finished(self) -> set[str]:
        """Return the ids of all runs that are kept, after unreadable parts were put aside."""
        frames = self._read(["run_id"])
        return {run_id for frame in frames for run_id in frame["run_id"].to_list()}

    def merge(self) -> None:
        """Put many parts into one; only the sweep that alone works in this folder may do that."""
        paths = self._paths()
        if len(paths) <= PARTS_AT_MOST:
            return
        import polars as pl

        frames = [_read_part(path) for path in paths]
        known = [frame for frame in frames if frame is not None]
        write_table(pl.concat(known), self.parts / f"{_sign()}.parquet")
        for path, frame in zip(paths, frames, strict=True):
            if frame is not None:
                path.unlink(missing_ok=True)

    def kept(self) -> pl.DataFrame:
        """Return all rows of all parts, each run once; two rows of one run must agree."""
        import polars as pl

        frames = self._read(None)
        if not frames:
            return _rows([])
        everything = pl.concat(frames)
        values = [name for name in everything.columns if name not in ("seconds", "host")]
        once = everything.select(values).unique(maintain_order=True)
        twice = once.filter(pl.col("run_id").is_duplicated() & (pl.col("status") == "done"))
        if twice.height:
            raise RuntimeError(f"run {twice['run_id'][0]} was made twice and differs, although nothing in it is chance")
        best_first = pl.col("status") != "done"
        return everything.sort(best_first, maintain_order=True).unique("run_id", keep="first", maintain_order=True)

    def _paths(self) -> list[Path]:
        return sorted(path for path in self.parts.glob("*.parquet") if not path.name.startswith("."))

    def _read(self, columns: list[str] | None) -> list[pl.DataFrame]:
        frames = []
        for path in self._paths():
            frame = _read_part(path, columns)
            if frame is None:
                aside = self.folder / "quarantine"
                aside.mkdir(exist_ok=True)
                path.replace(aside / path.name)
            else:
                frames.append(frame)
        return frames


def read_about(folder: Path) -> dict[str, Any]:
    """Return what a sweep folder says that it is of; InputError where it is none."""
    if not folder.is_dir():
        raise InputError("there is no such sweep folder", file=shown(folder))
    try:
        found = json.loads((folder / ABOUT).read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"this folder is no sweep folder: it has no {ABOUT}", file=shown(folder)) from None
    except (OSError, ValueError, RecursionError):
        raise InputError("this file cannot be read, so it is damaged", file=shown(folder / ABOUT)) from None
    wanted = ("rules", "scenario", "study")
    if not isinstance(found, dict) or found.get("format") != FORMAT or not all(name in found for name in wanted):
        raise InputError("this is not what a sweep writes", file=shown(folder / ABOUT))
    if found.get("schema") != SCHEMA:
        raise InputError("this sweep was written in another format, by another version", file=shown(folder))
    return found


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _read_part(path: Path, columns: list[str] | None = None) -> pl.DataFrame | None:
    import polars as pl

    try:
        with path.open("rb") as file:
            return pl.read_parquet(file, columns=columns)
    except (pl.exceptions.PolarsError, OSError):
        return None


def _rows(outcomes: Iterable[Outcome]) -> pl.DataFrame:
    """Return outcomes as a table: one column a measure, null where there is no value."""
    import numpy as np
    import polars as pl

    listed = list(outcomes)
    values = np.array([outcome.values for outcome in listed], float).reshape(len(listed), len(MEASURES))
    host = socket.gethostname()
    return pl.DataFrame(
        [
            pl.Series("run_id", [o.run_id for o in listed], pl.String),
            pl.Series("seed", [o.seed for o in listed], pl.Int64),
            pl.Series("status", [o.status for o in listed], pl.String),
            pl.Series("stage", [o.stage or None for o in listed], pl.String),
            pl.Series("message", [o.message or None for o in listed], pl.String),
            *(pl.Series(name, values[:, n], pl.Float64).fill_nan(None) for n, name in enumerate(MEASURES)),
            pl.Series("daily", [o.daily or None for o in listed], pl.Binary),
            pl.Series("seconds", [o.seconds for o in listed], pl.Float64),
            pl.Series("host", [host] * len(listed), pl.String),
        ]
    )
