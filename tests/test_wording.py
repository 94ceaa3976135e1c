"""Numbers, counted nouns and times are written one way, and agree."""

import ast
import math
from pathlib import Path

import pytest

from sim import wording

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (1, "wish", "1 wish"),
        (0, "wish", "0 wishes"),
        (1204, "team", "1,204 teams"),
        (2, "person", "2 people"),
        (2, "reply", "2 replies"),
        (2, "working day", "2 working days"),
        (3, "guess", "3 guesses"),
    ],
)
def test_a_noun_agrees_with_its_number(number, noun, expected):
    assert wording.count(number, noun) == expected


def test_small_numbers_are_spelled_out():
    spelled = [wording.spell(n, "voice") for n in (0, 1, 12, 13)]
    assert spelled == ["no voices", "one voice", "twelve voices", "13 voices"]
    assert wording.spell(1204) == "1,204"


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (None, "–"), (math.nan, "–"), (0.0, "0%"), (0.0001, "under 0.1%"), (0.004, "0.4%"), (0.00994, "1.0%"),
        (0.01, "1%"), (0.5, "50%"), (0.99, "99%"), (0.996, "99.6%"), (0.9999, "over 99.9%"), (1.0, "100%"),
        (-0.2, "-20%"),
    ],
)  # fmt: skip
def test_a_share_is_never_rounded_to_none_or_all(share, expected):
    assert wording.percent(share) == expected


def test_numbers_keep_three_digits_that_count():
    values = (None, math.nan, math.inf, -math.inf, 0.0, 0.012345, 99.96, 999.6, 12345.6)
    assert [wording.significant(value) for value in values] == [
        "–", "–", "∞", "-∞", "0", "0.0123", "100", "1,000", "12,346",
    ]  # fmt: skip
    assert [wording.significant(value, sign=True) for value in (0.0, 0.5, -0.5)] == ["0", "+0.5", "-0.5"]


def test_what_a_page_draws_is_short_and_finite():
    assert [wording.rounded(value) for value in (None, math.inf, math.nan, 0.123456)] == [None, None, None, 0.1235]


def test_lists_read_as_sentences():
    assert wording.listed([]) == ""
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b"]) == "a and b"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed(list("abcde"), most=3) == "a, b, c and 2 more"
    assert wording.listed(list("abc"), most=3) == "a, b and c"


def test_times_are_days_from_0_and_hours_from_nine():
    assert wording.when(8 * 12 + 5) == "day 12, 14:00"
    assert wording.moment(2.0) == "day 2"
    assert wording.moment(2.375) == "day 2, 12:00"
    assert [wording.working_time(hours) for hours in (1, 7)] == ["one working hour", "seven working hours"]
    assert [wording.working_time(hours) for hours in (8, 17)] == ["one workday", "two workdays"]


def test_no_other_module_lets_words_agree_by_hand():
    by_hand = {
        f"{path.relative_to(ROOT)}"
        for folder in ("sim", "experiments", "dashboards")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.IfExp) and _asks_for_one(node.test) and _is_text(node.body) and _is_text(node.orelse)
    }
    assert not by_hand, f"use sim.wording.agree in {sorted(by_hand)}"


def _asks_for_one(test):
    return isinstance(test, ast.Compare) and ast.unparse(test).endswith((" == 1", " != 1"))


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
