"""Claims about files: written whole or not at all, under any system, and left behind by nobody."""

from __future__ import annotations

import ast
import errno
import os
import re
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import files
from sim.errors import InputError
from sim.files import TakenError

ROOT = Path(__file__).resolve().parent.parent
ENDED = 999_999_999
"""A number that no process has."""
posix = pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")


@pytest.fixture(params=["exchanged", "in two steps"])
def system(request, monkeypatch):
    """A system that can exchange folders, and one that cannot."""
    if request.param == "in two steps":
        monkeypatch.setattr(files, "_EXCHANGE", 0)
    elif not files._EXCHANGE:
        pytest.skip("this system cannot exchange folders")
    return request.param


def anything(_):
    """Let any folder be replaced."""


def put(folder: Path, **contents: str) -> None:
    with files.whole_folder(folder, anything) as draft:
        for name, content in contents.items():
            (draft / name).write_text(content)


def held(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def left_behind(place: Path, ending: str, pid: int = ENDED, host: str = "", name: str = "run") -> Path:
    """Return a folder as a killed process leaves it beside `name`."""
    key = files._key(place / name)
    draft = place / f".ism-{key}-{host or files._host()}-{pid}-{'0' * 8}.{ending}"
    draft.mkdir()
    (draft / "a").write_text(ending)
    return draft


# ---------------------------------------------------------------- files


@given(content=st.binary(max_size=200), older=st.none() | st.binary(max_size=200))
def test_a_file_holds_what_was_written_and_nothing_is_beside_it(tmp_path_factory, content, older):
    place = tmp_path_factory.mktemp("files") / "deep" / "file"
    if older is not None:
        files.write(place, older)
    assert files.write(place, content) == place
    assert place.read_bytes() == content
    assert [path.name for path in place.parent.iterdir()] == ["file"]


def test_a_file_that_fails_on_the_way_is_the_older_one(tmp_path):
    files.write(tmp_path / "file", b"older")
    for error, said in ((OSError(errno.ENOSPC, "x"), "the disk is full"), (OSError(errno.EIO, "Bad"), "bad")):
        with (
            pytest.raises(InputError, match=f"this cannot be written: {said}"),
            files.whole_file(tmp_path / "file") as f,
        ):
            f.write(b"new")
            raise error
    with pytest.raises(KeyboardInterrupt), files.whole_file(tmp_path / "file"):
        raise KeyboardInterrupt
    assert held(tmp_path) == {"file": "older"}


def test_a_disk_that_reports_its_trouble_late_is_heard(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.EDQUOT, "Quota exceeded")

    files.write(tmp_path / "file", b"older")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="the disk is full"):
        files.write(tmp_path / "file", b"new")
    with pytest.raises(InputError, match="the disk is full"):
        put(tmp_path / "run", a="1")
    assert held(tmp_path) == {"file": "older"}


def test_a_new_file_is_not_written_over_another_whoever_comes_first(tmp_path, monkeypatch):
    files.write(tmp_path / "new", b"1", replace=False)
    for keep in (files._KEEP, 0):
        monkeypatch.setattr(files, "_KEEP", keep)
        with pytest.raises(TakenError, match="is there already"):
            files.write(tmp_path / "new", b"2", replace=False)
        with pytest.raises(TakenError, match="is there already"), files.whole_file(tmp_path / "late", False):
            (tmp_path / "late").write_text("another process")
        (tmp_path / "late").unlink()
    assert held(tmp_path) == {"new": "1"}


@pytest.mark.parametrize("name", ["n" * 255, "ü" * 127, "a b", "-", "*?", "line\nbreak"])
def test_names_as_long_and_strange_as_the_system_takes_them(tmp_path, name):
    files.write(tmp_path / name, b"1")
    put(tmp_path / "folder" / name, a="1")
    put(tmp_path / "folder" / name, a="2")
    assert held(tmp_path) == {name: "1", f"folder/{name}/a": "2"}


@pytest.mark.parametrize("name", ["n" * 256, "a\x00b", "file/below", "", "/"])
def test_places_that_cannot_be_are_one_sentence(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    for attempt in (lambda: files.write(name, b""), lambda: put(name, a="1")):
        with pytest.raises(InputError) as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert held(tmp_path) == {"file": "x"}


@posix
def test_links_are_followed_and_stay(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "file")
    files.write(tmp_path / "link", b"1")
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere" / "run")
    put(tmp_path / "run", a="1")
    put(tmp_path / "run", a="2")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "run").is_symlink()
    assert held(tmp_path / "elsewhere") == {"file": "1", "run/a": "2"}
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(InputError):
        files.write(tmp_path / "circle", b"1")


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_permissions_are_those_of_the_user_and_of_what_was_there(tmp_path, umask, system):
    before = os.umask(umask)
    try:
        files.write(tmp_path / "file", b"")
        put(tmp_path / "run", a="1")
        modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("file", "run")]
        assert modes == [0o666 & ~umask, 0o777 & ~umask]
        (tmp_path / "file").chmod(0o640)
        (tmp_path / "run").chmod(0o750)
        files.write(tmp_path / "file", b"1")
        put(tmp_path / "run", a="2")
        assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("file", "run")] == [0o640, 0o750]
    finally:
        os.umask(before)


@posix
def test_what_is_read_only_or_no_ordinary_file_stays(tmp_path):
    files.write(tmp_path / "file", b"1")
    put(tmp_path / "run", a="1")
    (tmp_path / "file").chmod(0o444)
    (tmp_path / "run").chmod(0o555)
    os.mkfifo(tmp_path / "pipe")
    for attempt in (lambda: files.write(tmp_path / "file", b"2"), lambda: put(tmp_path / "run", a="2")):
        with pytest.raises(TakenError, match="read-only"):
            attempt()
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(TakenError, match="no ordinary file"):
            files.write(path, b"2")
    (tmp_path / "run").chmod(0o755)
    assert held(tmp_path) == {"file": "1", "run/a": "1"}


# ---------------------------------------------------------------- folders


def test_a_folder_takes_the_place_of_an_older_one_whole(tmp_path, system):
    put(tmp_path / "run", a="1", b="1")
    put(tmp_path / "run", a="2")
    assert held(tmp_path) == {"run/a": "2"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_that_fails_on_the_way_is_the_older_one(tmp_path, system, monkeypatch):
    put(tmp_path / "run", a="1")
    for error in (InputError("no"), KeyboardInterrupt(), OSError(errno.ENOSPC, "full")):
        with pytest.raises((InputError, KeyboardInterrupt)), files.whole_folder(tmp_path / "run", anything) as draft:
            (draft / "a").write_text("2")
            raise error
    assert held(tmp_path) == {"run/a": "1"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_older_folder_comes_back_where_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    put(tmp_path / "run", a="1")
    monkeypatch.setattr(files, "_EXCHANGE", 0)
    rename = Path.rename

    def fails(self, to):
        if self.suffix == ".part":
            raise OSError(errno.EBUSY, "Busy")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(InputError, match="busy"):
        put(tmp_path / "run", a="2")
    assert held(tmp_path) == {"run/a": "1"}


def test_what_comes_into_a_folder_while_another_is_made_is_seen(tmp_path, system):
    put(tmp_path / "run", a="1")

    def check(folder):
        if (folder / "notes").exists():
            raise TakenError("notes")

    with pytest.raises(TakenError, match="notes"), files.whole_folder(tmp_path / "run", check) as draft:
        (draft / "a").write_text("2")
        (tmp_path / "run" / "notes").write_text("mine")
    assert held(tmp_path) == {"run/a": "1", "run/notes": "mine"}


def test_a_system_that_cannot_exchange_says_so_and_the_two_steps_are_taken(tmp_path, monkeypatch):
    put(tmp_path / "run", a="1")
    monkeypatch.setattr(files, "_EXCHANGE", 1 << 20)  # a flag that no system knows
    put(tmp_path / "run", a="2")
    assert held(tmp_path) == {"run/a": "2"}


# ---------------------------------------------------------------- what killed processes leave


def test_a_folder_that_was_moved_aside_comes_back(tmp_path):
    left_behind(tmp_path, "old")
    left_behind(tmp_path, "part")
    files.adopt(tmp_path / "run")
    assert held(tmp_path / "run") == {"a": "old"}
    put(tmp_path / "run", a="new")
    assert held(tmp_path) == {"run/a": "new"}


def test_a_save_puts_back_what_was_moved_aside_before_it_asks_what_may_be_replaced(tmp_path):
    left_behind(tmp_path, "old")
    asked = []
    with files.whole_folder(tmp_path / "run", asked.append):
        pass
    assert len(asked) == 2


def test_what_belongs_to_another_place_is_not_taken_for_this_one(tmp_path):
    other = left_behind(tmp_path, "old", name="other")
    files.adopt(tmp_path / "run")
    put(tmp_path / "run", a="1")
    assert held(tmp_path / "run") == {"a": "1"}
    assert other.exists()
    files.adopt(tmp_path / "other")
    assert held(tmp_path / "other") == {"a": "old"}


def test_drafts_are_swept_unless_somebody_may_be_writing_them(tmp_path):
    swept = [left_behind(tmp_path, "part"), left_behind(tmp_path, "part", host="0" * 8, name="x")]
    kept = [left_behind(tmp_path, "part", os.getpid()), left_behind(tmp_path, "part", host="1" * 8)]
    for path in (*swept[1].iterdir(), swept[1]):
        os.utime(path, (1, 1))
    put(tmp_path / "run", a="1")
    assert [path.exists() for path in (*swept, *kept)] == [False, False, True, True]


@posix
def test_drafts_of_other_users_are_swept_only_when_old(tmp_path, monkeypatch):
    draft = left_behind(tmp_path, "part")
    monkeypatch.setattr(os, "getuid", lambda: draft.stat().st_uid + 1)
    files.sweep(tmp_path)
    assert draft.exists()
    for path in (draft / "a", draft):
        os.utime(path, (1, 1))
    files.sweep(tmp_path)
    assert not draft.exists()


def test_a_number_that_now_belongs_to_another_process_protects_nothing(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as later:
        draft = left_behind(tmp_path, "part", later.pid)
        for path in (draft / "a", draft):
            os.utime(path, (1e9, 1e9))  # changed last before that process began
        files.sweep(tmp_path)
        assert not draft.exists()
        later.communicate(b"\n")


def test_files_that_only_look_like_drafts_stay(tmp_path):
    for name in (".ism-notes.part", ".run.part", ".a.old", "x.part", f".ism-{'0' * 16}-{'0' * 8}-1-{'0' * 8}.tmp"):
        (tmp_path / name).write_text("mine")
    before = held(tmp_path)
    put(tmp_path / "run", a="1")
    assert held(tmp_path) == {**before, "run/a": "1"}


# ---------------------------------------------------------------- nobody else


WRITERS = {
    "sim/caches.py": "keeps what can be made again, which is nobody's result",
    "sim/machine_code.py": "keeps machine code in a cache, which is nobody's result",
    "dashboards/door/keys.py": "keeps a secret that nobody else may read, not for a moment",
    "experiments/crash.py": "must still work where all else does not",
    "sim/engine.py": "keeps a long ledger in a scratch folder while a run lives",
    "benchmarks/c_code.py": "in a scratch folder",
    "benchmarks/cluster.py": "in a scratch folder",
    "benchmarks/commands.py": "in a scratch folder",
    "benchmarks/costs.py": "in a scratch folder",
    "benchmarks/limit_run.py": "in a scratch folder",
    "benchmarks/shares_run.py": "in a scratch folder",
    "benchmarks/sweeps.py": "in a scratch folder",
}
"""Modules that write by themselves, and why they may."""
METHODS = {
    *("write_text", "write_bytes", "rename", "renames", "unlink", "rmdir", "removedirs", "rmtree", "touch", "mkdir"),
    *("makedirs", "symlink_to", "hardlink_to", "copyfile", "copy2", "copytree", "savez", "savefig"),
    *("write_image", "write_html", "fsync", "truncate"),
}


def writes(tree: ast.AST) -> list[str]:
    """Return what in a module opens a file for writing, renames or removes one."""
    return [ast.unparse(node)[:80] for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_writing(node)]


def _is_writing(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if owner in ("files", "archive"):  # this project's; what is put into a zip file that is open already
        return False
    if name == "replace":  # of a path: one of a text has two arguments, that of dataclasses names them
        return owner == "os" or (len(call.args) == 1 and not call.keywords)
    if name in ("open", "fdopen"):
        words = [*call.args, *(word.value for word in call.keywords)]
        return any(re.fullmatch("[rbt]*[wxa+][rwxabt+]*", str(getattr(word, "value", ""))) for word in words)
    return name in METHODS or (owner == "shutil" and name in ("move", "copy"))


@pytest.mark.parametrize("code", ["p.open('w')", "open(p, mode='ab')", "a.replace(b)", "os.replace(a, b)", "p.mkdir()"])
def test_the_search_for_writers_finds_them(code):
    assert writes(ast.parse(code))


def test_no_other_module_opens_a_file_for_writing_or_renames_one():
    found = {}
    for folder in ("sim", "experiments", "dashboards", "docs", "benchmarks", "scenarios"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name not in WRITERS and name != "sim/files.py" and (calls := writes(ast.parse(path.read_text("utf-8")))):
                found[name] = calls
    assert not found


def test_a_name_is_cut_from_nothing_that_a_terminal_would_act_on(tmp_path):
    with pytest.raises(InputError) as caught:
        files.write(tmp_path / "\x1b[2J" / ("n" * 300), b"")
    assert "\x1b" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="makes a small disk, as Linux can")
def test_a_disk_that_is_really_full_keeps_what_was_there(tmp_path):
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", tmp_path], capture_output=True).returncode:
        pytest.skip("only root can make a small disk")
    try:
        files.write(tmp_path / "file", b"older")
        put(tmp_path / "run", a="older")
        for attempt in (
            lambda: files.write(tmp_path / "file", b"x" * 99_999),
            lambda: put(tmp_path / "run", a="x" * 99_999),
        ):
            with pytest.raises(InputError, match="the disk is full"):
                attempt()
        assert held(tmp_path) == {"file": "older", "run/a": "older"}
        assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "run"]
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_two_processes_that_save_at_once_leave_one_whole_folder(tmp_path):
    code = f"""
        from pathlib import Path
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from sim import files
        for _ in range(60):
            with files.whole_folder(Path({str(tmp_path / "run")!r}), lambda there: None) as draft:
                for name in "abc":
                    (draft / name).write_text(sys.argv[1])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    put(tmp_path / "run", a="0", b="0", c="0")
    both = [subprocess.Popen([*command, who]) for who in "12"]
    assert [process.wait(timeout=300) for process in both] == [0, 0]
    assert list(held(tmp_path / "run").values()) in (["1"] * 3, ["2"] * 3)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
