"""A stage: what a hub sends is drawn by a page of components, and what the page wants goes to the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import ipyvue
import traitlets

from dashboards.door.data import Command, Nothing
from dashboards.door.events import Template

HERE: Final = Path(__file__).parent / "components"


def parts(*names: str) -> dict[str, str]:
    """Return components by the tags under which a template finds them: `<ism-feed ...>` is `feed.vue`."""
    return {f"ism-{name}": (HERE / f"{name}.vue").read_text("utf-8") for name in names}


class Stage(Template):
    """A page before a hub. What it shows is pushed to it as messages, never kept as state of a widget."""

    components = traitlets.Dict(default_value=None, allow_none=True).tag(
        sync=True, **ipyvue.VueTemplate.class_component_serialization
    )
    hub = traitlets.Any()

    def show(self, kind: str, what: Any) -> None:
        """Bring something to the page."""
        self.send({"method": kind, "args": [what]})

    def vue_ready(self, _: Nothing) -> None:
        """Hear that the page stands, and can draw."""
        self.hub.attach(self.show)

    def vue_drawn(self, number: int) -> None:
        """Hear that a frame was drawn."""
        self.hub.drawn(number)

    def vue_act(self, command: Command) -> None:
        """Hear what somebody wants."""
        self.hub.ask(command)
