"""A file that a user names is opened only where it is an ordinary file of a size that is allowed."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments.cli import main
from sim import limits
from sim.errors import InputError
from sim.input_files import read_bytes, read_text
from sim.organization import read

TIES = "id,manager_id\n1,\n2,1\n"


def places(folder: Path) -> dict[str, str]:
    """Return what is no ordinary file, and what is said of it."""
    os.mkfifo(folder / "pipe.csv")
    (folder / "folder.csv").mkdir()
    found = {"pipe.csv": "not an ordinary file", "folder.csv": "is a folder", "none.csv": "no such file"}
    return found | {"/dev/zero": "not an ordinary file", "/dev/stdin": ""} | {"x" * 3000: "cannot be read"}


def answered(*arguments: str) -> str:
    """Return what a command says on refusing something; it must not wait for anybody."""
    results = []
    thread = threading.Thread(target=lambda: results.append(CliRunner().invoke(main, arguments)), daemon=True)
    thread.start()
    thread.join(60)
    assert results, "it waits"
    assert results[0].exit_code == 2, results[0].output
    return results[0].stderr


@pytest.mark.parametrize("command", [("org",), ("run", "--org")])
def test_what_is_no_file_is_refused_at_once_as_an_organisation(command, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, says in places(tmp_path).items():
        if name != "/dev/stdin":
            assert says in answered(*command, name).lower()


def test_what_is_no_file_is_refused_at_once_as_ties(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(TIES)
    for name, says in places(tmp_path).items():
        if name != "/dev/stdin":
            assert says in answered("org", "people.csv", "--ties", name).lower()


@pytest.mark.parametrize("command", ["check", "sweep"])
def test_what_is_no_file_is_refused_at_once_as_a_scenario_or_a_study(command, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.toml")
    assert "not an ordinary file" in answered(command, "pipe.toml")


@pytest.mark.parametrize("name", ["manifest.json", "organization.csv"])
def test_a_pipe_in_a_run_folder_is_refused_at_once(name, tmp_path) -> None:
    os.mkfifo(tmp_path / name)
    assert str(tmp_path) in answered("report", str(tmp_path))


def test_a_line_of_megabytes_is_refused_by_its_number(tmp_path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(",".join(f"column {n}" for n in range(200_000)) + "\n1,2\n")
    with pytest.raises(InputError, match=r"people.csv, line 1: This line has more than 100,000 characters"):
        read(file)
    file.write_text(f"id,manager_id\n1,\n2,{'x' * 2_000_000}\n")
    with pytest.raises(InputError, match=r"people.csv, line 3: This line has more than"):
        read(file)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch) -> None:
    file = tmp_path / "people.csv"
    with file.open("wb") as stream:
        stream.truncate(limits.ORGANIZATION_BYTES + 1)  # takes no disk
    with pytest.raises(InputError, match="is larger than"):
        read(file)


def test_a_small_file_is_read_whole(tmp_path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfabc")
    assert read_bytes(tmp_path / "a", 6) == b"\xef\xbb\xbfabc"
    assert read_text(tmp_path / "a", 6) == "abc"
    with pytest.raises(InputError, match="larger than 5 bytes"):
        read_bytes(tmp_path / "a", 5)
