"""Nothing that results depend on can change unnoticed, and nothing else counts."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sim
from sim import sources

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("sim", "scenarios", "experiments", "dashboards")
THE_ENGINE = {
    "sim.engine",
    "sim.kernel.reading",
    "sim.rules.voice",
    "sim.feed",
    "sim.chance",
    "sim.state",
    "sim.compiled",
}
DATA = "sim.calibrated.toml"
WHAT_IT_IS_GIVEN = {"sim.parameters", "sim.scenario", "sim.organization.making", "sim.population", "sim.measures"}
WHAT_IT_IS_GIVEN |= {DATA}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's packages."""
    for package in PACKAGES:
        kept = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / package, tmp_path / "project" / package, ignore=kept)
    return tmp_path / "project"


def python(project: Path, code: str, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python on a copy of the project, with a home of its own."""
    taken = ("NUMBA_", "ISM_", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(taken)}
    home = str(project.parent / "home")
    environment |= {"HOME": home, "XDG_CACHE_HOME": home, "LOCALAPPDATA": home, "PYTHONPATH": str(project)} | more
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def answer(project: Path, code: str, *arguments: object) -> Any:
    """Return what Python printed as JSON."""
    ran = python(project, code, *arguments)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


# ---------------------------------------------------------------- every file, edited

ASK = """
import json, pathlib, sys
from experiments.sweeps.identity import Identity
from sim import machine_code, sources
from sim.scenario import from_toml

world = from_toml("days = 3", "world")

def identities():
    sources.sources.cache_clear()
    sources.rules_digest.cache_clear()
    name = Identity(world, sources.rules_digest(), "final")
    return machine_code.key("tools"), sources.rules_digest(), name.of_run(name.of_world(()), 1)

def edited(path, addition):
    content = path.read_bytes()
    path.write_bytes(content + addition.encode())
    found = identities()
    path.write_bytes(content)
    return found

root = pathlib.Path(sys.argv[1])
used = {source.path for source in sources.sources()}
found = {"before": identities(), "used": [source.name for source in sources.sources()]}
code = [path for path in used if path.suffix == ".py"]
found["changed"] = {str(path): edited(path, "\\n_marker = 1\\n") for path in used}
found["described"] = {str(path): edited(path, "\\n# a comment\\n'''Words.'''\\n") for path in code}
others = [path for path in root.rglob("*.*") if path.is_file() and path.suffix != ".pyc" and path not in used]
found["elsewhere"] = {str(path): edited(path, "\\n_marker = 1\\n") for path in others}
found["after"] = identities()
print(json.dumps(found))
"""


def test_each_file_that_results_depend_on_counts_in_machine_code_rules_and_sweeps_and_no_other_does(
    project: Path,
) -> None:
    found = answer(project, ASK, project)
    assert set(found["used"]) >= THE_ENGINE | WHAT_IT_IS_GIVEN
    assert not {name for name in found["used"] if name.startswith(("sim.phrases", "sim.record", "sim.model"))}
    before = found["before"]
    for path, now in found["changed"].items():
        assert all(one != other for one, other in zip(before, now, strict=True)), path
    for path, (_, *results) in found["described"].items():
        assert results == before[1:], f"words in {path}"
    assert {Path(path).relative_to(project).parts[0] for path in found["elsewhere"]} == set(PACKAGES)
    assert {path: now for path, now in found["elsewhere"].items() if now != before} == {}
    assert found["after"] == before


LOAD = """
import json, sys
opened = []
sys.addaudithook(lambda event, about: opened.append(str(about[0])) if event == "open" else None)
from sim import probe, sources
probe.outcome()
loaded = [name for name in sys.modules if name.partition(".")[0] in ("sim", "scenarios", "experiments", "dashboards")]
print(json.dumps([loaded, opened, [source.name for source in sources.sources()]]))
"""


def test_what_is_loaded_to_make_a_run_is_what_was_found_by_reading_the_imports() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOAD],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded, opened, found = json.loads(ran.stdout)
    assert sorted(loaded) == sorted(name for name in found if name != DATA)
    ours = {Path(path) for path in opened if Path(path).is_relative_to(ROOT) and ".venv" not in path}
    data = {path for path in ours if path.suffix not in (".py", ".pyc") and path.is_file() and ".git" not in path.parts}
    assert DATA in found
    assert data == {ROOT / "sim" / "calibrated.toml"}, "a file that the engine reads has to count, too"


def test_no_source_takes_a_public_name_from_the_package_whose_home_a_reader_of_imports_cannot_see() -> None:
    for source in sources.sources():
        if source.name == DATA:
            continue
        tree = ast.parse(source.content)
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_sim(node.value)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "sim":
                names |= {alias.name for alias in node.names}
        homes = {name.removeprefix("sim.") for name in sources._files()}
        assert source.name == "sim" or names <= homes, source.name


def _is_sim(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "sim"


# ---------------------------------------------------------------- words of terms

COME_TO = """
import hashlib, json
from sim.engine import Engine
from sim.scenario import load
from sim.sources import rules_digest

chatty = {"organization.members": 12, "days": 2, "population.occasions_per_visit.mean": 1.0, "rules.voice": "random"}
engine = Engine(load("baseline").with_(chatty), seed=2)
engine.advance(engine.ticks)
world = engine.world
print(json.dumps([rules_digest(), hashlib.sha256(world.daily.tobytes() + world.beliefs.tobytes()).hexdigest()]))
"""


def test_a_better_word_changes_neither_identity_nor_value_and_a_number_beside_it_does(project: Path) -> None:
    terms = project / "sim" / "terms.py"
    text = terms.read_text("utf-8")

    def edited(old: str, new: str, code: str) -> Any:
        assert text.count(old) == 1
        terms.write_text(text.replace(old, new), "utf-8")
        ran = python(project, code, NUMBA_DISABLE_JIT="1")
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    before = edited('"say it plainly"', '"say it plainly"', COME_TO)
    assert edited('"say it plainly"', '"say it straight out"', COME_TO) == before
    assert edited('colour="#0072B2",', 'colour="#0072B3",', COME_TO) == before
    assert edited("    disengaged = 4, Words(", "    disengaged = 40, Words(", DIGEST) != before[0]


# ---------------------------------------------------------------- reading imports


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import sim.terms, numpy as np", {"sim.terms", "numpy"}),
        ("from sim import chance, state", {"sim", "sim.chance", "sim.state"}),
        ("from sim.terms import *", {"sim.terms", "sim.terms.*"}),
        ("from . import chance", {"sim.rules", "sim.rules.chance"}),
        ("from .voice import say", {"sim.rules.voice", "sim.rules.voice.say"}),
        ("from ..terms import Kind", {"sim.terms", "sim.terms.Kind"}),
        ("def f():\n    if True:\n        import sim.late", {"sim.late"}),
        ("try:\n    import one\nexcept ImportError:\n    import other", {"one", "other"}),
        ("if TYPE_CHECKING:\n    import sim.types\nelse:\n    import sim.real", {"sim.real"}),
        ("if typing.TYPE_CHECKING:\n    from sim.types import A", set()),
        ("if not TYPE_CHECKING:\n    import sim.real", {"sim.real"}),
        ("text = 'import sim.quoted'", set()),
    ],
)
def test_imports_are_found_wherever_they_run(text: str, names: set[str]) -> None:
    assert set(sources.imported(ast.parse(text), "sim.rules")) == names


# ---------------------------------------------------------------- what is noticed, and when

DIGEST = "from sim.sources import rules_digest; import json; print(json.dumps(rules_digest()))"


def test_an_edit_that_keeps_size_and_time_is_noticed(project: Path) -> None:
    before = answer(project, DIGEST)
    path = project / "sim" / "rules" / "risk.py"
    status, content = path.stat(), path.read_text()
    edited = content.replace("1.0", "1.5", 1)
    assert edited != content
    path.write_text(edited)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert answer(project, DIGEST) != before


def test_an_edit_while_the_program_runs_does_not_change_what_it_says_that_it_ran(project: Path) -> None:
    before = answer(project, DIGEST)
    path = project / "sim" / "rules" / "risk.py"
    edit = f"import sim.compiled, pathlib; file = pathlib.Path({str(path)!r}); "
    edit += "file.write_text(file.read_text() + '_marker = 1'); "
    assert answer(project, edit + DIGEST) == before
    assert answer(project, DIGEST) != before


@pytest.mark.parametrize("junk", [b"", b"{", b"[1]", b'{"a": 1}', b'{"a": ""}', b"\xff\xfe"])
def test_a_damaged_note_of_what_is_known_costs_time_and_no_more(project: Path, junk: bytes) -> None:
    before = answer(project, DIGEST)
    (note,) = project.parent.rglob("sources.json")
    note.write_bytes(junk)
    assert answer(project, DIGEST) == before
    assert json.loads(note.read_bytes())


def test_another_generator_of_chance_is_another_digest(project: Path) -> None:
    assert python(project, DIGEST).stdout != python(project, DIGEST, ISM_CHANCE="philox").stdout


def test_versions_of_packages_are_no_part_of_the_digest(project: Path) -> None:
    changed = "import numpy, numba; numpy.__version__ = numba.__version__ = '0.0'; "
    assert answer(project, changed + DIGEST) == answer(project, DIGEST)


# ---------------------------------------------------------------- the theory's numbers, each a tenth larger

ISM = "import sys; from experiments.cli import main; sys.argv[0] = 'ism'; main()"
STUDY = """
scenario = "baseline"
seeds = 2
[set]
days = 1
"organization.members" = 8
[factors]
"visibility.scope" = ["team", "organization"]
"""


def a_tenth_larger(project: Path) -> None:
    """Multiply each number of the theory on its way to the rules."""
    path = project / "sim" / "parameters.py"
    text = path.read_text("utf-8")
    plain = "kind(*(float(getattr(table, field)) for field in kind._fields))"
    assert plain in text
    path.write_text(text.replace(plain, plain.replace("float(getattr(table, field))", "1.1 * getattr(table, field)")))


def test_a_run_is_not_explained_by_other_numbers_of_the_theory(project: Path, tmp_path: Path) -> None:
    run = sim.simulate(sim.load("baseline").with_({"organization.members": 60, "days": 5}))
    run.save(tmp_path / "run")
    member = run.members["id"][run.occasions["member"][0]]
    a_tenth_larger(project)
    ran = python(project, ISM, "explain", tmp_path / "run", "--member", member, NUMBA_DISABLE_JIT="1")
    assert ran.returncode == 2
    assert f"written by version {sim.__version__} under other rules" in " ".join(ran.stderr.split())


@pytest.mark.slow
def test_a_sweep_does_not_take_over_runs_of_other_numbers_of_the_theory(project: Path) -> None:
    (project / "small.toml").write_text(STUDY)

    def run(out: str) -> subprocess.CompletedProcess[str]:
        return python(project, ISM, "sweep", "small.toml", "--workers", "1", "--out", out, NUMBA_DISABLE_JIT="1")

    assert "0 of them were there already" in run("one").stdout
    assert "4 of them were there already" in run("one").stdout
    a_tenth_larger(project)
    refused = run("one")
    assert (refused.returncode, "made under other rules" in " ".join(refused.stderr.split())) == (2, True)
    assert "0 of them were there already" in run("other").stdout


# ---------------------------------------------------------------- syntax as text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"),
        ("x = True", "x = 1"),
        ("f(a, b)", "f(b, a)"),
        ("x[1:]", "x[:1]"),
        ("{**a, 'b': c}", "{'b': c, **a}"),
        ("def f(a, *, b=1): pass", "def f(a, b=1): pass"),
        ("if a:\n    b\nelse:\n    c", "if a:\n    c\nelse:\n    b"),
        ("a - b - c", "a - (b - c)"),
        ("x = -0.0", "x = 0.0"),
        ("x = '1'", "x = 1"),
    ],
)
def test_different_programs_are_written_differently(one: str, other: str) -> None:
    assert sources.syntax(ast.parse(one)) != sources.syntax(ast.parse(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1  # why", "x=1"),
        ("def f():\n    'doc'\n    return 1", "def f():\n    return 1"),
        ("class A:\n    'doc'\n    b: int\n    'field'", "class A:\n    b: int"),
        ("'module'\nx = (1)", "x = 1"),
    ],
)
def test_comments_layout_and_docstrings_are_not_written(one: str, other: str) -> None:
    assert sources.syntax(ast.parse(one)) == sources.syntax(ast.parse(other))
