"""The scenario file as a JSON schema (draft 2020-12), from which editors complete keys and show what they mean.

Made from the very tables that check a file, so there is nothing to keep in step. A schema cannot know everything that
`ism check` knows: whether an issue or a day exists, or what another scenario is called.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any, Final

from pydantic import TypeAdapter

from sim.ownership import SEAL, sealed
from sim.parameters import IssueTable, Parameters, registry
from sim.scenario import Expectation, Phrases
from sim.scenario.events import EVENT_KINDS
from sim.scenario.texts import Texts

NAME: Final = "scenario.schema.json"
"""The file that `ism new` writes beside a new scenario."""
DIRECTIVE: Final = f"#:schema ./{NAME}"
"""The first line by which editors find it."""


def as_text() -> str:
    """Return the schema as its file has it, sealed."""
    return sealed(json.dumps({"$comment": SEAL} | schema(), indent=1, ensure_ascii=False) + "\n")


def schema() -> dict[str, Any]:
    """Return the schema of a scenario file."""
    found = TypeAdapter(Parameters).json_schema()
    shared = found.pop("$defs")
    for table in shared.values():
        _described(table)
        table.pop("required", None)  # what a file leaves out is as in the scenario that it extends
    found |= {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of internal social media",
        "description": "What `ism run` simulates. `ism check` knows more.",
        "$defs": shared,
    }
    settings = found["properties"]
    events, more = _events()
    texts = _table(Texts, shared)
    found["properties"] = (
        {
            "extends": {
                "type": "string",
                "description": "the scenario that this one starts from: of the gallery, or a file",
            }
        }
        | texts["properties"]
        | settings
        | {
            "organization": {"anyOf": [settings["organization"], _FILE]},
            "ties": _FILE | {"description": "who talks with whom there: a CSV file beside this one"},
        }
        | {
            "events": {"type": "array", "items": events, "description": "what happens, and when"},
            "expect": {"type": "array", "items": _expectation(shared), "description": "what you expect to see"},
            "phrases": {"type": "array", "items": _table(Phrases, shared), "description": "texts for messages"},
            "set": _settings(settings, shared, "single settings by full name"),
        }
    )
    shared |= more
    shared["Changes"] = _settings(settings, shared, "levers, by full name, and their new values")
    found["additionalProperties"] = False
    return found


_FILE: Final = {"type": "string", "pattern": ".", "description": "who works there: a CSV file beside this one"}


def _table(kind: Any, shared: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one table; what it refers to is added to `shared`."""
    made = TypeAdapter(kind).json_schema()
    for name, inner in made.pop("$defs", {}).items():
        shared.setdefault(name, _described(inner))
    return _described(made)


def _described(table: dict[str, Any]) -> dict[str, Any]:
    """Add unit, status and source of each number to what is shown of it; drop what only clutters."""
    table.pop("title", None)
    for entry in table.get("properties", {}).values():
        entry.pop("title", None)
        extra = [entry.pop(name, "") for name in ("unit", "status", "source")]
        known = "; ".join(part for part in extra if part)
        if known:
            entry["description"] = f"{entry.get('description', '')} ({known})"
    return table


def _events() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of an event, and those that it refers to."""
    shared: dict[str, Any] = {}
    kinds = {name: _table(kind, shared) for name, kind in EVENT_KINDS.items()}
    issue = _table(IssueTable, shared)
    issue["properties"] = {name: entry for name, entry in issue["properties"].items() if name != "onset_day"}
    kinds |= {"issue": issue, "set": {"$ref": "#/$defs/Changes"}}
    day = {"type": "number", "minimum": 0, "description": "the day, counted from 0; half a day is 0.5"}
    event = {
        "type": "object",
        "properties": {"day": day} | kinds,
        "required": ["day"],
        "oneOf": [{"required": [name]} for name in kinds],
        "additionalProperties": False,
    }
    return event, shared


def _expectation(shared: dict[str, Any]) -> dict[str, Any]:
    table = _table(Expectation, shared)
    table["oneOf"] = [{"required": ["range"]}, {"required": ["direction", "against"]}]
    return table


def _settings(tables: dict[str, Any], shared: dict[str, Any], meaning: str) -> dict[str, Any]:
    """Return the schema of a table of settings, each by its dotted name or under its table."""
    named = {name: _entry(name, tables, shared) for name in registry() if "<n>" not in name}
    issue = {"anyOf": [{"type": "object"}, {"type": "array"}], "description": "issues by number"}
    patterns = {
        rf"^issues\.[0-9]+\.{name}$": deepcopy(entry) for name, entry in shared["IssueTable"]["properties"].items()
    }
    return {
        "type": "object",
        "description": meaning,
        "properties": named | {name: entry for name, entry in tables.items() if name != "issues"} | {"issues": issue},
        "patternProperties": patterns,
        "additionalProperties": False,
    }


def _entry(name: str, tables: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one setting by its dotted name."""
    *path, last = name.split(".")
    properties = tables
    for part in path:
        properties = shared[properties[part]["$ref"].rpartition("/")[2]]["properties"]
    parameter = registry()[name]
    known = "; ".join(part for part in (parameter.unit, parameter.status, parameter.source) if part)
    entry: dict[str, Any] = deepcopy(properties[last])
    return entry | {"description": f"{parameter.meaning} ({known})"}
