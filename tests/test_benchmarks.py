"""The baseline of the benchmarks is the same model, and the benchmarks run; how fast anything is, is no test."""

from __future__ import annotations

import ctypes
import mmap
import random
import shutil
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from benchmarks import c_code, children, plain_luck, shares, shares_run, visits_in_c
from benchmarks.__main__ import PARTS
from benchmarks.case import Case, scenario_of
from benchmarks.cost_model import READ, Model, Size, fitted, items_of
from benchmarks.costs_of_runs import GRID, HELD_OUT, MILLION
from benchmarks.counters import PAGE_FAULTS, Counter
from benchmarks.engine_run import counts_of, state_of
from benchmarks.ratio import check_same
from benchmarks.report import Mode, Section, document
from benchmarks.scaling import exponent
from benchmarks.visits_in_c import VisitsInC
from sim import chance
from sim.engine import Engine
from sim.parameters import registry
from sim.sources import CHANCE

LIVELY = (
    *(
        f"reaction.{name}={registry()[f'reaction.{name}'].default + 3.0}"
        for name in ("like", "to", "with_", "against", "past", "about")
    ),
    "population.visits_per_day.mean=2.0",
    "population.occasions_per_visit.mean=0.4",
    "leadership.line_managers.presence=3.0",
    "leadership.line_managers.responsiveness=0.7",
    "leadership.executives.presence=3.0",
    "leadership.executives.responsiveness=0.7",
    "leadership.executives.espoused_openness=0.9",
    "leadership.executives.sanction=0.6",
    "leadership.line_managers.sanction=0.6",
    "leadership.executives.self_disclosure=0.9",
    "leadership.line_managers.self_disclosure=0.9",
    "organization.communicators_share=0.05",
    "communicators.presence=4.0",
    "communicators.orphan_answering=0.8",
    "communicators.amplification=0.5",
    "learning.unanswered_days=1.0",
    "learning.team_talks=0.6",
    "learning.gossip=1.0",
    "leading.action_days=0.5",
)
"""In few days so much is said that hardly any branch of the model is left out."""
SETTINGS = {
    "everyone, newest first": ("visibility.ranking=newest", "visibility.anonymous_posts=true"),
    "departments, popular first": (
        "visibility.scope=department",
        "visibility.ranking=popular",
        "visibility.audience_cues=true",
        "visibility.leader_badges=false",
    ),
    "teams, ties first, no names": (
        "visibility.scope=team",
        "visibility.ranking=ties",
        "visibility.identity=pseudonym",
        "visibility.visible_reactions=false",
        "visibility.persistence_days=0.5",
        "population.visits_per_day.mean=0.4",
    ),
}

same_luck = pytest.mark.skipif(CHANCE != "splitmix64", reason="the object agents know splitmix64 only")


def engine_of(case: Case) -> Engine:
    engine = Engine(scenario_of(case), seed=case.seed)
    engine.advance(engine.ticks)
    return engine


def assert_same(found: Any, wanted: Any, where: str) -> None:
    """Compare what both left behind, every bit; only names that both have, for an agent has fewer."""
    if isinstance(wanted, dict):
        assert {str(name) for name in found} <= {str(name) for name in wanted}, where
        for name, value in wanted.items():
            if str(name) in found:
                assert_same(found[str(name)], value, f"{where}.{name}")
        return
    np.testing.assert_array_equal(np.array(found), np.array(wanted), err_msg=where)


def assert_same_run(case: Case) -> None:
    engine, objects = engine_of(case), children.objects(case)
    check_same(counts_of(engine), objects["counts"])
    state, said = state_of(engine), objects["state"]
    assert said.keys() == state.keys()
    for name in ("members", "beliefs", "positions", "issues", "messages"):
        assert len(said[name]) > len(state[name]) / 2
        assert_same(said[name], state[name], name)
    for name in ("ledger", "daily", "whole"):
        assert len(said[name]) == len(state[name]), name
        for place, (found, wanted) in enumerate(zip(said[name], state[name], strict=True)):
            assert_same(found, wanted, f"{name}[{place}]")


@same_luck
def test_a_small_run_of_the_object_agents_counts_what_the_engine_counts():
    case = Case(members=60, days=5)
    check_same(counts_of(engine_of(case)), children.objects(case)["counts"])


@same_luck
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_object_agents_leave_behind_what_the_engine_does_bit_for_bit(settings):
    assert_same_run(Case(members=60, days=6, settings=(*LIVELY, *settings), exact=True, everything=True))


@same_luck
def test_the_lively_run_leaves_hardly_any_branch_out():
    counts = counts_of(engine_of(Case(members=60, days=6, settings=(*LIVELY, *SETTINGS["everyone, newest first"]))))
    wanted = [name for name in counts if name.startswith(("strategy_", "kind_", "response_"))]
    assert [name for name in wanted if not counts[name]] == []


@same_luck
def test_plain_luck_has_the_bits_of_chance():
    rng = random.Random(1)
    for _ in range(300):
        seed, who, item = rng.getrandbits(63), rng.getrandbits(64), rng.getrandbits(20)
        purpose, tick = rng.choice(list(chance.Purpose)), rng.randrange(10_000)
        stream = plain_luck.key(seed, purpose, tick)
        assert stream == int(chance.stream_of(seed, purpose, tick))
        assert (
            plain_luck.uniform(stream, who, item)
            == chance.uniforms(seed, purpose, tick, np.array([who], "u8"), item)[0]
        )
        assert plain_luck.pair(who, stream) == int(chance.pair(np.uint64(who), np.uint64(stream)))
        drawn = plain_luck.gumbels(stream, who, item, 2)
        assert drawn[1] == chance.gumbel(np.uint64(stream), np.uint64(who), np.uint64(item + 1))


def test_a_case_survives_being_sent_to_a_child_process():
    from benchmarks.case import case_of

    case = Case(7, 3, ("a=1", "b=x"), seed=5, threads=2, repeats=4, exact=True, everything=True)
    assert case_of(case.arguments()) == case


def test_a_line_in_logs_has_its_slope():
    assert exponent([10, 100, 1000], [3.0, 30.0, 300.0]) == pytest.approx(1.0)
    assert exponent([10, 100], [1.0, 100.0]) == pytest.approx(2.0)


def test_different_counts_are_refused():
    with pytest.raises(children.ChildError, match="posts"):
        check_same({"posts": 3.0}, {"posts": 2.0})
    check_same({"posts": 3.0, "stance": 1.5}, {"posts": 3.0, "stance": 1.5 + 1e-15})


def test_the_document_names_machine_versions_and_every_section():
    section = Section("(x) Something", "fast", ["run", "time"], [["one", "1 s"]], "It is.")
    text = document([section], Mode.quick)
    assert "| Processor |" in text
    assert "numba" in text
    assert "the numbers mean nothing" in text
    assert "## (x) Something" in text
    assert "| one | 1 s |" in text


# ---------------------------------------------------------------- the limit

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler: `cc` was not found")


@same_luck
@needs_cc
@pytest.mark.parametrize("settings", [(), *SETTINGS.values()], ids=["calm", *SETTINGS])
def test_visits_in_c_leave_behind_what_the_kernel_does_bit_for_bit(settings, tmp_path):
    lively = (*LIVELY, *settings) if settings else ()
    start = Engine(scenario_of(Case(members=60 if lively else 300, days=6 if lively else 12, settings=lively)), seed=3)
    by_c, by_kernel = start.copy(), start.copy()
    visits_in_c.advance(by_c, start.ticks, VisitsInC(tmp_path))
    visits_in_c.advance(by_kernel, start.ticks, visits_in_c.by_kernel)
    visits_in_c.check_same(by_c, by_kernel)
    assert counts_of(by_c)["items"] > 100


@needs_cc
def test_a_difference_between_c_and_kernel_is_found():
    found, wanted = (Engine(scenario_of(Case(members=60, days=1)), seed=3) for _ in range(2))
    found.world.beliefs[7]["habit"] = np.nextafter(0.0, 1.0)
    with pytest.raises(children.ChildError, match=r"beliefs\.habit"):
        visits_in_c.check_same(found, wanted)


def test_a_machine_without_the_tools_is_told_which_it_lacks(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(children.ChildError, match="no cc and no addr2line"):
        children.shares(Case())
    with pytest.raises(children.ChildError, match="no cc,"):
        children.limit(Case())


def test_the_visits_in_c_refuse_a_theory_that_they_do_not_have():
    engine = Engine(scenario_of(Case(members=60, days=1, settings=("rules.voice=threshold",))), seed=3)
    with pytest.raises(children.ChildError, match="arena"):
        visits_in_c.advance(engine, 1, visits_in_c.by_kernel)


@needs_cc
def test_each_visit_touches_its_reader_and_no_line_holds_more_than_64_bytes(tmp_path):
    engine, touched = Engine(scenario_of(Case(members=60, days=2)), seed=3), VisitsInC(tmp_path, touched=True)
    visits_in_c.advance(engine, engine.ticks, touched)
    found, visits = touched.counted(), counts_of(engine)["visits"]
    lines = {name: sum(each) for name, each in found["lines"].items()}
    assert lines["beliefs"] >= visits
    assert lines["members"] >= visits
    assert lines["daily"] == lines["occasions"] == 0  # visits write only what is the visitor's own
    assert all(lines[name] <= used <= 64 * lines[name] for name, used in found["bytes"].items())


@needs_cc
def test_the_ring_of_lines_passes_each_line_once(tmp_path):
    library, lines = c_code.library("memory.c", tmp_path), np.zeros((1_000, 8), np.uint64)
    library.link_lines(ctypes.c_void_p(lines.ctypes.data), ctypes.c_uint64(len(lines)))
    at, passed = 0, set()
    while at not in passed:
        passed.add(at)
        at = int(lines[at, 0])
    assert len(passed) == len(lines)


@needs_cc
def test_a_counter_counts_what_happens_between_its_visits_and_nothing_else(tmp_path):
    try:
        counter = Counter(tmp_path, PAGE_FAULTS)
    except children.ChildError as error:
        pytest.skip(str(error))
    touch_pages(5_000)
    counter.around(lambda _: touch_pages(100))(Engine(scenario_of(Case(members=60, days=1))))
    touch_pages(5_000)
    assert 100 <= counter.close() < 5_000


def touch_pages(number: int) -> float:
    with mmap.mmap(-1, number * mmap.PAGESIZE) as block:
        for page in range(number):
            block[page * mmap.PAGESIZE] = 1
    return 0.0


@needs_cc
def test_a_compiler_that_fails_says_why(tmp_path):
    with pytest.raises(children.ChildError, match="records"):
        c_code.library("visits.c", tmp_path)  # its header was not written


def test_stages_are_told_from_the_chain_of_functions():
    def stage(*chain: tuple[str, str]) -> str:
        return shares_run.stage_of([shares_run.Frame(*each) for each in chain])

    visit, item = ("kernel/visiting.py", "visit"), ("kernel/reading.py", "read")
    assert stage(("keys.py", "mix"), ("chance.py", "uniform"), ("kernel/reading.py", "reacting"), item, visit) == "luck"
    assert stage(("rules/reaction.py", "react"), ("kernel/reading.py", "reacting"), item, visit) == "reacting"
    assert stage(("rules/learning.py", "hear"), ("kernel/reading.py", "learn_opinion"), item, visit) == "learning"
    assert stage(("arithmetic.py", "exp"), ("rules/choice.py", "p_spoken")) == "deciding"
    assert stage(("feed.py", "_walk")) == "ranking for a reader"
    assert stage(("feed.py", "score"), ("feed.py", "rank")) == "ranking pages"
    assert stage(item, visit) == "reading"
    assert stage() == "else"


def test_a_line_of_machine_code_is_told_by_file_and_function():
    path = children.ROOT / "sim" / "keys.py"
    line = next(
        n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if "_MIX_2" in text and "state" in text
    )
    assert shares_run.frame_of(f"{path}:{line} (discriminator 3)") == ("keys.py", "mix")
    assert shares_run.frame_of("??:0") is None


def test_shares_sum_to_one_and_a_shared_function_is_given_to_both_who_call_it():
    stages = {"luck": 10, "deciding": 5, "overnight": 5, shares_run.SHARED: 20}
    found = shares.shares_of({"stages": stages, "counts": {"wishes": 1.0, "asked": 3.0}})
    assert sum(found.values()) == pytest.approx(1.0)
    assert (found["deciding"], found["overnight"]) == (10 / 40, 20 / 40)


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(
        command, cwd=children.ROOT, env=children.environment(), capture_output=True, text=True, check=False
    )


def test_help_tells_the_modes_and_a_wrong_part_is_refused():
    done = called("--help")
    assert done.returncode == 0
    assert "--quick" in done.stdout
    assert "--full" in done.stdout
    assert called("--only", "z").returncode == 2


@pytest.mark.slow
def test_the_quick_mode_measures_every_part_and_writes_the_table(tmp_path):
    done = called("--quick", "--out", str(tmp_path / "RESULTS.md"))
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    for part in PARTS:
        assert f"\n## ({part})" in written
        assert f"## ({part})" in done.stdout


TRUE = Model(
    {**READ, "most": 12.0, "half": 700.0},
    {
        "seconds": {"day": 1e-4, "member": 8e-6, "member_day": 4e-7, "item": 2e-7, "far_item": 5e-8},
        "bytes": {"once": 2e8, "member": 1_500.0, "member_day": 4.0},
        "keeping_seconds": {"once": 0.2, "member": 5e-5, "department_day": 1e-4},
        "keeping_bytes": {"once": 3e8, "member": 4_000.0, "member_day": 15.0, "department_day": 1e4},
        "disk_bytes": {"once": 1e4, "member": 1_200.0, "member_day": 3.0, "item": 0.5, "department_day": 800.0},
    },
)


def test_the_model_of_costs_finds_what_runs_take_from_a_few_of_them():
    found = fitted(GRID, [TRUE.of(size) for size in GRID])
    for size in HELD_OUT:
        assert found.of(size) == pytest.approx(TRUE.of(size), rel=1e-3)


def test_what_no_fitted_size_has_costs_nothing():
    small = [size for size in GRID if size.members <= 1_000]
    assert fitted(small, [TRUE.of(size) for size in small]).sums["seconds"]["far_item"] == 0.0


def test_no_size_that_is_held_out_was_fitted():
    assert not set(GRID) & {*HELD_OUT, MILLION}


def test_more_is_read_by_more_members_on_more_days_at_more_visits():
    size = Size(500, 20, 0.5)
    more = (size._replace(members=600), size._replace(days=30), size._replace(visits=0.8))
    assert all(items_of(each, READ) > items_of(size, READ) for each in more)
