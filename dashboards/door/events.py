"""What a component takes from its page: events by name, each with the type of its data, as its signature says.

A component written in Vue is declared once, in Python: `event_enter: Callable[[Code], None]` of a function, or a
method `vue_enter(self, code: Code)` of a class, lets the page send "enter" with a `Code`, and nothing else. A widget
class that is declared in neither way takes nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple, get_args, get_type_hints

import ipyvue
import solara
from pydantic import TypeAdapter, ValidationError

from sim.errors import InputError, shown

_METHOD: Final = "vue_"
_ARGUMENT: Final = "event_"

_components: dict[type, Callable[..., Any]] = {}
"""The functions that declare components, by the widget class that Solara makes of them."""


class Template(ipyvue.VueTemplate):
    """A component whose methods `vue_<event>` take what its page sends."""


class Event(NamedTuple):
    """Something that a page may send to a component."""

    data: TypeAdapter[Any]
    files: bool
    """Whether it brings files."""

    def check(self, data: Any, files: int) -> None:
        """Raise InputError where data, or a number of files, are not what this event has."""
        if files and not self.files:
            raise InputError("it brings no files")
        try:
            self.data.validate_python(data, strict=True)
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
            raise InputError(f"its data is wrong: {shown(first['msg'])}") from None
        except RecursionError:
            raise InputError("its data is too deep") from None


def component(vue_path: str) -> Callable[[Callable[..., None]], Callable[..., Any]]:
    """Make a component of a Vue template: Solara's own decorator, which also keeps what the page may send."""

    def decorate(declared: Callable[..., None]) -> Callable[..., Any]:
        made = solara.component_vue(vue_path, vuetify=False)(declared)
        _components[made().component.widget] = declared
        return made

    return decorate


@cache
def declared_by(kind: type[Any]) -> Mapping[str, Event]:
    """Return the events of a widget class by name; none for a class that is not declared here."""
    if kind in _components:
        return {name: _event(list(get_args(hint)[0])) for name, hint in _arguments(_components[kind])}
    if issubclass(kind, Template):
        return {name: _event(hints) for name, hints in _methods(kind)}
    return {}


def _arguments(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Yield the events among the arguments of a component's function, with the type of what is called for each."""
    for name, hint in get_type_hints(function, include_extras=True).items():
        if name.startswith(_ARGUMENT):
            yield name.removeprefix(_ARGUMENT), hint


def _methods(kind: type) -> Iterator[tuple[str, list[Any]]]:
    """Yield the events among the methods of a class, those of ipyvue and below left aside, with the types they take."""
    ours = [each for each in kind.__mro__ if issubclass(each, Template)]
    for name in {name for each in ours for name in vars(each) if name.startswith(_METHOD)}:
        method = getattr(kind, name)
        hints = get_type_hints(method, include_extras=True)
        yield name.removeprefix(_METHOD), [hints[each] for each in list(inspect.signature(method).parameters)[1:]]


def _event(hints: list[Any]) -> Event:
    """Return the event whose handler takes such data, and perhaps files."""
    return Event(TypeAdapter(hints[0]), files=len(hints) > 1)
