"""Compiled code is never older than the sources, wherever and by however many processes it is kept."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sim import caches, machine_code
from sim.sources import sources

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("compiled.py", "machine_code.py", "sources.py", "caches.py", "arithmetic.py", "chance.py")
ENGINE = "from sim import chance\nfrom sim.kernel.adding import total\n"
RULE = '"""A rule."""\nfrom sim.compiled import rule\n\n\n@rule\ndef answer(x):\n    """Say."""\n    return x + 1.25\n'
KERNEL = "from sim.compiled import compiled\nfrom sim.rules.steps import answer\n\n\n"
KERNEL += "@compiled\ndef total(n):\n    s = 0.0\n    for i in range(n):\n        s += answer(0.0)\n    return s\n"
ASK = "from sim.kernel.adding import total; print(total(4))"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small package `sim` of its own: the real compiled.py, one rule, one kernel that calls it, and an engine."""
    package = tmp_path / "project" / "sim"
    package.mkdir(parents=True)
    for name in NEEDED:
        shutil.copy(ROOT / "sim" / name, package / name)
    (package / "__init__.py").write_text('"""Trial."""\n')
    (package / "probe.py").write_text(ENGINE)
    for room, name, source in (("rules", "steps.py", RULE), ("kernel", "adding.py", KERNEL)):
        (package / room).mkdir()
        (package / room / "__init__.py").write_text('"""Trial."""\n')
        (package / room / name).write_text(source)
    return package.parent


def _environment(project: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "ISM_", "PYTHON"))}
    home = str(project.parent / "home")
    return kept | {"HOME": home, "XDG_CACHE_HOME": home, "LOCALAPPDATA": home, "PYTHONPATH": str(project)} | more


def _python(project: Path, code: str, **more: str) -> str:
    """Run Python in the project and return its last line; warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", code]
    environment = _environment(project, **more)
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()[-1]


def _hits(project: Path, **more: str) -> str:
    """Return the kernel's answer and whether its code came from the cache."""
    return _python(project, ASK + "; print(total(4), sum(total.stats.cache_hits.values()))", **more)


def _kept_folders(project: Path) -> list[Path]:
    caches = [path.parent.parent for path in project.parent.rglob("adding.total-*.nbi")]
    return sorted(set(caches))


def _rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_code_is_kept_between_processes(project: Path) -> None:
    assert _hits(project) == "5.0 0"
    assert _hits(project) == "5.0 1"
    assert len(_kept_folders(project)) == 1


def test_an_edited_rule_in_another_file_changes_the_result(project: Path) -> None:
    assert _hits(project) == "5.0 0"
    _rewrite(project / "sim" / "rules" / "steps.py", "1.25", "12.50")
    assert _hits(project) == "50.0 0"
    _rewrite(project / "sim" / "rules" / "steps.py", "12.50", "1.25")
    assert _hits(project) == "5.0 1"


def test_an_edit_that_pythons_own_bytecode_misses_is_not_kept(project: Path) -> None:
    """Python compares whole seconds and the size, so a second edit within the second runs in its old form once."""
    source = project / "sim" / "rules" / "steps.py"
    second = int(time.time()) + 2
    os.utime(source, ns=(second * 10**9, second * 10**9))
    time.sleep(max(0.0, second + 0.1 - time.time()))
    assert _hits(project) == "5.0 0"
    bytecode = next((project / "sim" / "rules" / "__pycache__").glob("steps.*.pyc"))
    source.write_text(RULE.replace("1.25", "2.25"))
    just_after = bytecode.stat().st_mtime_ns + 1_000
    second_edit = min(just_after, second * 10**9 + 999_999_999)
    os.utime(bytecode, ns=(second_edit - 500, second_edit - 500))
    os.utime(source, ns=(second_edit, second_edit))
    _hits(project)
    assert _hits(project) == "9.0 0"
    assert _hits(project) == "9.0 1"


def test_an_edit_during_the_import_is_not_kept(project: Path) -> None:
    source = project / "sim" / "rules" / "steps.py"
    edit = f"import sim.compiled, pathlib; pathlib.Path({str(source)!r}).write_text({RULE.replace('1.25', '3.0')!r}); "
    assert _python(project, edit + ASK) == "12.0"
    assert _kept_folders(project) == []
    source.write_text(RULE)
    assert _hits(project) == "5.0 0"


def test_a_chosen_cache_folder_gets_a_subfolder_for_each_state_of_the_sources(project: Path) -> None:
    chosen = project.parent / "chosen"
    assert _hits(project, NUMBA_CACHE_DIR=str(chosen)) == "5.0 0"
    _rewrite(project / "sim" / "rules" / "steps.py", "1.25", "12.50")
    assert _hits(project, NUMBA_CACHE_DIR=str(chosen)) == "50.0 0"
    assert [folder.parent for folder in _kept_folders(project)] == [chosen / "internal-social-media"] * 2


def test_numba_imported_before_by_someone_else_changes_nothing(project: Path) -> None:
    asked = _python(project, "import numba, numba.core.caching; " + ASK + "; print(repr(numba.config.CACHE_DIR))")
    assert asked == "''"
    assert _hits(project) == "5.0 1"


def test_another_generator_of_chance_is_other_code(project: Path) -> None:
    assert _hits(project) == "5.0 0"
    assert _hits(project, ISM_CHANCE="philox") == "5.0 0"
    assert len(_kept_folders(project)) == 2


def test_racing_processes_agree_and_leave_a_sound_cache(project: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", ASK]
    racing = [
        subprocess.Popen(command, cwd=project, env=_environment(project), stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [(process.communicate()[0].strip(), process.returncode) for process in racing] == [("5.0", 0)] * 4
    assert _hits(project) == "5.0 1"


def test_each_process_names_its_own_code_files(project: Path) -> None:
    """numba alone numbers them: processes racing with different types would exchange their code."""
    _hits(project)
    index = next(project.parent.rglob("adding.total-*.nbi"))
    names = [path.name for path in index.parent.glob("adding.total-*.nbc")]
    assert all(len(name.split(".")[-3]) == 12 for name in names), names


def test_a_damaged_cache_costs_a_compilation_and_no_more(project: Path) -> None:
    _hits(project)
    for kept in project.parent.rglob("*.nb[ci]"):
        kept.write_bytes(b"not code")
    assert _hits(project) == "5.0 0"
    assert _hits(project) == "5.0 1"


def test_an_unwritable_cache_falls_back_to_a_temporary_folder(project: Path) -> None:
    blocked = project.parent / "blocked"
    blocked.write_text("a file where a folder should be")
    temporary = project.parent / "temporary"
    temporary.mkdir()
    places = {"NUMBA_CACHE_DIR": str(blocked), "TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}
    assert _hits(project, **places) == "5.0 0"
    home = {"HOME": str(blocked), "XDG_CACHE_HOME": str(blocked), "LOCALAPPDATA": str(blocked)}
    places.pop("NUMBA_CACHE_DIR")
    assert _hits(project, **home, **places) == "5.0 0"
    assert _hits(project, **home, **places) == "5.0 1"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders of other users are recognised by their number")
def test_a_temporary_folder_that_others_may_write_is_not_trusted(tmp_path: Path) -> None:
    """Reading kept code runs it."""
    assert caches.is_ours_alone(tmp_path / "new")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    assert not caches.is_ours_alone(tmp_path / "open")
    (tmp_path / "link").symlink_to(tmp_path / "new")
    assert not caches.is_ours_alone(tmp_path / "link")


def test_only_the_newest_folders_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    long_ago = time.time() - 10 * 24 * 3600
    folders = [tmp_path / f"{number:032x}" for number in range(8)]
    for age, folder in enumerate(folders):
        (folder / "sim_x").mkdir(parents=True)
        (folder / "sim_x" / "kernel.nbi").touch()
        os.utime(folder, (long_ago - age, long_ago - age))
    (tmp_path / "notes of the user").mkdir()
    young = tmp_path / ("f" * 32)
    young.mkdir()
    machine_code._prune(tmp_path, keep=folders[7])
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {folders[0].name, folders[1].name, folders[7].name, young.name, "notes of the user"}


def test_folders_used_within_the_hour_survive_another_process(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number:032x}").mkdir()
    machine_code._prune(tmp_path, keep=tmp_path / f"{0:032x}")
    assert len(list(tmp_path.iterdir())) == 9


def test_needs_compiling_is_true_only_before_the_first_run(project: Path) -> None:
    asked = "from sim.compiled import needs_compiling; print(needs_compiling('adding.total'))"
    assert _python(project, asked) == "True"
    _hits(project)
    assert _python(project, asked) == "False"
    _rewrite(project / "sim" / "rules" / "steps.py", "1.25", "12.50")
    assert _python(project, asked) == "True"
    assert _python(project, asked, NUMBA_DISABLE_JIT="1") == "False"


HALVES = """
from sim.compiled import half, part, stage

@half
def one(x):
    return x + 1.0

@half
def two(x):
    return x * 2.0

@stage
def both(x):
    return one(x) + two(x)

@part
def next_to(n):
    return n + 1

@stage
def counted(small, large):
    return next_to(small[0]) + next_to(large) + next_to(7)
"""
AT_ONCE = """
import os, sys
os.cpu_count = lambda: 2
from sim.compiled import compile_at_once
from sim.kernel.halving import both, one, two
{}
compile_at_once(apart=[(one, (1.0,))], here=[(two, (1.0,))], then=(both, (1.0,)))
print(both(3.0), sum(one.stats.cache_hits.values()), sum(two.stats.cache_hits.values()))
"""


@pytest.fixture
def halves(project: Path) -> Path:
    (project / "sim" / "kernel" / "halving.py").write_text(HALVES)
    (project / "sim" / "probe.py").write_text(ENGINE + "from sim.kernel.halving import both\n")
    return project


def test_one_half_is_compiled_by_another_process_and_found_on_disk(halves: Path) -> None:
    assert _python(halves, AT_ONCE.format("")) == "10.0 1 0"
    assert _python(halves, AT_ONCE.format("")) == "10.0 0 1"  # what calls both is on disk, and contains the first


AT_THE_SAME_TIME = """
import os, subprocess
from threading import Barrier, Thread
os.cpu_count = lambda: 2
from sim.compiled import compile_at_once
from sim.kernel.halving import both, one, two
began, begin, start, found = [], subprocess.Popen, Barrier(3), []
subprocess.Popen = lambda *given, **named: began.append(given) or begin(*given, **named)
def ask():
    start.wait()
    compile_at_once(apart=[(one, (1.0,))], here=[(two, (1.0,))], then=(both, (1.0,)))
    found.append(both(3.0))
threads = [Thread(target=ask) for _ in range(3)]
for each in threads: each.start()
for each in threads: each.join()
print(len(began), found, sum(one.stats.cache_hits.values()))
"""


def test_of_several_threads_one_compiles_and_the_others_wait(halves: Path) -> None:
    assert _python(halves, AT_THE_SAME_TIME) == "1 [10.0, 10.0, 10.0] 1"


def test_two_processes_that_compile_at_once_do_each_other_no_harm(halves: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(_python, halves, AT_ONCE.format("")) for _ in range(2)]
    assert {each.result().split()[0] for each in asked} == {"10.0"}
    assert _python(halves, AT_ONCE.format("")) == "10.0 0 1"


@pytest.mark.parametrize("fault", ["sys.executable = ''", "import json; json.dumps = str", "os.cpu_count = lambda: 1"])
def test_without_the_other_process_both_halves_are_compiled_here(halves: Path, fault: str) -> None:
    assert _python(halves, AT_ONCE.format(fault)) == "10.0 0 0"


def test_a_function_is_compiled_once_for_all_whole_numbers(halves: Path) -> None:
    asked = "import numpy as np; from sim.kernel.halving import counted, next_to; "
    asked += "print(counted(np.array([3], np.int8), 4), len(next_to.signatures))"
    assert _python(halves, asked) == "17 1"


def test_a_rule_is_made_callable_when_python_first_calls_it(project: Path) -> None:
    asked = "from sim.kernel.adding import total, answer; total(4); print('_callable' in vars(answer), answer(1.0), "
    assert _python(project, asked + "'_callable' in vars(answer))") == "False 2.25 True"


def test_without_the_compiler_the_plain_functions_remain(project: Path) -> None:
    asked = "from sim.kernel.adding import answer, total; print(type(total).__name__, type(answer).__name__)"
    assert _python(project, asked, NUMBA_DISABLE_JIT="1") == "function function"
    assert _python(project, ASK, NUMBA_DISABLE_JIT="1") == "5.0"


def test_a_function_of_another_file_is_compiled_afresh(project: Path) -> None:
    """Its sources are not in the hash, so its code may not be kept."""
    (project / "student.py").write_text(KERNEL)
    asked = "import student; print(student.total(4), student.total._cache.cache_path)"
    assert _python(project, asked) == "5.0 None"


def test_every_file_with_compiled_functions_is_among_the_sources() -> None:
    """Else its code would be compiled afresh in each process."""
    decorators = {"compiled", "rule", "stage", "part", "subroutine"}
    hashed = {source.path for source in sources()}
    for path in sorted((ROOT / "sim").rglob("*.py")):
        imports = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.ImportFrom)]
        decorates = any(n.module == "sim.compiled" and decorators & {a.name for a in n.names} for n in imports)
        assert path in hashed or not decorates, path


def test_an_edit_beside_the_engine_costs_no_compilation(project: Path) -> None:
    assert _hits(project) == "5.0 0"
    (project / "sim" / "explain.py").write_text("WORDS = 3\n")
    assert _hits(project) == "5.0 1"
