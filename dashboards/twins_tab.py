"""The tab of twins: two worlds side by side, a runner of their own, and whoever wants to be the leader.

The pair begins from the arena of the page: beside it stands the world in which nothing was changed, or, where nothing
was, its twin, which differs in whatever is changed from there on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import solara
import traitlets

from dashboards import leading, levers
from dashboards.commands import Command, seen
from dashboards.frame import say_time
from dashboards.hub import SPEEDS, Hub
from dashboards.scene import draw_scene
from dashboards.stage import Stage, parts
from dashboards.twins import Pair
from dashboards.verdict import Verdict
from dashboards.view import View
from dashboards.world import Arena
from sim.errors import InputError, shown
from sim.state import TICKS_PER_DAY

AHEAD: Final = 5 * TICKS_PER_DAY
"""Working hours that are looked ahead, before anything is played, to say whether both worlds will differ at all."""
THREADS: Final = 12
"""Threads of each world: two feeds stand side by side."""
_SHARED: Final = frozenset(("play", "step", "seek", "speed", "view"))
"""Commands about time and view, which are those of any hub."""
_HIDDEN: Final = ("network", "participation")


class TwinHub(Hub):
    """Between a pair of arenas and its page: as a hub for one arena, with what only twins are asked for."""

    def __init__(self, origin: Callable[[], Arena | Pair]) -> None:
        self._origin = origin
        self._chosen: tuple[int, int] | None = None
        self._asked: int | None = None
        self._verdict: Verdict | None = None
        self._same_until: int | None = None
        super().__init__()
        self.view = View(threads=THREADS)

    @property
    def pair(self) -> Pair:
        """The pair that is shown; waits until it is there."""
        self._begun.wait()
        return self._pair

    def _begin(self, query: str) -> None:  # noqa: ARG002  # it begins where the page is
        """Make the pair that was asked for, or one from the arena of the page, as it stands now."""
        origin = self._origin()
        if isinstance(origin, Pair):
            self._show(origin)
            return
        self._show(Pair.without_changes(origin) if origin.interventions else Pair.forked(origin))

    def _show(self, pair: Pair) -> None:
        """Show another pair, at rest."""
        self._pair = pair
        self._arena = pair  # type: ignore[assignment]  # for the runner, two worlds are one
        self._shown = self._chosen = self._asked = self._verdict = self._same_until = None

    def _look_ahead(self) -> None:
        """See whether both worlds will differ at all in the days to come, before they are played."""
        until = min(self._pair.shown + AHEAD, self._pair.ticks)
        self._same_until = until if not self._pair.identical and self._pair.same_until(until) else None

    # ------------------------------------------------------------ what is sent

    def _scene(self) -> dict[str, Any]:
        pair = self._pair
        a, b = pair.sides
        groups = [group for group in levers.groups(b.scenario) if group.live]
        about = {key: value for key, value in draw_scene(b).items() if key != "nodes"}
        marks = [mark for side in pair.sides for mark in draw_scene(side)["timeline"]]
        unlike = [mark for number, mark in enumerate(marks) if mark not in marks[:number]]
        return {
            **about,
            "title": a.base.title,
            "timeline": sorted(unlike, key=lambda mark: mark["day"]),
            "changes": [leading.timeline(side) for side in pair.sides],
            "groups": [{**group._asdict(), "levers": [lever._asdict() for lever in group.levers]} for group in groups],
            "ways": leading.ways(),
            "speeds": SPEEDS,
        }

    def _frame(self) -> dict[str, Any]:
        pair = self._pair
        both = pair.frame(self.view)
        for side, each in zip(pair.sides, (both["a"], both["b"]), strict=True):
            for name in _HIDDEN:
                del each[name]
            each["values"] = levers.values(side.engine.parameters)
        return {
            **both,
            "playing": self.playing,
            "speed": self.speed,
            "view": seen(self.view),
            "answering": self._answering(),
            "critical": leading.critical(pair.sides[1]),
            "chain": self._chain(),
            "verdict": None if self._verdict is None else self._verdict.describe(),
            "same_until": None if self._same_until is None else say_time(self._same_until, pair.ticks),
        }

    def _answering(self) -> dict[str, Any] | None:
        """Return what the panel of the leader offers; None where it is closed, or its message not written yet."""
        if self._chosen is None:
            return None
        side, message = self._chosen
        if self._pair.sides[side].engine.find_message(message) < 0:
            return None
        return {"side": side, **leading.choices(self._pair.sides[side], message)}

    def _chain(self) -> dict[str, Any] | None:
        if self._asked is None:
            return None
        return {"message": str(self._asked), **self._pair.chain(self._asked, 0.0, self.refresh)}

    # ------------------------------------------------------------ commands

    def _carry_out(self, command: Command) -> None:
        """Do what a command says: one of a pair, or one about time and view, as for any arena."""
        deed = self._OWN.get(str(command.get("do")))
        if deed is None and command.get("do") in _SHARED:
            super()._carry_out(command)
        elif deed is None:
            raise InputError(f"the page asked for {shown(command.get('do'))}, which is no command of twins")
        else:
            self._stale = True
            deed(self, command)

    def _start_again(self, command: Command) -> None:  # noqa: ARG002
        self.playing = False
        self._begin("")

    def _change(self, command: Command) -> None:
        self._pair.intervene(_side(command), command["change"])
        self._look_ahead()

    def _choose(self, command: Command) -> None:
        """Open the panel of the leader for a message, or close it; who opens it stops time."""
        card = command.get("card")
        self._chosen = None if card is None else (_side(command), _number(card))
        self.playing = self.playing and card is None

    def _answer(self, command: Command) -> None:
        """Answer the message chosen, and let both worlds live on."""
        if self._chosen is None:
            raise InputError("choose a message to answer first")
        side, message = self._chosen
        how, by = str(command.get("how")), str(command.get("by"))
        otherwise = str(command.get("otherwise", leading.SILENT))
        pair = leading.answer(self._pair.sides[side], message, how, by, otherwise)
        self._show(pair)
        self._verdict = Verdict(pair, message)
        self._look_ahead()
        self.playing = not pair.identical

    def _remove(self, command: Command) -> None:
        side, number = _side(command), command.get("number")
        before = self._pair.sides[side].interventions
        arena = leading.without(self._pair.sides[side], number)  # type: ignore[arg-type]  # it checks
        self._show(self._pair.replaced(side, arena, before[int(number or 0)].tick))

    def _trace(self, command: Command) -> None:
        card = command.get("card")
        self._asked = None if card is None else _number(card)

    def _export(self, command: Command) -> None:
        side = self._pair.sides[_side(command)]
        if self._send is not None:
            self._send("file", {"name": f"{side.scenario.name}.toml", "text": side.scenario.to_toml()})

    _OWN: Final[dict[str, Callable[[TwinHub, Command], None]]] = {
        "reset": _start_again,
        "change": _change,
        "choose": _choose,
        "answer": _answer,
        "remove": _remove,
        "trace": _trace,
        "export": _export,
    }


def _side(command: Mapping[str, Any]) -> int:
    """Return which of both worlds is meant; InputError where neither is."""
    side = command.get("side")
    if side is True or side is False or side not in (0, 1):
        raise InputError(f"{shown(side)} is neither of both worlds")
    return int(side)


def _number(card: Any) -> int:
    """Return the message of a card; InputError where it is none."""
    text = str(card)
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise InputError(f"{shown(card)} is no message")
    return int(text)


# ---------------------------------------------------------------- the page


class TwinStage(Stage):
    """Two feeds side by side, and what differs."""

    template_file = (__file__, "components/twins.vue")

    @traitlets.default("components")
    def _known(self) -> dict[str, str]:
        return parts("transport", "answer", "verdict", "feed")


@solara.component
def Twins(hub: Hub) -> None:
    """Two worlds side by side: those that somebody asked for on the page, or such as begin from its arena."""
    twins = solara.use_memo(lambda: TwinHub(hub.origin), [hub])
    solara.use_effect(lambda: twins.close, [twins])
    TwinStage.element(hub=twins)


@solara.component
def Page() -> None:
    """The twins alone, in a page of their own."""
    router = solara.use_router()
    hub = solara.use_memo(lambda: Hub(router.search or ""), [])
    solara.use_effect(lambda: hub.close, [])
    with solara.Div(classes=["ism"]):
        Twins(hub)


@solara.component
def Layout(children: Any = None) -> None:
    """Nothing around the page."""
    solara.Div(classes=["ism-page"], children=children or [])
