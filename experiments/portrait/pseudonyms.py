"""Pseudonyms: what somebody is called in a portrait. The same key gives the same ones; without it nobody can go back.

A pseudonym is a keyed hash (BLAKE2b) of an id. The key is drawn once, and lies in a file beside what may be shared.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np

from experiments.portrait import limits
from sim import files, input_files
from sim.errors import InputError, shown
from sim.keys import identities
from sim.organization import Organization
from sim.organization.headings import title_of
from sim.organization.lines import branch_heads, chains, lines_of
from sim.organization.model import TOP, Rows
from sim.organization.ties import no_ties, with_ties
from sim.terms import Role

_HEAD: Final = "internal-social-media key to pseudonyms, keep it to yourself: "
_FILE: Final = re.compile(re.escape(_HEAD) + r"([0-9a-f]{64})\s*")
_PRIVATE: Final = 0o600
"""Permissions of the file: nobody else may read it."""


class Key:
    """What turns ids into pseudonyms; without bytes ids stay what they are."""

    def __init__(self, secret: bytes | None) -> None:
        self._secret = secret

    @property
    def hides(self) -> bool:
        """Whether ids become pseudonyms."""
        return self._secret is not None

    def name(self, text: str, kind: str = "m") -> str:
        """Return the pseudonym of an id: a letter for its kind, and 16 hexadecimal digits."""
        if self._secret is None:
            return text
        return kind + blake2b(text.encode(), key=self._secret, digest_size=8, person=kind.encode()).hexdigest()

    def names(self, texts: Iterable[str], kind: str = "m") -> list[str]:
        """Return the pseudonym of each id."""
        return [self.name(text, kind) for text in texts]


def drawn_or_kept(path: Path) -> Key:
    """Return the key in a file; where there is no file, one that is drawn, and written there for its owner alone.

    Raises InputError where the file holds no key, or cannot be written.
    """
    if not path.exists():
        secret = secrets.token_bytes(32)
        files.write(path, f"{_HEAD}{secret.hex()}\n".encode(), replace=False)
        path.chmod(_PRIVATE)
    found = _FILE.fullmatch(input_files.read_text(path, limits.KEY_BYTES))
    if found is None:
        raise InputError("this file holds no key to pseudonyms; give another place, and one is drawn", file=shown(path))
    return Key(bytes.fromhex(found[1]))


# ---------------------------------------------------------------- of an organisation


def pseudonymous(people: Organization, key: Key) -> tuple[Organization, Rows]:
    """Return an organisation whose members go by pseudonyms, in their order, and the new row of each old one, [m].

    Names and titles are gone, and departments that were called after a person are called after the pseudonym.
    """
    if not key.hides:
        return people, np.arange(people.members)
    ids = key.names(people.ids)
    if len(set(ids)) < len(ids):  # one in a hundred million, for a million members
        raise InputError("two members got the same pseudonym; draw another key")
    order = np.argsort(np.array(ids))
    row = np.empty(len(ids), np.int64)
    row[order] = np.arange(len(ids))
    named = [ids[old] for old in order]
    manager = np.where(people.manager[order] == TOP, TOP, row[people.manager[order]]).astype(np.int32)
    hidden = replace(
        people,
        ids=named,
        names=named,
        titles=[title_of(Role(number)) for number in people.role[order].tolist()],
        key=identities(named),
        role=people.role[order],
        department=people.department[order],
        departments=_departments(people, ids),
        location=people.location[order],
        **chains(lines_of(manager)),
        **no_ties(len(ids)),
    )
    return _tied(hidden, people, row), row


def _departments(people: Organization, ids: list[str]) -> tuple[str, ...]:
    """Return the names of departments, those of a person, as `sim.organization` gives them, by the pseudonym."""
    after = {}
    for head in branch_heads(lines_of(people.manager)).tolist():
        for called in (people.names[head], f"{people.names[head]} ({people.ids[head]})"):
            after[f"Team of {called}"] = f"Team of {ids[head]}"
    return tuple(after.get(name, name) for name in people.departments)


def _tied(hidden: Organization, people: Organization, row: Rows) -> Organization:
    """Return an organisation with the ties of another one whose members have other rows."""
    one = np.repeat(np.arange(people.members), np.diff(people.tie_start))
    once = one < people.tie_member
    return with_ties(hidden, row[one[once]], row[people.tie_member[once]], people.tie_weight[once])
