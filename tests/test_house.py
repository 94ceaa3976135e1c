"""The house is kept in order: functions are short, and no file is a hall."""

import ast
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = [
    path for room in ("sim", "scenarios", "experiments", "dashboards") for path in sorted((ROOT / room).rglob("*.py"))
]
TABLES = {
    "sim/parameters.py": "every number of the model",
    "sim/terms.py": "every word of the model",
    "experiments/facts/declared.py": "every fact",
}


def lengths(source: str) -> dict[str, int]:
    """Return the lines of each function, decorators left out."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {f"{each.name}:{each.lineno}": (each.end_lineno or 0) - each.lineno + 1 for each in functions}


def test_functions_are_short():
    found = {f"{path.name}:{name}": count for path in FILES for name, count in lengths(path.read_text("utf-8")).items()}
    counts = sorted(found.values())
    assert median(counts) <= 7
    assert quantiles(counts, n=10)[-1] <= 20
    assert not [name for name, count in found.items() if count > 45]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_is_a_hall(path):
    if path.relative_to(ROOT).as_posix() not in TABLES:
        assert len(path.read_text("utf-8").splitlines()) <= 500


def test_a_long_function_is_noticed():
    assert lengths("def long():\n" + "    pass\n" * 50) == {"long:1": 51}
