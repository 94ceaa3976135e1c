"""Guesses, and how good they are: the nearest one, and how often the range of somebody 80% sure held the outcome."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from sim.errors import InputError, as_typed, shown

LONGEST_NAME: Final = 24


class Guess(NamedTuple):
    """A guess, and the range in which somebody is 80% sure to find the outcome."""

    value: float
    low: float
    high: float

    def holds(self, outcome: float) -> bool:
        """Say whether the outcome lies in the range; its ends belong to it."""
        return self.low <= outcome <= self.high


class Score(NamedTuple):
    """How many ranges held the outcome. Whoever is 80% sure, and rightly so, is right four times in five."""

    held: int = 0
    asked: int = 0

    @property
    def share(self) -> float | None:
        """The share that held it; None before the first."""
        return self.held / self.asked if self.asked else None

    def plus(self, other: Score) -> Score:
        """Return both together."""
        return Score(self.held + other.held, self.asked + other.asked)


def score(guesses: Iterable[Guess], outcome: float) -> Score:
    """Return how many ranges hold the outcome, and of how many."""
    held = [guess.holds(outcome) for guess in guesses]
    return Score(sum(held), len(held))


def find_closest(guesses: Mapping[str, Guess], outcome: float) -> tuple[str, ...]:
    """Return whose guess is nearest to the outcome: several where they are equally near, in the order of voting."""
    distance = {who: abs(guess.value - outcome) for who, guess in guesses.items()}
    return tuple(who for who, far in distance.items() if far == min(distance.values()))


def read_guess(value: Any, low: Any, high: Any, most: float) -> Guess:
    """Return a vote as a guess between 0 and `most`; InputError where it is none."""
    numbers = []
    for number in (value, low, high):
        usable = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
        if not usable or not 0.0 <= number <= most:
            raise InputError(f"{as_typed(number)} is no guess: give a number from 0 to {most:g}")
        numbers.append(float(number))
    guess = Guess(*numbers)
    if not guess.low <= guess.value <= guess.high:
        raise InputError("the guess lies outside its own range")
    return guess


def read_nickname(text: Any) -> str:
    """Return a nickname as it is shown; InputError where there is none."""
    name = shown(" ".join(str(text)[:1000].split()), LONGEST_NAME)
    if not name:
        raise InputError("choose a name, so that you are found when you are the nearest")
    return name
