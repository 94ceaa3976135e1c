"""Studies: what is done with many runs, and the command line.

import experiments
done = experiments.sweep("visibility-and-leadership", out="sweeps/first")
done.runs
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.measures.marking import measure as measure
    from experiments.sweeps.sweep import made_so_far as made_so_far
    from experiments.sweeps.sweep import sweep as sweep

_MODULES = {"made_so_far": "sweeps.sweep", "measure": "measures.marking", "sweep": "sweeps.sweep"}
__all__ = ["made_so_far", "measure", "sweep"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f"experiments.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'experiments' has no attribute '{name}'")
