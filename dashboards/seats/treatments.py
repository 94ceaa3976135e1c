"""Treatments: teams of a room live in worlds of their own, which share luck and differ in what was assigned to them.

So nobody's treatment reaches another team, and each member is played once in every team: a classroom experiment with
matched pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from random import Random
from typing import Any, Final, NamedTuple

from sim.errors import InputError, as_typed, nearest
from sim.scenario import Scenario
from sim.wording import listed

MOST_TREATMENTS: Final = 2
"""Treatments of one session: each doubles the number of teams."""


class Treatment(NamedTuple):
    """Something in which teams may differ."""

    key: str
    title: str
    without: str
    """Of a team without it, in a few words."""
    settings: Mapping[bool, Mapping[str, Any]]
    """Of teams without and with it: settings by dotted name."""
    given: str
    """Of a team with it, in a few words."""


TREATMENTS: Final = {
    each.key: each
    for each in (
        Treatment(
            "anonymous",
            "Posts without a name",
            "names always shown",
            {one: {"visibility.anonymous_posts": one} for one in (False, True)},
            "posts without a name allowed",
        ),
        Treatment(
            "leaders",
            "Leaders who look in",
            "leaders never look in",
            {
                False: {"leadership.line_managers.presence": 0.0, "leadership.executives.presence": 0.0},
                True: {"leadership.line_managers.presence": 3.0, "leadership.executives.presence": 3.0},
            },
            "leaders look in three times a day",
        ),
        Treatment(
            "badges",
            "Leaders who are marked",
            "leaders not marked as such",
            {one: {"visibility.leader_badges": one} for one in (False, True)},
            "leaders marked as such",
        ),
    )
}


class Arm(NamedTuple):
    """A team: its letter, what was assigned to it in words, and as settings by dotted name."""

    key: str
    words: str
    changes: Mapping[str, Any]

    def scenario(self, base: Scenario) -> Scenario:
        """Return the world of this team."""
        return base.with_(dict(self.changes)) if self.changes else base


def arms(keys: Sequence[str]) -> tuple[Arm, ...]:
    """Return the teams that some treatments make: one without any. Raises InputError where there is no such one."""
    for key in keys:
        if key not in TREATMENTS:
            raise InputError(f"there is no treatment {as_typed(key)}", nearest=nearest(key, TREATMENTS))
    if len(keys) > MOST_TREATMENTS or len(set(keys)) < len(keys):
        raise InputError(f"a session has at most {MOST_TREATMENTS} different treatments")
    assigned = list(product((False, True), repeat=len(keys)))
    return tuple(_arm("ABCD"[n], dict(zip(keys, given, strict=True))) for n, given in enumerate(assigned))


def _arm(key: str, given: Mapping[str, bool]) -> Arm:
    chosen = [(TREATMENTS[name], has) for name, has in given.items()]
    words = [each.given if has else each.without for each, has in chosen]
    changes = {name: value for each, has in chosen for name, value in each.settings[has].items()}
    return Arm(key, listed(words), changes)


def place_of(chair: int, number_of_arms: int, seed: int) -> tuple[int, int]:
    """Return to which team a chair belongs, and the how-manieth member sits on it.

    Chairs are assigned in blocks of one a team, in an order drawn for each block from the seed of the session: teams
    are of one size, give or take one, and who comes next cannot know theirs.
    """
    block, within = divmod(chair, number_of_arms)
    order = list(range(number_of_arms))
    Random(f"team {seed} {block}").shuffle(order)
    return order[within], block
