"""The tab in which a sweep is looked at: what `dashboards.studies` opens, as a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from dashboards import visitors
from dashboards.door.data import Cell, Named, Place
from dashboards.door.events import component
from dashboards.room_tab import Looks
from dashboards.shelf import LONGEST, Shelf, shelf
from dashboards.studies import Opened, as_json, folders, opened
from sim.errors import InputError
from sim.scenario import Scenario

_path = solara.reactive("")
"""The folder that a session has opened; it stays while other tabs are looked at."""


@component("components/studies.vue")
def _Studies(
    folders: list[dict[str, str]],
    home: str,
    opened: str,
    study: dict[str, Any] | None,
    figure: str,
    busy: bool,
    problem: str,
    event_look: Callable[[Place], None],
    event_show: Callable[[Named], None],
    event_step_in: Callable[[Cell], None],
) -> None:
    """The page of a study."""


def _tried(path: str, place: Shelf) -> tuple[Opened | None, str]:
    """Return a sweep, or the sentence that says why there is none."""
    if not path:
        return None, ""
    try:
        with visitors.TURNS:
            found = opened(path, place)
            _ = found.charts  # drawn here, in the background
        return found, ""
    except InputError as error:
        return None, str(error)


@solara.component
def StudiesTab(open_world: Callable[[Scenario, int], None]) -> None:
    """Look at a sweep; `open_world` is called with scenario and seed when somebody steps into one of its cells."""
    path, place = _path.value, solara.use_memo(shelf, [])
    home = solara.use_memo(lambda: [each._asdict() for each in folders(place)], [path])
    work = solara.use_thread(lambda: _tried(path, place), [path], intrusive_cancel=False)
    study, problem = work.value if work.state == solara.ResultState.FINISHED and work.value else (None, "")
    busy = bool(path) and work.state == solara.ResultState.RUNNING
    wanted, set_wanted = solara.use_state("")
    trouble, set_trouble = solara.use_state("")
    name = (wanted if study and wanted in study.charts else next(iter(study.charts), "")) if study else ""

    def look(sent: Any) -> None:
        if busy:  # the page offers nothing meanwhile
            return
        set_trouble("")
        _path.value = str(sent["path"]).strip()[:LONGEST]

    def step_in(sent: Any) -> None:
        if study is None:
            return
        try:
            cell = study.cell(sent["name"], sent["across"], sent["up"], sent["others"])
            world = study.world(cell, sent["seed"])
        except InputError as error:
            set_trouble(str(error))
            return
        set_trouble("")
        open_world(*world)  # last: another tab may stand here afterwards

    with solara.Div():
        Looks()
        _Studies(
            folders=home,
            home="/".join((".", *place.listed)) if place.listed else place.words,
            opened=path,
            study=solara.use_memo(lambda: study.describe() if study else None, [study]),
            figure=solara.use_memo(lambda: as_json(study.chart(name)) if study and name else "", [study, name]),
            busy=busy,
            problem=trouble or problem,
            event_look=look,
            event_show=lambda sent: set_wanted(str(sent["name"])),
            event_step_in=step_in,
        )
