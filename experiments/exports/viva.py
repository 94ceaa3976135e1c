"""A run as Viva Engage would export it: Messages.csv, Users.csv, Groups.csv, and its organisation beside them.

The columns are those of the network data export, and likes, which that lacks. Bodies are empty: texts of a run are
never stored. Whoever wrote anonymously is not named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from experiments.exports.calendar import moment_of
from experiments.exports.people import ORGANIZATION, address_of, organization_of
from sim.record import Run
from sim.spreadsheet import defused

MESSAGE: Final = (
    *("id", "replied_to_id", "parent_id", "thread_id", "conversation_id", "group_id", "group_name", "participants"),
    *("in_private_group", "in_private_conversation", "sender_id", "sender_type", "sender_name", "sender_email"),
    *("body", "api_url", "attachments", "deleted_by_id", "deleted_by_type", "created_at", "deleted_at", "title"),
    *("html_body", "message_type", "gdpr_delete_url", "liked_by_count"),
)
USER: Final = (
    *("id", "name", "email", "job_title", "location", "department", "api_url", "deleted_by_id", "deleted_by_type"),
    *("joined_at", "deleted_at", "suspended_by_id", "suspended_by_type", "suspended_at", "guid", "state"),
)
GROUP: Final = ("id", "name", "description", "private", "external", "created_at")


def files_of(run: Run) -> Mapping[str, bytes]:
    """Return the files of the export, by their names."""
    groups = sorted(set(run.messages["audience"]))
    return {
        "Messages.csv": as_csv(MESSAGE, _messages(run, {name: number for number, name in enumerate(groups, 1)})),
        "Users.csv": as_csv(USER, _users(run)),
        "Groups.csv": as_csv(GROUP, (_group(number, name) for number, name in enumerate(groups, 1))),
        ORGANIZATION: organization_of(run),
    }


def as_csv(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as CSV that no spreadsheet calculates with; what a row does not name is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows({name: defused(str(value)) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _messages(run: Run, groups: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    ids, names = run.members["id"].to_list(), run.members["name"].to_list()
    for message in run.messages.iter_rows(named=True):
        parent, author = message["parent_id"], message["author"]
        answered = "" if parent is None else parent
        signed = not message["anonymous"]
        yield {
            "id": message["message_id"],
            "replied_to_id": answered,
            "parent_id": answered,
            "thread_id": message["thread_id"],
            "conversation_id": message["thread_id"],
            "group_id": groups[message["audience"]],
            "group_name": message["audience"],
            "in_private_group": "false",
            "in_private_conversation": "false",
            "sender_id": ids[author] if signed else "",
            "sender_type": "User" if signed else "Anonymous bot",
            "sender_name": names[author] if signed else "",
            "sender_email": address_of(ids[author]) if signed else "",
            "created_at": moment_of(message["tick"]).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "message_type": "announcement" if message["kind"] == "announcement" else "update",
            "liked_by_count": message["likes"],
        }


def _users(run: Run) -> Iterator[dict[str, Any]]:
    for member in run.members.iter_rows(named=True):
        yield {
            "id": member["id"],
            "name": member["name"],
            "email": address_of(member["id"]),
            "job_title": member["title"],
            "location": member["location"],
            "department": member["department"],
            "state": "active",
        }


def _group(number: int, name: str) -> dict[str, Any]:
    return {"id": number, "name": name, "private": "false", "external": "false"}
