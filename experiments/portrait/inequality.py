"""Inequality: how much of all that is written comes from few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from experiments.facts.estimators import gini, share_of_top
from experiments.facts.measuring import participation
from experiments.facts.observation import Rows
from experiments.portrait.period import Period
from experiments.portrait.statistic import Declared


def _of_written(measure: Callable[[Rows], float]) -> Callable[[Period], float]:
    return lambda period: measure(period.written)


STATISTICS: Final = (
    Declared(
        "gini_writers",
        "Gini",
        "Inequality of messages among those who wrote in a quarter",
        _of_written(participation.gini_of_contributors),
        ("F19b", "N27a"),
    ),
    Declared("gini_members", "Gini", "Inequality of messages among all members", _of_written(gini), ("F19c",)),
    Declared(
        "top_percent_share",
        "share",
        "Messages by the most active hundredth of all members",
        _of_written(lambda written: share_of_top(written, 0.01)),
        ("F18b",),
    ),
    Declared(
        "top_tenth_share",
        "share",
        "Messages by the most active tenth of all members",
        _of_written(lambda written: share_of_top(written, 0.1)),
    ),
    Declared(
        "top_fifth_share",
        "share",
        "Messages by the most active fifth of those who wrote",
        _of_written(participation.written_by_top_fifth),
        ("F19a", "N27b"),
    ),
    Declared(
        "single_message_share",
        "share",
        "Of those who wrote in a quarter, those who wrote a single message",
        _of_written(participation.wrote_only_once),
        ("N27c",),
    ),
)
