"""The record of a calibration: read, asked what holds in it, and its default written where the model reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.declared import FACTS, Part
from experiments.facts.scorecard import Match, judge, together
from experiments.statistics import Interval
from sim import calibrated, files

RECORD: Final = Path(__file__).with_name("record.json")
LOSS: Final = "missed parts of facts of use calib and input, and of what the default arena must be"


def read_record(path: Path = RECORD) -> dict[str, Any]:
    """Return the record of a calibration."""
    return dict(json.loads(path.read_text("utf-8")))


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
    files.write(calibrated.PATH, describe_default(path.read_bytes()).encode())


def describe_default(content: bytes) -> str:
    """Return a record's default as the model reads it: a TOML file that says what it comes from."""
    return "\n".join((*_provenance(content), "", *_defaults(json.loads(content)["default"]), ""))


def _provenance(content: bytes) -> Iterator[str]:
    record = json.loads(content)
    plan = record["plan"]
    yield "# Defaults that were calibrated. `ism calibrate --apply` writes this file from a record; do not edit it."
    yield "[provenance]"
    yield f'record = "{blake2b(content, digest_size=16).hexdigest()}"'
    yield f'facts = "{record["facts"]}"'
    yield f'rules = "{record["rules"]}"'
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
