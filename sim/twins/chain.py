"""A chain while it is written: link after link, back to the levers or the event with which it begins."""

from __future__ import annotations

from sim.errors import as_typed
from sim.twins.lookups import Lookups
from sim.twins.nodes import WORLDS, Link, Message, Node, Visit, Weighing
from sim.twins.watching import message_id


class Chain:
    """The links of one chain, the last one first, and where they are looked up."""

    def __init__(self, look: Lookups) -> None:
        self.look = look
        self.links: list[Link] = []

    def blame_levers(
        self,
        world: int,
        tick: int,
        member: int,
        text: str,
        patterns: tuple[str, ...],
        message: Message | None = None,
        certain: bool = True,
    ) -> Node | None:
        """End the chain at the settings that differ and act here; where none does, say so."""
        found = self.look.levers(tick, patterns)
        if not found:
            return self.give_up(Visit(world, member, tick))
        said = [
            f"{name} is {as_typed(values[world])} and not {as_typed(values[1 - world])}"
            for name, values in found.items()
        ]
        self.link(world, tick, member, f"{text}: {', '.join(said)}", message, certain)
        return None

    def end(self, world: int, tick: int, member: int, text: str, message: Message | None = None) -> Node | None:
        """End the chain at a link that needs no further cause."""
        self.link(world, tick, member, text, message)
        return None

    def give_up(self, node: Node) -> Node | None:
        """End the chain where no single cause can be named."""
        member, tick = (-1, 0) if isinstance(node, Message | Weighing) else (node.member, node.tick)
        text = "had gone another way since the worlds parted; no single cause can be named"
        self.link(node.world, max(tick, 0), member, text, certain=False)
        return None

    def link(
        self, world: int, tick: int, member: int, text: str, message: Message | None = None, certain: bool = True
    ) -> None:
        """Write down a link."""
        told_of = None if message is None else message_id(self.look.record(message))
        self.links.append(Link(tick, WORLDS[world], member, text, told_of, certain))
