"""Twins: one world run twice on the same seed, with one difference, and what exists only because of it.

twin = sim.twin("baseline", {"visibility.scope": "team"}, seed=1)
twin.difference, twin.act, twin.only_b, twin.chain(twin.only_b[0])
"""

from sim.twins.nodes import Link as Link
from sim.twins.pair import Broken as Broken
from sim.twins.pair import Changed as Changed
from sim.twins.pair import Twin as Twin
from sim.twins.pair import twin as twin
from sim.twins.watching import Difference as Difference

__all__ = ["Broken", "Changed", "Difference", "Link", "Twin", "twin"]
