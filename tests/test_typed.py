"""What is typed is taken as it is meant, and what cannot be meant is named as what it is."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from experiments.cli import main
from experiments.sweeps.designs import cells
from experiments.sweeps.factors import varied
from experiments.sweeps.study import study_from
from sim.errors import InputError
from sim.scenario import Scenario, from_toml, parse_setting

ANSWERED = 'days = 30\n[[events]]\nday = 20\nrespond = { by = "ceo", to = "latest_critique", how = "supportive" }\n'


@pytest.fixture
def answered() -> Scenario:
    return from_toml(ANSWERED)


def refusal(*words: str) -> str:
    said = CliRunner().invoke(main, list(words))
    assert said.exit_code == 2
    return said.stderr


def test_events_are_set_as_settings_are(answered: Scenario) -> None:
    moved = answered.with_({"events.0.day": 5, "events.0.respond.how": "none", "visibility.scope": "team"})
    assert (moved.written[0].day, moved.written[0].respond.how) == (5.0, "none")
    assert moved.parameters.visibility.scope == "team"
    assert (
        moved.digest
        == from_toml(
            ANSWERED.replace("20", "5").replace("supportive", "none").replace("days", 'visibility.scope = "team"\ndays')
        ).digest
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"events.0.day": 30}, r"events\.0\.day = 30 is not a day before the end"),
        (
            {"events.1.day": 3},
            r"'events\.1\.day' is nothing that happens .* which has events\.0\.respond",
        ),
        ({"events.0.post.by": "ceo"}, "is nothing that happens"),
        ({"events.0.respond.how": "angry"}, "is not one of none, supportive"),
        ({"events.0.respond.who": "ceo"}, r"unknown key 'events\.0\.respond\.who'"),
        ({"days": 10}, r"events\.0\.day = 20 is not a day before the end"),
    ],
)
def test_a_change_that_cannot_be_is_refused(changes: dict[str, object], said: str, answered: Scenario) -> None:
    with pytest.raises(InputError, match=said):
        answered.with_(changes)


def test_only_together_must_settings_and_events_be_a_world(answered: Scenario) -> None:
    shorter = answered.with_({"days": 10, "events.0.day": 5})
    assert (shorter.parameters.days, shorter.events[0].day) == (10, 5.0)


def test_a_factor_is_not_refused_for_what_another_one_moves(answered: Scenario) -> None:
    text = 'seeds = 1\n[factors]\ndays = [10, 60]\n"events.0.day" = [5, 40]\n'
    study = study_from(text, scenario=answered)
    worlds = [cell.changes for cell in cells(study)]
    assert varied(answered, worlds[0]).events[0].day == 5.0
    assert varied(answered, worlds[3]).events[0].day == 40.0
    with pytest.raises(InputError, match="before the end of the run"):
        varied(answered, worlds[1])  # this one cell cannot be, and becomes a failed run


def test_an_event_moved_out_of_the_run_is_refused_where_the_length_is_fixed(answered: Scenario) -> None:
    with pytest.raises(InputError, match="before the end of the run"):
        study_from('seeds = 1\n[factors]\n"events.0.day" = [5, 40]\n', scenario=answered)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("leadership.executives.openness=0,8", "a number is written with a point, 0.8"),
        ("visibility.scope=“team”", "“ is no quotation mark here"),
        ("visibility.scope=‘team’", "‘ is no quotation mark here"),
        ("visibility.scope=„team“", "„ is no quotation mark here"),
    ],
)
def test_signs_of_word_processors_are_named(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_setting(text)
    key, _, value = text.partition("=")
    with pytest.raises(InputError, match=said) as caught:
        from_toml(f'title = "It’s 0,8 or “more”"\n[set]\n"{key}" = {value}\nfurther = 3\n')
    assert caught.value.line == 3


def test_such_signs_are_welcome_in_texts() -> None:
    assert parse_setting("issues.0.name=It’s pay") == ("issues.0.name", "It’s pay")
    assert from_toml('title = "It’s “0,8”"\n').title == "It’s “0,8”"


def test_a_line_that_is_wrong_is_named_and_not_the_last_one() -> None:
    with pytest.raises(InputError) as caught:
        from_toml("days = 3 4\n[visibility]\nscope = 'team'\n")
    assert caught.value.line == 1


@pytest.mark.parametrize("number", ["-1", "x", "01"])
def test_no_wrong_number_of_an_issue_suggests_itself(number: str) -> None:
    said = refusal("run", "--set", f"issues.{number}.criticality=0.5")
    assert f"unknown key 'issues.{number}.criticality'. Did you mean 'issues.0.criticality'?" in said


def test_an_issue_is_meant_by_a_name_that_it_alone_has() -> None:
    text = '[[issues]]\nname = "Pay"\n[[issues]]\nname = "pay"\n[[events]]\nday = 1\n'
    event = 'post = { by = "ceo", issue = %s, stance = 0.0, criticality = 0.0 }\n'
    with pytest.raises(InputError, match="the name of 2 issues: give its number, 0 or 1") as caught:
        from_toml(text + event % '"Pay"')
    assert caught.value.line == 7
    assert from_toml(text + event % "1").events[0].post.issue == 1


@pytest.mark.parametrize(
    "words", [("--days", "2", "--set", "days=3"), ("--members", "9", "--set", "organization.members=8")]
)
def test_one_thing_said_twice_is_refused(words: tuple[str, ...]) -> None:
    assert "are about the same; give one of them" in refusal("run", *words)
