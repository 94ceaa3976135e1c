"""Defaults that a calibration chose: the numbers of `calibrated.toml`, which says what they come from."""

import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

PATH: Final = Path(__file__).with_suffix(".toml")

_FOUND: Final[dict[str, Any]] = tomllib.loads(PATH.read_text("utf-8"))
DEFAULTS: Final[dict[str, float]] = _FOUND["defaults"]
"""Each calibrated default by its parameter's dotted name."""
PROVENANCE: Final[dict[str, Any]] = _FOUND["provenance"]
"""What they come from: the record, the facts and the rules (digests of each), the loss, the seeds."""


class Calibrated(NamedTuple):
    """A default that a calibration chose."""

    value: float


def calibrated(name: str) -> Calibrated:
    """Return the calibrated default of a parameter; KeyError where no calibration chose one."""
    return Calibrated(DEFAULTS[name])
