"""What a run leaves behind: tables that agree with each other, folders whole or not at all, states that go on."""

import csv
import gc
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from experiments.report import write as write_report
from sim import room
from sim.engine import Engine
from sim.errors import InputError
from sim.files import TakenError
from sim.organization import read
from sim.ownership import file_hash
from sim.record import TABLES, Run, load_state, memory, save_state, values_digest
from sim.record.digests import Digest
from sim.record.manifest import with_digest
from sim.record.states import state_of
from sim.scenario import from_toml
from sim.sources import rules_digest
from sim.state import SCRATCH, World
from sim.table_forms import FORMS
from sim.terms import MOTIVES, Strategy

sys.path.insert(0, str(Path(__file__).parent))
from renew_golden import GOLDEN, RENEW, baseline, content

SPOKEN = ["plain", "rephrase", "narrow", "anonymous"]
EVENTFUL = """
extends = "baseline"
days = 6
[organization]
members = 60
[population]
non_users = 0.0
occasions_per_visit = {mean = 0.5, sd = 0.5}
[leadership.executives]
self_disclosure = 0.5
[[events]]
day = 0.5
post = {by = "m3", issue = 2, stance = -0.9, criticality = 0.9}
[[events]]
day = 1.25
respond = {by = "ceo", to = "latest_critique", how = "sanction"}
[[events]]
day = 2
set = {"visibility.scope" = "team", "visibility.anonymous_posts" = true}
[[events]]
day = 2.5
campaign = {issue = 1, salience = 3, days = 2}
[[events]]
day = 3
issue = {name = "A merger", kind = "concern", criticality = 0.9}
[[events]]
day = 4.875
announce = {by = "ceo", openness = 0.9}
"""


COLUMNS = {
    "messages": """
        message_id tick day author thread_id parent_id issue kind orientation audience strategy criticality stance
        anonymous views likes comments leader_response response_tick""",
    "occasions": """
        occasion_id tick day member issue form about draft_of criticality concern urge threat_superiors threat_peers
        threat_image inhibition p_spoken strategy motive motive_defensive motive_relational motive_acquiescent
        motive_prosocial motive_disengaged motive_unmotivated motive_diffident message_id""",
    "positions": "member issue start_stance stance start_concern concern start_climate climate",
    "series": "day measure group value",
    "ties": "member other weight",
}
MEMBER_COLUMNS = """
    id name title role level department location team manager_id ... visits items_read posts comments likes_given
    likes_received comments_received occasions spoken withheld"""


def small(members=60, days=3, **changes):
    return sim.load("baseline").with_({"organization.members": members, "days": days, **changes})


@pytest.fixture(scope="module")
def golden_run():
    return baseline()


@pytest.fixture(scope="module")
def run():
    return sim.simulate(from_toml(EVENTFUL, "eventful"), seed=5, checkpoint_days=2)


@pytest.fixture
def folder(run, tmp_path):
    return run.save(tmp_path / "run")


def refusal(folder, *parts):
    with pytest.raises(InputError) as caught:
        loaded = Run.load(folder)
        for part in parts:
            getattr(loaded, part)
    return str(caught.value)


def same_world(one, two):
    """Compare all of two worlds that matters, bit by bit."""
    assert (one.seed, one.tick, one.events_done) == (two.seed, two.tick, two.events_done)
    assert one.parameters == two.parameters
    left, right = (state_of(engine.snapshot()).arrays for engine in (one, two))
    assert left.keys() == right.keys()
    for name, array in left.items():
        assert array.dtype == right[name].dtype, name
        assert array.tobytes() == right[name].tobytes(), name


def same_frames(one, two):
    for name in TABLES:
        left, right = getattr(one, name), getattr(two, name)
        assert left.schema == right.schema, name
        assert left.equals(right), name


# ---- Occasions = sum over strategies, everywhere ---------------------------------------------------------------------


def test_spoken_and_unspoken_strategies_are_all_occasions_everywhere(golden_run):
    ledger, members, series = golden_run.occasions, golden_run.members, golden_run.series
    total = ledger.height
    assert total > 50
    assert golden_run.measures["wishes"] == total
    assert members["occasions"].sum() == total
    by_strategy = {s.name: (ledger["strategy"] == s.name).sum() for s in Strategy if s >= 0}
    assert sum(by_strategy.values()) == total
    everyone = series.filter(pl.col("group") == "all")
    for name, count in by_strategy.items():
        assert everyone.filter(pl.col("measure") == f"strategy_{name}")["value"].sum() == count
    assert sum(by_strategy[name] for name in SPOKEN) == members["spoken"].sum() == golden_run.measures["spoken"]
    assert by_strategy["withhold"] == members["withheld"].sum()
    counted = ledger.group_by("member").len().sort("member")
    assert counted["len"].to_list() == members["occasions"].filter(members["occasions"] > 0).to_list()


def test_spoken_wishes_have_no_motive_and_all_others_have_shares_that_sum_to_one(golden_run):
    ledger = golden_run.occasions
    spoken = ledger["strategy"].is_in(SPOKEN)
    shares = ledger.select(pl.col("^motive_.*$"))
    assert shares.width == MOTIVES
    assert shares.filter(spoken).null_count().sum_horizontal().item() == MOTIVES * spoken.sum()
    assert ledger.filter(spoken)["motive"].null_count() == spoken.sum()
    np.testing.assert_allclose(shares.filter(~spoken).sum_horizontal().to_numpy(), 1)
    assert ledger.filter(~spoken)["motive"].null_count() == 0


def test_every_key_of_a_table_resolves(run):
    messages, ledger, members = run.messages, run.occasions, run.members
    ids = set(messages["message_id"])
    assert len(ids) == messages.height
    occasions = set(ledger["occasion_id"])
    assert len(occasions) == ledger.height
    for column in (messages["thread_id"], messages["parent_id"], ledger["about"], ledger["message_id"]):
        assert set(column.drop_nulls()) <= ids
    assert set(ledger["draft_of"].drop_nulls()) <= occasions
    rows = set(range(members.height))
    for column in (
        messages["author"],
        ledger["member"],
        run.positions["member"],
        run.ties["member"],
        run.ties["other"],
    ):
        assert set(column) <= rows
    assert set(members["manager_id"].drop_nulls()) <= set(members["id"])
    assert members["manager_id"].null_count() == members["team"].null_count() == 1
    issues = len(run.scenario.parameters.issues)
    assert set(run.positions["issue"]) == set(range(issues)) >= set(messages["issue"]) | set(ledger["issue"])


def test_exactly_what_was_published_has_a_message(run):
    published = run.occasions.filter(pl.col("message_id").is_not_null())
    assert set(published["strategy"]) <= {*SPOKEN, "only_positive"}
    held = run.occasions.filter(pl.col("message_id").is_null())
    assert not set(held["strategy"]) & {*SPOKEN, "only_positive"}
    said = published.join(run.messages, on="message_id", suffix="_said")
    assert said.height == published.height
    assert (said["author"] == said["member"]).all()
    assert (said["strategy"] == said["strategy_said"]).all()


def test_threads_hold_together(run):
    messages = run.messages
    first = messages.filter(pl.col("parent_id").is_null())
    assert (first["thread_id"] == first["message_id"]).all()
    sizes = messages.filter(pl.col("parent_id").is_not_null()).group_by("thread_id").len()
    joined = first.join(sizes, on="thread_id", how="left").with_columns(pl.col("len").fill_null(0))
    assert (joined["comments"] == joined["len"]).all()
    assert first["orientation"].null_count() == first.height
    assert messages.filter(pl.col("parent_id").is_not_null())["orientation"].null_count() == 0


def test_members_counts_are_those_of_the_messages(run):
    posts = run.messages.filter(pl.col("parent_id").is_null()).group_by("author").len()
    members = run.members.with_row_index("author").with_columns(pl.col("author").cast(pl.Int32))
    joined = members.join(posts, on="author", how="left").with_columns(pl.col("len").fill_null(0))
    assert (joined["posts"] == joined["len"]).all()


def test_words_are_words_and_missing_is_null(run):
    for name in TABLES:
        frame = getattr(run, name)
        assert all(d in (pl.String, pl.Boolean) or d.is_numeric() for d in frame.dtypes), name
        for column in frame.select(pl.selectors.float()) if frame.width else []:
            assert column.is_nan().sum() == 0, column.name
    assert set(run.messages["audience"].str.split(":").list.first()) <= {"organization", "department", "team"}
    assert run.messages.filter(pl.col("leader_response").is_null())["response_tick"].is_null().all()
    assert "with_" not in set(run.messages["orientation"])


def test_columns_are_those_of_the_contract(run):
    for name, columns in COLUMNS.items():
        assert getattr(run, name).columns == columns.split(), name
    first, last = MEMBER_COLUMNS.split("...")
    columns = run.members.columns
    assert columns[: len(first.split())] == first.split()
    assert columns[-len(last.split()) :] == last.split()
    beliefs = [name.removeprefix("start_") for name in columns if name.startswith("start_")]
    assert len(beliefs) == 16 and set(beliefs) <= set(columns)


def test_values_are_unchanged_by_mistake(golden_run):
    kept, found = json.loads(GOLDEN.read_text()), content(golden_run)
    assert found["measures"].keys() == kept["measures"].keys(), RENEW
    for name, value in kept["measures"].items():
        assert found["measures"][name] == (value if value is None else pytest.approx(value, rel=1e-9)), (name, RENEW)
    if found["where"] == kept["where"]:  # elsewhere the last bits of exp and log may differ
        assert found["values"] == kept["values"], RENEW


# ---- The folder ------------------------------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_was(run, folder):
    back = Run.load(folder)
    same_frames(run, back)
    assert back.measures == run.measures
    assert (back.seed, back.days, back.tick, back.complete) == (run.seed, run.days, run.tick, True)
    assert back.scenario.digest == run.scenario.digest
    assert back.scenario.name == "eventful"
    for name in ("ids", "names", "titles", "departments", "locations"):
        assert tuple(getattr(back.organization, name)) == tuple(getattr(run.organization, name))
    for name in ("key", "role", "manager", "department", "team", "tie_start", "tie_member", "tie_weight", "children"):
        np.testing.assert_array_equal(getattr(back.organization, name), getattr(run.organization, name), name)


def test_the_folder_has_exactly_the_files_of_the_contract(folder):
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == sorted(
        [
            *("manifest.json", "organization.csv", *(f"{name}.parquet" for name in TABLES)),
            *(f"checkpoints/tick-{tick:08}.npz" for tick in (16, 32, 48)),
        ]
    )
    assert not list(folder.parent.glob(".*"))


def test_the_manifest_says_what_made_the_run(run, folder):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["seed"] == 5 and manifest["rules"] == rules_digest()
    assert manifest["days"] == manifest["days_planned"] == 6 and manifest["complete"]
    assert manifest["scenario"]["visibility"]["scope"] == "organization"
    assert manifest["counts"]["occasions"] == run.occasions.height
    assert manifest["values"] == {name: values_digest(getattr(run, name)) for name in TABLES}
    assert from_toml(manifest["scenario_toml"]).digest == run.scenario.digest
    assert manifest["platform"]["machine"] == platform.machine()


def test_other_programs_find_ordinary_columns(folder):
    with (folder / "organization.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][0] == "id" and len(rows) == 61
    for name in TABLES:
        schema = pl.read_parquet_schema(folder / f"{name}.parquet")
        assert not any(isinstance(kind, pl.Enum | pl.Categorical) for kind in schema.values())


def test_the_same_run_gives_the_same_bytes(run, folder, tmp_path):
    again = sim.simulate(from_toml(EVENTFUL, "eventful"), seed=5, checkpoint_days=2, progress=lambda *_: None)
    again.series  # noqa: B018  (tables made before saving, or while saving)
    other = again.save(tmp_path / "again")
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            assert path.read_bytes() == (other / path.relative_to(folder)).read_bytes(), path.name
    ours, theirs = (json.loads((where / "manifest.json").read_text()) for where in (folder, other))
    hashed = {"written": 0, "seconds": 0, "digest": 0}
    assert {**ours, **hashed} == {**theirs, **hashed}


def test_another_process_gives_the_same_bytes(folder, tmp_path):
    scenario = tmp_path / "eventful.toml"
    scenario.write_text(EVENTFUL)
    code = f"import sim; sim.simulate({str(scenario)!r}, seed=5).save({str(tmp_path / 'other')!r})"
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300, env=environment)
    for path in (*folder.glob("*.parquet"), *folder.glob("*.csv")):
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes(), path.name


def test_digests_of_values_do_not_depend_on_storage(run, tmp_path):
    for name in TABLES:
        frame = getattr(run, name)
        frame.write_parquet(tmp_path / "x.parquet", compression="snappy", row_group_size=17)
        assert values_digest(pl.read_parquet(tmp_path / "x.parquet")) == values_digest(frame)
        digest = Digest()
        for start in range(0, frame.height, 13):
            digest.update(frame[start : start + 13])
        assert digest.hexdigest() == values_digest(frame)
    ledger = run.occasions
    changed = ledger.with_columns(
        pl.col("urge") + pl.when(pl.col("member") == ledger["member"][3]).then(1e-12).otherwise(0)
    )
    assert values_digest(changed) != values_digest(ledger)
    assert values_digest(pl.DataFrame({"a": ["ab", "c"]})) != values_digest(pl.DataFrame({"a": ["a", "bc"]}))
    assert values_digest(pl.DataFrame({"a": ["", "c"]})) != values_digest(pl.DataFrame({"a": [None, "c"]}))


def test_a_ledger_that_is_kept_on_disk_in_parts_gives_the_same_files_and_states(tmp_path, monkeypatch):
    scenario = from_toml(EVENTFUL, "eventful").with_({"organization.members": 500})
    whole = sim.simulate(scenario, checkpoint_days=4)
    monkeypatch.setattr(room, "LEDGER_ROWS", 10)
    parts = sim.simulate(scenario, checkpoint_days=4, progress=lambda *_: None)
    assert len(list(parts._source.engine.ledger())) > 2
    folder, other = whole.save(tmp_path / "whole"), parts.save(tmp_path / "parts")
    for path in folder.glob("*.parquet"):
        assert path.read_bytes() == (other / path.name).read_bytes(), path.name
    same_frames(parts, whole)
    resumed = Run.load(other).engine_at(48)
    assert Run(resumed).occasions.equals(whole.occasions)
    on_disk = parts._source.engine._parts
    assert on_disk.is_dir()
    del parts
    gc.collect()
    assert not on_disk.exists()  # what is in parts goes with the run


def test_an_older_run_is_replaced_and_a_stored_one_can_be_saved_elsewhere(run, folder, tmp_path):
    newer = sim.simulate(small(), seed=9)
    newer.save(folder, replace=True)
    assert Run.load(folder).seed == 9
    copy = Run.load(folder).save(tmp_path / "copy")
    same_frames(Run.load(copy), newer)
    assert not list(tmp_path.glob(".*"))


def test_a_folder_with_glob_signs_in_its_name_is_no_trouble(run, tmp_path):
    place = run.save(tmp_path / "a [b]* ?{c}" / "Ünïcode %20~")
    same_frames(Run.load(place), run)


@pytest.mark.parametrize("text", ['{"name": "My web app"}', "{", "[]", ""])
def test_what_is_no_run_is_never_replaced(run, tmp_path, text):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="no run, so it is not replaced"):
        run.save(tmp_path / "app")
    (tmp_path / "file").write_text("precious")
    with pytest.raises(InputError, match="this is a file"):
        run.save(tmp_path / "file")
    with pytest.raises(InputError, match="cannot be written"):
        run.save(tmp_path / "file" / "below")
    assert (tmp_path / "app" / "manifest.json").read_text() == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app", "file"]


def test_a_save_that_fails_leaves_the_older_run_and_nothing_else(run, folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    monkeypatch.setattr(memory, "write_state", full)
    with pytest.raises(InputError, match="the disk is full"):
        run.save(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert not list(folder.parent.glob(".*"))


def test_a_run_that_is_interrupted_while_it_is_saved_leaves_nothing(run, tmp_path, monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(memory, "write_state", pressed)
    with pytest.raises(KeyboardInterrupt):
        run.save(tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_only_the_same_run_takes_the_place_of_a_run(run, folder):
    sim.simulate(from_toml(EVENTFUL, "eventful"), seed=5).save(folder)
    assert Run.load(folder).states == (48,)
    Run.load(folder).save(folder)
    shorter = sim.simulate(from_toml(EVENTFUL, "eventful"), seed=5, until=3)
    reseeded = sim.simulate(from_toml(EVENTFUL, "eventful"), seed=6)
    changed = sim.simulate(from_toml(EVENTFUL, "eventful").with_({"organization.members": 61}), seed=5)
    people = made_of(changed.organization, run.scenario)
    for other, apart in (
        (shorter, "it has 6 days already"),
        (reseeded, "its seed is 5, not 6"),
        (changed, "organization.members is 60, not 61"),
        (people, "its organisation is another one"),
    ):
        with pytest.raises(TakenError, match=f"this holds another run .*, so it is not replaced: {apart}\\.$"):
            other.save(folder)
    same_frames(Run.load(folder), run)


def made_of(organization, scenario):
    return sim.simulate(scenario, seed=5, organization=organization)


def test_a_run_of_other_rules_stays_for_it_cannot_be_made_again(run, folder):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "rules": "0" * 32}))
    with pytest.raises(TakenError, match="not replaced"):
        run.save(folder)


@pytest.mark.parametrize(
    "strange", [{"tick": "x"}, {"files": [3]}, {"files": {"a": 3}}, {"scenario": 3}, {"values": 1}]
)
def test_a_strange_manifest_is_that_of_no_run_that_could_go(run, folder, strange):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **strange}))
    with pytest.raises(TakenError, match="not replaced"):
        run.save(folder)


def test_where_code_decided_for_members_a_run_is_like_no_other(tmp_path):
    place = sim.simulate(small(), behaviours={4: lambda *_: Strategy.withhold}).save(tmp_path / "run")
    for other in (sim.simulate(small()), sim.simulate(small(), behaviours={4: lambda *_: Strategy.plain})):
        with pytest.raises(TakenError, match="another run"):
            other.save(place)


@pytest.mark.parametrize(
    "name", ["notes.txt", "paper/", "checkpoints/mine.npz", "messages.parquet", "organization.csv"]
)
def test_what_the_manifest_does_not_list_is_never_replaced(run, folder, name):
    if name.endswith("/"):
        (folder / name).mkdir()
    else:
        (folder / name).write_bytes(b"mine")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for replace in (False, True):
        with pytest.raises(TakenError, match=name):
            run.save(folder, replace=replace)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert (folder / name).exists()


def test_the_report_of_a_run_goes_with_it_unless_somebody_changed_it(run, folder):
    write_report(run, folder / "report.html")
    run.save(folder)
    assert not (folder / "report.html").exists()
    write_report(run, folder / "report.html")
    with (folder / "report.html").open("a") as page:
        page.write("<p>my remarks</p>")
    with pytest.raises(TakenError, match=r"report\.html"):
        run.save(folder)
    with pytest.raises(TakenError, match="this file is yours"):
        write_report(run, folder / "report.html")


def test_a_state_replaces_states_and_nothing_else(run, tmp_path):
    path = tmp_path / "state.npz"
    save_state(finished(3), path)
    save_state(finished(4), path)
    assert load_state(path).tick == 4
    np.savez(path, mine=np.zeros(3))
    with pytest.raises(TakenError, match="something else than a saved state"):
        save_state(finished(3), path)


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="limits the size of files as POSIX does")
def test_a_disk_that_is_full_is_reported_by_polars_as_by_python(tmp_path):
    code = f"""
        import resource, signal, sim
        from sim.errors import InputError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        run = sim.simulate(sim.load("baseline").with_({{"organization.members": 60, "days": 3}}))
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        try:
            run.save({str(tmp_path / "run")!r})
        except InputError as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    assert answer == f"{tmp_path / 'run'}: this cannot be written: the disk is full.\n"
    assert not list(tmp_path.iterdir())


# ---- Damaged and foreign folders -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*(f"{name}.parquet" for name in TABLES), "organization.csv"])
def test_a_damaged_table_is_told_by_name(folder, name):
    path = folder / name
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    assert name in refusal(folder) and "damaged" in refusal(folder)
    path.write_bytes(damaged[:-7])
    assert name in refusal(folder)
    path.unlink()
    assert "missing" in refusal(folder)


def test_a_damaged_manifest_is_told(folder):
    path = folder / "manifest.json"
    sound = json.loads(path.read_text())
    for text in ("", "{", "null", "[]", "[" * 100_000, '{"format": 3}', '{"format": "internal-social-media run"}'):
        path.write_text(text)
        assert "manifest" in refusal(folder) or "another format" in refusal(folder)
    path.write_bytes(b"\xff\xfe\x00")
    assert "damaged" in refusal(folder)
    for name in ("seed", "rules", "files", "measures", "scenario_toml", "tick"):
        path.write_text(json.dumps({key: value for key, value in sound.items() if key != name}))
        assert "something is missing" in refusal(folder)
    path.write_text(json.dumps({**sound, "format_version": 99, "version": "9.9\x1b[2J"}))
    assert "another format" in refusal(folder) and "\x1b" not in refusal(folder)
    path.write_text(json.dumps(with_digest({**sound, "scenario_toml": "days = -4"})))
    assert "scenario is not understood" in refusal(folder)


@pytest.mark.parametrize(
    "said",
    [
        {"seed": 2}, {"days": 1}, {"tick": 8}, {"measures": {}}, {"written": "never"}, {"platform": {}}, {"values": {}},
        {"scenario_toml": ""}, {"counts": {}}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_manifest_that_was_changed_is_noticed(folder, said):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    assert "the manifest was changed after the run was saved" in refusal(folder)


@pytest.mark.parametrize(
    "said",
    [
        {"seed": -1}, {"days": 1}, {"tick": 10**9}, {"tick": -8}, {"measures": {"posts": []}}, {"counts": {}},
        {"scenario_toml": "days = 3"}, {"scripted": [10**6]}, {"scripted": ["x"]}, {"seconds": {"simulation": "x"}},
    ],
    ids=str,
)  # fmt: skip
def test_a_manifest_that_contradicts_itself_is_refused_though_its_hash_fits(folder, said):
    path = folder / "manifest.json"
    path.write_text(json.dumps(with_digest(json.loads(path.read_text()) | said)))
    assert "the manifest contradicts itself" in refusal(folder)


def with_fitting_hashes(folder, name):
    """Make the manifest agree with a file that was changed."""
    path, changed = folder / "manifest.json", folder / name
    manifest = json.loads(path.read_text())
    manifest["files"][name] = {"bytes": changed.stat().st_size, "blake2b": file_hash(changed)}
    path.write_text(json.dumps(with_digest(manifest)))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_another_form_is_refused_though_all_hashes_fit(folder, name):
    path, attribute = folder / f"{name}.parquet", name
    frame = pl.read_parquet(path)
    first = frame.columns[0]
    others = [frame.drop(first), frame.head(frame.height - 1), frame.with_columns(pl.col(first).cast(pl.String) + "x")]
    others += [frame.rename({first: "renamed"}), frame.head(0)]
    for other in others:
        other.with_columns(more=1).drop("more").write_parquet(path)
        if other.schema == frame.schema and other.height == frame.height:
            continue
        with_fitting_hashes(folder, path.name)
        with pytest.raises(InputError, match=f"{name}.parquet: this is not the table"):
            getattr(Run.load(folder), attribute)


def test_tables_have_the_form_that_is_declared(run):
    for name in TABLES:
        assert {column: str(kind) for column, kind in getattr(run, name).schema.items()} == FORMS[name]


def test_bytes_in_a_table_that_make_polars_panic_are_one_sentence(folder):
    path = folder / "series.parquet"
    sound = path.read_bytes()
    generator = np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(sound)
        for place in generator.integers(0, len(sound), 12):
            damaged[place] = generator.integers(256)
        path.write_bytes(bytes(damaged))
        with_fitting_hashes(folder, path.name)
        try:
            assert Run.load(folder).series.width == 4
        except InputError as error:
            assert "series.parquet" in str(error)


def test_a_manifest_cannot_name_files_outside_its_folder(folder, tmp_path):
    (tmp_path / "secret").write_text("secret")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["../secret"] = {"bytes": 6, "blake2b": file_hash(tmp_path / "secret")}
    path.write_text(json.dumps(with_digest(manifest)))
    assert "damaged" in refusal(folder)


def test_what_is_no_run_folder_is_told(tmp_path):
    assert "no such run folder" in refusal(tmp_path / "nowhere")
    assert "no run folder" in refusal(tmp_path)
    (tmp_path / "file").write_text("")
    assert "not a run folder" in refusal(tmp_path / "file")


def test_a_table_that_changes_after_the_run_was_opened_is_told(run, folder):
    loaded = Run.load(folder)
    sim.simulate(small(), seed=9).save(folder, replace=True)
    with pytest.raises(InputError, match="changed since"):
        loaded.messages  # noqa: B018


def test_names_as_hostile_as_can_be_survive(tmp_path):
    hostile = ['="cmd|/c calc"!A1', "a,b;c\td", 'quote"quote', "line\nbreak", "\u202eright to left", "🦊", "007", "1e5"]
    hostile += ["null", "NaN", "../../etc", "<script>", "role:executive", "all", "é", "e\u0301", "'; --", "%s{0}"]
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "manager_id", "name", "title", "department", "location"])
        rows.writerow(["top", "", *["Boss"] * 4])
        rows.writerows([text, "top", text, text, text, text] for text in hostile)
    organization, _ = read(path, seed=1)
    run = sim.simulate(small(days=2, **{"population.non_users": 0.0}), organization=organization)
    back = Run.load(run.save(tmp_path / "run"))
    same_frames(back, run)
    assert back.members["id"].to_list() == ["top", *hostile]
    assert tuple(back.organization.departments) == organization.departments
    assert set(back.series["group"]) >= {f"department:{text}" for text in hostile}
    np.testing.assert_array_equal(back.organization.key, organization.key)
    same_world(back.engine_at(16), run._source.engine)


# ---- States ----------------------------------------------------------------------------------------------------------


def finished(until, scenario=None, **options):
    engine = Engine(scenario or from_toml(EVENTFUL, "eventful"), seed=5, **options)
    engine.advance(until)
    return engine


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 48), min_size=1, max_size=3).map(sorted))
def test_paused_saved_loaded_and_resumed_is_as_if_it_never_stopped(run, tmp_path, pauses):
    engine = finished(0)
    for tick in pauses:
        engine.advance(tick)
        save_state(engine, tmp_path / "state.npz")
        loaded = load_state(tmp_path / "state.npz")
        same_world(loaded, engine)
        engine = loaded
    engine.advance(48)
    same_world(engine, run._source.engine)
    assert Run(engine).measures == run.measures


def test_levers_moved_by_hand_are_part_of_a_state(tmp_path):
    from sim.scenario import changed

    def moved(engine):
        engine.set_levers(changed(engine.parameters, {"visibility.identity": "pseudonym"}))
        return engine

    save_state(moved(finished(20)), tmp_path / "state")
    back = load_state(tmp_path / "state")
    assert back.parameters.visibility.identity == "pseudonym"
    back.advance(48)
    whole = moved(finished(20))
    whole.advance(48)
    same_world(back, whole)


def test_a_state_is_a_copy(run):
    engine = finished(20)
    state = engine.snapshot()
    before = {name: array.tobytes() for name, array in state.arrays.items()}
    engine.advance(48)
    assert {name: array.tobytes() for name, array in state.arrays.items()} == before
    same_world(Engine.from_snapshot(state), finished(20))


def test_python_code_that_decides_has_to_be_given_again(tmp_path):
    def silent(moment, coefficients, luck):
        return Strategy.withhold

    engine = finished(10, behaviours={4: silent})
    save_state(engine, tmp_path / "state")
    with pytest.raises(InputError, match="rows 4"):
        load_state(tmp_path / "state")
    back = load_state(tmp_path / "state", {4: silent})
    back.advance(30)
    engine.advance(30)
    same_world(back, engine)


def test_a_run_can_be_gone_back_to(run, folder):
    stored = Run.load(folder)
    assert stored.states == (16, 32, 48)
    for tick in (5, 16, 29, 48):
        same_world(stored.engine_at(tick), finished(tick))
        same_world(run.engine_at(tick), finished(tick))
    shutil.rmtree(folder / "checkpoints")
    assert Run.load(folder).messages.equals(run.messages)


def retold(path, **about):
    """Write a state again with another story about it."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    old = json.loads(np.load(path)["about"].tobytes())
    np.save(path.with_suffix(".npy"), np.frombuffer(json.dumps({**old, **about}).encode(), np.uint8))
    entries["about.npy"] = path.with_suffix(".npy").read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, entry in entries.items():
            archive.writestr(name, entry)


def test_a_state_of_other_rules_is_refused_saying_which_version_wrote_it(tmp_path):
    path = tmp_path / "state.npz"
    save_state(finished(3), path)
    retold(path, rules="0" * 32, version="0.0.7")
    with pytest.raises(InputError, match=r"version 0\.0\.7 under other rules"):
        load_state(path)


def test_a_run_of_other_rules_can_be_read_but_not_replayed(run, folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["rules"] = "0" * 32
    manifest["files"] = {name: what for name, what in manifest["files"].items() if not name.startswith("checkpoints")}
    path.write_text(json.dumps(with_digest(manifest)))
    other = Run.load(folder)
    assert other.messages.equals(run.messages)
    with pytest.raises(InputError, match="under other rules"):
        other.engine_at(10)


def test_what_is_no_state_is_told(tmp_path):
    path = tmp_path / "x.npz"
    for junk in (b"", b"PK\x03\x04", b"not a zip at all" * 100):
        path.write_bytes(junk)
        with pytest.raises(InputError, match=r"no saved state|cannot be read"):
            load_state(path)
    np.savez(path, about=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="no saved state"):
        load_state(path)
    np.savez(path, members=np.zeros(3))
    with pytest.raises(InputError, match="no saved state"):
        load_state(path)
    with pytest.raises(InputError, match="no such file"):
        load_state(tmp_path / "nowhere.npz")


def test_a_damaged_state_is_told(tmp_path):
    path = tmp_path / "state.npz"
    save_state(finished(3), path)
    sound = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        entries, end = archive.infolist(), archive.start_dir
    for entry in reversed(entries):
        damaged = bytearray(sound)
        damaged[end - 1 - entry.compress_size // 2] ^= 0xFF  # what headers say twice is not all looked at
        path.write_bytes(damaged)
        with pytest.raises(InputError):
            load_state(path)
        end = entry.header_offset
    path.write_bytes(sound)
    retold(path, parameters="{}x")
    with pytest.raises(InputError, match="damaged"):
        load_state(path)


def test_states_hold_no_pickles_and_all_of_the_world(folder):
    path = folder / "checkpoints" / "tick-00000048.npz"
    with np.load(path, allow_pickle=False) as file:
        names = set(file.files)
        assert all(not file[name].dtype.hasobject for name in names)
    assert names == ({*World._fields} - {*SCRATCH}) | {"about", "tie_weight"}


# ---- Simulate --------------------------------------------------------------------------------------------------------


def test_simulate_takes_a_name_a_path_a_scenario_or_nothing(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('extends = "baseline"\n[organization]\nmembers = 20\n')
    runs = [sim.simulate(given, until=1) for given in (None, "baseline", path, str(path), sim.load(path))]
    assert [len(run.members) for run in runs] == [1000, 1000, 20, 20, 20]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, "seed = -1"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"seed": True}, "seed = true"),
        ({"seed": 2**63}, "seed = "),
        ({"seed": "1"}, "seed = '1'"),
        ({"until": 0}, "until = 0"),
        ({"until": float("nan")}, "until = nan"),
        ({"checkpoint_days": 0.5}, "checkpoint_days = 0.5"),
        ({"scenario": 3}, "scenario = 3"),
        ({"scenario": "baselin"}, "baseline"),
        ({"behaviours": {5000: print}}, "behaviour"),
        ({"behaviours": {"nobody": print}}, "nobody"),
    ],
)
def test_simulate_refuses_what_it_cannot_do(arguments, message):
    with pytest.raises(InputError, match=message):
        sim.simulate(**arguments)


def test_numbers_of_numpy_are_numbers():
    assert sim.simulate(small(), seed=np.int64(4), until=np.int32(1)).seed == 4


def test_progress_is_told_of_each_day_and_changes_nothing(run):
    answer = []
    scenario = from_toml(EVENTFUL, "eventful")
    again = sim.simulate(scenario, seed=5, progress=lambda done, days: answer.append((done, days)))
    assert answer == [(day, 6) for day in range(1, 7)]
    same_world(again._source.engine, run._source.engine)


def press_at(day, how):
    def progress(done, days):
        if done == day:
            how()

    return progress


def raise_interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize("how", [raise_interrupt, lambda: os.kill(os.getpid(), signal.SIGINT)])
def test_ctrl_c_keeps_the_days_that_are_finished(tmp_path, how):
    stopped = sim.simulate(from_toml(EVENTFUL, "eventful"), seed=5, progress=press_at(2, how))
    assert (stopped.days, stopped.complete) == (2, False)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    same_world(stopped._source.engine, finished(16))
    folder = stopped.save(tmp_path / "run")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["days"], manifest["days_planned"], manifest["complete"]) == (2, 6, False)
    back = Run.load(folder)
    assert (back.days, back.complete, back.series["day"].max()) == (2, False, 1)
    same_world(back.engine_at(48), finished(48))


def test_ctrl_c_pressed_twice_ends_everything():
    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("still here")

    with pytest.raises(KeyboardInterrupt):
        sim.simulate(small(), progress=press_at(1, twice))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_until_ends_a_run_early(run):
    part = sim.simulate(from_toml(EVENTFUL, "eventful"), seed=5, until=3)
    assert (part.days, part.complete, part.scenario.parameters.days) == (3, False, 6)
    assert part.occasions.equals(run.occasions.head(part.occasions.height))
    assert sim.simulate(small(), until=99).days == 3


def test_a_run_with_behaviours_can_name_members():
    def silent(moment, coefficients, luck):
        return Strategy.withhold

    scenario = small(days=5, **{"population.non_users": 0.0})
    run = sim.simulate(scenario, behaviours={f"m{row}": silent for row in range(60)})
    assert set(run.occasions["strategy"]) <= {"withhold"}
    with pytest.raises(InputError, match="behaviours"):
        run.engine_at(40)


def test_reading_a_run_needs_no_compiler(folder):
    code = f"import sys, sim; run = sim.Run.load({str(folder)!r}); run.organization; run.messages; run.measures\n"
    code += "assert not {'numba', 'mesa'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
