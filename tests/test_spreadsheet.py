"""No text of a CSV file is a formula to a spreadsheet, and every text comes back as it was."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis.tables import as_csv
from sim.organization import generate, read, write
from sim.parameters import OrganizationTable
from sim.spreadsheet import defused, restored

SMALL = OrganizationTable(members=4, span_of_control=3, levels=2, locations=1, ties_per_member=0, communicators_share=0)
FORMULAS = ['=HYPERLINK("http://evil.example","x")', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1", "''=1"]
TEXTS = st.text(max_size=12) | st.text(alphabet="'=+-@\t\r\n＝ a,\"", max_size=6)


@given(TEXTS)
def test_every_text_comes_back(text: str) -> None:
    assert restored(defused(text)) == text
    assert defused(text)[:1] not in (*"=+-@\t\r\n＝＋－＠",) or not text


@pytest.mark.parametrize("text", ["", "Anna", "'Anna'", "a=b", "m1", "Jean-Luc", "O'Neill", " =1"])
def test_a_text_that_is_no_formula_stays_as_it_is(text: str) -> None:
    assert defused(text) == restored(text) == text


@given(st.lists(TEXTS.map(str.strip).filter(lambda t: t and "\0" not in t), min_size=4, max_size=4, unique=True))
def test_an_organisation_of_any_names_comes_back_from_its_file(tmp_path_factory, texts: list[str]) -> None:
    people = replace(generate(SMALL, 1), names=tuple(texts))
    people = replace(people, departments=tuple(texts[: int(people.department.max()) + 1]))
    file = tmp_path_factory.mktemp("people") / "organization.csv"
    try:
        write(people, file)
    except UnicodeEncodeError:
        return
    back, _ = read(file, wanted=SMALL)
    assert (tuple(back.names), back.departments) == (people.names, people.departments)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_table_of_an_analysis_begins_as_a_formula(text: str) -> None:
    written = as_csv(pl.DataFrame({text: [text, "x"], "number": [-1.5, 2.0]})).decode()
    header, first, _ = csv.reader(io.StringIO(written, newline=""))
    assert [restored(cell) for cell in header] == [text, "number"]
    assert header[0][0] == first[0][0] == "'"
    assert (restored(first[0]), first[1]) == (text, "-1.5")  # a number stays a number
