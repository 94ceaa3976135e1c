"""Numbers of the theory stand in `sim/parameters.py` alone; each belief is learned as its declaration says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.beliefs import BELIEFS, CHANNELS
from sim.parameters import PopulationTable, registry

ROOT = Path(__file__).resolve().parents[1]
LOOPS = sorted((ROOT / "sim" / "kernel").glob("*.py"))
ROOMS = [*LOOPS, ROOT / "sim" / "population.py"]
PLAIN = {0, 1, 2, 0.5}
NO_THEORY = {
    ("population.py", "STEPS"): "of a table between which is interpolated",
    ("population.py", "WIDEST"): "a beta distribution cannot be wider",
    ("population.py", "NARROWEST"): "rounding",
    ("population.py", "EDGE"): "rounding",
    ("population.py", "TABLES_KEPT"): "how many such tables are remembered",
    ("population.py", "SHARED_MEMBERS"): "how large a population is remembered",
    ("population.py", "POPULATIONS_KEPT"): "how many of these",
    ("population.py", "PORTION"): "how many members are drawn at a time",
    ("luck.py", "_FOR_EVER"): "longer than any run",
}
"""Constants that no sweep would ever want to move, and why."""


def bare_numbers(tree: ast.Module, file: str) -> Iterator[str]:
    """Yield the numbers in a module that no parameter and no constant of `sim.state` gives a name to."""
    for statement in tree.body:
        named = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        if named and (file, statement.targets[0].id) in NO_THEORY:  # type: ignore[attr-defined]
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in PLAIN:
                yield f"{file}:{node.lineno}: {node.value}"


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.name)
def test_loops_and_population_hold_no_number_of_the_theory(path: Path) -> None:
    assert list(bare_numbers(ast.parse(path.read_text("utf-8")), path.name)) == []


def test_a_bare_number_is_found_wherever_it_stands() -> None:
    tree = ast.parse(
        "WEIGHT = 0.3\ndef f(x, y=7):\n    '''Has 9.'''\n    return -x[3] * (2 + 0.25) + (0.5 if x else 1)\n"
    )
    assert sorted(found.rpartition(" ")[2] for found in bare_numbers(tree, "f.py")) == ["0.25", "0.3", "3", "7"]


def learned(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each belief that is assigned an answer of `learning.learn` or `.estimate`, and which of the two."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        target, called = node.targets[0], node.value.func
        if (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id == "belief"
            and isinstance(called, ast.Attribute)
            and called.attr in ("learn", "estimate")
        ):
            yield target.attr, called.attr


def test_disappointment_weighs_more_for_just_the_beliefs_that_say_so() -> None:
    calls = [call for path in LOOPS for call in learned(ast.parse(path.read_text("utf-8")))]
    rule = {belief.name: "learn" if belief.can_disappoint else "estimate" for belief in BELIEFS}
    assert [call for call in calls if rule[call[0]] != call[1]] == []
    assert {name for name, _ in calls} >= {belief.name for belief in BELIEFS if belief.can_disappoint}


def test_each_belief_names_parameters_that_there_are() -> None:
    for belief in BELIEFS:
        assert not belief.starts or belief.starts in PopulationTable.model_fields, belief.name
        assert not belief.fades or belief.fades in registry(), belief.name
        assert not belief.channel or belief.channel in CHANNELS, belief.name
    assert set(CHANNELS.values()) == {name for name in registry() if name.startswith("learning.of_")}
