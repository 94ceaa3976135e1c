"""The lock file gives every supported Python the same packages; runs are compared value by value."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from same_values import differences, main

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")


def locked(python: str) -> dict[str, str]:
    """Return the version of each package that the lock file gives to a Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.9", "implementation_name": "cpython"}
    lines = (Requirement(line) for line in (ROOT / "requirements" / "lock.txt").read_text("utf-8").splitlines())
    wanted = (each for each in lines if each.marker is None or each.marker.evaluate(environment))
    return {each.name: str(each.specifier) for each in wanted}


def test_the_lock_file_gives_all_supported_pythons_one_version_of_whatever_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    needed = {Requirement(line).name for line in [*project["dependencies"], *extras]} - {project["name"]}
    needed |= {"llvmlite", "pydantic-core"}
    assert {"numpy", "scipy", "numba", "polars", "mesa"} <= needed
    first, *others = ({name: locked(python)[name] for name in sorted(needed)} for python in PYTHONS)
    for other in others:
        assert other == first


def test_the_lock_file_names_versions_and_no_place_to_get_them_from() -> None:
    for line in (ROOT / "requirements" / "lock.txt").read_text("utf-8").splitlines():
        assert re.match(r"[a-z0-9.-]+==\S+( ; .+)?$", line), line
        assert "://" not in line


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Manifests of two like runs."""
    manifest = dict.fromkeys(("seed", "tick", "rules", "chance", "probe"), "a")
    shares = {"measures": {"posts": 3.0, "likes": None}, "values": {"members": "1", "ties": "2"}}
    machine = {"platform": {"python": "3.11.7", "numpy": "2.4.6", "scipy": "1.17"}, "scenario": {"digest": "d"}}
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(json.dumps({**manifest, **shares, **machine}))
    return [tmp_path / "one", tmp_path / "other"]


def test_like_runs_agree(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(runs) == 0
    assert "2 runs agree in every value" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "entry", "says"),
    [
        ("values", {"members": "1", "ties": "3"}, "values differs .* in ties$"),
        ("measures", {"posts": 3.0000001, "likes": None}, "measures differs .* in posts$"),
        ("probe", "b", "probe differs .*: a there, b here"),
        ("scenario", {"digest": "e"}, "another scenario"),
    ],
)
def test_a_run_that_differs_is_named_with_what_differs(runs: list[Path], name: str, entry: object, says: str) -> None:
    path = runs[1] / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: entry}))
    (line,) = differences(runs)
    assert re.search(says, line)
    assert main(runs) == 1
