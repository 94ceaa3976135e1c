"""Extras: what an installation may lack, and which commands need it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from sim.errors import InputError

MODULES: Final[dict[str, tuple[str, ...]]] = {
    "pages": ("jinja2", "plotly", "SALib"),
    "dashboard": ("jinja2", "plotly", "SALib", "ipyvuetify", "solara", "solara_assets", "starlette", "uvicorn"),
    "images": ("kaleido",),
    "cluster": ("distributed",),
    "search": ("optuna",),
    "discovery": ("ema_workbench", "sklearn"),
    "notebook": ("nbformat",),
    "fit": ("jinja2", "plotly", "sklearn"),
}
"""What each extra of the project brings, as modules."""


def require(extra: str, what: str) -> None:
    """Return where `what` can be done; else raise InputError, which says what to install."""
    missing = [module for module in MODULES[extra] if find_spec(module) is None]
    if missing:
        needs = ", ".join(missing)
        raise InputError(f"{what} needs {needs}; install it with: pip install 'internal-social-media[{extra}]'")
