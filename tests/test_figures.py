"""Claims about the figures: they say what their axes are, show what happened, and take texts as texts."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from experiments import figures
from experiments.figures import arena, ledger, members, overtime, style
from sim.lexicon import terms
from sim.phrases.voices import LEADER_NAMES
from sim.simulation import simulate
from sim.terms import SPOKEN, Strategy

DRAWN = {
    "voice_and_silence": figures.voice_and_silence,
    "beliefs": figures.beliefs,
    "lorenz": figures.lorenz,
    "most_active": figures.most_active,
    "by role": lambda run: figures.wishes_by(run, "role"),
    "by department": lambda run: figures.wishes_by(run, "department"),
    "strategies": figures.strategies,
    "motives": figures.motives,
    "speaking_by_criticality": figures.speaking_by_criticality,
    "iceberg": figures.iceberg,
    "answers_over_time": figures.answers_over_time,
    "answers_by_leader": figures.answers_by_leader,
    "waiting": figures.waiting,
    "network": figures.network,
}
WORDED = {"most_active", "motives", "iceberg", "answers_by_leader", "network"}
"""Figures in which one axis, or both, are words that need no title."""


@pytest.fixture(scope="module")
def run(lively):
    return simulate(lively, seed=1)


@pytest.fixture(scope="module")
def quiet(small):
    """Nobody ever says a word."""
    changes = {"days": 2, "organization.members": 5, "population.occasions_per_visit.mean": 0.0}
    return simulate(small.with_(changes), seed=1)


def traces(figure, name):
    return [trace for trace in figure.data if trace.name == name]


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_valid_and_says_its_subject_and_its_axes(run, name):
    figure = DRAWN[name](run)
    assert figure.to_plotly_json()["layout"]["meta"]["subject"]
    assert json.loads(figure.to_json())["data"]
    titles = [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes())]
    if name not in WORDED:
        assert all(title or title is None for title in titles)
        assert sum(bool(title) for title in titles) >= 2
    assert name == "network" or any(titles)


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_of_a_run_without_a_word_is_drawn_all_the_same(quiet, name):
    assert quiet.messages.is_empty()
    assert json.loads(DRAWN[name](quiet).to_json())["layout"]


@pytest.mark.parametrize("name", sorted(set(DRAWN) - {"network"}))
def test_a_figure_is_a_table_too(run, name):
    table = figures.table_of(DRAWN[name](run))
    assert 1 <= len(table.rows) <= style.MOST_ROWS
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert all(isinstance(cell, str) for row in table.rows for cell in row)


def test_voice_and_silence_add_up_to_the_wishes(run):
    figure = figures.voice_and_silence(run)
    spoken, unspoken = (np.sum(traces(figure, name)[0].y) for name in ("spoken in the arena", "left unspoken"))
    per = run.members.height / 100.0
    assert spoken * per == pytest.approx(run.measures["spoken"])
    assert (spoken + unspoken) * per == pytest.approx(run.measures["wishes"])


def test_a_longer_run_is_shown_week_by_week():
    assert overtime.stretch(14) == 1
    assert overtime.stretch(15) == overtime.WEEK
    values = np.array([1.0, 3.0, np.nan, 2.0, 2.0, 9.0])
    assert overtime.in_stretches(values, 5).tolist() == [2.0]


def test_several_runs_have_a_band_and_one_has_none(small):
    runs = [simulate(small.with_({"days": 3}), seed=seed) for seed in (1, 2, 3)]
    several, one = figures.voice_and_silence(runs), figures.voice_and_silence(runs[0])
    assert len(several.data) == 3 * len(one.data)
    low, high, mean = several.data[:3]
    assert all(a <= b <= c for a, b, c in zip(low.y, mean.y, high.y, strict=True))
    assert figures.motives(runs).data[0].error_x.array is not None
    assert figures.motives(runs[0]).data[0].error_x.array is None


def test_days_that_mattered_are_marked_and_in_order(run, lively):
    event = {"day": 2.0, "set": {"visibility.scope": "team"}}
    toml = lively.with_({"organization.members": 30, "days": 4}).to_toml()
    from sim.scenario import from_toml

    said = from_toml(toml + f'\n[[events]]\nday = {event["day"]}\nset = {{"visibility.scope" = "team"}}\n')
    marks = figures.marks(simulate(said, seed=1))
    assert [mark.day for mark in marks] == sorted(mark.day for mark in marks)
    assert "visibility.scope becomes 'team'" in [mark.words for mark in marks if mark.day == 2.0]
    lines = [shape for shape in figures.voice_and_silence(run).layout.shapes if shape.type == "line"]
    assert len(lines) == len(figures.marks(run))


def test_the_curve_of_lorenz_hangs_below_equality_and_ends_at_all(run):
    curve = traces(figures.lorenz(run), "messages written")[0]
    assert curve.x[0] == curve.y[0] == 0.0
    assert curve.x[-1] == pytest.approx(100.0)
    assert curve.y[-1] == pytest.approx(100.0)
    assert all(y <= x + 1e-9 for x, y in zip(curve.x, curve.y, strict=True))


def test_activity_shares_sum_to_one(run):
    assert sum(members.activity_shares(run).values()) == pytest.approx(1.0)


def test_strategies_of_a_role_sum_to_all_of_its_wishes(run):
    figure = figures.strategies(run)
    total = np.sum([trace.x for trace in figure.data], axis=0)
    assert total == pytest.approx(np.full(len(total), 100.0))
    spoken = [
        trace.name
        for trace in figure.data
        if trace.marker.color in {each.words.colour for each in terms(Strategy)[:SPOKEN]}
    ]
    assert set(spoken) <= {each.words.done for each in terms(Strategy)[:SPOKEN]}


def test_motives_are_those_of_the_measures(run):
    bars = figures.motives(run).data[0]
    assert sum(bars.x) == pytest.approx(100.0)
    assert max(bars.x) == pytest.approx(
        100 * max(v for k, v in run.measures.items() if k.startswith("silence_") and v and k != "silence_rate")
    )


def test_intervals_of_speaking_hold_their_means(run):
    line = figures.speaking_by_criticality(run).data[0]
    assert list(line.x) == sorted(line.x)
    assert all(0.0 <= y <= 100.0 for y in line.y)
    assert sum(line.customdata) <= run.occasions.height


def test_the_iceberg_sets_voices_beside_all_members(run):
    figure = figures.iceberg(run)
    total = np.sum([trace.x for trace in figure.data], axis=0)
    assert set(np.round(total, 6)) <= {0.0, 100.0}
    against, heard = ledger.against(run, 2)
    assert 0.0 <= against <= 100.0
    assert heard is None or 0.0 <= heard <= 100.0


def test_every_answer_of_a_leader_is_drawn_once(run):
    found = figures.leaders.answers(run)
    treated = run.messages["leader_response"].is_not_null().sum()
    assert found.height >= treated > 0
    assert set(found["role"]) <= set(LEADER_NAMES)
    assert (found["hours"] >= 0).all()
    for figure in (figures.answers_over_time(run), figures.answers_by_leader(run)):
        along = "x" if figure.data[0].orientation == "h" else "y"
        assert sum(np.sum(trace[along]) for trace in figure.data) == found.height
    assert np.sum(figures.waiting(run).data[0].y) == found.filter(pl.col("how") != "action").height


# ---------------------------------------------------------------- the wheel


def test_the_wheel_puts_the_top_in_the_middle_and_nobody_twice_in_one_place():
    manager = np.array([-1, 0, 0, 1, 1, 1, 2, 2])
    seats = arena.wheel(manager)
    assert (seats.x[0], seats.y[0]) == (0.0, 0.0)
    assert list(seats.level) == [0, 1, 1, 2, 2, 2, 2, 2]
    places = {(round(x, 6), round(y, 6)) for x, y in zip(seats.x, seats.y, strict=True)}
    assert len(places) == len(manager)
    again = arena.wheel(manager)
    assert (again.x == seats.x).all()


def test_reports_stand_within_the_sector_of_their_manager():
    seats = arena.wheel(np.array([-1, 0, 0, 1, 1, 2, 2]))
    assert max(seats.angle[[3, 4]]) < min(seats.angle[[5, 6]])
    assert min(seats.angle[[3, 4]]) < seats.angle[1] < max(seats.angle[[3, 4]])


def test_several_tops_are_side_by_side():
    seats = arena.wheel(np.array([-1, -1, 0, 1]))
    assert (seats.x[0], seats.y[0]) != (seats.x[1], seats.y[1])


def test_a_large_organisation_is_shown_by_its_most_active_with_those_above_them(run, monkeypatch):
    monkeypatch.setattr(arena, "MOST_MEMBERS", 30)
    rows = arena._rows_shown(run)
    manager = np.asarray(run.organization.manager)
    assert len(rows) <= 30
    assert all(manager[row] in rows for row in rows if manager[row] >= 0)
    assert len(figures.network(run).data[-1].x) == len(rows)


def test_comments_by_role_are_all_counted(run):
    table = arena.answers_by_role(run)
    total = sum(int(cell.replace(",", "")) for row in table.rows for cell in row[1:])
    assert total == run.messages["parent_id"].is_not_null().sum()


# ---------------------------------------------------------------- colours and texts


def contrast(one, other):
    def light(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [style.BLUE, style.ORANGE, style.GREEN, style.MAUVE, style.GREY])
@pytest.mark.parametrize("paper", ["#ffffff", "#14171a"])
def test_lines_stand_out_from_both_backgrounds(colour, paper):
    assert contrast(colour, paper) >= 3.0


@pytest.mark.parametrize(("name", "paper"), [("light", "#ffffff"), ("dark", "#14171a")])
def test_texts_can_be_read_on_their_background(name, paper):
    assert contrast(style.TEMPLATES[name].layout.font.color, paper) >= 7.0


def test_labels_are_texts_and_never_tags():
    assert style.label("<b>x</b> & <a href='y'>") == "&lt;b&gt;x&lt;/b&gt; &amp; &lt;a href='y'&gt;"
    assert "\u202e" not in style.label("\u202eevil")
    assert len(style.label("x" * 10_000)) <= style.LONGEST_LABEL
    assert style.wrapped("one <two> " * 3, 12).count("<br>") == 2
