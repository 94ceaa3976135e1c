"""Texts of a scenario's own for the messages that fit. They change what is read, and no result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from sim.errors import InputError, as_typed, nearest, shown
from sim.named import OneOf
from sim.parameters import Parameters, Table
from sim.scenario.complaints import check
from sim.scenario.issues import issue_number
from sim.scenario.places import Place, Source
from sim.terms import SPOKEN, Form, Kind, Orientation, Response, Role, Strategy

HOLES: Final = ("issue", "department", "name")
"""What a phrase can have filled in: `{issue}`, the author's `{department}`, the first `{name}` of who is answered."""


KINDS: Final = OneOf(Kind)
FORMS: Final = OneOf(Form)
STRATEGIES: Final = OneOf(
    [strategy for strategy in Strategy if strategy < SPOKEN or strategy == Strategy.only_positive]
)
ORIENTATIONS: Final = OneOf(Orientation)
ROLES: Final = OneOf(Role)
RESPONSES: Final = OneOf(response for response in Response if response != Response.none)


class Phrases(Table):
    """Texts for the messages that fit: what is left out fits all. They change what is read, and no result."""

    issue: int | str | None = Field(default=None, description="the name of an issue, or its number, counted from 0")
    kind: Annotated[str, KINDS] | None = Field(default=None, description=str(KINDS))
    form: Annotated[str, FORMS] | None = Field(default=None, description=str(FORMS))
    strategy: Annotated[str, STRATEGIES] | None = Field(default=None, description=str(STRATEGIES))
    orientation: Annotated[str, ORIENTATIONS] | None = Field(default=None, description=str(ORIENTATIONS))
    role: Annotated[str, ROLES] | None = Field(default=None, description=str(ROLES))
    stance: Literal["for", "against"] | None = Field(default=None, description="one of for, against")
    response: Annotated[str, RESPONSES] | None = Field(default=None, description=str(RESPONSES))
    texts: tuple[Annotated[str, Field(min_length=1, max_length=1000)], ...] = Field(
        min_length=1, max_length=200, description="a list of 1 to 200 texts of 1 to 1000 characters each"
    )


# ---------------------------------------------------------------- reading


def read_phrases(data: Any, place: Place) -> tuple[tuple[Phrases, Place], ...]:
    """Return the phrases of one file, each with its place."""
    if not isinstance(data, list):
        rule = "a list of tables, each under a line [[phrases]]"
        raise place.error(f"phrases = {as_typed(data)} is not {rule}", expected=rule)
    found = []
    for number, entry in enumerate(data):
        here = place.under(number)
        phrases = check(Phrases, entry, here)
        for which, text in enumerate(phrases.texts):
            _check_phrase(text, here.under(f"texts.{which}"))
        found.append((phrases, here))
    return tuple(found)


def _check_phrase(text: str, place: Place) -> None:
    """Refuse a text with signs that cannot be shown, or with a hole that nothing can fill."""
    if shown(text, len(text)) != text:
        raise place.error(f"{place.at} = {as_typed(text)} has a sign that cannot be shown, or more than one line")
    for hole in re.findall(r"\{([^{}]*)\}", text):
        if hole not in HOLES:
            rule = " or ".join(f"{{{known}}}" for known in HOLES)
            problem = f"{place.at}: nothing can be filled in for '{{{shown(hole, 40)}}}', only for {rule}"
            raise place.error(problem, expected=rule, likely=nearest(hole, HOLES))


def settle_phrases(placed: Sequence[tuple[Phrases, Place]], own: Source, parameters: Parameters) -> tuple[Phrases, ...]:
    """Return phrases with issues by number, without those that are inherited and about an issue that is gone."""
    found = []
    for phrases, place in placed:
        inherited = place.sources[0] is not own
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
