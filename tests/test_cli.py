"""Claims about the command `ism`: what it prints where, its exit codes, and what it does to the disk."""

import io
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import experiments.commands
import sim
import sim.compiled
from experiments import cli
from experiments.cli import load_commands, main
from experiments.commands.new import LEVERS
from experiments.describe import in_words
from experiments.progress import show_progress
from experiments.summary import NEXT
from experiments.values import in_unit, sparkline
from sim.measures import MEASURES
from sim.parameters import registry
from sim.record import Run
from sim.scenario import Scenario, from_toml, load
from sim.simulation import simulate

FEW = 40  # members of the runs in here, unless a test says otherwise


class Simulation:
    """`sim.simulate` with few members; remembers what it was asked, and can be interrupted after some days."""

    def __init__(self) -> None:
        self.asked: list[tuple[Scenario, int, Any]] = []
        self.interrupt_after: int | None = None

    def __call__(
        self,
        scenario: Scenario,
        seed: int = 1,
        organization: Any = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Run:
        self.asked.append((scenario, seed, organization))

        def heard(done: int, total: int) -> None:
            if progress is not None:
                progress(done, total)
            if done == self.interrupt_after:
                raise KeyboardInterrupt

        small = scenario if scenario.people else scenario.with_({"organization.members": FEW})
        return simulate(small, seed=seed, organization=organization, progress=heard)


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Simulation:
    monkeypatch.chdir(tmp_path)
    made = Simulation()
    monkeypatch.setattr(sim, "simulate", made, raising=False)
    monkeypatch.setattr(sim.compiled, "needs_compiling", lambda: False)
    return made


def ism(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def typed(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `ism` as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from experiments.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


# ---------------------------------------------------------------- ism run


def test_a_run_is_told_in_words_and_kept_in_a_folder(simulation: Simulation, tmp_path: Path) -> None:
    result = ism("run")
    assert result.exit_code == 0, result.output
    assert f"{FEW} members used internal social media for 60 workdays (seed 1)" in result.stdout
    for text in ("Voice", "Silence", "Arena", "chance that a wish to speak was spoken", "▁", "█"):
        assert text in result.stdout
    shares = [int(found) for found in re.findall(r"(\d+)%", result.stdout.partition("Why people stayed silent")[2])]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) in range(97, 104)
    assert "Everything is in runs/baseline-1" in result.stdout
    assert (tmp_path / "runs" / "baseline-1" / "manifest.json").is_file()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["baseline-1"]
    assert result.stderr == ""


def test_the_options_change_the_world(simulation: Simulation) -> None:
    setting = ["--set", "visibility.scope=team", "--set", "issues.0.salience=.5"]
    result = ism("run", "baseline", "--seed", "7", "--days", "5", "--members", "50", *setting, "--out", "here/there")
    assert result.exit_code == 0, result.output
    scenario, seed, organization = simulation.asked[0]
    assert (seed, organization) == (7, None)
    parameters = scenario.parameters
    assert (parameters.days, parameters.organization.members) == (5, 50)
    assert (parameters.visibility.scope, parameters.issues[0].salience) == ("team", 0.5)
    assert Path("here/there/manifest.json").is_file()


def test_json_is_all_that_stands_on_stdout(simulation: Simulation) -> None:
    result = ism("run", "--json", "--days", "3")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert list(found) == list(MEASURES)
    assert found["wishes"] >= found["spoken"] >= 0
    assert all(value is None or math.isfinite(value) for value in found.values())
    assert result.stdout.count("\n") == 1


def test_events_after_an_earlier_end_are_left_out_and_told(simulation: Simulation, tmp_path: Path) -> None:
    text = 'extends = "baseline"\n[[events]]\nday = 9\nannounce = { by = "ceo", openness = 1 }\n'
    (tmp_path / "mine.toml").write_text(text)
    result = ism("run", "mine.toml", "--days", "5", "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == "Left out: an event that comes after day 5.\n"
    assert simulation.asked[0][0].events == ()
    assert ism("run", "mine.toml", "--set", "days=5").exit_code == 2


def test_compiling_is_announced(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim.compiled, "needs_compiling", lambda: True)
    result = ism("run", "--json", "--days", "1")
    assert result.stderr == "Compiling the model once, about half a minute ...\n"


def test_a_run_that_is_there_is_replaced_only_by_the_same_run_or_if_asked_to(simulation: Simulation) -> None:
    small = ("run", "--members", str(FEW), "--out", "mine")
    assert ism(*small, "--days", "2").exit_code == 0
    assert ism(*small, "--days", "2").exit_code == 0
    for other, apart in (
        (["--days", "3"], "days is 2, not 3"),
        (["--days", "2", "--seed", "9"], "its seed is 1, not 9"),
        (["--days", "2", "--set", "visibility.scope=team"], "visibility.scope is organization, not team"),
    ):
        result = ism(*small, *other)
        assert result.exit_code == 2
        assert "mine: this holds another run (baseline, seed 1, 2 days" in result.stderr
        assert f"so it is not replaced: {apart}; mine-2 is free" in result.stderr
        assert "; mine-2 is free, or add --replace." in result.stderr
    assert Run.load("mine").days == 2
    assert len(simulation.asked) == 2
    assert ism(*small, "--days", "3", "--replace").exit_code == 0
    assert Run.load("mine").days == 3
    assert [path.name for path in Path().iterdir()] == ["mine"]


def test_a_plain_run_of_other_settings_takes_the_next_free_name_and_says_so(simulation: Simulation) -> None:
    small = ("run", "--members", str(FEW), "--days", "2")
    assert ism(*small).exit_code == 0
    result = ism(*small, "--set", "visibility.scope=team")
    assert result.exit_code == 0
    assert "runs/baseline-1: this holds another run" in result.stderr
    assert "This run goes to runs/baseline-1-2." in result.stderr
    assert "Everything is in runs/baseline-1-2\n" in result.stdout
    again = ism(*small, "--set", "visibility.scope=team")  # is there, so it is replaced
    assert "runs/baseline-1-2" in again.stdout
    Path("runs/baseline-1/notes.txt").write_text("mine")
    assert "This run goes to runs/baseline-1-3." in ism(*small).stderr
    assert sorted(path.name for path in Path("runs").iterdir()) == ["baseline-1", "baseline-1-2", "baseline-1-3"]
    assert Path("runs/baseline-1/notes.txt").read_text() == "mine"


def test_files_of_the_user_are_named_and_stay_even_if_the_run_may_be_replaced(simulation: Simulation) -> None:
    assert ism("run", "--members", str(FEW), "--days", "2", "--out", "u1").exit_code == 0
    Path("u1/notes.txt").write_text("mine")
    Path("u1/paper").mkdir()
    (Path("u1") / "organization.csv").write_text("edited")
    for more in ([], ["--replace"], ["--seed", "9"]):
        result = ism("run", "--members", str(FEW), "--days", "2", "--out", "u1", *more)
        assert result.exit_code == 2
        assert "paper/, notes.txt, organization.csv (changed); move them away" in result.stderr
        assert "u1-2 is free." in result.stderr
    assert Path("u1/notes.txt").read_text() == "mine"
    assert Path("u1/organization.csv").read_text() == "edited"


def test_a_run_whose_place_is_taken_while_it_is_made_is_not_lost(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*given: Any, **options: Any) -> Run:
        Path("mine").mkdir()
        Path("mine/thesis").write_text("years of work")
        return simulation(*given, **options)

    monkeypatch.setattr(sim, "simulate", taken, raising=False)
    result = ism("run", "--days", "1", "--out", "mine")
    assert result.exit_code == 0
    assert "This run goes to mine-2." in result.stderr
    assert Run.load("mine-2").days == 1


def test_fewer_days_never_replace_more(simulation: Simulation) -> None:
    small = ("run", "--members", str(FEW), "--days", "4")
    assert ism(*small).exit_code == 0
    simulation.interrupt_after = 2
    result = ism(*small)
    assert result.exit_code == 1
    assert "the days finished are kept in runs/baseline-1-2." in result.stderr
    assert [Run.load(f"runs/{name}").days for name in ("baseline-1", "baseline-1-2")] == [4, 2]
    simulation.interrupt_after = None
    assert ism(*small, "--out", "runs/baseline-1-2").exit_code == 0
    assert Run.load("runs/baseline-1-2").days == 4


def test_what_is_not_a_run_is_never_replaced(simulation: Simulation, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("years of work")
    (tmp_path / "file").write_text("x")
    for out, why in (("thesis", "that is no run"), ("file", "this is a file"), ("file/x", "cannot be written")):
        result = ism("run", "--out", out)
        assert result.exit_code == 2
        assert why in result.stderr
    assert not simulation.asked
    (tmp_path / "empty").mkdir()
    assert ism("run", "--out", "empty", "--days", "1").exit_code == 0


@pytest.mark.parametrize("out", [".", "..", "../../run", "a\x00b", "x" * 5000, "/dev/null", "/"])
def test_places_that_no_run_can_take_are_refused_before_any_work(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    inner = tmp_path / "run" / "inner"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    result = ism("run", "--out", out)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert not simulation.asked
    assert inner.is_dir()


def test_ctrl_c_keeps_the_days_that_were_finished(simulation: Simulation) -> None:
    simulation.interrupt_after = 4
    result = ism("run")
    assert result.exit_code == 1
    assert "Stopped; the days finished are kept in runs/baseline-1." in result.stderr
    assert "for 4 workdays" in result.stdout
    assert json.loads(Path("runs/baseline-1/manifest.json").read_text())["days"] == 4


def test_ctrl_c_before_the_first_day_leaves_nothing(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sim, "simulate", interrupted, raising=False)
    result = ism("run")
    assert (result.exit_code, result.stderr) == (1, "Stopped.\n")
    assert list(Path("runs").iterdir()) == []


def test_anything_else_that_goes_wrong_is_one_message(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("by \x1b[2J zero")

    monkeypatch.setattr(sim, "simulate", broken, raising=False)
    result = ism("run")
    assert result.exit_code == 1
    assert "ZeroDivisionError: by \\x1b[2J zero" in result.stderr
    assert "Please report it" in result.stderr
    assert "Traceback" not in result.output
    monkeypatch.setenv("ISM_DEBUG", "1")
    assert "Traceback" in ism("run").stderr


def test_no_command_is_suggested_that_does_not_exist(simulation: Simulation) -> None:
    said = ism("run", "--days", "1").stdout
    suggested = re.findall(r"next: ism (\w+)", said)
    assert suggested
    assert set(suggested) <= set(load_commands())
    assert len(suggested) == len(NEXT)


def test_an_imported_organisation_is_used_and_what_was_mended_is_told(simulation: Simulation, tmp_path: Path) -> None:
    (tmp_path / "org.csv").write_text("id,manager_id\na,\nb,a\nc,a\nd,nobody\n")
    assert ism("run", "--org", "org.csv").exit_code == 2
    result = ism("run", "--org", "org.csv", "--repair", "--days", "1")
    assert result.exit_code == 0, result.output
    assert "nobody" in result.stderr
    assert "4 members used" in result.stdout
    assert simulation.asked[0][0].people.organization.members == 4


def test_options_that_do_not_go_together_are_refused(simulation: Simulation) -> None:
    for options in (["--ties", "x.csv"], ["--repair"], ["--org", "x.csv", "--members", "3"]):
        result = ism("run", *options)
        assert result.exit_code == 2
        assert "Error: --" in result.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_progress_bar_is_only_for_terminals(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ism("run", "--days", "2").stderr == ""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with show_progress("day") as progress:
        progress(60, 60)
    assert "60/60" in sys.stderr.getvalue()  # type: ignore[attr-defined]


def test_a_curve_has_one_sign_a_stretch_and_blanks_where_nothing_is() -> None:
    assert sparkline([]) == ""
    assert sparkline([1.0]) == "▁"
    assert sparkline([None, 0.0, 1.0, None]) == " ▁█ "
    assert len(sparkline([float(n) for n in range(999)])) == 20
    assert sparkline([0.0, 0.0]) == "▁▁"


def test_numbers_are_written_for_people() -> None:
    assert in_unit(0.314, "%") == "31"
    assert in_unit(12345.6, "") == "12,346"
    assert in_unit(2.0, "") == "2"
    assert in_unit(2.345, "hours") == "2.35"
    assert in_unit(None, "%") == "-"


# ---------------------------------------------------------------- the others


def test_the_gallery_is_listed() -> None:
    result = ism("scenarios")
    assert result.exit_code == 0
    assert "baseline" in result.stdout
    assert load("baseline").title in result.stdout


def test_a_new_scenario_is_in_order_and_can_be_run(simulation: Simulation, tmp_path: Path) -> None:
    result = ism("new", "mine")
    assert result.exit_code == 0, result.output
    assert "nothing" in ism("check", "mine.toml").stdout
    assert ism("run", "mine.toml", "--days", "1").exit_code == 0
    assert load("mine.toml").parameters == load("baseline").parameters
    assert ism("new", "second", "--from", "mine").exit_code == 0
    assert load("second.toml").extends == "mine"


def test_every_line_of_a_new_scenario_can_be_switched_on(simulation: Simulation, tmp_path: Path) -> None:
    ism("new", "mine")
    text = Path("mine.toml").read_text()
    setting = re.compile(r'^# ((?:[a-z_]+|"[a-z0-9_.]+") = .*|\[\[\w+\]\])$')
    lines = [match[1] if (match := setting.match(line)) else line for line in text.split("\n")]
    world = from_toml("\n".join(lines), "mine")
    assert len(world.written) == 5
    assert len(world.expect) == 1
    assert sum(line.startswith(tuple(name.rpartition(".")[2] for name in LEVERS)) for line in lines) >= len(LEVERS)
    assert set(LEVERS) <= set(registry())


@pytest.mark.parametrize(
    "name", ["../x", "/tmp/x", "a/b", "x.toml", "", ".", "-x", "a b", "x" * 65, "é", "a\x00", "a\n"]
)
def test_a_new_scenario_stays_in_the_folder(name: str, simulation: Simulation, tmp_path: Path) -> None:
    result = ism("new", "--", name)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_new_scenario_overwrites_nothing_and_extends_only_what_there_is(
    simulation: Simulation, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text("precious")
    assert "is there already" in ism("new", "mine").stderr
    assert (tmp_path / "mine.toml").read_text() == "precious"
    assert "is a scenario of the gallery" in ism("new", "baseline").stderr
    assert "Did you mean 'baseline'?" in ism("new", "other", "--from", "baselin").stderr
    assert "leads out" in ism("new", "other", "--from", "../mine.toml").stderr
    assert ism("new", "other", "--from", 'x"\n[days]').exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


def test_a_schema_of_the_user_is_not_replaced_by_a_new_scenario(simulation: Simulation, tmp_path: Path) -> None:
    schema = tmp_path / "scenario.schema.json"
    schema.write_text("{}")
    made = ism("new", "mine")
    assert (made.exit_code, "scenario.schema.json is yours, or was changed" in made.stderr) == (0, True)
    assert (tmp_path / "mine.toml").exists()
    assert schema.read_text() == "{}"
    schema.unlink()
    assert ism("new", "other").stderr == ""
    assert ism("new", "another").stderr == ""
    schema.write_text(edited := schema.read_text().replace("2020-12", "2019-09"))
    assert "`ism schema` prints the one of this version" in ism("new", "third").stderr
    assert schema.read_text() == edited


def test_a_check_tells_what_differs_and_what_happens(simulation: Simulation, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'title = "Mine"\nextends = "baseline"\n[leadership.executives]\nresponsiveness = 0.15\n[visibility]\n'
        'scope = "team"\nanonymous_posts = true\n[set]\n"issues.2.salience" = 2\n'
        '[[events]]\nday = 20\nset = { "visibility.scope" = "organization" }\n'
        '[[events]]\nday = 5\nannounce = { by = "ceo", openness = 0.8 }\n'
        '[[events]]\nday = 7\nissue = { name = "A new boss" }\n'
        '[[expect]]\nmeasure = "p_speak"\ndirection = "lower"\nagainst = "baseline"\nwhy = "Few read."\n'
    )
    result = ism("check", "mine.toml")
    assert result.exit_code == 0, result.output
    for text in (
        "mine.toml is in order: Mine",
        "executives answer half as often (leadership.executives.responsiveness 0.3 -> 0.15)",
        "a post goes to the team by default, not to everyone (visibility.scope 'organization' -> 'team')",
        "anonymous posts are allowed (visibility.anonymous_posts false -> true)",
        "issue 'Workload and staffing': how often it comes to mind, relative to others: twice what it was",
        "one more issue, number 4: 'A new boss'",
        "day 20: visibility.scope becomes 'organization'",
        "day 5: ceo announces openness 0.8",
        "p_speak is lower than in baseline. Few read.",
    ):
        assert text in result.stdout
    assert (
        result.stdout.index("day 5") < result.stdout.index("day 7: 'A new boss' begins") < result.stdout.index("day 20")
    )


def test_differences_are_told_for_every_parameter() -> None:
    baseline = load("baseline")
    for name, parameter in registry().items():
        if parameter.kind.endswith("number"):
            value = parameter.high if parameter.default != parameter.high else parameter.low
            lines = list(in_words(baseline, baseline.with_({name.replace("<n>", "0"): value})))
            assert len(lines) == 1
            assert name.replace("<n>", "0") in lines[0]


def test_an_organisation_is_told_back(simulation: Simulation, tmp_path: Path) -> None:
    rows = ["id,manager_id,name,department,title", "boss,,Ann,Top,CEO"]
    rows += [f"m{n},boss,Manager {n},Department {n},Head" for n in range(25)]
    rows += [f"w{n},m{n % 25},Worker {n},," for n in range(100)]
    (tmp_path / "org.csv").write_text("\n".join(rows))
    result = ism("org", "org.csv")
    assert result.exit_code == 0, result.output
    for text in ("126 members on 3 levels", "Levels (from the top): 1, 25, 100", "Ann (boss), CEO: 125 below"):
        assert text in result.stdout
    assert "Manager 0 (m0), Head: 4 below" in result.stdout
    assert "... and 5 more" in result.stdout
    (tmp_path / "one.csv").write_text("id,manager_id\nalone,\n")
    assert "1 member on 1 level, 0 teams" in ism("org", "one.csv").stdout
    (tmp_path / "bad.csv").write_text("id,manager_id\na,b\nb,a\n")
    assert ism("org", "bad.csv").exit_code == 2
    assert ism("org", "none.csv").exit_code == 2


def test_the_registry_of_names_is_printed_whole() -> None:
    result = ism("names")
    assert result.exit_code == 0
    printed = {line.split(" ")[0] for line in result.stdout.split("\n")}
    assert set(registry()) <= printed


def test_an_unknown_command_suggests_the_nearest() -> None:
    result = ism("rnu")
    assert result.exit_code == 2
    assert "run" in result.stderr


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_explains_itself(command: str) -> None:
    result = ism(command, "--help")
    assert result.exit_code == 0
    assert isinstance(load_commands()[command], click.Command)
    assert load_commands()[command].help


# ---------------------------------------------------------------- as a user types it


def test_help_imports_next_to_nothing(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom experiments.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pydantic', 'numpy', 'numba', 'polars', 'rich', 'mesa'} & set(sys.modules)\n"
        "print(sorted(heavy) + [name for name in sys.modules if name.startswith('experiments.commands.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize(
    ("typed", "extra"),
    [(["dashboard"], "dashboard"), (["report", "runs/x"], "pages"), (["analyse", "x", "--figures"], "pages")],
)
def test_what_an_installation_lacks_is_asked_for_in_a_sentence(
    typed: list[str], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.extras.find_spec", lambda module: None if module == "jinja2" else module)
    result = ism(*typed)
    needs = f"ism {typed[0]} needs jinja2; install it with: pip install 'internal-social-media[{extra}]'"
    assert (result.exit_code, needs in result.stderr) == (2, True)


def test_a_command_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "yield_.py").write_text(
        '"""`ism yield`: greet whoever it is."""\n\nimport click\n\n\n'
        '@click.command()\n@click.argument("name")\ndef yield_(name: str) -> None:\n'
        '    """Greet NAME."""\n    click.echo(f"Hello, {name}")\n'
    )
    monkeypatch.setattr(cli, "COMMANDS", tmp_path)
    monkeypatch.setattr(experiments.commands, "__path__", [str(tmp_path)])
    assert "yield  Greet whoever it is." in ism("--help").stdout
    assert "Greet NAME." in ism("yield", "--help").stdout
    assert ism("yield", "Ann").stdout == "Hello, Ann\n"
    mistyped = ism("yeild")
    assert (mistyped.exit_code, "Did you mean 'yield'?" in mistyped.stderr) == (2, True)


def test_the_help_of_all_commands_says_in_a_line_what_each_is_for() -> None:
    said = ism("--help").stdout
    for name, command in load_commands().items():
        assert command.name == name
        assert f"  {name:<9}  {cli.purpose_of(name)}\n" in said
        assert len(cli.purpose_of(name)) < 66 and cli.purpose_of(name).endswith(".")


def test_exit_codes_reach_the_shell(tmp_path: Path) -> None:
    assert typed("--version", folder=tmp_path).returncode == 0
    assert typed("scenarios", folder=tmp_path).returncode == 0
    refused = typed("check", "none.toml", folder=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert typed("nonsense", folder=tmp_path).returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_the_signs_is_no_obstacle(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('title = "▁▂▃"\n', "utf-8")
    for command in (["check", "mine.toml"], ["scenarios"], ["names"]):
        done = typed(*command, folder=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert (done.returncode, done.stderr) == (0, "")
