"""People of one's own: who works in an organisation that files describe, for worlds of any seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from sim.organization.homophily import with_made_ties
from sim.organization.model import Organization
from sim.organization.writing import as_csv
from sim.parameters import OrganizationTable

MADE_UP_ONLY: Final = frozenset(
    ("members", "span_of_control", "span_spread", "locations", "main_site_share", "communicators_share")
)
"""What of `[organization]` describes made-up members only, and so says nothing where members are read from a file."""


@dataclass(frozen=True, eq=False)
class People:
    """The members whom files describe; equal where results are."""

    organization: Organization
    """Without ties where no file gives them."""
    file: str
    ties: str | None = None
    """The files, as they were named."""
    remarks: tuple[str, ...] = ()
    """What was repaired, left out and derived, a sentence each."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, People) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return Path(self.file).name

    @cached_property
    def digest(self) -> str:
        """Hash (blake2b, 32 hex digits) of members, reporting lines and the ties that files give."""
        return blake2b(f"{digest_of(self.organization)} {self.tied}".encode(), digest_size=16).hexdigest()

    @property
    def tied(self) -> bool:
        """Whether a file says who knows whom; otherwise each seed makes it up."""
        return self.ties is not None

    def of_seed(self, wanted: OrganizationTable, seed: int) -> Organization:
        """Return the organisation as a seed has it: where no file gives ties, with a network as `wanted` describes."""
        return self.organization if self.tied else _tied(self, wanted, seed)

    def source_of_ties(self, wanted: OrganizationTable) -> Iterator[str]:
        """Say where ties come from, if from no file."""
        if not self.tied:
            yield f"The informal ties are made up, about {wanted.ties_per_member:g} a member."


@lru_cache(maxsize=2)
def _tied(people: People, wanted: OrganizationTable, seed: int) -> Organization:
    """Return people with a made-up network; worlds that share a seed follow one another, and share it."""
    return with_made_ties(people.organization, wanted, seed)


def digest_of(organization: Organization) -> str:
    """Return 32 hexadecimal digits that stand for who there is, who reports to whom, and who knows whom."""
    digest = blake2b(as_csv(organization), digest_size=16)
    for ties in (organization.tie_start, organization.tie_member, organization.tie_weight):
        digest.update(ties.tobytes())
    return digest.hexdigest()
