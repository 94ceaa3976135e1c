"""Twins: one world lived twice on the same luck, with one difference, and what exists only because of it.

twin = sim.twin("baseline", {"visibility.scope": "team"}, seed=1)
twin.difference, twin.act, twin.only_b, twin.chain(twin.only_b[0])
"""

from sim.twin.pair import Broken as Broken
from sim.twin.pair import Changed as Changed
from sim.twin.pair import Twin as Twin
from sim.twin.pair import twin as twin
from sim.twin.tracing import Link as Link
from sim.twin.watching import Difference as Difference

__all__ = ["Broken", "Changed", "Difference", "Link", "Twin", "twin"]
