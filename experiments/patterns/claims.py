"""From what a scenario file says to worlds that can be run: what each expectation compares with what."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from experiments.patterns.probes import PROBES
from experiments.patterns.replications import Replication, Span
from sim.errors import InputError, as_typed, nearest
from sim.measures import MEASURES
from sim.scenario import WITHOUT_EVENTS, Expectation, Scenario, read_text, related
from sim.toml_lines import toml_lines

WORDS: Final = frozenset(name for name, measure in MEASURES.items() if measure.words)
"""Measures whose values are words, and have no mean."""


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
            return measured(self.expectation, replication(scenario), replication(this), days)

        earlier = self.expectation.against_days
        found = value(this, self.expectation.days)
        if other is not None:
            return found - value(other, self.expectation.days)
        return found if earlier is None else found - value(this, earlier)


def measured(expectation: Expectation, replication: Replication, main: Replication, days: Span | None) -> float:
    """Return what an expectation measures in one replication; `main` is the one in which its scenario happens."""
    group = expectation.group or "all"
    if expectation.measure in PROBES:
        return PROBES[expectation.measure].value(replication, main, days, group)
    value = replication.measures(days, group).get(expectation.measure)
    return math.nan if value is None else float(value)


def claims_of(scenario: Scenario, numbers: Iterable[int] | None = None, members: int | None = None) -> list[Claim]:
    """Return the claims of a scenario; InputError where one names a measure or a world that there is not.

    `members` changes the size of every world.
    """
    wanted = range(len(scenario.expect)) if numbers is None else numbers
    known: dict[str, Scenario] = {}
    return [_claim(scenario, number, members, known) for number in wanted]


def _claim(scenario: Scenario, number: int, members: int | None, known: dict[str, Scenario]) -> Claim:
    expectation = scenario.expect[number]
    check_measure(scenario, number)
    size = {} if members is None else {"organization.members": members}
    this, other = scenario.with_(size), _other(scenario, number, known)
    other = None if other is None else other.with_({"days": scenario.parameters.days} | size)
    moderated = None
    if expectation.moderated_by and other is not None:
        moderated = this.with_(expectation.moderated_by), other.with_(expectation.moderated_by)
    return Claim(number, expectation, this, other, moderated)


def _other(scenario: Scenario, number: int, known: dict[str, Scenario]) -> Scenario | None:
    """Return the world that an expectation is held against; None where it is a part of this run, or nothing.

    `known` keeps scenarios that were read.
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
        known[name] = other.first_days(min(other.parameters.days, scenario.parameters.days))
    return known[name]


def check_measure(scenario: Scenario, number: int) -> None:
    """Refuse an expectation about something that cannot be measured, or not in the way that it asks for."""
    expectation = scenario.expect[number]
    probe, measure = PROBES.get(expectation.measure), MEASURES.get(expectation.measure)
    known = [name for name in (*MEASURES, *PROBES) if name not in WORDS]
    if expectation.measure not in known:
        raise _wrong(scenario, number, "measure", "is not a measure with numbers (ism names lists them)", known)
    if expectation.group not in (None, "all") and not (probe or measure).of_groups:  # type: ignore[union-attr]
        problem = f"is asked for, but {expectation.measure} is known of everyone only"
        raise _wrong(scenario, number, "group", problem, [])
    by_days = measure is None or measure.value is not None
    if not by_days and (expectation.days or expectation.against_days):
        raise _wrong(scenario, number, "measure", "is known of whole runs only, not of some days", known)


def _wrong(scenario: Scenario, number: int, name: str, problem: str, known: list[str]) -> InputError:
    key, value = f"expect.{number}.{name}", str(getattr(scenario.expect[number], name))
    lines = toml_lines(read_text(scenario.path, str(scenario.path))) if scenario.path else {}
    return InputError(
        f"{key} = {as_typed(value)} {problem}",
        file=str(scenario.path or scenario.name),
        line=lines.get(key),
        key=key,
        expected="the name of a measure" if known else None,
        nearest=nearest(value, known) if known else None,
    )
