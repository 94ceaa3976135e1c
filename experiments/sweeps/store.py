"""The store of a sweep: finished runs in parts that are written whole or not at all.

A sweep folder holds `sweep.json` (what it is of), `study.toml` (the same for people), `parts/` (Parquet files of
finished runs, each named by the hash of its bytes), and, once every run is there, the tables, whose hashes are kept in
`tables.json`. A part that is not what its name says goes to `quarantine/`. Nothing is deleted before it has been
written elsewhere, and nothing that another program wrote or changed.
"""

from __future__ import annotations

import errno
import io
import json
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field

from experiments.measures.kept import KeptMeasure
from experiments.sweeps.identity import SCHEMA
from experiments.sweeps.rows import rows_of, schema_of, table_bytes
from experiments.sweeps.trials import MACHINE, Outcome
from sim import files, input_files, limits
from sim.errors import InputError, shown
from sim.origin import differing
from sim.ownership import LITTER, file_hash
from sim.parameters import Table
from sim.wording import agree, count

if TYPE_CHECKING:
    import polars as pl

FORMAT: Final = "internal-social-media sweep"
ABOUT: Final = "sweep.json"
STUDY: Final = "study.toml"
RUNS: Final = "runs.parquet"
SERIES: Final = "series/daily.parquet"
TABLES: Final = "tables.json"
PARTS: Final = "parts"
FULL: Final = "full"
WRITE_SECONDS: Final = 1.0
"""Outcomes that come in within this time share a part, so that a large cluster does not make thousands of files."""
FEW: Final = 64
"""Parts that are left as they are; more are merged."""
SMALL: Final = 8_000_000
LARGE: Final = 64_000_000
"""Bytes of a part that is still merged with others, and of the parts that are merged into one."""
_PART: Final = re.compile(r"[0-9a-f]{32}\.parquet", re.ASCII)
"""Names of parts: any other file among them is left alone."""
WHERE: Final = ("seconds", "host")
"""Columns of a part that tell how and where a run was made, and so differ from sweep to sweep."""


# ---------------------------------------------------------------- files


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and let it reach the disk; InputError where that cannot be."""
    with _reported(path):
        files.write(path, content)


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Report what the system says against a place, and that nothing is lost by it."""
    try:
        with files.reported(path):
            yield
    except InputError as error:
        rule = f"{error.problem}; runs that are in {PARTS}/ are safe, and the same command goes on there"
        raise type(error)(rule, file=error.file) from None


class About(Table):
    """What a sweep folder is of: all that its tables depend on."""

    format: Literal["internal-social-media sweep"] = FORMAT
    table_schema: Literal[1] = SCHEMA
    study: str
    title: str
    text: str
    quick: bool
    scenario: str  # its digest
    scenario_name: str
    scenario_toml: str
    rules: str
    probe: str = ""  # see sim/origin.py
    version: str
    platform: dict[str, str] = Field(default_factory=dict)
    people: dict[str, str] = Field(default_factory=dict)
    """Hashes of the files of people, where they are the user's (see people.py)."""
    own: list[KeptMeasure] = Field(default_factory=list)
    more: list[str] = Field(default_factory=list)  # measures asked for beside the study
    points: str = ""  # of a design of points, their file

    def to_json(self) -> bytes:
        """Return the content of `sweep.json`."""
        return (json.dumps(self.model_dump(), indent=1, sort_keys=True) + "\n").encode()

    def asks_the_same(self, other: About) -> bool:
        """Say whether both ask for the same runs; by which version, and with which packages, changes none."""
        apart: Any = {"version": True, "platform": True, "own": {"__all__": {"file", "text"}}}
        return self.model_dump(exclude=apart) == other.model_dump(exclude=apart)


def read_about(folder: Path) -> About:
    """Return what a sweep folder says that it is of; InputError where it is none."""
    if not folder.is_dir():
        raise InputError("there is no such sweep folder", file=shown(folder))
    try:
        return About.model_validate_json(_content(folder / ABOUT), strict=True)
    except FileNotFoundError:
        raise InputError(f"this folder is no sweep folder: it has no {ABOUT}", file=shown(folder)) from None
    except (OSError, ValueError):
        rule = "this is not what a sweep of this version writes; choose another folder with --out"
        raise InputError(rule, file=shown(folder / ABOUT)) from None


# ---------------------------------------------------------------- the folder


def _check_same_origin(before: About, about: About, file: str) -> None:
    """Raise InputError where the runs of a folder were made by other rules, or came out as they would not here."""
    never = "are never mixed; choose another folder with --out"
    if before.rules != about.rules:
        raise InputError(
            f"the runs in this folder were made under other rules (version {shown(before.version, 40)}, "
            f"{shown(before.rules, 8)}; these are version {about.version}, {about.rules[:8]}), and results of "
            f"different rules {never}",
            file=file,
        )
    if before.probe != about.probe:
        raise InputError(
            "the runs in this folder were made by the same rules, but a short trial run has other values here "
            f"({differing(before.platform)}), and results of machines that compute differently {never}",
            file=file,
        )


def _check_people(folder: Path, before: About, about: About) -> None:
    """Raise TakenError where a file of people is to be written, and what is there was not written by the sweep."""
    for name, wanted in about.people.items():
        path = folder / name
        if path.exists() and file_hash(path) not in (wanted, before.people.get(name)):
            rule = "this was not written by the sweep, or was changed since, so it is not replaced; move it away"
            raise files.TakenError(rule, file=shown(path))


class Store:
    """The folder of one sweep, and all rows of finished runs in it, but for their days.

    `further` are the measures that its runs are asked for beyond those that all runs have.
    """

    def __init__(self, folder: Path, further: Sequence[str] = ()) -> None:
        self.folder = folder
        self.further = tuple(further)
        self.parts = folder / PARTS
        self.finished: set[str] = set()
        """Ids of the runs that need not be made; those that failed because of the machine are tried again."""
        self._frames: list[pl.DataFrame] = []
        self._waiting: list[Outcome] = []
        self._written_at = -WRITE_SECONDS
        self._mine: list[Path] = []

    # ------------------------------------------------------------ opening

    def open(self, about: About, people: Mapping[str, bytes] = MappingProxyType({})) -> list[str]:
        """Make the folder that of this sweep, with the files of its `people`; return what was noticed, in words.

        Raises InputError where it cannot be.
        """
        remarks = self._compared(about)
        if remarks:  # tables of something else go first, so that none is ever found beside another study
            for name in (RUNS, SERIES):
                self.publish(name, None)
        for name, content in (*people.items(), (STUDY, about.text.encode()), (ABOUT, about.to_json())):
            if not _holds(self.folder / name, content):
                write_whole(self.folder / name, content)
        files.new_folder(self.parts)
        if aside := self.read(aside=True):
            parts = f"{count(aside, 'part')} {agree(aside, 'is', 'are')}"
            remarks.append(f"{parts} damaged, and now in quarantine/; the runs in there are made again")
        return remarks

    def _compared(self, about: About) -> list[str]:
        with files.reported(self.folder):
            if self.folder.exists() and not self.folder.is_dir():
                raise InputError("this is a file, so no sweep folder can be there", file=shown(self.folder))
            if not self.folder.is_dir() or all(_begins_a_sweep(path, about) for path in self.folder.iterdir()):
                return []
        before = read_about(self.folder)
        _check_same_origin(before, about, shown(self.folder))
        study = self.folder / STUDY
        if study.exists() and not any(_holds(study, each.text.encode()) for each in (before, about)):
            rule = "this was changed since the sweep wrote it, so it is not replaced; move it away and sweep it by name"
            raise files.TakenError(rule, file=shown(study))
        _check_people(self.folder, before, about)
        if before.asks_the_same(about):
            return []
        what = "scenario of the study" if before.scenario != about.scenario else "study"
        return [
            f"the {what} has changed since this folder was last used: runs that are the same in both are not "
            f"repeated, and those that are no longer asked for are kept in {PARTS}/ but are not in the tables"
        ]

    def still_of(self, about: About) -> bool:
        """Say whether the folder is still of this sweep; another command may have begun another study in it."""
        return read_about(self.folder).asks_the_same(about)

    # ------------------------------------------------------------ rows

    def read(self, aside: bool = False) -> int:
        """Read all rows of all parts; return how many parts were damaged, and put these aside if asked to."""
        damaged: list[Path] = []
        columns = [name for name in schema_of(self.further) if name != "daily"]
        self._frames = [frame for _, frame in self._read(columns, damaged)]
        self.finished = set()
        for frame in self._frames:
            self._note(frame)
        for path in damaged if aside else ():
            files.move_aside(path, self.folder / "quarantine")
        return len(damaged)

    def rows(self) -> pl.DataFrame:
        """Return one row for each run that is there: what was made, or the failure, whatever order they came in."""
        import polars as pl

        if not self._frames:
            return rows_of([], self.further).drop("daily", *WHERE)
        everything = pl.concat([rows_of([], self.further).drop("daily"), *self._frames], how="diagonal").drop(*WHERE)
        twice = everything["run_id"].is_duplicated()
        if not twice.any():
            return everything
        order = [pl.col("status") != "done", *(name for name in everything.columns if name != "status")]
        best = everything.filter(twice).sort(order, nulls_last=True).unique("run_id", keep="first")
        return pl.concat([everything.filter(~twice), best])

    def differing(self) -> list[str]:
        """Return the ids of runs that were made twice with different results: some machine computes differently."""
        import polars as pl

        if not self._frames:
            return []
        made = pl.concat(self._frames, how="diagonal").drop(*WHERE).filter(pl.col("status") == "done")
        twice = made.filter(pl.col("run_id").is_duplicated()).unique()
        return sorted(twice.filter(pl.col("run_id").is_duplicated())["run_id"].unique().to_list())

    def days(self, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (run id, its days as float64[days, measures]) of these runs, each once, where days were recorded."""
        import polars as pl

        left = set(wanted)
        for _, frame in self._read(["run_id", "daily"], []):
            for run_id, content in frame.filter(pl.col("daily").is_not_null()).iter_rows():
                if run_id in left:
                    left.discard(run_id)
                    yield run_id, content

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Take finished runs; they are kept for good within about a second."""
        self._waiting.extend(outcomes)
        if time.monotonic() - self._written_at >= WRITE_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what has not been written yet. InputError where the disk does not take it; it is not lost by that."""
        if not self._waiting:
            return
        frame = rows_of(self._waiting, self.further)
        self._mine.append(self._write_part(frame))
        self._waiting.clear()
        self._written_at = time.monotonic()
        self._frames.append(frame.drop("daily"))
        self._note(frame)
        if len(self._mine) > FEW:
            self._mine = self._merged(self._mine)

    def _note(self, frame: pl.DataFrame) -> None:
        import polars as pl

        settled = frame.filter((pl.col("status") == "done") | ~pl.col("stage").is_in(MACHINE))
        self.finished.update(settled["run_id"].to_list())

    # ------------------------------------------------------------ parts

    def _write_part(self, frame: pl.DataFrame) -> Path:
        content = table_bytes(frame)
        path = self.parts / f"{_name(content)}.parquet"
        write_whole(path, content)
        return path

    def merge(self) -> None:
        """Put many small parts into few, also those of other commands. Only for who is alone in this folder:

        two that merge at once leave rows twice (never none), as does dying on the way.
        """
        paths = self._paths()
        if len(paths) > FEW:
            self._merged(paths)

    def _merged(self, paths: Sequence[Path]) -> list[Path]:
        """Put the small ones among these parts into few; return the parts that are small still."""
        import polars as pl

        merged = []
        for group in _groups([path for path in paths if _size(path) < SMALL], LARGE):
            found = list(self._read(None, [], group))
            if not found:
                continue
            together = pl.concat([frame for _, frame in found], how="diagonal")  # studies in turn may ask differently
            merged.append(self._write_part(together.unique(maintain_order=True)))
            for path, _ in found:
                if path != merged[-1]:
                    with suppress(InputError):  # it is read twice then, which does not matter
                        files.remove(path)
        return merged

    def tidy(self) -> None:
        """Remove what commands that were killed left half-written."""
        for folder in (self.folder, self.parts, self.folder / FULL, (self.folder / SERIES).parent):
            files.sweep(folder)

    # ------------------------------------------------------------ tables

    def publish(self, name: str, content: bytes | None) -> None:
        """Write a table, or remove it; TakenError where somebody else wrote what is there, or changed it.

        The hashes of the table that is there and of the new one are noted first: whenever the command is killed, the
        table is one of the two.
        """
        path, noted = self.folder / name, self.folder / TABLES
        there = file_hash(path) if path.is_file() else None
        known = _noted(noted)
        if there is not None and there not in known.get(name, []) and not (content and _holds(path, content)):
            rule = "this was not written by the sweep, or was changed since, so it is not replaced; move it away"
            raise files.TakenError(rule, file=shown(path))
        if content is None:
            files.remove(path)
            return
        known[name] = sorted({hash_ for hash_ in (there, _name(content)) if hash_})
        write_whole(noted, f"{json.dumps(known, indent=1, sort_keys=True)}\n".encode())
        if not _holds(path, content):
            write_whole(path, content)

    # ------------------------------------------------------------ reading parts

    def _paths(self) -> list[Path]:
        with files.reported(self.parts):
            return sorted(path for path in self.parts.glob("*.parquet") if _PART.fullmatch(path.name))

    def _read(
        self, columns: list[str] | None, damaged: list[Path], paths: Sequence[Path] | None = None
    ) -> Iterator[tuple[Path, pl.DataFrame]]:
        """Yield the parts that can be read, and list those that cannot.

        A part that another process has just merged away is looked for again, in the part that it went into.
        """
        done: set[Path] = set()
        gone = True
        while gone:
            gone = False
            for path in self._paths() if paths is None else paths:
                if path in done:
                    continue
                done.add(path)
                try:
                    frame = _part(path, columns)
                except FileNotFoundError:
                    gone = paths is None
                    continue
                if frame is None:
                    damaged.append(path)
                else:
                    yield path, frame


def _begins_a_sweep(path: Path, about: About) -> bool:
    """Say whether this may stand in a folder in which a sweep has only just begun, perhaps that of another shard."""
    own = path.name == PARTS or (path.name == STUDY and _holds(path, about.text.encode()))
    own = own or (path.name in about.people and file_hash(path) == about.people[path.name])
    return own or files.is_draft(path.name) or path.name in LITTER


def _noted(path: Path) -> dict[str, list[str]]:
    """Return the hashes of the tables that a sweep wrote, by name; TakenError where the file holds something else."""
    try:
        found = json.loads(_content(path))
        return {str(name): [str(each) for each in hashes] for name, hashes in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise files.TakenError("this is not what a sweep writes, so it is not replaced", file=shown(path)) from None


def _content(path: Path) -> bytes:
    """Return what a file holds. OSError where it is none, at once: opening a pipe would wait for ever."""
    try:
        with input_files.opened(path, limits.TABLE_BYTES) as file:
            return file.read()
    except InputError as error:
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, error.problem) from None
        raise OSError(errno.EINVAL, error.problem) from None


def _holds(path: Path, content: bytes) -> bool:
    try:
        return _content(path) == content
    except (OSError, ValueError):
        return False


def _name(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return SMALL


def _groups(paths: Sequence[Path], most: int) -> Iterator[list[Path]]:
    """Yield the files in groups of some size, so that merging them does not take more memory than that."""
    group: list[Path] = []
    size = 0
    for path in paths:
        group.append(path)
        size += _size(path)
        if size >= most:
            yield group
            group, size = [], 0
    yield group


def _part(path: Path, columns: list[str] | None) -> pl.DataFrame | None:
    """Return a part's rows; None where it is damaged, which its name tells. Raises FileNotFoundError."""
    import polars as pl

    try:
        content = _content(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"this part of the sweep cannot be read: {reason}", file=shown(path)) from None
    if _name(content) != path.stem:
        return None
    try:
        there = pl.read_parquet_schema(io.BytesIO(content))
        return pl.read_parquet(content, columns=columns and [name for name in columns if name in there])
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):  # its name was made to fit
        return None
