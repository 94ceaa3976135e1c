"""Files of users, damaged in structured ways: each is read or refused with one sentence, and in no time.

`uv run python tests/fuzzing.py --count 20000` makes that many files and says what came of them.
"""

from __future__ import annotations

import argparse
import copy
import json
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Final

from experiments.checking import complaints
from experiments.patterns.claims import claims_of
from experiments.sweeps.study import load_study, shipped
from sim.errors import InputError
from sim.organization import generate, read, write
from sim.ownership import file_hash
from sim.parameters import OrganizationTable
from sim.record import TABLES, Run
from sim.record.manifest import with_digest
from sim.scenario import gallery, load

SLOWEST: Final = 5.0
"""Seconds that nothing may take."""
ODD: Final[list[Any]] = [
    None, True, 0, -1, 2, 10**6, 10**18, 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "x", "ceo",
    "days 0-10", "days 9-3", "without events", "baseline", "=1+1", "\x1b[2J", "é" * 300,
    "../x", [], [1], [1, 2], [2, 1],
    [[]], ["a", "a"], {}, {"a": 1}, {"visibility.scope": "team"}, {"min": 0, "max": 1},
    {"min": 1, "max": 0, "steps": 3},
    {"issues.0.salience": 2}, {"issues.9.salience": 2}, {"by": "ceo", "openness": 1}, [{}], [{}, {"day": 1}],
]  # fmt: skip
CELLS: Final = [
    "",
    "1",
    "m3",
    "m0",
    "=1+1",
    "'",
    '"',
    "x" * 2000,
    "\t",
    "é",
    "\x00",
    ",",
    ";",
    "\n",
    "executive",
    "0",
    "-1",
]


class Found:
    """What became of the files."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.foreign: list[str] = []
        self.slow: list[str] = []

    def note(self, kind: str, work: Callable[[], object], shown: str) -> None:
        """Do `work` on a file; keep the file's text where it went wrong."""
        began = time.process_time()
        try:
            work()
            self.kinds[f"{kind}: read"] += 1
        except InputError as error:
            str(error)
            self.kinds[f"{kind}: refused"] += 1
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            self.foreign.append(f"{kind}\n{''.join(traceback.format_exception(error)[-4:])}\n{shown[:2000]}")
        if time.process_time() - began > SLOWEST:
            self.slow.append(f"{kind}: {time.process_time() - began:.1f} s\n{shown[:500]}")


# ---------------------------------------------------------------- damages


def written(value: Any) -> str:
    """Return a value as TOML has it, or, where TOML has no such value, as something that looks like it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {written(inner)}" for key, inner in value.items()) + "}"
    return repr(value)


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each (table or list, key) of a tree."""
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(entries):
        yield tree, key
        if isinstance(value, dict | list):
            yield from places(value)


def mutant(luck: random.Random, tree: Any, donors: list[Any]) -> Any:
    """Return a tree with some of its places replaced, removed, doubled, renamed, or taken from another tree."""
    tree = copy.deepcopy(tree)
    for _ in range(luck.choice((1, 1, 1, 2, 3, 8))):
        table, key = luck.choice(list(places(tree)) or [(tree, "x")])
        what = luck.randrange(6)
        if what == 0 and table:
            del table[key]
        elif what == 1:
            donor, there = luck.choice(list(places(luck.choice(donors))))
            table[key] = copy.deepcopy(donor[there])
        elif what == 2 and isinstance(table, list):
            table.extend(copy.deepcopy(table) * luck.choice((1, 30)))
        elif what == 3 and isinstance(table, dict):
            table[luck.choice(("extends", "expect", "events", "set", "issues", "days", str(key)[:-1], "é", ""))] = (
                table[key]
            )
        else:
            table[key] = copy.deepcopy(luck.choice(ODD))
    return tree


def as_toml(tree: dict[str, Any]) -> str:
    """Return a tree as TOML, one key a line; what TOML cannot say is left as Python says it."""
    return "".join(f"{json.dumps(str(key))} = {written(value)}\n" for key, value in tree.items())


def cut_up(luck: random.Random, text: str) -> str:
    """Return a text with pieces cut out, doubled or replaced, without regard for what it means."""
    for _ in range(luck.choice((0, 0, 1, 4))):
        at, length = luck.randrange(len(text) + 1), luck.choice((1, 1, 5, 80))
        piece = luck.choice(
            ("", text[at : at + length] * 2, luck.choice(CELLS), luck.choice(("[", "]]", "=", "'''", "#")))
        )
        text = text[:at] + piece + text[at + length :]
    return text


# ---------------------------------------------------------------- kinds of files


def scenarios(luck: random.Random, folder: Path, found: Found, trees: list[Any]) -> None:
    text = cut_up(luck, as_toml(mutant(luck, luck.choice(trees), trees)))
    file = folder / "fuzzed.toml"
    file.write_text(text, "utf-8", errors="surrogatepass")
    found.note("scenario", lambda: claims_of(load(file)), text)
    if luck.random() < 0.1:
        found.note("check", lambda: complaints(str(file)), text)


def studies(luck: random.Random, folder: Path, found: Found, trees: list[Any]) -> None:
    text = cut_up(luck, as_toml(mutant(luck, luck.choice(trees), trees)))
    file = folder / "fuzzed.toml"
    file.write_text(text, "utf-8", errors="surrogatepass")
    found.note("study", lambda: load_study(file), text)


def rows_of(luck: random.Random, rows: list[list[str]]) -> str:
    rows = [list(row) for row in rows]
    for _ in range(luck.choice((1, 2, 5, 20))):
        row = luck.choice(rows)
        what = luck.randrange(5)
        if what == 0:
            rows.append(list(row))
        elif what == 1 and len(rows) > 1:
            rows.remove(row)
        elif row:
            place = luck.randrange(len(row))
            row[place] = luck.choice((luck.choice(CELLS), luck.choice(luck.choice(rows) or [""])))
    return cut_up(luck, "\n".join(luck.choice((",", ",", ",", ";")).join(row) for row in rows))


def organizations(luck: random.Random, folder: Path, found: Found, rows: list[list[str]]) -> None:
    text = rows_of(luck, rows)
    file = folder / "fuzzed.csv"
    file.write_text(text, luck.choice(("utf-8", "utf-8", "utf-8", "utf-16")), errors="replace")
    found.note("organisation", lambda: read(file, repair=luck.random() < 0.5), text)


def ties(luck: random.Random, folder: Path, found: Found, rows: list[list[str]]) -> None:
    text = rows_of(luck, [["from", "to"], *([row[0], luck.choice(rows)[0]] for row in rows)])
    file = folder / "fuzzed.txt"
    file.write_text(text, "utf-8", errors="replace")
    found.note("ties", lambda: read(folder / "people.csv", ties=file), text)


def run_folders(luck: random.Random, folder: Path, found: Found, run: Path, apart: Apart) -> None:
    """Damage a run folder, and make the hashes fit in half of all cases."""
    there = folder / "run"
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(run, there)
    path = luck.choice(sorted(file for file in there.rglob("*") if file.is_file()))
    if path.name == "manifest.json":
        manifest = json.loads(path.read_text("utf-8"))
        damaged = mutant(luck, manifest, [manifest])
    else:
        content = bytearray(path.read_bytes())
        for _ in range(luck.choice((1, 3, 30))):
            content[luck.randrange(len(content))] = luck.randrange(256)
        path.write_bytes(bytes(content[: luck.choice((None, None, None, luck.randrange(len(content))))]))
        damaged = json.loads((there / "manifest.json").read_text("utf-8"))
        name = path.relative_to(there).as_posix()
        damaged["files"][name] = {"bytes": path.stat().st_size, "blake2b": file_hash(path)}
    fits = luck.random() < 0.7 and isinstance(damaged, dict)
    (there / "manifest.json").write_text(json.dumps(with_digest(damaged) if fits else damaged), "utf-8")
    about = f"{path.name}, hashes {'fit' if fits else 'do not fit'}"
    if fits and path.suffix == ".parquet":
        apart.note(found, there, about)
    else:
        found.note("run folder", lambda: _used(there), about)


class Apart:
    """A process that reads tables whose hash was made to fit, and is replaced when it ends.

    polars, up to 2.1 at least, ends its whole process on some of them, asking for more memory than there can be.
    """

    def __enter__(self) -> Apart:
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def note(self, found: Found, folder: Path, about: str) -> None:
        """Note what becomes of a run folder."""
        try:
            theirs = self._pool.submit(_noted, folder, about).result()
        except BrokenProcessPool:
            found.kinds["forged table: polars gave up"] += 1
            self.__enter__()
            return
        found.kinds += theirs.kinds
        found.foreign += theirs.foreign
        found.slow += theirs.slow


def _noted(folder: Path, about: str) -> Found:
    """Return what becomes of one run folder."""
    found = Found()
    found.note("run folder", lambda: _used(folder), about)
    return found


def _used(folder: Path) -> None:
    """Look at all that a run folder holds."""
    run = Run.load(folder)
    for name in (*TABLES, "organization", "measures"):
        getattr(run, name)
    for tick in run.states:
        run.engine_at(tick)


# ---------------------------------------------------------------- all together


def fuzz(count: int, seed: int = 1) -> Found:
    """Damage and read so many files: half of them scenarios and studies, the others tables and run folders."""
    found, luck = Found(), random.Random(seed)
    worlds = [tomllib.loads(path.read_text("utf-8")) for path in gallery().values()]
    asked = [tomllib.loads(path.read_text("utf-8")) for path in shipped().values()]
    with tempfile.TemporaryDirectory() as name, Apart() as apart:
        folder = Path(name)
        write(
            generate(OrganizationTable(members=30, levels=3, locations=2, ties_per_member=2), 1), folder / "people.csv"
        )
        rows = [line.split(",") for line in (folder / "people.csv").read_text("utf-8").splitlines()]
        run = _small_run(folder / "sound")
        kinds: list[Callable[[], None]] = [
            lambda: scenarios(luck, folder, found, worlds),
            lambda: studies(luck, folder, found, asked),
            lambda: organizations(luck, folder, found, rows),
            lambda: ties(luck, folder, found, rows),
            lambda: run_folders(luck, folder, found, run, apart),
        ]
        for n in range(count):
            kinds[n % len(kinds)]()
    return found


def _small_run(folder: Path) -> Path:
    import sim

    world = load("baseline").with_({"organization.members": 40}).first_days(4)
    return sim.simulate(world, seed=1, checkpoint_days=2).save(folder)


def main() -> int:
    """Say what became of the files; 1 where something went wrong."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    found = fuzz(asked.count, asked.seed)
    for kind, count in sorted(found.kinds.items()):
        print(f"{count:7,} {kind}")
    print(f"{len(found.foreign):7,} foreign exceptions\n{len(found.slow):7,} took more than {SLOWEST:g} s")
    for text in (found.foreign + found.slow)[:20]:
        print(f"\n{text}")
    return int(bool(found.foreign or found.slow))


if __name__ == "__main__":
    sys.exit(main())
