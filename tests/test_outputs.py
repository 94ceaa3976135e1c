"""Claims about what commands write: whatever a user put into it, or changed in it, survives every command."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner, Result

import sim.compiled
from experiments.cli import main
from experiments.commands import sweep as sweep_command
from sim.ownership import SEAL, is_sealed, sealed
from tests.here import Here

SCENARIO = 'extends = "baseline"\ndays = 2\n[organization]\nmembers = 30\n'
STUDY = """
title = "Two"
scenario = "mine.toml"
seeds = 2
record = "daily"
measures = ["p_speak", "engagement"]
[factors]
"visibility.scope" = ["team", "organization"]
"""
PEOPLE = "id,manager_id\na,\nb,a\nc,a\n"
ARENA = "message,author,time,parent\n1,a,2024-01-02 09:00,\n2,b,2024-01-02 10:00,1\n"
FIND = """seeds = 1
trials = 2
minimise = "posts"
[set]
"organization.members" = 20
days = 2
[factors]
"visibility.scope" = ["team", "organization"]
"""
FILES = {"mine.toml": SCENARIO, "two.toml": STUDY, "people.csv": PEOPLE, "arena.csv": ARENA, "find.toml": FIND}
MINE = b"years of work"

WAYS: dict[str, list[list[str]]] = {
    "run": [["run", "mine.toml"], ["run", "mine.toml", "--out", "out/run"]],
    "fork": [["fork", "base", "--day", "1", "--set", "visibility.scope=team"]],
    "report": [["report", "base"], ["report", "base", "--out", "page.html"]],
    "sweep": [["sweep", "two.toml"], ["sweep", "two.toml", "--out", "share", "--shard", "1/2"]],
    "analyse": [["analyse", "swept"]],
    "new": [["new", "fresh"]],
    "check": [["check", "mine.toml"]],
    "schema": [["schema"]],
    "scenarios": [["scenarios"]],
    "org": [["org", "people.csv"]],
    "names": [["names"]],
    "explain": [["explain", "base", "--member", "ceo"]],
    "cite": [["cite", "base"]],
    "spiral": [["spiral", "base"]],
    "import": [["import", "arena.csv", "--seeds", "0", "--out", "portrait"]],
    "export": [["export", "base", "--format", "viva"], ["export", "base", "--format", "gexf", "--out", "network"]],
    "search": [["search", "find.toml", "--workers", "1", "--out", "found"]],
    "compare": [["compare", "mine.toml", "--set-b", "visibility.scope=team", "--seeds", "2", "--workers", "1"]],
}
"""How each command is typed."""
WRITERS = ("run", "fork", "report", "sweep", "analyse", "new", "import", "export", "search")
NOT_TYPED = {
    "facts": "takes long; no module that it uses can write but sim.files, which it does not call",
    "patterns": "the same",
    "calibrate": "takes hours; that it replaces no file is a test of its own (test_calibration.py)",
    "fit": "takes minutes; that it replaces no file is a test of its own (test_fit.py)",
    "discover": "needs more cells than are made here; it prints, and writes nothing",
    "warm": "keeps machine code in the cache alone, as every command does",
    "dashboard": "serves until it is stopped, and hands files to the browser",
}


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all that commands may ask for."""
    place = tmp_path_factory.mktemp("workplace")
    for name, text in (
        ("mine.toml", SCENARIO),
        ("two.toml", STUDY),
        ("people.csv", PEOPLE),
        ("arena.csv", ARENA),
        ("find.toml", FIND),
    ):
        (place / name).write_text(text)
    with pytest.MonkeyPatch.context() as patched:
        _prepare(patched, place)
        for words in (["run", "mine.toml", "--out", "base"], ["sweep", "two.toml", "--out", "swept"]):
            result = typed(*words)
            assert result.exit_code == 0, result.output
    return place


def _prepare(patched: pytest.MonkeyPatch, place: Path) -> None:
    @contextmanager
    def here(_: object) -> Iterator[Executor]:
        yield Here()

    patched.chdir(place)
    patched.setattr(sweep_command, "executor_at", here)
    patched.setattr(sim.compiled, "needs_compiling", lambda: False)


@pytest.fixture
def place(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of that folder, and stand in it."""
    shutil.copytree(model, tmp_path / "here")
    _prepare(monkeypatch, tmp_path / "here")
    return tmp_path / "here"


def contents(place: Path) -> dict[str, bytes]:
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def written(place: Path, words: list[str]) -> list[str]:
    """Type a command for the first time; return the files that it wrote or changed."""
    before = contents(place)
    result = typed(*words)
    assert result.exit_code == 0, result.output
    after = contents(place)
    assert before.items() - after.items() == set(), "what was there before the first time has gone"
    return sorted(name for name in after if name not in before)


EVERY = [pytest.param(words, id=" ".join(words)) for ways in WAYS.values() for words in ways]
WRITING = [pytest.param(words, id=" ".join(words)) for name in WRITERS for words in WAYS[name]]


def test_no_command_is_forgotten() -> None:
    assert WAYS.keys() | NOT_TYPED.keys() == set(main.list_commands(Context(main)))
    assert not WAYS.keys() & NOT_TYPED.keys()


@pytest.mark.parametrize("words", EVERY)
def test_a_command_changes_nothing_that_was_there(place: Path, words: list[str]) -> None:
    assert bool(written(place, words)) == (words[0] in WRITERS)


@pytest.mark.parametrize("words", WRITING)
def test_notes_in_any_output_folder_survive(place: Path, words: list[str]) -> None:
    folders = {(place / name).parent for name in written(place, words)} | {place / "base", place / "swept"}
    for folder in folders:
        (folder / "notes.txt").write_bytes(MINE)
        (folder / "paper").mkdir()
        (folder / "paper" / "draft.tex").write_bytes(MINE)
    for more in ([], ["--replace"] if words[0] in ("run", "fork") else []):
        result = typed(*words, *more)
        assert result.exit_code in (0, 2), result.output
        assert "Traceback" not in result.output
        for folder in folders:
            assert (folder / "notes.txt").read_bytes() == MINE
            assert (folder / "paper" / "draft.tex").read_bytes() == MINE
    assert not [path for path in place.rglob(".*") if path.name.startswith(".ism")]


@pytest.mark.parametrize("words", WRITING)
def test_a_file_that_the_user_changed_is_never_replaced(place: Path, words: list[str]) -> None:
    for name in written(place, words):
        file, kept = place / name, contents(place)
        file.write_bytes(MINE)
        result = typed(*words)
        assert result.exit_code in (0, 2), (name, result.output)
        assert MINE in contents(place).values(), name
        if file.is_file() and file.read_bytes() == MINE:
            file.write_bytes(kept[name])


@pytest.mark.parametrize("words", WRITING)
def test_a_file_of_the_user_that_has_the_name_of_an_output_survives(place: Path, model: Path, words: list[str]) -> None:
    before = {Path(), *(path.relative_to(place) for path in place.rglob("*"))}
    names = [Path(name) for name in written(place, words)]
    taken = {next(path for path in (*reversed(name.parents), name) if path not in before) for name in names}
    for name in taken:
        for path in place.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(model, place, dirs_exist_ok=True)
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(MINE)
        assert typed(*words).exit_code in (0, 2)
        assert (place / name).read_bytes() == MINE


@pytest.mark.parametrize("words", WRITING)
def test_a_command_can_be_repeated(place: Path, words: list[str]) -> None:
    names = written(place, words)
    result = typed(*words)
    assert result.exit_code == (2 if words[0] == "new" else 0), result.output
    assert sorted(set(contents(place)) & set(names)) == names


@pytest.mark.parametrize("more", [[], ["--replace"]])
def test_a_manifest_that_the_user_wrote_notes_into_is_never_replaced(more: list[str], tmp_path: Path) -> None:
    words = ["run", "--members", "60", "--days", "2", "--out", str(tmp_path / "mine")]
    assert typed(*words).exit_code == 0
    manifest = tmp_path / "mine" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("{", '{"note": "for the paper", ', 1), "utf-8")
    result = typed(*words, *more)
    assert result.exit_code == 2
    assert "manifest.json was changed" in result.output
    assert "for the paper" in manifest.read_text("utf-8")


def test_a_seal_breaks_with_any_change() -> None:
    whole = sealed(f"<p>{SEAL}</p>").encode()
    assert is_sealed(whole)
    for place in range(len(whole)):
        assert not is_sealed(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert not is_sealed(b"") and not is_sealed(f"<p>{SEAL}</p>".encode())
