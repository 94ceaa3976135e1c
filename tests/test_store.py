"""Claims about the store of a sweep: nothing finished is lost, nothing damaged is believed, no order shows."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import polars as pl
import pytest

from experiments.sweeps import store as store_module
from experiments.sweeps.rows import table_bytes
from experiments.sweeps.store import About, Store, read_about
from experiments.sweeps.trials import Outcome
from sim.errors import InputError
from sim.files import TakenError
from sim.measures import MEASURES

WHO = {"study": "mine", "title": "Mine", "scenario": "abc", "scenario_name": "baseline", "scenario_toml": "days = 3\n"}


def about(text: str = "seeds = 1\n", rules: str = "r1", version: str = "1", quick: bool = False, **more: str) -> About:
    return About(**{**WHO, **more}, text=text, quick=quick, rules=rules, version=version)


def done(number: int, value: float | None = None, seconds: float = 0.1) -> Outcome:
    values = (float(number) if value is None else value, *(math.nan for _ in list(MEASURES)[1:]))
    return Outcome(f"{number:032x}", number, "done", "", "", values, b"", seconds)


def failure(number: int, stage: str, message: str = "it broke") -> Outcome:
    return Outcome(f"{number:032x}", number, "failed", stage, message, (math.nan,) * len(MEASURES), b"", 0.1)


def opened(folder: Path, what: About | None = None) -> Store:
    store = Store(folder)
    store.open(what or about())
    return store


def filled(folder: Path, *parts: list[Outcome]) -> Store:
    store = opened(folder)
    for part in parts:
        store.add(part)
        store.flush()
    return store


def paths(folder: Path) -> list[Path]:
    return sorted((folder / "parts").glob("*.parquet"))


def table(folder: Path) -> bytes:
    return table_bytes(opened(folder).rows().sort("run_id"))


# ---------------------------------------------------------------- rows


def test_what_was_added_is_found_by_the_next_command(tmp_path):
    filled(tmp_path, [done(1), done(2)], [failure(3, "simulation")])
    again = opened(tmp_path)
    assert again.finished == {f"{n:032x}" for n in (1, 2, 3)}
    rows = again.rows().sort("run_id")
    assert rows["status"].to_list() == ["done", "done", "failed"]
    assert rows["message"].to_list() == [None, None, "it broke"]
    assert rows[next(iter(MEASURES))].to_list() == [1.0, 2.0, None]


def test_an_empty_store_has_the_columns_of_a_full_one(tmp_path):
    assert opened(tmp_path / "a").rows().schema == filled(tmp_path / "b", [done(1)]).rows().schema


@pytest.mark.parametrize("stage", ["worker", "memory", "saving"])
def test_what_failed_because_of_the_machine_is_tried_again(tmp_path, stage):
    filled(tmp_path, [failure(1, stage), failure(2, "scenario")])
    again = opened(tmp_path)
    assert again.finished == {f"{2:032x}"}
    again.add([done(1)])
    again.flush()
    assert again.rows().sort("run_id")["status"].to_list() == ["done", "failed"]


def test_order_and_parts_do_not_show_in_the_rows(tmp_path):
    outcomes = [done(n) for n in range(50)] + [failure(n, "simulation") for n in range(50, 60)]
    filled(tmp_path / "one", outcomes)
    shuffled = random.Random(1).sample(outcomes, len(outcomes))
    filled(tmp_path / "many", *[shuffled[n : n + 3] for n in range(0, 60, 3)], [done(7, seconds=9.0)])
    assert table(tmp_path / "one") == table(tmp_path / "many")


def test_a_run_that_differs_when_made_twice_is_noticed(tmp_path):
    store = filled(tmp_path, [done(1), done(2)], [done(2, 5.0)])
    assert store.differing() == [f"{2:032x}"]
    assert store.rows().height == 2
    assert filled(tmp_path / "same", [done(1)], [done(1, seconds=3.0)]).differing() == []


def test_bytes_of_a_table_do_not_depend_on_how_it_was_put_together():
    whole = pl.DataFrame({"a": list(range(1000)), "b": [None if n % 7 else str(n) for n in range(1000)]})
    parts = pl.concat([whole[n : n + 37] for n in range(0, 1000, 37)], rechunk=False)
    assert parts.n_chunks() > 1
    assert table_bytes(parts) == table_bytes(whole)


def test_days_are_given_back_once_for_each_run(tmp_path):
    store = filled(tmp_path, [done(1)._replace(daily=b"12345678")], [done(1)._replace(daily=b"12345678"), done(2)])
    assert list(store.days([f"{1:032x}", f"{2:032x}"])) == [(f"{1:032x}", b"12345678")]


def test_outcomes_that_come_in_together_share_a_part(tmp_path):
    store = opened(tmp_path)
    for number in range(30):
        store.add([done(number)])
    assert len(paths(tmp_path)) == 1  # the first is written at once, the others wait for a second
    store.flush()
    assert len(paths(tmp_path)) == 2
    assert opened(tmp_path).rows().height == 30


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize("how", ["cut", "flip", "empty", "text"])
def test_a_damaged_part_is_put_aside_and_its_runs_are_missing(tmp_path, how):
    filled(tmp_path, [done(1)], [done(2)])
    victim = paths(tmp_path)[0]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"cut": content[: len(content) // 2], "flip": content, "empty": b"", "text": b"not a table"}
    victim.write_bytes(damaged[how])
    store = Store(tmp_path)
    remarks = store.open(about())
    assert len(remarks) == 1
    assert "1 part is damaged" in remarks[0]
    assert len(store.finished) == 1
    assert [path.name for path in (tmp_path / "quarantine").iterdir()] == [victim.name]
    assert Store(tmp_path).open(about()) == []


def test_who_only_looks_moves_nothing(tmp_path):
    filled(tmp_path, [done(1)], [done(2)])
    paths(tmp_path)[0].write_bytes(b"x")
    store = Store(tmp_path)
    assert store.read() == 1
    assert len(store.finished) == 1
    assert len(paths(tmp_path)) == 2
    assert not (tmp_path / "quarantine").exists()


def test_half_written_files_are_no_parts_and_are_removed_when_old(tmp_path):
    store = filled(tmp_path, [done(1)])
    names = [f".ism-{'0' * 16}-{'0' * 8}-1-{n}{'0' * 7}.part" for n in range(2)]
    old, young = (tmp_path / "parts" / name for name in names)
    for draft in (old, young):
        draft.write_bytes(b"half")
    run = tmp_path / "full" / names[0]
    run.mkdir(parents=True)
    for draft in (old, run):
        os.utime(draft, (1, 1))
    store.tidy()
    assert (old.exists(), young.exists(), run.exists()) == (False, True, False)
    assert opened(tmp_path).rows().height == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits the size of files as POSIX does")
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path):
    filled(tmp_path, [done(1)])
    script = f"""
        import resource, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_store import Store, about, done
        from sim.errors import InputError
        store = Store(Path({str(tmp_path)!r}))
        store.open(about())
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        try:
            store.add([done(2)])
        except InputError as error:
            print(error)
        print(len(store._waiting))
    """
    answer = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True, cwd=Path.cwd()
    ).stdout
    assert "this cannot be written: the disk is full; runs that are in parts/ are safe" in answer
    assert answer.splitlines()[-1] == "1"  # and can still be written once there is room
    assert opened(tmp_path).finished == {f"{1:032x}"}
    assert [path.name for path in (tmp_path / "parts").iterdir() if path.name.startswith(".")] == []


def test_what_cannot_be_written_now_is_written_later(tmp_path, monkeypatch):
    store = opened(tmp_path)

    def full(path, content):
        raise InputError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(store_module, "write_whole", full)
        with pytest.raises(InputError):
            store.add([done(1)])
    store.flush()
    assert opened(tmp_path).finished == {f"{1:032x}"}


# ---------------------------------------------------------------- merging


def test_many_parts_become_few_with_the_same_rows(tmp_path):
    store = opened(tmp_path)
    for number in range(200):
        store.add([done(number)])
        store.flush()
    assert len(paths(tmp_path)) <= store_module.FEW + 3  # a command merges its own on the way
    Store(tmp_path).merge()
    again = opened(tmp_path)
    assert again.rows().sort("run_id").equals(store.rows().sort("run_id"))
    assert len(again.finished) == 200


def test_dying_while_merging_leaves_rows_twice_and_none_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "FEW", 3)
    for number in range(8):
        filled(tmp_path, [done(number)])
    before = table(tmp_path)

    def dies(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store_module.files, "remove", dies)
        with pytest.raises(KeyboardInterrupt):
            Store(tmp_path).merge()
    assert len(paths(tmp_path)) == 9
    assert table(tmp_path) == before
    Store(tmp_path).merge()
    assert len(paths(tmp_path)) == 1
    assert table(tmp_path) == before


def test_merging_stays_within_a_size(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "FEW", 3)
    monkeypatch.setattr(store_module, "LARGE", 50_000)
    for number in range(12):
        filled(tmp_path, [done(number)])
    before = table(tmp_path)
    Store(tmp_path).merge()
    assert 1 < len(paths(tmp_path)) < 12
    assert table(tmp_path) == before


def test_a_part_that_another_command_merges_away_is_found_where_it_went(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "FEW", 3)
    for number in range(6):
        filled(tmp_path, [done(number)])
    read, merged = store_module._part, []

    def reads_while_another_merges(path, columns):
        if not merged:
            merged.append(True)
            Store(tmp_path).merge()
        return read(path, columns)

    monkeypatch.setattr(store_module, "_part", reads_while_another_merges)
    store = Store(tmp_path)
    assert store.read() == 0
    assert len(store.finished) == 6


# ---------------------------------------------------------------- what a folder is of


def test_a_folder_says_what_it_is_of(tmp_path):
    opened(tmp_path)
    assert read_about(tmp_path) == about()
    assert (tmp_path / "study.toml").read_text() == "seeds = 1\n"


CHANGES = [{"text": "seeds = 2\n"}, {"quick": True}, {"scenario": "def"}]


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_a_changed_study_is_explained_and_its_tables_are_withdrawn(tmp_path, changes):
    filled(tmp_path, [done(1)]).publish("runs.parquet", b"table")
    store = Store(tmp_path)
    (remark,) = store.open(about(**changes))
    assert "has changed since" in remark
    assert ("the scenario of the study" in remark) == ("scenario" in changes)
    assert not (tmp_path / "runs.parquet").exists()
    assert store.finished == {f"{1:032x}"}


@pytest.mark.parametrize(
    ("changes", "says"), [({"rules": "r2"}, "under other rules"), ({"probe": "p2"}, "other values")]
)
def test_changed_rules_and_other_machines_are_refused_and_nothing_is_touched(tmp_path, changes, says):
    filled(tmp_path, [done(1)])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=rf"were made .*{says} .* never mixed; choose another folder"):
        Store(tmp_path).open(about(**changes))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_tables_that_somebody_changed_are_not_replaced(tmp_path):
    store = filled(tmp_path, [done(1)])
    store.publish("runs.parquet", b"one")
    store.publish("runs.parquet", b"two")
    (tmp_path / "runs.parquet").write_bytes(b"mine")
    for content in (b"two", b"three", None):
        with pytest.raises(TakenError, match="was changed since, so it is not replaced"):
            store.publish("runs.parquet", content)
    with pytest.raises(TakenError, match=r"runs\.parquet"):
        Store(tmp_path).open(about(text="seeds = 9\n"))
    assert (tmp_path / "runs.parquet").read_bytes() == b"mine"


def test_a_table_is_one_of_two_whenever_the_command_is_killed(tmp_path, monkeypatch):
    store = filled(tmp_path, [done(1)])
    store.publish("runs.parquet", b"one")
    with monkeypatch.context() as patched:
        patched.setattr(store_module, "_holds", lambda *_: True)  # it ends before the table is written
        store.publish("runs.parquet", b"two")
    assert (tmp_path / "runs.parquet").read_bytes() == b"one"
    store.publish("runs.parquet", b"three")
    assert (tmp_path / "runs.parquet").read_bytes() == b"three"


def test_a_study_that_somebody_changed_beside_its_runs_is_not_replaced(tmp_path):
    filled(tmp_path, [done(1)])
    (tmp_path / "study.toml").write_text("seeds = 1  # my remark\n")
    for text in ("seeds = 1\n", "seeds = 9\n"):
        with pytest.raises(TakenError, match=r"study\.toml: this was changed since"):
            Store(tmp_path).open(about(text=text))
    assert Store(tmp_path).open(about(text="seeds = 1  # my remark\n"))  # another study, which the file says itself


def test_files_of_the_user_among_parts_and_damaged_ones_are_left_alone(tmp_path):
    filled(tmp_path, [done(1)])
    (tmp_path / "parts" / "mine.parquet").write_bytes(b"mine")
    (victim,) = (path for path in paths(tmp_path) if path.stem != "mine")
    (tmp_path / "quarantine").mkdir()
    (tmp_path / "quarantine" / victim.name).write_bytes(b"earlier")
    victim.write_bytes(b"damaged")
    opened(tmp_path)
    assert (tmp_path / "parts" / "mine.parquet").read_bytes() == b"mine"
    found = {path.name: path.read_bytes() for path in (tmp_path / "quarantine").iterdir()}
    assert found == {victim.name: b"earlier", f"{victim.name}-2": b"damaged"}


def test_another_study_begun_in_the_folder_is_noticed(tmp_path):
    store = opened(tmp_path)
    assert store.still_of(about())
    opened(tmp_path, about(text="seeds = 9\n"))
    assert not store.still_of(about())


def test_a_folder_of_something_else_is_not_written_into(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"this folder is no sweep folder: it has no sweep\.json"):
        Store(tmp_path).open(about())
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="this is a file"):
        Store(tmp_path / "file").open(about())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "thesis.txt"]


def test_a_folder_that_another_share_has_only_begun_is_no_stranger(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / f".ism-{'0' * 16}-{'0' * 8}-1-{'0' * 8}.part").write_text("{")
    assert Store(tmp_path).open(about()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "other"}', "[" * 100_000])
def test_a_strange_description_is_refused(tmp_path, content):
    (tmp_path / "sweep.json").write_text(content)
    with pytest.raises(InputError, match="this is not what a sweep of this version writes"):
        read_about(tmp_path)


def test_a_description_of_another_format_is_refused(tmp_path):
    opened(tmp_path)
    said = json.loads((tmp_path / "sweep.json").read_text())
    (tmp_path / "sweep.json").write_text(json.dumps(said | {"table_schema": 2}))
    with pytest.raises(InputError, match="not what a sweep of this version writes"):
        Store(tmp_path).open(about())


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file" / "x", tmp_path / ("n" * 5000), tmp_path / "a\x00b"):
        with pytest.raises(InputError):
            Store(folder).open(about())
