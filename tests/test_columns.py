"""Rows on a terminal: whatever its width, nothing is cut, and nothing is wider than it is."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from experiments.columns import Columns

HEADINGS = ("", "what", "source", "simulated", "", "verdict")
CELLS = st.tuples(
    st.from_regex(r"[A-Z][0-9]{1,2}[a-c]?", fullmatch=True),
    st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=12).map(" ".join),
    st.from_regex(r"-?[0-9]\.[0-9]{1,4}", fullmatch=True),
    st.from_regex(r"-?[0-9]\.[0-9]{1,4}", fullmatch=True),
    st.from_regex(r"|\[-?[0-9]\.[0-9]{1,4}, [0-9]\.[0-9]{1,4}\]", fullmatch=True),
    st.sampled_from(("matched", "missed", "undecided")),
)


def printed(rows, width, **kinds):
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(Columns(HEADINGS, rows, title="A [red]title[/red]", **kinds))
    return console.file.getvalue()


@given(rows=st.lists(CELLS, min_size=1, max_size=5), width=st.integers(34, 130))
def test_no_number_is_cut_at_any_width(rows, width):
    text = printed(rows, width, words=("what",), left=("", "verdict"))
    assert "A [red]title[/red]" in text
    assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text
    for row in rows:
        for cell in (*row[2:4], row[4].split(", ")[0], row[5]):
            assert cell in text
        assert all(word in text for word in row[1].split())


@pytest.mark.parametrize(("width", "first"), [(120, "source"), (40, "F1")])
def test_a_narrow_terminal_gets_the_cells_of_a_row_below_one_another(width, first):
    text = printed([("F1", "a share of all", "0.4", "0.81", "[0.7, 0.9]", "missed")], width, words=("what",))
    assert text.splitlines()[1].split()[-1 if width == 40 else 1] == first
    assert "0.81  [0.7, 0.9]" in text if width == 120 else "simulated  0.81 [0.7, 0.9]" in text
