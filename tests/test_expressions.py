"""Claims about expressions: what Python's own arithmetic says of them, and that nothing else can stand in them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.expressions import LONGEST, parse
from sim.errors import InputError

NUMBERS = st.floats(-1e6, 1e6)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_an_expression_means_what_python_means_by_it(a, b, c):
    values = {"posts": a, "p_speak@role:coworker": b, "leadership.executives.openness": c}
    said = "posts + 2 * p_speak@role:coworker - leadership.executives.openness / 4"
    assert parse(said, condition=False).value(values) == a + 2 * b - c / 4
    asked = "(posts >= 3 or not leadership.executives.openness < .5) and p_speak@role:coworker != 0"
    assert parse(asked, condition=True).holds(values) == ((a >= 3 or not c < 0.5) and b != 0)
    assert parse("0 < posts <= 5", condition=True).holds(values) == (0 < a <= 5)


@given(NUMBERS, NUMBERS)
def test_a_condition_is_missed_by_nothing_exactly_where_it_holds(a, b):
    found = parse("x >= 1 and (y < 2 or x > 7)", condition=True)
    assert (found.lack({"x": a, "y": b}) == 0.0) == found.holds({"x": a, "y": b})


def test_what_has_no_value_meets_no_comparison():
    found = parse("posts >= 0", condition=True)
    assert not found.holds({})
    assert not found.holds({"posts": math.nan})
    assert found.lack({}) == math.inf


def test_names_keep_their_scopes_and_spaces_go_in_quotation_marks():
    found = parse('p_speak@role:coworker@days:4-9 > .1 and "posts@department:R and D" > 2', condition=True)
    assert found.names == ("p_speak@role:coworker@days:4-9", "posts@department:R and D")


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('x')", "posts.real()", "[1] == 1", "lambda: 1", "posts if x else y", "x := 3", "x[0] > 1",
     "posts => 2", "((((", "", "f'{x}' > 1", "x ** 9 ** 9 > 1", "posts + (x > 1) > 2", "1e999 > x", "(x > 1) > 0"],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(InputError, match="cannot be read"):
        parse(text, condition=True)


def test_a_number_is_no_condition_and_a_long_text_is_not_read():
    with pytest.raises(InputError, match="is not a condition"):
        parse("posts + 1", condition=True)
    with pytest.raises(InputError, match="is not a number"):
        parse("posts > 1", condition=False)
    with pytest.raises(InputError, match="characters at most"):
        parse("x > " + "1" * LONGEST, condition=True)
