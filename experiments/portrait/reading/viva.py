"""Viva Engage's (Yammer's) data export: Messages.csv, and Users.csv where it is there.

Columns as the network data export writes them: id, replied_to_id, parent_id, thread_id, conversation_id, group_id,
group_name, participants, in_private_group, in_private_conversation, sender_id, sender_type, sender_name, sender_email,
body, api_url, attachments, deleted_by_id, deleted_by_type, created_at, deleted_at, title, html_body, message_type,
gdpr_delete_url. It has no likes; a column of counts that somebody added is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from experiments.portrait.reading.found import Advance, Found, nobody, people_of
from experiments.portrait.reading.place import Place, last_part
from experiments.portrait.reading.rows import Table, table_of
from experiments.portrait.reading.tabular import Messages, columns_of
from experiments.portrait.reading.times import Clock
from sim.wording import listed

if TYPE_CHECKING:
    import polars as pl

MESSAGES: Final = "messages.csv"
USERS: Final = "users.csv"
_MESSAGE: Final = {
    "id": "id messageid",
    "account": "senderid userid",
    "time": "createdat createddatetime",
    "thread": "threadid",
    "parent": "repliedtoid replytoid",
    "group": "groupname groupid",
    "likes": "likedbycount likescount likecount likes reactionscount",
    "email": "senderemail",
    "name": "sendername",
    "deleted": "deletedat",
    "private": "inprivateconversation",
    "sender_type": "sendertype",
    "message_type": "messagetype",
    "draft": "isdraft draft",
}
_USER: Final = {
    "account": "id userid",
    "email": "email",
    "name": "name displayname",
    "deleted": "deletedat",
    "state": "state",
}
_NOT_PEOPLE: Final = "(?i)bot|guide|system|application"
WITHOUT_USERS: Final = "There is no Users.csv, so whoever wrote nothing is not known."
_YES: Final = ("true", "1", "yes", "t")


def is_viva(place: Place) -> bool:
    """Say whether an export has Viva Engage's messages."""
    return any(last_part(name) == MESSAGES for name in place.sizes())


def looks_like_messages(table: Table) -> bool:
    """Say whether a table has the columns of Viva Engage's messages, whatever its file is called."""
    return all(table.column(_MESSAGE[name]) is not None for name in ("id", "account", "time", "thread"))


def read(place: Place, clock: Clock, progress: Advance) -> Found:
    """Return what an export of Viva Engage holds; InputError where it is damaged, or holds several networks."""
    name = _only(place, MESSAGES)
    return read_messages(table_of(place, name), clock, progress, _users(place))


def read_messages(table: Table, clock: Clock, progress: Advance, users: Users | None = None) -> Found:
    """Return what a table of messages holds; `users` are those of Users.csv."""
    columns = columns_of(table, _MESSAGE, ("id", "account", "time"))
    gathered = Messages(table, columns, clock, _reasons(columns, users))
    messages = gathered.gather(progress)
    found = Found("viva", messages, people_of(users.people if users else nobody(), messages))
    found.left_out = gathered.left_out
    found.remarks = [*table.remarks, *(users.remarks if users else [WITHOUT_USERS])]
    found.read = [table.name, *([users.name] if users else [])]
    return found


def _only(place: Place, wanted: str) -> str:
    """Return the one file of this name; InputError where there are several, each of a network of its own."""
    names = [name for name in place.sizes() if last_part(name) == wanted]
    if len(names) > 1:
        said = f"there are the files of several networks: {listed(names, most=5)}; give the folder of one of them"
        raise place.error("", said)
    return names[0]


def _reasons(columns: dict[str, str], users: Users | None) -> dict[str, pl.Expr]:
    """Return why rows are left out, as far as the columns tell."""
    import polars as pl

    gone = users.gone if users else []
    reasons = {
        "drafts": ("draft", pl.col("draft").str.to_lowercase().is_in(_YES)),
        "deleted messages": ("deleted", pl.col("deleted").is_not_null() & ~_is_no(pl.col("deleted"))),
        "private conversations": ("private", pl.col("private").str.to_lowercase().is_in(_YES)),
        "notices of the platform": ("message_type", pl.col("message_type").str.to_lowercase() == "system"),
        "bots": ("sender_type", pl.col("sender_type").str.contains(_NOT_PEOPLE)),
        "deleted accounts": ("account", pl.col("account").is_in(gone)),
    }
    return {why: holds for why, (column, holds) in reasons.items() if column in columns}


def _is_no(column: pl.Expr) -> pl.Expr:
    return column.str.to_lowercase().is_in(["null", "none", "nan"])


@dataclass(frozen=True)
class Users:
    """The accounts of Users.csv."""

    name: str
    people: pl.DataFrame
    gone: list[str]
    """Accounts that were deleted."""
    remarks: list[str]


def _users(place: Place) -> Users | None:
    """Return the accounts that an export lists, None where it lists none."""
    import polars as pl

    if not any(last_part(name) == USERS for name in place.sizes()):
        return None
    table = table_of(place, _only(place, USERS))
    columns = columns_of(table, _USER, ("account",))
    blocks = [block.cells for block in table.blocks(columns, lambda _: None)]
    cells = pl.concat(blocks) if blocks else pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    absent = [pl.lit(None, pl.String).alias(name) for name in _USER if name not in columns]
    cells = cells.with_columns(absent).filter(pl.col("account").is_not_null())
    deleted = (pl.col("deleted").is_not_null() & ~_is_no(pl.col("deleted"))).fill_null(value=False)
    gone = cells.filter(deleted)
    return Users(table.name, cells.filter(~deleted), gone["account"].to_list(), table.remarks)
