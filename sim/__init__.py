"""Internal social media, simulated: who speaks, who stays silent, and why.

    import sim
    run = sim.simulate("baseline", seed=1)
    run.measures["silence_rate"], run.occasions

Each name is loaded when it is first used, so that importing the package costs nothing.
"""

import importlib
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

_MODULES = {
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
"""Where each public name lives. No module bears a public name: once imported, it would stand in its place."""

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("sim.origin").version()
    if name not in _MODULES:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    value = globals()[name] = getattr(importlib.import_module(f"sim.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
