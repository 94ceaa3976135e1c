"""Who works here, who reports to whom, who talks with whom: an organisation made up, or read from a CSV file.

All luck is keyed: a draw is a pure function of (seed, purpose, a member's key), and the key is a hash of the id. So the
order of rows means nothing.
"""

from sim.organization.joining import with_member
from sim.organization.making import generate
from sim.organization.model import Organization
from sim.organization.reading import read
from sim.organization.ties import with_ties
from sim.organization.writing import as_csv, write

__all__ = ["Organization", "as_csv", "generate", "read", "with_member", "with_ties", "write"]
