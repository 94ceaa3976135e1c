"""An organisation of one's own: the same people in every command, scenario and study, and never silently others."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

import sim
from experiments.analysis.page import _command
from experiments.cli import load_commands, main
from experiments.organizations import as_options
from experiments.pairs import Piece, run_pair
from experiments.patterns import claims_of
from experiments.places import identity_of
from experiments.sweeps.identity import Identity
from experiments.sweeps.study import load_study
from experiments.sweeps.sweep import study_of, sweep
from sim import replay
from sim.engine import Engine, make_organization
from sim.errors import InputError
from sim.organization import Organization, People, read, read_people, ties_as_csv
from sim.scenario import Scenario, from_toml, load

PEOPLE = "id,manager_id,department\na,,Board\n" + "".join(
    f"{'bcdefghijklm'[n]},{'abc'[n // 4]},{'Sales' if n % 2 else 'Works'}\n" for n in range(12)
)
TIES = "from,to\nb,c\nc,b\nd,e\nf,m\n"
LIVELY = {"population.visits_per_day.mean": 3.0, "population.occasions_per_visit.mean": 0.3}
STUDY = """
{people}
seeds = 2
[set]
days = 3
"population.visits_per_day.mean" = 3.0
"population.occasions_per_visit.mean" = 0.3
[factors]
"visibility.scope" = ["team", "organization"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("office.csv", PEOPLE), ("mails.csv", TIES)):
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def ism(*words: str) -> Any:
    return CliRunner().invoke(main, list(words))


def world(people: People | None, days: int = 3) -> Scenario:
    return load("baseline").with_people(people).with_({**LIVELY, "days": days})


def own(folder: Path, ties: bool = False) -> People:
    return read_people(folder / "office.csv", folder / "mails.csv" if ties else None)


def scenario_file(folder: Path, text: str = "", name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(f'extends = "baseline"\norganization = "office.csv"\ndays = 3\n{text}', "utf-8")
    return path


# ---------------------------------------------------------------- a scenario with people


def test_a_scenario_lives_with_the_people_of_its_file(folder: Path) -> None:
    found = load(scenario_file(folder))
    engine = Engine(found, seed=4)
    assert engine.organization.ids == tuple("abcdefghijklm")
    assert found.parameters.organization.members == 13
    expected, _ = read(folder / "office.csv", wanted=found.parameters.organization, seed=4)
    assert engine.organization.tie_member.tolist() == expected.tie_member.tolist()


def test_each_seed_makes_up_the_ties_that_no_file_gives(folder: Path) -> None:
    loose, tied = load(scenario_file(folder)), load(scenario_file(folder, 'ties = "mails.csv"\n', "tied.toml"))
    loose_ties, read_ties = (
        [make_organization(each, seed).tie_member.tolist() for seed in (1, 2)] for each in (loose, tied)
    )
    assert loose_ties[0] != loose_ties[1]
    assert read_ties[0] == read_ties[1] and len(read_ties[0]) == 6


def test_people_are_part_of_what_a_scenario_is(folder: Path) -> None:
    made_up, loose, tied = (world(people) for people in (None, own(folder), own(folder, ties=True)))
    assert len({each.digest for each in (made_up, loose, tied)}) == 3
    (folder / "office.csv").write_text(PEOPLE.replace("m,c", "m,b"), "utf-8")
    assert world(own(folder)).digest != loose.digest
    (folder / "office.csv").write_text(PEOPLE.replace(",", ";"), "utf-8")
    assert world(own(folder)).digest == loose.digest  # the same, written otherwise


def test_a_child_has_its_parents_people_unless_it_names_its_own(folder: Path) -> None:
    scenario_file(folder)
    (folder / "few.csv").write_text("id,manager_id\n1,\n2,1\n")
    child, orphan = folder / "child.toml", folder / "orphan.toml"
    child.write_text('extends = "mine"\ndays = 2\n')
    orphan.write_text('extends = "mine"\norganization = "few.csv"\n')
    assert [load(path).parameters.organization.members for path in (child, orphan)] == [13, 2]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('organization = "offic.csv"', 1, "Did you mean 'office.csv'?"),
        ('organization = "../office.csv"', 1, "leads out of the scenario's own folder"),
        ("organization = 3", 1, "is not the name of a CSV file|is not a table"),
        ('days = 3\nties = "mails.csv"', 2, 'needs organization = "FILE.csv" beside it'),
        ('organization = "office.csv"\nset = {organization.members = 3}', 2, "this one is read from office.csv"),
        ('organization = "office.csv"\nties = "none.csv"', 2, "ties = 'none.csv' is not the name of a CSV file"),
    ],
)
def test_files_of_people_are_refused_where_they_are_named(text: str, line: int, said: str, folder: Path) -> None:
    (folder / "bad.toml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=said) as caught:
        load("./bad.toml")
    assert (caught.value.file, caught.value.line) == ("./bad.toml", line)


def test_what_is_wrong_with_the_people_is_told_of_their_own_file(folder: Path) -> None:
    (folder / "office.csv").write_text("id,manager_id\n1,\n2,nobody\n")
    with pytest.raises(InputError, match=r"office\.csv, line 3: '2' reports to 'nobody'"):
        load(scenario_file(folder))


@pytest.mark.parametrize("setting", ["organization.members=20", "organization.span_of_control=3"])
def test_what_describes_made_up_people_is_refused_beside_real_ones(setting: str, folder: Path) -> None:
    said = ism("run", "--org", "office.csv", "--set", setting, "--days", "1")
    assert said.exit_code == 2 and "is about a made-up organisation; this one is read from office.csv" in said.stderr
    assert ism("run", "--org", "office.csv", "--members", "9").exit_code == 2


WORLDS = ("run", "compare", "sweep", "facts", "patterns", "dashboard")


@pytest.mark.parametrize("command", WORLDS)
def test_every_command_that_makes_a_world_takes_the_files_of_its_people(command: str, folder: Path) -> None:
    options = {option for each in load_commands()[command].params for option in each.opts}
    assert {"--org", "--ties", "--repair"} <= options
    needed = {"sweep": ("visibility-and-leadership",), "compare": ("baseline", "baseline")}.get(command, ())
    assert "none.csv: there is no such file" in ism(command, *needed, "--org", "none.csv").stderr
    assert "need --org FILE" in ism(command, *needed, "--ties", "mails.csv").stderr


def test_a_dashboard_is_served_with_the_people(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboards import serving

    served: list[Any] = []
    monkeypatch.setattr(serving, "serve", lambda *given: served.extend(given))
    assert ism("dashboard", "--org", "office.csv").exit_code == 0
    (people,) = (each for each in served if isinstance(each, Organization))
    assert people.ids == tuple("abcdefghijklm")


# ---------------------------------------------------------------- runs and pairs


def test_a_run_is_the_same_however_its_people_are_named(folder: Path) -> None:
    path = scenario_file(folder, 'ties = "mails.csv"\n')
    by_file, by_option = folder / "by-file", folder / "by-option"
    assert ism("run", str(path), "--out", str(by_file)).exit_code == 0
    typed = ("baseline", "--days", "3", "--org", "office.csv", "--ties", "mails.csv")
    assert ism("run", *typed, "--out", str(by_option)).exit_code == 0
    one, other = (json.loads((each / "manifest.json").read_text()) for each in (by_file, by_option))
    assert one["values"] == other["values"]


def test_a_run_of_own_people_can_be_kept_replayed_and_recognised(folder: Path) -> None:
    lived = world(own(folder, ties=True))
    run = sim.simulate(lived, seed=2)
    run.save(folder / "run")
    stored = sim.Run.load(folder / "run")
    assert stored.organization.ids == tuple("abcdefghijklm")
    assert replay.check(stored).identical
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    assert list(identity_of(lived, 2).differences(manifest)) == []
    assert list(identity_of(world(own(folder)), 2).differences(manifest)) == ["its organisation is another one"]


def test_a_pair_has_the_same_people_on_the_same_luck(folder: Path) -> None:
    people = own(folder)
    pair = run_pair(Piece(1, world(people), world(people).with_({"visibility.scope": "team"})))
    alone = sim.simulate(world(people), seed=1)
    assert pair.a["wishes"] == alone.measures["wishes"]
    twin = sim.twin(world(people), {"visibility.scope": "team"}, seed=1)
    assert twin.organization.ids == tuple("abcdefghijklm")


def test_a_world_that_an_expectation_is_held_against_has_the_same_people(folder: Path) -> None:
    expect = '[[expect]]\nmeasure = "wishes"\ndirection = "higher"\nagainst = "empty-room"\n'
    (claim,) = claims_of(load(scenario_file(folder, expect)))
    assert claim.other is not None and claim.other.people == claim.this.people


def test_next_lines_name_the_people_again(folder: Path) -> None:
    (folder / "our office.csv").write_text(PEOPLE)
    shown = ism("run", "--org", "our office.csv", "--ties", "mails.csv", "--days", "1", "--out", "run").stdout
    proposed = [line.removeprefix("  next: ") for line in shown.splitlines() if "next: ism compare" in line]
    words = shlex.split(proposed[0])
    assert words[:7] == ["ism", "compare", "baseline", "--org", "our office.csv", "--ties", "mails.csv"]
    assert ism(*words[1:], "--days", "1", "--seeds", "1").exit_code == 0


def test_options_are_named_for_a_shell() -> None:
    assert as_options(None) == ""


def test_comparing_stored_runs_takes_no_other_people(folder: Path) -> None:
    for name, people in (("one", own(folder)), ("two", own(folder, ties=True))):
        sim.simulate(world(people, days=1)).save(folder / name)
    assert "of two organisations" in ism("compare", "one", "two").stderr
    assert "as they are" in ism("compare", "one", "one", "--org", "office.csv").stderr


# ---------------------------------------------------------------- sweeps


def study_file(folder: Path, people: str = 'organization = "office.csv"') -> Path:
    path = folder / "study.toml"
    path.write_text(STUDY.format(people=people), "utf-8")
    return path


def test_a_study_reproduces_from_its_folder_alone_and_goes_on_where_it_stopped(folder: Path) -> None:
    done = sweep(load_study(study_file(folder, 'organization = "office.csv"\nties = "mails.csv"')), "first", workers=1)
    assert done.complete and done.runs.height == 4
    kept = {name: folder / "first" / name for name in ("organization.csv", "ties.csv", "study.toml")}
    for name in ("office.csv", "mails.csv"):
        (folder / name).unlink()
    assert study_of("first").scenario.digest == done.study.scenario.digest
    people = read_people(kept["organization.csv"], kept["ties.csv"])
    again = sweep(load_study(kept["study.toml"], people=people), "again", workers=1)
    assert (folder / "again/runs.parquet").read_bytes() == (folder / "first/runs.parquet").read_bytes()
    more = sweep(again.study, "again", workers=1)
    assert (more.made, more.repeated) == (0, 4)


def test_a_row_of_a_sweep_is_the_run_of_that_seed(folder: Path) -> None:
    done = sweep(load_study(study_file(folder)), "out", workers=1)
    row = done.runs.filter((pl.col("seed") == 2) & (pl.col("visibility.scope") == "team")).row(0, named=True)
    run = sim.simulate(world(own(folder)).with_({"visibility.scope": "team"}), seed=2)
    assert row["wishes"] == run.measures["wishes"] > 0
    assert row["engagement"] == run.measures["engagement"]


def test_runs_of_other_people_are_never_taken_for_these(folder: Path) -> None:
    names = {
        Identity(world(people), "rules", "final").of_run(Identity(world(people), "rules", "final").of_world(()), 1)
        for people in (None, own(folder), own(folder, ties=True))
    }
    assert len(names) == 3
    sweep(load_study(study_file(folder)), "out", workers=1)
    (folder / "office.csv").write_text(PEOPLE.replace("m,c", "m,b"), "utf-8")
    other = sweep(load_study(folder / "study.toml"), "out", workers=1)
    assert (other.made, other.repeated) == (4, 0)
    assert "m,m,Coworker,coworker,Sales,Main site,b" in (folder / "out/organization.csv").read_text()


def test_people_of_a_sweep_that_somebody_changed_are_neither_believed_nor_replaced(folder: Path) -> None:
    sweep(load_study(study_file(folder)), "out", workers=1)
    kept = folder / "out/organization.csv"
    kept.write_text(kept.read_text() + "z,z,,,,,a\n")
    with pytest.raises(InputError, match=r"organization\.csv: this file is missing, or was changed"):
        study_of("out")
    changed = kept.read_bytes()
    (folder / "office.csv").write_text(PEOPLE.replace("m,c", "m,b"), "utf-8")
    with pytest.raises(InputError, match="is not replaced; move it away"):
        sweep(load_study(folder / "study.toml"), "out", workers=1)
    assert kept.read_bytes() == changed


def test_a_study_is_told_how_to_be_made_again_with_its_people(folder: Path) -> None:
    from experiments.analysis.analysis import analyse

    sweep(load_study(study_file(folder, 'organization = "office.csv"\nties = "mails.csv"')), "out", workers=1)
    assert "--org organization.csv --ties ties.csv --out again" in _command(analyse("out", ("wishes",)))


@pytest.mark.parametrize(
    ("people", "line", "said"),
    [
        ('organization = "offic.csv"', 2, "Did you mean 'office.csv'?"),
        ('ties = "mails.csv"', 2, "needs organization"),
        ("organization = 3", 2, "organization = 3 is not the name of a CSV file"),
    ],
)
def test_a_study_refuses_people_whom_it_does_not_find(people: str, line: int, said: str, folder: Path) -> None:
    with pytest.raises(InputError, match=said) as caught:
        load_study(str(study_file(folder, people).relative_to(folder)))
    assert (caught.value.file, caught.value.line) == ("study.toml", line)


def test_people_named_on_the_command_line_come_before_those_of_the_study(folder: Path) -> None:
    (folder / "few.csv").write_text("id,manager_id\n1,\n2,1\n")
    shutil.copy("few.csv", "office.csv")
    study = load_study(study_file(folder), people=read_people("few.csv"))
    assert study.scenario.people is not None and study.scenario.people.file == "few.csv"


# ---------------------------------------------------------------- files


def test_ties_are_written_so_that_they_read_back_as_they_were(folder: Path) -> None:
    people = own(folder, ties=True).organization
    (folder / "again.csv").write_bytes(ties_as_csv(people))
    again = read_people("office.csv", "again.csv")
    assert again == own(folder, ties=True)
    assert again.organization.tie_weight.tolist() == people.tie_weight.tolist()


def test_a_weight_that_is_none_is_refused_with_its_line(folder: Path) -> None:
    for bad in ("much", "-1", "0", "nan", "inf", ""):
        (folder / "mails.csv").write_text(f"from,to,weight\na,b,2\n\nb,c,{bad}\n")
        with pytest.raises(InputError, match=r"mails\.csv, line 4: .* is no weight of a tie"):
            own(folder, ties=True)


def test_an_organisation_as_it_was_understood_can_be_kept(folder: Path) -> None:
    (folder / "raw.csv").write_text("id,manager_id\n1,\n2,1.0\n3,gone\n4,2.0\n")
    assert ism("org", "raw.csv", "--repair", "--out", "mended.csv").exit_code == 0
    organization, _ = read("mended.csv")
    assert organization.manager.tolist() == [-1, 0, 0, 1]
    assert ism("org", "raw.csv", "--repair", "--out", "mended.csv").exit_code == 2  # never over a file


def test_a_text_without_a_folder_names_no_files() -> None:
    with pytest.raises(InputError, match="is not the name of a CSV file"):
        from_toml('organization = "office.csv"')
