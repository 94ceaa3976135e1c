"""Why did this member say it, or stay silent, and what would have changed it?

A decision is explained by living through its moment once more and calling the same compiled rules on it: nothing is
approximated, and no formula of the theory stands in here.
"""

from sim.explanation.account import Counterfactual, Imagined, Move, Person, Readers, Term, Wish
from sim.explanation.occasions import Explanation, Occasion
from sim.explanation.retracing import explain

__all__ = [
    "Counterfactual",
    "Explanation",
    "Imagined",
    "Move",
    "Occasion",
    "Person",
    "Readers",
    "Term",
    "Wish",
    "explain",
]
