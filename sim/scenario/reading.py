"""From a TOML file, or a text in its place, to a scenario."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sim import limits
from sim.parameters import Parameters
from sim.scenario.complaints import check
from sim.scenario.expectations import read_expectations
from sim.scenario.extending import Draft, draft_of
from sim.scenario.finding import find_in_gallery, find_meant, open_source, read_text
from sim.scenario.issues import check_issue_names
from sim.scenario.model import Scenario
from sim.scenario.names import dump
from sim.scenario.parsing import parse_toml
from sim.scenario.phrases import settle_phrases
from sim.scenario.places import Place, Source
from sim.scenario.timetable import check_campaigns, check_in_time, expand, settle
from sim.state import TICKS_PER_DAY


def load(name_or_path: str | os.PathLike[str]) -> Scenario:
    """Return the scenario of that name in the gallery, or of that `.toml` file; InputError where it cannot be."""
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, str) and not text.endswith(".toml") and not re.search(r"[/\\]", text):
        path, file = find_in_gallery(text)
    else:
        path, file = Path(text), text
    return _assemble(draft_of(open_source(path, file)), path.stem, path)


def from_toml(text: str, name: str = "scenario", folder: Path | None = None) -> Scenario:
    """Return the scenario that a TOML text describes; it may extend the gallery and, where given, files of `folder`."""
    source = Source(name, text, parse_toml(text, name), None, folder)
    return _assemble(draft_of(source), name, None)


def parent(scenario: Scenario) -> Scenario | None:
    """Return the scenario that this one extends, read again; None where it extends nothing."""
    return None if scenario.extends is None else related(scenario, scenario.extends, "extends")


def related(scenario: Scenario, name: str, key: str = "against") -> Scenario:
    """Return the scenario that `scenario` calls `name` under `key`: one of the gallery, or of its own folder."""
    asking = Source(scenario.name, "", {}, None, None)
    if scenario.path is not None:
        file = str(scenario.path)
        asking = Source(file, read_text(scenario.path, file), {}, scenario.path, scenario.path.parent)
    path, file = find_meant(name, asking, key)
    return _assemble(draft_of(open_source(path, file)), path.stem, path)


def _assemble(draft: Draft, name: str, path: Path | None) -> Scenario:
    source = draft.sources[0]
    parameters = _with_late_issues(draft)
    written = [(settle(event, parameters, place), place) for event, place in draft.events]
    check_campaigns(written)
    events = tuple(event for event, _ in written)
    expect = read_expectations(source, parameters)
    scenario = Scenario(
        name=name,
        title=draft.texts.title or name,
        question=draft.texts.question or "",
        theory=draft.texts.theory or "",
        extends=source.data.get("extends"),
        parameters=parameters,
        events=expand(events, parameters),
        expect=expect,
        talking_points=draft.texts.talking_points,
        phrases=settle_phrases(draft.phrases, source, parameters),
        path=path,
        written=events,
    )
    return scenario.with_people(draft.people)


def _with_late_issues(draft: Draft) -> Parameters:
    """Return the parameters with the issues that begin by an event after the others."""
    for issue, place in draft.issues:
        check_in_time(issue.onset_day, round(issue.onset_day * TICKS_PER_DAY), draft.parameters, place)
    issues = (*draft.parameters.issues, *(issue for issue, _ in draft.issues))
    if len(issues) > limits.ISSUES:
        problem = f"there are {len(issues)} issues, those of events included; at most {limits.ISSUES} can be"
        raise draft.issues[-1][1].error(problem)
    place = Place(draft.sources)
    check_issue_names(issues, place)
    parameters = draft.parameters.model_copy(update={"issues": issues})
    return check(Parameters, dump(parameters), place)  # once more, as pydantic leaves an omitted 1 an integer
