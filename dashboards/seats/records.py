"""What is kept of a session: `seats.parquet`, a row a moment, from which its worlds live again bit for bit.

The file also holds the scenario, the seed and the teams, so that it needs nothing besides; and no name that anybody
chose.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import polars as pl

from dashboards.seats.moments import Deed, live
from dashboards.seats.treatments import Arm
from sim.engine import Engine
from sim.errors import InputError, as_typed, shown
from sim.lexicon import Term
from sim.organization import Organization
from sim.scenario import Scenario, from_toml
from sim.simulation import LARGEST_SEED
from sim.sources import rules_digest
from sim.spreadsheet import defused
from sim.terms import Kind, Motive, Strategy
from sim.wording import listed

ABOUT: Final = "ism.seats"
"""Under this key the metadata of the file say what session it is from, as JSON."""
FORM: Final = 1
"""The number of this form of the file."""


class Record(NamedTuple):
    """One moment: who was asked what, what they did, and what the model's member would have done."""

    moment: int
    """The occasion_id of the team's world: working hour, member and number in one."""
    team: str
    seat: str
    """What the seat is called; no name that anybody chose."""
    pair: int
    """The same number for the same member in every team."""
    member: str
    """Its id, as organisation files have it."""
    tick: int
    issue: int
    kind: str
    criticality: float
    choice: str | None
    """What the person did, a strategy; null where they did not answer in time, and the model's member decided."""
    motive: str | None
    """What held the person back; null where they said it, or did not say what."""
    audience_guess: int | None
    """How many readers the person expected."""
    seconds: float | None
    """From the question to the answer."""
    model_choice: str
    model_motive: str | None
    """What held the model's member back; null where they would have said it."""
    p_spoken: float
    """How likely the model's member would say it in the arena."""
    audience_imagined: float
    """How many readers the model's member imagines."""
    audience_possible: int
    """Members of the audience who have ever looked in."""


SCHEMA: Final[dict[str, Any]] = {
    "moment": pl.Int64, "team": pl.String, "seat": pl.String, "pair": pl.Int32, "member": pl.String, "tick": pl.Int32,
    "issue": pl.Int16, "kind": pl.String, "criticality": pl.Float64, "choice": pl.String, "motive": pl.String,
    "audience_guess": pl.Int32, "seconds": pl.Float64, "model_choice": pl.String, "model_motive": pl.String,
    "p_spoken": pl.Float64, "audience_imagined": pl.Float64, "audience_possible": pl.Int32,
}  # fmt: skip
_MAY_BE_NULL: Final = {"choice", "motive", "audience_guess", "seconds", "model_motive"}


@dataclass(frozen=True)
class Session:
    """A session as its file has it."""

    scenario: Scenario
    """Of all teams, before anything was assigned to one."""
    seed: int
    arms: tuple[Arm, ...]
    tick: int
    """Up to which hour it was played."""
    records: tuple[Record, ...]
    given: bool = False
    """Whether the organisation was given, which then is needed to live it again."""
    rules: str = ""
    """Digest of the rules that it was played by."""


# ---------------------------------------------------------------- living again


def deeds(records: Iterable[Record], team: str) -> list[Deed]:
    """Return what people decided in the world of a team."""
    return [
        Deed(each.moment, each.issue, Strategy[each.choice])
        for each in records
        if each.team == team and each.choice is not None
    ]


def relive(session: Session, organization: Organization | None = None) -> dict[str, Engine]:
    """Return the world of each team, by its letter, simulated again from what people decided.

    Raises InputError where other rules made it, or the organisation that it needs is not given.
    """
    if session.rules not in ("", rules_digest()):
        raise InputError("this session was played by other rules than those of this version")
    if session.given and organization is None:
        raise InputError("this session needs the organisation that it was played in")
    worlds = {}
    for arm in session.arms:
        worlds[arm.key] = Engine(arm.scenario(session.scenario), organization, session.seed)
        live(worlds[arm.key], deeds(session.records, arm.key), session.tick)
    return worlds


# ---------------------------------------------------------------- as files


def table(records: Sequence[Record]) -> pl.DataFrame:
    """Return the records as a table, in the order of team, time and seat."""
    ordered = sorted(records, key=lambda each: (each.team, each.tick, each.moment))
    return pl.DataFrame([each._asdict() for each in ordered], schema=SCHEMA, orient="row")


def as_parquet(session: Session) -> bytes:
    """Return a session as a Parquet file."""
    about = {
        "form": FORM,
        "rules": session.rules or rules_digest(),
        "scenario": session.scenario.to_toml(),
        "seed": session.seed,
        "tick": session.tick,
        "given": session.given,
        "teams": [{"key": arm.key, "words": arm.words, "changes": dict(arm.changes)} for arm in session.arms],
    }
    packed = io.BytesIO()
    table(session.records).write_parquet(packed, metadata={ABOUT: json.dumps(about, sort_keys=True)})
    return packed.getvalue()


def as_csv(session: Session) -> bytes:
    """Return the moments of a session as CSV; no text in it is a formula."""
    found = table(session.records)
    texts = [
        pl.col(name).map_elements(defused, return_dtype=pl.String) for name, kind in SCHEMA.items() if kind == pl.String
    ]
    return found.with_columns(texts).write_csv().encode()


def read(content: bytes) -> Session:
    """Return the session in a Parquet file; InputError where there is none, or it is damaged in whatever way."""
    try:
        about = json.loads(pl.read_parquet_metadata(io.BytesIO(content))[ABOUT])
        found = pl.read_parquet(io.BytesIO(content))
    except MemoryError:
        raise
    except (Exception, pl.exceptions.PanicException) as problem:  # a panic of polars is no Exception
        raise InputError(f"this is no file of a session ({shown(problem, 80)})") from None
    form = about.get("form") if isinstance(about, dict) else about
    if form != FORM or dict(found.schema) != SCHEMA:
        raise InputError(f"this file has form {as_typed(form)}; this version reads form {FORM}")
    if lacking := [name for name in SCHEMA if name not in _MAY_BE_NULL and found[name].has_nulls()]:
        raise InputError(f"the file of a session has rows without {listed(lacking)}")
    records = tuple(_checked(Record(*row)) for row in found.iter_rows())
    return _session(about, records)


def _session(about: Mapping[str, Any], records: tuple[Record, ...]) -> Session:
    try:
        teams = tuple(Arm(str(each["key"]), str(each["words"]), dict(each["changes"])) for each in about["teams"])
        numbers = int(about["seed"]), int(about["tick"])
        base, given, rules = from_toml(str(about["scenario"])), bool(about["given"]), str(about["rules"])
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise InputError(f"this is no file of a session ({shown(problem, 80)})") from None
    if not 0 <= numbers[0] <= LARGEST_SEED:
        raise InputError(f"the file of a session has a seed that there is not: {numbers[0]}")
    return Session(base, numbers[0], teams, numbers[1], records, given, rules)


def _checked(record: Record) -> Record:
    """Return a record; InputError where its words are none of the model's."""
    words: list[tuple[type[Term], str | None]] = [
        (Strategy, record.choice), (Strategy, record.model_choice), (Motive, record.motive),
        (Motive, record.model_motive), (Kind, record.kind),
    ]  # fmt: skip
    for kind, word in words:
        if word is not None and word not in kind.__members__:
            raise InputError(f"{as_typed(word)} is no {kind.__name__.lower()}")
    return record
