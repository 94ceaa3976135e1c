"""One CSV file of messages from anywhere: message, author, time, thread or parent; likes and group where present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from experiments.portrait.reading.found import Advance, Found, nobody, people_of
from experiments.portrait.reading.rows import Table
from experiments.portrait.reading.tabular import Messages, columns_of
from experiments.portrait.reading.times import Clock

if TYPE_CHECKING:
    import polars as pl

COLUMNS: Final = {
    "id": "message messageid id postid ts",
    "account": "author authorid user userid sender senderid from account member",
    "time": "time timestamp createdat created date datetime sent sentat at ts",
    "thread": "thread threadid conversation conversationid topic topicid root rootid threadts",
    "parent": "parent parentid repliedto repliedtoid replyto replytoid inreplyto answers",
    "likes": "likes likecount likescount likedbycount reactions reactioncount score",
    "group": "group groupname groupid community channel channelname forum",
}
"""The columns of a generic file and how else people call them (small letters and digits only), best first."""


def read(table: Table, clock: Clock, progress: Advance) -> Found:
    """Return what one CSV file of messages holds; InputError where it lacks a column that is needed."""
    columns = columns_of(table, COLUMNS, ("id", "account", "time"))
    gathered = Messages(table, columns, clock)
    messages = _with_begun(gathered.gather(progress))
    found = Found("csv", messages, people_of(nobody(), messages), direct="parent" in columns)
    found.left_out, found.read = gathered.left_out, [table.name]
    found.remarks = [*table.remarks, "The file lists messages alone, so whoever wrote nothing is not known."]
    if not {"thread", "parent"} & set(columns):
        found.remarks.append("There is no column thread or parent, so nothing is known of answers.")
    return found


def _with_begun(messages: pl.DataFrame) -> pl.DataFrame:
    """Return messages whose threads go by the id of their first message, also where the file numbers threads itself.

    Threads go by messages where most of their names are ids of messages of that thread.
    """
    import polars as pl

    threads = messages.filter(pl.col("thread").is_not_null())
    if threads.is_empty():
        return messages
    within = pl.col("thread").is_null() | (pl.col("thread") == pl.col("id"))
    begins = threads["thread"].unique().is_in(messages.filter(within)["id"].implode())
    if (begins.mean() or 0.0) >= 0.5:  # type: ignore[operator]
        return messages
    return messages.with_columns(pl.col("id").first().over("thread").alias("thread"))
