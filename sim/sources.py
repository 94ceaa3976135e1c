"""Identity: which sources results depend on, and the digest of these.

One walk along `import` statements finds the sources: whatever a short trial run with the engine and the measures
imports, and what that imports. Three things are made from it: the name of the folder of machine code (from the bytes),
the digest of the rules in each manifest, and through that the names of a sweep's runs (both from the syntax, without
comments and docstrings).
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from importlib.util import resolve_name
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple

from sim import caches

PACKAGE: Final = Path(__file__).resolve().parent
CHANCE: Final = os.environ.get("ISM_CHANCE") or "splitmix64"
"""The generator behind every draw, `splitmix64` or `philox`: a constant of the compiled code (see chance.py)."""

_ROOT: Final = "sim.probe"
"""It makes a short run with the engine and the measures, and so imports all that a run is made by."""
_OURS: Final = ("sim", "scenarios")
"""The packages of this project that `sim` may import; those of others are compared by what they compute."""
_KNOWN: Final = "sources.json"
_MOST_KNOWN: Final = 400


class Source(NamedTuple):
    """A source file, or the data of one, as it was when this process first asked."""

    name: str
    """Of the module, dotted."""
    path: Path
    stamp: tuple[int, int]
    """Nanosecond of the last change, and bytes."""
    content: bytes
    syntax: str
    """Hash of what it says to Python: see `syntax`; of data, of its bytes."""


@cache
def rules_digest() -> str:
    """Return 32 hexadecimal digits that change when a result may: blake2b over the syntax trees of the sources.

    Comments, layout, docstrings and the words of terms do not count, nor do versions of Python and of packages (see
    origin.py); the generator of chance does.
    """
    digest = blake2b(digest_size=16)
    for source in sources():
        digest.update(f"{source.name}\0{source.syntax}\0".encode())
    digest.update(f"chance {CHANCE}".encode())
    return digest.hexdigest()


@cache
def sources() -> tuple[Source, ...]:
    """Return the sources that results depend on, by name, as they were when this process first asked.

    `sim.compiled` asks while it is imported, which is before anything is compiled and before the engine is there: a
    file that is edited while the process runs changes neither what it computes nor what it says that it computed with.
    """
    files, waiting = _files(), [_ROOT]
    found: dict[str, Source] = {}
    with _Known() as known:
        while waiting:
            name = waiting.pop()
            if name in found or name not in files:  # what is not a file is a class or a function of one
                continue
            path = files[name]
            stamp, content = stamp_of(path), path.read_bytes()
            imports, digest = known.of(name, path, content)
            found[name] = Source(name, path, stamp, content, digest)
            found |= {data.name: data for data in _data_beside(name, path)}
            waiting += [name.rpartition(".")[0], *imports]
    return tuple(found[name] for name in sorted(found))


def _data_beside(name: str, path: Path) -> Iterator[Source]:
    """Yield the data of a module: a TOML file beside it, of the same name, that it reads when it is imported."""
    data = path.with_suffix(".toml")
    if data.is_file():
        stamp, content = stamp_of(data), data.read_bytes()
        yield Source(f"{name}.toml", data, stamp, content, blake2b(content, digest_size=16).hexdigest())


def stamp_of(path: Path) -> tuple[int, int]:
    """Return the nanosecond of a file's last change and its size; (0, -1) where an editor is just replacing it."""
    try:
        status = path.stat()
    except OSError:
        return 0, -1
    return status.st_mtime_ns, status.st_size


def _files() -> dict[str, Path]:
    """Return the file of each module of ours, by dotted name."""
    found = {}
    for package in _OURS:
        paths = (PACKAGE.parent / package).rglob("*.py")
        for path in sorted(paths, reverse=True):  # so that a/__init__.py wins over a.py, as it does in Python
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


# ---------------------------------------------------------------- reading one source


class _Known:
    """What is known of sources by their content, from one process to the next: parsing them all takes 0.2 s."""

    def __init__(self) -> None:
        self._salt = f"{sys.version_info[:2]}".encode() + Path(__file__).read_bytes()
        self._kept: dict[str, str] = {}
        self._new: dict[str, str] = {}

    def __enter__(self) -> _Known:
        try:
            found = json.loads(caches.recall(_KNOWN))
        except ValueError:
            found = None
        if isinstance(found, dict) and all(isinstance(value, str) and value for value in found.values()):
            self._kept = found
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._new and kind is None:
            newest = list({**self._kept, **self._new}.items())[-_MOST_KNOWN:]
            caches.keep(_KNOWN, json.dumps(dict(newest)).encode())

    def of(self, name: str, path: Path, content: bytes) -> tuple[list[str], str]:
        """Return the names that a module imports, and the hash of its syntax."""
        asked = self._salt + f"\0{name}\0{path.name}\0".encode() + content
        key = blake2b(asked, digest_size=16).hexdigest()
        if key not in self._kept:
            tree = ast.parse(content, str(path))
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            digest = blake2b(syntax(tree).encode(), digest_size=16).hexdigest()
            self._kept[key] = self._new[key] = " ".join([digest, *imported(tree, package)])
        digest, *imports = self._kept[key].split()
        return imports, digest


def imported(tree: ast.AST, package: str) -> list[str]:
    """Return all dotted names that a module of `package` may import, also within functions, but not for types alone."""
    found = set()
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return sorted(found)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a syntax tree's nodes, without what stands under `if TYPE_CHECKING:`."""
    yield node
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        children = node.orelse
    for child in children:
        yield from _executed(child)


# ---------------------------------------------------------------- syntax as text


def syntax(node: Any) -> str:
    """Write a syntax tree as text, without docstrings, words, and what differs between versions of Python."""
    if _is_words(node):
        return "Words"
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if name not in _NOT_SYNTAX)
        inner = ",".join(f"{name}={syntax(value)}" for name, value in fields if value is not None and value != [])
        return f"{type(node).__name__}({inner})"
    if isinstance(node, list):
        return "[" + ",".join(syntax(item) for item in node if not _is_docstring(item)) + "]"
    return f"{type(node).__name__}:{node!r}"


_NOT_SYNTAX: Final = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def _is_words(node: Any) -> bool:
    """Say whether these are the words of a term (`sim.lexicon.Words`), which no result depends on."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Words"


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
