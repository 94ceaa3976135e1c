"""What differs between two worlds, in words: how much more or less willing some are, and whether it is noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Group = Mapping[str, Any]
"""Some members in both worlds: {"members", "count", "here", "without", "less", "low", "high"}, as `aftermath.moved`."""


def is_clear(group: Group) -> bool:
    """Return whether a difference is outside noise: its 95% interval leaves out 0."""
    return group["low"] is not None and (group["high"] < 0.0 or group["low"] > 0.0)


def difference(who: str, group: Group) -> str:
    """Say by how much more or less willing some are than without the answer."""
    if not group["count"]:
        return f"{who}: nobody who could be asked."
    whom = f"{who} ({group['members']:,})"
    if not is_clear(group):
        return f"{whom}: no difference outside noise{interval(group)}."
    return f"{whom} are {apart(group['less'])} willing to voice a critique{interval(group)}: {_both(group)}."


def apart(less: float) -> str:
    """Return the size of a difference of shares: `1.5 points less`."""
    return f"{100.0 * abs(less):.1f} points {'less' if less < 0 else 'more'}"


def _both(group: Group) -> str:
    return f"{group['here']:.1%}, not {group['without']:.1%}"


def interval(group: Group) -> str:
    """Return the interval of a difference; without signs where the words before it say which way it is."""
    if group["low"] is None:
        return ""
    ends = [100.0 * group["low"], 100.0 * group["high"]]
    if is_clear(group):
        low, high = (f"{each:.1f}" for each in sorted(map(abs, ends)))
    else:
        low, high = (f"{each:+.1f}".replace("-", "−") for each in ends)
    return f" (95% interval {low} to {high} points)"
