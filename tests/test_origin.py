"""Runs go on where the same rules compute the same values, whatever the versions; else they say what wrote them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from experiments.cli import main
from experiments.report.provenance import provenance
from sim import origin, probe, record, replay
from sim.citing import cite
from sim.engine import Engine
from sim.errors import InputError
from sim.record import Run
from sim.record.manifest import with_digest
from sim.terms import Theory

ROOT = Path(__file__).resolve().parents[1]
MACHINE = {"system", "machine", "processor", "python", "numba", "numpy", "scipy", "polars"}


@pytest.fixture(scope="module")
def run() -> Run:
    """A short run with a state on the way."""
    world = sim.load("baseline").with_({"organization.members": 60, "days": 6})
    return sim.simulate(world, seed=2, checkpoint_days=3)


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    return run.save(tmp_path / "run")


def rewritten(folder: Path, **changes: Any) -> Path:
    """Change the manifest of a run, as though it had been written elsewhere; no state is kept."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["files"] = {name: what for name, what in manifest["files"].items() if "checkpoints" not in name}
    path.write_text(json.dumps(with_digest(manifest | changes)), "utf-8")
    return folder


def elsewhere(**versions: str) -> dict[str, str]:
    return {**origin.versions(), **versions}


# ---------------------------------------------------------------- what is written down


def test_a_manifest_says_by_what_and_on_what_it_was_made(run: Run, folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["rules"] == sim.sources.rules_digest()
    assert manifest["probe"] == probe.outcome() and len(probe.outcome()) == 32
    assert set(manifest["platform"]) == MACHINE
    assert manifest["platform"]["numpy"] == np.__version__
    assert Run.load(folder).origin == run.origin


def test_reports_and_citations_name_what_made_the_run_and_not_what_reads_it(folder: Path) -> None:
    there = elsewhere(numpy="1.0")
    other = Run.load(rewritten(folder, rules="ab" * 16, version="0.0.7", platform=there))
    assert "version 0.0.7, rules " + "ab" * 16 in str(cite(other))
    facts = dict(provenance(other).facts)
    assert facts["Simulated by"] == "version 0.0.7, rules " + "ab" * 16
    assert "numpy 1.0" in facts["On"]


# ---------------------------------------------------------------- going on


def test_a_run_goes_on_under_other_versions_that_compute_the_same(run: Run, folder: Path) -> None:
    rewritten(folder, platform=elsewhere(python="3.99.0", numpy="9.9", numba="0.1"), version="0.0.7")
    forked = replay.fork(folder, 2, {"visibility.scope": "team"})
    assert forked.occasions.equals(replay.fork(run, 2, {"visibility.scope": "team"}).occasions)
    assert replay.check(folder).identical


def test_a_run_does_not_go_on_where_the_same_rules_compute_other_values(run: Run, folder: Path) -> None:
    rewritten(folder, platform=elsewhere(numpy="1.0"), probe="0" * 32)
    assert Run.load(folder).messages.equals(run.messages)
    here = f"numpy 1.0 wrote it, {np.__version__} is here"
    for going_on in (replay.check, lambda each: replay.fork(each, 2), lambda each: list(replay.hours(each))):
        with pytest.raises(InputError, match=here) as refused:
            going_on(folder)
        assert "python" not in str(refused.value)
        assert "tables can be read" in str(refused.value)


def test_commands_that_run_again_say_which_versions_wrote_a_run(run: Run, folder: Path) -> None:
    rewritten(folder, platform=elsewhere(numpy="1.0"), probe="0" * 32)
    member = run.members["id"][run.occasions["member"][0]]
    for command in (("explain", str(folder), "--member", member), ("fork", str(folder), "--day", "2")):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 2, result.output
        assert "numpy 1.0 wrote it" in " ".join(result.stderr.split())
        assert "Traceback" not in result.output


@pytest.mark.parametrize("platform", [{}, {"numpy": ["\x1b[2J", 1]}, {"numpy": None}])
def test_whatever_a_manifest_says_of_its_machine_is_shown_safely(folder: Path, platform: dict[str, Any]) -> None:
    rewritten(folder, platform=platform, probe=["0"])
    with pytest.raises(InputError, match="other values here") as refused:
        replay.check(folder)
    assert "\x1b" not in str(refused.value)


def test_machines_of_the_same_versions_may_differ_all_the_same(folder: Path) -> None:
    rewritten(folder, probe="0" * 32)
    with pytest.raises(InputError, match="all versions that were recorded agree"):
        replay.check(folder)


def test_a_state_alone_goes_on_only_where_it_comes_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(sim.load("baseline").with_({"organization.members": 30, "days": 2}))
    engine.advance(4)
    record.save_state(engine, tmp_path / "state.npz")
    assert record.load_state(tmp_path / "state.npz").tick == 4
    monkeypatch.setattr(origin, "probe", lambda: "0" * 32)
    with pytest.raises(InputError, match=rf"here are .*numpy {np.__version__}"):
        record.load_state(tmp_path / "state.npz")


# ---------------------------------------------------------------- the probe


def test_the_probe_gives_each_theory_its_turn() -> None:
    world = probe.probed()
    theories = [dict(event.set)["rules.voice"] for event in world.written if event.set]
    assert theories == [theory.name for theory in Theory]
    assert world.parameters.days >= len(theories)


def test_the_probe_notices_a_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    before = probe.outcome.__wrapped__()
    assert before == probe.outcome()
    whole = probe._values

    def nudged(engine: Engine) -> Any:
        believed = engine.world.beliefs["voice_efficacy"]
        believed[3] = np.nextafter(believed[3], 1.0)
        return whole(engine)

    monkeypatch.setattr(probe, "_values", nudged)
    assert probe.outcome.__wrapped__() != before


PLAIN = """
import json, sys
called = set()
def note(frame, event, about):
    if event == "call":
        called.add((frame.f_code.co_filename, frame.f_code.co_name))
from sim import probe
sys.setprofile(note)
found = probe.outcome()
sys.setprofile(None)
print(json.dumps([found, sorted(called)]))
"""


@pytest.mark.slow
def test_the_probe_calls_every_rule_and_is_the_same_in_plain_python() -> None:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", PLAIN], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    found, called = json.loads(ran.stdout)
    names = {(Path(file), name) for file, name in called}
    for path in sorted((ROOT / "sim" / "rules").glob("*.py")):
        rules = [node.name for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.FunctionDef)]
        assert [rule for rule in rules if (path, rule) not in names] == [], path
    assert found == probe.outcome()
