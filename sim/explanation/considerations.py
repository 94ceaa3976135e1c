"""What drew and what held back, term by term, under whichever theory decides.

No formula stands here: each term is what the worth of saying it plainly loses, or gains, when the thing it comes from
is taken out of the moment and the same compiled rules are called again.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from sim import kernel
from sim.explanation.account import Term
from sim.parameters import Coefficients
from sim.rules import choice
from sim.terms import Moment, Theory

URGED: Final = frozenset({Theory.arena, Theory.spiral_of_silence, Theory.no_fear})
"""Theories in which the urge draws, with all its terms, and readers are imagined."""

Taken = Callable[[Moment], Moment]
HELD: Final[Mapping[str, Taken]] = {
    "line_manager": lambda moment: moment._replace(safety_line_manager=1.0),
    "executives": lambda moment: moment._replace(safety_executives=1.0),
    "peers": lambda moment: moment._replace(stance=0.0),
    "loyalty": lambda moment: moment._replace(identification=0.0),
}
"""What holds back, and how it is taken out of a moment; none of these four touches what draws."""
_BENEFITS: Final[Mapping[str, Taken]] = {
    "propensity": lambda moment: moment._replace(voice_propensity=0.0),
    "efficacy": lambda moment: moment._replace(voice_efficacy=0.0),
}
"""What draws where expected benefit is weighed against expected cost."""
_NOTHING: Final = 1e-12  # utility: less is left over from rounding


def _worth(moment: Moment, coefficients: Coefficients) -> float:
    """Return the worth of saying it plainly, under the theory that decides."""
    return float(kernel.weigh(moment, coefficients).worth.plain)


def drew(moment: Moment, coefficients: Coefficients) -> tuple[Term, ...]:
    """Return what drew towards speaking, term by term; nothing under theories that have no such terms."""
    if Theory(coefficients.theory) in URGED:
        drawn = kernel.weigh(moment, coefficients).draws
        return tuple(Term(name, float(amount)) for name, amount in zip(drawn._fields, drawn, strict=True))
    if coefficients.theory == Theory.expected_utility:
        whole = _worth(moment, coefficients)
        return tuple(Term(name, whole - _worth(take(moment), coefficients)) for name, take in _BENEFITS.items())
    return ()


def held(moment: Moment, coefficients: Coefficients) -> tuple[Term, ...]:
    """Return what held back, as Shapley shares of the worth that saying it plainly loses (Shapley 1953).

    Threats do not add up, since the worst imagined reader weighs most, so each is given its mean loss over all orders
    in which the four can come together. Nothing under theories in which nothing holds back.
    """
    worth = np.empty(1 << len(HELD))
    for coalition in range(len(worth)):
        lighter = moment
        for n, take in enumerate(HELD.values()):
            lighter = take(lighter) if coalition >> n & 1 else lighter
        worth[coalition] = _worth(lighter, coefficients)
    shares = tuple(Term(name, float(share)) for name, share in zip(HELD, choice.shapley(worth), strict=True))
    return shares if sum(abs(share.amount) for share in shares) > _NOTHING else ()


def needed_agreement(moment: Moment, coefficients: Coefficients) -> float | None:
    """Return, under the threshold theory, the agreement at which speaking is worth as much as silence; else None.

    The worth rises in a straight line with agreement, so two calls of the rule tell where it crosses zero.
    """
    if coefficients.theory != Theory.threshold:
        return None
    none, all_ = (_worth(moment._replace(agreement=share), coefficients) for share in (0.0, 1.0))
    return -none / (all_ - none) if all_ > none else None
