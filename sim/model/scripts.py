"""Members whom Python code decides for, while everyone else stays compiled."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from sim import kernel
from sim.errors import InputError, as_typed, shown
from sim.model.attributes import NUMBER, WHOLE
from sim.parameters import Coefficients
from sim.terms import STRATEGIES, Choice, Luck, Moment, Strategy

Behaviour: TypeAlias = Callable[..., Choice | Strategy]
"""Decides for one member: called with (moment, coefficients), or (moment, coefficients, luck) where it takes three."""


def by_the_rules(moment: Moment, coefficients: Coefficients, luck: Luck) -> Choice:
    """Decide as the compiled rules would: for behaviours that only now and then want something else."""
    return kernel.speak(moment, coefficients, luck)


class Script:
    """The behaviour of one member as the engine calls it; what it returns is checked."""

    def __init__(self, member: str, behaviour: Behaviour) -> None:
        self.member = member
        self.behaviour = behaviour
        self.takes_luck = _takes_luck(behaviour, member)

    def __call__(self, moment: Moment, coefficients: Coefficients, luck: Luck) -> Choice | Strategy:
        """Return what the member does."""
        try:
            made = (
                self.behaviour(moment, coefficients, luck) if self.takes_luck else self.behaviour(moment, coefficients)
            )
        except Exception as error:
            error.add_note(f"This happened in the behaviour of member {self.member}.")
            raise
        problem = _problem_with(made, moment)
        if problem:
            raise InputError(f"the behaviour of member {self.member} returned {shown(repr(made))}: {problem}")
        return made


def _takes_luck(behaviour: Any, member: str) -> bool:
    """Say whether a behaviour takes luck beside (moment, coefficients); InputError where it takes neither."""
    rule = "a function of (moment, coefficients) or of (moment, coefficients, luck)"
    if not callable(behaviour):
        raise InputError(f"the behaviour of member {member}, {as_typed(behaviour)}, is not {rule}", expected=rule)
    try:
        signature = inspect.signature(behaviour)
    except ValueError:  # some of Python's own functions do not tell
        raise InputError(f"the behaviour of member {member} does not tell what it takes", expected=rule) from None
    positional = [each for each in signature.parameters.values() if each.kind <= each.POSITIONAL_OR_KEYWORD]
    third = positional[2] if len(positional) > 2 else None
    takes_luck = third is not None and (third.default is third.empty or third.name == "luck")
    try:
        signature.bind(*([None] * (3 if takes_luck else 2)))
    except TypeError:
        problem = f"the behaviour of member {member} takes {signature}, but it should be {rule}"
        raise InputError(problem, expected=rule) from None
    return takes_luck


def _problem_with(made: Any, moment: Moment) -> str:
    """Return what is wrong with what a behaviour returned, in words; nothing where it can be done."""
    strategy, p_spoken = (made.strategy, made.p_spoken) if isinstance(made, Choice) else (made, 0.0)
    if not isinstance(made, Choice | Strategy):
        return f"that is of type {type(made).__name__}, not a Strategy, such as Strategy.withhold, or a Choice"
    if not isinstance(strategy, WHOLE) or not 0 <= strategy < STRATEGIES:
        return "that is no strategy that can be carried out"
    if not (isinstance(p_spoken, NUMBER) and 0.0 <= p_spoken <= 1.0):
        return "its p_spoken is not a number from 0 to 1"
    if strategy == Strategy.anonymous and moment.anonymous_open == 0.0:
        return "anonymous messages are not allowed here (moment.anonymous_open is 0)"
    if strategy == Strategy.narrow and moment.narrow_open == 0.0:
        return "there is no narrower audience here, as for any comment (moment.narrow_open is 0)"
    return ""
