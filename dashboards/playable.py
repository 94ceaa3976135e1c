"""Changes that can be played: the second world that a lever makes of what would have changed a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sim.parameters import registry


class Twin(NamedTuple):
    """What a second world has to have from an hour on, so that a change can be played."""

    change: Mapping[str, Any]  # settings or an event, as `Arena.forked` takes them
    words: str
    at_once: bool = False
    """Whether it acts on this very decision; what members expect of readers follows only what they come to see."""
    tick: int | None = None
    """The hour from which it holds; None for that of the occasion."""


OFTEN: Final = 4.0  # visits a workday of leaders who certainly read


def _presence(**visits: float) -> dict[str, float]:
    return {f"leadership.{leaders}.presence": number for leaders, number in visits.items()}


def _twins() -> dict[str, Twin]:
    """Return the twin of each change that a lever can make, by the change's name."""
    lasting = registry()["visibility.persistence_days"]
    anonymous, identity = "visibility.anonymous_posts", "visibility.identity"
    away, often = "line managers stay away", "line managers come by often"
    return {
        "anonymous_posts": Twin({anonymous: True}, "anonymous posts are allowed", True),
        "no_anonymous_posts": Twin({anonymous: False}, "anonymous posts are not allowed", True),
        "pseudonym": Twin({identity: "pseudonym"}, "pseudonyms stand in place of names"),
        "name_and_position": Twin({identity: "name_and_position"}, "name and position are shown"),
        "manager_does_not_read": Twin(_presence(line_managers=0.0), away),
        "executives_do_not_read": Twin(_presence(executives=0.0), "executives stay away"),
        "nobody_above_reads": Twin(_presence(line_managers=0.0, executives=0.0), f"executives and {away}"),
        "manager_reads": Twin(_presence(line_managers=OFTEN), often),
        "executives_read": Twin(_presence(executives=OFTEN), "executives come by often"),
        "nothing_stays": Twin({lasting.name: lasting.low}, "what is said sinks within the hour"),
        "everything_stays": Twin({lasting.name: lasting.high}, "what is said stays in sight"),
    }


TWINS: Final = _twins()
