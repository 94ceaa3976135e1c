"""The spiral of voice and silence: an issue's path, who was pivotal in it, and what one voice does to the others.

    import sim
    spiral = sim.trace(run, issue="Workload and staffing")
    print(spiral.words())

What is shown of one run is exact for the luck of that run; what holds over luck is for `experiments.spirals`.
"""

from sim.spiral.hot_stove import HotStove, watch_burns
from sim.spiral.path import Fate, Milestone, Stage, fate_of, rerun
from sim.spiral.pivotal import Pivot, find_pivots
from sim.spiral.probe import BELIEFS, Wishes, acquiescence, frozen, own_wishes, p_speak
from sim.spiral.tracing import Spiral, trace
from sim.spiral.voice import Voice, VoiceChange, change_by, voices_to_change

__all__ = [
    "BELIEFS",
    "Fate",
    "HotStove",
    "Milestone",
    "Pivot",
    "Spiral",
    "Stage",
    "Voice",
    "VoiceChange",
    "Wishes",
    "acquiescence",
    "change_by",
    "fate_of",
    "find_pivots",
    "frozen",
    "own_wishes",
    "p_speak",
    "rerun",
    "trace",
    "voices_to_change",
    "watch_burns",
]
