"""Internal social media, simulated: who speaks, who stays silent, and why.

    import sim
    run = sim.simulate("baseline", seed=1)
    run.measures["silence_rate"], run.occasions

Each name is loaded when it is first used, so that importing the package costs nothing.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.citing import cite as cite
    from sim.engine import Engine as Engine
    from sim.errors import InputError as InputError
    from sim.explanation import Explanation as Explanation
    from sim.explanation import explain as explain
    from sim.measures import MEASURES as MEASURES
    from sim.model import ArenaModel as ArenaModel
    from sim.opinions import iceberg as iceberg
    from sim.organization import Organization as Organization
    from sim.record import Run as Run
    from sim.record import load_state as load_state
    from sim.record import save_state as save_state
    from sim.replay import fork as fork
    from sim.scenario import Scenario as Scenario
    from sim.scenario import load as load
    from sim.simulation import simulate as simulate
    from sim.spiral import Spiral as Spiral
    from sim.spiral import trace as trace
    from sim.twins import Twin as Twin
    from sim.twins import twin as twin

    __version__: str

_HOME = {
    "ArenaModel": "model",
    "Engine": "engine",
    "Explanation": "explanation",
    "InputError": "errors",
    "MEASURES": "measures",
    "Organization": "organization",
    "Run": "record",
    "Scenario": "scenario",
    "Spiral": "spiral",
    "Twin": "twins",
    "cite": "citing",
    "explain": "explanation",
    "fork": "replay",
    "iceberg": "opinions",
    "load": "scenario",
    "load_state": "record",
    "save_state": "record",
    "simulate": "simulation",
    "trace": "spiral",
    "twin": "twins",
}
"""The module in which each public name lives."""

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("sim.origin").version()
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    try:
        home = importlib.import_module(f"sim.{_HOME[name]}")
    except ModuleNotFoundError as error:
        if error.name == f"sim.{_HOME[name]}":
            raise AttributeError(f"module 'sim' has no attribute '{name}'") from None
        raise
    value = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


class _Package(ModuleType):
    """Keeps a public name when the module of the same name is imported: `sim.explain` is the function, always."""

    def __setattr__(self, name: str, value: Any) -> None:
        if _HOME.get(name) == name and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
