"""The record of a calibration: read, asked what holds in it, and its default written where the model reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from experiments.calibration.loss import FITTED, TESTED
from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.declared import FACTS
from experiments.facts.fact import Part
from experiments.facts.scorecard import Match, judge, together
from experiments.statistics import Interval
from sim import calibrated, files, input_files
from sim.errors import InputError, as_typed, nearest, shown
from sim.limits import MANIFEST_BYTES
from sim.parameters import registry

RECORD: Final = Path(__file__).with_name("record.json")
LOSS: Final = "missed parts of facts of use calib and input, and of what the default arena must be"


_MORE: Final = ConfigDict(extra="allow")
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Shown = Annotated[list[_Number | None], Field(min_length=3)]
"""A mean and the ends of its interval; None where there was nothing to measure."""


@with_config(_MORE)
class _Plan(TypedDict):
    design: int
    waves: int
    wave: int
    search_from: int
    search_seeds: int
    candidates: int
    accept_seeds: list[int]
    test_seeds: list[int]
    conclusion_seeds: list[int]


@with_config(_MORE)
class _Default(TypedDict):
    """What it takes to make a record's default that of the model."""

    rules: str
    facts: str
    plan: _Plan
    default: dict[str, _Number]


class _Free(TypedDict):
    name: str
    guess: _Number
    low: _Number
    high: _Number


@with_config(_MORE)
class _Set(TypedDict):
    values: dict[str, _Number]
    fitted: dict[str, _Shown]
    tested: dict[str, _Shown]
    concluded: dict[str, _Shown]


@with_config(_MORE)
class _Record(_Default):
    free: list[_Free]
    unreachable: list[str]
    allowed: int
    missed: dict[str, int]
    ensemble: Annotated[list[_Set], Field(min_length=1)]


def read_record(path: Path = RECORD) -> dict[str, Any]:
    """Return the record of a calibration; InputError where a file is none, or is about other facts than there are."""
    record = _read(path, _Record)[1]
    parts = {
        "fitted": {part.id for part in FITTED},
        "tested": {part.id for part in TESTED},
        "concluded": {*CONCLUSIONS},
    }
    for number, one in enumerate(record["ensemble"]):
        for kind, wanted in parts.items():
            if lacking := wanted - one[kind].keys():
                raise InputError(f"ensemble.{number}.{kind} has no '{min(lacking)}'", file=shown(path))
    return record


def _read(path: Path, kind: Any) -> tuple[bytes, dict[str, Any]]:
    content = input_files.read_bytes(path, MANIFEST_BYTES)
    try:
        return content, dict(TypeAdapter(kind).validate_json(content))
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        where = f": {as_typed(place)} is missing or not what it should be" if place else ""
        raise InputError(f"this is no record of a calibration{where}", file=shown(path)) from None


def share_holding(record: Mapping[str, Any], name: str) -> float:
    """Return the share of acceptable sets in which a conclusion holds: mean difference over its seeds above 0."""
    found = [(one["concluded"][name][0] or 0.0) > 0.0 for one in record["ensemble"]]
    return float(sum(found) / len(found))


def shares_of_matches(record: Mapping[str, Any], fact: str, kind: str) -> dict[Match, float]:
    """Return in which shares of the acceptable sets a fact is matched, missed or undecided."""
    parts = FACTS[fact].parts
    found = [together([_verdict(part, one[kind][part.id]) for part in parts]) for one in record["ensemble"]]
    return {verdict: found.count(verdict) / len(found) for verdict in Match}


def _verdict(part: Part, shown: Sequence[float | None]) -> Match:
    if shown[0] is None or shown[1] is None or shown[2] is None:
        return Match.undecided
    return judge(Interval(shown[0], shown[1], shown[2], 2), part.low, part.high)


HOLDS: Final = 0.9


def share_robust(record: Mapping[str, Any]) -> float:
    """Return the share of the conclusions that hold in nine of ten acceptable sets or more."""
    return sum(share_holding(record, name) >= HOLDS for name in CONCLUSIONS) / len(CONCLUSIONS)


# ---------------------------------------------------------------- the defaults


def apply_default(path: Path = RECORD) -> None:
    """Write a record's default where the model takes its calibrated defaults from, with what it comes from."""
    content, record = _read(path, _Default)
    for name, value in record["default"].items():
        _check_default(name, value, shown(path))
    if lacking := calibrated.DEFAULTS.keys() - record["default"].keys():
        raise InputError(f"'{min(lacking)}', which the model takes from a record, is missing", file=shown(path))
    files.write(calibrated.PATH, describe_default(content).encode())


def _check_default(name: str, value: float, file: str) -> None:
    if (known := registry().get(name)) is None:
        raise InputError(f"there is no parameter {as_typed(name)}", file=file, nearest=nearest(name, registry()))
    if known.low is not None and known.high is not None and not known.low <= value <= known.high:
        raise InputError(f"{as_typed(name)} = {value:g} is not from {known.low:g} to {known.high:g}", file=file)


def describe_default(content: bytes) -> str:
    """Return a record's default as the model reads it: a TOML file that says what it comes from."""
    return "\n".join((*_provenance(content), "", *_defaults(json.loads(content)["default"]), ""))


def _provenance(content: bytes) -> Iterator[str]:
    record = json.loads(content)
    plan = record["plan"]
    yield "# Defaults that were calibrated. `ism calibrate --apply` writes this file from a record; do not edit it."
    yield "[provenance]"
    yield f'record = "{blake2b(content, digest_size=16).hexdigest()}"'
    yield f"facts = {json.dumps(record['facts'])}"
    yield f"rules = {json.dumps(record['rules'])}"
    yield f'loss = "{LOSS}"'
    yield f"search_seeds = [{plan['search_from']}, {plan['search_from'] + _searched(plan) - 1}]"
    for name in ("accept_seeds", "test_seeds", "conclusion_seeds"):
        yield f"{name} = {plan[name]}"


def _searched(plan: Mapping[str, Any]) -> int:
    return int((plan["design"] + plan["waves"] * plan["wave"]) * plan["search_seeds"])


def _defaults(default: Mapping[str, float]) -> Iterator[str]:
    yield "[defaults]"
    for name in sorted(default):
        yield f'"{name}" = {default[name]!r}'
