"""Replies in real e-mail: a file of sender, recipient and time, next to an organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from experiments.facts.observation import Numbers, Replies, Rows
from experiments.facts.working_time import working_hours
from sim import limits
from sim.input_files import read_text
from sim.organization import Organization


class Mail(NamedTuple):
    """What an organisation's e-mail shows."""

    organization: Organization
    replies: Replies
    written: Rows
    """[n] how many messages each member sent."""


def read_mail(path: str | Path, organization: Organization) -> Mail | None:
    """Read messages between members from a text file of sender, recipient and time; None where it has no times.

    Columns are separated by `;`, `,` or tab; a time is ISO 8601. Lines that name others than members are left out.
    """
    row_of = {member: row for row, member in enumerate(organization.ids)}
    found = list(_messages(read_text(Path(path), limits.ORGANIZATION_BYTES), row_of))
    if not found:
        return None
    moments, sender, receiver = (np.array(column) for column in zip(*found, strict=True))
    since = working_hours(moments)
    order = np.lexsort((receiver, sender, since))
    hours, one, other = since[order], sender[order], receiver[order]
    written = np.bincount(_distinct(hours, one), minlength=organization.members)
    return Mail(organization, replies_in(hours, one, other), written)


def _messages(text: str, row_of: dict[str, int]) -> Iterator[tuple[datetime, int, int]]:
    for line in text.splitlines():
        cells = [cell.strip().strip('"') for cell in re.split(r"[;,\t]", line)[:3]]
        if len(cells) < 3 or cells[0] == cells[1] or cells[0] not in row_of or cells[1] not in row_of:
            continue
        try:
            moment = datetime.fromisoformat(cells[2]).replace(tzinfo=None)
        except ValueError:
            continue
        yield moment, row_of[cells[0]], row_of[cells[1]]


def _distinct(hours: Numbers, sender: Rows) -> Rows:
    """Return the sender of each message; one to several recipients counts once."""
    return np.unique(np.column_stack([hours, sender]), axis=0)[:, 1].astype(np.int64)


def replies_in(hours: Numbers, one: Rows, other: Rows) -> Replies:
    """Return the replies among messages in order of time.

    A reply is the first message from B to A after one from A to B (Kooti et al. 2015); it answers the last of these.
    """
    waiting: dict[tuple[int, int], float] = {}
    replies: list[tuple[int, int, float]] = []
    for when, sender, receiver in zip(hours.tolist(), one.tolist(), other.tolist(), strict=True):
        asked = waiting.pop((receiver, sender), None)
        if asked is not None:
            replies.append((sender, receiver, when - asked))
        waiting[sender, receiver] = when
    who, whom, after = zip(*replies, strict=True) if replies else ((), (), ())
    return Replies(np.array(who, np.int64), np.array(whom, np.int64), np.array(after, float))
