"""The loops over members, messages and occasions. Nothing is decided here: every decision is a call of a rule.

All visits of a tick read the arena as it stood at the tick's start and write only what is the visitor's own, so they
can run in any order and in several threads. What they give rise to waits in rows and is published in member order.
"""

from sim.kernel.asking import willingness_of
from sim.kernel.deciding import Weighing, appraise, speak, weigh
from sim.kernel.leading import announce, publish_named, respond
from sim.kernel.rows import identify_all, message_ids
from sim.kernel.ticking import advance, close_tick, open_tick, see_luck, see_moment, settle_row, visits
from sim.kernel.visiting import room_needed

__all__ = [
    "Weighing",
    "advance",
    "announce",
    "appraise",
    "close_tick",
    "identify_all",
    "message_ids",
    "open_tick",
    "publish_named",
    "respond",
    "room_needed",
    "see_luck",
    "see_moment",
    "settle_row",
    "speak",
    "visits",
    "weigh",
    "willingness_of",
]
