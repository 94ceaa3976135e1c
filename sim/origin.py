"""Origin: by which rules and on which machine something was computed, and whether it can go on here.

The rules are compared by their digest. Machines are not compared by their versions, most of which change no value, but
by what they compute (see probe.py).
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from sim.errors import InputError, shown
from sim.sources import CHANCE, rules_digest

_PACKAGES: Final = ("numba", "numpy", "scipy", "polars")


@cache
def version() -> str:
    """Return the version of this program."""
    try:
        return importlib.metadata.version("internal-social-media")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def origin() -> dict[str, Any]:
    """Return by what something is made in this process, as manifests and states keep it."""
    return {
        "version": version(),
        "rules": rules_digest(),
        "chance": CHANCE,
        "probe": probe(),
    }


@cache
def versions() -> Mapping[str, str]:
    """Return what the last bit of a value may depend on: system, processor, Python and packages."""
    from sim.compiled import PROCESSOR

    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": PROCESSOR,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def probe() -> str:
    """Return what the probe comes to here: 32 hexadecimal digits. The engine is imported only for that."""
    from sim.probe import outcome

    return outcome()


def check_origin(about: Mapping[str, Any], file: str | None = None) -> None:
    """Raise InputError where something that was written cannot go on here exactly as it began.

    `about` is what `origin` gave when it was written, and its `platform`, where known, what `versions` gave. Either the
    rules are others, or this machine computes otherwise.
    """
    if about["rules"] != rules_digest():
        raise InputError(
            f"this was written by version {shown(about['version'], 40)} under other rules "
            f"({shown(about['rules'], 8)}; those of this version {version()} are {rules_digest()[:8]}), "
            "so it cannot go on or be replayed here; its tables can be read all the same",
            file=file,
        )
    if about.get("probe") != probe():
        why = differing(about.get("platform"))
        raise InputError(
            f"this was written by the same rules, but a short trial run has other values here ({why}), so it cannot"
            " go on or be replayed here to the last bit; its tables can be read all the same",
            file=file,
        )


def differing(there: object) -> str:
    """Say in which of its `versions` the machine that wrote something differs from this one."""
    if not isinstance(there, dict) or not there:
        return f"it does not say with what it was written; here are {described(versions())}"
    pairs = [(name, shown(there.get(name, "unknown"), 40), here) for name, here in versions().items()]
    apart = [f"{name} {wrote} wrote it, {here} is here" for name, wrote, here in pairs if wrote != here]
    return "; ".join(apart) or "although all versions that were recorded agree"


def described(found: Mapping[str, str]) -> str:
    """Return versions as one text."""
    return ", ".join(f"{name} {version}" for name, version in found.items())
