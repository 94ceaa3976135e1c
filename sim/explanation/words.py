"""What is said of parts of an explanation, in plain words; safe to print on any terminal."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sim.errors import shown
from sim.explanation.account import Counterfactual, Term, Wish
from sim.terms import Form, Strategy


class Line(NamedTuple):
    """One thing said: what it is about, and a sentence; a line without a label is a heading."""

    label: str
    text: str


REFRAMED: Final = "say once more, as a matter of the organisation's course, what they had said"
TERMS: Final = {
    "propensity": "readiness to speak at all",
    "efficacy": "what it could change",
    "audience": "many who would agree",
    "engagement": "engagement",
    "line_manager": "fear of the line manager",
    "executives": "fear of executives",
    "peers": "fear of standing alone",
    "image": "fear of looking bad",
    "loyalty": "loyalty to the organisation",
}
MOST: Final = 5
"""Changes given in one line."""
SMALL: Final = 0.005
"""What would be written as 0.00 is left out."""


def plain(lines: Iterable[Line]) -> str:
    """Return lines as one text."""
    return "\n".join(f"  {label}: {text}" if label else text for label, text in lines)


def deed_of(strategy: Strategy) -> str:
    """Return what was done with a wish, as a sentence: `They said it plainly.`"""
    return f"They {strategy.words.past}."


def times(number: int) -> str:
    """Return how often: `once`, `3 times`."""
    return {0: "not once", 1: "once", 2: "twice"}.get(number, f"{number} times")


def wanted(wish: Wish) -> str:
    """Return what somebody wanted to do: `contradict Bo Li's message about "Workload"`."""
    return f'{REFRAMED if wish.about_own else act_of(wish)} about "{shown(wish.issue_name)}"'


def act_of(wish: Wish) -> str:
    """Return what somebody wanted to do, without the issue."""
    if wish.form == Form.post:
        return wish.kind.words.infinitive
    whose = "an unnamed colleague's" if wish.about_author is None else f"{shown(wish.about_author)}'s"
    act = wish.orientation.words.infinitive or "comment on {whose} message"
    return act.replace("{whose}", whose)


def audience(name: str) -> str:
    """Return an audience in words."""
    if name == "organization":
        return "colleagues who use the arena"
    kind, _, which = name.partition(":")
    return f"in the department {shown(which)}" if kind == "department" else "in the team"


def terms_in_words(terms: Sequence[Term]) -> str:
    """Return what adds up, the largest first."""
    counted = sorted((t for t in terms if abs(t.amount) >= SMALL), key=lambda t: -t.amount)
    parts = ", ".join(f"{TERMS[name]} {amount:.2f}" for name, amount in counted)
    return f"{sum(t.amount for t in terms):.2f} ({parts})" if parts else "hardly anything"


def some(texts: Sequence[str]) -> str:
    """Return the first few of several texts, and how many more there are."""
    more = f"; and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return "; ".join(texts[:MOST]) + more


def change_in_words(change: Counterfactual) -> str:
    """Return a change, and how far what it moves had to move."""
    if change.size is None:
        return change.words
    names = [f"{move.field.replace('_', ' ')} " if change.is_pair else "" for move in change.moves]
    moves = zip(names, change.moves, strict=True)
    ends = ", ".join(f"{name}{move.before:.2f} to {move.after:.2f}" for name, move in moves)
    return f"{change.words}, by {change.size:.2f} ({ends})"
