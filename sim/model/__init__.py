"""The model as Mesa knows it, and the only package of `sim` that imports Mesa."""

from sim.model.arena import ArenaModel
from sim.model.arguments import dotted, keywords
from sim.model.members import Member, Members
from sim.model.scripts import Behaviour, by_the_rules

__all__ = ["ArenaModel", "Behaviour", "Member", "Members", "by_the_rules", "dotted", "keywords"]
