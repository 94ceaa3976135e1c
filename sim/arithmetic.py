"""exp and log from additions, multiplications, divisions and bits alone.

The C libraries' exp and log differ in their last bit from one system and processor to the next. These use only
operations that IEEE 754 defines exactly, so a run has the same bits everywhere, compiled or in plain Python. The
reductions and polynomials are those of fdlibm (Sun Microsystems, 1993; `e_exp.c`, `e_log.c`); errors stay below one
unit in the last place.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sim.compiled import rule

LN2: Final = 0.6931471805599453
_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_ONE_OVER_LN2: Final = 1.44269504088896338700
_ROUND: Final = 6755399441055744.0  # 1.5 times 2^52: added and taken away, it leaves no fraction

_EXP_LOWEST: Final = -708.0
_EXP_HIGHEST: Final = 709.0
_P1: Final = 1.66666666666666019037e-01
_P2: Final = -2.77777777770155933842e-03
_P3: Final = 6.61375632143793436117e-05
_P4: Final = -1.65339022054652515390e-06
_P5: Final = 4.13813679705723846039e-08

_L1: Final = 6.666666666666735130e-01
_L2: Final = 3.999999999940941908e-01
_L3: Final = 2.857142874366239149e-01
_L4: Final = 2.222219843214978396e-01
_L5: Final = 1.818357216161805012e-01
_L6: Final = 1.531383769920937332e-01
_L7: Final = 1.479819860511658591e-01

_SMALLEST_NORMAL: Final = 2.2250738585072014e-308
_TWO_TO_54: Final = 18014398509481984.0
_SQRT_HALF_BITS: Final = 0x3FE6A09E667F3BCD
_INFINITY: Final = math.inf
_NOT_A_NUMBER: Final = math.nan


@rule
def exp(x: float) -> float:
    """Return e to the power `x`, for `x` in [-708, 709]; 0 below and infinity above, not a number stays so.

    Below -708 results would be subnormal numbers, which some libraries switch off for a whole process. What is out of
    bounds is put right at the end: without a branch, a compiler computes once what a loop needs each time.
    """
    x = float(x)
    inside = min(max(x, _EXP_LOWEST), _EXP_HIGHEST)
    power = (inside * _ONE_OVER_LN2 + _ROUND) - _ROUND  # the nearest whole number
    high = inside - power * _LN2_HIGH
    low = power * _LN2_LOW
    rest = high - low
    square = rest * rest
    even = rest - square * (_P1 + square * (_P2 + square * (_P3 + square * (_P4 + square * _P5))))
    of_rest = 1.0 + (rest * even / (2.0 - even) - low + high)
    raised = of_rest * float(np.int64((int(power) + 1023) << 52).view(np.float64))
    raised = 0.0 if x < _EXP_LOWEST else raised
    raised = _INFINITY if x > _EXP_HIGHEST else raised
    return raised if x == x else x


@rule
def log(x: float) -> float:
    """Return the natural logarithm of `x`; minus infinity at 0, not a number below."""
    x = float(x)
    tiny = x < _SMALLEST_NORMAL
    scaled, scaled_by = (x * _TWO_TO_54, 54) if tiny else (x, 0)
    # scaled = (1 + f) 2^power with 1 + f in [sqrt(1/2), sqrt(2))
    offset = int(np.float64(scaled).view(np.int64)) - _SQRT_HALF_BITS
    power = (offset >> 52) - scaled_by
    f = float(np.int64((offset & 0xFFFFFFFFFFFFF) + _SQRT_HALF_BITS).view(np.float64)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = w * (_L2 + w * (_L4 + w * _L6))
    even = z * (_L1 + w * (_L3 + w * (_L5 + w * _L7)))
    half = 0.5 * f * f
    found = power * _LN2_HIGH - ((half - (s * (half + (odd + even)) + power * _LN2_LOW)) - f)
    found = found if x < _INFINITY else x  # infinity, and what is not a number
    found = -_INFINITY if x == 0.0 else found
    return _NOT_A_NUMBER if x < 0.0 else found


_LOGS: Final = np.array([getattr(log, "py_func", log)(float(count)) for count in range(256)])


@rule
def log_of_count(count: float) -> float:
    """Return the natural logarithm of a whole number, at least 0: looked up where it is small, as counts mostly are."""
    return _LOGS[int(count)] if count < len(_LOGS) else log(count)


@rule
def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x), the probability whose log odds are `x`; exactly 0 and 1 at the infinities."""
    return 1.0 / (1.0 + exp(-x))


@rule
def logit(p: float) -> float:
    """Return the log odds of the probability `p`; the infinities at exactly 0 and 1."""
    return log(p) - log(1.0 - p)
