"""What a scenario says will be seen, written down before anybody looks."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from sim.errors import as_typed
from sim.named import OneOf
from sim.parameters import Parameters, Table
from sim.scenario.changing import blame, changed, read_changes
from sim.scenario.complaints import check
from sim.scenario.places import Place, Source
from sim.scenario.texts import LONGEST_TEXT
from sim.terms import Role

WITHOUT_EVENTS: Final = "without events"
"""What an expectation calls this same world in which none of its events happens."""


ROLES: Final = OneOf(Role).words


class Expectation(Table):
    """What a scenario says will be seen: a measure's direction against something else, or its range."""

    measure: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,99}(@[a-z]{1,20}:.{1,200}){0,3}$",
        description="the name of a measure, such as p_speak or p_speak@role:coworker",
    )
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
        pattern=rf"^(all|role:({'|'.join(ROLES)})|department:.{{1,200}})$",
        description=f"all, {', '.join(f'role:{role}' for role in ROLES)}, or department: and its name",
    )
    days: tuple[float, float] | None = Field(default=None, description="two days, the earlier one first")
    pattern: Literal["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"] | None = Field(
        default=None, description="one of A, B, C, D, E, F, G, H, I, J, K"
    )
    why: str = Field(default="", max_length=LONGEST_TEXT, description="a text")

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


# ---------------------------------------------------------------- reading


def read_expectations(source: Source, parameters: Parameters) -> tuple[Expectation, ...]:
    """Return the expectations of one file about a world with these parameters; InputError where one cannot be."""
    data, place = source.data.get("expect", []), Place((source,)).under("expect")
    if not isinstance(data, list):
        rule = "a list of tables, each under a line [[expect]]"
        raise place.error(f"expect = {as_typed(data)} is not {rule}", expected=rule)
    return tuple(_expectation(entry, parameters, place.under(n)) for n, entry in enumerate(data))


def _expectation(data: Any, parameters: Parameters, place: Place) -> Expectation:
    found = check(Expectation, data, place)
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


def _otherwise(table: dict[str, Any], parameters: Parameters, place: Place) -> dict[str, Any]:
    """Return the settings by which another world differs from this one, by dotted name; InputError where one cannot."""
    changes = read_changes(table, place)
    if not changes or "days" in changes:
        raise place.error(f"{place.at} names no settings, or the length of the run; two worlds last equally long")
    with blame(place):
        changed(parameters, changes)
    return changes


def last_day_of(expectation: Expectation) -> float:
    """Return the last day that an expectation speaks of."""
    return max((part[1] for part in (expectation.days, expectation.against_days) if part), default=0.0)
