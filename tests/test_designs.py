"""Claims about designs: how many cells there are, where they lie, and that the same study has the same ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SALib.analyze import morris as morris_analysis
from SALib.analyze import sobol as sobol_analysis
from scipy.stats import qmc

from experiments.sweeps.asked import Asked
from experiments.sweeps.designs import Cell, cells, points, problem
from experiments.sweeps.study import SAMPLED, Study, study_from
from sim.sources import rules_digest

NAMES = [
    "leadership.executives.openness",
    "leadership.line_managers.openness",
    "leadership.executives.sanction",
    "leadership.executives.espoused_openness",
]
BOUNDS = (0.1, 0.9)


def sampled(design: str, factors: int, samples: int, seed: int = 1) -> Study:
    low, high = BOUNDS
    lines = [f'"{name}" = {{min = {low}, max = {high}}}' for name in NAMES[:factors]]
    head = f'seeds = 3\ndesign = "{design}"\nsamples = {samples}\ndesign_seed = {seed}\n[factors]\n'
    return study_from(head + "\n".join(lines))


def values(found: tuple[Cell, ...]) -> np.ndarray:
    return np.array([cell.values for cell in found])


powers = st.sampled_from([2, 4, 8, 16])
COUNT = {
    "latin_hypercube": lambda samples, _: samples,
    "sobol": lambda samples, _: samples,
    "morris": lambda samples, factors: samples * (factors + 1),
    "saltelli": lambda samples, factors: samples * (factors + 2),
}


@pytest.mark.parametrize("design", SAMPLED)
@settings(max_examples=15)
@given(factors=st.integers(1, 4), samples=powers, seed=st.integers(0, 2**31 - 1))
def test_a_sampled_design_has_its_number_of_cells_all_within_bounds(design, factors, samples, seed):
    found = cells(sampled(design, factors, samples, seed))
    assert len(found) == COUNT[design](samples, factors)
    assert [cell.number for cell in found] == list(range(len(found)))
    assert values(found).min() >= BOUNDS[0]
    assert values(found).max() <= BOUNDS[1]


@pytest.mark.parametrize("design", SAMPLED)
def test_the_same_study_has_the_same_cells_and_another_seed_has_others(design):
    np.random.seed(0)  # noqa: NPY002 - whoever uses numpy's global luck must neither change a design nor be changed
    first = cells(sampled(design, 3, 8))
    drawn = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert drawn == np.random.random()  # noqa: NPY002
    assert cells(sampled(design, 3, 8)) == first
    assert cells(sampled(design, 3, 8, seed=2)) != first


@settings(max_examples=25)
@given(st.lists(st.integers(2, 4), min_size=1, max_size=4))
def test_a_factorial_design_has_each_combination_once(counts):
    steps = [f'"{name}" = {{min = 0.1, max = 0.9, steps = {n}}}' for name, n in zip(NAMES, counts, strict=False)]
    found = cells(study_from("seeds = 1\n[factors]\n" + "\n".join(steps)))
    assert len(found) == len({cell.values for cell in found}) == np.prod(counts)


def test_a_latin_hypercube_has_one_point_in_each_row_and_column():
    shares = points(sampled("latin_hypercube", 4, 16))
    for column in shares.T:
        assert sorted((column * 16).astype(int)) == list(range(16))


def test_a_sobol_sequence_fills_space_more_evenly_than_chance():
    shares = points(sampled("sobol", 4, 256))
    chance = np.random.default_rng(1).random((256, 4))
    assert qmc.discrepancy(shares) < 0.5 * qmc.discrepancy(chance)
    for column in shares.T:  # a power of 2 of points: each part of that many has one
        assert sorted((column * 256).astype(int)) == list(range(256))


def test_a_morris_trajectory_changes_one_factor_at_a_time():
    shares = points(sampled("morris", 4, 8)).reshape(8, 5, 4)
    moved = np.diff(shares, axis=1) != 0.0
    assert (moved.sum(axis=2) == 1).all()
    assert (moved.sum(axis=1) == 1).all()
    assert np.allclose(np.unique(shares), [0.0, 1 / 3, 2 / 3, 1.0])


def test_salib_finds_the_known_effects_of_a_morris_design():
    study = sampled("morris", 3, 16)
    shares = points(study)
    found = morris_analysis.analyze(problem(study.factors), shares, shares @ [3.0, 1.0, 0.0], num_levels=4)
    assert np.allclose(found["mu_star"], [3.0, 1.0, 0.0])


def test_salib_finds_the_known_indices_of_a_saltelli_design():
    study = sampled("saltelli", 3, 1024)
    y = points(study) @ [3.0, 1.0, 0.0]
    found = sobol_analysis.analyze(problem(study.factors), y, calc_second_order=False)
    assert np.allclose(found["S1"], [0.9, 0.1, 0.0], atol=0.02)


def test_whole_numbers_are_sampled_as_whole_numbers():
    text = 'seeds = 1\ndesign = "sobol"\nsamples = 16\n[factors]\n"organization.levels" = {min = 3, max = 6}'
    found = [cell.values[0] for cell in cells(study_from(text))]
    assert set(found) <= {3, 4, 5, 6}
    assert all(type(value) is int for value in found)


def test_runs_go_round_the_cells_seed_by_seed():
    asked = Asked(sampled("sobol", 2, 4), rules_digest())
    assert [trial.seed for trial in asked.trials((7, 3))] == [7, 7, 7, 7, 3, 3, 3, 3]
    names = [trial.run_id for trial in asked.trials((7, 3))]
    assert len(set(names)) == 8


@given(st.integers(1, 6), st.integers(1, 9))
def test_shares_have_each_run_once_and_are_alike(seeds, count):
    asked = Asked(sampled("sobol", 2, 8), rules_digest())
    trials = asked.trials(tuple(range(1, seeds + 1)))
    shares = [asked.share(trials, (k, count)) for k in range(1, count + 1)]
    assert sorted(trial.run_id for share in shares for trial in share) == sorted(trial.run_id for trial in trials)
    assert max(map(len, shares)) - min(map(len, shares)) <= seeds


def test_cells_that_are_one_world_are_made_once():
    text = 'seeds = 2\ndesign = "sobol"\nsamples = 16\n[factors]\n"organization.levels" = {min = 3, max = 4}'
    asked = Asked(study_from(text), rules_digest())
    trials = asked.trials((1, 2))
    assert len(trials) == 32
    assert len(asked.share(trials, None)) == 4
