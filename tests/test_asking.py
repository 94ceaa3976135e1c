"""Work that takes long or much is begun only by those who say yes, and never where the machine cannot do it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from experiments import asking
from experiments.asking import begin, cost_of, duration, in_words
from experiments.cli import main
from experiments.sweeps.plan import Plan, expected
from experiments.sweeps.study import study_from
from sim import limits
from sim.errors import InputError
from sim.limits import Cost, Machine, estimate
from sim.scenario import load

MUCH = Cost(memory=5e9, seconds=10_000.0, disk=1e9)
STUDY = """
seeds = 1000
[factors]
"organization.members" = [50]
days = [2]
"visibility.persistence_days" = {min = 1, max = 50, steps = 100}
"learning.rate" = {min = 0.01, max = 0.5, steps = 100}
"""


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "machine", lambda: Machine(1e12, 1e12))
    monkeypatch.setattr(limits, "free_disk", lambda _: 1e15)


def ism(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def watched(monkeypatch: pytest.MonkeyPatch, answer: bool) -> list[str]:
    """Sit at the terminal and answer; return what was asked."""
    asked: list[str] = []
    for stream in (asking.sys.stdin, asking.sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(asking.click, "confirm", lambda text, **_: (asked.append(text), answer)[1])
    return asked


def test_small_work_begins_without_a_word(roomy: None, capsys: pytest.CaptureFixture[str]) -> None:
    begin("this", cost_of(load("baseline"), saved=True), yes=False)
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_much_work_needs_a_yes(roomy: None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"this will take about 2.8 h, 5.0 GB of memory and 1.0 GB of disk; add --yes"):
        begin("this", MUCH, yes=False)
    begin("this", MUCH, yes=True)
    assert "this will take about 2.8 h" in capsys.readouterr().err


def test_at_a_terminal_much_work_is_asked_about(roomy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        asked = watched(patch, answer=True)
        begin("this", MUCH, yes=False)
        assert asked == ["this will take about 2.8 h, 5.0 GB of memory and 1.0 GB of disk. Go on?"]
    watched(monkeypatch, answer=False)
    with pytest.raises(InputError, match="this was not begun"):
        begin("this", MUCH, yes=False)


def test_what_the_machine_has_no_room_for_is_refused_whoever_says_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "machine", lambda: Machine(4e9, 8e9))
    monkeypatch.setattr(limits, "free_disk", lambda _: 1e8)
    with pytest.raises(
        InputError, match=r"needs about 5.0 GB of memory, and on this machine 4.0 GB of 8.0 GB are free"
    ):
        begin("this", MUCH, yes=True)
    with pytest.raises(InputError, match=r"needs about 1.0 GB of disk, and 100.0 MB are free in 'runs'"):
        begin("this", Cost(1.0, 1.0, 1e9), yes=True, folder=Path("runs"))


@pytest.mark.parametrize(
    "typed",
    [
        ("run", "--members", "5000000"),
        ("run", "--days", "10000", "--members", "100000"),
        ("compare", "baseline", "--set-b", "visibility.scope=team", "--seeds", "100000"),
        ("facts", "--seeds", "10000", "--members", "100000"),
        ("patterns", "--seeds", "10000"),
    ],
    ids=" ".join,
)
def test_a_command_that_would_take_hours_says_so_and_makes_nothing(
    typed: tuple[str, ...], roomy: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sim, "simulate", None)
    result = ism(*typed)
    assert result.exit_code == 2, result.output
    assert "will take about" in result.stderr and "add --yes to go on" in result.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_sweep_of_ten_million_runs_is_described_without_a_list_of_them(roomy: None, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("big.toml").write_text(STUDY)
    study = study_from(STUDY)
    assert (study.cells, study.runs) == (10_000, 10_000_000)
    monkeypatch.setattr("experiments.sweeps.asked.cells", None)  # nobody lists the cells
    assert expected(study, workers=2).memory > 10_000_000 * 500
    result = ism("sweep", "big.toml")
    assert result.exit_code == 2 and "this sweep of 10,000,000 runs will take about" in result.stderr
    planned = ism("sweep", "big.toml", "--plan", "--workers", "1")
    assert planned.exit_code == 0, planned.output
    assert "10,000 cells x 1,000 seeds = 10,000,000 runs" in planned.stdout


def test_the_question_before_a_sweep_says_what_its_plan_says(roomy: None, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("big.toml").write_text(STUDY)
    six_runs_to_go = Plan(1, 10, 10, 4, 2, 100_000.0, 1e6, 1e6)
    monkeypatch.setattr("experiments.sweeps.plan.plan", lambda *_: six_runs_to_go)
    assert "about 3.5 days with 2 workers" in ism("sweep", "big.toml", "--plan").stdout
    asked = ism("sweep", "big.toml")
    assert "will take about 3.5 days, 1.0 MB of memory and 1.0 MB of disk; add --yes to go on" in asked.stderr


def test_what_is_taken_grows_with_everything_that_costs() -> None:
    small = estimate(1000, 10, 1, 8.0, 10)
    for larger in ((2000, 10, 1, 8, 10), (1000, 20, 1, 8, 10), (1000, 10, 9, 8, 10), (1000, 10, 1, 80, 10)):
        cost = estimate(*larger)
        assert cost.memory > small.memory and cost.seconds > small.seconds and cost.disk > small.disk


def test_many_runs_take_the_memory_of_those_at_once_and_the_time_of_all() -> None:
    assert Cost(10.0, 4.0, 1.0).times(100, 2) == Cost(20.0, 200.0, 100.0)
    assert Cost(10.0, 4.0, 1.0).times(1, 8) == Cost(10.0, 4.0, 1.0)


def test_costs_are_said_in_words() -> None:
    assert in_words(Cost(2.5e9, 30.0)) == "about 30 s, 2.5 GB of memory"
    assert [duration(s) for s in (0.2, 60, 600, 7200, 864_000)] == ["1 s", "60 s", "10 min", "2.0 h", "10.0 days"]


def test_a_container_bounds_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "memory.max").write_text("max\n")
    (tmp_path / "a" / "memory.max").write_text("1000000\n")
    (tmp_path / "a" / "memory.current").write_text("600000\n")
    (tmp_path / "a" / "memory.stat").write_text("anon 5\ninactive_file 100000\n")
    (tmp_path / "own").write_text("0::/a/b\n")
    monkeypatch.setattr(limits, "_GROUPS", tmp_path)
    monkeypatch.setattr(limits, "_OWN_GROUPS", tmp_path / "own")
    assert limits.machine() == Machine(500_000.0, 1_000_000.0)
