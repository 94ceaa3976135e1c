"""Claims about portraits: an export and a run are measured alike, and what a format can carry comes back unchanged."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from experiments.cli import main
from experiments.exports import FORMATS
from experiments.exports.calendar import day_of, moment_of
from experiments.facts.measuring import conversation, participation
from experiments.facts.observation import Observation
from experiments.portrait import STATISTICS, Arena, Statistic, assemble, by_group, by_week, measure, of_run
from experiments.portrait.arena import QUARTER
from experiments.portrait.measuring import groups
from experiments.portrait.pseudonyms import Key, pseudonymous
from experiments.portrait.reading import read as read_export
from experiments.portrait.sketching import Asked, Sketch, sketch
from experiments.portrait.threads import depths
from experiments.portrait.window import Window
from sim.organization import Organization
from sim.organization import read as read_people
from sim.record import Run
from sim.simulation import simulate
from sim.state import TICKS_PER_DAY

SECRET = Key(b"the same key gives the same names")


@pytest.fixture(scope="module")
def run(lively) -> Run:
    return simulate(lively, seed=3)


def written(run: Run, kind: str, folder: Path) -> Path:
    for name, content in FORMATS[kind](run).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def imported(run: Run, kind: str, folder: Path, key: Key = SECRET) -> Sketch:
    written(run, kind, folder)
    people, _ = read_people(folder / "organization.csv")
    asked = Asked(key, day_of(0), day_of(run.days - 1))
    return sketch(read_export(folder), asked, people, folder / "organization.csv")


def same(one: Mapping[str, Statistic], other: Mapping[str, Statistic]) -> list[str]:
    """Return the statistics that differ in any bit, or in whether they can be measured."""
    values = {name: (one[name].value, other[name].value) for name in STATISTICS}
    return [name for name, (a, b) in values.items() if not (a == b or (math.isnan(a) and math.isnan(b)))]


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("key", [SECRET, Key(None)], ids=["pseudonyms", "names"])
def test_a_run_exported_as_viva_engage_comes_back_with_the_same_portrait(run, tmp_path, key):
    known, found = measure(of_run(run)), measure(imported(run, "viva", tmp_path, key).arena)
    assert same(known, found) == []
    assert sum(not math.isnan(each.value) for each in found.values()) > 30


def test_slack_carries_all_but_which_message_of_a_thread_is_answered(run, tmp_path):
    found = measure(imported(run, "slack", tmp_path).arena)
    assert same(measure(of_run(run, direct=False)), found) == []
    assert math.isnan(found["thread_depth"].value)
    direct = measure(of_run(run))
    carried = [name for name, each in STATISTICS.items() if not each.of_directs and name != "thread_depth"]
    assert set(same(direct, found)).isdisjoint(carried)


def test_groups_and_weeks_come_back_too(run, tmp_path):
    found, known = imported(run, "viva", tmp_path).arena, of_run(run)
    ours, theirs = by_group(known), by_group(found)
    assert ours.sort("group").equals(theirs.sort("group"), null_equal=True)
    assert by_week(known).equals(by_week(found))


def test_what_was_written_anonymously_is_no_member_s(run, tmp_path):
    anonymous = int(run.messages["anonymous"].sum())
    assert anonymous > 0
    found = imported(run, "viva", tmp_path)
    assert found.left_out["bots"] == anonymous
    assert len(found.arena) == run.messages.height - anonymous


def test_a_run_stands_on_a_calendar_whose_working_hours_are_its_ticks():
    window = Window(day_of(0), day_of(9))
    assert window.days == 10
    ticks = np.arange(10 * TICKS_PER_DAY)
    moments = pl.Series([moment_of(tick).replace(tzinfo=None) for tick in ticks.tolist()])
    assert (window.hours(moments) == ticks).all()


# ---------------------------------------------------------------- what is measured


def test_a_portrait_of_a_run_says_what_the_model_s_own_measures_say(small):
    run = simulate(small, seed=2)
    found = {name: each.value for name, each in measure(of_run(run)).items()}
    for ours, theirs in (
        ("upward_share", "upward"),
        ("downward_share", "downward"),
        ("horizontal_share", "horizontal"),
        ("cross_department_share", "cross_department"),
        ("contributors_share", "contributors_share"),
        ("gini_members", "gini_contribution"),
    ):
        assert found[ours] == pytest.approx(run.measures[theirs]), ours


def test_a_portrait_of_a_run_says_what_the_facts_measure(small):
    """Facts about conversation count every message, as a platform does; so the numbers are the same."""
    observed = Observation(small, 2)
    found = measure(of_run(simulate(small, seed=2)))
    assert found["comments_per_post"].value == conversation.comments_a_post(observed)
    assert found["unanswered_share"].value == conversation.posts_without_answer(observed)
    assert found["thread_people"].value == conversation.people_in_threads(observed)
    assert found["own_comments_share"].value == conversation.comments_by_starters(observed)
    assert found["likes_per_message"].value == participation.likes_a_message(observed)


def arena(rows: list[tuple[str, int, float, str | None, str | None]], members: int = 4, days: int = 20) -> Arena:
    """Return an arena of messages: id, author, hour, thread, parent."""
    schema = {"id": pl.String, "author": pl.Int64, "hour": pl.Float64, "thread": pl.String, "parent": pl.String}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    table = table.with_columns(pl.lit(None, pl.Int64).alias("likes"), pl.lit(None, pl.String).alias("group"))
    return assemble(table, members, days)


TALK = [
    ("a", 0, 0.0, "a", None),
    ("b", 1, 2.0, "a", "a"),
    ("c", 0, 5.0, "a", "b"),
    ("d", 2, 6.0, "d", None),
]


def test_the_numbers_of_a_small_talk_are_those_that_one_counts_by_hand():
    found = {name: each.value for name, each in measure(arena(TALK)).items()}
    assert found["contributors_share"] == 0.75
    assert found["starters_share"] == 0.5
    assert found["commenters_share"] == 0.5
    assert found["messages_per_member"] == 1.0  # 20 workdays are a month
    assert found["comments_per_post"] == 1.0
    assert found["unanswered_share"] == 0.5
    assert (found["thread_size"], found["thread_people"], found["thread_depth"]) == (3.0, 2.0, 2.0)
    assert found["reply_hours_median"] == 2.5
    assert found["reciprocity"] == 1.0
    assert found["single_message_share"] == pytest.approx(2 / 3)
    assert found["silent_weeks_share"] == 0.75
    assert math.isnan(found["likes_per_message"])
    assert math.isnan(found["upward_share"])


def test_an_answer_to_what_is_not_there_answers_the_thread():
    found = arena([TALK[0], ("x", 1, 1.0, "a", "gone"), ("y", 2, 2.0, "gone", "gone")])
    assert found.thread.tolist() == [0, 0, -1]
    assert found.parent.tolist() == [-1, 0, -1]


def test_a_thread_is_found_from_parents_alone():
    found = arena([(name, author, hour, None, parent) for name, author, hour, _, parent in TALK])
    assert found.thread.tolist() == [0, 0, 0, 3]
    assert depths(found.parent).tolist() == [0, 1, 2, 0]


def test_messages_that_answer_one_another_in_a_circle_are_no_thread():
    found = arena([("a", 0, 0.0, None, "b"), ("b", 1, 0.0, None, "a"), ("c", 1, 1.0, "c", None)])
    assert (depths(found.parent) >= 0).all()
    assert found.thread[2] == 2


def test_a_chat_without_threads_says_nothing_of_answers():
    found = measure(arena([("a", 0, 0.0, None, None), ("b", 1, 1.0, None, None)]))
    assert math.isnan(found["unanswered_share"].value)
    assert math.isnan(found["reply_hours_median"].value)
    assert found["contributors_share"].value == 0.5


def test_nobody_wrote_in_a_quarter_is_a_number_and_no_fault():
    silent = replace(arena(TALK), days=2 * QUARTER)
    found = measure(silent)
    assert found["contributors_share"].found.runs == 2
    assert found["contributors_share"].value == pytest.approx(0.75 / 2)
    assert found["gini_writers"].found.runs == 1


@given(st.integers(1, 500))
def test_stretches_are_of_one_length_at_least_a_quarter_and_reach_the_end(days):
    lengths = [each.days for each in replace(arena(TALK), days=days).quarters()]
    assert len(set(lengths)) == 1
    assert lengths[0] >= min(days, QUARTER)
    assert days - len(lengths) < sum(lengths) <= days


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 159), st.integers(-1, 30)), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_a_portrait_depends_on_no_order_of_rows_and_of_people(messages, luck):
    """Each message at an hour of its own: only who wrote what when, in answer to what, counts."""
    hours = sorted({hour for _, hour, _ in messages})
    rows = []
    for number, hour in enumerate(hours):
        author, _, parent = messages[number]
        above = str(parent) if 0 <= parent < number else None
        rows.append((str(number), author, float(hour), None, above))
    others = dict(enumerate(luck.sample(range(4), 4)))
    shuffled = [(name, others[author], hour, thread, parent) for name, author, hour, thread, parent in rows]
    luck.shuffle(shuffled)
    one, other = measure(arena(rows)), measure(arena(shuffled))
    for name in STATISTICS:
        assert one[name].value == pytest.approx(other[name].value, nan_ok=True), name


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(1, 5))
def test_writing_a_multiple_of_everything_changes_no_inequality(authors, times):
    once = arena([(str(n), author, float(n), None, None) for n, author in enumerate(authors)])
    many = arena(
        [(str(n), author, float(n), None, None) for n, author in enumerate(np.repeat(authors, times).tolist())]
    )
    for name in ("gini_writers", "gini_members", "top_tenth_share", "top_fifth_share", "contributors_share"):
        ours, theirs = (measure(each)[name].value for each in (once, replace(many, days=once.days)))
        assert ours == pytest.approx(theirs, nan_ok=True), name


def test_groups_of_few_are_not_shown(run):
    people = of_run(run).organization
    assert people is not None
    sizes = [len(rows) for _, rows in groups(people)]
    assert min(sizes) >= 5
    assert max(sizes) <= people.members


# ---------------------------------------------------------------- pseudonyms


def test_a_pseudonymous_organisation_is_the_same_one(run):
    people = run.organization
    hidden, row = pseudonymous(people, SECRET)
    for old in range(people.members):
        new = row[old]
        assert hidden.level[new] == people.level[old]
        assert hidden.role[new] == people.role[old]
        assert hidden.departments[hidden.department[new]] == people.departments[people.department[old]]
        boss = people.manager[old]
        assert hidden.manager[new] == (-1 if boss < 0 else row[boss])
    assert len(hidden.tie_member) == len(people.tie_member)


def named_organisation(folder: Path) -> tuple[Organization, Path]:
    file = folder / "people.csv"
    file.write_text(
        "id,manager_id,name,title\n1,,Xanthippe Qwerbly,Chiefest\n2,1,Vera Holm,Head\n3,2,Bo Li,Clerk\n", "utf-8"
    )
    return read_people(file)[0], file


def test_no_name_id_or_title_is_left_in_any_file_of_a_pseudonymous_portrait(tmp_path):
    named_organisation(tmp_path)
    export = tmp_path / "secret.csv"
    export.write_text(
        "message,author,time,parent,group,text\n1,Vera Holm,2024-01-02 09:00,,Strategy room,SECRET WORDS\n"
        "2,Bo Li,2024-01-02 10:00,1,Strategy room,SECRET WORDS\n"
    )
    words = [
        "import",
        str(export),
        "--org",
        str(tmp_path / "people.csv"),
        "--out",
        str(tmp_path / "out"),
        "--seeds",
        "0",
    ]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    files = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert len(files) == 9
    for path, content in files.items():
        for secret in (b"Vera", b"Holm", b"Bo Li", b"Xanthippe", b"Chiefest", b"SECRET", b"Strategy room"):
            assert secret not in content, (path.name, secret)
    tables = [pl.read_parquet(path) for path in files if path.suffix == ".parquet"]
    assert not any("Holm" in str(table.rows()) or "Strategy" in str(table.rows()) for table in tables)
    key = tmp_path / "out.key"
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_text() not in "".join(str(content) for content in files.values())


def test_the_same_key_gives_the_same_portrait_and_another_key_other_names(run, tmp_path):
    written(run, "viva", tmp_path / "viva")
    outs = []
    for name, key in (("one", "a.key"), ("two", "a.key"), ("three", "b.key")):
        words = ["import", str(tmp_path / "viva"), "--out", str(tmp_path / name), "--seeds", "0"]
        assert CliRunner().invoke(main, [*words, "--key", str(tmp_path / key)]).exit_code == 0
        outs.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert outs[0] == outs[1]
    ids = [pl.read_parquet(tmp_path / name / "members.parquet")["id"].to_list() for name in ("one", "three")]
    assert set(ids[0]).isdisjoint(ids[1])
    told = [json.loads(out["portrait.json"]) for out in outs]
    assert told[0]["statistics"]["gini_writers"] == told[2]["statistics"]["gini_writers"]


def test_names_are_kept_where_that_is_asked_for(run, tmp_path):
    written(run, "viva", tmp_path / "viva")
    words = ["import", str(tmp_path / "viva"), "--out", str(tmp_path / "out"), "--seeds", "0", "--names"]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert set(pl.read_parquet(tmp_path / "out" / "members.parquet")["id"]) == set(run.members["id"])
    assert not list(tmp_path.glob("*.key"))


# ---------------------------------------------------------------- beside the model


def test_a_portrait_stands_beside_runs_as_long_as_its_stretches(run, tmp_path):
    written(run, "viva", tmp_path / "viva")
    org = tmp_path / "viva" / "organization.csv"
    words = ["import", str(tmp_path / "viva"), "--org", str(org), "--out", str(tmp_path / "out"), "--seeds", "2"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "out" / "portrait.json").read_text("utf-8"))
    assert told["model"]["seeds"] == [1, 2]
    assert told["model"]["days"] == told["window"]["workdays"] == run.days
    assert told["statistics"]["contributors_share"]["model"]["n"] == 2
    assert [fact["id"] for fact in told["statistics"]["gini_writers"]["facts"]] == ["F19b", "N27a"]
    table = pl.read_csv(tmp_path / "out" / "portrait.csv")
    assert table["statistic"].to_list() == list(STATISTICS)
    assert table["model_n"].max() == 2
    assert "model_contributors_share" in pl.read_csv(tmp_path / "out" / "groups.csv").columns
    assert read_people(tmp_path / "out" / "organization.csv")[0].members == run.members.height


def test_every_statistic_is_told_with_its_facts_and_in_eighty_columns(run, tmp_path, monkeypatch):
    written(run, "viva", tmp_path / "viva")
    org = tmp_path / "viva" / "organization.csv"
    words = ["import", str(tmp_path / "viva"), "--org", str(org), "--out", "out", "--seeds", "0", "--key", "key"]
    monkeypatch.chdir(tmp_path)
    lines = CliRunner().invoke(main, words).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:1] == ["gini_writers"] and "F19b" in line for line in lines)


def test_the_window_that_is_asked_for_is_the_one_that_is_measured(run, tmp_path):
    written(run, "viva", tmp_path)
    found = sketch(read_export(tmp_path), Asked(SECRET, date(2024, 1, 2), date(2024, 1, 3)))
    assert found.arena.days == 2
    signed = run.messages.filter(~run.messages["anonymous"])
    inside = (signed["day"] >= 1) & (signed["day"] <= 2)
    assert len(found.arena) == int(inside.sum())
