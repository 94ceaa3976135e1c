"""Calibration of the default scenario: which numbers that are guesses fit what is known, and which is the default.

Only parameters whose status is a guess (or that came out of this procedure) are free, within bounds declared in
`design`. They are fitted to facts of use `calib` and `input`, never to a `test` fact, by history matching (Craig et al.
1997): a Sobol design over the bounds, then waves of sets that a regression on all sets tried so far expects to be near.
A set is acceptable if, over seeds of its own, no fact that it is fitted to is missed, and the arena has no trend. All
acceptable sets are kept (equifinality), with the test facts and the conclusions measured on other seeds.
"""

from experiments.calibration.acceptance import calibrate
from experiments.calibration.design import FREE, QUICK, Free, Plan, rival
from experiments.calibration.record import RECORD, read_record

__all__ = ["FREE", "QUICK", "RECORD", "Free", "Plan", "calibrate", "read_record", "rival"]
