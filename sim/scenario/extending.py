"""A file with all that it extends: tables merge key by key, events come after the parent's, `[set]` is applied last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sim import limits
from sim.errors import as_typed, shown
from sim.organization import People
from sim.parameters import IssueTable, Parameters, registry
from sim.scenario.changing import changed, read_changes
from sim.scenario.complaints import check, unknown_name
from sim.scenario.events import Event, read_events
from sim.scenario.finding import find_meant, open_source
from sim.scenario.names import dump, flatten, parameter_names
from sim.scenario.people import FILES, own_people, refuse_made_up
from sim.scenario.phrases import Phrases, read_phrases
from sim.scenario.places import Place, Source
from sim.scenario.texts import TEXTS, Texts

DEEPEST: Final = 10
"""The most scenarios that may extend one another in a row."""
LISTS: Final = {
    "issues": limits.ISSUES,
    "events": limits.EVENTS,
    "expect": limits.EXPECTATIONS,
    "phrases": limits.PHRASES,
}
"""How many tables each list of a scenario file may have."""
_TOP: Final = (*TEXTS, "extends", "ties", *Parameters.model_fields, "events", "expect", "phrases", "set")


@dataclass(frozen=True)
class Draft:
    """A file with all that it extends, before its events are held against its parameters."""

    sources: tuple[Source, ...]
    parameters: Parameters
    texts: Texts
    events: tuple[tuple[Event, Place], ...] = ()
    issues: tuple[tuple[IssueTable, Place], ...] = ()
    phrases: tuple[tuple[Phrases, Place], ...] = ()
    people: People | None = None


def draft_of(source: Source, chain: tuple[Source, ...] = ()) -> Draft:
    """Return what `source` and its ancestors say; `chain` are the descendants through which it was reached."""
    data = source.data
    _check_names(source)
    _check_counts(source)
    base = _parent_draft(source, chain)
    sources = (source, *base.sources)
    place, own = Place(sources), Place((source,))
    people = own_people(source) or base.people
    tables = _tables(data)
    settings = read_changes(data.get("set", {}), own.under("set"))
    refuse_made_up([*(name for name, _ in flatten(tables)), *settings], people, own)
    parameters = check(Parameters, _merge(dump(base.parameters), tables), place)
    parameters = changed(parameters, settings, place)
    texts = check(Texts, {name: data[name] for name in TEXTS if name in data}, own)
    inherited = {name: getattr(base.texts, name) for name in ("question", "theory") if getattr(texts, name) is None}
    events, issues = read_events(data.get("events", []), own.under("events"))
    if len(base.events) + len(events) > limits.EVENTS:
        problem = f"there are more than {limits.EVENTS} events, those of what it extends included"
        raise own.under("events").error(problem)
    return Draft(
        sources,
        parameters,
        texts.model_copy(update=inherited),
        base.events + events,
        base.issues + issues,
        base.phrases + read_phrases(data.get("phrases", []), own.under("phrases")),
        people,
    )


def _tables(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file's tables of settings; where `organization` names a file, it is none."""
    return {
        name: data[name]
        for name in Parameters.model_fields
        if name in data and not (name in FILES and isinstance(data[name], str))
    }


def _check_names(source: Source) -> None:
    for name in source.data:
        place = Place((source,)).under(name)
        if name in _TOP:
            continue
        if name in registry():
            hint = "in quotation marks a dotted name is one word: leave them off, or write it under [set]"
            raise place.error(f"unknown key '{shown(name)}': {hint}")
        raise unknown_name(place, (*_TOP, *parameter_names(())))


def _check_counts(source: Source) -> None:
    """Refuse a list that is too long at once, before anyone looks into it."""
    for name, most in LISTS.items():
        entries = source.data.get(name)
        if isinstance(entries, list) and len(entries) > most:
            rule = f"a list of {'1' if name == 'issues' else 'at most'} {'to ' * (name == 'issues')}{most} tables"
            rule = f"{rule}, each under a line [[{name}]]"
            raise Place((source,), name).error(f"{name} = {as_typed(entries)} is not {rule}", expected=rule)


def _parent_draft(source: Source, chain: tuple[Source, ...]) -> Draft:
    extends = source.data.get("extends")
    if extends is None:
        return Draft((), Parameters(), Texts())
    path, file = find_meant(extends, source, "extends")
    chain = (*chain, source)
    names = " -> ".join([*(shown(s.file) for s in chain), shown(file)])
    place = Place((source,)).under("extends")
    if any(s.path is not None and s.path.resolve() == path.resolve() for s in chain):
        raise place.error(f"scenarios extend each other in a circle: {names}")
    if len(chain) > DEEPEST:
        raise place.error(f"more than {DEEPEST} scenarios extend each other in a row: {names}")
    return draft_of(open_source(path, file), chain)


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with the entries of `over`; where both have a table, table by table."""
    result = dict(base)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = _merge(result[name], value) if both else value
    return result
