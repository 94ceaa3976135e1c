"""Studies: what is done with many runs, and the command line.

import experiments
done = experiments.sweep("visibility-and-leadership", out="sweeps/first")
done.runs
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.sweeps.sweep import sweep as sweep

__all__ = ["sweep"]


def __getattr__(name: str) -> Any:
    if name == "sweep":
        return importlib.import_module("experiments.sweeps.sweep").sweep
    raise AttributeError(f"module 'experiments' has no attribute '{name}'")
