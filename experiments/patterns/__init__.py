"""Patterns: what scenarios say they expect, put to the test over seeds, and reported as it is found."""

from experiments.patterns.claims import Claim, claims_of
from experiments.patterns.deciding import Verdict, decide, error_at, looks
from experiments.patterns.probes import PROBES, Probe
from experiments.patterns.testing import CAP, Tested, Trial, put_to_the_test

__all__ = [
    "CAP",
    "PROBES",
    "Claim",
    "Probe",
    "Tested",
    "Trial",
    "Verdict",
    "claims_of",
    "decide",
    "error_at",
    "looks",
    "put_to_the_test",
]
