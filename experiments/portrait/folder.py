"""The folder of a portrait: the page, tables for people and for programs, and the organisation, all by pseudonyms."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from experiments.portrait import portrait as portraits
from experiments.portrait.arena import Arena
from experiments.portrait.portrait import EDITION, FORMAT, Portrait
from sim import input_files, limits
from sim.errors import InputError, shown
from sim.organization import as_csv
from sim.ownership import check_own, listed, write_folder
from sim.spreadsheet import defused
from sim.terms import Role

if TYPE_CHECKING:
    import polars as pl

JSON: Final = "portrait.json"
PAGE: Final = "portrait.html"
_OLDEST: Final = 1


def check(folder: Path) -> None:
    """Raise TakenError where a folder is there that holds something else, or files of the user."""
    from sim.files import check_folder

    check_folder(folder, lambda there: check_own(there, listed(there, FORMAT)))


def write(portrait: Portrait, folder: Path, page: str | None = None) -> Path:
    """Write a portrait, whole or not at all, in place of an older one, and return its folder.

    Raises TakenError where the folder holds files of the user, InputError where nothing can be written.
    """
    contents = {
        JSON: f"{json.dumps(portraits.as_plain(portrait), indent=1, ensure_ascii=False)}\n".encode(),
        "portrait.csv": table_as_csv(portraits.as_table(portrait)),
        "groups.csv": table_as_csv(portrait.groups_beside),
        "weeks.csv": table_as_csv(portrait.weeks),
        "messages.parquet": _parquet(messages_of(portrait.sketch.arena)),
        "members.parquet": _parquet(members_of(portrait)),
    }
    if portrait.sketch.arena.organization is not None:
        contents["organization.csv"] = as_csv(portrait.sketch.arena.organization)
    if page is not None:
        contents[PAGE] = page.encode()
    write_folder(folder, FORMAT, contents)
    return folder


def read(folder: Path) -> dict[str, Any]:
    """Return what portrait.json says, of a portrait's folder or of the file itself.

    Raises InputError where there is none, or one that this program does not know.
    """
    path = folder if folder.is_file() else folder / JSON
    try:
        found = json.loads(input_files.read_text(path, limits.MANIFEST_BYTES))
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("this is no portrait: it is no JSON", file=shown(path)) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError("this is no portrait, such as ism import writes", file=shown(path))
    if not isinstance(found.get("edition"), int) or not _OLDEST <= found["edition"] <= EDITION:
        raise InputError("this portrait is of an edition that this version does not know", file=shown(path))
    return found


# ---------------------------------------------------------------- tables


def messages_of(arena: Arena) -> pl.DataFrame:
    """Return a row a message, in order of time: author (row of members.parquet), hour, thread and parent (rows)."""
    import polars as pl

    groups = pl.Series("group", [*arena.groups, None], dtype=pl.String).gather(arena.group % (len(arena.groups) + 1))
    columns = {name: pl.Series(name, getattr(arena, name)) for name in ("author", "hour", "thread", "parent")}
    likes = pl.Series("likes", [None] * len(arena), dtype=pl.Int64) if arena.likes is None else arena.likes
    table = pl.DataFrame({**columns, "likes": likes, "group": groups})
    return table.with_columns(pl.when(pl.col(name) >= 0).then(name).alias(name) for name in ("thread", "parent"))


def members_of(portrait: Portrait) -> pl.DataFrame:
    """Return a row a member: what they are called, their place in the organisation where it is known, messages."""
    import polars as pl

    arena, ids = portrait.sketch.arena, portrait.sketch.ids
    table = {"id": ids, "messages": np.bincount(arena.author, minlength=arena.members)}
    people = arena.organization
    if people is None:
        return pl.DataFrame(table)
    words = [role.key for role in Role]
    return pl.DataFrame(
        {
            **table,
            "role": [words[role] for role in people.role.tolist()],
            "level": people.level,
            "department": [people.departments[each] for each in people.department.tolist()],
            "location": [people.locations[each] for each in people.location.tolist()],
            "manager_id": [None if row < 0 else ids[row] for row in people.manager.tolist()],
        }
    )


def table_as_csv(table: pl.DataFrame) -> bytes:
    """Return a table as CSV that no spreadsheet calculates with (see `sim.spreadsheet`)."""
    import polars as pl

    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    safe = table.with_columns(pl.Series(name, [t and defused(t) for t in table[name]], pl.String) for name in texts)
    return safe.write_csv().encode()


def _parquet(table: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    table.write_parquet(content, row_group_size=65_536)
    return content.getvalue()
