"""The baseline of the benchmarks is the same model, and the benchmarks run; how fast anything is, is no test."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from benchmarks import children, plain_luck
from benchmarks.case import Case, scenario_of
from benchmarks.engine_run import counts_of, state_of
from benchmarks.ratio import check_same
from benchmarks.report import Mode, Section, document
from benchmarks.scaling import exponent
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
    for part in "abcdefg":
        assert f"\n## ({part})" in written
        assert f"## ({part})" in done.stdout
