"""`ism dashboard`: the dashboard, in a browser on this machine."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from sim.errors import InputError, nearest, told
from sim.scenario import gallery


def dashboard(scenario: str, port: int, host: str, sweeps: str | None, trust_everyone_who_can_connect: bool) -> None:
    """Serve the dashboard until Ctrl+C, in this very process: nothing is left behind whoever ends it, and how."""
    if scenario not in gallery():
        raise InputError(f"there is no scenario {told(scenario)} in the gallery", nearest=nearest(scenario, gallery()))
    if find_spec("solara_assets") is None:
        raise InputError("the dashboard needs the package solara-assets, so that it works without a network")
    serving = import_module("dashboards.serving")  # loaded only here: it is heavy
    serving.serve(port, host, scenario, trust_everyone_who_can_connect, sweeps)
