"""Commands of a page: how they wait, what they cancel, and how what they say is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from dashboards.view import BELIEFS, CHANGES, LAYOUTS, View
from dashboards.world import Arena
from sim.errors import InputError, as_typed

Command = Mapping[str, Any]
"""What a page wants: {"do": the name of a command, ...}."""
Deed = Callable[[Arena], None]
"""Something that the program itself does to the world, such as to start it again with other people."""
LONGEST_QUEUE: Final = 200
"""Commands that wait; a page that leaves more has its oldest ones dropped."""
LONGEST_COMMAND: Final = 20_000
"""Characters of a command, written out."""
_BESIDE: Final = frozenset(("view", "speed", "others", "story", "debrief", "choose", "trace", "export"))
"""Commands that cancel nothing: they change how the world is seen, and not what is done with it."""
MOST_ISSUES: Final = 100
MOST_THREADS: Final = 100


def cancels(command: Command | Deed) -> bool:
    """Return whether a command means that what is being done is not wanted any more."""
    return callable(command) or str(command.get("do")) not in _BESIDE


def queued(commands: list[Command | Deed], command: dict[str, Any]) -> list[Command | Deed]:
    """Return commands with one more; what was sought or moved before it was carried out needs no carrying out.

    Raises InputError where the command is longer than any that the page has.
    """
    if _length(command) > LONGEST_COMMAND:
        raise InputError("the page asked for more at once than any of its controls does")
    last, kind = commands[-1] if commands else None, command.get("do")
    if not isinstance(last, Mapping) or last.get("do") != kind or kind not in ("seek", "view", "levers"):
        return [*commands, command][-LONGEST_QUEUE:]
    both = {**last, **command}
    if kind == "levers":
        with suppress(KeyError, TypeError):
            both["changes"] = {**last["changes"], **command["changes"]}
    return [*commands[:-1], both] if _length(both) <= LONGEST_COMMAND else [*commands, command][-LONGEST_QUEUE:]


def _length(command: Command) -> int:
    return len(str(command))


def seen_otherwise(view: View, wanted: Command) -> View:
    """Return a view with what a page wants to see otherwise; InputError where there is no such thing."""
    coloured, issue = wanted.get("belief", view.belief), wanted.get("issue", view.issue)
    layout = wanted.get("layout", view.layout)
    if coloured not in (*BELIEFS, *CHANGES) or layout not in LAYOUTS:
        raise InputError("the page asked for a picture that there is not")
    return view._replace(
        belief=coloured,
        against=whole(wanted.get("against", view.against), 0, 2**53),
        layout=layout,
        issue=None if issue is None else whole(issue, 0, MOST_ISSUES),
        iceberg=bool(wanted.get("iceberg", view.iceberg)),
        differing=bool(wanted.get("differing", view.differing)),
        threads=whole(wanted.get("threads", view.threads), 1, MOST_THREADS),
    )


def seen(view: View) -> dict[str, Any]:
    """Return what a page hears of its view."""
    return {name: value for name, value in view._asdict().items() if name != "first"}


def table(value: Any) -> dict[str, Any]:
    """Return a table that a page sent; InputError where it is none."""
    if not isinstance(value, dict):
        raise InputError(f"{as_typed(value)} is no change")
    return value


def whole(value: Any, low: int, high: int) -> int:
    """Return a number that a page sent, rounded, and within its ends; InputError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise InputError(f"{as_typed(value)} is no number")
    return round(min(max(low, value), high))
