"""Whatever is wrong with a user's input is said in one clear sentence, with exit code 2, and never by a traceback."""

import os
import re
import sys
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.cli import main
from experiments.patterns.claims import claims_of
from sim.errors import InputError, shown
from sim.parameters import Parameters
from sim.scenario import Scenario, from_toml, gallery, load

BASELINE = gallery()["baseline"].read_text("utf-8")
EVENT = 'extends = "baseline"\n[[events]]\nday = 3\n'

# the text of a file; the line that is blamed; what the message has to say; the nearest name, if there is one
BROKEN: dict[str, tuple[str, int | None, str, str | None]] = {
    "unknown table": ('title = "x"\n\n[visibilty]\nscope = "team"\n', 3, "unknown key 'visibilty'", "visibility"),
    "unknown key": ('[visibility]\nscop = "team"\n', 2, "unknown key 'visibility.scop'", "visibility.scope"),
    "unknown key at the top": ('scope = "team"\n', 1, "unknown key 'scope'", "visibility.scope"),
    "a dotted name in quotes": ('"visibility.scope" = "team"\n', 1, "in quotation marks", None),
    "unknown word": (
        '[visibility]\n\nscope = "teem"\n',
        3,
        "visibility.scope = 'teem' is not one of team, dep",
        "team",
    ),
    "text for a number": (
        '[learning]\nrate = "0.1"\n',
        2,
        "learning.rate = '0.1' is not a number between 0 and 1",
        None,
    ),
    "number for a word": ("[visibility]\nscope = 3\n", 2, "visibility.scope = 3 is not one of team", None),
    "bool for a number": ("[learning]\nrate = true\n", 2, "learning.rate = true is not a number", None),
    "number for a bool": (
        "[visibility]\naudience_cues = 1\n",
        2,
        "visibility.audience_cues = 1 is not true or fal",
        None,
    ),
    "text for a bool": ('[visibility]\naudience_cues = "True"\n', 2, "is not true or false", "true"),
    "fraction for a whole": ("days = 2.5\n", 1, "days = 2.5 is not a whole number between 1 and 100000", None),
    "too large": ("[learning]\nrate = 1.5\n", 2, "learning.rate = 1.5 is not a number between 0 and 1", None),
    "too small": ("days = 0\n", 1, "days = 0 is not a whole number between 1 and 100000", None),
    "nan": ("[learning]\nrate = nan\n", 2, "learning.rate = nan is not a number", None),
    "infinite": ("[learning]\nrate = -inf\n", 2, "learning.rate = -inf is not a number", None),
    "overflowing": ("[learning]\nrate = 1e999\n", 2, "learning.rate = inf is not a number", None),
    "huge": (f"days = {'9' * 4000}\n", 1, "days = a number of about", None),
    "huger": (f"days = {'9' * 5000}\n", None, "thousands of digits", None),
    "huge hexadecimal": (f"days = 0x{'f' * 9000}\n", 1, "days = a number of about", None),
    "a date": ("days = 2024-01-01\n", 1, "days = 2024-01-01 is not a whole number", None),
    "value for a table": ("visibility = 3\n", 1, "visibility = 3 is not a table, under a line [visibility]", None),
    "table for a value": ("[days]\nx = 1\n", 1, "days = a table is not a whole number", None),
    "issues as a table": ("[issues]\nname = 'x'\n", 1, "issues = a table is not a list of 1 to 64 tables", None),
    "no issues": ("issues = []\n", 1, "issues = a list of 0 is not a list of 1 to 64", None),
    "too many issues": ("[[issues]]\n" * 65, 1, "issues = a list of 65 is not a list of 1 to 64", None),
    "an issue that is a number": ("issues = [3]\n", 1, "issues.0 = 3 is not a list", None),
    "a bad key of the second issue": ("[[issues]]\n[[issues]]\nkinds = 'x'\n", 3, "'issues.1.kinds'", "issues.1.kind"),
    "a bad kind of issue": (
        "[[issues]]\nkind = 'concerns'\n",
        2,
        "issues.0.kind = 'concerns' is not one of",
        "concern",
    ),
    "an issue without a name": ("[[issues]]\nname = ''\n", 2, "issues.0.name = '' is not a text of 1 to 200", None),
    "a name that steers terminals": ('[[issues]]\nname = "\\u001b[2J"\n', 2, "'\\x1b[2J' has a sign that cannot", None),
    "set out of reach": ('[set]\n"issues.4.salience" = 1\n', 2, "there is no issue 4, only 1 issue, number 0", None),
    "set unknown": ('[set]\n"issues.0.saliense" = 1\n', 2, "unknown key 'issues.0.saliense'", "issues.0.salience"),
    "set wrong": ("[set]\nvisibility.scope = 'teem'\n", 2, "visibility.scope = 'teem'", "team"),
    "set a table": ("[set]\nvisibility = 1\n", 2, "'visibility' is a whole table", None),
    "set is no table": ("set = 3\n", 1, "set = 3 is not a table of dotted names", None),
    "title": ("title = 3\n", 1, "title = 3 is not a text", None),
    "talking points": ("talking_points = 'x'\n", 1, "talking_points = 'x' is not a list of texts", None),
    # TOML itself
    "no equals sign": ("title = 'x'\nscope 'team'\n", 2, "'scope 'team'': a key must be followed by =", None),
    "word without quotes": ("[visibility]\nscope = team\n", 2, "quotation marks", None),
    "two settings in a line": ("days = 3 title = 'x'\n", 1, "one setting a line", None),
    "twice": ("days = 3\ndays = 4\n", 2, "used twice", None),
    "table twice": ("[visibility]\n[learning]\n[visibility]\n", 3, "used twice", None),
    "unclosed text": ("title = 'x\ndays = 3\n", 1, "not closed", None),
    "unclosed texts": ('title = """x\ndays = 3\n', 1, "not closed", None),
    "unclosed list": ("talking_points = ['x'\n", 1, "closing ] is missing", None),
    "unclosed header": ("[visibility\n", 1, "a ] is missing", None),
    "backslash": ('title = "C:\\Users"\n', 1, "backslash", None),
    "deep lists": (f"title = {'[' * 5000}\n", None, "nested too deeply", None),
    "deep tables": (f"{'.'.join('a' * 60)} = 1\n", None, "nested too deeply", None),
    "many dots": (f"days = 1\n{'.'.join('a' * 600)} = 1\n", 2, "dots in one line", None),
    "nonsense": ("Dear simulation, please run.\n", 1, "must be followed by =", None),
    # extending
    "extends nothing known": ('extends = "baselin"\n', 1, "extends = 'baselin' is not the name", "baseline"),
    "extends a number": ("extends = 3\n", 1, "extends = 3 is not the name of a gallery scenario", None),
    "extends upwards": ('extends = "../x.toml"\n', 1, "leads out of the scenario's own folder", None),
    "extends upwards, the Windows way": ("extends = '..\\x.toml'\n", 1, "leads out", None),
    "extends an absolute path": ('extends = "/etc/passwd.toml"\n', 1, "leads out", None),
    "extends a drive": ('extends = "C:x.toml"\n', 1, "leads out", None),
    "extends a nul": ('extends = "a\\u0000b"\n', 1, "leads out", None),
    "extends a very long name": (f'extends = "{"x" * 3000}"\n', 1, "is not the name", None),
    "extends itself": ('extends = "broken.toml"\n', 1, "in a circle: ", None),
    # events
    "events as a table": ("[events]\nday = 1\n", 1, "events = a table is not a list of tables", None),
    "an event that is a number": ("events = [1]\n", 1, "events.0 = 1 is not a table", None),
    "an event without a day": (
        EVENT.replace("day = 3\n", "announce = {by='ceo', openness=1}\n"),
        2,
        "'day' is miss",
        None,
    ),
    "a negative day": (EVENT.replace("3", "-1") + "set = {learning.rate = 1}\n", 3, "events.0.day = -1 is not", None),
    "a day in words": (EVENT.replace("3", "'x'") + "set = {learning.rate = 1}\n", 3, "events.0.day = 'x' is not", None),
    "after the end": (EVENT.replace("3", "60") + "set = {learning.rate = 1}\n", 3, "(days = 60)", None),
    "an issue after the end": (
        EVENT.replace("3", "99") + "issue = {}\n",
        3,
        "events.0.day = 99 is not a day bef",
        None,
    ),
    "nothing happens": (EVENT, 2, "events.0 says nothing that happens", None),
    "two things happen": (EVENT + "set = {learning.rate = 1}\nissue = {}\n", 2, "events.0 has set and issue", None),
    "unknown happening": (EVENT + "anounce = {}\n", 4, "unknown key 'events.0.anounce'", "events.0.announce"),
    "an empty set": (EVENT + "set = {}\n", 4, "events.0.set is empty", None),
    "set fixed": (EVENT + "set = {days = 3}\n", 4, "days is settled at the start", None),
    "set the population": (EVENT + "set = {population.safety.mean = 1}\n", 4, "is settled at the start", None),
    "set an event's unknown": (EVENT + "set = {visibility.scop = 1}\n", 4, "'visibility.scop'", "visibility.scope"),
    "set an event's wrong": (
        EVENT + "[events.set]\nvisibility.scope = 'teem'\n",
        5,
        "visibility.scope = 'teem'",
        "team",
    ),
    "set no table": (EVENT + "set = 3\n", 4, "events.0.set = 3 is not a table", None),
    "set an event's issue": (EVENT + 'set = {"issues.9.salience" = 1}\n', 4, "there is no issue 9", None),
    "announce nothing": (EVENT + "announce = 3\n", 4, "events.0.announce = 3 is not a table", None),
    "announce too much": (
        EVENT + "announce = {by='ceo', openness=2}\n",
        4,
        "events.0.announce.openness = 2 is not",
        None,
    ),
    "announced by nobody": (EVENT + "announce = {openness=1}\n", 4, "'by' is missing", None),
    "announced by a number": (EVENT + "announce = {by=1, openness=1}\n", 4, "announce.by = 1 is not 'ceo' or", None),
    "announce misspelt": (
        EVENT + "announce = {by='ceo', opennes=1}\n",
        4,
        "unknown key 'events.0.announce.opennes'",
        "events.0.announce.openness",
    ),
    "post about nothing": (
        EVENT + "[events.post]\nby='ceo'\nstance=0\ncriticality=0\nissue='Workload and stafing'\n",
        8,
        "events.0.post.issue = 'Workload and stafing' is not the name of an issue",
        "Workload and staffing",
    ),
    "post about issue 9": (
        EVENT + "post = {by='a', stance=0, criticality=0, issue=9}\n",
        4,
        "number from 0 to 3",
        None,
    ),
    "post about true": (
        EVENT + "post = {by='a', stance=0, criticality=0, issue=true}\n",
        4,
        "post.issue = true is",
        None,
    ),
    "post a kind": (
        EVENT + "post = {by='a', stance=0, criticality=0, issue=0, kind='newz'}\n",
        4,
        "events.0.post.kind = 'newz' is not one of news",
        "news",
    ),
    "respond to nothing": (
        EVENT + "respond = {by='ceo', to='latest_critic', how='action'}\n",
        4,
        "events.0.respond.to = 'latest_critic'",
        "latest_critique",
    ),
    "respond to a negative": (
        EVENT + "respond = {by='ceo', to=-1, how='action'}\n",
        4,
        "events.0.respond.to = -1",
        None,
    ),
    "respond badly": (EVENT + "respond = {by='ceo', to=1, how='nicely'}\n", 4, "how = 'nicely' is not one of", None),
    "a campaign for nothing": (EVENT + "campaign = {issue='x', salience=1, days=1}\n", 4, "campaign.issue = 'x'", None),
    "a campaign of no days": (
        EVENT + "campaign = {issue=0, salience=1, days=0}\n",
        4,
        "campaign.days = 0 is not",
        None,
    ),
    "a campaign too loud": (EVENT + "campaign = {issue=0, salience=21, days=1}\n", 4, "salience = 21 is not", None),
    "two campaigns at once": (
        EVENT
        + "campaign = {issue=0, salience=2, days=5}\n[[events]]\nday=5\ncampaign = {issue=0, salience=3, days=5}\n",
        5,
        "events.1: another campaign for this issue is still running",
        None,
    ),
    "a late issue with a day": (EVENT + "issue = {onset_day = 4}\n", 4, "leave onset_day out", None),
    "a late issue misspelt": (EVENT + "issue = {nam = 'x'}\n", 4, "'events.0.issue.nam'", "events.0.issue.name"),
    "a late issue too critical": (EVENT + "issue = {criticality = 2}\n", 4, "events.0.issue.criticality = 2", None),
    # expectations
    "expect as a table": ("[expect]\nmeasure='posts'\n", 1, "expect = a table is not a list of tables", None),
    "expect nothing": ("[[expect]]\nmeasure='posts'\n", 1, "needs either a direction", None),
    "expect both": ("[[expect]]\nmeasure='posts'\nrange=[0,1]\ndirection='same'\n", 1, "needs either", None),
    "expect without measure": ("[[expect]]\nrange=[0,1]\n", 1, "'measure' is missing", None),
    "expect misspelt": ("[[expect]]\nmesure='posts'\n", 2, "unknown key 'expect.0.mesure'", "expect.0.measure"),
    "expect an odd direction": (
        "[[expect]]\nmeasure='posts'\ndirection='up'\n",
        3,
        "is not one of higher, lower",
        None,
    ),
    "expect against nothing": (
        "[[expect]]\nmeasure='posts'\ndirection='lower'\n",
        1,
        "does not say against what",
        None,
    ),
    "expect an upside-down range": ("[[expect]]\nmeasure='posts'\nrange=[2,1]\n", 3, "begins above its end", None),
    "expect a long range": ("[[expect]]\nmeasure='posts'\nrange=[2,1,3]\n", 3, "is not two numbers", None),
    "expect in no days": (
        "[[expect]]\nmeasure='posts'\ndirection='lower'\nagainst='days 0-10'\ndays=[]\n",
        5,
        "expect.0.days = a list of 0 is not two days",
        None,
    ),
    "expect half a range": (
        "[[expect]]\nmeasure='posts'\nrange=[1]\n",
        3,
        "range = a list of 1 is not two numbers",
        None,
    ),
    "too many events": ("[[events]]\nday=1\n" * 10_001, 1, "events = a list of 10001 is not a list of at most", None),
    "too many expectations": ("[[expect]]\n" * 1001, 1, "expect = a list of 1001 is not a list of at most 1000", None),
    "expect after the end": ("[[expect]]\nmeasure='posts'\nrange=[0,1]\ndays=[50,70]\n", 4, "(days = 60)", None),
    "expect against no days": (
        "[[expect]]\nmeasure='posts'\ndirection='lower'\nagainst='days 9-3'\n",
        4,
        "is not two days between 0 and the end",
        None,
    ),
    "expect against no scenario": (
        "[[expect]]\nmeasure='posts'\ndirection='lower'\nagainst='baselin'\n",
        None,
        "against = 'baselin' is not the name of a gallery scenario",
        "baseline",
    ),
}


def checked(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


def assert_refused(result: Any, *says: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1
    for text in says:
        assert text in result.stderr


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_with_place_key_and_nearest_name(case: str, folder: Path) -> None:
    text, line, says, likely = BROKEN[case]
    (folder / "broken.toml").write_text(text, "utf-8")
    place = "broken" if line is None else f"broken.toml, line {line}: "
    result = checked("check", "broken.toml")
    assert_refused(result, place, says, f"Did you mean '{likely}'?" if likely else "")
    assert ("Did you mean" in result.stderr) == (likely is not None)


def test_an_error_in_a_parent_is_blamed_on_the_parent(folder: Path) -> None:
    (folder / "parent.toml").write_text('extends = "baseline"\n\n[learning]\nrate = 3\n')
    (folder / "child.toml").write_text('extends = "parent"\n')
    assert_refused(checked("check", "child.toml"), "parent.toml, line 4: learning.rate = 3")


def test_an_inherited_event_that_no_longer_fits_is_blamed_on_its_file(folder: Path) -> None:
    (folder / "parent.toml").write_text(EVENT + 'set = {"issues.3.salience" = 2}\n')
    (folder / "child.toml").write_text('extends = "parent"\n[[issues]]\nname = "Only one"\n')
    assert_refused(checked("check", "child.toml"), "parent.toml, line 4: issues.3.salience: there is no issue 3")


def test_a_circle_is_reported_with_its_chain(folder: Path) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (folder / f"{name}.toml").write_text(f'extends = "{other}"\n')
    assert_refused(checked("check", "a.toml"), "c.toml, line 1: ", "a.toml -> b.toml -> c.toml -> a.toml")


def test_a_long_chain_is_refused(folder: Path) -> None:
    for n in range(15):
        (folder / f"s{n}.toml").write_text(f'extends = "s{n + 1}"\n' if n < 14 else "")
    assert_refused(checked("check", "s0.toml"), "more than 10 scenarios")
    assert load("s5.toml").parameters == Parameters()


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "own").mkdir()
    (folder / "secret.toml").write_text("days = 3\n")
    (folder / "own" / "link.toml").symlink_to(folder / "secret.toml")
    (folder / "own" / "away").symlink_to(folder, target_is_directory=True)
    for name in ("link", "link.toml", "away/secret.toml"):
        (folder / "own" / "mine.toml").write_text(f'extends = "{name}"\n')
        assert_refused(checked("check", "own/mine.toml"), "line 1: ", "is a link out of the scenario's own folder")


def test_what_is_no_file_of_text_is_refused(folder: Path) -> None:
    (folder / "folder.toml").mkdir()
    (folder / "large.toml").write_bytes(b"#" * 1_000_001)
    (folder / "latin.toml").write_bytes(b'days = 3\ntitle = "caf\xe9"\n')
    (folder / "utf16.toml").write_bytes("days = 3\n".encode("utf-16"))
    (folder / "binary.toml").write_bytes(b"\x00\x01\x02")
    (folder / "scenario.txt").write_text("days = 3\n")
    os.mkfifo(folder / "pipe.toml")
    assert_refused(checked("check", "folder.toml"), "folder.toml: this is a folder")
    assert_refused(checked("check", "large.toml"), "large.toml: the file is larger than 1,000,000 bytes")
    assert_refused(checked("check", "latin.toml"), "latin.toml, line 2: this is not UTF-8 text")
    assert_refused(checked("check", "utf16.toml"), "utf16.toml, line 1: this is not UTF-8 text")
    assert_refused(checked("check", "binary.toml"), "binary.toml, line 1: ")
    assert_refused(checked("check", "./scenario.txt"), "scenario.txt: this is not the name of a scenario file")
    assert_refused(checked("check", "pipe.toml"), "pipe.toml: this is not an ordinary file")
    assert_refused(checked("check", "flder.toml"), "flder.toml: there is no such file. Did you mean 'folder.toml'?")
    assert_refused(checked("check", "baselin"), "there is no scenario 'baselin'", "Did you mean 'baseline'?")
    assert_refused(checked("check", "x" * 5000 + ".toml"), "cannot be read")
    assert_refused(checked("check", "a\x00.toml"), "a\\x00.toml")
    assert_refused(checked("check", "\x1b[2J"), "'\\x1b[2J'")


def test_a_text_of_a_file_cannot_steer_the_terminal(folder: Path) -> None:
    (folder / "nasty.toml").write_text('title = "\\u001b]0;owned\\u0007"\n"\\u001b[2J" = 1\n')
    assert_refused(checked("check", "nasty.toml"), "'\\x1b[2J'")
    (folder / "nasty.toml").write_text('title = "\\u001b]0;owned\\u0007"\n')
    assert "\x1b" not in checked("check", "nasty.toml").output


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (
            "visibility.scope=teem",
            "visibility.scope = 'teem' is not one of team, department, organization. Did you mean 't",
        ),
        ("visibility.scop=team", "unknown key 'visibility.scop'. Did you mean 'visibility.scope'?"),
        ("salience=2", "unknown key 'salience'. Did you mean 'issues.0.salience'?"),
        ("issues.7.salience=2", "there is no issue 7, only 4 issues, 0 to 3"),
        ("issues.-1.salience=2", "unknown key 'issues.-1.salience'"),
        ("learning.rate=nan", "learning.rate = nan is not a number"),
        ("days=1_000_000", "days = 1000000 is not a whole number"),
        ("visibility.scope", "is not KEY=VALUE"),
    ],
)
def test_a_wrong_setting_of_the_command_line_is_refused(setting: str, says: str, folder: Path) -> None:
    assert_refused(checked("run", "--set", setting), says)
    assert not list(folder.iterdir())


def test_wrong_sizes_of_the_command_line_are_refused(folder: Path) -> None:
    assert_refused(checked("run", "--days", "0"), "days = 0 is not a whole number between 1 and 100000")
    assert_refused(checked("run", "--members", "-5"), "organization.members = -5 is not a whole number")
    assert checked("run", "--seed", "-1").exit_code == 2
    assert checked("run", "--days", "many").exit_code == 2


# ---------------------------------------------------------------- much of everything


def full_of(events: int, expectations: int) -> str:
    """Return a scenario with so many events, a third of them campaigns, and so many expectations."""
    kinds = ('set = {visibility.scope = "team"}', 'set = {"issues.1.salience" = 2}', "")
    lines = ['extends = "baseline"', "days = 50000"]
    for n in range(events):
        lines += ["[[events]]", f"day = {4 * n}", kinds[n % 3] or "campaign = {issue = 0, salience = 2, days = 1}"]
    for n in range(expectations):
        against = ('"nightmare-reader"', '{visibility.scope = "team"}')[n % 2]
        lines += ["[[expect]]", 'measure = "posts"', 'direction = "higher"', f"against = {against}"]
    return "\n".join(lines)


STEPS = ("check", "parse_toml", "_put", "_latest", "issue_number")
"""Where values are checked, files are parsed, and lists are searched."""


def steps_of_a_check(events: int, expectations: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many values are checked and files read when such a scenario is checked."""
    steps = [0]

    def counted(work: Any) -> Any:
        def wrapper(*arguments: Any) -> Any:
            steps[0] += 1
            return work(*arguments)

        return wrapper

    with monkeypatch.context() as patch:
        for room, name in product([each for name, each in sys.modules.items() if "sim.scenario." in name], STEPS):
            if hasattr(room, name):
                patch.setattr(room, name, counted(getattr(room, name)))
        claims_of(from_toml(full_of(events, expectations)))
    return steps[0]


def test_the_steps_of_a_check_grow_with_events_and_expectations_and_not_with_their_product(monkeypatch) -> None:
    events, expectations = (steps_of_a_check(n, m, monkeypatch) for n, m in ((200, 0), (0, 100)))
    assert steps_of_a_check(200, 100, monkeypatch) <= events + expectations
    assert steps_of_a_check(400, 0, monkeypatch) <= 2 * events
    assert steps_of_a_check(0, 200, monkeypatch) <= 2 * expectations


def test_of_a_list_that_is_too_long_one_thing_is_said(folder: Path) -> None:
    Path("many.toml").write_text("".join(f"[[issues]]\nname = 'issue {n}'\n" for n in range(1000)))
    result = checked("check", "many.toml")
    assert_refused(result, "many.toml, line 1: issues = a list of 1000 is not a list of 1 to 64 tables")
    assert len(result.stderr.splitlines()) == 1


EXPECTED = """measure direction range against moderated_by margin group days pattern why"""
SAID = """[]|[1]|[1,2]|[2,1]|[1,2,3]|{}|{a=1}|'days 0-10'|'days 9-3'|'without events'|''|'higher'|'same'|'posts'|0.1
{visibility.scope='team'}|{visibility={}}|3|true|[[]]|['a','b']|[nan,1]|2024-01-01|[{},{}]|{days=3}|'all'|{issues=[]}
{"issues.0.salience"=2}"""


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.sampled_from(EXPECTED.split()), st.sampled_from(re.split(r"[|\n]", SAID)), max_size=7))
def test_any_table_of_expectations_is_read_or_refused(table: dict[str, str]) -> None:
    text = "[[expect]]\n" + "".join(f"{name} = {value}\n" for name, value in ({"measure": "'posts'"} | table).items())
    found = accepted_or_refused(text)
    if found is not None:
        with suppress(InputError):
            claims_of(found)


# ---------------------------------------------------------------- anything at all


def accepted_or_refused(text: str) -> Scenario | None:
    try:
        return from_toml(text)
    except InputError as error:
        said = str(error)
        assert shown(said, 5000) == said  # one line, and nothing that steers a terminal
        assert len(said) < 1500
        return None


ANYTHING = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def test_the_scenario_to_be_damaged_is_in_order() -> None:
    assert len(from_toml(FULL).events) == 4


@ANYTHING
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    accepted_or_refused(text)


ODD_WORDS = (
    "nan -inf true 'x' [] {} [[1]] 1e999 -1 2024-01-01 \"\"\" ' {a=1} [ ] [[ ]] = . , # \\ é [events] [[issues]] [set]"
)
ODD = st.sampled_from(
    [
        *ODD_WORDS.split(),
        "0x" + "f" * 400,
        "\x00",
        "\n",
        "\ud7ff",
        '"\\u001b"',
        "[[issues]]\n",
        "[[events]]\n",
        "day = 3\n",
    ]
)
FULL = "\n".join(
    [
        BASELINE,
        "[[events]]\nday = 3\npost = {by='ceo', stance=0, criticality=0, issue=0}",
        "[[events]]\nday = 4\ncampaign = {issue=0, salience=2, days=3}",
        "[[events]]\nday = 5\nset = {'visibility.scope' = 'team'}",
        "[[events]]\nday = 6\nissue = {name = 'x'}\n",
    ]
)


@ANYTHING
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), ODD | st.text(max_size=5)), min_size=1, max_size=4))
def test_a_damaged_scenario_is_read_or_refused(damages: list[tuple[float, int, str]]) -> None:
    text = FULL
    for where, length, insert in damages:
        at = int(where * len(text))
        text = text[:at] + insert + text[at + length :]
    accepted_or_refused(text)


@ANYTHING
@given(st.data())
def test_lines_in_any_order_are_read_or_refused(data: st.DataObject) -> None:
    lines = FULL.split("\n")
    kept = data.draw(st.lists(st.sampled_from(lines), max_size=30))
    accepted_or_refused("\n".join(kept))


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["days", "visibility.scope", "issues.0.name", "issues", "issues.0", "visibility", "learning.rate"]
)


@ANYTHING
@given(st.dictionaries(NAMES | st.text(max_size=20), TREES, max_size=3))
def test_any_change_is_made_or_refused(changes: dict[str, Any]) -> None:
    try:
        load("baseline").with_(changes)
    except InputError as error:
        assert "\n" not in str(error)
