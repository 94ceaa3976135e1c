"""The Studies tab opens what lies on its shelf, and says the same of everything else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import studies
from dashboards.shelf import Shelf, choose, shelf
from experiments.sweeps.store import ABOUT
from sim.errors import InputError

PATHS = (
    "..", "../secret", "sweeps/../../secret", "sweeps/..", "~", "~root", "~/sweeps", "/", "/etc", "/proc/self", "//x",
    "\0", "sweeps/\0", "a" * 5000, "/".join("a" * 2000), "C:\\", "C:secret", "\\\\host\\share",
    "sweeps\\..\\..\\secret",
    "NUL", "CON", "sweeps/con", "/dev/zero", "sweeps/link", "sweeps/way/secret", "sweeps/pipe", "sweeps/nothing",
    "sweeps/linked", "sweeps/missing", "sweeps/file", "sweeps/piped", ".", " ", "\ud800", "sweeps/good/x",
)  # fmt: skip


def sweep(folder: Path) -> Path:
    """Return a folder that looks like a sweep."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).write_text("{}")
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Shelf:
    """A shelf with everything on it that must not be opened; outside of it lies a secret."""
    secret, root = sweep(tmp_path / "secret"), tmp_path / "root"
    sweeps = root / "sweeps"
    sweep(sweeps / "good")
    (sweeps / "nothing").mkdir()
    (sweeps / "file").write_text("")
    if hasattr(os, "mkfifo"):
        os.mkfifo(sweeps / "pipe")
        os.mkfifo(sweep(sweeps / "piped") / "parts")
        (sweeps / "link").symlink_to(secret)
        (sweeps / "way").symlink_to(tmp_path)
        (sweeps / "linked").mkdir()
        (sweeps / "linked" / ABOUT).symlink_to(secret / ABOUT)
    return Shelf(root, ("sweeps",))


def refusal(text: str, place: Shelf) -> str:
    with pytest.raises(InputError) as refused:
        place.find(text)
    return str(refused.value)


def test_what_lies_on_the_shelf_is_opened_by_its_path(place: Shelf) -> None:
    good = place.root / "sweeps" / "good"
    for text in ("sweeps/good", "./sweeps/good/", "sweeps//good", str(good)):
        assert place.find(text) == good


def test_everything_else_gets_one_and_the_same_sentence(place: Shelf) -> None:
    outside = [str(place.root.parent / "secret"), str(place.root.parent / "missing")]
    assert {refusal(text, place) for text in (*PATHS, *outside)} == {refusal("x", place)}


@given(st.text(max_size=60))
def test_no_text_is_more_than_a_path_that_is_not_there(text: str) -> None:
    with pytest.raises(InputError, match="there is no such sweep here"):
        Shelf(Path(__file__).parent.resolve()).find(text)


def test_nothing_outside_is_looked_at_before_it_is_refused(place: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def watch(module: object, name: str) -> None:
        look = getattr(module, name)

        def watched(path: object, *rest: object, **named: object) -> object:
            looked.append(str(path))
            return look(path, *rest, **named)

        monkeypatch.setattr(module, name, watched)

    for name in ("listdir", "stat", "lstat", "open", "scandir", "readlink"):
        watch(os, name)
    for text in PATHS:
        refusal(text, place)
    monkeypatch.undo()
    assert looked and all(path.startswith(str(place.root)) for path in looked)


def test_only_what_calls_itself_a_sweep_is_listed(place: Shelf) -> None:
    names = set(place.names())
    assert "sweeps/good" in names
    assert names <= {"sweeps/good", "sweeps/piped"}
    assert studies.folders(place) == []  # none of them says what it is of


def test_a_sweep_that_cannot_be_read_is_reported_by_the_path_that_was_typed(place: Shelf) -> None:
    with pytest.raises(InputError) as refused:
        studies.opened("sweeps/good", place)
    assert str(refused.value).startswith("sweeps/good: ") and str(place.root) not in str(refused.value)


def test_the_shelf_is_the_current_folder_or_that_of_the_option(place: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.root)
    monkeypatch.setenv("ISM_DASHBOARD_SWEEPS", "")
    assert shelf().find("sweeps/good")
    choose("sweeps")
    assert list(shelf().names()) == [name.removeprefix("sweeps/") for name in place.names()]
    assert shelf().find("good")
    for missing in ("nowhere", "\0", "sweeps/file"):
        with pytest.raises(InputError):
            choose(missing)
