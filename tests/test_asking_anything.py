"""Claims about designs, searches, discovery, power and any cell against any other."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from docs.studies import made_by, stale_in_words
from experiments.analysis.analysis import analyse
from experiments.analysis.notebook import R_SNIPPET
from experiments.cli import main
from experiments.discovery import discover
from experiments.expressions import parse
from experiments.searching.question import read_question
from experiments.searching.searching import Point, front, search
from experiments.searching.writing import write
from experiments.statistics import deviation_at_most, mean_interval, pairs_needed, power_of
from experiments.sweeps.cells import cell_of, compared
from experiments.sweeps.designs import cells
from experiments.sweeps.study import load_study, study_from
from experiments.sweeps.sweep import Sweep, sweep
from sim.errors import InputError
from sim.sources import rules_digest
from tests.here import Here

ROOT = Path(__file__).resolve().parent.parent
SMALL = '[set]\ndays = 2\n"organization.members" = 25\n'
OPENNESS, SCOPE = "leadership.executives.openness", "visibility.scope"


def ism(*typed: str) -> Result:
    return CliRunner().invoke(main, typed)


# ---------------------------------------------------------------- designs


ONE_AT_A_TIME = f"""
seeds = 3
design = "one_at_a_time"
measures = ["willingness", "posts"]
{SMALL}
[factors]
"{OPENNESS}" = [0.1, 0.75, 0.9]
"{SCOPE}" = ["team", "organization"]
[alternatives.deeds]
silent = {{ "leadership.line_managers.responsiveness" = 0.0 }}
loud = {{ "leadership.line_managers.responsiveness" = 0.9 }}
"""


def test_one_factor_at_a_time_moves_one_and_leaves_the_others_as_they_are():
    study = study_from(ONE_AT_A_TIME)
    found = cells(study)
    assert found[0].values == (0.75, "organization", "silent")
    assert len(found) == study.cells == 1 + 2 + 1 + 1
    for cell in found[1:]:
        assert sum(one != other for one, other in zip(cell.values, found[0].values, strict=True)) == 1
    assert {cell.values for cell in found[1:]} == {
        (0.1, "organization", "silent"), (0.9, "organization", "silent"), (0.75, "team", "silent"),
        (0.75, "organization", "loud"),
    }  # fmt: skip


def test_its_effects_are_differences_from_the_first_cell_seed_by_seed(tmp_path):
    done = sweep(study_from(ONE_AT_A_TIME), tmp_path, Here())
    found = analyse(done)
    values = done.runs.filter(pl.col("status") == "done").pivot("cell", index="seed", values="willingness")
    effects = [each for each in found.effects if each.measure == "willingness"]
    assert [(each.factor, each.start, each.end) for each in effects] == [
        ("executives: openness", "0.75", "0.1"),
        ("executives: openness", "0.75", "0.9"),
        ("visibility: scope", "organization", "team"),
        ("deeds", "silent", "loud"),
    ]
    for cell, each in enumerate(effects, 1):
        assert each.found.mean == pytest.approx((values[str(cell)] - values["0"]).mean())
    assert not found.interactions and not found.sensitivity.refused


def points(folder: Path, text: str) -> Path:
    (folder / "points.csv").write_text(text)
    said = 'seeds = 2\ndesign = "points"\npoints = "points.csv"\nmeasures = ["posts"]\n'
    (folder / "p.toml").write_text(said + SMALL)
    return folder / "p.toml"


def test_listed_points_are_the_cells_in_their_order_and_the_folder_needs_no_list(tmp_path):
    path = points(tmp_path, f"{OPENNESS}, {SCOPE}\n.1, team\n\n0.9,organization\n.1,organization\n")
    done = sweep(load_study(path), tmp_path / "out", Here())
    assert done.runs.filter(pl.col("seed") == 1).select(OPENNESS, SCOPE).rows() == [
        (0.1, "team"), (0.9, "organization"), (0.1, "organization"),
    ]  # fmt: skip
    (tmp_path / "points.csv").unlink()
    assert len(analyse(tmp_path / "out").results.cells) == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{OPENNESS}\n2\n", "points.csv, line 2"),
        (f"{OPENNESS},{SCOPE}\n.1,team\n.2\n", "line 3: this row has 1 value for 2 settings"),
        (f"{OPENNESS},{SCOPE}\n.1,team\n,team\n", f"line 3: this row has no value for '{OPENNESS}'"),
        (f"{OPENNESS}; {SCOPE}\n0,1; team\n", "line 2: leadership.executives.openness=0,1: a number is written"),
        ("leadership.executives.opennes\n.1\n", "Did you mean 'leadership.executives.openness'"),
        (f"{OPENNESS},{OPENNESS}\n.1,.2\n", "has two columns"),
        (f"{OPENNESS}\n", "at least one row of values"),
    ],
)
def test_points_that_cannot_be_are_refused_with_their_line(tmp_path, text, problem):
    with pytest.raises(InputError) as caught:
        load_study(points(tmp_path, text))
    assert problem in str(caught.value)


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_points_may_be_parted_as_spreadsheets_part_them(tmp_path, between):
    study = load_study(points(tmp_path, f"{OPENNESS}{between}{SCOPE}\n0.1{between}team\n"))
    assert [cell.values for cell in cells(study)] == [(0.1, "team")]


def test_a_list_that_is_not_there_is_named_beside_the_study_that_names_it(tmp_path):
    path = points(tmp_path, "")
    (tmp_path / "points.csv").unlink()
    said = ism("check", str(path))
    assert said.exit_code == 2 and said.stderr.count("\n") == 1
    assert "p.toml, line 3: points.csv: there is no such file" in said.stderr


# ---------------------------------------------------------------- cells and power


def test_any_cell_can_be_held_against_any_other_on_shared_seeds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = sweep(study_from(ONE_AT_A_TIME), "one", Here())
    other = sweep(load_study(points(tmp_path, f"{OPENNESS}\n.1\n.9\n")), "other", Here())
    found = compared(cell_of("one:2"), cell_of("other:0"))
    assert [pair.seed for pair in found.pairs] == [1, 2]
    ours = one.runs.filter((pl.col("cell") == 2) & (pl.col("seed") == 2))["posts"][0]
    theirs = other.runs.filter((pl.col("cell") == 0) & (pl.col("seed") == 2))["posts"][0]
    assert (found.pairs[1].a["posts"], found.pairs[1].b["posts"]) == (ours, theirs)
    told = ism("compare", "one:2", "other:0", "--measures", "posts")
    assert told.exit_code == 0 and "Cell A: 2 of A study" in told.stdout and "posts" in told.stdout
    refused = ism("compare", "one:2", "other:7")
    assert (refused.exit_code, "the cells 0 to 1" in refused.stderr) == (2, True)


@given(st.floats(0.05, 3.0), st.floats(0.1, 5.0), st.floats(0.3, 0.95))
@settings(max_examples=30)
def test_the_pairs_that_are_needed_are_the_fewest_that_have_the_power(effect, deviation, power):
    needed = int(pairs_needed(effect, deviation, power))
    assert power_of(effect, deviation, needed) >= power
    assert needed == 2 or power_of(effect, deviation, needed - 1) < power


def test_power_is_what_tables_of_it_say():
    """Cohen (1988): 34 pairs show d = .5 with 80%, 199 show d = .2; two-sided, at 5%."""
    assert pairs_needed(0.5, 1.0, 0.8) == 34
    assert pairs_needed(0.2, 1.0, 0.8) == 199
    assert pairs_needed(1.0, 0.0, 0.8) == 2
    assert math.isinf(pairs_needed(1e-9, 1.0, 0.8))


def test_power_is_how_often_a_true_difference_is_seen():
    luck = np.random.default_rng(1).normal(0.5, 1.0, (20_000, 20))
    seen = stats.ttest_1samp(luck, 0.0, axis=1).pvalue < 0.05
    assert seen.mean() == pytest.approx(power_of(0.5, 1.0, 20), abs=0.01)


def test_a_deviation_is_read_from_an_interval_and_bounded_from_above():
    values = np.random.default_rng(2).normal(size=12)
    assert mean_interval(values).deviation == pytest.approx(values.std(ddof=1))
    samples = np.random.default_rng(3).normal(size=(4_000, 6)).std(axis=1, ddof=1)
    assert np.mean([deviation_at_most(each, 6) > 1.0 for each in samples]) == pytest.approx(0.95, abs=0.015)


# ---------------------------------------------------------------- searching


SEARCH = f"""
seeds = 2
trials = 18
where = "willingness >= 0.11"
minimise = "{OPENNESS} + posts / 1000"
{SMALL}
[factors]
"{OPENNESS}" = {{ min = 0.0, max = 1.0 }}
"{SCOPE}" = ["team", "organization"]
"""


def question(folder: Path, text: str = SEARCH) -> Any:
    pytest.importorskip("optuna")
    (folder / "q.toml").write_text(text)
    return read_question(str(folder / "q.toml"))


def test_a_search_is_the_same_however_often_it_was_stopped(tmp_path):
    asked = question(tmp_path)
    whole = search(asked, tmp_path / "whole", executor=Here())
    shorter = question(tmp_path, SEARCH.replace("trials = 18", "trials = 16"))
    first = search(shorter, tmp_path / "parts", executor=Here())
    again = search(asked, tmp_path / "parts", executor=Here())
    assert first.points == whole.points[:16]
    assert (again.points, again.best, again.confirmed) == (whole.points, whole.best, whole.confirmed)


def test_the_best_is_the_least_of_those_that_hold_and_is_confirmed_on_other_seeds(tmp_path):
    found = search(question(tmp_path), tmp_path / "out", executor=Here())
    holding = [point for point in found.points if point.holds]
    assert holding, "the threshold is one that some settings reach"
    (best,), (confirmed,) = found.best, found.confirmed
    assert best.aims[0] == min(point.aims[0] for point in holding)
    assert confirmed.levels == best.levels and confirmed.found != best.found
    assert all(point.holds == (point.found["willingness"].mean >= 0.11) for point in found.points)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('minimise = "', 'maximise = ["posts", "posts"]\nminimise = "', "line 5: 'posts' is named as an aim twice"),
        ('minimise = "', f'maximise = "{SCOPE}"\nminimise = "', "are no numbers, so it cannot stand in a sum"),
        ('minimise = "', 'maximise = ["posts", "likes", "wishes", "spoken"]\nminimise = "', "at most 4 aims"),
        ('minimise = "', 'maximise = 3\nminimise = "', "or a list of at most 4 of them"),
        ('minimise = "', 'maximise = ["posts", "lykes"]\nminimise = "', "Did you mean 'likes'"),
        ("willingness >= 0.11", "willingness@days:0-9 >= 0.1", "days end at 2"),
        ("willingness >= 0.11", "arena_type > 1", "says a word, and no number"),
        ("willingness >= 0.11", "wilingness >= 0.12", "Did you mean 'willingness'"),
        (f"{OPENNESS} + posts", "leadership.executives.openess + posts", f"Did you mean '{OPENNESS}'"),
        ("willingness >= 0.11", "willingness", "is not a condition"),
        ("trials = 18", "trails = 18", "Did you mean 'trials'"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_its_line(tmp_path, old, new, problem):
    with pytest.raises(InputError, match="line") as caught:
        question(tmp_path, SEARCH.replace(old, new, 1))
    assert problem in str(caught.value)


SEVERAL = SEARCH.replace('minimise = "', 'maximise = ["willingness"]\nminimise = "')


def test_of_several_aims_all_are_kept_that_no_other_beats_in_everything(tmp_path):
    found = search(question(tmp_path, SEVERAL), tmp_path / "out", executor=Here())
    less, more = (lambda point: point.aims[0]), (lambda point: point.aims[1])
    kept = {point.number for point in found.best}
    for point in (each for each in found.points if each.holds):
        better = [o for o in found.points if o.holds and less(o) <= less(point) and more(o) >= more(point)]
        beaten = any(other.aims != point.aims for other in better)
        assert beaten == (point.number not in kept), point.number
    assert [less(point) for point in found.best] == sorted(less(point) for point in found.best)
    assert [point.levels for point in found.confirmed] == [point.levels for point in found.best]
    assert write(found) == ["points.csv", "best.csv", "report.html"]
    assert write(replace(found, best=(), confirmed=(), stopped=True)) == ["points.csv"]
    assert not (tmp_path / "out" / "best.csv").exists() and not (tmp_path / "out" / "report.html").exists()
    again = search(question(tmp_path, SEVERAL), tmp_path / "again", executor=Here())
    assert (again.points, again.best, again.confirmed) == (found.points, found.best, found.confirmed)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from([0.0, 0.1])), max_size=12))
def test_the_front_is_what_nothing_beats_and_beats_all_else(drawn):
    points = [Point(n, (), {}, (float(a), float(b)), lack) for n, (a, b, lack) in enumerate(drawn)]
    found = front(points, [1.0, -1.0])
    least = min((point.lack for point in points), default=0.0)
    for point in points:
        beats = [o for o in found if o.aims[0] <= point.aims[0] and o.aims[1] >= point.aims[1]]
        assert point.lack > least or beats
        assert point not in found or beats == [point]


def test_several_aims_are_a_table_a_page_and_lines_that_name_them(tmp_path, monkeypatch):
    question(tmp_path, SEVERAL.replace("Which", "A <b>"))
    monkeypatch.chdir(tmp_path)
    said = ism("search", "q.toml", "--workers", "1", "--yes", "--measures", "likes@role:coworker")
    assert said.exit_code == 0, said.stderr
    assert "that no other beats in everything" in said.stdout and "The page: searches/q/report.html" in said.stdout
    best = pl.read_csv("searches/q/best.csv")
    assert set(best["seeds"]) == {"chosen by", "others"} and "likes@role:coworker" in best.columns
    page = Path("searches/q/report.html").read_text()
    assert "front-1" in page and "willingness (more is better)" in page
    assert ism("search", "q.toml", "--workers", "1", "--yes", "--dask", "tcp://127.0.0.1:1").exit_code == 2


# ---------------------------------------------------------------- discovery


def sampled(hold: Any) -> Sweep:
    """A sweep that was never run: where something holds is known."""
    text = f'seeds = 2\ndesign = "sobol"\nsamples = 256\nmeasures = ["posts"]\n[factors]\n"{OPENNESS}" = '
    text += '{ min = 0.0, max = 1.0 }\n"visibility.persistence_days" = { min = 1.0, max = 9.0 }\n'
    study = study_from(text)
    rows = [(cell.number, seed, *cell.values) for seed in (1, 2) for cell in cells(study)]
    runs = pl.DataFrame(rows, ["cell", "seed", OPENNESS, "days"], orient="row")
    runs = runs.with_columns(status=pl.lit("done"), posts=hold(runs).cast(float))
    return Sweep(study, Path("nowhere"), runs, True)


def test_discovery_finds_the_box_in_which_something_holds():
    pytest.importorskip("ema_workbench")
    found = discover(sampled(lambda runs: runs[OPENNESS] > 0.6), parse("posts >= 1", condition=True))
    assert set(found.box) == {"executives: openness"}
    low = float(found.box["executives: openness"].split(" to ")[0])
    assert low == pytest.approx(0.6, abs=0.05)
    assert min(found.held_out.density, found.held_out.coverage) > 0.9
    assert found.tree_accuracy > 0.97 and "executives: openness" in found.tree


def test_discovery_shows_by_cells_left_out_that_luck_is_no_finding():
    pytest.importorskip("ema_workbench")
    luck = np.random.default_rng(5)
    often = parse("posts >= 1", condition=True)
    found = discover(sampled(lambda runs: pl.Series(luck.random(runs.height) < 0.3)), often)
    assert found.held_out.density < 0.45
    with pytest.raises(InputError, match="at least 20"):
        discover(sampled(lambda runs: runs["seed"] > 5), parse("posts >= 1", condition=True))


# ---------------------------------------------------------------- notebooks and pages


def test_a_notebook_opens_the_tables_and_draws_the_figures_again(tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(ONE_AT_A_TIME)
    sweep(load_study("s.toml"), "one", Here())
    assert ism("analyse", "one", "--notebook", "--effect", "posts=1").exit_code == 0
    book = nbformat.read(tmp_path / "one" / "analysis" / "notebook.ipynb", as_version=4)
    names: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path / "one" / "analysis")
    for cell in book.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    assert {"cells", "effects", "power"} <= set(names["tables"])
    assert names["runs"].height == 15
    assert len([cell for cell in book.cells if ".figure" in cell.source]) == len(names["charts"]) > 0
    assert json.loads((tmp_path / "one" / "analysis" / "manifest.json").read_text())


def in_r(code: str, folder: Path) -> str | None:
    """Return what R prints of some code; None where it is not here, or lacks a package."""
    if shutil.which("Rscript") is None:
        return None
    ran = subprocess.run(["Rscript", "-e", code], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if "there is no package" in ran.stderr:
        return None
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_r_finds_the_tables_and_columns_that_the_notebook_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sweep(study_from(ONE_AT_A_TIME), "one", Here())
    assert ism("analyse", "one").exit_code == 0
    folder = tmp_path / "one" / "analysis"
    for name, file in re.findall(r'(\w+) <- .*?read\.csv\("([^"]+)"', R_SNIPPET):
        columns = pl.read_csv(folder / file).columns
        assert set(re.findall(rf"\b{name}\$(\w+)", R_SNIPPET)) <= set(columns)
    said = in_r(R_SNIPPET, folder)
    assert said is None or "Median" in said


def test_r_finds_the_columns_that_the_page_about_sweeps_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "sweeps.md").read_text()
    snippet = re.search(r"```r\n(.*?)```", page, re.DOTALL)
    said = re.search(r"<!-- file: openness.toml -->\n```toml\n(.*?)```", page, re.DOTALL)
    assert snippet and said
    smaller = (
        said[1].replace('"organization.members" = 60', '"organization.members" = 25').replace("days = 5", "days = 2")
    )
    runs = sweep(study_from(smaller), "sweeps/openness", Here()).runs
    above, below = re.search(r"aggregate\((\S+) ~ ([^,]+),", snippet[1]).groups()  # type: ignore[union-attr]
    assert {above, *below.split(" + ")} <= set(runs.columns)
    (table,) = re.findall(r'read_parquet\("([^"]+)"', snippet[1])
    assert pl.read_parquet(table).equals(runs)
    means = in_r(snippet[1], tmp_path)
    assert means is None or means.count("\n") > runs[below].n_unique()


def test_the_pages_about_studies_were_made_by_these_rules():
    stale = {name for name, rules in made_by().items() if rules != rules_digest()[:8]}
    assert not stale, "\n".join(stale_in_words())
