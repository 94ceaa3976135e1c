"""A page with one of the rooms beside the arena: the address says which one; what a room hands on is written below."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import solara

from dashboards.exports_tab import ExportsTab
from dashboards.own_tab import OrganisationTab
from dashboards.room_tab import PredictTab
from dashboards.studies_tab import StudiesTab
from dashboards.world import Arena
from sim.scenario import load

SCENARIO = load("one-public-rebuke").with_({"organization.members": 60, "days": 25})


@solara.memoize
def simulated() -> Arena:
    """A small organisation after two days, in which something was changed."""
    arena = Arena(SCENARIO, seed=3)
    arena.advance(11)
    arena.intervene({"visibility.scope": "team"})
    arena.advance(9)
    return arena


@solara.component
def Page() -> None:
    """Show a room, and what it has handed on."""
    asked = parse_qs(solara.use_router().search or "")
    heard, hear = solara.use_state("")
    with solara.Div(classes=["ism"]):
        if asked["tab"] == ["predict"]:
            PredictTab(SCENARIO)
        if asked["tab"] == ["studies"]:
            StudiesTab(lambda scenario, seed: hear(f"{scenario.name}, seed {seed}"))
        if asked["tab"] == ["own"]:
            OrganisationTab(lambda organization: hear(f"{organization.members} members"))
        if asked["tab"] == ["exports"]:
            ExportsTab(simulated())
        solara.Text(heard, classes=["heard"])


@solara.component
def Layout(children: Any = None) -> None:
    """Nothing around the page."""
    solara.Div(children=children or [])
