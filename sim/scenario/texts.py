"""What a scenario says about itself."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from sim.parameters import Table

LONGEST_TEXT: Final = 10_000
"""The most characters that a text of a scenario may have."""


TEXTS: Final = ("title", "question", "theory", "talking_points")


class Texts(Table):
    """Title, question, theory and what to talk about."""

    title: str | None = Field(default=None, max_length=LONGEST_TEXT, description="a text")
    question: str | None = Field(default=None, max_length=LONGEST_TEXT, description="a text")
    theory: str | None = Field(default=None, max_length=LONGEST_TEXT, description="a text")
    talking_points: tuple[str, ...] = Field(default=(), max_length=100, description="a list of texts")
