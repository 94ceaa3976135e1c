"""Patterns: what scenarios say they expect, put to the test over seeds, and reported as it is found."""

from experiments.patterns.claims import Claim, claims_of
from experiments.patterns.deciding import Verdict, decide, error_at, looks
from experiments.patterns.probes import PROBES, Probe
from experiments.patterns.testing import CAP, Assessment, Tested, as_data, assess

__all__ = [
    "CAP",
    "PROBES",
    "Assessment",
    "Claim",
    "Probe",
    "Tested",
    "Verdict",
    "as_data",
    "assess",
    "claims_of",
    "decide",
    "error_at",
    "looks",
]
