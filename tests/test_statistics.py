"""Intervals, effect sizes and corrections, held against SciPy and against answers that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.statistics import holm, mean_interval, paired, student_quantile

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=30)


@given(values=st.lists(NUMBERS, min_size=2, max_size=30))
def test_an_interval_is_students(values):
    found = mean_interval(values)
    spread = stats.sem(values)
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), spread) if spread else (np.mean(values),) * 2
    assert found.runs == len(values)
    assert found.low == pytest.approx(low, abs=1e-6)
    assert found.high == pytest.approx(high, abs=1e-6)


@given(share=st.floats(0.001, 0.999), freedom=st.integers(1, 100_000))
def test_a_quantile_has_the_bits_of_scipys_student(share, freedom):
    assert student_quantile(share, freedom) == stats.t.ppf(share, freedom)


def test_what_is_missing_is_left_out_of_an_interval():
    assert mean_interval([1.0, None, 3.0, math.nan]) == mean_interval([1.0, 3.0])
    assert mean_interval([2.0]).low == -math.inf
    assert math.isnan(mean_interval([None]).mean)


def test_an_interval_holds_the_true_mean_in_95_of_100_samples():
    samples = np.random.default_rng(1).normal(3.0, 2.0, (4000, 8))
    held = [found.low <= 3.0 <= found.high for found in map(mean_interval, samples)]
    assert 0.94 < np.mean(held) < 0.96


@given(pairs=PAIRS)
def test_a_paired_comparison_is_scipys_paired_t_test(pairs):
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    found = paired(a, b)
    if np.std(b - a) < 1e-6:
        return
    known = stats.ttest_rel(b, a)
    assert found.p == pytest.approx(known.pvalue, rel=1e-6, abs=1e-12)
    interval = known.confidence_interval()
    assert found.difference.low == pytest.approx(interval.low, rel=1e-6, abs=1e-6)
    assert found.differs == (interval.low > 0 or interval.high < 0)
    assert found.d_z == pytest.approx((b - a).mean() / (b - a).std(ddof=1), rel=1e-6, abs=1e-9)


def test_effect_sizes_and_removed_variance_have_known_values():
    a, b = [1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 6.0]
    found = paired(a, b)
    apart = np.array([1.0, 1.0, 1.0, 2.0])
    assert found.difference.mean == 1.25
    assert found.d == pytest.approx(1.25 / math.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / 2))
    assert found.d_z == pytest.approx(1.25 / apart.std(ddof=1))
    assert found.removed == pytest.approx(1 - apart.var(ddof=1) / (np.var(a, ddof=1) + np.var(b, ddof=1)))
    assert found.correlation == pytest.approx(stats.pearsonr(a, b).statistic)


def test_luck_that_is_shared_is_removed_and_luck_that_is_not_is_none():
    luck = np.random.default_rng(2).normal(size=(2, 4000))
    assert paired(luck[0], luck[0] + 1.0).removed == pytest.approx(1.0)
    assert paired(luck[0], luck[1]).removed == pytest.approx(0.0, abs=0.05)


def test_pairs_in_which_one_has_no_value_are_left_out_and_counted():
    found = paired([1.0, None, 2.0, 3.0, math.nan], [2.0, 5.0, None, 5.0, 1.0])
    assert found.left_out == 3
    assert found.difference.runs == 2
    assert (found.a, found.b) == (2.0, 3.5)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_pairs_tell_nothing(count):
    found = paired([1.0] * count, [2.0] * count)
    assert not found.differs
    assert math.isnan(found.p)
    assert math.isnan(found.removed)


def test_the_same_values_differ_in_nothing_and_rounding_is_no_difference():
    found = paired([1.0, 2.0, 3.0], [1.0, 2.0 + 1e-15, 3.0 - 1e-15])
    assert (found.difference.mean, found.d, found.d_z, found.p) == (0.0, 0.0, 0.0, 1.0)
    assert not found.differs


def test_the_same_difference_everywhere_is_as_sure_as_can_be():
    found = paired([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    assert (found.d_z, found.p, found.differs) == (math.inf, 0.0, True)


def test_holms_correction_has_known_answers():
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]  # .005 < .05/4, .01 < .05/3, .03 > .05/2
    assert holm([0.2, math.nan, 0.04]) == [False, False, False]
    assert holm([math.nan, 0.04]) == [False, True]
    assert holm([]) == []


def test_holm_lets_luck_through_in_at_most_5_of_100_families():
    draws = np.random.default_rng(3).uniform(size=(4000, 20))
    assert np.mean([any(holm(family)) for family in draws]) < 0.06
