"""The record of a calibration: read, asked what holds in it, and its default written where the model reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from scipy import stats
from typing_extensions import TypedDict

from experiments.calibration.design import Free
from experiments.calibration.loss import FITTED, TESTED
from experiments.facts.conclusions import CONCLUSIONS
from experiments.facts.declared import FACTS
from experiments.facts.fact import Part
from experiments.facts.scorecard import Match, judge, together
from experiments.facts.sizes import QUICK_SIZES, SIZES
from experiments.statistics import Interval, holm
from sim import calibrated, files, input_files
from sim.errors import InputError, as_typed, nearest, shown
from sim.limits import MANIFEST_BYTES
from sim.parameters import registry
from sim.scenario import Scenario, flat_parameters

RECORD: Final = Path(__file__).with_name("record.json")
OWN: Final = "arena"
"""The theory that the defaults are those of."""
LOSS: Final = "missed parts of facts of use calib and input, and of what the default arena must be"


_MORE: Final = ConfigDict(extra="allow")
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Shown = Annotated[list[_Number | None], Field(min_length=3)]
"""A mean and the ends of its interval; None where there was nothing to measure."""


@with_config(_MORE)
class _Plan(TypedDict):
    design: int
    twice: int
    waves: int
    wave: int
    search_from: int
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
    sized: dict[str, _Shown]
    missed: list[str]


@with_config(_MORE)
class _Record(_Default):
    free: list[_Free]
    foreseen: dict[str, _Number]
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
        "sized": {*QUICK_SIZES},
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


def share_within(record: Mapping[str, Any], name: str) -> float:
    """Return the share of acceptable sets in which the mean of a size lies in its range."""
    size, means = SIZES[name], [one["sized"][name][0] for one in record["ensemble"]]
    return float(sum(mean is not None and size.low <= mean <= size.high for mean in means) / len(means))


HOLDS: Final = 0.9


def share_robust(record: Mapping[str, Any]) -> float:
    """Return the share of the conclusions that hold in nine of ten acceptable sets or more."""
    return sum(share_holding(record, name) >= HOLDS for name in CONCLUSIONS) / len(CONCLUSIONS)


# ---------------------------------------------------------------- equifinality and sensitivity


def freedom(record: Mapping[str, Any]) -> dict[str, float]:
    """Return how much of each guess's bounds the acceptable sets still fill, from 5 to 95%: 1 if nothing was learned.

    What is left near 1 is not identified: the facts cannot tell its values apart, others make up for them.
    """
    bounds = [Free(**free) for free in record["free"]]
    found = {free.name: [free.place(one["values"][free.name]) for one in record["ensemble"]] for free in bounds}
    return {name: float(np.ptp(np.percentile(places, [5, 95]))) / 0.9 for name, places in found.items()}


def deciding(record: Mapping[str, Any], kind: str, name: str) -> list[tuple[str, float]]:
    """Return the guesses that go with a conclusion or size over the acceptable sets, by their rank correlation.

    Only those that stand when all are tested at once (Holm 1979), the strongest first.
    """
    outcome = np.array([one[kind][name][0] for one in record["ensemble"]], float)
    known = ~np.isnan(outcome)
    if known.sum() < FEWEST_SETS or np.ptp(outcome[known]) == 0.0:
        return []
    guesses = [free["name"] for free in record["free"]]
    values = [np.array([one["values"][guess] for one in record["ensemble"]])[known] for guess in guesses]
    tests = [stats.spearmanr(each, outcome[known]) for each in values]
    stands = holm([float(test.pvalue) for test in tests])
    found = [(guess, float(test.statistic)) for guess, test, is_so in zip(guesses, tests, stands, strict=True) if is_so]
    return sorted(found, key=lambda one: -abs(one[1]))


FEWEST_SETS: Final = 10
"""Acceptable sets from which on correlations over them are given."""


# ---------------------------------------------------------------- rivals


def path_of(rules: str) -> Path:
    """Return where the record of a theory is kept."""
    return RECORD if rules == OWN else RECORD.with_stem(f"record-{rules}")


def fitted_to(rules: str) -> dict[str, float]:
    """Return the values that a rival theory was fitted with; none for our own, whose are the defaults.

    Raises InputError where the record speaks of parameters that there are no more: the rival is to be fitted again.
    """
    path = path_of(rules)
    if rules == OWN or not path.is_file():
        return {}
    found: dict[str, float] = _read(path, _Default)[1]["default"]
    for name, value in found.items():
        _check_default(name, value, shown(path))
    return found


def under_theory(scenario: Scenario, rules: str) -> Scenario:
    """Return a scenario under a theory with the values it was fitted with, where the scenario leaves the default."""
    numbers = flat_parameters(scenario.parameters)
    fitted = {name: value for name, value in fitted_to(rules).items() if numbers[name] == registry()[name].default}
    return scenario.with_({"rules.voice": rules} | fitted)


# ---------------------------------------------------------------- the defaults


def apply_default(path: Path = RECORD) -> None:
    """Write a record's default where the model takes its calibrated defaults from, with what it comes from."""
    content, record = _read(path, _Default)
    for name, value in record["default"].items():
        _check_default(name, value, shown(path))
    if lacking := calibrated.GUESSES.keys() - record["default"].keys():
        raise InputError(f"'{min(lacking)}', which a calibration has to choose, is missing", file=shown(path))
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
    return int(plan["design"] + plan["twice"] + plan["waves"] * plan["wave"])


def _defaults(default: Mapping[str, float]) -> Iterator[str]:
    yield "[defaults]"
    for name in sorted(default):
        yield f'"{name}" = {default[name]!r}'
