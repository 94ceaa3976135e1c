"""The issues of a world, by name and by number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.errors import as_typed, nearest, shown
from sim.parameters import IssueTable, Parameters
from sim.scenario.places import Place


def issue_number(parameters: Parameters, wanted: Any = None, place: Place | None = None) -> int:
    """Return the number of an issue, given by name or number; None means the most critical one.

    Numbers count from 0, as in the tables of a run, and may be written as text. InputError where there is none such.
    """
    names = [issue.name for issue in parameters.issues]
    if wanted is None:
        return max(range(len(names)), key=lambda number: parameters.issues[number].criticality)
    alike = [n for n, name in enumerate(names) if name.casefold() == str(wanted).strip().casefold()]
    numbered = dict(zip(map(str, range(len(names))), range(len(names)), strict=True))
    here = place or Place(at="issue")
    if len(alike) > 1:
        which = f"the name of {len(alike)} issues: give its number, {' or '.join(map(str, alike))}"
        raise here.error(f"{here.at} = {as_typed(wanted)} is {which}")
    if alike or str(wanted) in numbered:
        return alike[0] if alike else numbered[str(wanted)]
    rule = f"the name of an issue, or a number from 0 to {len(names) - 1}"
    raise here.error(f"{here.at} = {as_typed(wanted)} is not {rule}", expected=rule, likely=nearest(str(wanted), names))


def check_issue_names(issues: Iterable[IssueTable], place: Place) -> None:
    """Refuse a name with signs that cannot be shown."""
    for number, issue in enumerate(issues):
        if shown(issue.name, 1000) != issue.name:
            here = place.under(f"issues.{number}.name")
            raise here.error(f"{here.at} = {as_typed(issue.name)} has a sign that cannot be shown")
