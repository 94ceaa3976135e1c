"""A page with every component of the dashboard, and widgets that are not ours, served behind the door or without it.

`python -m tests.door_page PORT FOLDER [open]`. Each session writes to the FOLDER, as JSON by its id, the classes of its
widgets by their channels, and the routes of the server.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import ipyvuetify
import ipywidgets
import solara
from solara.server import kernel_context

from dashboards import app
from dashboards.exports_tab import ExportsTab
from dashboards.hub import Hub
from dashboards.own_tab import OrganisationTab
from dashboards.room_tab import PredictTab
from dashboards.seats import opening
from dashboards.seats.hall import Hall
from dashboards.seats_tab import SeatsPart
from dashboards.serving import SERVER, closed, settings
from dashboards.studies_tab import StudiesTab
from dashboards.twins_tab import TwinHub, TwinStage

REPORT = "ISM_TEST_REPORT"
ADDRESS = "organization.members=20&days=3"


def _nothing(*_: Any) -> None:
    """What components call when something happens in them."""


def _report() -> None:
    """Write down which widgets there are; those of a template's text are shared by all, and never change."""
    from solara.server.starlette import app as served

    session = kernel_context.get_current_context()
    widgets = session.widgets
    classes = {key: f"{type(each).__module__}.{type(each).__qualname__}" for key, each in widgets.items()}
    named = {key: getattr(each, "template_file", None) for key, each in widgets.items()}
    templates = {key: Path(file[1]).name for key, file in named.items() if isinstance(file, tuple)}
    routes = [[each.path, type(each).__name__, sorted(getattr(each, "methods", None) or ())] for each in served.routes]
    report = Path(os.environ[REPORT]) / f"{session.id}.json"
    draft = report.with_suffix(".draft")
    draft.write_text(json.dumps({"widgets": classes, "templates": templates, "routes": routes}), "utf-8")
    draft.replace(report)


@solara.component
def Page() -> None:
    """Everything at once."""
    hub = solara.use_memo(lambda: Hub(ADDRESS), [])
    twins = solara.use_memo(lambda: TwinHub(hub.origin), [])
    solara.use_effect(lambda: lambda: (hub.close(), twins.close()), [])
    with solara.Div():
        app.Shell.element(tabs=[], visit={"tab": "arena", "why": "", "step": 0}, choosing=_nothing, going=_nothing)
        app.ArenaTab(hub, _nothing, None, _nothing)
        TwinStage.element(hub=twins)
        SeatsPart(hub.arena)
        PredictTab(hub.arena.scenario)
        StudiesTab(_nothing)
        OrganisationTab(_nothing)
        ExportsTab(hub.arena)
        ipyvuetify.Btn.element(children=["not ours"])
        solara.Button("not ours", on_click=_nothing)
        solara.FileDownload(b"not ours")
        ipywidgets.Text.element(value="not ours")
        ipywidgets.Output.element()
    solara.use_effect(_report)


def main(port: str, folder: str, *how: str) -> None:
    """Serve the page."""
    opening._opened[:] = [opening.Opened(Hall(), "127.0.0.1", 1)]
    os.environ.update(settings() | {"SOLARA_APP": "tests.door_page", REPORT: folder})
    import uvicorn
    from solara.server.starlette import app as served

    from dashboards.door.keys import take_token

    token = take_token()
    uvicorn.run(served if how else closed(int(port), "127.0.0.1", token), port=int(port), **SERVER)


if __name__ == "__main__":
    main(*sys.argv[1:])
