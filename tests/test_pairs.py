"""Many pairs on shared luck, the work of several processes, and `ism compare` and `ism fork`."""

from __future__ import annotations

import json
import os
import time

import pytest
from click.testing import CliRunner

import sim
from experiments import pairs, workers
from experiments.cli import main
from sim.measures import MEASURES

SMALL = ["--members", "60", "--days", "6", "--set", "population.occasions_per_visit.mean=0.4"]
TEAM = ["--set-b", "visibility.scope=team"]


@pytest.fixture(scope="module")
def team(lively):
    return pairs.compare(lively, lively.with_({"visibility.scope": "team"}), range(1, 11), workers=1)


def ism(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, [*map(str, words)])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


# ---------------------------------------------------------------- pairs


def test_a_pair_is_two_ordinary_runs_of_one_seed(lively):
    other = lively.with_({"visibility.scope": "team"})
    found = pairs.compare(lively, other, [4], workers=1).pairs[0]
    assert found.seed == 4
    assert found.a == sim.simulate(lively, seed=4).measures
    assert found.b == sim.simulate(other, seed=4).measures


def test_other_members_are_made_where_the_organisation_differs(lively):
    fewer = lively.with_({"organization.members": 90})
    found = pairs.compare(lively, fewer, [4], workers=1).pairs[0]
    assert found.b == sim.simulate(fewer, seed=4).measures


def test_without_a_change_every_difference_is_nothing(lively):
    found = pairs.compare(lively, lively, range(3), workers=1)
    assert found.differing == found.standing == []
    assert found.tested == 0
    assert all(each.difference.mean == 0.0 for each in found.measures.values() if each.difference.runs)


def test_all_measures_that_are_numbers_are_there_those_that_differ_most_first(team):
    assert set(team.measures) == {name for name, measure in MEASURES.items() if not measure.words}
    flags = [each.differs for each in team.measures.values()]
    assert flags == sorted(flags, reverse=True)
    sizes = [abs(each.d) for each in team.measures.values() if each.differs]
    assert sizes == sorted(sizes, reverse=True)
    assert team.differing == list(team.measures)[: len(sizes)]
    assert set(team.standing) <= set(team.differing)
    assert 0 < len(team.differing) <= team.tested
    assert team.by_chance == pytest.approx(0.05 * team.tested)


def test_pairing_removes_variance_on_a_real_lever(team):
    assert team.measures["psychological_safety"].removed > 0.5
    assert team.measures["psychological_safety"].correlation > 0.5


def test_a_scope_of_teams_leaves_leaders_less_to_answer(team):
    assert team.measures["cross_department"].difference.high < 0.0


def test_when_it_is_stopped_the_pairs_that_are_finished_count(lively):
    def stop(done: int, of: int) -> None:
        assert of == 9
        if done == 2:
            raise KeyboardInterrupt

    found = pairs.compare(lively, lively.with_({"visibility.scope": "team"}), range(9), workers=1, done=stop)
    assert (len(found.pairs), found.planned) == (2, 9)


def test_stopped_before_any_pair_is_finished_there_is_nothing_to_say(lively, monkeypatch):
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pairs, "run_pair", stop)
    with pytest.raises(KeyboardInterrupt):
        pairs.compare(lively, lively, range(9), workers=1)


# ---------------------------------------------------------------- workers


def where_and_what(number: int) -> tuple[int, int]:
    time.sleep(0.02 * (number % 3))
    if number == 6:
        raise ValueError("six")
    return number, os.getpid()


def test_results_come_in_order_and_from_other_processes_and_errors_where_they_belong():
    reported: list[tuple[int, int]] = []
    found = []
    with pytest.raises(ValueError, match="six"):
        for each in workers.results(where_and_what, range(10), 2, lambda *done: reported.append(done)):
            found.append(each)  # noqa: PERF402
    assert [number for number, _ in found] == list(range(6))
    assert os.getpid() not in {process for _, process in found}
    assert reported == [(n, 10) for n in range(1, 7)]


def test_one_worker_is_this_process_and_reports_each_piece():
    reported: list[int] = []
    found = list(workers.results(where_and_what, range(5), 1, lambda done, _: reported.append(done)))
    assert {process for _, process in found} == {os.getpid()}
    assert reported == [1, 2, 3, 4, 5]


def test_threads_give_results_in_order_from_this_process_and_errors_where_they_belong():
    found = []
    with pytest.raises(ValueError, match="six"):
        for each in workers.results(where_and_what, range(10), 2, threads=True):
            found.append(each)  # noqa: PERF402
    assert found == [(number, os.getpid()) for number in range(6)]


def test_quick_pairs_are_the_same_in_threads_of_this_process(lively, team, monkeypatch):
    monkeypatch.setattr(workers, "cores", lambda: 4)
    found = pairs.compare(lively, lively.with_({"visibility.scope": "team"}), range(1, 11))
    assert found.pairs == team.pairs


def test_few_pieces_start_no_processes():
    assert {process for _, process in workers.results(where_and_what, range(workers.FEWEST - 3), 4)} == {os.getpid()}


def slow_note(piece: tuple[str, int]) -> int:
    folder, number = piece
    time.sleep(0.05)
    with open(os.path.join(folder, str(number)), "x"):  # noqa: PTH118, PTH123
        return number


def test_who_leaves_early_leaves_the_rest_undone(tmp_path):
    pieces = [(str(tmp_path), number) for number in range(60)]
    for number in workers.results(slow_note, pieces, 2):
        if number == 3:
            break
    done = len(list(tmp_path.iterdir()))
    assert 4 <= done < len(pieces)
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) == done


# ---------------------------------------------------------------- ism compare


def test_compare_says_what_differs_and_how_sure_that_is():
    reported = ism("compare", *SMALL, *TEAM, "--seeds", 5)
    assert "visibility.scope 'organization' -> 'team'" in reported
    assert "Pairs on shared luck: 5 (seeds 1 to 5)" in reported
    assert "By chance alone, about" in reported
    assert "Holm" in reported
    assert all(len(line) <= 100 for line in reported.splitlines())


def test_compare_gives_json_with_every_measure():
    found = json.loads(ism("compare", *SMALL, *TEAM, "--seeds", 3, "--seed", 7, "--json"))
    assert found["seeds"] == [7, 8, 9]
    each = found["measures"]["silence_rate"]
    assert each["low"] <= each["difference"] <= each["high"]
    assert each["difference"] == pytest.approx(each["b"] - each["a"])


def test_show_tells_one_pair_without_making_many():
    reported = ism("compare", *SMALL, *TEAM, "--show", "--seed", 3)
    assert "One pair as a story: seed 3" in reported
    assert "They first differ on day" in reported
    assert "Messages only in A:" in reported
    assert "Unspoken in A, spoken in B" in reported
    assert "Pairs on shared luck" not in reported
    found = json.loads(ism("compare", *SMALL, *TEAM, "--show", "--json"))
    assert "measures" not in found
    assert found["pair"]["difference"]["tick"] >= 0
    both = json.loads(ism("compare", *SMALL, *TEAM, "--show", "--json", "--seeds", 2))
    assert {"pair", "measures"} <= set(both)


def test_without_a_difference_compare_says_so():
    reported = ism("compare", "baseline", "baseline", *SMALL, "--seeds", 2, "--show")
    assert "There is no difference between A and B." in reported
    assert "the same in every hour" in reported


def test_what_happens_can_differ_too():
    def answer(how: str) -> str:
        return f'day = 3, respond = {{by = "ceo", to = "latest_critique", how = "{how}"}}'

    reported = ism("compare", *SMALL, "--event-a", answer("supportive"), "--event-b", answer("none"), "--show")
    assert "only in A: day 3: ceo answers the latest critique: supportive" in reported
    assert "only in B: day 3: ceo answers the latest critique: none" in reported
    reported = ism("compare", *SMALL, *TEAM, "--from-day", 2, "--show")
    assert "only in B: day 2: visibility.scope becomes 'team'" in reported


def test_two_files_can_be_compared(tmp_path):
    path = tmp_path / "quiet.toml"
    path.write_text('title = "Quiet"\nextends = "baseline"\n[leadership.executives]\npresence = 0.0\n', "utf-8")
    reported = ism("compare", "baseline", path, *SMALL, "--seeds", 2)
    assert "B: Quiet" in reported
    assert "presence" in reported


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["baseline"], "Compare with what?"),
        (["baseline", "basline"], "Did you mean 'baseline'?"),
        ([*TEAM, "--seeds", "0"], "--seeds"),
        (["--set-b", "visibility.scop=team"], "Did you mean"),
        (["--set-b", "days=9"], "A has 60 days and B has 9"),
        (["--event-b", "day = 3"], "says nothing that happens"),
        (["--event-b", "day = 3, set = {"], "--event-b"),
        (["--event-b", "}\nx = {"], "--event-b"),
        (["--show", "--set-b", "organization.members=50"], "60 members and the other 50"),
        ([*TEAM, "--from-day", "-1"], "day"),
        ([*TEAM, "--from-day", "nan"], "day"),
        (["\x1b[31m", "baseline"], "no scenario"),
    ],
)
def test_what_cannot_be_compared_is_refused_gently(words, said):
    small = ["--members", "60"] if any("organization" in word for word in words) else []
    reported = ism("compare", *words, *small, code=2)
    assert said in reported
    assert "\x1b" not in reported


# ---------------------------------------------------------------- run folders, ism fork


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    at = tmp_path_factory.mktemp("runs") / "usual"
    ism("run", *SMALL, "--seed", 2, "--out", at)
    return at


def test_a_fork_is_written_beside_its_run_and_says_what_differs(folder):
    reported = ism("fork", folder, "--day", 2, "--set", "visibility.scope=team")
    assert "From day 2 on" in reported
    assert "difference" in reported
    forked = sim.Run.load(folder.with_name("usual-from-day-2"))
    assert sim.simulate(forked.scenario, seed=2).measures == forked.measures
    reported = ism("compare", folder, forked.folder)
    assert "One pair, seed 2, 6 days" in reported
    assert "One pair as a story: seed 2" in ism("compare", folder, forked.folder, "--show")
    found = json.loads(ism("compare", folder, forked.folder, "--json"))
    assert found["measures"]["wishes"]["b"] == forked.measures["wishes"]


def test_an_event_can_fork_a_run(folder, tmp_path):
    event = 'respond = {by = "ceo", to = "latest_critique", how = "none"}'
    found = json.loads(ism("fork", folder, "--day", 3, "--event", event, "--out", tmp_path / "silent", "--json"))
    assert found["day"] == 3
    assert sim.Run.load(tmp_path / "silent").scenario.events[-1].respond.how == "none"


def test_afterwards_is_what_comes_after(folder):
    from experiments.commands.fork import afterwards

    run = sim.Run.load(folder)
    daily = run.series.filter((run.series["group"] == "all") & (run.series["measure"] == "wishes")).sort("day")["value"]
    assert afterwards(run, run, 2)["wishes"] == (daily[2:].sum(),) * 2
    assert afterwards(run, run, 0)["engagement"] == (run.measures["engagement"],) * 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fork", "{run}", "--day", "6", "--set", "visibility.scope=team"], "no day of this run"),
        (["fork", "{run}", "--day", "2", "--set", "days=9"], "settled at the start"),
        (["fork", "{run}", "--day", "2", "--set", "visibility.scope"], "KEY=VALUE"),
        (["fork", "nowhere", "--day", "2"], "no such run folder"),
        (["compare", "{run}", "baseline"], "is the folder of one run"),
        (["compare", "{run}"], "is the folder of one run"),
        (["compare", "{run}", "{run}", "--seeds", "3"], "as they are"),
        (["compare", "{run}", "{other}"], "the seed of these runs differs (2 and 3)"),
    ],
)
def test_what_cannot_be_done_with_a_run_is_refused_gently(folder, tmp_path_factory, words, said):
    other = folder.with_name("other")
    if "{other}" in words and not other.exists():
        ism("run", *SMALL, "--seed", 3, "--out", other)
    assert said in ism(*(word.format(run=folder, other=other) for word in words), code=2)
