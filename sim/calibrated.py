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


GUESSES: Final[dict[str, float]] = {}
"""The first guess of each parameter that a calibration is free to move, as `calibrated` declares it."""


class Calibrated(NamedTuple):
    """A default that a calibration chose, or may choose."""

    value: float
    chosen: bool
    """Whether one did; else it is the first guess."""


def calibrated(name: str, guess: float) -> Calibrated:
    """Declare that a calibration is free to move a parameter from its first guess, and return its default."""
    GUESSES[name] = guess
    return Calibrated(DEFAULTS.get(name, guess), name in DEFAULTS)
