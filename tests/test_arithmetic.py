"""The project's own exp and log: accurate to one unit in the last place, and never surprising."""

from __future__ import annotations

import math
from decimal import Context, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.arithmetic import exp, log, logistic, logit

_EXACT = Context(prec=50)


def _exp_truly(x: float) -> Decimal:
    return Decimal(x).exp(_EXACT)


def _log_truly(x: float) -> Decimal:
    return Decimal(x).ln(_EXACT)


def _units_off(found: float, truth: Decimal) -> float:
    """Return the distance in units in the last place of the truth."""
    return float(abs(_EXACT.subtract(Decimal(found), truth)) / Decimal(math.ulp(float(truth))))


def _exp_points() -> np.ndarray:
    draw = np.random.default_rng(1)
    halves = (np.arange(-1020, 1022, 3) + 0.5) * math.log(2)  # where the reduction changes from one power to the next
    seams = np.concatenate([halves * (1 + d) for d in (-1e-9, -1e-15, 0.0, 1e-15, 1e-9)])
    return np.concatenate(
        [
            np.linspace(-708, 709, 2001),
            np.linspace(-1, 1, 2001),
            draw.uniform(-30, 30, 4000),
            10.0 ** -np.arange(300),
            seams,
        ]
    )


def _log_points() -> np.ndarray:
    draw = np.random.default_rng(2)
    near_one = 1 + np.arange(-500, 501) * 2.0**-53
    seams = np.concatenate([math.sqrt(2) * 2.0**k * (1 + np.arange(-5, 6) * 2.0**-52) for k in (-700, -1, 0, 1, 700)])
    return np.concatenate(
        [np.linspace(1e-6, 4, 3001), np.exp(draw.uniform(-700, 700, 3000)), 1 - draw.random(3000), near_one, seams]
    )


def test_exp_is_within_one_unit_in_the_last_place() -> None:
    assert max(_units_off(exp(x), _exp_truly(x)) for x in _exp_points()) < 1.0


def test_log_is_within_one_unit_in_the_last_place() -> None:
    assert max(_units_off(log(x), _log_truly(x)) for x in _log_points()) < 1.0


def test_log_of_subnormal_numbers_is_right_too() -> None:
    assert max(_units_off(log(x), _log_truly(x)) for x in (5e-324, 1e-320, 1e-310, 2.2250738585072011e-308)) < 1.0


def test_logistic_is_within_two_units_in_the_last_place() -> None:
    points = np.random.default_rng(3).uniform(-30, 30, 4000)
    one = Decimal(1)
    assert max(_units_off(logistic(x), _EXACT.divide(one, one + _exp_truly(-x))) for x in points) < 2.0


def test_logit_undoes_logistic() -> None:
    for x in np.linspace(-12, 12, 241):
        assert logit(logistic(x)) == pytest.approx(x, abs=1e-10)


def test_special_values_are_exact() -> None:
    assert exp(0.0) == 1.0
    assert exp(-0.0) == 1.0
    assert log(1.0) == 0.0
    assert logistic(0.0) == 0.5
    assert logit(0.5) == 0.0


def test_the_ends_are_limits_and_never_errors() -> None:
    assert (exp(-math.inf), exp(-1e300), exp(-708.1)) == (0.0, 0.0, 0.0)
    assert (exp(709.1), exp(1e300), exp(math.inf)) == (math.inf, math.inf, math.inf)
    assert (log(0.0), log(-0.0), log(math.inf)) == (-math.inf, -math.inf, math.inf)
    assert (logistic(-math.inf), logistic(math.inf), logistic(-1e5), logistic(1e5)) == (0.0, 1.0, 0.0, 1.0)
    assert (logit(0.0), logit(1.0)) == (-math.inf, math.inf)
    assert all(math.isnan(value) for value in (exp(math.nan), log(math.nan), log(-1.0), log(-math.inf)))


def test_exp_is_never_subnormal() -> None:
    """Some libraries switch subnormal numbers off for a whole process, which would change results."""
    assert exp(-708.0) >= np.finfo(np.float64).tiny
    assert exp(math.nextafter(-708.0, -math.inf)) == 0.0


@settings(deadline=None)  # the first call compiles
@given(st.floats(-745, 709), st.floats(-745, 709))
def test_exp_and_logistic_never_fall_where_their_argument_rises(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert exp(low) <= exp(high)
    assert logistic(low) <= logistic(high)


@settings(deadline=None)  # the first call compiles
@given(st.floats(min_value=5e-324, max_value=1.7e308), st.floats(min_value=5e-324, max_value=1.7e308))
def test_log_never_falls_where_its_argument_rises(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert log(low) <= log(high)


@settings(deadline=None)  # the first call compiles
@given(st.floats(allow_nan=False))
def test_a_probability_lies_between_0_and_1(x: float) -> None:
    assert 0.0 <= logistic(x) <= 1.0


def test_plain_numbers_come_back() -> None:
    assert {type(f(np.float64(0.3))) for f in (exp, log, logistic, logit)} == {float}
    assert exp(1) == exp(1.0)
