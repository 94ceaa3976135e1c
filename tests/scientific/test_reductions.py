"""With the organisation switched off the engine runs published models of silence, and finds what they found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from docs.reductions import MINORITY, PUBLISHED, Case, run_case
from experiments.reductions import (
    Heard,
    bare,
    decide,
    mean_field,
    networked,
    opinion_expression,
    preferential,
    smallest_loud_minority,
    spiral_with_bots,
)
from experiments.workers import results
from sim.engine import Engine
from sim.feed import EVERYONE
from sim.state import WORD_BITS, Clock

# ---------------------------------------------------------------- the bare arena


def test_in_the_bare_arena_everybody_comes_reads_everybody_and_has_one_thing_to_say() -> None:
    engine = Engine(bare(20, 10), seed=1)
    heard: list[int] = []

    def everybody_speaks(now: Engine) -> None:
        heard.append(int(now.world.seen_count[: int(now.world.clock[Clock.visitors])].sum()))
        decide(now, np.ones(21, bool))

    engine.advance(10, everybody_speaks)
    messages = engine.world.messages[: int(engine.world.clock[Clock.messages])]
    assert len(messages) == 20 * 10 and not (messages["parent"] >= 0).any()
    assert heard[0] == 0 and min(heard[1:]) >= 19 * 20
    members = engine.world.members
    assert (members["posts"][1:] == 10).all() and members["posts"][0] == 0


def test_on_a_network_everybody_writes_for_everybody_and_is_read_by_their_neighbours() -> None:
    network = preferential(300, 3, seed=1)
    engine = networked(network, 3, seed=1)
    read: list[set[tuple[int, int]]] = []

    def everybody_speaks(now: Engine) -> None:
        heard = Heard(now)
        read.append(set(zip((heard.reader - 1).tolist(), (heard.author - 1).tolist(), strict=True)))
        decide(now, np.ones(301, bool))

    engine.advance(3, everybody_speaks)
    messages = engine.world.messages[: int(engine.world.clock[Clock.messages])]
    assert len(messages) == 3 * 300 and (messages["audience"] == EVERYONE).all()
    few = [node for node, others in enumerate(network) if len(others) <= 20]
    assert all((node, other) in pairs for pairs in read[1:] for node in few for other in network[node])


def test_a_page_however_wide_has_a_place_and_a_bit_for_each_of_its_threads() -> None:
    engine = networked(preferential(300, 3, seed=1), 5, seed=1)
    for world in (engine.world, engine.copy().world):
        assert world.audiences["room"][EVERYONE] == 2 * 300
        assert len(world.news) == len(world.early_for) == len(world.slots) == world.audiences["room"].sum()
        assert world.unread.shape[-1] * WORD_BITS >= world.audiences["room"].max()


# ---------------------------------------------------------------- Gaisbauer, Olbrich & Banisch 2020


@pytest.mark.parametrize(("beta", "apart"), [(3.0, False), (5.0, True), (7.0, True)])
def test_two_equal_groups_part_at_beta_four(beta: float, apart: bool) -> None:
    """Phys. Rev. E 102, 042303: a pitchfork at beta = 4 where everybody meets everybody and nothing costs anything."""
    path = opinion_expression((15, 15), beta, (0.1, -0.1), ticks=1200)
    found, theory = path[-600:].mean(axis=0), mean_field((15, 15), beta, (0.1, -0.1))
    assert np.allclose(found, theory, atol=0.05)
    assert (abs(found[0] - found[1]) > 0.4) == apart


def test_the_mean_field_parts_at_four_and_follows_the_published_branch() -> None:
    """In a large population: 2Q = tanh(beta Q / 2), which has solutions besides 0 from beta = 4 on."""
    large = (500_000, 500_000)
    for beta in (3.9, 4.2, 6.0, 10.0):
        one, two = mean_field(large, beta, (0.3, -0.3), duration=2000.0)
        assert math.isclose(one, -two, abs_tol=1e-4)
        assert math.isclose(2.0 * one, math.tanh(beta * one / 2.0), abs_tol=1e-4)
        assert (one > 0.05) == (beta > 4.0)


def test_the_fold_of_the_loud_minority_is_where_the_mean_field_has_it() -> None:
    for beta in (6.0, 8.0, 12.0):
        critical = smallest_loud_minority(beta)
        for share, loud in ((critical + 0.01, True), (critical - 0.01, False)):
            groups = (round(share * 1e6), round((1.0 - share) * 1e6))
            one, two = mean_field(groups, beta, (share, -share), duration=3000.0)
            assert (one > two) == loud
    assert math.isnan(smallest_loud_minority(4.0))


@pytest.mark.parametrize(("size", "loud"), [(8, False), (14, True)])
def test_a_minority_that_is_loud_first_dominates_unless_it_is_too_small(size: int, loud: bool) -> None:
    path = opinion_expression((size, 30 - size), 8.0, (0.4, -0.3), ticks=3000)
    found, theory = path[-600:].mean(axis=0), mean_field((size, 30 - size), 8.0, (0.4, -0.3))
    assert (found[0] > found[1]) == (theory[0] > theory[1]) == loud
    assert np.allclose(found, theory, atol=0.08)


def test_a_cost_of_expression_silences_both() -> None:
    path = opinion_expression((15, 15), 8.0, (0.1, 0.1), cost=0.8, ticks=600)
    assert (path[-100:].mean(axis=0) < -0.3).all()


# ---------------------------------------------------------------- Ross et al. 2019


def test_the_network_grows_by_preferential_attachment() -> None:
    network = preferential(600, 5, seed=3)
    degrees = np.array([len(each) for each in network])
    assert degrees.sum() == 2 * (5 * 595 + 1 + 2 + 3 + 4)
    assert degrees.max() > 10 * np.median(degrees)
    assert all(node in network[other] for node, others in enumerate(network) for other in others)


def test_without_bots_one_view_is_silenced_and_it_is_either() -> None:
    ends = [spiral_with_bots(250, 0, 8, seed) for seed in range(1, 9)]
    assert all(min(end.share(True), end.share(False)) < 0.06 < max(end.share(True), end.share(False)) for end in ends)
    assert 0 < sum(end.bots_prevail for end in ends) < 8


def test_a_few_bots_tip_most_cases() -> None:
    """Ross et al. 2019, propositions 1 and 2; here with 8% of bots among 250 people, where 90% are to be expected."""
    ends = [spiral_with_bots(250, 20, 5, seed).bots_prevail for seed in range(1, 13)]
    assert sum(ends) >= 8


@pytest.mark.slow
def test_bots_prevail_as_often_as_was_published() -> None:
    """Ross et al. 2019, Table 1, preferential attachment: m = 5 and 10, with 5% and 10% of bots."""
    runs = 40
    cells = [(links, percent) for links in (5, 10) for percent in (5, 10)]
    cases = [Case(links, percent, seed) for links, percent in cells for seed in range(1, runs + 1)]
    found = dict(zip(cases, results(run_case, cases), strict=True))
    for links, percent in cells:
        won = sum(found[Case(links, percent, seed)][0] for seed in range(1, runs + 1))
        ends = stats.binomtest(won, runs).proportion_ci(0.999, "wilson")
        assert ends.low <= PUBLISHED[links, percent] / 100 <= ends.high, (links, percent, won)


@pytest.mark.slow
def test_the_denser_the_network_the_more_complete_the_silence() -> None:
    """Ross et al. 2019, section 5.2.1: the minority is expressed by 16.8% of people at m = 1, and by 0.1% at m = 10."""
    cases = [Case(m, 0, seed) for m in MINORITY for seed in range(1, 17)]
    found = list(zip(cases, results(run_case, cases), strict=True))
    shares = {m: np.mean([share for case, (_, share) in found if case.links == m]) for m in MINORITY}
    for links, published in MINORITY.items():
        assert abs(100 * shares[links] - published) < 2.0, shares
