"""A page with nothing but the panel `why.vue`, for a browser: the address says about whom, and whether it is dark."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import solara

from dashboards import why
from sim.record import Run
from sim.scenario import load
from sim.simulation import simulate

PANEL = Path(why.__file__).with_name("components") / "why.vue"


@solara.memoize
def simulated() -> Run:
    """A small organisation after two weeks."""
    return simulate(load("baseline").with_({"organization.members": 120, "days": 10}), seed=1, checkpoint_days=5)


@solara.component_vue(str(PANEL), vuetify=False)
def Why(
    answer: dict[str, Any] | None = None,
    dark: bool = False,
    event_close: Callable[[Any], None] | None = None,
    event_ask: Callable[[Any], None] | None = None,
    event_try_change: Callable[[Any], None] | None = None,
) -> None:
    """Show why a member spoke or stayed silent."""


@solara.component
def Page() -> None:
    """Show a button that opens the panel, the panel, and all that it has said."""
    asked = parse_qs(solara.use_router().search or "")
    about, ask = solara.use_state({"card": asked["about"][0]})
    is_open, open_panel = solara.use_state(False)
    nothing: list[list[Any]] = []
    heard, hear = solara.use_state(nothing)

    def listen(name: str, data: Any) -> None:
        hear([*heard, [name, data]])
        if name == "close":
            open_panel(False)
        if name == "ask":
            ask(data)

    solara.Button("ask why", on_click=lambda: open_panel(True))
    solara.Text(json.dumps(heard), classes=["heard"])
    Why(
        answer=why.explain_card(simulated(), about) if is_open else None,
        dark="dark" in asked,
        event_close=lambda data: listen("close", data),
        event_ask=lambda data: listen("ask", data),
        event_try_change=lambda data: listen("try_change", data),
    )
