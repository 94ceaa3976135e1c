"""What drew and what held back, term by term, under whichever theory decides.

No formula stands here: each term is what the worth of saying it plainly loses, or gains, when the thing it comes from
is taken out of the moment and the same compiled rules are called again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np

from sim import kernel
from sim.explanation.account import Term
from sim.parameters import Coefficients
from sim.rules import choice
from sim.terms import Moment, Theory

URGED: Final = frozenset({Theory.arena, Theory.spiral_of_silence, Theory.no_fear})
"""Theories in which the urge draws, with all its terms, and readers are imagined."""


class Weighed(NamedTuple):
    """What a worth is computed from."""

    moment: Moment
    coefficients: Coefficients

    def without(self, field: str, value: float = 0.0) -> Weighed:
        """Return it with one thing that is seen or felt at the value at which it does not count."""
        return self._replace(moment=self.moment._replace(**{field: value}))

    def without_image(self) -> Weighed:
        """Return it without fear for one's image, which hangs on nothing of a moment alone."""
        voice = self.coefficients.voice._replace(image_threat=0.0)
        return self._replace(coefficients=self.coefficients._replace(voice=voice))


Taken = Callable[[Weighed], Weighed]
HELD: Final[Mapping[str, Taken]] = {
    "line_manager": lambda weighed: weighed.without("safety_line_manager", 1.0),
    "executives": lambda weighed: weighed.without("safety_executives", 1.0),
    "peers": lambda weighed: weighed.without("stance"),
    "image": Weighed.without_image,
    "loyalty": lambda weighed: weighed.without("identification"),
}
"""What holds back, and how it is taken out; none of these five touches what draws."""
_BENEFITS: Final[Mapping[str, Taken]] = {
    "propensity": lambda weighed: weighed.without("voice_propensity"),
    "efficacy": lambda weighed: weighed.without("voice_efficacy"),
}
"""What draws where expected benefit is weighed against expected cost."""
_NOTHING: Final = 1e-12  # utility: less is left over from rounding


def _worth(weighed: Weighed) -> float:
    """Return the worth of saying it plainly, under the theory that decides."""
    return float(kernel.weigh(*weighed).worth.plain)


def drew(moment: Moment, coefficients: Coefficients) -> tuple[Term, ...]:
    """Return what drew towards speaking, term by term; nothing under theories that have no such terms."""
    if Theory(coefficients.theory) in URGED:
        drawn = kernel.weigh(moment, coefficients).draws
        return tuple(Term(name, float(amount)) for name, amount in zip(drawn._fields, drawn, strict=True))
    if coefficients.theory == Theory.expected_utility:
        weighed = Weighed(moment, coefficients)
        return tuple(Term(name, _worth(weighed) - _worth(take(weighed))) for name, take in _BENEFITS.items())
    return ()


def held(moment: Moment, coefficients: Coefficients) -> tuple[Term, ...]:
    """Return what held back, as Shapley shares of the worth that saying it plainly loses (Shapley 1953).

    Threats do not add up, since the worst imagined reader weighs most, so each is given its mean loss over all orders
    in which the five can come together. Nothing under theories in which nothing holds back.
    """
    worth = np.empty(1 << len(HELD))
    for coalition in range(len(worth)):
        lighter = Weighed(moment, coefficients)
        for n, take in enumerate(HELD.values()):
            lighter = take(lighter) if coalition >> n & 1 else lighter
        worth[coalition] = _worth(lighter)
    shares = tuple(Term(name, float(share)) for name, share in zip(HELD, choice.shapley(worth), strict=True))
    return shares if sum(abs(share.amount) for share in shares) > _NOTHING else ()


def needed_agreement(moment: Moment, coefficients: Coefficients) -> float | None:
    """Return, under the threshold theory, the agreement at which speaking is worth as much as silence; else None.

    The worth rises in a straight line with agreement, so two calls of the rule tell where it crosses zero.
    """
    if coefficients.theory != Theory.threshold:
        return None
    weighed = Weighed(moment, coefficients)
    none, all_ = (_worth(weighed.without("agreement", share)) for share in (0.0, 1.0))
    return -none / (all_ - none) if all_ > none else None
