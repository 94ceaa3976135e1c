"""The page: what stands where, and who hears what. What it shows comes from a hub, what it looks like from components.

Every visitor has a hub of their own, which ends with their session. A room beside the arena is one line of `TABS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import solara
import traitlets

from dashboards import address, own, why
from dashboards.door.data import About, Compared, Nothing, Step
from dashboards.door.events import Template, component
from dashboards.exports_tab import ExportsTab
from dashboards.hub import Hub
from dashboards.own_tab import OrganisationTab
from dashboards.room_tab import PredictTab
from dashboards.seats.opening import opened
from dashboards.seats_tab import SeatsPart
from dashboards.serving import OPENED
from dashboards.stage import Stage, parts
from dashboards.studies_tab import StudiesTab
from dashboards.twins import Pair
from dashboards.twins_tab import Twins
from dashboards.world import Arena
from sim.errors import InputError
from sim.organization import Organization
from sim.scenario import Scenario

PARTS: Final = (
    "story",
    "transport",
    "projector",
    "levers",
    "gallery",
    "feed",
    "after",
    "debrief",
    "tiles",
    "lines",
    "people",
    "network",
)
"""Plain Vue components that get what they draw as properties: any page can put them together, as `<ism-feed ...>`."""


class Shell(Template):
    """The bar at the top: the name of the house, its rooms, light and dark, larger letters."""

    template_file = (__file__, "components/shell.vue")
    tabs = traitlets.Any().tag(sync=True)
    visit = traitlets.Any().tag(sync=True)
    """{"tab", "why": about what somebody asks, as the address has it, "step": the last one back or forward}."""
    choosing = traitlets.Any()
    """Called with the key of a room that somebody wants to see."""
    going = traitlets.Any()
    """Called with the number of a step back or forward, and the address that it led to."""

    def vue_choose(self, tab: str) -> None:
        """Hear which room somebody wants to see."""
        self.choosing(tab)

    def vue_went(self, step: Step) -> None:
        """Hear that somebody went back or forward."""
        self.going(step["number"], step["query"])


class ArenaStage(Stage):
    """The arena."""

    template_file = (__file__, "components/stage.vue")
    asking = traitlets.Any()
    """Called with {"member": row} or {"card": id} when somebody asks why."""
    comparing = traitlets.Any()
    """Called with what somebody wants to see in both worlds: the answer, the story or all changes."""

    leaving = traitlets.Any()
    """Called when somebody wants to take the run home."""

    @traitlets.default("components")
    def _parts(self) -> dict[str, str]:
        return parts(*PARTS)

    def vue_ask(self, about: About) -> None:
        """Hear about whom or what somebody asks why."""
        if self.asking is not None:
            self.asking(about)

    def vue_take_home(self, _: Nothing) -> None:
        """Hear that somebody wants to take the run home."""
        if self.leaving is not None:
            self.leaving()

    def vue_compare(self, which: Compared) -> None:
        """Hear what somebody wants to see beside the world without it."""
        if self.comparing is not None:
            self.comparing(which["what"])


# ---------------------------------------------------------------- the rooms

Go = Callable[[str], None]
"""Open another room, by its key."""


@component("components/why.vue")
def _Why(
    answer: dict[str, Any] | None,
    dark: bool,
    event_close: Callable[[Nothing], None],
    event_ask: Callable[[About], None],
    event_try_change: Callable[[int], None],
) -> None:
    """The drawer in which something is explained."""


class Visit(NamedTuple):
    """What one visitor looks at."""

    tab: str
    asked: dict[str, Any] | None
    """Whom or what they ask about: {"member": row} or {"card": id}."""
    step: int = 0
    """How often they went back or forward."""


@solara.component
def ArenaTab(hub: Hub, go: Go, asked: Any, ask: Callable[[Any], None]) -> None:
    """The arena, and the drawer in which it is explained."""
    found = solara.use_thread(lambda: _explained(hub, asked), [asked], intrusive_cancel=False)
    answer = found.value if asked is not None and found.state == solara.ResultState.FINISHED else None

    def play_as_twin(number: int) -> None:
        changes = ((answer or {}).get("occasion") or {}).get("changes", ())
        if 0 <= number < len(changes):
            hub.want_twins(partial(_pair_of, hub.arena, changes[number]))
            go("twins")

    def compare(what: str) -> None:
        hub.want_twins({"answer": hub.rebuked, "story": hub.story_twins}.get(what))
        go("twins")

    with solara.Div():
        ArenaStage.element(hub=hub, asking=ask, comparing=compare, leaving=lambda: go("take"))
        _Why(
            answer=answer,
            dark=False,
            event_close=lambda _: ask(None),
            event_ask=ask,
            event_try_change=play_as_twin,
        )


def _explained(hub: Hub, asked: Any) -> dict[str, Any] | None:
    """Return why something was said or left unsaid; what cannot be explained is shown as a notice."""
    if asked is None:
        return None
    hub.settle()
    try:
        return why.explain_card(hub.arena, asked)
    except InputError as problem:
        hub.tell(str(problem))
        return None


def _pair_of(arena: Arena, change: dict[str, Any]) -> Pair:
    """Return the world as it was beside the one in which a change that might have mattered was made."""
    with arena.lock:
        past = arena.forked()
    past.look_at(change["try_tick"])
    return Pair.forked(past, change["try"])


def _predict(hub: Hub, _: Go) -> None:
    arena = hub.arena
    with solara.Div():
        SeatsPart(arena)
        PredictTab(arena.scenario, arena.organization if arena.given else None)


def _studies(hub: Hub, go: Go) -> None:
    def open_world(scenario: Scenario, seed: int) -> None:
        hub.do(lambda arena: arena.reset(scenario, seed))
        go("arena")

    StudiesTab(open_world)


def _organisation(hub: Hub, go: Go) -> None:
    def run(people: Organization) -> None:
        hub.do(lambda arena: arena.reset(organization=people))
        go("arena")

    OrganisationTab(run)


# ---------------------------------------------------------------- the page


class Tab(NamedTuple):
    """A room of the dashboard."""

    words: str
    room: Callable[[Hub, Go], Any] | None = None
    """None for the arena itself."""


TABS: Final = dict(
    zip(
        address.TABS,
        (
            Tab("Arena"),
            Tab("Twins", lambda hub, _: Twins(hub)),
            Tab("Predict", _predict),
            Tab("Studies", _studies),
            Tab("Organisation", _organisation),
            Tab("Take home", lambda hub, _: ExportsTab(hub.arena)),
        ),
        strict=True,
    )
)


def _words(key: str) -> str:
    """Return what a tab is called: where telephones may come in, the one for guesses is the room."""
    return "Room" if key == "predict" and opened() is not None else TABS[key].words


@solara.component
def Page() -> None:
    """The whole page of one visitor."""
    router = solara.use_router()
    query = solara.use_memo(lambda: router.search or _opened(), [])
    hub = solara.use_memo(lambda: Hub(query), [])
    solara.use_effect(lambda: hub.close, [])
    visit, set_visit = solara.use_state(solara.use_memo(lambda: _visit(query), []))

    def go(tab: str) -> None:
        if tab != visit.tab and tab in TABS:
            set_visit(visit._replace(tab=tab, asked=None))

    def went(number: int, query: str) -> None:
        hub.want_twins(None)
        hub.ask({"do": "go", "query": query, "number": number})
        set_visit(_visit(query)._replace(step=number))

    with solara.Div(classes=["ism"]):
        Shell.element(
            tabs=[{"key": key, "words": _words(key)} for key in TABS],
            visit={"tab": visit.tab, "why": _why_text(visit.asked), "step": visit.step},
            choosing=go,
            going=went,
        )
        room = TABS[visit.tab].room
        if room is None:
            ArenaTab(hub, go, visit.asked, lambda asked: set_visit(visit._replace(asked=asked)))
        else:
            room(hub, go)


def _visit(query: str) -> Visit:
    """Return what an address wants a visitor to look at."""
    found = address.read(query).address
    if found.why is None:
        return Visit(found.tab, None)
    kind, which = found.why
    return Visit(found.tab, {kind: int(which) if kind == "member" else which})


def _why_text(asked: dict[str, Any] | None) -> str:
    return next((f"{kind}:{which}" for kind, which in (asked or {}).items() if kind in address.ASKED), "")


@solara.component
def Layout(children: Any = None) -> None:
    """Nothing around the page: it has a bar of its own."""
    solara.Div(classes=["ism-page"], children=children or [])


def _opened() -> str:
    """Return the address of a page that was opened without one."""
    parts = {"scenario": os.environ.get(OPENED, ""), "people": own.brought_along()}
    return urlencode({name: said for name, said in parts.items() if said})
