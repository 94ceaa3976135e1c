"""`ism check` says all that a run would refuse, in scenarios and studies, each thing once, as the file counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from experiments.checking import complaints, complaints_of_study, is_study
from experiments.cli import main
from experiments.sweeps.study import shipped
from sim.engine import Engine
from sim.errors import InputError
from sim.scenario import gallery, load

EVENTS = """\
extends = "baseline"
days = 20
organization.members = 50

[[events]]
day = 3
post = { by = "nobody", issue = 0, stance = 0.5, criticality = 0.1 }

[[events]]
day = 400
announce = { by = "ceo", openness = 0.5 }

[[events]]
day = 5
announce = { by = "m7", openness = 5 }

[[events]]
set = { "visibility.scope" = "team" }

[[events]]
day = 7
respond = { by = "ceo", to = "latest", how = "none" }

[[expect]]
measure = "p_speek"
range = [0.1, 0.2]

[[expect]]
measure = "p_speak"
group = "department:Nowhere"
range = [0.1, 0.2]
"""
STUDY = """\
titel = "x"
scenario = "basline"
seeds = 0
measures = ["p_speek"]
organization = "offce.csv"

[set]
days = 999999999

[factors]
"visibility.scop" = ["team"]
"leadership.executives.openness" = { min = 0.9, max = 0.1 }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ism(*words: str) -> Any:
    return CliRunner().invoke(main, list(words))


def wrong_with(text: str, name: str = "mine.toml") -> dict[str, int | None]:
    """Return the key of each thing that is wrong with a file, and its line."""
    Path(name).write_text(text, "utf-8")
    found = complaints_of_study(name) if is_study(name) else complaints(name)
    return {str(each.key): each.line for each in found}


def line_of(text: str, word: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if word in line)


def test_all_faults_of_events_are_said_and_counted_as_the_file_counts_them(folder: Path) -> None:
    found = wrong_with(EVENTS)
    assert found == {
        "events.0.post.by": line_of(EVENTS, "nobody"),
        "events.1.day": line_of(EVENTS, "400"),
        "events.2.announce.openness": line_of(EVENTS, "openness = 5 "),
        "events.3.day": line_of(EVENTS, 'set = { "visibility.scope"') - 1,
        "events.4.respond.to": line_of(EVENTS, "latest"),
        "expect.0.measure": line_of(EVENTS, "p_speek"),
        "expect.1.group": line_of(EVENTS, "Nowhere"),
    }


def test_all_faults_of_a_study_are_said_at_once(folder: Path) -> None:
    Path("office.csv").write_text("id,manager_id\n1,\n2,1\n")
    found = wrong_with(STUDY)
    assert list(found.values()) == [1, 2, 3, 4, 5, 8, 11, 12]
    said = ism("check", "mine.toml")
    assert said.exit_code == 2 and "8 things are to be fixed" in said.stderr
    assert "Did you mean 'office.csv'?" in said.stderr


def test_nothing_is_wrong_with_what_comes_with_the_project() -> None:
    assert [name for name, path in shipped().items() if not is_study(str(path)) or complaints_of_study(str(path))] == []
    assert not any(is_study(str(path)) for path in gallery().values())


def test_a_study_in_order_is_told_in_words(folder: Path) -> None:
    Path("mine.toml").write_text('title = "Mine"\nseeds = 2\n[factors]\n"visibility.scope" = ["team", "department"]\n')
    said = ism("check", "mine.toml")
    assert said.exit_code == 0
    for words in ("mine.toml is in order: Mine", "visibility.scope: 2 levels", "2 cells, 4 runs at most"):
        assert words in said.stdout


@pytest.mark.parametrize("member", ["m50", "Ceo"])
def test_check_refuses_whoever_a_run_refuses(member: str, folder: Path) -> None:
    happening = f"announce = {{ by = '{member}', openness = 0.5 }}"
    Path("mine.toml").write_text(f"organization.members = 50\n[[events]]\nday = 1\n{happening}\n")
    with pytest.raises(InputError, match="There is no member"):
        Engine(load("./mine.toml"))
    (error,) = complaints("mine.toml")
    assert error.line == 4 and "There is no member" in str(error)


def test_an_inherited_event_is_held_against_the_people_who_are_there(folder: Path) -> None:
    Path("parent.toml").write_text(
        "organization.members = 50\n[[events]]\nday = 1\nannounce = {by = 'm30', openness = 0.5}\n"
    )
    Path("office.csv").write_text("id,manager_id\n1,\n2,1\n")
    Path("mine.toml").write_text('extends = "parent"\norganization = "office.csv"\n')
    assert complaints("parent.toml") == []
    (error,) = complaints("mine.toml")
    assert "There is no member 'm30'" in str(error)


def test_what_is_allowed_and_perhaps_not_meant_is_remarked_upon(folder: Path) -> None:
    Path("mine.toml").write_text('organization.members = 2\n[[issues]]\nname = "Pay"\n[[issues]]\nname = "pay"\n')
    said = ism("check", "mine.toml").stdout
    assert "2 members cannot fill 4 levels" in said and "issues 0 and 1 have one name" in said
    assert "Mind that" not in ism("check", "baseline").stdout
