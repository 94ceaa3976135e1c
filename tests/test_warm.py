"""Claims about `ism warm`: after it nothing compiles on a click, and there is nothing left to do."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiments import warming
from experiments.cli import main
from sim import caches

ROOT = Path(__file__).parent.parent
ENTRIES = {"compiled", "stage", "half"}
LISTEN = """
from numba.core import event
compiled = []
class Listener(event.Listener):
    def on_start(self, started): compiled.append(started.data["dispatcher"].py_func.__name__)
    def on_end(self, ended): pass
event.register("numba:compile", Listener())
"""
CLICKS = """
import sim
from sim.replay import fork
world = sim.load("baseline").with_({"organization.members": 40, "days": 4, "population.visits_per_day.mean": 3.0,
    "population.occasions_per_visit.mean": 0.3})
run = sim.simulate(world, seed=3)
for member in range(10): sim.explain(run, member).to_dict()
for issue in range(2): sim.iceberg(run, issue).words()
fork(run, 2, [{"respond": {"by": "ceo", "to": "latest_critique", "how": "sanction"}}, {"visibility.scope": "team"}])
fork(run, 2, [{"announce": {"by": "ceo", "openness": 0.2}}])
fork(run, 2, [{"post": {"by": "ceo", "issue": 1, "stance": -0.5, "criticality": 0.4}}])
sim.twin(world, {"rules.voice": "threshold"}, 3)
from sim.terms import Strategy
from sim.spiral import own_wishes, p_speak, trace, voices_to_change
engine = run.engine_at(16)
p_speak(engine, own_wishes(engine.world, 0))
trace(run, 0)
model = sim.ArenaModel(world, rng=1, behaviours={"ceo": lambda *given: Strategy.plain})
for _ in range(16): model.step()
"""
WARM = "from experiments import warming; warming.warm()\n"
ROOMS = "from dashboards.serving import warm_up; warm_up()\n"
TOLD = "print(compiled)"


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, ["warm", *words])


def test_every_function_that_is_kept_is_compiled() -> None:
    """Else the first click that needs it would wait."""
    done = warming.warm()
    wanted = set()
    for path in (ROOT / "sim").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef) and ENTRIES & {ast.unparse(each) for each in node.decorator_list}:
                wanted.add(f"{path.stem}.{node.name}")
    assert len(wanted) > 10
    assert wanted <= warming.kept(done.folder)


def test_the_second_time_nothing_is_left_to_do() -> None:
    warming.warm()
    result = typed()
    assert result.exit_code == 0
    assert result.stdout.startswith("Everything was compiled already. The machine code is in ")
    data = json.loads(typed("--json").stdout)
    assert data.keys() == {"compiled", "seconds", "folder"}
    assert data["compiled"] == []
    assert Path(data["folder"]).is_dir()


def test_what_was_compiled_is_told() -> None:
    from experiments.commands.warm import in_words

    done = warming.Warmed(("ticking._perform", "chance._uniforms"), Path("kept"), 31.4)
    assert in_words(done) == "Compiled 2 functions in 31 s. The machine code is in kept"


def compiled_after(prepared: str, clicks: str) -> str:
    """Return the functions that are compiled in a new process by clicks, after it was prepared."""
    asked = [sys.executable, "-W", "ignore", "-c", prepared + LISTEN + clicks + TOLD]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_nothing_compiles_on_a_click() -> None:
    """Explain, iceberg, fork, respond, announce, post, twin, spiral, probe, members who are decided for by Python."""
    assert compiled_after(WARM, CLICKS) == "[]"


def test_nothing_compiles_on_a_page_once_its_address_is_printed() -> None:
    pytest.importorskip("solara")
    assert compiled_after(ROOMS, ROOMS + CLICKS) == "[]"


def test_what_is_compiled_on_a_click_is_noticed() -> None:
    clicks = "import numpy; from sim import chance; chance.pair(numpy.uint64(1), numpy.uint64(2))\n"
    assert "pair" in compiled_after("", clicks)


def test_without_the_compiler_it_says_so() -> None:
    asked = [sys.executable, "-c", "from experiments.cli import main; main(['warm'])"]
    plain = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(asked, cwd=ROOT, env=plain, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ism: nothing is compiled where NUMBA_DISABLE_JIT is set.\n"


def test_a_folder_that_is_lost_with_the_process_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(caches, "roots", lambda: iter([tmp_path]))
    result = typed()
    assert result.exit_code == 2
    assert "NUMBA_CACHE_DIR" in result.stderr and "Traceback" not in result.stderr
