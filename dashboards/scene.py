"""What changes only when the past does: who there is, where they stand, and what happens when, as values for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dashboards.cards import Cast
from dashboards.levers import label
from dashboards.world import Arena
from experiments.figures.style import words
from sim.errors import InputError, shown
from sim.lexicon import vocabulary
from sim.scenario import Event, Scenario
from sim.terms import IssueKind, Response, Role
from sim.wording import person


def draw_scene(arena: Arena) -> dict[str, Any]:
    """Return what changes only with the arena's generation: who there is, where they stand, what happens when."""
    with arena.lock:
        base, parameters = arena.base, arena.scenario.parameters
        return {
            "generation": arena.generation,
            "title": shown(base.title),
            "question": shown(" ".join(base.question.split()), 1000),
            "theory": shown(" ".join(base.theory.split()), 3000),
            "talking_points": [shown(" ".join(point.split()), 500) for point in base.talking_points],
            "scenario": base.name,
            "seed": arena.seed,
            "days": parameters.days,
            "members": arena.organization.members,
            "issues": [
                {"name": shown(issue.name), "kind": issue.kind, "words": IssueKind[issue.kind].words.noun}
                for issue in parameters.issues
            ],
            "terms": {"role": vocabulary(Role), "response": vocabulary(Response)},
            "nodes": _nodes(arena.cast),
            "timeline": list(_timeline(arena)),
        }


def _nodes(cast: Cast) -> dict[str, list[Any]]:
    people, hierarchy, ties = cast.organization, cast.hierarchy, cast.ties
    return {
        "row": list(range(people.members)),
        "name": cast.names,
        "initials": cast.initials,
        "role": [Role(number).name for number in cast.role],
        "title": cast.titles,
        "department": [cast.departments[number] for number in cast.department],
        "level": people.level.tolist(),
        "manager": people.manager.tolist(),
        "x": hierarchy.x.tolist(),
        "y": hierarchy.y.tolist(),
        "tie_x": ties.x.tolist(),
        "tie_y": ties.y.tolist(),
    }


def _timeline(arena: Arena) -> Iterator[dict[str, Any]]:
    """Yield what happens, in order: events of the scenario, issues that begin, and what was changed while it ran."""
    scenario = arena.scenario
    own = len(scenario.written) - len(arena.interventions)
    marks: list[dict[str, Any]] = [
        {"day": event.day, "words": describe(event, scenario, arena.cast), "mine": number >= own}
        for number, event in enumerate(scenario.written)
    ]
    marks += [
        {"day": issue.onset_day, "words": f"“{shown(issue.name, 60)}” begins", "mine": False}
        for issue in scenario.parameters.issues
        if issue.onset_day > 0
    ]
    yield from sorted(marks, key=lambda mark: mark["day"])


def describe(event: Event, scenario: Scenario, cast: Cast) -> str:
    """Say in a few words what an event does."""
    if event.respond is not None:
        to = event.respond.to
        what = "a message" if isinstance(to, int) else f"the {to.replace('_', ' ')}"
        does = Response[event.respond.how].words.present.replace("{what}", what)
        return f"{_called(event.respond.by, cast)} {does}"
    if event.announce is not None:
        return f"{_called(event.announce.by, cast)} announces openness ({event.announce.openness:g})"
    if event.post is not None:
        return f"{_called(event.post.by, cast)} posts about {_issue(scenario, event.post.issue)}"
    if event.campaign is not None:
        return f"a campaign about {_issue(scenario, event.campaign.issue)} for {event.campaign.days:g} days"
    return ", ".join(f"{_whose(name)}{label(name, scenario)}: {_value(value)}" for name, value in event.set)


def _called(member: str, cast: Cast) -> str:
    if member == "ceo":
        return "the chief executive"
    try:
        return cast.names[cast.organization.row_of(member)]
    except InputError:
        return person(member)


def _issue(scenario: Scenario, number: int | str) -> str:
    return f"“{shown(scenario.parameters.issues[int(number)].name, 60)}”"


def _whose(name: str) -> str:
    table = name.split(".")
    return (
        f"{words(table[1])}’ " if table[0] == "leadership" else "community managers’ " * (table[0] == "communicators")
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words(value) if isinstance(value, str) else f"{value:g}"
