"""The tables of a run, as polars frames made from its world; FORMS in `sim.table_forms` says what they hold.

polars is imported where a table is first made, and the engine where one is: a run that is only read needs no compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim import measures
from sim.organization import Organization
from sim.state import BELIEF_FIELDS, TICKS_PER_DAY, Clock, World
from sim.table_forms import FORMS
from sim.terms import Form, Identity, Kind, Motive, Orientation, Response, Role, Strategy

if TYPE_CHECKING:
    import polars as pl

_TRAITS: Final = (
    "voice_propensity",
    "risk_sensitivity",
    "implicit_voice_theory",
    "attention",
    "base_visits",
    "occasions_per_visit",
    "openness_leaning",
)
_COUNTS: Final = (
    "visits",
    "items_read",
    "posts",
    "comments",
    "likes_given",
    "likes_received",
    "comments_received",
    "occasions",
    "spoken",
    "withheld",
)
_WEIGHED: Final = (
    *("criticality", "concern", "urge", "threat_superiors", "threat_peers", "threat_image"),
    *("inhibition", "p_spoken"),
)


def _column(values: Any, missing: Any = None) -> pl.Series:
    """Return a column of numbers; null where `missing`, or else where a value is NaN."""
    import polars as pl

    values = np.ascontiguousarray(values)
    if missing is not None and missing.any():
        return pl.Series(values).set(pl.Series(np.ascontiguousarray(missing)), None)
    return pl.Series(values, nan_to_null=values.dtype.kind == "f")


def _looked_up(rows: Any, values: Sequence[str] | Any) -> pl.Series:
    """Return `values` at these rows; null for row -1."""
    import polars as pl

    if not isinstance(values, np.ndarray):
        return pl.Series([None, *values], dtype=pl.String).gather(np.asarray(rows, np.int64) + 1)
    rows = np.asarray(rows, np.int64)
    return _column(values[np.maximum(rows, 0)] if len(values) else np.zeros(len(rows), np.int64), rows < 0)


def _words(codes: Any, words: type[IntEnum]) -> pl.Series:
    """Return the words for codes; null where there is none to say. Words and not factors: these have no order."""
    known: list[str | None] = [None] * (max(words) + 1)
    for word in words:
        if word >= 0 and word.name != "none":
            known[word] = word.name.rstrip("_")
    return _looked_up(codes, known)


def _frame(columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def _numbers(records: Any, names: Iterable[str], prefix: str = "") -> dict[str, pl.Series]:
    return {prefix + name: _column(records[name]) for name in names}


def _row_numbers(count: int) -> Any:
    return np.arange(count, dtype=np.int32)


def _beliefs(beliefs: Any, prefix: str) -> dict[str, pl.Series]:
    safety = 0.5 * (beliefs["safety_line_manager"] + beliefs["safety_executives"])
    columns = _numbers(beliefs, (name for name, *_ in BELIEF_FIELDS), prefix)
    return {f"{prefix}psychological_safety": _column(safety), **columns}


def _members(world: World, organization: Organization) -> pl.DataFrame:
    members, ids = world.members, tuple(organization.ids)
    everyone = _row_numbers(len(members))
    return _frame(
        {
            "id": _looked_up(everyone, ids),
            "name": _looked_up(everyone, tuple(organization.names)),
            "title": _looked_up(everyone, tuple(organization.titles)),
            "role": _words(members["role"], Role),
            "level": _column(members["level"]),
            "department": _looked_up(members["department"], organization.departments),
            "location": _looked_up(members["location"], organization.locations),
            "team": _column(members["team"], members["team"] < 0),
            "manager_id": _looked_up(members["manager"], ids),
            **_numbers(members, _TRAITS),
            **_beliefs(world.start, "start_"),
            **_beliefs(world.beliefs, ""),
            **_numbers(members, _COUNTS),
        }
    )


def _audience_names(organization: Organization) -> list[str]:
    departments = [f"department:{name}" for name in organization.departments]
    return ["organization", *departments, *(f"team:{number}" for number in range(organization.teams))]


def _messages(world: World, organization: Organization) -> pl.DataFrame:
    messages, ids = _messages_and_ids(world)
    answered = messages["leader_response"] != Response.none
    return _frame(
        {
            "message_id": _column(ids),
            "tick": _column(messages["tick"]),
            "day": _column(messages["tick"] // TICKS_PER_DAY),
            "author": _column(messages["author"]),
            "thread_id": _looked_up(messages["thread"], ids),
            "parent_id": _looked_up(messages["parent"], ids),
            "issue": _column(messages["issue"]),
            "kind": _words(messages["kind"], Kind),
            "orientation": _words(messages["orientation"], Orientation),
            "audience": _looked_up(messages["audience"], _audience_names(organization)),
            "strategy": _words(messages["strategy"], Strategy),
            **_numbers(messages, ("criticality", "stance")),
            "anonymous": _column(messages["identity"] == Identity.anonymous),
            **_numbers(messages, ("views", "likes", "comments")),
            "leader_response": _words(messages["leader_response"], Response),
            "response_tick": _column(messages["response_tick"], ~answered),
        }
    )


def _messages_and_ids(world: World) -> tuple[Any, Any]:
    from sim.kernel import message_ids

    messages = world.messages[: int(world.clock[Clock.messages])]
    return messages, message_ids(messages)


def _occasions(occasions: Any, ids: Any) -> pl.DataFrame:
    """Return rows of the silence ledger; `ids` are the message_ids of all messages."""
    motives = [f"motive_{motive.name}" for motive in Motive if motive >= 0]
    return _frame(
        {
            **_numbers(occasions, ("occasion_id", "tick")),
            "day": _column(occasions["tick"] // TICKS_PER_DAY),
            **_numbers(occasions, ("member", "issue")),
            "form": _words(occasions["form"], Form),
            "about": _looked_up(occasions["about"], ids),
            "draft_of": _column(occasions["draft_of"], occasions["draft_of"] < 0),
            **_numbers(occasions, _WEIGHED),
            "strategy": _words(occasions["strategy"], Strategy),
            "motive": _words(occasions["motive"], Motive),
            **_numbers(occasions, motives),
            "message_id": _looked_up(occasions["message"], ids),
        }
    )


def _positions(world: World) -> pl.DataFrame:
    members, issues = world.positions.shape
    positions = world.positions.reshape(-1)
    columns: dict[str, pl.Series] = {}
    for name in ("stance", "concern", "climate"):
        columns |= _numbers(positions, (f"start_{name}", name))
    return _frame(
        {
            "member": _column(np.repeat(_row_numbers(members), issues)),
            "issue": _column(np.tile(np.arange(issues, dtype=np.int16), members)),
            **columns,
        }
    )


def _series(world: World, organization: Organization) -> pl.DataFrame:
    """Return the daily values, measure by measure; what only the whole organisation has is not there for groups."""
    found = measures.series(world, organization)
    groups, days = found.values.shape[1:]
    wide = [groups if measures.MEASURES[name].of_groups else 1 for name in found.measures]
    measure = np.repeat(np.arange(len(wide)), wide)
    group = np.concatenate([np.arange(count) for count in wide])
    return _frame(
        {
            "day": _column(np.tile(np.arange(days, dtype=np.int32), len(group))),
            "measure": _looked_up(np.repeat(measure, days), found.measures),
            "group": _looked_up(np.repeat(group, days), found.groups),
            "value": _column(found.values[measure, group].reshape(-1)),
        }
    )


def ties_of(organization: Organization) -> pl.DataFrame:
    """Return each tie once, from the lower row to the higher."""
    one = np.repeat(_row_numbers(organization.members), np.diff(organization.tie_start))
    kept = one < organization.tie_member
    return _frame(
        {
            "member": _column(one[kept]),
            "other": _column(organization.tie_member[kept]),
            "weight": _column(organization.tie_weight[kept]),
        }
    )


_MADE: Final[dict[str, Callable[[World, Organization], pl.DataFrame]]] = {
    "members": _members,
    "messages": _messages,
    "positions": lambda world, _: _positions(world),
    "series": _series,
    "ties": lambda _, organization: ties_of(organization),
}
TABLES: Final = tuple(FORMS)
"""The tables of a run, each a Parquet file of its folder."""


def parts_of(name: str, world: World, organization: Organization, ledger: Iterable[Any]) -> Iterator[pl.DataFrame]:
    """Yield a table in parts; only the silence ledger of a big run has several."""
    if name != "occasions":
        yield _MADE[name](world, organization)
        return
    _, ids = _messages_and_ids(world)
    for part in ledger:
        yield _occasions(part, ids)
