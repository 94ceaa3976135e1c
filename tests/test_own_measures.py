"""Claims about measures that are asked for by name: of a role, a department, some days, and functions of one's own."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from experiments.cli import main
from experiments.measures import Catalogue, read_own, scoped
from experiments.measures.catalogue import by_day
from experiments.measures.part import LASTING
from experiments.measures.typed import split_names, wanted_measures
from experiments.patterns import claims_of
from experiments.sweeps.study import load_study, study_from
from experiments.sweeps.sweep import made_so_far, sweep
from sim.engine import Engine
from sim.errors import InputError
from sim.measures import MEASURES, final, groups_of, over_days, series
from sim.scenario import Scenario, load
from sim.table_forms import FORMS
from sim.terms import Role
from tests.here import Here

FIVE_LINES = '''from experiments import measure
@measure("share")
def heat(run):
    """Share of comments that argue against what they answer."""
    return (run.messages["orientation"] == "against").mean()
'''
STUDY = """
seeds = 2
measures = ["heat", "posts@role:coworker", "willingness@days:1-3"]
[set]
days = 4
"organization.members" = 30
[factors]
"leadership.executives.openness" = [0.1, 0.9]
"""


def ism(*typed: str) -> Result:
    return CliRunner().invoke(main, typed)


def mine(folder: Path, text: str = FIVE_LINES, name: str = "my.py") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


@pytest.fixture(scope="module")
def ended(lively: Scenario) -> Engine:
    engine = Engine(lively, seed=3)
    engine.advance(engine.ticks)
    return engine


# ---------------------------------------------------------------- scopes


def test_a_scope_is_what_the_model_measures_of_that_group_and_those_days(ended):
    groups = [name for name in groups_of(ended.world, ended.organization) if name != "all"]
    catalogue = Catalogue()
    for group in groups:
        for name, value in final(ended.world, ended.organization, group).items():
            (found,) = catalogue.measured([f"{name}@{group}"], ended)
            assert found == value or (value is None and math.isnan(found))
        for name, value in over_days(ended.world, ended.organization, (1, 4), group).items():
            (found,) = catalogue.measured([f"{name}@{group}@days:1-4"], ended)
            assert found == value or (value is None and math.isnan(found))


def test_role_and_department_together_are_parts_of_either(ended):
    departments = [each for each in groups_of(ended.world, ended.organization) if each.startswith("department:")]
    names = [f"posts@role:coworker@{department}" for department in departments]
    parts = Catalogue().measured(names, ended)
    assert sum(parts) == Catalogue().measured(["posts@role:coworker"], ended)[0] > 0


def test_a_scope_has_days_as_the_series_has_them(ended):
    found = series(ended.world, ended.organization)
    place = found.measures.index("posts"), found.groups.index("role:coworker")
    assert by_day("posts@role:coworker", ended).tolist() == found.values[place].tolist()


@pytest.mark.parametrize(
    ("name", "problem", "nearest"),
    [
        ("p_speek@role:coworker", "no measure 'p_speek'", "p_speak@role:coworker"),
        ("p_speak@rol:coworker", "no part of a measure", "role"),
        ("p_speak@role:cowoker", "no role 'cowoker'", "coworker"),
        ("p_speak@days:9-4", "the earlier one first", None),
        ("p_speak@days:1-2@days:2-3", "names days twice", None),
        ("issues_resolved@role:coworker", "known of everyone only", None),
        ("multivocality@days:1-2", "known of whole runs only", None),
        ("p_speak@department:\x1b[31m", "names no department", None),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_was_meant(name, problem, nearest):
    with pytest.raises(InputError, match=problem) as caught:
        Catalogue().find(name)
    assert caught.value.nearest == nearest


def test_a_world_refuses_departments_and_days_that_it_has_not(small):
    with pytest.raises(InputError, match="Did you mean 'Sales'"):
        Catalogue().check("p_speak@department:Sale", small)
    with pytest.raises(InputError, match="days 0 to 14"):
        Catalogue().check("p_speak@days:3-99", small)
    Catalogue().check("p_speak@department:Sales@days:3-15", small)


def test_a_department_may_have_signs_in_its_name():
    assert scoped("posts@department:R@D: x")[1].department == "R@D: x"
    assert split_names("p_speak, posts@department:Sales, EMEA,likes") == [
        "p_speak", "posts@department:Sales, EMEA", "likes",
    ]  # fmt: skip


# ---------------------------------------------------------------- one's own


def test_five_lines_are_a_measure_in_a_sweep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = mine(tmp_path)
    (tmp_path / "s.toml").write_text(STUDY)
    study = load_study("s.toml", own=read_own(file))
    done = sweep(study, tmp_path / "out", Here())
    assert done.complete and set(done.runs["status"]) == {"done"}
    assert {"heat", "posts@role:coworker", "willingness@days:1-3", *MEASURES} <= set(done.runs.columns)
    assert sweep(study, tmp_path / "out", Here()).made == 0
    compared = ism("compare", "out:0", "out:1", "--measures", "heat,posts@role:coworker")
    assert compared.exit_code == 0 and "heat" in compared.stdout and "posts@role:coworker" in compared.stdout
    kept = made_so_far(tmp_path / "out")
    assert kept.runs.equals(done.runs)
    assert kept.study.catalogue["heat"].meaning == "Share of comments that argue against what they answer"


def test_another_text_of_the_function_makes_other_runs(tmp_path):
    one = study_from(STUDY, own=read_own(mine(tmp_path)))
    other = study_from(STUDY, own=read_own(mine(tmp_path, FIVE_LINES.replace('against")', 'with")'), "other.py")))
    first = sweep(one, tmp_path / "out", Here())
    second = sweep(other, tmp_path / "out", Here())
    assert (first.made, second.made) == (4, 4)


def test_a_plain_study_is_named_as_it_always_was(tmp_path):
    """What was swept before measures could be asked for is found again."""
    from experiments.sweeps.asked import Asked
    from experiments.sweeps.identity import Identity

    study = study_from(STUDY.replace('"heat", "posts@role:coworker", "willingness@days:1-3"', '"posts"'))
    name = Identity(study.scenario, "rules", "final")
    changes = (("leadership.executives.openness", 0.1),)
    assert Asked(study, "rules").trials((1,))[0].run_id == name.of_run(name.of_world(changes), 1)


FAULTS = {
    "x = (": ("SyntaxError", 1),
    "x = 1 / 0\n": ("ZeroDivisionError: division by zero", 1),
    "import a_module_that_is_not_there\n": ("ModuleNotFoundError", 1),
    "x = 1\n": ("no function is marked with @measure", None),
    "from experiments import measure\n@measure\ndef p_speak(run):\n    return 1\n": ("already is the name", None),
    "raise SystemExit(3)\n": ("SystemExit", 1),
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: text.splitlines()[-1][:20])
def test_a_file_that_is_wrong_is_told_in_one_sentence(tmp_path, text):
    problem, line = FAULTS[text]
    with pytest.raises(InputError, match=problem) as caught:
        read_own(mine(tmp_path, text))
    assert caught.value.line == line
    assert "Traceback" not in str(caught.value)


FAILING = """from experiments import measure
def helper(run):
    return run.messages["orientaton"].mean()
@measure
def heat(run):
    print("hello")
    return helper(run) if run.seed == 2 else None
"""


def test_a_function_that_fails_fails_its_run_and_no_other(tmp_path, capsys):
    study = study_from(STUDY, own=read_own(mine(tmp_path, FAILING)))
    runs = sweep(study, tmp_path / "out", Here()).runs
    assert runs["status"].to_list() == ["done", "done", "failed", "failed"]
    assert runs["heat"].null_count() == 4
    assert runs["posts"].null_count() == 2
    told = runs["message"][2]
    assert runs["stage"][2] == "measures"
    assert "my.py, line 3: in heat: ColumnNotFoundError" in told
    assert capsys.readouterr().out == ""  # what it prints is no result


@pytest.mark.parametrize("returned", ["'a text'", "[1]", "run"])
def test_what_is_no_number_is_refused(tmp_path, returned, ended):
    own = read_own(mine(tmp_path, f"from experiments import measure\n@measure\ndef odd(run):\n    return {returned}\n"))
    with pytest.raises(InputError, match="a number or None is expected"):
        Catalogue(own).measured(["odd"], ended)


def test_a_folder_keeps_what_a_measure_was_and_never_runs_it(tmp_path):
    text = FIVE_LINES + f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).write_text('x')\n"
    study = study_from(STUDY, own=read_own(mine(tmp_path, text)))
    sweep(study, tmp_path / "out", Here())
    assert text in json.loads((tmp_path / "out" / "sweep.json").read_text())["own"][0]["text"]
    (tmp_path / "ran").unlink()
    kept = made_so_far(tmp_path / "out").study
    with pytest.raises(InputError, match="--measures"):
        kept.own[0].value(None)  # type: ignore[arg-type]
    assert not (tmp_path / "ran").exists()


def test_a_study_that_names_a_measure_of_ones_own_needs_its_file(tmp_path):
    with pytest.raises(InputError, match=r"comes with --measures FILE\.py"):
        study_from(STUDY)


def test_run_compare_and_patterns_take_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = mine(tmp_path)
    small = ("--days", "3", "--members", "30")
    said = ism("run", *small, "--measures", file, "--measures", "posts@role:coworker,posts@days:0-2", "--json")
    assert {"heat", "posts@role:coworker", "posts@days:0-2"} <= set(json.loads(said.stdout))
    changed = ("--set-b", "visibility.scope=team", "--seeds", "3", "--measures", file, "--workers", "1")
    found = ism("compare", "baseline", *changed, *small, "--effect", "posts=1", "--json")
    assert "heat" in json.loads(found.stdout)["measures"]
    told = ism("compare", "baseline", *changed, *small, "--effect", "willingness=.05")
    assert "heat" in told.stdout and "To see a difference of 0.05 in willingness with a chance of 80%" in told.stdout
    head = "days = 3\n[organization]\nmembers = 30\n"
    (tmp_path / "p.toml").write_text(head + '[[expect]]\nmeasure = "heat"\nrange = [0.0, 1.0]\n')
    tested = ism("patterns", "p.toml", "--seeds", "4", "--measures", file, "--workers", "1")
    assert tested.exit_code == 0 and "heat between 0 and 1" in tested.stdout
    assert ism("patterns", "p.toml", "--seeds", "4").exit_code == 2


# ---------------------------------------------------------------- one's own, of a part


COUNTING = """from experiments import measure
@measure
def written(run):
    return run.messages.height
@measure
def weighed(run):
    return run.occasions.height
@measure
def people(run):
    return run.members.height
@measure
def bosses(run):
    return (run.members["role"][run.messages["author"]] != "coworker").sum()
@measure
def told(run):
    return run.measures["wishes"] - run.series.filter(measure="wishes", group="all")["value"].sum()
@measure
def own_days(run):
    return run.days
@measure
def stances(run):
    return run.positions["member"].n_unique()
@measure
def tied(run):
    return run.ties["other"].max()
@measure
def seen(run):
    return run.members["posts"].sum()
@measure
def named(run):
    return len(run.organization.names)
"""


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return Catalogue(read_own(mine(tmp_path_factory.mktemp("own"), COUNTING)))


def test_a_part_holds_what_its_members_did_on_its_days(ended, counting):
    """Counted by one's own function, it is what the model counts of that group and those days."""
    model = {"written": ("posts", "comments"), "weighed": ("wishes",)}
    groups = [f"@{name}" for name in groups_of(ended.world, ended.organization) if name != "all"]
    for scope in (*groups, "@days:2-4", "@role:coworker@days:1-3", "@role:coworker@department:Sales"):
        for name, parts in model.items():
            (found,) = counting.measured([name + scope], ended)
            assert found == sum(counting.measured([part + scope for part in parts], ended)), name + scope
        assert abs(counting.measured([f"told{scope}"], ended)[0]) < 1e-9


def test_rows_of_a_part_are_rows_of_its_members(ended, counting):
    assert counting.measured(["bosses", "bosses@role:coworker", "bosses@days:0-2"], ended)[1] == 0
    assert counting.measured(["bosses"], ended)[0] > 0
    names = [f"{name}@role:coworker" for name in ("people", "stances", "tied")]
    people, stances, tied = counting.measured(names, ended)
    assert people == stances == (ended.world.members["role"] == Role.coworker).sum()
    assert tied < people


def test_days_and_groups_that_are_not_there_have_no_value(ended, counting):
    names = ["written@department:Nowhere", "written@days:0-999"]
    assert all(math.isnan(value) for value in counting.measured(names, ended))
    assert counting.measured(["own_days@days:1-3", "own_days"], ended) == [2, ended.scenario.parameters.days]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("seen@days:1-2", "in seen: ColumnNotFoundError"),
        ("stances@days:1-2", "in stances: ValueError: positions are known of a run's start and end only"),
        ("named@role:coworker", "in named: AttributeError: a part of a run has no organization"),
    ],
)
def test_what_no_part_has_is_refused_by_file_line_and_function(name, problem, ended, counting):
    with pytest.raises(InputError, match=problem) as caught:
        counting.measured([name], ended)
    assert caught.value.line is not None


def test_what_lasts_is_all_of_a_member_but_beliefs_and_counts():
    changing = set(FORMS["members"]) - set(LASTING)
    started = {name for name in changing if name.startswith("start_")}
    assert {name.removeprefix("start_") for name in started} < changing - started
    assert not {name for name in LASTING if name not in FORMS["members"]}


def test_a_study_asks_parts_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = study_from(STUDY.replace('"heat"', '"heat@role:coworker@days:0-3"'), own=read_own(mine(tmp_path)))
    done = sweep(study, tmp_path / "out", Here())
    assert {"heat", "heat@role:coworker@days:0-3"} <= set(done.runs.columns)
    with pytest.raises(InputError, match="days end at 4"):
        study_from(STUDY.replace('"heat"', '"heat@days:0-9"'), own=read_own(mine(tmp_path)))


# ---------------------------------------------------------------- where they are named


HEAD = "days = 3\n[organization]\nmembers = 30\n"


def expects(folder: Path, *lines: str) -> str:
    (folder / "p.toml").write_text(HEAD + "".join(f"[[expect]]\n{line}\n" for line in lines))
    return str(folder / "p.toml")


def test_an_expectation_names_its_group_and_days_in_either_way(tmp_path):
    named = 'measure = "engagement@role:coworker@days:1-3"\nrange = [0, 999]'
    said = 'measure = "engagement"\ngroup = "role:coworker"\ndays = [1, 3]\nrange = [0, 999]'
    against = 'measure = "engagement@days:1-3"\ndirection = "higher"\nagainst = "days 0-1"'
    one, other, parts = (claim.value({}, 1) for claim in claims_of(load(expects(tmp_path, named, said, against))))
    assert one == other > 0
    engine = Engine(load(str(tmp_path / "p.toml")), seed=1)
    engine.advance(engine.ticks)
    later, earlier = Catalogue().measured(["engagement@days:1-3", "engagement@days:0-1"], engine)
    assert parts == later - earlier


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("measure = 'p_speak@rol:coworker'", "Did you mean 'role'"),
        ("measure = 'p_speak@role:cowoker'", "Did you mean 'coworker'"),
        ("measure = 'p_speak@department:Sale'", "Did you mean 'Sales'"),
        ("measure = 'p_speak@days:1-9'", "days end at 3"),
        ("measure = 'p_speek@role:coworker'", "Did you mean 'p_speak@role:coworker'"),
        ("measure = 'issues_resolved@role:coworker'", "known of everyone only"),
        ("measure = 'p_speak@role:coworker'\ngroup = 'role:executive'", "already says of whom"),
        ("measure = 'p_speak@days:1-2'\ndays = [0, 1]", "say them once"),
        ("measure = 'visits@role:coworker@department:Sales'", "a role or a department only"),
        ("measure = 'heat@role:coworker'", "--measures FILE.py"),
    ],
)
def test_check_refuses_a_scope_that_is_not_there_in_one_sentence(tmp_path, line, problem):
    said = ism("check", expects(tmp_path, f"{line}\nrange = [0, 1]"))
    assert (said.exit_code, said.stderr.count("\n")) == (2, 1), said.stderr
    assert problem in said.stderr and "p.toml, line " in said.stderr


def test_check_finds_all_expectations_that_are_wrong(tmp_path):
    wrong = ("p_speak@role:coworkr", "p_speak@department:Salez", "p_speak@days:3-9", "heat", "p_speek")
    said = ism("check", expects(tmp_path, *(f'measure = "{name}"\nrange = [0, 1]' for name in ("posts", *wrong))))
    lines = [int(line) for line in re.findall(r"p.toml, line (\d+):", said.stderr)]
    assert lines == [8, 11, 14, 17, 20], said.stderr
    assert f"{len(wrong)} things are to be fixed" in said.stderr
    assert "expect.4.measure = 'heat'" in said.stderr


def test_check_takes_measures_and_passes_them_on(tmp_path):
    file = mine(tmp_path)
    path = expects(tmp_path, 'measure = "heat@role:coworker"\nrange = [0, 1]')
    passed = ism("check", path, "--measures", file, "--measures", "posts@days:0-2")
    assert passed.exit_code == 0 and "heat@role:coworker between 0 and 1" in passed.stdout
    assert "days end at 3" in ism("check", path, "--measures", file, "--measures", "posts@days:0-9").stderr
    (tmp_path / "s.toml").write_text(STUDY)
    study = ism("check", str(tmp_path / "s.toml"), "--measures", file)
    assert study.exit_code == 0 and f"--measures {file} --plan" in study.stdout


def test_facts_show_them_beside_the_scorecard(tmp_path):
    size = ("--set", "days=4", "--members", "30", "--seeds", "2", "--workers", "1")
    small = ("facts", *size, "--measures", mine(tmp_path), "--measures", "posts@role:coworker")
    found = json.loads(ism(*small, "--json").stdout)["measures"]
    assert set(found) == {"heat", "posts@role:coworker"}
    world = load("baseline").with_({"days": 4, "organization.members": 30})
    counts = []
    for seed in (1, 2):
        engine = Engine(world, seed=seed)
        engine.advance(engine.ticks)
        counts += Catalogue().measured(["posts@role:coworker"], engine)
    assert found["posts@role:coworker"]["mean"] == pytest.approx(sum(counts) / 2)
    assert "Asked for" in ism(*small).stdout
    assert "has no mean" in ism("facts", "--measures", "arena_type").stderr


def test_two_files_may_not_share_a_name(tmp_path):
    with pytest.raises(InputError, match="two files have a measure called heat"):
        wanted_measures([mine(tmp_path), mine(tmp_path, name="other.py")])


# ---------------------------------------------------------------- stopping


def test_a_run_stops_at_the_end_of_the_first_day_on_which_it_shall(tmp_path):
    text = STUDY.replace('measures = ["heat", ', 'stop_when = "wishes >= 3"\nrecord = "daily"\nmeasures = ["wishes", ')
    done = sweep(study_from(text.replace(', "willingness@days:1-3"', "").replace("= 4", "= 8")), tmp_path, Here())
    days = done.days()
    assert 1 <= done.runs["days_run"].min() < 8
    for run, lasted in done.runs.select("run", "days_run").iter_rows():
        counts = days.filter(pl.col("run") == run)["wishes"].to_list()
        assert len(counts) == lasted
        assert sum(counts) >= 3 or lasted == 8
        assert sum(counts[:-1]) < 3


def test_only_days_on_which_a_condition_holds_are_collected(tmp_path):
    said = 'collect_when = "wishes >= 2"\nrecord = "daily"\nmeasures = ["wishes", '
    text = STUDY.replace('measures = ["heat", ', said).replace(', "willingness@days:1-3"', "")
    days = sweep(study_from(text), tmp_path / "some", Here()).days()
    every = sweep(study_from(text.replace('"wishes >= 2"', '"wishes >= 0"')), tmp_path / "all", Here()).days()
    so_far = every.with_columns(pl.col("wishes").cum_sum().over("run").alias("so_far"))
    assert days.equals(so_far.filter(pl.col("so_far") >= 2).drop("so_far"))
    assert 0 < days.height < every.height


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('stop_when = "issues_resolved => 2"', "cannot be read"),
        ('stop_when = "isues_resolved >= 2"', "Did you mean 'issues_resolved'"),
        ('stop_when = "multivocality > 2"', "known of whole runs only"),
        ('collect_when = "posts > 2"', 'needs record = "daily"'),
    ],
)
def test_conditions_that_cannot_be_asked_are_refused_with_their_line(line, problem):
    with pytest.raises(InputError, match="line 2") as caught:
        study_from(f'seeds = 1\n{line}\n[factors]\n"leadership.executives.openness" = [0.1, 0.9]\n')
    assert problem in str(caught.value)
