"""Who works here, who reports to whom, who talks with whom: an organisation made up, or read from a CSV file.

All luck is keyed: a draw is a pure function of (seed, purpose, a member's key), and the key is a hash of the id. So the
order of rows means nothing.
"""

from sim.organization.joining import with_member
from sim.organization.making import generate
from sim.organization.model import Organization
from sim.organization.people import MADE_UP_ONLY, People, digest_of
from sim.organization.reading import read, read_people
from sim.organization.ties import with_ties
from sim.organization.writing import as_csv, ties_as_csv, write

__all__ = [
    "MADE_UP_ONLY",
    "Organization",
    "People",
    "as_csv",
    "digest_of",
    "generate",
    "read",
    "read_people",
    "ties_as_csv",
    "with_member",
    "with_ties",
    "write",
]
