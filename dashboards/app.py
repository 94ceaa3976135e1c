"""The page: what stands where, and who hears what. What it shows comes from a hub, what it looks like from components.

Every visitor has a hub of their own, which ends with their session. A room beside the arena is one line of `TABS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import ipyvue
import solara
import traitlets

from dashboards import why
from dashboards.exports_tab import ExportsTab
from dashboards.hub import Hub
from dashboards.own_tab import OrganisationTab
from dashboards.room_tab import PredictTab
from dashboards.serving import OPENED
from dashboards.studies_tab import StudiesTab
from dashboards.twins import Pair
from dashboards.twins_tab import Twins
from dashboards.world import Arena as World
from sim.errors import InputError
from sim.scenario import Scenario

HERE: Final = Path(__file__).parent / "components"
PARTS: Final = ("transport", "levers", "feed", "tiles", "lines", "people", "network")
"""Plain Vue components that get what they draw as properties: any page can put them together, as `<ism-feed ...>`."""


def parts(*names: str) -> dict[str, str]:
    """Return components by the tags under which a template finds them."""
    return {f"ism-{name}": (HERE / f"{name}.vue").read_text("utf-8") for name in names}


class Shell(ipyvue.VueTemplate):
    """The bar at the top: the name of the house, its rooms, light and dark, larger letters."""

    template_file = (__file__, "components/shell.vue")
    tabs = traitlets.Any().tag(sync=True)
    tab = traitlets.Unicode("arena").tag(sync=True)


class Stage(ipyvue.VueTemplate):
    """The arena. What it shows is pushed to it as messages, never kept as state of a widget."""

    template_file = (__file__, "components/stage.vue")
    components = traitlets.Dict(default_value=None, allow_none=True).tag(
        sync=True, **ipyvue.VueTemplate.class_component_serialization
    )
    hub = traitlets.Any()
    asking = traitlets.Any()
    """Called with {"member": row} or {"card": id} when somebody asks why."""

    @traitlets.default("components")
    def _parts(self) -> dict[str, str]:
        return parts(*PARTS)

    def show(self, kind: str, what: Any) -> None:
        """Bring something to the page."""
        self.send({"method": kind, "args": [what]})

    def vue_ready(self, _: Any) -> None:
        """Hear that the page stands, and can draw."""
        self.hub.attach(self.show)

    def vue_drawn(self, number: Any) -> None:
        """Hear that a frame was drawn."""
        self.hub.drawn(number)

    def vue_act(self, command: Any) -> None:
        """Hear what somebody wants."""
        self.hub.ask(command)

    def vue_ask(self, about: Any) -> None:
        """Hear about whom or what somebody asks why."""
        if self.asking is not None:
            self.asking(about)


# ---------------------------------------------------------------- the rooms

Go = Callable[[str], None]
"""Open another room, by its key."""


@solara.component_vue("components/why.vue", vuetify=False)
def _Why(
    answer: dict[str, Any] | None,
    dark: bool,
    event_close: Callable[[Any], None],
    event_ask: Callable[[Any], None],
    event_try_change: Callable[[Any], None],
) -> None:
    """The drawer in which something is explained."""


@solara.component
def Arena(hub: Hub, go: Go) -> None:
    """The arena, and the drawer in which it is explained."""
    asked, set_asked = solara.use_state(cast(Any, None))
    found = solara.use_thread(lambda: _explained(hub, asked), [asked], intrusive_cancel=False)
    answer = found.value if asked is not None and found.state == solara.ResultState.FINISHED else None

    def play_as_twin(number: Any) -> None:
        change = (answer or {})["occasion"]["changes"][int(number)]
        hub.twins = partial(_pair_of, hub.arena, change)
        go("twins")

    with solara.Div():
        Stage.element(hub=hub, asking=set_asked)
        _Why(
            answer=answer,
            dark=False,
            event_close=lambda _: set_asked(None),
            event_ask=set_asked,
            event_try_change=play_as_twin,
        )


def _explained(hub: Hub, asked: Any) -> dict[str, Any] | None:
    """Return why something was said or left unsaid; what cannot be explained is told as a notice."""
    if asked is None:
        return None
    try:
        return why.of(hub.arena, asked)
    except InputError as problem:
        hub.tell(str(problem))
        return None


def _pair_of(arena: World, change: dict[str, Any]) -> Pair:
    """Return the world as it was beside the one in which a change that might have mattered was made."""
    with arena.lock:
        past = arena.forked()
    past.look_at(change["try_tick"])
    return Pair.forked(past, change["try"])


def _predict(hub: Hub, _: Go) -> None:
    arena = hub.arena
    PredictTab(arena.scenario, arena.organization if arena.given else None)


def _studies(hub: Hub, go: Go) -> None:
    def open_world(scenario: Scenario, seed: int) -> None:
        hub.do(lambda arena: arena.reset(scenario, seed))
        go("arena")

    StudiesTab(open_world)


def _organisation(hub: Hub, _: Go) -> None:
    OrganisationTab(lambda people: hub.do(lambda arena: arena.reset(organization=people)))


# ---------------------------------------------------------------- the page


class Tab(NamedTuple):
    """A room of the dashboard."""

    key: str
    words: str
    room: Callable[[Hub, Go], Any]


TABS: Final = (
    Tab("arena", "Arena", Arena),
    Tab("twins", "Twins", lambda hub, _: Twins(hub)),
    Tab("predict", "Predict", _predict),
    Tab("studies", "Studies", _studies),
    Tab("organisation", "Organisation", _organisation),
    Tab("take", "Take home", lambda hub, _: ExportsTab(hub.arena)),
)


@solara.component
def Page() -> None:
    """The whole page of one visitor."""
    router = solara.use_router()
    hub = solara.use_memo(lambda: Hub(router.search or _opened()), [])
    solara.use_effect(lambda: hub.close, [])
    tab, set_tab = solara.use_state(TABS[0].key)
    room = next((each.room for each in TABS if each.key == tab), Arena)
    with solara.Div(classes=["ism"]):
        Shell.element(tabs=[{"key": each.key, "words": each.words} for each in TABS], tab=tab, on_tab=set_tab)
        room(hub, set_tab)


@solara.component
def Layout(children: Any = None) -> None:
    """Nothing around the page: it has a bar of its own."""
    solara.Div(classes=["ism-page"], children=children or [])


def _opened() -> str:
    """Return the address of a page that was opened without one."""
    name = os.environ.get(OPENED, "")
    return f"scenario={name}" if name else ""
