"""A scenario file is easy to write: all faults are reported at once, differences are sentences, editors helped."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from experiments.checking import complaints
from experiments.cli import main
from experiments.describe import in_words
from experiments.patterns import claims_of
from experiments.schema import DIRECTIVE, NAME, schema
from sim.parameters import registry
from sim.scenario import gallery, load
from tests.test_bad_input import BROKEN

SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def ism(*words: str) -> Any:
    return CliRunner().invoke(main, list(words))


# ---------------------------------------------------------------- all errors at once


WRONG = """\
title = "Mine"
extends = "baseline"
dayz = 30

[visibilty]
scope = "team"

[leadership.executives]
openness = 1.5
sanction = "much"

[[issues]]
name = "One"
kind = "concerns"
salience = 2

[[events]]
day = 3
set = { visibility.scop = "team" }

[[events]]
day = 900
announce = { by = "ceo", openness = 0.5 }

[[expect]]
measure = "p_speek"
direction = "lower"
against = "basline"
"""


def test_everything_that_is_wrong_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(WRONG, "utf-8")
    result = ism("check", str(file))
    assert result.exit_code == 2
    lines = dict(enumerate(WRONG.splitlines(), 1))
    for word in ("dayz", "visibilty", "openness = 1.5", "sanction", "concerns", "scop =", "day = 900", "p_speek"):
        line = next(n for n, text in lines.items() if word in text)
        assert f"mine.toml, line {line}:" in result.output, (word, result.output)
    for likely in ("'days'", "'visibility'", "'concern'", "'p_speak'"):
        assert f"Did you mean {likely}" in result.output
    assert "Traceback" not in result.output
    assert file.read_text("utf-8") == WRONG


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_first_complaint_is_that_of_a_run(name: str, tmp_path: Path) -> None:
    text = BROKEN[name][0]
    file = tmp_path / "broken.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError) as error:
        claims_of(load(file))
    found = complaints(str(file))
    assert 1 <= len(found) <= 50
    assert str(error.value) in [str(each) for each in found]


@given(st.lists(st.sampled_from(WRONG.splitlines()), max_size=25))
def test_whatever_is_written_the_search_ends_and_says_each_thing_once(tmp_path_factory: Any, lines: list[str]) -> None:
    file = tmp_path_factory.mktemp("any") / "any.toml"
    file.write_text("\n".join(lines), "utf-8")
    found = [str(each) for each in complaints(str(file))]
    assert len(found) == len(set(found)) <= 50


def test_a_file_in_order_has_no_complaints() -> None:
    for path in gallery().values():
        assert complaints(str(path)) == []


def test_a_comparison_with_another_organisation_is_remarked_upon(tmp_path: Path) -> None:
    head = 'extends = "baseline"\norganization.members = 300\n[[expect]]\nmeasure = "posts"\ndirection = "higher"\n'
    for against, remarked in (('"baseline"', True), ("{ visibility.anonymous_posts = true }", False)):
        file = tmp_path / "mine.toml"
        file.write_text(f"{head}against = {against}\n", "utf-8")
        said = ism("check", str(file))
        assert said.exit_code == 0 and ("1,000 members, and 300 here" in said.output) == remarked


# ---------------------------------------------------------------- differences as sentences


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"leadership.executives.responsiveness": 0.15}, "executives answer half as often"),
        ({"leadership.line_managers.presence": 1.6}, "line managers visit the arena twice as often"),
        ({"leadership.executives.presence": 0}, "executives no longer visit the arena"),
        ({"leadership.executives.self_disclosure": 0.2}, "executives begin to speak of doubts and faults of their own"),
        ({"leadership.line_managers.openness": 0.5}, "line managers take critique well less often"),
        (
            {"communicators.orphan_answering": 0.9},
            "community managers answer what nobody answered three",
        ),
        ({"visibility.scope": "team"}, "a post goes to the team by default, not to everyone"),
        ({"visibility.leader_badges": False}, "leaders are not marked as such"),
        ({"visibility.anonymous_posts": True}, "anonymous posts are allowed"),
        ({"visibility.persistence_days": 10}, "half-life of a thread: twice what it was"),
        ({"rules.voice": "threshold"}, "members decide by the theory “threshold”, not by “the whole model”"),
        (
            {"issues.2.salience": 3},
            "issue 'Workload and staffing': how often it comes to mind, relative to others: th",
        ),
    ],
)
def test_a_difference_is_described_as_a_sentence(change: dict[str, Any], sentence: str) -> None:
    base = load("baseline")
    said = list(in_words(base, base.with_(change)))
    assert len(said) == 1 and said[0].startswith(sentence)
    name, value = next(iter(change.items()))
    assert name in said[0] and (str(value).lower() in said[0] or f"{value:g}" in said[0])


# ---------------------------------------------------------------- the schema


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert as_file(SCHEMA) == without_seal(ism("schema").output)


def as_file(schema: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(schema))


def without_seal(text: str) -> dict[str, Any]:
    return {name: entry for name, entry in json.loads(text).items() if name != "$comment"}


def test_every_scenario_of_the_gallery_is_valid() -> None:
    for path in gallery().values():
        assert [error.message for error in VALIDATOR.iter_errors(tomllib.loads(path.read_text("utf-8")))] == []


def test_every_setting_is_there_with_its_meaning_and_bounds() -> None:
    changes = SCHEMA["properties"]["set"]
    for name, parameter in registry().items():
        if "<n>" in name:
            continue
        entry = changes["properties"][name]
        assert parameter.meaning in entry["description"], name
        if parameter.low is not None:
            assert (entry["minimum"], entry["maximum"]) == (parameter.low, parameter.high), name


NOT_BY_A_SCHEMA = ("a name that steers", "set out of reach", "set a table", "whole", "a dotted name in quotes")
"""What a schema cannot say: signs, what else a file or a world has, and that TOML's 2.0 is no whole number."""


def a_schema_can_know(name: str) -> bool:
    """Say whether what is wrong is TOML, and of the kind that a schema can describe."""
    text, message = BROKEN[name][0], BROKEN[name][2]
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    knows = any(word in message for word in ("unknown key", "is not one of", "is not a number", "is not true"))
    return knows and "nan" not in name and "inf" not in name and not any(part in name for part in NOT_BY_A_SCHEMA)


@pytest.mark.parametrize("name", sorted(filter(a_schema_can_know, BROKEN)))
def test_what_is_refused_is_refused_by_the_schema_too_where_it_can_know(name: str) -> None:
    data = tomllib.loads(BROKEN[name][0])
    assert list(VALIDATOR.iter_errors(json.loads(json.dumps(data, default=str)))), BROKEN[name][0]


def test_a_new_file_names_the_schema_that_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ism("new", "mine").exit_code == 0
    first = (tmp_path / "mine.toml").read_text("utf-8").splitlines()[0]
    assert first.startswith(DIRECTIVE)
    assert as_file(SCHEMA) == without_seal((tmp_path / NAME).read_text("utf-8"))
    assert ism("check", "mine.toml").exit_code == 0
    assert ism("run", "mine.toml", "--members", "50", "--days", "2").exit_code == 0
    before = (tmp_path / "mine.toml").read_text("utf-8")
    assert ism("new", "mine").exit_code == 2 and (tmp_path / "mine.toml").read_text("utf-8") == before
