"""Slack's export: users.json, channels.json, and a folder a channel with a file a day.

A message belongs to a thread where it has `thread_ts`, the `ts` of the one that began it; it says nothing of which
message it answers. The digits behind the point of `ts` tell messages of one second apart, and are no time.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from experiments.portrait import limits
from experiments.portrait.reading.found import Advance, Found, empty_messages, nobody, people_of
from experiments.portrait.reading.place import Place, last_part
from experiments.portrait.reading.times import Clock
from sim.errors import shown

if TYPE_CHECKING:
    import polars as pl

_DAY: Final = re.compile(r"(?:.*/)?([^/]+)/\d{4}-\d{2}-\d{2}\.json", re.ASCII)
_STAMP: Final = re.compile(r"\d{9,11}(?:\.\d{1,9})?", re.ASCII)
_USERS: Final = ("users.json", "org_users.json")
_PRIVATE: Final = {"dms.json": "id", "mpims.json": "name"}
"""The lists of private conversations, and by what their folders are called."""
PEOPLE: Final = (None, "file_share", "thread_broadcast", "me_message", "file_comment", "file_mention")
"""Kinds of messages that people write; the others are notices: who joined, what a channel is for."""
_SLACKBOT: Final = "USLACKBOT"
_BATCH: Final = 100_000

Row = tuple[str, str, int, str | None, int, str]
"""ts within its channel, account, second, thread, likes, channel."""


def is_slack(place: Place) -> bool:
    """Say whether an export has Slack's files of channels and days."""
    return any(_DAY.fullmatch(name) for name in place.sizes())


def read(place: Place, clock: Clock, progress: Advance) -> Found:
    """Return what an export of Slack holds; InputError where a file of it is damaged."""
    people = _people(place)
    reader = _Reader(place, people, _private_folders(place))
    messages = reader.messages(clock, progress)
    found = Found("slack", messages, people_of(people.listed, messages), direct=False, left_out=reader.left_out)
    found.read = [*people.files, f"{reader.files:,} files of channels and days"]
    found.remarks = list(people.remarks)
    if messages["thread"].null_count() == messages.height:
        found.remarks.append("No message belongs to a thread (exports of before 2017 say nothing of them).")
    return found


# ---------------------------------------------------------------- people


@dataclass(frozen=True)
class _People:
    """The accounts of users.json."""

    listed: pl.DataFrame
    bots: frozenset[str]
    gone: frozenset[str]
    files: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def _people(place: Place) -> _People:
    import polars as pl

    name = next((name for name in place.sizes() if last_part(name) in _USERS), None)
    if name is None:
        remark = "There is no users.json, so bots are known by their messages alone, and whoever wrote nothing is not."
        return _People(nobody(), frozenset((_SLACKBOT,)), frozenset(), (), (remark,))
    users = [user for user in _list(place, name) if isinstance(user.get("id"), str)]
    bots = {user["id"] for user in users if user.get("is_bot") or user.get("is_workflow_bot")} | {_SLACKBOT}
    gone = {user["id"] for user in users if user.get("deleted")} - bots
    kept = [_person(user) for user in users if user["id"] not in bots | gone]
    return _People(pl.DataFrame(kept, schema=nobody().schema, orient="row"), frozenset(bots), frozenset(gone), (name,))


def _person(user: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    profile = user.get("profile") if isinstance(user.get("profile"), dict) else {}
    assert isinstance(profile, dict)
    name = profile.get("real_name") or user.get("real_name") or user.get("name")
    return user["id"], _text(profile.get("email")), _text(name)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _private_folders(place: Place) -> frozenset[str]:
    """Return the folders of conversations that are no channels."""
    found = ((name, _PRIVATE[last_part(name)]) for name in place.sizes() if last_part(name) in _PRIVATE)
    return frozenset(str(each.get(key)) for name, key in found for each in _list(place, name))


def _list(place: Place, name: str) -> list[dict[str, Any]]:
    """Return the objects of a file that holds a list of them; InputError where it is damaged."""
    try:
        found = json.loads(place.content(name, limits.DAY_BYTES))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise place.error(name, f"this is no JSON ({shown(error, 80)})", line) from None
    if not isinstance(found, list):
        raise place.error(name, "a list is expected here, in [ ]")
    return [each for each in found if isinstance(each, dict)]


# ---------------------------------------------------------------- messages


@dataclass
class _Reader:
    """Goes through the files of channels and days; of each message it keeps who, when, and in which thread."""

    place: Place
    people: _People
    private: frozenset[str]
    left_out: Counter[str] = field(default_factory=Counter)
    files: int = 0

    def messages(self, clock: Clock, progress: Advance) -> pl.DataFrame:
        """Return the messages of people, in order of time."""
        import polars as pl

        parts, rows = [pl.DataFrame(schema=empty_messages())], list[Row]()
        for row in self._rows(progress):
            rows.append(row)
            if len(rows) == _BATCH:
                parts.append(_frame(rows, clock))
                rows.clear()
        whole = pl.concat([*parts, _frame(rows, clock)])
        once = whole.unique("id", keep="first", maintain_order=True)
        if once.height < whole.height:
            self.left_out["there twice"] += whole.height - once.height
        return once.sort("moment", pl.col("id").str.extract("/([^/]*)$"), maintain_order=True)

    def _rows(self, progress: Advance) -> Iterator[Row]:
        days = [(name, day[1]) for name in self.place.sizes() if (day := _DAY.fullmatch(name))]
        for number, (name, channel) in enumerate(days, 1):
            self.files += 1
            for message in _list(self.place, name):
                reason = self._reason(message, channel)
                if reason is None:
                    yield _row(message, channel)
                else:
                    self.left_out[reason] += 1
            progress(number, len(days))

    def _reason(self, message: Mapping[str, Any], channel: str) -> str | None:
        """Return why a message is left out; None where it is one of people."""
        account, subtype = message.get("user"), message.get("subtype")
        if channel in self.private:
            return "private conversations"
        if subtype == "bot_message" or message.get("bot_id") or account in self.people.bots:
            return "bots"
        if subtype == "tombstone":
            return "deleted messages"
        if subtype not in PEOPLE:
            return "notices of the platform"
        if account in self.people.gone:
            return "deleted accounts"
        readable = isinstance(account, str) and _STAMP.fullmatch(str(message.get("ts")))
        return None if readable else "no author or time that can be read"


def _row(message: Mapping[str, Any], channel: str) -> Row:
    stamp, thread = str(message["ts"]), message.get("thread_ts")
    begun = f"{channel}/{thread}" if isinstance(thread, str) else None
    return f"{channel}/{stamp}", message["user"], int(stamp.split(".")[0]), begun, _reactions(message), channel


def _reactions(message: Mapping[str, Any]) -> int:
    reactions = message.get("reactions")
    counts = [each.get("count") for each in reactions if isinstance(each, dict)] if isinstance(reactions, list) else []
    return sum(count for count in counts if isinstance(count, int) and 0 < count < 10_000_000)


def _frame(rows: list[Row], clock: Clock) -> pl.DataFrame:
    import polars as pl

    schema = {"id": pl.String, "account": pl.String, "second": pl.Int64, "thread": pl.String}
    table = pl.DataFrame(rows, schema={**schema, "likes": pl.Int64, "group": pl.String}, orient="row")
    moment = clock.local(table.select(pl.from_epoch("second", time_unit="s").cast(pl.Datetime("us"))).to_series())
    table = table.with_columns(moment.alias("moment"), pl.lit(None, pl.String).alias("parent"))
    return table.select(*empty_messages())
