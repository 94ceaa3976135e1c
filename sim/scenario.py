"""A scenario: a world's parameters, what happens in it and when, what it should show; TOML <-> frozen Scenario.

A file may extend another: tables merge key by key, `[[issues]]` replaces the whole list, events come after the
parent's, and the dotted keys of `[set]` are applied last. Whatever is wrong in a file is told by an InputError.
"""

from __future__ import annotations

import json
import numbers
import os
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from hashlib import blake2b
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError

import scenarios
from sim import input_files, limits
from sim.errors import InputError, nearest, shown, told, toml_lines
from sim.parameters import IssueTable, Parameter, Parameters, Table, registry
from sim.state import TICKS_PER_DAY

DEEPEST: Final = 10
"""The most scenarios that may extend one another in a row."""
LISTS: Final = {
    "issues": limits.ISSUES,
    "events": limits.EVENTS,
    "expect": limits.EXPECTATIONS,
    "phrases": limits.PHRASES,
}
"""How many tables each list of a scenario file may have."""
_NESTING: Final = 8
_DOTS: Final = 200  # in one line: tomllib needs the square of that many steps
_LONGEST_TEXT: Final = 10_000
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_TEXTS: Final = ("title", "question", "theory", "talking_points")
_TOP: Final = (*_TEXTS, "extends", *Parameters.model_fields, "events", "expect", "phrases", "set")

Value = bool | int | float | str
_Model = TypeVar("_Model", bound=Table)


# ---------------------------------------------------------------- what may happen


def allowed(parameter: Parameter) -> str:
    """Say in words what a parameter can be: `a number between 0 and 1`, `one of team, department, organization`."""
    if parameter.choices:
        return f"one of {', '.join(parameter.choices)}"
    if parameter.kind == "yes or no":
        return "true or false"
    if parameter.kind == "text":
        return "a text of 1 to 200 characters"
    unit = "" if parameter.unit in ("", "share") else f" ({parameter.unit})"
    return f"a {parameter.kind} between {parameter.low:g} and {parameter.high:.10g}{unit}"


def _share(low: float = 0.0, high: float = 1.0) -> Any:
    return Field(ge=low, le=high, description=f"a number between {low:g} and {high:g}")


def _member() -> Any:
    return Field(min_length=1, max_length=200, description="'ceo' or the id of a member")


def _same_as(name: str) -> Any:
    parameter = registry()[name]
    return Field(ge=parameter.low, le=parameter.high, description=allowed(parameter))


class Announcement(Table):
    """Someone announces openness in public."""

    by: str = _member()
    openness: float = _share()


class Post(Table):
    """One named member posts one message."""

    by: str = _member()
    issue: int | str = Field(description="the name of an issue, or its number, counted from 0")
    kind: Literal["news", "praise", "question", "answer", "suggestion", "concern", "announcement"] | None = Field(
        default=None, description="one of news, praise, question, answer, suggestion, concern, announcement"
    )
    stance: float = _share(-1.0)
    criticality: float = _share()
    scope: Literal["team", "department", "organization"] | None = Field(
        default=None, description="one of team, department, organization"
    )
    anonymous: bool = Field(default=False, description="true or false")


class Answer(Table):
    """One named leader treats one message."""

    by: str = _member()
    to: Literal["latest_critique", "most_supported_critique"] | Annotated[int, Field(ge=0)] = Field(
        description="'latest_critique', 'most_supported_critique' or the number of a message"
    )
    how: Literal["supportive", "dismissive", "sanction", "action", "none"] = Field(
        description="one of supportive, dismissive, sanction, action, none"
    )


class Campaign(Table):
    """An issue comes to mind more (or less) often for some days."""

    issue: int | str = Field(description="the name of an issue, or its number, counted from 0")
    salience: float = _same_as("issues.<n>.salience")
    days: float = Field(gt=0, le=100_000, description="a number of workdays above 0")


@dataclass(frozen=True)
class Event:
    """Something that happens at a day (counted from 0, hours as eighths): exactly one of the five."""

    day: float
    set: tuple[tuple[str, Value], ...] = ()
    """Dotted names of parameters and their new values."""
    announce: Announcement | None = None
    post: Post | None = None
    respond: Answer | None = None
    campaign: Campaign | None = None
    """Only among `Scenario.written`: in `Scenario.events` a campaign has become two `set` events."""

    @property
    def tick(self) -> int:
        """The working hour at whose start it happens."""
        return round(self.day * TICKS_PER_DAY)

    @property
    def kind(self) -> str:
        """Which of the five it is."""
        return next((name for name in ("announce", "post", "respond", "campaign") if getattr(self, name)), "set")


_EVENT_KINDS: Final[dict[str, type[Table]]] = {
    "announce": Announcement,
    "post": Post,
    "respond": Answer,
    "campaign": Campaign,
}


class _Day(Table):
    day: float = Field(ge=0, le=100_000, description="a number of days from 0 to the end of the run")


WITHOUT_EVENTS: Final = "without events"
"""What an expectation calls this same world in which none of its events happens."""


class Expectation(Table):
    """What a scenario says will be seen: a measure's direction against something else, or its range."""

    measure: str = Field(pattern=r"^[a-z][a-z0-9_]{0,99}$", description="the name of a measure")
    direction: Literal["higher", "lower", "same"] | None = Field(default=None, description="one of higher, lower, same")
    range: tuple[float, float] | None = Field(default=None, description="two numbers, the lower one first")
    against: Annotated[str, Field(max_length=200)] | dict[str, Any] | None = Field(
        default=None,
        description="the name of a scenario, a part of the run such as 'days 0-20', 'without events', or a table of "
        'settings that are otherwise in this same world, such as {visibility.scope = "team"}',
    )
    moderated_by: dict[str, Any] | None = Field(
        default=None,
        description="a table of settings: what is expected is the difference here, less what it is where these "
        "settings are otherwise",
    )
    margin: float | None = Field(
        default=None,
        ge=0.0,
        description="a number from 0 up: how much higher or lower it is at least, or how far apart 'same' may be",
    )
    group: str | None = Field(
        default=None,
        pattern=r"^(all|role:(coworker|line_manager|executive|communicator)|department:.{1,200})$",
        description="all, role:coworker, role:line_manager, role:executive, role:communicator, or department: and its "
        "name",
    )
    days: tuple[float, float] | None = Field(default=None, description="two days, the earlier one first")
    pattern: Literal["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"] | None = Field(
        default=None, description="one of A, B, C, D, E, F, G, H, I, J, K"
    )
    why: str = Field(default="", max_length=_LONGEST_TEXT, description="a text")

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @property
    def against_days(self) -> tuple[float, float] | None:
        """The part of the run that `against` names; None where it names something else."""
        said = self.against if isinstance(self.against, str) else ""
        part = re.fullmatch(r"days\s+(\d{1,6}(?:\.\d{1,6})?)\s*-\s*(\d{1,6}(?:\.\d{1,6})?)", said)
        return (float(part[1]), float(part[2])) if part else None

    @property
    def against_scenario(self) -> str | None:
        """The scenario that `against` names; None where it names something else."""
        said = self.against if isinstance(self.against, str) else None
        return None if said == WITHOUT_EVENTS or self.against_days else said


_ROLES: Final = "one of coworker, line_manager, executive, communicator"
_SAID: Final = "one of plain, rephrase, narrow, anonymous, only_positive"
HOLES: Final = ("issue", "department", "name")
"""What a phrase can have filled in: `{issue}`, the author's `{department}`, the first `{name}` of who is answered."""


class Phrases(Table):
    """Texts for the messages that fit: what is left out fits all. They change what is read, and no result."""

    issue: int | str | None = Field(default=None, description="the name of an issue, or its number, counted from 0")
    kind: Literal["news", "praise", "question", "answer", "suggestion", "concern", "announcement"] | None = Field(
        default=None, description="one of news, praise, question, answer, suggestion, concern, announcement"
    )
    form: Literal["post", "comment"] | None = Field(default=None, description="one of post, comment")
    strategy: Literal["plain", "rephrase", "narrow", "anonymous", "only_positive"] | None = Field(
        default=None, description=_SAID
    )
    orientation: Literal["to", "with", "against", "past", "about"] | None = Field(
        default=None, description="one of to, with, against, past, about"
    )
    role: Literal["coworker", "line_manager", "executive", "communicator"] | None = Field(
        default=None, description=_ROLES
    )
    stance: Literal["for", "against"] | None = Field(default=None, description="one of for, against")
    response: Literal["supportive", "dismissive", "sanction", "action"] | None = Field(
        default=None, description="one of supportive, dismissive, sanction, action"
    )
    texts: tuple[Annotated[str, Field(min_length=1, max_length=1000)], ...] = Field(
        min_length=1, max_length=200, description="a list of 1 to 200 texts of 1 to 1000 characters each"
    )


class _Texts(Table):
    title: str | None = Field(default=None, max_length=_LONGEST_TEXT, description="a text")
    question: str | None = Field(default=None, max_length=_LONGEST_TEXT, description="a text")
    theory: str | None = Field(default=None, max_length=_LONGEST_TEXT, description="a text")
    talking_points: tuple[str, ...] = Field(default=(), max_length=100, description="a list of texts")


# ---------------------------------------------------------------- the scenario


@dataclass(frozen=True)
class Scenario:
    """One world and what happens in it; nothing of it can change."""

    name: str
    title: str
    question: str
    theory: str
    extends: str | None
    parameters: Parameters
    events: tuple[Event, ...] = ()
    """In the order of their ticks; only `set`, `announce`, `post` and `respond`."""
    expect: tuple[Expectation, ...] = ()
    talking_points: tuple[str, ...] = ()
    phrases: tuple[Phrases, ...] = ()
    """Texts of its own for messages; issues by number."""
    path: Path | None = None
    written: tuple[Event, ...] = field(default=(), repr=False)
    """The events before campaigns became changes of salience."""

    def __post_init__(self) -> None:
        if self.events and not self.written:
            object.__setattr__(self, "written", self.events)

    @property
    def ticks(self) -> int:
        """Length of the run in working hours."""
        return self.parameters.days * TICKS_PER_DAY

    @cached_property
    def digest(self) -> str:
        """Hash (blake2b, 32 hex digits) of all that results depend on: parameters and events, not titles or phrases."""
        content = {"parameters": _dump(self.parameters), "events": [_canonical(event) for event in self.events]}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def with_(self, changes: Mapping[str, Any]) -> Scenario:
        """Return this scenario with parameters changed by dotted name; InputError where one is unknown or wrong.

        Where the run becomes shorter, expectations about days that it no longer has are left out.
        """
        parameters = changed(self.parameters, changes)
        if _frame(parameters) == _frame(self.parameters):
            return self._with_parameters(parameters)
        return self._rebuilt(parameters, self.written)

    def with_events(self, *events: Event | Mapping[str, Any]) -> Scenario:
        """Return this scenario with events after its own, each an Event or a table as a file has it.

        Raises InputError where one is wrong; an issue that begins later is one more issue, and cannot be added here.
        """
        tables = [{"day": e.day, **_written_out(e)} if isinstance(e, Event) else e for e in events]
        added, issues = _read_events(tables, _Place(at="events"))
        if issues:
            raise issues[0][1].error("an issue that begins later can only stand in a scenario file")
        written = (*((event, _Place(at="events")) for event in self.written), *added)
        _check_campaigns([(_settled(event, self.parameters, place), place) for event, place in written])
        return self._rebuilt(self.parameters, tuple(event for event, _ in written))

    def first_days(self, days: int) -> Scenario:
        """Return this scenario with a run of `days`, without the events that would come after it."""
        parameters = changed(self.parameters, {"days": days})
        end = parameters.days * TICKS_PER_DAY
        return self._rebuilt(parameters, tuple(event for event in self.written if event.tick < end))

    def with_event(self, name: str, value: Any) -> Scenario:
        """Return this scenario with one event changed: `events.<n>.day`, or a field of it as `events.<n>.respond.how`.

        Events are counted from 0, in the order in which they are written. InputError where there is no such thing.
        """
        place = _Place(at=name)
        found = re.fullmatch(r"events\.(0|[1-9][0-9]{0,5})\.(?:day|(announce|post|respond|campaign)\.(\w+))", name)
        number, kind = (int(found[1]), found[2]) if found else (len(self.written), None)
        if number >= len(self.written) or (kind and getattr(self.written[number], kind) is None):
            have = ", ".join(f"events.{n}.{event.kind}" for n, event in enumerate(self.written)) or "no events"
            raise place.error(f"'{shown(name)}' is nothing that happens in this scenario, which has {have}")
        event, here = self.written[number], _Place(at=f"events.{number}")
        if kind is None:
            event = replace(event, day=_checked(_Day, {"day": value}, here).day)
        else:
            table = getattr(event, kind).model_dump(mode="json", exclude_none=True) | {found[3]: value}  # type: ignore[index]
            changed_table: Any = {kind: _checked(_EVENT_KINDS[kind], table, here.under(kind))}
            event = replace(event, **changed_table)
        return self._rebuilt(self.parameters, (*self.written[:number], event, *self.written[number + 1 :]))

    def _with_parameters(self, parameters: Parameters) -> Scenario:
        """Return this scenario with parameters that leave what events and expectations name as it is."""
        _check_issue_names(parameters.issues, _Place())
        ours, theirs = ([issue.salience for issue in each.issues] for each in (self.parameters, parameters))
        events = self.events if ours == theirs else _expanded(self.written, parameters)  # a campaign ends with them
        return replace(self, parameters=parameters, events=events)

    def _rebuilt(self, parameters: Parameters, written: tuple[Event, ...]) -> Scenario:
        _check_issue_names(parameters.issues, _Place())
        placed = [(event, _Place(at=f"events.{n}")) for n, event in enumerate(written)]
        written = tuple(_settled(event, parameters, place) for event, place in placed)
        return replace(
            self,
            parameters=parameters,
            written=written,
            events=_expanded(written, parameters),
            expect=tuple(e for e in self.expect if _lasts(e) <= parameters.days),
        )

    def to_toml(self) -> str:
        """Return the whole scenario as a TOML text that extends nothing; `from_toml` gives the same world back."""
        return "\n".join(_toml(self)) + "\n"


def differences(a: Scenario, b: Scenario) -> list[tuple[str, Any, Any]]:
    """Return (dotted name, value in a, value in b) of every parameter in which they differ; None where one has none."""
    ours, theirs = (flat_parameters(s.parameters) for s in (a, b))
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [(n, ours.get(n), theirs.get(n)) for n in names if ours.get(n) != theirs.get(n)]


def flat_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return all values by dotted name."""
    return dict(_flat(_dump(parameters)))


def changed(parameters: Parameters, changes: Mapping[str, Any]) -> Parameters:
    """Return `parameters` with values changed by dotted name, as the `set` of an event does; InputError if wrong."""
    return _changed(parameters, changes, _Place())


def may_change(name: str) -> bool:
    """Say whether a parameter, by dotted name, may change during a run (and so stand in the `set` of an event)."""
    pattern = pattern_of(name)
    if pattern.startswith("issues.<n>."):
        return pattern.removeprefix("issues.<n>.") in ("salience", "salience_half_life_days", "criticality")
    return pattern in registry() and pattern.partition(".")[0] not in ("days", "organization", "population")


def parse_setting(text: str) -> tuple[str, Any]:
    """Return the name and the value of KEY=VALUE; VALUE is read as in TOML, else taken as a bare word."""
    key, equals, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if not equals or not key or not value:
        raise InputError(f"'{shown(text)}' is not KEY=VALUE, such as visibility.scope=team", key=key or None)
    try:
        found = tomllib.loads(f"value = {value}")
        if set(found) == {"value"}:
            return key, found["value"]
    except (ValueError, RecursionError, OverflowError):
        pass
    try:
        return key, float(value)  # .5 is no number in TOML, but it is one to people
    except ValueError:
        return key, value


# ---------------------------------------------------------------- finding and reading files


def gallery() -> dict[str, Path]:
    """Return the scenarios that come with the project, by name."""
    folder = Path(scenarios.__file__).resolve().parent
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load(name_or_path: str | os.PathLike[str]) -> Scenario:
    """Return the scenario of that name in the gallery, or of that `.toml` file; InputError where it cannot be."""
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, str) and not text.endswith(".toml") and not re.search(r"[/\\]", text):
        path, file = _in_gallery(text)
    else:
        path, file = Path(text), text
    return _assembled(_draft(_source(path, file)), path.stem, path)


def from_toml(text: str, name: str = "scenario", folder: Path | None = None) -> Scenario:
    """Return the scenario that a TOML text describes; it may extend the gallery and, where given, files of `folder`."""
    source = _Source(name, text, parse_toml(text, name), None, folder)
    return _assembled(_draft(source), name, None)


def parent(scenario: Scenario) -> Scenario | None:
    """Return the scenario that this one extends, read again; None where it extends nothing."""
    return None if scenario.extends is None else related(scenario, scenario.extends, "extends")


def related(scenario: Scenario, name: str, key: str = "against") -> Scenario:
    """Return the scenario that `scenario` calls `name` under `key`: one of the gallery, or of its own folder."""
    asking = _Source(scenario.name, "", {}, None, None)
    if scenario.path is not None:
        file = str(scenario.path)
        asking = _Source(file, read_text(scenario.path, file), {}, scenario.path, scenario.path.parent)
    path, file = _meant(name, asking, key)
    return _assembled(_draft(_source(path, file)), path.stem, path)


def read_text(path: Path, file: str) -> str:
    """Return the text of a small UTF-8 file, shown as `file`; InputError where there is none."""
    if not _exists(path):
        others = [*(str(p) for p in sorted(path.parent.glob("*.toml"))[:1000]), *gallery()]
        raise InputError("there is no such file", file=file, nearest=nearest(str(path), others))
    return input_files.read_text(path, limits.SCENARIO_BYTES, file)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # such a name is told of when it is opened
        return True


_SYNTAX: Final = {
    "Expected '='": "a key must be followed by = and a value",
    "Invalid initial character for a key": "a key is missing, or begins with a sign that it cannot have",
    "Invalid value": 'the value cannot be read; a word needs quotation marks, as in scope = "team"',
    "Expected newline": "something is left over after the value; write one setting a line",
    "Cannot": "this name is used twice",
    "Can't": "this name is used twice",
    "Duplicate": "this name is used twice",
    "Unterminated": "a text in quotation marks is not closed",
    "Illegal character": "there is a sign that may not stand there, or a text is not closed on its line",
    "Expected \"'": "a text in quotation marks is not closed",
    "Found invalid character": "a text in quotation marks is not closed on its line",
    "Unescaped": 'in a text between " and ", a backslash must be doubled',
    "Invalid hex": 'in a text between " and ", a backslash must be doubled',
    "Escaped character": 'in a text between " and ", a backslash must be doubled',
    "Unclosed array": "in a list, a comma or the closing ] is missing",
    "Unclosed inline": "in a table, a comma or the closing } is missing",
    "Expected ']": "a ] is missing",
    "Invalid statement": "this is neither a setting (key = value) nor a table ([name])",
    "Exceeds the limit": "there is a number with thousands of digits",
}


def parse_toml(text: str, file: str) -> dict[str, Any]:
    """Return the tables of a TOML text; InputError with the line, in plain words, where it is not TOML."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _DOTS:
            raise InputError(f"there are more than {_DOTS} dots in one line", file=file, line=number)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise InputError("lists or tables are nested too deeply", file=file) from None
    except (ValueError, OverflowError) as error:
        raise _syntax_error(str(error), text, file) from None
    _check_depth(data, file)
    return data


def _syntax_error(message: str, text: str, file: str) -> InputError:
    found = re.search(r"\(at line (\d+)", message)
    lines = text.split("\n")
    number = int(found[1]) if found else None
    if "end of document" in message:  # blame the key after which something was never closed
        number = max(toml_lines(text).values(), default=len(lines))
    why = next((ours for theirs, ours in _SYNTAX.items() if message.startswith(theirs)), "this is not valid TOML")
    line = lines[number - 1].strip() if number and number <= len(lines) else ""
    return InputError(f"'{shown(line, 80)}': {why}" if line else why, file=file, line=number, expected="TOML")


def _check_depth(data: dict[str, Any], file: str) -> None:
    waiting: list[tuple[Any, int, str]] = [(data, 0, "")]
    while waiting:
        value, depth, name = waiting.pop()
        if depth > _NESTING:
            raise InputError(f"'{shown(name)}' is nested too deeply", file=file, key=name)
        if isinstance(value, dict):
            waiting += [(inner, depth + 1, f"{name}.{key}".lstrip(".")) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1, name) for inner in value]


def _source(path: Path, file: str) -> _Source:
    if path.suffix != ".toml":
        raise InputError("this is not the name of a scenario file, which ends in .toml", file=file)
    text = read_text(path, file)
    return _Source(file, text, parse_toml(text, file), path, path.parent)


def _in_gallery(name: str) -> tuple[Path, str]:
    known = gallery()
    if name in known:
        return known[name], f"scenarios/{name}.toml"
    own = f"{name}.toml"
    is_here = _NAME.fullmatch(name) and Path(own).is_file()
    raise InputError(
        f"there is no scenario '{shown(name)}' in the gallery (it has {', '.join(known)})",
        expected="a name of the gallery, or the path of a .toml file",
        nearest=own if is_here else nearest(name, known),
    )


# ---------------------------------------------------------------- where a value stands


@dataclass(frozen=True)
class _Source:
    """One scenario file, or a text in the place of one."""

    file: str
    text: str
    data: dict[str, Any]
    path: Path | None
    folder: Path | None

    @cached_property
    def lines(self) -> dict[str, int]:
        return toml_lines(self.text)


@dataclass(frozen=True)
class _Place:
    """Where a value comes from: the files that may hold it, the nearest descendant first, and its dotted key there."""

    sources: tuple[_Source, ...] = ()
    at: str = ""

    def under(self, name: object) -> _Place:
        return _Place(self.sources, f"{self.at}.{name}" if self.at else str(name))

    def error(self, problem: str, *, expected: str | None = None, likely: str | None = None) -> InputError:
        file, line = self._found()
        return InputError(problem, file=file, line=line, key=self.at or None, expected=expected, nearest=likely)

    def _found(self) -> tuple[str | None, int | None]:
        name = self.at
        while name:
            for source in self.sources:
                line = source.lines.get(f"set.{name}", source.lines.get(name))
                if line is not None:
                    return source.file, line
            name = name.rpartition(".")[0]
        return (self.sources[0].file if self.sources else None), None


# ---------------------------------------------------------------- extending


@dataclass(frozen=True)
class _Draft:
    """A file with all that it extends, before its events are held against its parameters."""

    sources: tuple[_Source, ...]
    parameters: Parameters
    texts: _Texts
    events: tuple[tuple[Event, _Place], ...] = ()
    issues: tuple[tuple[IssueTable, _Place], ...] = ()
    phrases: tuple[tuple[Phrases, _Place], ...] = ()


def _draft(source: _Source, chain: tuple[_Source, ...] = ()) -> _Draft:
    """Return what `source` and its ancestors say; `chain` are the descendants through which it was reached."""
    data = source.data
    _check_names(source)
    _check_counts(source)
    base = _parent_draft(source, chain)
    sources = (source, *base.sources)
    place, own = _Place(sources), _Place((source,))
    tables = {name: data[name] for name in Parameters.model_fields if name in data}
    parameters = _checked(Parameters, _merged(_dump(base.parameters), tables), place)
    parameters = _changed(parameters, _changes(data.get("set", {}), own.under("set")), place)
    texts = _checked(_Texts, {name: data[name] for name in _TEXTS if name in data}, own)
    inherited = {name: getattr(base.texts, name) for name in ("question", "theory") if getattr(texts, name) is None}
    events, issues = _read_events(data.get("events", []), own.under("events"))
    if len(base.events) + len(events) > limits.EVENTS:
        problem = f"there are more than {limits.EVENTS} events, those of what it extends included"
        raise own.under("events").error(problem)
    return _Draft(
        sources,
        parameters,
        texts.model_copy(update=inherited),
        base.events + events,
        base.issues + issues,
        base.phrases + _read_phrases(data.get("phrases", []), own.under("phrases")),
    )


def _check_names(source: _Source) -> None:
    for name in source.data:
        place = _Place((source,)).under(name)
        if name in _TOP:
            continue
        if name in registry():
            hint = "in quotation marks a dotted name is one word: leave them off, or write it under [set]"
            raise place.error(f"unknown key '{shown(name)}': {hint}")
        raise _unknown(place, (*_TOP, *_parameter_names(())))


def _check_counts(source: _Source) -> None:
    """Refuse a list that is too long at once, before anyone looks into it."""
    for name, most in LISTS.items():
        entries = source.data.get(name)
        if isinstance(entries, list) and len(entries) > most:
            rule = f"a list of {'1' if name == 'issues' else 'at most'} {'to ' * (name == 'issues')}{most} tables"
            rule = f"{rule}, each under a line [[{name}]]"
            raise _Place((source,), name).error(f"{name} = {told(entries)} is not {rule}", expected=rule)


def _parent_draft(source: _Source, chain: tuple[_Source, ...]) -> _Draft:
    extends = source.data.get("extends")
    if extends is None:
        return _Draft((), Parameters(), _Texts())
    path, file = _meant(extends, source, "extends")
    chain = (*chain, source)
    names = " -> ".join([*(shown(s.file) for s in chain), shown(file)])
    place = _Place((source,)).under("extends")
    if any(s.path is not None and s.path.resolve() == path.resolve() for s in chain):
        raise place.error(f"scenarios extend each other in a circle: {names}")
    if len(chain) > DEEPEST:
        raise place.error(f"more than {DEEPEST} scenarios extend each other in a row: {names}")
    return _draft(_source(path, file), chain)


def _meant(name: Any, source: _Source, key: str) -> tuple[Path, str]:
    """Return the file that a scenario means by `name`, and how to call it: in the gallery or in its own folder."""
    place, known = _Place((source,), key), gallery()
    rule = "the name of a gallery scenario, or a .toml file in the scenario's own folder"
    said = f"{key} = {told(name)}"
    if not isinstance(name, str):
        raise place.error(f"{said} is not {rule}", expected=rule)
    if name in known:
        return known[name], f"scenarios/{name}.toml"
    own = PurePosixPath(name if name.endswith(".toml") else f"{name}.toml")
    leads_out = own.is_absolute() or PureWindowsPath(name).anchor or "\\" in name or ".." in own.parts
    if leads_out or any(ord(sign) < 32 for sign in name):
        raise place.error(f"{said} leads out of the scenario's own folder", expected=rule)
    path = None if source.folder is None else source.folder / own
    if path is None or not _is_file(path):
        likely = nearest(name, [*known, *_beside(source)])
        raise place.error(f"{said} is not {rule}", expected=rule, likely=likely)
    if not path.resolve().is_relative_to(path.parents[len(own.parts) - 1].resolve()):
        raise place.error(f"{said} is a link out of the scenario's own folder", expected=rule)
    return path, str(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long for the disk, for one
        return False


def _beside(source: _Source) -> list[str]:
    if source.folder is None:
        return []
    return [path.name for path in sorted(source.folder.glob("*.toml"))[:1000] if path != source.path]


def _merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with the entries of `over`; where both have a table, table by table."""
    result = dict(base)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = _merged(result[name], value) if both else value
    return result


# ---------------------------------------------------------------- checking values


def _checked(model: type[_Model], data: Any, place: _Place) -> _Model:
    """Return `data` as a `model`; InputError about the first thing that is wrong, unknown names before all else.

    By way of JSON, where pydantic's strict mode means what a user means: 1 is a number, true and "1" are not.
    """
    try:
        return model.model_validate_json(json.dumps(_plain(data)), strict=True)
    except ValidationError as error:
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        raise _complaint(model, data, place, first["type"], first["loc"]) from None


_UNUSABLE: Final[list[Any]] = [[]]  # stands for what no parameter can be, so that the check refuses it


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON has it: numpy's scalars and enums by what they stand for, and no -0.0."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, Enum):
        value = value.name.rstrip("_")
    if isinstance(value, bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value) if abs(int(value)) < 2**63 else _UNUSABLE
    if isinstance(value, float):
        return value + 0.0
    if isinstance(value, str):
        return value if value.isascii() or not re.search("[\ud800-\udfff]", value) else _UNUSABLE
    if isinstance(value, Mapping) and depth <= _NESTING:
        return {str(key): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple) and depth <= _NESTING:
        return [_plain(inner, depth + 1) for inner in value]
    return _UNUSABLE


def _complaint(model: type[Table], data: Any, place: _Place, kind: str, where: tuple[int | str, ...]) -> InputError:
    names, value = _reached(data, where)
    missing = kind == "missing" and isinstance(value, dict) and len(names) == len(where) - 1
    if missing:
        names, value = [*names, str(where[-1])], None
    for name in names:
        place = place.under(name)
    if kind == "extra_forbidden":
        return _unknown(place, _names_beside(model, place, names))
    expected = _expected(model, names, place)
    if missing:
        return place.error(f"'{names[-1]}' is missing: '{place.at}' must be {expected}", expected=expected)
    name = place.at or "the value"
    problem = f"{shown(name)} = {told(value)} is not {expected}"
    return place.error(problem, expected=expected, likely=_word(value, expected))


def _reached(data: Any, where: tuple[int | str, ...]) -> tuple[list[str], Any]:
    """Return the names on the way to what is wrong, as far as it is there, and what stands there.

    pydantic also names which branch of a choice it tried, and the entry that a list is too short to have.
    """
    names: list[str] = []
    for part in where:
        is_entry = isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)
        if not is_entry and not (isinstance(data, dict) and part in data):
            break
        data = data[part]
        names.append(str(part))
    return names, data


def _word(value: Any, expected: str) -> str | None:
    """Return the word among those of `expected` that a wrong one was probably meant to be."""
    if not isinstance(value, str):
        return None
    if expected.startswith("one of "):
        return nearest(value, expected.removeprefix("one of ").split(", "))
    return nearest(value, ["true", "false"] if expected == "true or false" else re.findall(r"'(\w+)'", expected))


def _expected(model: type[Table], names: Sequence[str], place: _Place) -> str:
    """Say what may stand at a place in a `model`."""
    if model not in (Parameters, IssueTable):
        return (model.model_fields[names[0]].description if names else "") or f"a table, such as {_example(model)}"
    prefix = "issues.<n>." if model is IssueTable else ""
    described = registry().get(pattern_of(prefix + ".".join(names)))
    if described is not None:
        return allowed(described)
    if names and names[0] == "issues":
        return f"a list of 1 to {limits.ISSUES} tables, each under a line [[issues]]"
    return f"a table, under a line [{place.at}]" if model is Parameters else 'a table, such as {name = "Canteen"}'


def _example(model: type[Table]) -> str:
    return "{" + ", ".join(f"{name} = …" for name in model.model_fields) + "}"


def _unknown(place: _Place, names: Iterable[str]) -> InputError:
    known = list(names)
    inside = next((name for name in known if name.startswith(f"{place.at}.")), None)
    if inside is not None:
        return place.error(f"'{place.at}' is a whole table; name one of its entries, such as {inside}")
    likely = nearest(place.at, known)
    return place.error(f"unknown key '{shown(place.at)}'", expected="a known name", likely=likely)


def _names_beside(model: type[Table], place: _Place, names: Sequence[str]) -> list[str]:
    if model is Parameters:
        return _parameter_names(names)
    return [f"{place.at.removesuffix(names[-1])}{name}" for name in model.model_fields]


def _parameter_names(names: Sequence[str]) -> list[str]:
    """Return all dotted names of parameters and tables; an issue's with the number that `names` has."""
    number = names[1] if len(names) > 1 and names[0] == "issues" else "0"
    found: dict[str, None] = {}
    for name in registry():
        parts = name.replace("<n>", number).split(".")
        found.update(dict.fromkeys(".".join(parts[:n]) for n in range(1, len(parts) + 1)))
    return list(found)


def pattern_of(name: str) -> str:
    """Return a dotted name as the registry has it: `issues.2.salience` is `issues.<n>.salience`."""
    return re.sub(r"^issues\.(0|[1-9][0-9]{0,3})\.", "issues.<n>.", name)


def _changes(tables: Any, place: _Place) -> dict[str, Any]:
    """Return the entries of a `set` table by dotted name, whether they were written with dots or as tables."""
    if not isinstance(tables, dict):
        rule = "a table of dotted names and values"
        raise place.error(f"{place.at} = {told(tables)} is not {rule}", expected=rule)
    return dict(_flat(tables))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif name == "issues" and isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _flat(entry, f"{name}.{place}")
    else:
        yield name, value


def _dump(parameters: Parameters) -> dict[str, Any]:
    return parameters.model_dump(mode="json")


def _changed(parameters: Parameters, changes: Mapping[str, Any], place: _Place) -> Parameters:
    """Return `parameters` with values changed by dotted name; only the tables that these name are checked again."""
    flat = dict(_flat(changes))
    if not flat:
        return parameters
    tables = {name.partition(".")[0] for name in flat} & Parameters.model_fields.keys()
    tree = parameters.model_dump(mode="json", include=tables)
    _put(tree, flat, place)
    checked = _checked(Parameters, tree, place)
    return parameters.model_copy(update={name: getattr(checked, name) for name in tables})


def _put(tree: dict[str, Any], changes: Mapping[str, Any], place: _Place) -> None:
    """Write values by dotted name into tables; InputError where there is no such parameter, or no such issue."""
    for name, value in changes.items():
        here = place.under(name)
        if pattern_of(name) not in registry():
            raise _unknown(here, _parameter_names(name.split(".")))
        *tables, last = name.split(".")
        table: Any = tree
        for part in tables:
            if isinstance(table, list) and int(part) >= len(table):
                number = "1 issue, number 0" if len(table) == 1 else f"{len(table)} issues, 0 to {len(table) - 1}"
                raise here.error(f"{name}: there is no issue {part}, only {number}")
            table = table[int(part) if isinstance(table, list) else part]
        table[last] = value


# ---------------------------------------------------------------- events


def _read_events(
    data: Any, place: _Place
) -> tuple[tuple[tuple[Event, _Place], ...], tuple[tuple[IssueTable, _Place], ...]]:
    """Return the events of one file, and the issues that begin by an event, each with its place."""
    if not isinstance(data, list):
        rule = "a list of tables, each under a line [[events]]"
        raise place.error(f"events = {told(data)} is not {rule}", expected=rule)
    events, issues = [], []
    for number, entry in enumerate(data):
        here = place.under(number)
        day, kind = _event_head(entry, here)
        inner = here.under(kind)
        if kind == "issue":
            issues.append((_late_issue(entry["issue"], day, inner), here))
        elif kind == "set":
            events.append((Event(day, set=_event_changes(entry["set"], inner)), here))
        else:
            happening = _checked(_EVENT_KINDS[kind], entry[kind], inner)
            events.append((Event(day, **{kind: happening}), here))  # type: ignore[arg-type]
    return tuple(events), tuple(issues)


def _event_head(entry: Any, place: _Place) -> tuple[float, str]:
    """Return the day of an event and what kind it is."""
    kinds = ("set", "announce", "issue", "post", "respond", "campaign")
    rule = f"a day and one of {', '.join(kinds)}"
    if not isinstance(entry, dict):
        raise place.error(f"{place.at} = {told(entry)} is not a table with {rule}", expected=rule)
    for name in entry:
        if name not in ("day", *kinds):
            raise _unknown(place.under(name), [f"{place.at}.{known}" for known in ("day", *kinds)])
    present = [kind for kind in kinds if kind in entry]
    if len(present) != 1:
        has = f"has {' and '.join(present)}" if present else "says nothing that happens"
        raise place.error(f"{place.at} {has}; an event has {rule}", expected=rule)
    return _checked(_Day, {"day": entry["day"]} if "day" in entry else {}, place).day, present[0]


def _late_issue(data: Any, day: float, place: _Place) -> IssueTable:
    if isinstance(data, dict) and "onset_day" in data:
        raise place.under("onset_day").error("the event's day says when the issue begins; leave onset_day out")
    return _checked(IssueTable, data, place).model_copy(update={"onset_day": day})


def _event_changes(data: Any, place: _Place) -> tuple[tuple[str, Any], ...]:
    changes = _changes(data, place)
    if not changes:
        raise place.error(f"{place.at} is empty; name at least one parameter and its new value")
    for name in changes:
        if pattern_of(name) in registry() and not may_change(name):
            raise place.under(name).error(f"{name} is settled at the start and cannot change during a run")
    return tuple(changes.items())


def _settled(event: Event, parameters: Parameters, place: _Place) -> Event:
    """Return `event` held against the world that it happens in: in time, values in bounds, issues by number."""
    _check_in_time(event.day, event.tick, parameters, place)
    if event.set:
        with _blamed(place.under("set")):
            return replace(event, set=tuple(_settled_values(event.set, parameters)))
    if event.post is not None:
        issue = issue_number(parameters, event.post.issue, place.under("post.issue"))
        return replace(event, post=event.post.model_copy(update={"issue": issue}))
    if event.campaign is not None:
        issue = issue_number(parameters, event.campaign.issue, place.under("campaign.issue"))
        return replace(event, campaign=event.campaign.model_copy(update={"issue": issue}))
    return event


def _check_in_time(day: float, tick: int, parameters: Parameters, place: _Place) -> None:
    if tick >= parameters.days * TICKS_PER_DAY:
        here = place.under("day")
        last = f"a day before the end of the run (days = {parameters.days})"
        raise here.error(f"{here.at} = {day:g} is not {last}", expected=last)


def _settled_values(changes: Iterable[tuple[str, Value]], parameters: Parameters) -> Iterator[tuple[str, Value]]:
    """Yield changes of single parameters with the values as these take them."""
    wanted = dict(changes)
    taken = _changed(parameters, wanted, _Place())
    for name in wanted:
        value: Any = taken
        for part in name.split("."):
            value = value[int(part)] if isinstance(value, tuple) else getattr(value, part)
        yield name, value


@contextmanager
def _blamed(place: _Place) -> Iterator[None]:
    """Let an error name the place of a change, and not that of the parameter."""
    try:
        yield
    except InputError as error:
        here = place.under(error.key)
        raise here.error(error.problem, expected=error.expected, likely=error.nearest) from None


def issue_number(parameters: Parameters, wanted: Any = None, place: _Place | None = None) -> int:
    """Return the number of an issue, given by name or number; None means the most critical one.

    Numbers count from 0, as in the tables of a run, and may be written as text. InputError where there is none such.
    """
    names = [issue.name for issue in parameters.issues]
    if wanted is None:
        return max(range(len(names)), key=lambda number: parameters.issues[number].criticality)
    alike = [n for n, name in enumerate(names) if name.casefold() == str(wanted).strip().casefold()]
    numbered = dict(zip(map(str, range(len(names))), range(len(names)), strict=True))
    if alike or str(wanted) in numbered:
        return alike[0] if alike else numbered[str(wanted)]
    here = place or _Place(at="issue")
    rule = f"the name of an issue, or a number from 0 to {len(names) - 1}"
    raise here.error(f"{here.at} = {told(wanted)} is not {rule}", expected=rule, likely=nearest(str(wanted), names))


def _expanded(written: Sequence[Event], parameters: Parameters) -> tuple[Event, ...]:
    """Return the events in the order of their ticks, each campaign as two changes of salience.

    A campaign ends with the salience that the issue would have had without it; one that outlasts the run never ends.
    """
    events: list[Event] = []
    changes = _changes_of_salience(written)
    for event in written:
        if event.campaign is None:
            events.append(event)
            continue
        name, end = f"issues.{event.campaign.issue}.salience", event.day + event.campaign.days
        events.append(Event(event.day, set=((name, event.campaign.salience),)))
        usual = parameters.issues[int(event.campaign.issue)].salience
        after = Event(end, set=((name, _latest(changes.get(name, []), Event(end).tick, usual)),))
        if after.tick < parameters.days * TICKS_PER_DAY:
            events.append(after)
    return tuple(sorted(events, key=lambda event: event.tick))


def _changes_of_salience(written: Sequence[Event]) -> dict[str, list[tuple[int, float]]]:
    """Return (tick, value) of each change of an issue's salience, by name and in the order of time."""
    found: dict[str, list[tuple[int, float]]] = {}
    for event in sorted(written, key=lambda each: each.tick):
        for name, value in event.set:
            if name.endswith(".salience"):
                found.setdefault(name, []).append((event.tick, float(value)))
    return found


def _latest(changes: Sequence[tuple[int, float]], tick: int, otherwise: float) -> float:
    """Return the value that holds at a tick, after changes in the order of time; campaigns are left aside."""
    place = bisect_right(changes, tick, key=lambda change: change[0])
    return changes[place - 1][1] if place else otherwise


def _check_campaigns(placed: Sequence[tuple[Event, _Place]]) -> None:
    """Refuse two campaigns for one issue at one time: the end of the first would end the second."""
    until: dict[int | str, float] = {}
    for event, place in sorted(placed, key=lambda each: each[0].day):
        if event.campaign is not None:
            if event.day < until.get(event.campaign.issue, 0.0):
                raise place.error(f"{place.at}: another campaign for this issue is still running on day {event.day:g}")
            until[event.campaign.issue] = event.day + event.campaign.days


# ---------------------------------------------------------------- putting a scenario together


def _assembled(draft: _Draft, name: str, path: Path | None) -> Scenario:
    source = draft.sources[0]
    parameters = _with_late_issues(draft)
    written = [(_settled(event, parameters, place), place) for event, place in draft.events]
    _check_campaigns(written)
    events = tuple(event for event, _ in written)
    expect = _read_expectations(source, parameters)
    return Scenario(
        name=name,
        title=draft.texts.title or name,
        question=draft.texts.question or "",
        theory=draft.texts.theory or "",
        extends=source.data.get("extends"),
        parameters=parameters,
        events=_expanded(events, parameters),
        expect=expect,
        talking_points=draft.texts.talking_points,
        phrases=_settled_phrases(draft, parameters),
        path=path,
        written=events,
    )


def _with_late_issues(draft: _Draft) -> Parameters:
    """Return the parameters with the issues that begin by an event after the others."""
    for issue, place in draft.issues:
        _check_in_time(issue.onset_day, round(issue.onset_day * TICKS_PER_DAY), draft.parameters, place)
    issues = (*draft.parameters.issues, *(issue for issue, _ in draft.issues))
    if len(issues) > limits.ISSUES:
        problem = f"there are {len(issues)} issues, those of events included; at most {limits.ISSUES} can be"
        raise draft.issues[-1][1].error(problem)
    place = _Place(draft.sources)
    _check_issue_names(issues, place)
    parameters = draft.parameters.model_copy(update={"issues": issues})
    return _checked(Parameters, _dump(parameters), place)  # once more, as pydantic leaves an omitted 1 an integer


def _check_issue_names(issues: Iterable[IssueTable], place: _Place) -> None:
    for number, issue in enumerate(issues):
        if shown(issue.name, 1000) != issue.name:
            here = place.under(f"issues.{number}.name")
            raise here.error(f"{here.at} = {told(issue.name)} has a sign that cannot be shown")


def _read_expectations(source: _Source, parameters: Parameters) -> tuple[Expectation, ...]:
    data, place = source.data.get("expect", []), _Place((source,)).under("expect")
    if not isinstance(data, list):
        rule = "a list of tables, each under a line [[expect]]"
        raise place.error(f"expect = {told(data)} is not {rule}", expected=rule)
    return tuple(_expectation(entry, parameters, place.under(n)) for n, entry in enumerate(data))


def _expectation(data: Any, parameters: Parameters, place: _Place) -> Expectation:
    found = _checked(Expectation, data, place)
    if (found.direction is None) == (found.range is None):
        raise place.error(f"{place.at} needs either a direction (higher, lower or same) or a range, and not both")
    if found.direction is not None and found.against is None:
        rule = "against what: the name of a scenario, or a part of the run such as 'days 0-20'"
        raise place.error(f"{place.at} does not say {rule}", expected=rule)
    if found.direction == "same" and not found.margin:
        rule = "a margin above 0: how far apart it may be and still count as the same"
        raise place.error(f"{place.at} does not say {rule}", expected=rule)
    if found.range is not None and found.range[0] > found.range[1]:
        raise place.under("range").error(f"{place.at}.range begins above its end")
    if found.moderated_by is not None and (found.against is None or found.against_days):
        raise place.under("moderated_by").error(
            f"{place.at} has moderated_by; so its against must be another world, not a part of this run"
        )
    for name, part in (("days", found.days), ("against", found.against_days)):
        if part is not None and not 0 <= part[0] < part[1] <= parameters.days:
            rule = f"two days between 0 and the end of the run (days = {parameters.days}), the earlier one first"
            raise place.under(name).error(f"{place.at}.{name} is not {rule}", expected=rule)
    tables = {name: getattr(found, name) for name in ("against", "moderated_by")}
    return found.model_copy(
        update={
            name: _otherwise(table, parameters, place.under(name))
            for name, table in tables.items()
            if isinstance(table, dict)
        }
    )


def _otherwise(table: dict[str, Any], parameters: Parameters, place: _Place) -> dict[str, Any]:
    """Return the settings by which another world differs from this one, by dotted name; InputError where one cannot."""
    changes = _changes(table, place)
    if not changes or "days" in changes:
        raise place.error(f"{place.at} names no settings, or the length of the run; two worlds last equally long")
    with _blamed(place):
        _changed(parameters, changes, _Place())
    return changes


def _frame(parameters: Parameters) -> tuple[int, tuple[str, ...]]:
    """Return all of a world that its events and expectations are held against: its length, and what issues it has."""
    return parameters.days, tuple(issue.name for issue in parameters.issues)


def _lasts(expectation: Expectation) -> float:
    """Return the last day that an expectation speaks of."""
    return max((part[1] for part in (expectation.days, expectation.against_days) if part), default=0.0)


# ---------------------------------------------------------------- phrases


def _read_phrases(data: Any, place: _Place) -> tuple[tuple[Phrases, _Place], ...]:
    """Return the phrases of one file, each with its place."""
    if not isinstance(data, list):
        rule = "a list of tables, each under a line [[phrases]]"
        raise place.error(f"phrases = {told(data)} is not {rule}", expected=rule)
    found = []
    for number, entry in enumerate(data):
        here = place.under(number)
        phrases = _checked(Phrases, entry, here)
        for which, text in enumerate(phrases.texts):
            _check_phrase(text, here.under(f"texts.{which}"))
        found.append((phrases, here))
    return tuple(found)


def _check_phrase(text: str, place: _Place) -> None:
    """Refuse a text with signs that cannot be shown, or with a hole that nothing can fill."""
    if shown(text, len(text)) != text:
        raise place.error(f"{place.at} = {told(text)} has a sign that cannot be shown, or more than one line")
    for hole in re.findall(r"\{([^{}]*)\}", text):
        if hole not in HOLES:
            rule = " or ".join(f"{{{known}}}" for known in HOLES)
            problem = f"{place.at}: nothing can be filled in for '{{{shown(hole, 40)}}}', only for {rule}"
            raise place.error(problem, expected=rule, likely=nearest(hole, HOLES))


def _settled_phrases(draft: _Draft, parameters: Parameters) -> tuple[Phrases, ...]:
    """Return the phrases with issues by number. Inherited ones about an issue that is gone are left out."""
    found = []
    for phrases, place in draft.phrases:
        inherited = place.sources[0] is not draft.sources[0]
        if phrases.issue is not None:
            try:
                number = issue_number(parameters, phrases.issue, place.under("issue"))
            except InputError:
                if inherited:
                    continue
                raise
            phrases = phrases.model_copy(update={"issue": number})
        found.append(phrases)
    return tuple(found)


# ---------------------------------------------------------------- writing


def _canonical(event: Event) -> dict[str, Any]:
    happening = {"set": [list(change) for change in event.set]} if event.set else _happening(event)
    return {"tick": event.tick, **happening}


def _written_out(event: Event) -> dict[str, Any]:
    """Return what happens in an event as a file has it."""
    return {"set": dict(event.set)} if event.set else _happening(event)


def _happening(event: Event) -> dict[str, Any]:
    return {event.kind: getattr(event, event.kind).model_dump(mode="json", exclude_none=True)}


def _toml(scenario: Scenario) -> Iterator[str]:
    for name in _TEXTS:
        if getattr(scenario, name):
            yield f"{name} = {_toml_value(getattr(scenario, name))}"
    yield from _toml_table(_dump(scenario.parameters), "")
    for event in scenario.written:
        yield from ("", "[[events]]", f"day = {_toml_value(event.day)}")
        yield from (f"{kind} = {_toml_value(value)}" for kind, value in _written_out(event).items())
    for expectation in scenario.expect:
        yield from ("", "[[expect]]")
        entries = expectation.model_dump(mode="json", exclude_none=True)
        yield from (f"{name} = {_toml_value(value)}" for name, value in entries.items())
    for phrases in scenario.phrases:
        yield from ("", "[[phrases]]")
        entries = phrases.model_dump(mode="json", exclude_none=True)
        yield from (f"{name} = {_toml_value(value)}" for name, value in entries.items())


def _toml_table(table: Mapping[str, Any], name: str) -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, dict) and key != "issues":
            yield f"{key} = {_toml_value(value)}"
    for key, value in table.items():
        inner = f"{name}.{key}" if name else key
        for entry in value if key == "issues" else [value] if isinstance(value, dict) else []:
            yield from ("", f"[[{inner}]]" if key == "issues" else f"[{inner}]")
            yield from _toml_table(entry, inner)


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {_toml_value(inner)}" for key, inner in value.items()) + "}"
    return repr(value)
