"""The levers of a world as controls: what can be moved, between which ends, what it means, and when it acts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from experiments.figures.style import words
from sim.errors import InputError, as_typed, nearest, shown
from sim.lexicon import terms
from sim.parameters import Parameter, Parameters, registry
from sim.scenario import Scenario, flat_parameters, may_change, parse_setting, pattern_of
from sim.terms import Identity, Ranking, Scope, Theory

if TYPE_CHECKING:
    from dashboards.world import Arena

REACH: Final[Mapping[str, tuple[float, float]]] = {
    "days": (5, 250),
    "organization.members": (20, 10_000),
    "organization.span_of_control": (2, 20),
    "organization.levels": (2, 8),
    "organization.locations": (1, 20),
    "organization.ties_per_member": (0, 40),
    "organization.communicators_share": (0, 0.1),
    "population.visits_per_day.mean": (0, 4),
    "population.occasions_per_visit.mean": (0, 0.2),
    "visibility.persistence_days": (0.2, 60),
    "leadership.executives.presence": (0, 4),
    "leadership.executives.delay_hours": (0, 40),
    "leadership.executives.answers_per_day": (0, 20),
    "leadership.line_managers.presence": (0, 4),
    "leadership.line_managers.delay_hours": (0, 40),
    "leadership.line_managers.answers_per_day": (0, 20),
    "communicators.presence": (0, 4),
    "issues.<n>.salience": (0, 5),
    "issues.<n>.salience_half_life_days": (0, 60),
}
"""Ends of sliders whose bounds are wider than anybody moves them by hand; the bounds themselves hold as ever."""
_HIGHLIGHTS: Final = (
    "safety", "risk_sensitivity", "voice_propensity", "implicit_voice_theory", "voice_efficacy", "identification",
    "engagement", "visits_per_day", "occasions_per_visit",
)  # fmt: skip
_UNITS_IN_NAMES: Final = ("_days", "_hours", "_per_day")
_WORDS: Final = {
    "days": "length of the run",
    "non_users": "members who never visit",
    "voice": "theory of voice",
    "scope": "audience of posts",
    "identity": "shown of authors",
    "ranking": "order of threads",
    "answers_per_day": "answers a day",
    "delay_hours": "time until an answer",
    "visits_per_day": "visits a day",
    "sanction": "rebukes",
    "self_disclosure": "own doubts",
    "orphan_answering": "care for unanswered threads",
    "communicators_share": "community managers",
}
_OPTIONS: Final = {one.key: one.words.label for enum in (Scope, Identity, Ranking, Theory) for one in terms(enum)}
_STEPS: Final = 100  # of a slider, about


class Lever(NamedTuple):
    """One control."""

    key: str
    """Dotted name, as in scenario files."""
    label: str
    unit: str
    meaning: str
    source: str
    status: str
    kind: str
    """`slider`, `choice` or `switch`."""
    min: float | None
    max: float | None
    step: float | None
    scale: str
    """`linear` or `log`."""
    default: Any
    options: tuple[tuple[str, str], ...]
    """Of a choice: the words for files, and those for people."""
    live: bool
    """Whether it acts at once; else the world has to start again."""


class Group(NamedTuple):
    """Levers that belong together."""

    key: str
    title: str
    levers: tuple[Lever, ...]
    live: bool


# ---------------------------------------------------------------- what there is


def groups(scenario: Scenario) -> tuple[Group, ...]:
    """Return the levers of a scenario, group by group, with room on each slider for the scenario's own value."""
    issues = scenario.parameters.issues
    names: dict[tuple[str, str], list[str]] = {
        ("visibility", "Visibility"): _under("visibility"),
        ("line_managers", "Line managers"): _under("leadership.line_managers"),
        ("executives", "Executives"): _under("leadership.executives"),
        ("communicators", "Community managers"): _under("communicators"),
        ("issues", "Issues"): [
            f"issues.{n}.{what}" for n in range(len(issues)) for what in ("salience", "criticality")
        ],
        ("theory", "Theory"): ["rules.voice"],
        ("organization", "Organisation"): [*_under("organization"), "days"],
        ("population", "People"): [*(f"population.{name}.mean" for name in _HIGHLIGHTS), "population.non_users"],
    }
    values = flat_parameters(scenario.parameters)
    return tuple(
        Group(key, title, tuple(lever(name, values[name], scenario) for name in inside), all(map(may_change, inside)))
        for (key, title), inside in names.items()
    )


def _under(table: str) -> list[str]:
    return [name for name in registry() if name.startswith(f"{table}.")]


def lever(key: str, value: Any, scenario: Scenario | None = None) -> Lever:
    """Return the control of one parameter that stands at `value`; InputError where there is no such parameter."""
    known = parameter(key)
    low, high = _ends(known, value)
    log = bool(low and high and high / low >= 200)
    options = tuple((word, _OPTIONS.get(word, words(word))) for word in known.choices)
    kind = "choice" if options else "switch" if known.kind == "yes or no" else "slider"
    return Lever(
        key,
        label(key, scenario),
        known.unit,
        known.meaning,
        known.source,
        known.status,
        kind,
        low,
        high,
        None
        if low is None or high is None
        else _step(low * _STEPS if log else high - low, known.kind == "whole number"),
        "log" if log else "linear",
        known.default,
        options,
        may_change(key),
    )


def parameter(key: str) -> Parameter:
    """Return what is known of a parameter by its dotted name; InputError, naming the nearest, where there is none."""
    found = registry().get(pattern_of(key)) if isinstance(key, str) else None
    if found is None:
        raise InputError(f"there is no lever {as_typed(key)}", key=str(key), nearest=nearest(str(key), registry()))
    return found


def label(key: str, scenario: Scenario | None = None) -> str:
    """Return what a control is called: the last word of its name that says something, of whom or what."""
    table, _, last = key.rpartition(".")
    if last in ("mean", "sd"):
        table, _, last = table.rpartition(".")
    for unit in () if last in _WORDS else _UNITS_IN_NAMES:
        last = last.removesuffix(unit)
    name = _WORDS.get(last, words(last))
    if table.startswith("issues.") and scenario is not None:
        name = f"{name} of “{shown(scenario.parameters.issues[int(table.split('.')[1])].name, 60)}”"
    return name


def _ends(known: Parameter, value: Any) -> tuple[float | None, float | None]:
    """Return the ends of a slider, wide enough for the value that it stands at."""
    if known.low is None or known.high is None:
        return None, None
    low, high = REACH.get(known.name, (known.low, known.high))
    return min(low, value), max(high, value)


def _step(span: float, whole: bool) -> float:
    """Return a step of 1, 2 or 5 times a power of ten, of which about a hundred make the span."""
    size = 10.0 ** math.floor(math.log10(max(span, 1e-9) / _STEPS))
    step = next((factor * size for factor in (5, 2, 1) if factor * size * _STEPS <= span * 1.0000001), size)
    return max(1.0, round(step)) if whole else round(step, 9)


# ---------------------------------------------------------------- where they stand, and moving them


def values(parameters: Parameters) -> dict[str, Any]:
    """Return where every lever stands, by dotted name."""
    return flat_parameters(parameters)


def read(key: str, value: Any) -> Any:
    """Return what a control or a text says as the value of a parameter; its bounds are checked where it is used."""
    known = parameter(key)
    if known.choices or known.kind == "text":
        return str(value)
    if isinstance(value, str):
        value = parse_setting(f"{key}={value}")[1]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if known.kind == "whole number" and is_number and math.isfinite(value):
        return round(value)
    return value


def move(arena: Arena, changes: Mapping[str, Any]) -> None:
    """Move levers of a world: at once where all of them can, else in a world that starts again with them.

    Raises InputError where one cannot be moved so; then nothing has changed.
    """
    found = {key: read(key, value) for key, value in changes.items()}
    if all(map(may_change, found)):
        arena.intervene(found)
    else:
        with arena.lock:
            arena.reset(arena.base.with_(found))
