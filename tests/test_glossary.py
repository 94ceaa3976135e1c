"""The glossary and the newcomer's table name only what exists, and cite only what the bibliography has."""

import re
from pathlib import Path
from pkgutil import resolve_name

import pytest

from sim.citing import works

ROOT = Path(__file__).resolve().parent.parent


def _rows(page: str, headings: str) -> list[list[str]]:
    """Return the cells of all tables of a page that have these headings."""
    table = re.compile(rf"^\| {re.escape(headings)} \|\n\|[-| ]+\|\n((?:\|.*\|\n)+)", re.M)
    lines = "".join(table.findall((ROOT / "docs" / page).read_text("utf-8"))).splitlines()
    return [line.strip("| ").split(" | ") for line in lines]


TRACE = _rows("ARCHITECTURE.md", "where is the rule for | it is in | what you may touch")
TERMS = _rows("glossary.md", "word | what it means here | where it lives | source")


def test_the_glossary_has_the_words_of_the_project():
    words = {row[0] for row in TERMS}
    assert len(words) == len(TERMS) >= 30
    assert {"psychological safety", "silence motive", "imagined audience", "common random numbers", "stream"} <= words


@pytest.mark.parametrize("row", TERMS, ids=lambda row: row[0])
def test_a_word_lives_where_the_glossary_says_and_its_source_is_known(row):
    _, meaning, place, source = row
    assert meaning
    assert resolve_name(place.strip("`")) is not None
    assert source == "-" or source.strip("`") in works()


@pytest.mark.parametrize("row", TRACE, ids=lambda row: row[0])
def test_a_newcomer_finds_the_places_that_the_architecture_names(row):
    _, place, touched = row
    for name in [place.strip("`"), *re.findall(r"`((?:sim|experiments|dashboards)\.[\w.]+)`", touched)]:
        assert resolve_name(name) is not None, name
    for path in re.findall(r"`([\w/]+/)`", touched):
        assert (ROOT / path).is_dir(), path


def test_the_newcomer_has_enough_to_ask():
    assert len(TRACE) >= 15


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_the_glossary_is_found_from_the_front_pages(page):
    assert re.search(r"\(?(?:docs/)?glossary(?:\.md\))?$|glossary\.md\)", (ROOT / page).read_text("utf-8"), re.M)
