"""What would have changed it: small changes of the moment, each tried on the same compiled rules with the same luck."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import combinations
from math import ceil
from typing import Final, NamedTuple

from sim import kernel
from sim.explanation.account import TOGETHER, Counterfactual, Move
from sim.parameters import Coefficients
from sim.rules import audience, learning
from sim.terms import SPOKEN, Choice, Identity, Luck, Moment, Strategy

COLLEAGUES: Final = 3  # seen to agree, or to disagree, in a counterfactual
STEP: Final = 0.01  # sizes are reported in steps of this, in two digits
PAIRED: Final = 8  # changes tried two at once where no single one is enough: those that push most
PAIRS: Final = 3  # of these offered, the smallest
_estimate: Final = getattr(learning.estimate, "py_func", learning.estimate)
_shown: Final = getattr(audience.shown_identifiability, "py_func", audience.shown_identifiability)
"""Both are built into kernels; here they are read as Python, since compiling them takes longer than an explanation."""


class Switch(NamedTuple):
    """A change that is made or not made."""

    name: str
    words: str
    make: Callable[[Moment, Coefficients], Moment]


class Dial(NamedTuple):
    """Something believed or felt, between 0 and 1, that could have been a little higher or lower."""

    name: str
    what: str
    more: str = "more"
    less: str = "less"
    fields: tuple[str, ...] = ()  # of `Moment`; the one of the same name where none is given


def _manager(chance: float) -> Callable[[Moment, Coefficients], Moment]:
    return lambda moment, _: moment._replace(manager_reads=chance, narrow_manager_reads=chance)


def _executives(chance: float) -> Callable[[Moment, Coefficients], Moment]:
    return lambda moment, _: moment._replace(executives_read=chance, narrow_executives_read=chance)


def _nobody_above(moment: Moment, coefficients: Coefficients) -> Moment:
    return _executives(0.0)(_manager(0.0)(moment, coefficients), coefficients)


def _shown_as(identity: Identity) -> Callable[[Moment, Coefficients], Moment]:
    def change(moment: Moment, coefficients: Coefficients) -> Moment:
        return moment._replace(identifiability=_shown(int(identity), coefficients.voice))

    return change


def _colleagues(agree: float) -> Callable[[Moment, Coefficients], Moment]:
    """Return the change that three more voices, read one after the other, make in how the climate seems."""

    def change(moment: Moment, coefficients: Coefficients) -> Moment:
        rates, agreement = coefficients.learning, moment.agreement
        for _ in range(COLLEAGUES):
            agreement = _estimate(agreement, agree, rates.impression_weight * rates.of_climate, rates)
        return moment._replace(agreement=agreement)

    return change


SWITCHES: Final = (
    Switch("manager_does_not_read", "the line manager certainly not reading it", _manager(0.0)),
    Switch("executives_do_not_read", "executives certainly not reading it", _executives(0.0)),
    Switch("nobody_above_reads", "nobody above them reading it", _nobody_above),
    Switch("manager_reads", "the line manager certainly reading it", _manager(1.0)),
    Switch("executives_read", "executives certainly reading it", _executives(1.0)),
    Switch("anonymous_posts", "anonymous posts being allowed", lambda m, _: m._replace(anonymous_open=1.0)),
    Switch("no_anonymous_posts", "anonymous posts not being allowed", lambda m, _: m._replace(anonymous_open=0.0)),
    Switch("pseudonym", "a pseudonym in place of their name", _shown_as(Identity.pseudonym)),
    Switch("name_and_position", "their name and position being shown", _shown_as(Identity.name_and_position)),
    Switch("three_more_agree", "three more colleagues seen to agree", _colleagues(1.0)),
    Switch("three_more_disagree", "three more colleagues seen to disagree", _colleagues(0.0)),
    Switch("nobody_else_knows", "nobody else knowing it", lambda m, _: m._replace(others_know=0.0)),
    Switch("everybody_knows", "everybody else knowing it already", lambda m, _: m._replace(others_know=1.0)),
    Switch("nothing_stays", "what is said there not staying there", lambda m, _: m._replace(persistence=0.0)),
    Switch("everything_stays", "what is said there staying for ever", lambda m, _: m._replace(persistence=1.0)),
)
"""Changes of what is shown to whom, and of what seems to be so."""

DIALS: Final = (
    Dial("safety_line_manager", "with their line manager", "safer", "less safe"),
    Dial("safety_executives", "with executives", "safer", "less safe"),
    Dial("safety", "with all above them", "safer", "less safe", ("safety_line_manager", "safety_executives")),
    Dial("voice_efficacy", "belief that speaking changes something"),
    Dial("licence_to_critique", "belief that critique is normal here"),
    Dial("agreement", "colleagues seeming to agree", "more", "fewer"),
    Dial("concern", "concern about the issue"),
    Dial("identification", "identification with the organisation"),
    Dial("engagement", "engagement"),
)
"""Beliefs and feelings. Traits are not among them: another person would be no small change."""


def decide(moment: Moment, coefficients: Coefficients, luck: Luck) -> Choice:
    """Return what the compiled rules decide."""
    return Choice(*kernel.speak(moment, coefficients, luck))


class Try(NamedTuple):
    """A change as it is tried: `make` returns a moment with so many steps made of it."""

    name: str
    words: str
    make: Callable[[Moment, int], Moment]
    most: int
    """Steps that can be made; 0 for a change that is made or not made."""


def try_each(moment: Moment, coefficients: Coefficients, luck: Luck) -> list[Counterfactual]:
    """Return each change that plays a part in the decision: those that flip it, and those that do not.

    Where none flips it alone, the smallest of two at once that do come with them.
    """
    taken = decide(moment, coefficients, luck)

    def outcome(*tries: Try) -> Counterfactual:
        return _smallest(tries, moment, coefficients, luck, taken)

    found = [(each, outcome(each)) for each in _tries(moment, coefficients)]
    found = [(each, made) for each, made in found if made.moves and (made.flips or made.p_spoken != taken.p_spoken)]
    single = [made for _, made in found]
    if any(made.flips for made in single):
        return single
    pairs = [outcome(one, other) for (one, a), (other, b) in combinations(_strongest(found, taken), 2) if _apart(a, b)]
    return single + sorted((each for each in pairs if each.flips), key=lambda each: each.distance)[:PAIRS]


def _strongest(found: list[tuple[Try, Counterfactual]], taken: Choice) -> list[tuple[Try, Counterfactual]]:
    """Return those changes that push most towards the other decision."""
    sign = -1.0 if taken.strategy < SPOKEN else 1.0

    def push(each: tuple[Try, Counterfactual]) -> float:
        return sign * ((each[1].p_spoken or 0.0) - float(taken.p_spoken))

    return [each for each in sorted(found, key=push, reverse=True) if push(each) > 0.0][:PAIRED]


def _apart(one: Counterfactual, other: Counterfactual) -> bool:
    """Say whether two changes move different things, so that both can be made."""
    return not {move.field for move in one.moves} & {move.field for move in other.moves}


def _tries(moment: Moment, coefficients: Coefficients) -> list[Try]:
    """Return every change there is, of this moment."""
    switches = [Try(one.name, one.words, partial(_switched, one, coefficients), 0) for one in SWITCHES]
    return switches + [_turn(dial, sign, moment) for dial in DIALS for sign in (1, -1)]


def _switched(switch: Switch, coefficients: Coefficients, moment: Moment, _steps: int) -> Moment:
    return switch.make(moment, coefficients)


def _turn(dial: Dial, sign: int, moment: Moment) -> Try:
    fields = dial.fields or (dial.name,)
    direction, adjective = ("up", dial.more) if sign > 0 else ("down", dial.less)

    def make(before: Moment, steps: int) -> Moment:
        return turned(before, fields, sign * _size(steps))

    return Try(f"{dial.name}_{direction}", f"{adjective} {dial.what}", make, _steps_left(moment, fields, sign))


def describe_change(
    name: str, words: str, before: Moment, after: Moment, taken: Choice, then: Choice, size: float | None = None
) -> Counterfactual:
    """Return one change, with what it does to the decision."""
    moves = moves_between(before, after)
    flips = (then.strategy < SPOKEN) != (taken.strategy < SPOKEN)
    return Counterfactual(
        name, words, moves, size, distance_of(moves), flips, Strategy(then.strategy), float(then.p_spoken)
    )


def moves_between(before: Moment, after: Moment) -> tuple[Move, ...]:
    """Return what differs between two moments."""
    pairs = zip(Moment._fields, before, after, strict=True)
    return tuple(Move(name, float(was), float(now)) for name, was, now in pairs if was != now)


def distance_of(moves: tuple[Move, ...]) -> float:
    """Return the largest move; a stance, which runs from -1 to 1, counts half."""
    return max((abs(now - was) / (2.0 if name == "stance" else 1.0) for name, was, now in moves), default=0.0)


def turned(moment: Moment, fields: tuple[str, ...], by: float) -> Moment:
    """Return the moment with some fields moved by as much, as far as 0 and 1."""
    return moment._replace(**{name: min(1.0, max(0.0, getattr(moment, name) + by)) for name in fields})


def _smallest(
    tries: Sequence[Try], moment: Moment, coefficients: Coefficients, luck: Luck, taken: Choice
) -> Counterfactual:
    """Return the fewest steps of some changes at once that flip the decision; where none do, all steps."""

    @cache
    def after(steps: int) -> tuple[Moment, Choice]:
        moved = moment
        for each in tries:
            moved = each.make(moved, steps)
        return moved, decide(moved, coefficients, luck)

    def flips(steps: int) -> bool:
        return bool((after(steps)[1].strategy < SPOKEN) != (taken.strategy < SPOKEN))

    most = max(each.most for each in tries)
    fewest = _fewest(flips, most) if most and flips(most) else None
    moved, then = after(most if fewest is None else fewest)
    name, words = TOGETHER.join(each.name for each in tries), ", and ".join(each.words for each in tries)
    return describe_change(name, words, moment, moved, taken, then, None if fewest is None else _size(fewest))


def _size(steps: int) -> float:
    """Return a number of steps as it is said: in two digits."""
    return round(steps * STEP, 2)


def _steps_left(moment: Moment, fields: tuple[str, ...], sign: int) -> int:
    """Return how many steps it takes until all fields are at their end."""
    left: float = max((1.0 - getattr(moment, name)) if sign > 0 else getattr(moment, name) for name in fields)
    return ceil(left / STEP)


def _fewest(flips: Callable[[int], bool], most: int) -> int:
    """Return by bisection the fewest steps that flip, given that `most` do."""
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if flips(middle) else (middle, high)
    return high


def in_order(changes: list[Counterfactual]) -> tuple[Counterfactual, ...]:
    """Return changes with those that flip first, the smallest first."""
    return tuple(sorted(changes, key=lambda each: (not each.flips, each.distance, each.name)))
