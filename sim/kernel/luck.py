"""The streams of luck of one tick."""

from typing import Any, NamedTuple

from sim import chance
from sim.chance import Purpose
from sim.compiled import part
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY


class Streams(NamedTuple):
    """The streams of luck of one tick; those of responses do not depend on the tick, so that delays do not matter."""

    occasion_count: Any
    occasion_issue: Any
    kind: Any
    strategy: Any
    second_opinion: Any
    reaction: Any
    response: Any
    response_kind: Any
    follow_through: Any
    disclosure: Any
    amplification: Any
    orphan: Any
    reframe: Any


@part
def streams(seed, tick) -> Streams:
    """Return the streams of luck of one tick."""
    return Streams(
        chance.key(seed, Purpose.OCCASION_COUNT.value, tick),
        chance.key(seed, Purpose.OCCASION_ISSUE.value, tick),
        chance.key(seed, Purpose.KIND_OF_MESSAGE.value, tick),
        chance.key(seed, Purpose.STRATEGY.value, tick),
        chance.key(seed, Purpose.SECOND_OPINION.value, tick),
        chance.key(seed, Purpose.REACTION.value, 0),
        chance.key(seed, Purpose.RESPONSE.value, 0),
        chance.key(seed, Purpose.RESPONSE_KIND.value, 0),
        chance.key(seed, Purpose.FOLLOW_THROUGH.value, 0),
        chance.key(seed, Purpose.SELF_DISCLOSURE.value, tick // (TICKS_PER_DAY * DAYS_PER_WEEK)),
        chance.key(seed, Purpose.AMPLIFICATION.value, 0),
        chance.key(seed, Purpose.ORPHAN_ANSWER.value, 0),
        chance.key(seed, Purpose.REFRAME.value, tick),
    )
