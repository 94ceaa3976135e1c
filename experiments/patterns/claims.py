"""From what a scenario file says to worlds that can be run: what each expectation compares with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from experiments.measures import Catalogue, Own, Scope, scoped
from experiments.patterns.probes import PROBES
from experiments.patterns.replications import EVERYONE, Replication, Span
from sim.errors import InputError, as_typed, nearest, shown
from sim.measures import MEASURES
from sim.scenario import WITHOUT_EVENTS, Expectation, Scenario, read_text, related
from sim.toml_lines import toml_lines

WORDS: Final = frozenset(name for name, measure in MEASURES.items() if measure.words)
"""Measures whose values are words, and have no mean."""
_LISTED: Final = "ism names lists them; one of your own comes with --measures FILE.py"


@dataclass(frozen=True)
class Claim:
    """One expectation with its worlds. What it is about is one number a seed."""

    number: int
    """Its place among the expectations of its scenario, from 0."""
    expectation: Expectation
    this: Scenario
    other: Scenario | None = None
    """The world that it is held against; None where it is a range, or about two parts of this run."""
    moderated: tuple[Scenario, Scenario] | None = None
    """Both worlds once more, where the settings of `moderated_by` hold."""
    own: Own | None = None
    """The measure, where it is one of the user's own."""

    @property
    def worlds(self) -> tuple[Scenario, ...]:
        """All worlds that it takes to know its number."""
        return tuple(world for world in (self.this, self.other, *(self.moderated or ())) if world is not None)

    def value(self, replications: dict[str, Replication], seed: int) -> float:
        """Return the claim's number on one seed; NaN where there is none. `replications` keeps those that were run."""
        found = self._difference(self.this, self.other, replications, seed)
        if self.moderated:
            found -= self._difference(*self.moderated, replications, seed)
        return found

    def _difference(
        self, this: Scenario, other: Scenario | None, replications: dict[str, Replication], seed: int
    ) -> float:
        def replication(scenario: Scenario) -> Replication:
            return replications.setdefault(scenario.digest, Replication(scenario, seed))

        def value(scenario: Scenario, days: Span | None) -> float:
            return self._measured(replication(scenario), replication(this), days)

        earlier = self.expectation.against_days
        found = value(this, self._days)
        if other is not None:
            return found - value(other, self._days)
        return found if earlier is None else found - value(this, earlier)

    @property
    def _days(self) -> Span | None:
        return self.expectation.days or scoped(self.expectation.measure)[1].days

    def _measured(self, replication: Replication, main: Replication, days: Span | None) -> float:
        """Return what is measured in one replication; `main` is the one in which the scenario happens."""
        base, group = scope_of(self.expectation)
        if base in PROBES and self.own is None:
            return PROBES[base].value(replication, main, days, group.group)
        return replication.value(self.own or base, group, days)


def scope_of(expectation: Expectation) -> tuple[str, Scope]:
    """Return what an expectation measures, and of which group: as its measure's name says, or `group`."""
    base, scope = scoped(expectation.measure)
    kind, _, name = (expectation.group or "").partition(":")
    return base, scope._replace(days=None, **({kind: name} if name else {}))


def claims_of(
    scenario: Scenario, numbers: Iterable[int] | None = None, members: int | None = None, own: Iterable[Own] = ()
) -> list[Claim]:
    """Return the claims of a scenario; InputError where one names a measure or a world that there is not.

    `members` changes the size of every world, `own` are measures of the user's own.
    """
    wanted = range(len(scenario.expect)) if numbers is None else numbers
    known: dict[str, Scenario] = {}
    mine = {each.name: each for each in own}
    return [_claim(scenario, number, members, known, mine) for number in wanted]


def _claim(
    scenario: Scenario, number: int, members: int | None, known: dict[str, Scenario], own: Mapping[str, Own]
) -> Claim:
    expectation = scenario.expect[number]
    check_measure(scenario, number, own)
    size = {} if members is None else {"organization.members": members}
    this, other = scenario.with_(size), _other(scenario, number, known)
    other = None if other is None else other.with_({"days": scenario.parameters.days} | size)
    moderated = None
    if expectation.moderated_by and other is not None:
        moderated = this.with_(expectation.moderated_by), other.with_(expectation.moderated_by)
    return Claim(number, expectation, this, other, moderated, own.get(scoped(expectation.measure)[0]))


def _other(scenario: Scenario, number: int, known: dict[str, Scenario]) -> Scenario | None:
    """Return the world that an expectation is held against; None where it is a part of this run, or nothing.

    Where files say who works in this one, the same people work there. `known` keeps scenarios that were read.
    """
    expectation = scenario.expect[number]
    if isinstance(expectation.against, dict):
        return scenario.with_(expectation.against)
    if expectation.against == WITHOUT_EVENTS:
        return replace(scenario, events=(), written=())
    name = expectation.against_scenario
    if name is None:
        return None
    if name not in known:
        other = related(scenario, name, f"expect.{number}.against")
        same_people = other.with_people(scenario.people or other.people)
        known[name] = same_people.first_days(min(other.parameters.days, scenario.parameters.days))
    return known[name]


def check_measure(scenario: Scenario, number: int, own: Mapping[str, Own] | None = None) -> None:
    """Refuse an expectation about something that cannot be measured, or not in the way that it asks for."""
    expectation, mine = scenario.expect[number], own or {}
    name = expectation.measure
    with _at(scenario, number, "measure"):
        base, scope = scoped(name)
    probe, known = PROBES.get(base), [name for name in (*MEASURES, *PROBES, *mine) if name not in WORDS]
    if base not in known:
        raise _wrong(scenario, number, "measure", f"is not a measure with numbers ({_LISTED})", known)
    if scope.of_group and expectation.group is not None:
        raise _wrong(scenario, number, "group", f"is asked for, but {shown(name)} already says of whom", [])
    if scope.days and expectation.days:
        raise _wrong(scenario, number, "measure", "names days, and so does days; say them once", [])
    if base not in mine:
        _check_model(scenario, number, base)
    if probe is None and scope != EVERYONE:
        with _at(scenario, number, "measure"):
            Catalogue(mine.values()).check(name, scenario)


def _check_model(scenario: Scenario, number: int, base: str) -> None:
    """Refuse a group, or days, of a measure of the model's or of a probe that is not known of them."""
    expectation = scenario.expect[number]
    _, group = scope_of(expectation)
    probe, measure = PROBES.get(base), MEASURES.get(base)
    asked = "group" if expectation.group else "measure"
    if group.of_group and not (probe or measure).of_groups:  # type: ignore[union-attr]
        raise _wrong(scenario, number, asked, f"is asked for, but {base} is known of everyone only", [])
    if probe and group.role and group.department:
        raise _wrong(scenario, number, asked, f"is asked for, but {base} is known of a role or a department only", [])
    days = expectation.days or expectation.against_days or scoped(expectation.measure)[1].days
    if measure is not None and measure.value is None and days:
        known = [name for name, each in MEASURES.items() if each.value is not None and name not in WORDS]
        raise _wrong(scenario, number, "measure", "is known of whole runs only, not of some days", known)


@contextmanager
def _at(scenario: Scenario, number: int, name: str) -> Iterator[None]:
    """Say of what is wrong inside where the scenario's file says it."""
    try:
        yield
    except InputError as error:
        raise _error(scenario, f"expect.{number}.{name}", error.problem, error.nearest) from None


def _wrong(scenario: Scenario, number: int, name: str, problem: str, known: list[str]) -> InputError:
    key, value = f"expect.{number}.{name}", str(getattr(scenario.expect[number], name))
    expected = "the name of a measure" if known else None
    base, scope, rest = value.partition("@")
    likely = nearest(base, known) if known else None
    likely = likely and likely + scope + rest
    return _error(scenario, key, f"{key} = {as_typed(value)} {problem}", likely, expected)


def _error(scenario: Scenario, key: str, problem: str, likely: str | None, expected: str | None = None) -> InputError:
    lines = toml_lines(read_text(scenario.path, str(scenario.path))) if scenario.path else {}
    file = str(scenario.path or scenario.name)
    return InputError(problem, file=file, line=lines.get(key), key=key, expected=expected, nearest=likely)
