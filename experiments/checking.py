"""All that is wrong with a scenario or study file, not only the first.

The checks stop at the first thing that is wrong, as a run does. To find the next, that line is taken for a comment and
the file is checked again: line numbers stay, and so does everything else that the file says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from experiments.measures import Own
from experiments.patterns.claims import claims_of
from sim.errors import InputError, as_typed, nearest
from sim.organization import Organization, generate
from sim.scenario import LISTS, Scenario, from_toml, load, parse_toml, read_text
from sim.toml_lines import toml_lines

MOST: Final = 50
_HEADER: Final = re.compile(r"\s*\[")
_OF_STUDIES: Final = re.compile(
    r"^[ \t]*(\[\s*(factors|alternatives|precision|quick)\b|(factors|alternatives|seeds|design|guesses)\s*[.=])", re.M
)
"""What only a study file says."""
_INSTEAD: Final = {"seeds": "seeds = 1"}
"""What takes the place of a value without which a file would not be looked into any further."""
_SPEAKING: Final = ("announce", "post", "respond")

Check = Callable[[str], object]
"""Raises InputError about the first thing that is wrong with the text of a file."""


def is_study(file: str) -> bool:
    """Say whether a file is a study, and not a scenario, by what it says."""
    try:
        return file.endswith(".toml") and bool(_OF_STUDIES.search(read_text(Path(file), file)))
    except InputError:
        return False  # what is wrong with it is the same for both


def complaints(file: str, own: tuple[Own, ...] = ()) -> list[InputError]:
    """Return what is wrong with a scenario file, in the order of its lines; nothing where it is in order.

    `own` are measures of the user's own that its expectations may name.
    """
    try:
        scenario = load(file)
        claims_of(scenario, own=own)
        _check_people(scenario, file, read_text(scenario.path, file) if scenario.path else "")
    except InputError as error:
        return _all(error, file, lambda text: _check_scenario(text, file, own))
    return []


def complaints_of_study(file: str, own: tuple[Own, ...] = ()) -> list[InputError]:
    """Return what is wrong with a study file, in the order of its lines; nothing where it is in order."""
    from experiments.sweeps.study import study_from

    def check(text: str) -> None:
        for quick in (False, True):
            study_from(text, file, Path(file), quick, own=own)

    try:
        check(read_text(Path(file), file))
    except InputError as error:
        return _all(error, file, check)
    return []


def _check_scenario(text: str, file: str, own: tuple[Own, ...]) -> None:
    path = Path(file)
    scenario = replace(from_toml(text, file, path.parent), path=path)
    try:
        claims_of(scenario, own=own)
    except InputError as error:
        if (error.key or "").partition(".")[0] != "expect":
            raise
        raise _error(error.key or "", error.problem, file, text, error.nearest) from None  # lines as they are now
    _check_people(scenario, file, text)


# ---------------------------------------------------------------- whether there is anybody whom it names


def _check_people(scenario: Scenario, file: str, text: str) -> None:
    """Refuse a file that lets somebody speak who does not work there, or asks about a department that there is not.

    Made-up people and departments are called the same on every seed.
    """
    data = parse_toml(text, file)
    speakers, groups = list(_speakers(data)), list(_departments(data))
    inherited = [said.by for event in scenario.events if (said := event.announce or event.post or event.respond)]
    if not groups and all(member == "ceo" for member in inherited):
        return
    people = _people(scenario)
    for key, member in speakers:
        _check_member(key, member, people, file, text)
    for speaker in inherited:
        _check_member("events", speaker, people, file, text)
    for key, name in groups:
        if name not in people.departments:
            problem = f"{key} = {as_typed(f'department:{name}')}: no department is called so"
            raise _error(key, problem, file, text, nearest(name, people.departments))


def _people(scenario: Scenario) -> Organization:
    if scenario.people is not None:
        return scenario.people.organization
    return generate(scenario.parameters.organization.model_copy(update={"ties_per_member": 0.0}), seed=1)


def _check_member(key: str, member: str, people: Organization, file: str, text: str) -> None:
    try:
        if member != "ceo":
            people.row_of(member)
    except InputError as error:
        raise _error(key, f"{key}: {error.problem}", file, text, error.nearest) from None


def _speakers(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the member of each event of a file in which somebody speaks."""
    for number, event in enumerate(data.get("events", [])):
        for kind in _SPEAKING:
            if kind in event:
                yield f"events.{number}.{kind}.by", event[kind]["by"]


def _departments(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the name of each department that a file's expectations are about."""
    for number, expectation in enumerate(data.get("expect", [])):
        kind, _, name = expectation.get("group", "").partition(":")
        if kind == "department":
            yield f"expect.{number}.group", name


def _error(key: str, problem: str, file: str, text: str, likely: str | None) -> InputError:
    lines, name = toml_lines(text), key
    while name and name not in lines:
        name = name.rpartition(".")[0]
    return InputError(problem, file=file, line=lines.get(name), key=key, nearest=likely)


# ---------------------------------------------------------------- one thing after the other


def _all(first: InputError, file: str, check: Check) -> list[InputError]:
    """Return all that a check finds wrong with a file, in the order of its lines."""
    if first.file != file or first.line is None or first.key in LISTS or not Path(file).is_file():
        return [first]
    lines = read_text(Path(file), file).split("\n")
    found = [_renumbered(error, lines) for error in _found(file, check, list(lines))]
    further = [each for each in found if each.line != first.line]
    return sorted([first, *further], key=lambda error: error.line or 0)


def _found(file: str, check: Check, lines: list[str]) -> Iterator[InputError]:
    silenced: set[int] = set()  # headers of tables of which a line was taken for a comment
    for turn in range(MOST):
        error = _first(check, "\n".join(lines))
        if error is None:
            return
        if error.file != file or error.line is None or error.key is None:  # of another file, or not even TOML
            if not turn or error.file != file:  # it may lack what was just taken away
                yield error
            return
        at = error.line - 1
        header = _header(lines, at)
        if at == header and header in silenced:  # it lacks what was just taken away
            _silence(lines, range(header, _end(lines, header)))
            silenced.add(_header(lines, header - 1))
            continue
        if lines[at].startswith("#"):
            return
        yield error
        if error.key in LISTS:  # the list as a whole: its entries are not looked into
            return
        if at == header:
            _silence(lines, range(header, _end(lines, header)))
        else:
            _silence(lines, range(at, _end_of_value(lines, at)))
            lines[at] = _INSTEAD.get(error.key, lines[at])
            silenced.add(header)


def _first(check: Check, text: str) -> InputError | None:
    try:
        check(text)
    except InputError as error:
        return error
    return None


def _renumbered(error: InputError, lines: list[str]) -> InputError:
    """Return an error that counts the entries of a list as the file has them, whatever was taken away meanwhile."""
    found = re.match(r"(\w+)\.(\d+)(?=\.|$)", error.key or "")
    if found is None or error.line is None:
        return error
    header = re.compile(rf"\s*\[\[\s*{found[1]}\s*\]\]")
    number = sum(bool(header.match(line)) for line in lines[: error.line]) - 1
    if number < 0 or number == int(found[2]):
        return error

    def counted(text: str) -> str:
        return re.sub(rf"\b{found[1]}\.{found[2]}(?=\D|$)", f"{found[1]}.{number}", text)

    problem, key = counted(error.problem), counted(error.key or "")
    return InputError(problem, file=error.file, line=error.line, key=key, nearest=error.nearest)


def _header(lines: list[str], at: int) -> int:
    """Return the line that begins the table in which a line stands; -1 at the top of the file."""
    return next((n for n in range(at, -1, -1) if _HEADER.match(lines[n])), -1)


def _end(lines: list[str], header: int) -> int:
    return next((n for n in range(header + 1, len(lines)) if _HEADER.match(lines[n])), len(lines))


def _end_of_value(lines: list[str], at: int) -> int:
    """Return the line after a value, which may go over several: the next that begins a key, a table or a comment."""
    begins = re.compile(r"\s*(#|\[|$|[\w\"'.-]+\s*=)")
    if lines[at].count('"""') == 1 or lines[at].count("'''") == 1:
        mark = '"""' if '"""' in lines[at] else "'''"
        return next((n + 1 for n in range(at + 1, len(lines)) if mark in lines[n]), len(lines))
    return next((n for n in range(at + 1, len(lines)) if begins.match(lines[n])), len(lines))


def _silence(lines: list[str], those: range) -> None:
    for n in those:
        if n >= 0 and not lines[n].startswith("#"):
            lines[n] = f"#{lines[n]}"
