"""The tab from which one takes something home: what `dashboards.exports` makes, made in the background."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

import solara

from dashboards import visitors
from dashboards.door.data import Nothing, Wanted
from dashboards.door.events import component
from dashboards.exports import EXPORTS, KINDS, base_name, charts, drawing, make, picture, run_of, safe
from dashboards.room_tab import Looks
from dashboards.studies import as_json
from dashboards.world import Arena
from experiments.figures.chart import Chart
from sim.errors import InputError, shown

_OFFERED: Final = [{"key": one.key, "title": one.title, "what": one.what, "ending": one.ending} for one in EXPORTS]
_FAILED: Final = "This could not be made; the log of the program says why."

_log = logging.getLogger(__name__)

Wish = dict[str, Any]


@component("components/exports.vue")
def _Exports(
    exports: list[dict[str, str]],
    figures: list[dict[str, str]] | None,
    title: str,
    busy: str,
    problem: str,
    file: dict[str, Any] | None,
    event_make: Callable[[Wanted], None],
    event_look: Callable[[Nothing], None],
    event_taken: Callable[[Nothing], None],
) -> None:
    """The page of what can be taken home."""


@solara.component
def ExportsTab(arena: Arena) -> None:
    """Take home what was run: a run folder, its report, the scenario, the people, and figures."""
    wish, set_wish = solara.use_state(cast(Wish | None, None))
    drawn, set_drawn = solara.use_state(cast(dict[str, Chart] | None, None))
    file, set_file = solara.use_state(cast(Wish | None, None))
    problem, set_problem = solara.use_state("")

    def work() -> None:
        if wish is None:
            return
        try:
            with visitors.TURNS:
                if wish["do"] == "look":
                    set_drawn(charts(run_of(arena)))
                else:
                    set_file({**_file(wish, arena, drawn or {}), "wish": wish["number"]})
            set_problem("")
        except InputError as error:
            set_problem(str(error))
        except Exception:
            _log.exception("an export could not be made")
            set_problem(_FAILED)

    done = solara.use_thread(work, [wish], intrusive_cancel=False)
    busy = wish["key"] if wish and done.state == solara.ResultState.RUNNING else ""

    def wants(what: str, sent: Any) -> None:
        if busy:  # the page offers nothing meanwhile
            return
        number = (wish["number"] if wish else 0) + 1
        set_wish({"do": what, "number": number, "key": str(sent.get("key", what)), "kind": sent.get("kind")})

    with solara.Div():
        Looks()
        _Exports(
            exports=_OFFERED,
            figures=None if drawn is None else _titles(drawn),
            title=shown(arena.scenario.title),
            busy=busy,
            problem=problem,
            file=file,
            event_make=partial(wants, "make"),
            event_look=partial(wants, "look"),
            event_taken=lambda _: set_file(None),
        )


def _titles(drawn: dict[str, Chart]) -> list[dict[str, str]]:
    return [{"key": name, "title": shown(one.subject)} for name, one in drawn.items()]


def _file(wish: Wish, arena: Arena, drawn: dict[str, Chart]) -> Wish:
    """Return a file as the page saves it; of a figure that cannot be drawn here, what it takes to draw it there."""
    key, kind = wish["key"], wish["kind"]
    if kind is None:
        return make(key, arena)._asdict()
    if key not in drawn or kind not in KINDS:
        raise InputError("there is no such figure")
    name = f"{base_name(arena.scenario, arena.seed)}-{safe(key, 'figure')}.{kind}"
    try:
        return {"name": name, "mime": KINDS[kind], "content": picture(drawn[key], kind)}
    except InputError:  # no browser is installed that could be started: the one that looks at the page can draw, too
        return {"name": name, "mime": KINDS[kind], "drawing": as_json(drawing(drawn[key])), "kind": kind}
