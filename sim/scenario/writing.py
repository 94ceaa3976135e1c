"""A scenario as a file: one that extends nothing, and reads back as the same world."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import tomli_w

from sim.parameters import Table
from sim.scenario.events import Event


def to_toml(
    texts: Mapping[str, Any],
    parameters: dict[str, Any],
    events: Sequence[Event],
    expectations: Sequence[Table],
    phrases: Sequence[Table],
) -> str:
    """Return all parts of a scenario as one TOML text."""
    lists = {
        "events": [event_table(event) for event in events],
        "expect": [_table(expectation) for expectation in expectations],
        "phrases": [_table(each) for each in phrases],
    }
    content = {name: part for name, part in {**texts, **lists}.items() if part} | parameters
    as_it_is = "\\r" in json.dumps(content)  # on lines of their own, texts would lose their carriage returns
    return tomli_w.dumps(content, multiline_strings=not as_it_is)


def event_table(event: Event) -> dict[str, Any]:
    """Return an event as a file has it."""
    return {"day": event.day, event.kind: dict(event.set) if event.set else _happening(event)}


def canonical(event: Event) -> dict[str, Any]:
    """Return what of an event results depend on: its hour, not its day, and the order of what it sets."""
    return {"tick": event.tick, event.kind: [list(change) for change in event.set] if event.set else _happening(event)}


def _happening(event: Event) -> dict[str, Any]:
    return _table(getattr(event, event.kind))


def _table(entry: Table) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude_none=True)
