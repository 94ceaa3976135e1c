"""A run as Slack would export it: users.json, channels.json, and a folder a channel with a file a day.

Slack knows threads, and not which message of a thread is answered. What is anonymous is a bot's, as it is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from experiments.exports.calendar import moment_of
from experiments.exports.people import ORGANIZATION, address_of, organization_of
from sim.record import Run

_EVERYONE: Final = "organization"
_GENERAL: Final = "general"
_PER_SECOND: Final = 1_000_000
_NO_NAME: Final = re.compile(r"[^\w-]+")
_ANONYMOUS: Final = "B0000000001"


def files_of(run: Run) -> Mapping[str, bytes]:
    """Return the files of the export, by their names."""
    channels = _channels(sorted(set(run.messages["audience"])))
    days: dict[str, list[dict[str, Any]]] = {}
    for name, message in _messages(run, channels):
        days.setdefault(name, []).append(message)
    return {
        "users.json": _json([_user(member) for member in run.members.iter_rows(named=True)]),
        "channels.json": _json([{"id": f"C{n:09}", "name": name} for n, name in enumerate(channels.values(), 1)]),
        ORGANIZATION: organization_of(run),
        **{name: _json(messages) for name, messages in days.items()},
    }


def _json(values: Any) -> bytes:
    return json.dumps(values, indent=1, ensure_ascii=False).encode()


def _channels(audiences: list[str]) -> dict[str, str]:
    """Return the channel of each audience: names of folders, each once, that every system takes."""
    channels: dict[str, str] = {}
    for number, audience in enumerate(audiences):
        plain = _GENERAL if audience == _EVERYONE else _NO_NAME.sub("-", audience.casefold()).strip("-")[:60]
        taken = plain in channels.values() or not plain.isascii()
        channels[audience] = f"channel-{number}" if taken else plain
    return channels


def _user(member: Mapping[str, Any]) -> dict[str, Any]:
    profile = {"real_name": member["name"], "title": member["title"], "email": address_of(member["id"])}
    return {"id": member["id"], "name": member["id"], "deleted": False, "is_bot": False, "profile": profile}


def _messages(run: Run, channels: Mapping[str, str]) -> Any:
    """Yield each message with the name of the file that it stands in."""
    ids = run.members["id"].to_list()
    stamps: dict[int, str] = {}
    audience: dict[int, str] = {}
    for number, message in enumerate(run.messages.iter_rows(named=True)):
        moment = moment_of(message["tick"])
        key, thread = message["message_id"], message["thread_id"]
        stamps[key] = f"{int(moment.timestamp())}.{number % _PER_SECOND:06}"
        audience.setdefault(thread, message["audience"])
        written: dict[str, Any] = {"type": "message", "ts": stamps[key], "text": "", "thread_ts": stamps[thread]}
        if message["anonymous"]:
            written |= {"subtype": "bot_message", "bot_id": _ANONYMOUS}
        else:
            written["user"] = ids[message["author"]]
        if message["likes"]:
            written["reactions"] = [{"name": "+1", "count": message["likes"], "users": []}]
        yield f"{channels[audience[thread]]}/{moment.date()}.json", written
