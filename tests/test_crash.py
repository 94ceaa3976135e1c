"""A fault of the program leaves a file for whoever mends it, and no data in it."""

from __future__ import annotations

from pathlib import Path

import click
import platformdirs
import pytest
from click.testing import CliRunner, Result

import experiments.commands.names
from experiments import crash
from experiments.cli import main


class Panic(BaseException):
    """As libraries in other languages raise it."""


@pytest.fixture(params=[ValueError, Panic])
def fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    def names() -> None:
        try:
            raise KeyError("Anna Berg, anna@example.com")
        except KeyError as error:
            raise request.param("Anna Berg has no manager") from error

    monkeypatch.setattr(experiments.commands.names, "names", click.command()(names))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ism(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_command_says_where_the_file_is_and_ends_with_1(fault: Path) -> None:
    result = ism("names")
    (file,) = fault.glob("ism-fault-*.txt")
    assert result.exit_code == 1
    assert "Something went wrong inside the simulation" in result.stderr and str(file) in result.stderr
    assert "Traceback" not in result.stderr


def test_the_file_says_where_and_with_which_versions_and_holds_no_data(fault: Path) -> None:
    ism("names")
    (file,) = fault.glob("ism-fault-*.txt")
    text = file.read_text("utf-8")
    for part in ("test_crash.py, line", "in names", "KeyError", "numpy: ", "python: ", "command: ism"):
        assert part in text
    assert "anna@example" not in text.replace('raise KeyError("Anna Berg, anna@example.com")', "")
    assert "has no manager" not in text.replace('raise request.param("Anna Berg has no manager") from error', "")


def test_no_file_is_overwritten(fault: Path) -> None:
    for _ in range(3):
        ism("names")
    assert len(list(fault.glob("ism-fault-*.txt"))) == 3


def test_the_home_folder_is_not_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/anna"))
    text = crash.written(ValueError(), ["run", "/home/anna/secret plan.toml"])
    assert "/home/anna" not in text and "'~/secret plan.toml'" in text


def test_where_the_current_folder_cannot_be_written_it_lies_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(Path, "cwd", lambda: tmp_path / "file" / "below")
    monkeypatch.setattr(platformdirs, "user_state_path", lambda _: tmp_path / "state")
    found = crash.leave(ValueError(), ["run"])
    assert found is not None and found.parent == tmp_path / "state"
