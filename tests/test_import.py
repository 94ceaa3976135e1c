"""Claims about reading exports: every dialect gives the same arena, every fault a sentence, and no text is kept."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import zipfile
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from experiments.cli import main
from experiments.portrait import limits, measure
from experiments.portrait.pseudonyms import Key
from experiments.portrait.reading import read, rows
from experiments.portrait.reading.found import Found
from experiments.portrait.sketching import Asked, sketch
from sim.errors import InputError
from sim.organization import read as read_people

SLACK = Path(__file__).resolve().parents[2] / "shared" / "data" / "slack-export"
real_slack = pytest.mark.skipif(not SLACK.is_dir(), reason="the real export of Slack is not in ../shared/data")
NAMES = Key(None)

MESSAGES = [
    {"id": "11", "thread_id": "11", "sender_id": "1", "created_at": "2024-01-02T09:00:00Z", "replied_to_id": ""},
    {"id": "12", "thread_id": "11", "sender_id": "2", "created_at": "2024-01-02T10:30:00Z", "replied_to_id": "11"},
    {"id": "13", "thread_id": "11", "sender_id": "1", "created_at": "2024-01-03T09:00:00Z", "replied_to_id": "12"},
    {"id": "14", "thread_id": "14", "sender_id": "3", "created_at": "2024-01-04T12:00:00Z", "replied_to_id": ""},
]
USERS = [{"id": str(n), "email": f"u{n}@example.com", "name": f"Person {n}", "state": "active"} for n in range(1, 5)]


def as_csv(table: list[dict[str, str]], delimiter: str = ",") -> str:
    columns = list(dict.fromkeys(name for row in table for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def viva(folder: Path, messages: list[dict[str, str]] = MESSAGES, users: list[dict[str, str]] | None = USERS) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "Messages.csv").write_text(as_csv(messages), "utf-8")
    if users is not None:
        (folder / "Users.csv").write_text(as_csv(users), "utf-8")
    return folder


def changed(*changes: dict[str, str], row: int = 1) -> list[dict[str, str]]:
    return [message | (changes[0] if number == row else {}) for number, message in enumerate(MESSAGES)]


def plain(found: Found) -> list[tuple[object, ...]]:
    return found.messages.select("id", "account", "moment", "thread", "parent").rows()


# ---------------------------------------------------------------- dialects


def test_a_folder_a_zip_and_a_single_file_are_read_alike(tmp_path):
    folder = viva(tmp_path / "export")
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("Messages.csv", "Users.csv"):
            archive.write(folder / name, f"12345/{name}")
    whole, zipped, single = (plain(read(path)) for path in (folder, packed, folder / "Messages.csv"))
    assert whole == zipped == single
    assert len(whole) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_separator_gives_the_same_messages(tmp_path, encoding, delimiter):
    table = [
        {"message": "1", "author": "Søren Ångström", "time": "2024-01-02 09:00", "text": 'a "quoted"\nword; or, two'},
        {"message": "2", "author": "Bo", "time": "2024-01-02 10:00:30", "text": ""},
    ]
    file = tmp_path / "talk.csv"
    file.write_bytes(as_csv(table, delimiter).encode(encoding))
    found = read(file)
    assert found.messages["account"].to_list() == ["Søren Ångström", "Bo"]
    assert found.messages["moment"].dt.second().to_list() == [0, 30]


@pytest.mark.parametrize(
    "texts",
    [
        ["2024-01-02 09:00", "2024-01-03 21:15"],
        ["2024-01-02T09:00:00.000Z", "2024-01-03T21:15:00.000Z"],
        ["2024-01-02T11:00:00+02:00", "2024-01-03T14:45:00-0630"],
        ["2024/01/02 09:00:00 +0000", "2024/01/03 21:15:00 +0000"],
        ["2024-01-02 09:00:00 UTC", "2024-01-03 21:15:00 UTC"],
        ["02.01.2024 09:00", "03.01.2024 21:15"],
        ["1704186000", "1704316500"],
        ["1704186000000", "1704316500000"],
        ["1704186000.123456", "1704316500.000001"],
        ["01/02/2024 09:00 AM", "01/03/2024 09:15 PM", "01/31/2024 09:15 PM"],
        ["31/01/2024 09:00", "02/01/2024 09:00", "03/01/2024 21:15"],
    ],
)
def test_times_are_understood_however_they_are_written(tmp_path, texts):
    table = [{"message": str(n), "author": "a", "time": text} for n, text in enumerate(texts)]
    (tmp_path / "talk.csv").write_text(as_csv(table))
    moments = [f"{moment:%Y-%m-%d %H:%M}" for moment in read(tmp_path / "talk.csv").messages["moment"]]
    assert {"2024-01-02 09:00", "2024-01-03 21:15"} <= set(moments)


def test_days_that_could_be_months_are_asked_about(tmp_path):
    table = [{"message": "1", "author": "a", "time": "02/01/2024 09:00"}]
    (tmp_path / "talk.csv").write_text(as_csv(table))
    with pytest.raises(InputError, match="may have the day or the month first"):
        read(tmp_path / "talk.csv")


def test_platforms_write_utc_and_people_what_the_clock_said(tmp_path):
    platform = read(viva(tmp_path / "export"), zone="Europe/Copenhagen")
    assert platform.messages["moment"].dt.hour().to_list() == [10, 11, 10, 13]
    (tmp_path / "talk.csv").write_text("message,author,time\n1,a,2024-07-01 09:00\n2,a,2024-07-01 09:00Z\n")
    own = read(tmp_path / "talk.csv", zone="Europe/Copenhagen")
    assert own.messages["moment"].dt.hour().to_list() == [9, 11]


def test_a_thread_numbered_by_the_file_itself_begins_with_its_first_message(tmp_path):
    head = "message,author,time,thread\n"
    text = "7,a,2024-01-02 09:00,t1\n8,b,2024-01-02 10:00,t1\n9,b,2024-01-02 11:00,t2\n"
    (tmp_path / "talk.csv").write_text(head + text)
    assert read(tmp_path / "talk.csv").messages["thread"].to_list() == ["7", "7", "9"]
    (tmp_path / "talk.csv").write_text(f"{head}7,a,2024-01-02 09:00,\n8,b,2024-01-02 10:00,7\n9,b,2024-01-02 11:00,0\n")
    assert read(tmp_path / "talk.csv").messages["thread"].to_list() == [None, "7", None]


def test_empty_lines_are_no_rows(tmp_path):
    text = "message,author,time\n\n1,a,2024-01-02 09:00\n  \n,,\n2,b,2024-01-02 10:00\n\n"
    (tmp_path / "talk.csv").write_text(text)
    found = read(tmp_path / "talk.csv")
    assert (found.messages["id"].to_list(), found.left_out.total()) == (["1", "2"], 0)
    (tmp_path / "talk.csv").write_text(f"{text}3,c,soon\n")
    with pytest.raises(InputError, match="'soon' is no time") as caught:
        read(tmp_path / "talk.csv")
    assert caught.value.line == 8


def test_rows_may_be_shorter_or_longer_than_the_header(tmp_path):
    rows = "1,a,2024-01-02 09:00\n2,b,2024-01-02 10:00,1,x,y,z\n3,c,2024-01-02 11:00,1\n"
    (tmp_path / "talk.csv").write_text(f"message,author,time,parent,text\n{rows}")
    assert read(tmp_path / "talk.csv").messages["parent"].to_list() == [None, "1", "1"]


def test_one_column_may_be_two_things(tmp_path):
    (tmp_path / "talk.csv").write_text("ts,user\n1704186000.1,a\n1704186060.2,b\n")
    messages = read(tmp_path / "talk.csv").messages
    assert messages["id"].to_list() == ["1704186000.1", "1704186060.2"]
    assert messages["moment"].dt.minute().to_list() == [0, 1]


def test_formulas_that_a_table_defused_are_what_they_were(tmp_path):
    (tmp_path / "talk.csv").write_text("message,author,time\n1,'=Ann,2024-01-02 09:00\n2,'Ann,2024-01-02 09:30\n")
    assert read(tmp_path / "talk.csv").messages["account"].to_list() == ["=Ann", "'Ann"]


@given(
    st.lists(st.text(st.sampled_from('ab,;"\n\r \té'), max_size=12), min_size=1, max_size=30),
    st.integers(40, 300),
)
def test_rows_are_whole_wherever_a_block_ends(tmp_path_factory, texts, size):
    at = "2024-01-02 09:00"
    table = [{"message": str(n), "author": f"a{n % 3}", "text": t, "time": at} for n, t in enumerate(texts)]
    file = tmp_path_factory.mktemp("blocks") / "talk.csv"
    file.write_bytes(as_csv(table).encode())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rows.limits, "BLOCK_BYTES", size)
        found = read(file, kind="csv")
    assert found.messages["id"].to_list() == [row["message"] for row in table]
    assert found.messages["account"].to_list() == [row["author"] for row in table]


# ---------------------------------------------------------------- what is left out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"deleted_at": "2024-01-05T09:00:00Z"}, "deleted messages"),
        ({"in_private_conversation": "true"}, "private conversations"),
        ({"message_type": "system"}, "notices of the platform"),
        ({"sender_type": "Bot"}, "bots"),
        ({"is_draft": "true"}, "drafts"),
        ({"id": "11"}, "there twice"),
    ],
)
def test_what_is_no_talk_of_people_is_left_out_and_counted(tmp_path, change, reason):
    found = read(viva(tmp_path, changed(change)))
    assert found.left_out == {reason: 1}
    assert found.messages.height == 3


def test_deleted_accounts_are_left_out_with_what_they_wrote(tmp_path):
    users = [user | ({"deleted_at": "2023-12-01"} if user["id"] == "2" else {}) for user in USERS]
    found = read(viva(tmp_path, users=users))
    assert found.left_out == {"deleted accounts": 1}
    assert found.people["account"].to_list() == ["1", "3", "4"]
    assert sketch(found, Asked(NAMES)).arena.parent.tolist() == [-1, 0, -1]  # what answered it answers the thread


def test_a_few_rows_that_cannot_be_read_are_counted_and_many_are_refused(tmp_path):
    many = [MESSAGES[0] | {"id": str(n), "thread_id": str(n)} for n in range(200)]
    found = read(viva(tmp_path, [*many, MESSAGES[1] | {"created_at": "soon"}]))
    assert found.left_out == {"no id, author or time that can be read": 1}
    with pytest.raises(InputError, match="'soon' is no time") as caught:
        read(viva(tmp_path, changed({"created_at": "soon"})))
    assert caught.value.line == 3


def test_slack_knows_bots_notices_deleted_accounts_and_private_talk(tmp_path):
    users = [
        {"id": "U1", "profile": {"email": "u1@example.com"}},
        {"id": "U2", "is_bot": True},
        {"id": "U3", "deleted": True},
    ]
    stamp = "1704186000.{:06}"
    general = [
        {"user": "U1", "ts": stamp.format(1), "thread_ts": stamp.format(1), "text": "SECRET"},
        {"user": "U9", "ts": stamp.format(2), "thread_ts": stamp.format(1), "reactions": [{"count": 2}, {"count": 1}]},
        {"user": "U2", "ts": stamp.format(3)},
        {"user": "U3", "ts": stamp.format(4)},
        {"user": "U1", "ts": stamp.format(5), "subtype": "channel_join"},
        {"ts": stamp.format(6), "subtype": "bot_message", "bot_id": "B1"},
        {"user": "U1", "ts": "soon"},
        "no message",
    ]
    for name, content in (
        ("users.json", users),
        ("dms.json", [{"id": "D1", "members": ["U1", "U9"]}]),
        ("general/2024-01-02.json", general),
        ("D1/2024-01-02.json", [{"user": "U1", "ts": stamp.format(9)}]),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    found = read(tmp_path)
    assert found.messages["account"].to_list() == ["U1", "U9"]
    assert found.messages["likes"].to_list() == [0, 3]
    assert found.messages["moment"].n_unique() == 1  # digits behind the point are no time
    assert dict(found.left_out) == {
        "bots": 2,
        "deleted accounts": 1,
        "notices of the platform": 1,
        "private conversations": 1,
        "no author or time that can be read": 1,
    }
    assert found.people["account"].to_list() == ["U1", "U9"]


@real_slack
def test_a_real_export_of_slack_is_read_whole(tmp_path):
    found = read(SLACK, zone="America/Chicago")
    assert found.messages.height + found.left_out.total() == 1382
    assert found.left_out["notices of the platform"] == 350
    arena = sketch(found, Asked(NAMES, zone="America/Chicago")).arena
    portrait = measure(arena)
    assert 0.5 < portrait["gini_writers"].value < 0.8
    assert portrait["gini_writers"].found.runs == 4
    packed = tmp_path / "slack.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(SLACK.rglob("*.json")):
            archive.write(file, f"export/{file.relative_to(SLACK)}")
    assert plain(read(packed, zone="America/Chicago")) == plain(found)


# ---------------------------------------------------------------- who is who


@pytest.mark.parametrize(
    "people",
    [
        "id,manager_id\n1,\n2,1\n3,1\n4,1\n",
        "id,manager_id,email\nE1,,U1@Example.com\nE2,E1,u2@example.com\nE3,E1,u3@example.com\nE4,E1,u4@example.com\n",
        'id,manager_id,name\nE1,,Person 1\nE2,E1,"2, Person"\nE3,E1,person  3\nE4,E1,Person 4\n',
    ],
    ids=["by id", "by e-mail address", "by name"],
)
def test_accounts_are_found_in_the_organisation(tmp_path, people):
    (tmp_path / "people.csv").write_text(people)
    organization, _ = read_people(tmp_path / "people.csv")
    drawn = sketch(read(viva(tmp_path / "export")), Asked(NAMES), organization, tmp_path / "people.csv")
    assert drawn.arena.author.tolist() == [0, 1, 0, 2]
    assert drawn.arena.members == 4


def test_authors_whom_nobody_lists_are_left_out_and_counted(tmp_path):
    (tmp_path / "people.csv").write_text("id,manager_id\n1,\n3,1\n")
    organization, _ = read_people(tmp_path / "people.csv")
    drawn = sketch(read(viva(tmp_path / "export")), Asked(NAMES), organization, tmp_path / "people.csv")
    assert drawn.left_out == {"by authors whom the organisation does not list": 1}
    assert any("does not list 2 of 4 accounts" in remark for remark in drawn.remarks)
    (tmp_path / "others.csv").write_text("id,manager_id\nx,\n")
    organization, _ = read_people(tmp_path / "others.csv")
    with pytest.raises(InputError, match="lists none of the authors"):
        sketch(read(viva(tmp_path / "export")), Asked(NAMES), organization, tmp_path / "others.csv")


def test_months_of_silence_are_told_and_counted(tmp_path):
    late = [MESSAGES[3] | {"id": "99", "thread_id": "99", "created_at": "2024-09-02T09:00:00Z"}]
    drawn = sketch(read(viva(tmp_path, [*MESSAGES, *late])), Asked(NAMES))
    assert any("Nobody wrote in 33 weeks, from 2024-01-09" in remark for remark in drawn.remarks)
    assert measure(drawn.arena)["silent_weeks_share"].value > 0.9


# ---------------------------------------------------------------- faults


def refused(*words: str) -> str:
    result = CliRunner().invoke(main, ["import", *words, "--seeds", "0"])
    assert result.exit_code == 2, result.output
    assert len(result.stderr.strip().splitlines()) == 1
    return str(result.stderr)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("message,author,time\n", "the table has no rows"),
        ("message,author\n1,2\n", "a column time is needed; the columns found are 'message' and 'author'"),
        ("message,author,time\n1,a,soon\n", "line 2: 'soon' is no time"),
        ("message,author,time\n1,,2024-01-02 09:00\n", "line 2: the row has no author"),
        ('message,author,time\n1,"a,2024-01-02 09:00\n', "line 2: the row that starts here is no CSV"),
        ("message,author,time\n1,a,2024-01-06 09:00\n", "there is no workday"),
    ],
)
def test_a_faulty_file_gets_one_sentence(tmp_path, text, said):
    (tmp_path / "talk.csv").write_text(text)
    assert said in refused(str(tmp_path / "talk.csv"), "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_what_is_no_export_is_said_so(tmp_path, small):
    from sim.simulation import simulate

    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.txt").write_text("x")
    assert "this is no export that is known" in refused(str(tmp_path), "--out", str(tmp_path / "out"))
    assert "there is no such file" in refused(str(tmp_path / "none"), "--out", str(tmp_path / "out"))
    run = simulate(small, until=1).save(tmp_path / "run")
    assert "this is a run; ism export writes it" in refused(str(run), "--out", str(tmp_path / "out"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "not an ordinary file" in refused(str(tmp_path / "pipe"), "--out", str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--zone", "Europe/Copenhaven"], "Did you mean 'Europe/Copenhagen'?"),
        (["--from", "1.1.2024"], "write it as 2024-01-31"),
        (["--from", "2025-01-01"], "the messages are of 2024-01-02 to 2024-01-04"),
    ],
)
def test_options_that_cannot_be_get_one_sentence(tmp_path, words, said):
    assert said in refused(str(viva(tmp_path / "export")), "--out", str(tmp_path / "out"), *words)


def test_the_networks_of_one_export_are_not_mixed(tmp_path):
    viva(tmp_path / "one")
    viva(tmp_path / "two")
    assert "several networks: one/Messages.csv and two/Messages.csv" in refused(
        str(tmp_path), "--out", str(tmp_path.parent / "out")
    )


def test_a_key_that_is_none_is_refused(tmp_path):
    (tmp_path / "key").write_text("my key")
    words = [str(viva(tmp_path / "export")), "--out", str(tmp_path / "out"), "--key", str(tmp_path / "key")]
    assert "this file holds no key" in refused(*words)
    assert (tmp_path / "key").read_text() == "my key"


# ---------------------------------------------------------------- zips that mean harm


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_zip_that_grows_a_thousandfold_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "LARGE", 1_000_000)
    bomb = zipped(tmp_path / "bomb.zip", {"Messages.csv": b"id,sender_id,created_at\n" + b"0" * 10_000_000})
    with pytest.raises(InputError, match="times larger than packed"):
        read(bomb)


def test_a_zip_larger_than_allowed_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FILE_BYTES", 1_000)
    lines = "".join(f"{n},a,{random.Random(n).random()}\n" for n in range(100))
    with pytest.raises(InputError, match="it holds more than 1,000 bytes"):
        read(zipped(tmp_path / "large.zip", {"Messages.csv": b"id,sender_id,created_at\n" + lines.encode()}))


def test_no_name_in_a_zip_is_used_as_a_path(tmp_path):
    entries = {name: as_csv(MESSAGES).encode() for name in ("../../Messages.csv",)}
    found = read(zipped(tmp_path / "evil.zip", {**entries, "/etc/passwd": b"x"}))
    assert found.messages.height == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.zip"]


@pytest.mark.parametrize("cut", [10, 100, 200])
def test_a_damaged_zip_is_said_so(tmp_path, cut):
    whole = zipped(tmp_path / "whole.zip", {"Messages.csv": as_csv(MESSAGES).encode()}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:cut])
    assert "cannot be opened" in refused(str(tmp_path / "cut.zip"), "--out", str(tmp_path / "out"))


def test_a_zip_whose_content_is_not_what_it_says_is_said_so(tmp_path):
    whole = bytearray(zipped(tmp_path / "whole.zip", {"Messages.csv": as_csv(MESSAGES).encode()}).read_bytes())
    whole[60] ^= 0xFF
    (tmp_path / "bad.zip").write_bytes(whole)
    assert "it is damaged" in refused(str(tmp_path / "bad.zip"), "--out", str(tmp_path / "out"))


@given(st.binary(max_size=400))
def test_no_bytes_at_all_are_a_fault_of_the_program(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("bytes") / "talk.csv"
    for head in (b"", b"message,author,time\n"):
        file.write_bytes(head + content)
        try:
            found = read(file)
        except InputError:
            continue
        assert found.messages.height >= 0


# ---------------------------------------------------------------- how much


def test_texts_are_never_kept(tmp_path):
    found = read(viva(tmp_path, [message | {"body": "SECRET WORDS", "title": "SECRET"} for message in MESSAGES]))
    assert not {"body", "title"} & set(found.messages.columns)
    assert "SECRET" not in str(found.messages.rows())


def test_many_blocks_give_the_rows_of_one(tmp_path, monkeypatch):
    table = [
        {
            "id": str(n),
            "sender_id": str(n % 7),
            "thread_id": str(n - n % 5),
            "created_at": f"2024-01-02T09:{n % 60:02}:00Z",
        }
        | {"body": 'said "so",\nand so' * (n % 3)}
        for n in range(2_000)
    ]
    one = read(viva(tmp_path, table, None))
    monkeypatch.setattr(limits, "BLOCK_BYTES", 1_000)
    many = read(tmp_path)
    assert one.messages.equals(many.messages)
    assert isinstance(one.messages, pl.DataFrame)
