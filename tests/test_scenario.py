"""Claims about scenarios: how files are read and merged, what events become, what a digest is of."""

import os
import pickle
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.errors import InputError, nearest, shown
from sim.parameters import Parameter, Parameters, registry
from sim.scenario import (
    Answer,
    Event,
    Expectation,
    Post,
    Scenario,
    differences,
    from_toml,
    gallery,
    load,
    may_change,
    parent,
    parse_setting,
    related,
)
from sim.terms import Kind, Response, Scope
from sim.toml_lines import toml_lines

EVENTFUL = """
title = "Eventful"
extends = "baseline"
days = 30
talking_points = ["What happened on day 10?"]

[visibility]
scope = "department"

[[events]]
day = 10.5
set = { "visibility.scope" = "team", leadership.executives.openness = 1 }

[[events]]
day = 2
announce = { by = "ceo", openness = 0.8 }

[[events]]
day = 5
issue = { name = "A new boss", kind = "concern", criticality = 0.6 }

[[events]]
day = 6
post = { by = "m12", issue = "A new boss", stance = -0.5, criticality = 0.6, kind = "concern", anonymous = true }

[[events]]
day = 8
respond = { by = "ceo", to = "latest_critique", how = "sanction" }

[[events]]
day = 12
campaign = { issue = 2, salience = 4, days = 5 }

[[expect]]
measure = "p_speak"
direction = "lower"
against = "days 0-10"
days = [10, 30]
why = "A sanction is seen."
"""


@pytest.fixture
def baseline() -> Scenario:
    return load("baseline")


@pytest.fixture
def eventful() -> Scenario:
    return from_toml(EVENTFUL, "eventful")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


# ---------------------------------------------------------------- the gallery and extending


def test_every_scenario_of_the_gallery_loads_and_asks_a_question() -> None:
    assert "baseline" in gallery()
    for name, path in gallery().items():
        scenario = load(name)
        assert scenario.name == name
        assert scenario.path == path
        assert scenario.title and scenario.question and scenario.theory and scenario.expect


def test_baseline_relies_on_the_defaults_but_for_its_issues(baseline: Scenario) -> None:
    defaults = Parameters()
    ours = baseline.parameters.model_dump(exclude={"issues"})
    assert ours == defaults.model_dump(exclude={"issues"})
    assert [issue.kind for issue in baseline.parameters.issues] == ["knowledge", "celebration", "concern", "identity"]


def test_a_child_changes_only_what_it_says(tmp_path: Path, baseline: Scenario) -> None:
    child = load(write(tmp_path, "child.toml", 'extends = "baseline"\n[population.safety]\nmean = 0.7\n'))
    assert differences(baseline, child) == [("population.safety.mean", 0.515, 0.7)]
    assert child.title == "child"
    assert child.question == baseline.question
    assert child.talking_points == ()
    assert parent(child) == baseline
    assert parent(baseline) is None


def test_issues_of_a_child_replace_the_list_and_set_comes_last(tmp_path: Path) -> None:
    write(tmp_path, "one.toml", 'extends = "baseline"\n[set]\n"issues.2.salience" = 3.0\nvisibility.scope = "team"\n')
    two = load(write(tmp_path, "two.toml", 'extends = "one"\n[visibility]\nscope = "department"\n'))
    assert two.parameters.issues[2].salience == 3.0
    assert two.parameters.visibility.scope == "department"
    text = 'extends = "one"\n[[issues]]\nname = "Only this"\n[set]\nissues.0.salience = 2\n'
    three = load(write(tmp_path, "three.toml", text))
    assert [(issue.name, issue.salience) for issue in three.parameters.issues] == [("Only this", 2.0)]


def test_events_come_after_the_parents_and_expectations_are_not_inherited(tmp_path: Path) -> None:
    head = 'extends = "{}"\n[[events]]\nday = 3\nannounce = {{ by = "{}", openness = 1 }}\n'
    write(tmp_path, "one.toml", head.format("baseline", "first") + '[[expect]]\nmeasure = "posts"\nrange = [0, 1]\n')
    two = load(write(tmp_path, "two.toml", head.format("one", "second")))
    assert [event.announce.by for event in two.events if event.announce] == ["first", "second"]
    assert two.expect == ()


def test_a_scenario_may_extend_a_file_in_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts", "one.toml", "days = 7\n")
    two = load(write(tmp_path, "two.toml", 'extends = "parts/one.toml"\n'))
    assert two.parameters.days == 7
    assert related(two, "parts/one").parameters.days == 7


def test_a_byte_order_mark_and_windows_line_ends_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbfdays = 7\r\n[visibility]\r\nscope = 'team'\r\n")
    assert load(path).parameters.days == 7


# ---------------------------------------------------------------- events


def test_events_are_in_the_order_of_their_ticks(eventful: Scenario) -> None:
    assert [event.tick for event in eventful.events] == [16, 48, 64, 84, 96, 136]
    assert [event.kind for event in eventful.events] == ["announce", "post", "respond", "set", "set", "set"]


def test_an_issue_event_becomes_one_more_issue(eventful: Scenario) -> None:
    assert len(eventful.parameters.issues) == 5
    assert eventful.parameters.issues[4].name == "A new boss"
    assert eventful.parameters.issues[4].onset_day == 5.0
    post = next(event.post for event in eventful.events if event.post)
    assert post.issue == 4


def test_values_of_events_are_normalised(eventful: Scenario) -> None:
    change = next(event for event in eventful.events if event.tick == 84)
    assert change.set == (("visibility.scope", "team"), ("leadership.executives.openness", 1.0))
    assert isinstance(dict(change.set)["leadership.executives.openness"], float)


def test_a_campaign_raises_salience_and_ends_with_what_it_was(eventful: Scenario) -> None:
    name = "issues.2.salience"
    assert [event.set for event in eventful.events[-2:]] == [((name, 4.0),), ((name, 1.0),)]
    assert eventful.with_({name: 2}).events[-1].set == ((name, 2.0),)


def test_a_campaign_ends_with_what_was_set_meanwhile() -> None:
    text = EVENTFUL + '[[events]]\nday = 14\nset = { "issues.2.salience" = 0.5 }\n'
    assert from_toml(text).events[-1].set == (("issues.2.salience", 0.5),)


def test_a_campaign_that_outlasts_the_run_never_ends(eventful: Scenario) -> None:
    assert [event.tick for event in eventful.with_({"days": 17}).events] == [16, 48, 64, 84, 96]


def test_a_shorter_run_refuses_or_leaves_out_later_events(eventful: Scenario) -> None:
    with pytest.raises(InputError, match=r"events\.0\.day = 10\.5 is not a day before the end"):
        eventful.with_({"days": 9})
    shorter = eventful.first_days(9)
    assert [event.tick for event in shorter.events] == [16, 48, 64]
    assert shorter.expect == ()
    assert shorter.parameters.days == 9
    assert [event.tick for event in shorter.with_({"days": 30}).events] == [16, 48, 64]


def test_levers_may_change_during_a_run_and_starting_points_may_not() -> None:
    assert may_change("visibility.scope")
    assert may_change("issues.3.salience")
    assert may_change("learning.rate")
    for name in (
        "days",
        "organization.members",
        "population.safety.mean",
        "issues.0.stance_mean",
        "issues.0.name",
        "x",
    ):
        assert not may_change(name)


def test_words_of_events_are_those_of_the_model() -> None:
    post = {"by": "ceo", "issue": 0, "stance": 0.0, "criticality": 0.0}
    for kind in Kind:
        assert Post(**post, kind=kind.key).kind == kind.key
    for scope in Scope:
        assert Post(**post, scope=scope.key).scope == scope.key
    for response in Response:
        assert Answer(by="ceo", to="latest_critique", how=response.key).how == response.key
    for wrong in ({"kind": "shout"}, {"scope": "world"}):
        with pytest.raises(ValidationError):
            Post(**post, **wrong)


def test_an_expectation_about_part_of_the_run_names_its_days(eventful: Scenario) -> None:
    assert eventful.expect[0].against_days == (0.0, 10.0)
    assert Expectation(measure="posts", direction="lower", against="baseline").against_days is None


# ---------------------------------------------------------------- changing, writing, comparing


def other_value(parameter: Parameter) -> Any:
    if parameter.choices:
        return next(word for word in parameter.choices if word != parameter.default)
    if parameter.kind == "yes or no":
        return not parameter.default
    if parameter.kind == "text":
        return "Something else"
    return parameter.high if parameter.default != parameter.high else parameter.low


def test_the_digest_changes_with_every_parameter(baseline: Scenario) -> None:
    digests = {baseline.digest}
    for name, parameter in registry().items():
        name = name.replace("<n>", "2")
        changed = baseline.with_({name: other_value(parameter)})
        digests.add(changed.digest)
        assert [each[0] for each in differences(baseline, changed)] == [name]
    assert len(digests) == len(registry()) + 1


def test_the_digest_changes_with_every_event_and_not_with_texts(eventful: Scenario) -> None:
    digests = {eventful.digest}
    blocks = EVENTFUL.split("[[events]]")
    for n in range(1, len(blocks)):
        if "issue = {" not in blocks[n]:  # the post is about it
            text = "[[events]]".join(blocks[:n] + blocks[n + 1 :])
            digests.add(from_toml(text, "x").digest)
    assert len(digests) == len(blocks) - 1
    assert from_toml(EVENTFUL.replace("Eventful", "Renamed").replace("is seen", "was seen"), "x").digest in digests
    assert from_toml(EVENTFUL, "other name").digest == eventful.digest


def test_the_digest_is_the_same_in_another_process(eventful: Scenario, tmp_path: Path) -> None:
    path = write(tmp_path, "eventful.toml", EVENTFUL)
    code = f"from sim.scenario import load; print(load({str(path)!r}).digest)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert done.stdout.strip() == eventful.digest


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.text("ab\"\\'.\r\n\t\x00#=[]", max_size=40)


@given(texts, texts, st.lists(texts, max_size=3))
def test_any_text_is_written_and_read_back_as_it_was(title: str, theory: str, points: list[str]) -> None:
    own = replace(load("baseline"), title=title or "x", theory=theory, talking_points=tuple(points))
    again = from_toml(own.to_toml())
    assert (again.title, again.theory, again.talking_points) == (own.title, own.theory, own.talking_points)
    assert again.digest == own.digest


def test_a_text_of_many_lines_stays_readable_and_can_be_read_again() -> None:
    sentences = "\n".join(["It is so. And so. "] * 200)
    text = replace(load("baseline"), theory=sentences).to_toml()
    assert "\nIt is so. And so. \n" in text
    assert from_toml(text).theory == sentences


WRITTEN_BEFORE = """
days = 20

[organization]
members = 40
span_of_control = 5.5

[[issues]]
name = "One"
salience = 1.0

[[events]]
day = 2.0
set = {"visibility.scope" = "team", "issues.0.salience" = 2.0}

[[events]]
day = 3.0
campaign = {"issue" = 0, "salience" = 3.0, "days" = 2.0}

[[expect]]
measure = "posts"
direction = "higher"
against = {"visibility.scope" = "department"}

[[phrases]]
issue = 0
texts = ["About {issue}"]
"""


def test_a_file_written_by_an_earlier_version_is_read() -> None:
    found = from_toml(WRITTEN_BEFORE, "earlier")
    assert [event.kind for event in found.written] == ["set", "campaign"]
    assert dict(found.events[0].set) == {"visibility.scope": "team", "issues.0.salience": 2.0}
    assert found.expect[0].against == {"visibility.scope": "department"}
    assert found.phrases[0].issue == 0
    assert from_toml(found.to_toml()).digest == found.digest


def test_equal_numbers_have_one_digest(baseline: Scenario) -> None:
    one = baseline.with_({"issues.0.salience": 2, "issues.0.stance_mean": 0.0})
    assert one.digest == baseline.with_({"issues.0.salience": 2.0, "issues.0.stance_mean": -0.0}).digest


@pytest.mark.parametrize("text", ["", EVENTFUL, "[[issues]]\nname = 'a\"\\\\ü\u202f\U0001f642'\n[[issues]]\n"])
def test_to_toml_gives_the_same_world_back(text: str) -> None:
    scenario = from_toml(text, "x")
    again = from_toml(scenario.to_toml(), "x")
    assert again.parameters == scenario.parameters
    assert again.events == scenario.events
    assert again.written == scenario.written
    assert again.expect == scenario.expect
    assert again.talking_points == scenario.talking_points
    assert again.digest == scenario.digest
    assert again.to_toml() == scenario.to_toml()


def test_a_scenario_survives_pickling_and_can_be_a_key(eventful: Scenario) -> None:
    again = pickle.loads(pickle.dumps(eventful))
    assert again == eventful
    assert again.digest == eventful.digest
    assert {eventful: 1}[again] == 1


def test_events_given_in_python_are_kept_by_with_(baseline: Scenario) -> None:
    world = Scenario("x", "", "", "", None, baseline.parameters, (Event(1.0, set=(("visibility.scope", "team"),)),))
    assert world.with_({"days": 5}).events == world.events


def test_with_takes_numpy_numbers_enums_and_tables(baseline: Scenario) -> None:
    import numpy as np

    changed = baseline.with_(
        {
            "organization.members": np.int64(50),
            "learning.rate": np.float32(0.5),
            "visibility.anonymous_posts": np.bool_(True),
            "visibility.scope": Scope.team,
            "leadership.executives": {"openness": 1},
        }
    )
    assert changed.parameters.organization.members == 50
    assert changed.parameters.learning.rate == 0.5
    assert changed.parameters.visibility.scope == "team"
    assert changed.parameters.visibility.anonymous_posts is True
    assert changed.parameters.leadership.executives.openness == 1.0
    assert changed.name == "baseline"


def wished(parameter: Parameter) -> st.SearchStrategy[Any]:
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if parameter.kind == "yes or no":
        return st.booleans()
    if parameter.kind == "text":
        return st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=200)
    if parameter.kind == "whole number":
        return st.integers(int(parameter.low or 0), int(parameter.high or 0))
    return st.floats(parameter.low, parameter.high)


CHANGES = st.lists(st.sampled_from(sorted(registry())), max_size=5, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({n.replace("<n>", "1"): wished(registry()[n]) for n in names})
)


@settings(deadline=None, max_examples=60)
@given(CHANGES)
def test_with_changes_what_it_is_told_and_nothing_else(changes: dict[str, Any]) -> None:
    baseline = load("baseline")
    changed = baseline.with_(changes)
    found = {name: after for name, _, after in differences(baseline, changed)}
    assert set(found) <= set(changes)
    for name, value in changes.items():
        assert found.get(name, value) == value
    back = changed.with_({name: before for name, before, _ in differences(baseline, changed)})
    assert back == baseline
    assert from_toml(changed.to_toml(), "baseline").digest == changed.digest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=team", "team"),
        ("a.b = 3", 3),
        ("a.b=.5", 0.5),
        ("a.b=true", True),
        ("a.b='x = y'", "x = y"),
        ("a.b=x=y", "x=y"),
        ("a.b=1\nc = 2", "1\nc = 2"),
        ("a.b=[1, 2]", [1, 2]),
    ],
)
def test_a_setting_of_the_command_line_is_a_toml_value_or_a_bare_word(text: str, value: Any) -> None:
    assert parse_setting(text) == ("a.b", value)


@pytest.mark.parametrize("text", ["", "a", "=3", "a="])
def test_a_setting_without_a_name_or_a_value_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="KEY=VALUE"):
        parse_setting(text)


# ---------------------------------------------------------------- errors and lines


def test_an_error_says_where_and_what_would_be_right() -> None:
    error = InputError("a = 1 is not b", file="my.toml", line=12, key="a", expected="b", nearest="bb")
    assert str(error) == "my.toml, line 12: a = 1 is not b. Did you mean 'bb'?"
    assert isinstance(error, ValueError)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.key, again.expected) == (str(error), "a", "b")


def test_what_is_shown_cannot_steer_a_terminal() -> None:
    nasty = "\x1b[2J\x9b\u202eevil\n\r\x00\ud800\u2028é"
    assert shown(nasty) == "\\x1b[2J\\x9b\\u202eevil\\n\\r\\x00\\ud800\\u2028é"
    assert len(shown("x" * 10_000)) == 200


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("visibilty.scope", "visibility.scope"),
        ("scope", "visibility.scope"),
        ("salience", "issues.0.salience"),
        ("leadership.executives.opennes", "leadership.executives.openness"),
        ("LEARNING.RATE", "learning.rate"),
        ("qqqq", None),
    ],
)
def test_the_nearest_name_is_found(word: str, name: str | None) -> None:
    assert nearest(word, [known.replace("<n>", "0") for known in registry()]) == name


LINES = '''title = "x"
theory = """
[visibility]
scope = 3 \\""" ""
"""
"a b".'c' = [1, 2, # x ]
  3, {k = 1}]

[visibility] # hi
scope = "team"
set.issues.2.x = 1
[[issues]]
name = 'a'
[issues.sub]
z=1
[[issues]]
name = "]"
[set]
"issues.2.salience" = 2
[[events]]
day=1
set = {"visibility.scope" = "team", a.b = {c=1}}'''


def test_the_line_of_every_key_is_found() -> None:
    tomllib.loads(LINES)
    lines = toml_lines(LINES)
    expected = {
        "theory": 2,
        "a b.c": 6,
        "a b.c.3.k": 7,
        "visibility.scope": 10,
        "visibility.set.issues.2.x": 11,
        "issues.0.name": 13,
        "issues.0.sub.z": 15,
        "issues.1.name": 17,
        "set.issues.2.salience": 19,
        "events.0.day": 21,
        "events.0.set.visibility.scope": 22,
        "events.0.set.a.b.c": 22,
    }
    assert {name: lines.get(name) for name in expected} == expected
    assert toml_lines(LINES.replace("\n", "\r\n")) == lines


def keys(data: Any, name: str = "") -> list[str]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [name] * bool(name) + [k for key, value in inner for k in keys(value, f"{name}.{key}".lstrip("."))]


@pytest.mark.parametrize("text", [EVENTFUL, Path(gallery()["baseline"]).read_text("utf-8"), LINES])
def test_no_key_is_without_a_line(text: str) -> None:
    assert set(keys(tomllib.loads(text))) <= set(toml_lines(text))


def test_reading_a_scenario_needs_neither_compiler_nor_frames() -> None:
    code = (
        "import sys, sim.scenario; sim.scenario.load('baseline');"
        "print([m for m in ('numba', 'polars', 'mesa') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
