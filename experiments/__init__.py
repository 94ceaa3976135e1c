"""Studies: what is done with many runs, and the command line.

import experiments
done = experiments.sweep("visibility-and-leadership", out="sweeps/first")
done.runs
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.sweeps.sweep import made_so_far as made_so_far
    from experiments.sweeps.sweep import sweep as sweep

__all__ = ["made_so_far", "sweep"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("experiments.sweeps.sweep"), name)
    raise AttributeError(f"module 'experiments' has no attribute '{name}'")
