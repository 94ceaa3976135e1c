"""From a message that one world lacks back to the change: what led to it, link by link.

Each link goes back to what differed at the moment of the one before: what a member decided from, which belief had moved
and at which visit, what was read there, who wrote that and why. Where several things differ, the one that weighs most
is followed. A link is certain where its cause is the only one there can be, or was tested with the rule itself.
"""

from __future__ import annotations

from typing import Final

from sim.twins.learning import Learning
from sim.twins.nodes import Link, Message, Node, Reading, Visit, Weighing
from sim.twins.speaking import Speaking

LONGEST: Final = 40
"""Links after which a chain is given up; each goes back in time, so that none is endless."""


class Tracer(Speaking, Learning):
    """Goes back from node to node, and writes down a link for each."""

    def trace(self, world: int, row: int) -> tuple[Link, ...]:
        """Return the chain that leads to a message of one world (0 or 1), the change first."""
        self.links = []
        node: Node | None = Message(world, row)
        known: set[Node] = set()
        while node is not None and len(self.links) < LONGEST:
            if node in known:
                self.give_up(node)
                break
            known.add(node)
            node = self.step(node)
        return tuple(reversed(self.links))

    def step(self, node: Node) -> Node | None:
        """Write the link of a node and return the node that led to it; None where the chain begins."""
        if isinstance(node, Message):
            return self.back_from_message(node)
        if isinstance(node, Weighing):
            return self.back_from_weighing(node)
        if isinstance(node, Visit):
            return self.back_from_visit(node)
        if isinstance(node, Reading):
            return self.back_from_reading(node)
        return self.back_from_belief(node)
