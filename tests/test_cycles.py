"""No module imports itself by a detour, not even inside a function or for types alone: a reader can begin anywhere."""

import ast
from importlib.util import resolve_name
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("sim", "scenarios", "experiments", "dashboards")


def modules(root: Path, packages: tuple[str, ...]) -> dict[str, Path]:
    """Return the file of each module by dotted name."""
    found = {}
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path) -> set[str]:
    """Return all names that a module imports, wherever in it: `from a import b` may mean `a.b` or what is in `a`."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def cycles(root: Path, packages: tuple[str, ...]) -> list[list[str]]:
    """Return the groups of modules that import one another."""
    files = modules(root, packages)
    graph: nx.DiGraph = nx.DiGraph()
    for name, path in files.items():
        for wanted in imports(name, path):
            meant = wanted if wanted in files else wanted.rpartition(".")[0]
            if meant in files:
                graph.add_edge(name, meant)
    return sorted(
        sorted(group)
        for group in nx.strongly_connected_components(graph)
        if len(group) > 1 or graph.has_edge(*(list(group) * 2))
    )


def test_no_module_imports_itself_by_a_detour() -> None:
    assert cycles(ROOT, PACKAGES) == []


@pytest.mark.parametrize(
    "later",
    [
        "import p.a",
        "from p import a",
        "from . import a",
        "from .a import x",
        "def f():\n    from p.a import x",
        "if T:\n    import p.a",
    ],
)
def test_the_search_finds_a_cycle_wherever_the_import_stands(tmp_path: Path, later: str) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "__init__.py").write_text("")
    (tmp_path / "p" / "a.py").write_text("from p.b import y\nx = 1\n")
    (tmp_path / "p" / "b.py").write_text("y = 1\n")
    assert cycles(tmp_path, ("p",)) == []
    (tmp_path / "p" / "b.py").write_text(f"T = y = 1\n{later}\n")
    assert cycles(tmp_path, ("p",)) == [["p.a", "p.b"]]
