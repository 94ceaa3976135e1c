"""The documentation is true: its commands and snippets run, its tables are those of the code, its links lead somewhere.

A block ```console is a session: lines after `$` are run, and what stands below must be among what they print, in that
order, `...` standing for anything. A block ```python is run where the commands were. `<!-- file: NAME -->` before a
block writes it to that file, and `<!-- slow -->` puts a block off to the slow tests.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from experiments.cli import load_commands
from sim.parameters import registry

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
ISM = [sys.executable, "-c", "from experiments.cli import main; main(prog_name='ism')"]


class Block(NamedTuple):
    """One fenced block of a page."""

    kind: str
    text: str
    note: str
    line: int


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in FENCED.finditer(text):
        line = text.count("\n", 0, found.start("text"))
        yield Block(found["kind"], found["text"], found["note"] or "", line)


def _has_something_to_run(page: Path) -> bool:
    return any(block.kind in ("console", "python") for block in _blocks(page))


# ---------------------------------------------------------------- what can be typed


def _sessions(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines that are said to follow it."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, *below = part.rstrip("\n").split("\n")
        yield command, below


def _type(command: str, below: list[str], folder: Path) -> None:
    words = shlex.split(command)
    assert words[0] == "ism", f"only ism is run here, not: {command}"
    environment = os.environ | {"COLUMNS": "120", "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*ISM, *words[1:]], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    # What is said on the way goes to the terminal first, then what was asked for.
    printed = (done.stderr + done.stdout).splitlines()
    at = 0
    for line in below:
        if line == "...":
            continue
        pattern = ".*".join(map(re.escape, line.split("...")))
        while at < len(printed) and not re.fullmatch(pattern, printed[at].rstrip()):
            at += 1
        assert at < len(printed), f"{command}\ndid not print: {line}\nbut:\n{done.stderr}{done.stdout}"
        at += 1


def _go_through(page: Path, folder: Path, slow: bool) -> None:
    """Do what a page says, block by block, in one folder; Python snippets share their names."""
    names: dict[str, Any] = {"__name__": "snippet"}
    for block in _blocks(page):
        if block.note.startswith("file: "):
            (folder / block.note.removeprefix("file: ")).write_text(block.text, "utf-8")
        elif (block.note == "slow" and not slow) or block.note.startswith("add to "):
            continue
        elif block.kind == "console":
            for command, below in _sessions(block.text):
                _type(command, below, folder)
        elif block.kind == "python":
            code = "\n" * block.line + block.text  # so that a traceback names the page's line
            exec(compile(code, str(page), "exec"), names)


@pytest.mark.parametrize("page", [page for page in PAGES if _has_something_to_run(page)], ids=_name)
def test_what_a_page_says_can_be_done(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _go_through(page, tmp_path, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if "<!-- slow -->" in p.read_text("utf-8")], ids=_name)
def test_what_takes_long_can_be_done_too(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _go_through(page, tmp_path, slow=True)


def test_the_readme_has_something_for_everyone():
    kinds = [block.kind for block in _blocks(ROOT / "README.md")]
    assert kinds.count("console") >= 4
    assert kinds.count("python") >= 3
    assert "pip install uv && uv run ism run\n" in [block.text for block in _blocks(ROOT / "README.md")]


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_pages_name_only_commands_that_exist(page):
    text = page.read_text("utf-8")
    named = set(re.findall(r"(?:`|\$ |uv run |^)ism (?!-)([a-z]+)", text, re.M))
    assert named <= set(load_commands())


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_pages_name_only_options_that_exist(page):
    known = {option for command in load_commands().values() for each in command.params for option in each.opts}
    lines = [line for line in page.read_text("utf-8").splitlines() if re.search(r"\bism [a-z]", line)]
    named = {option for line in lines for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line)}
    assert named <= known | {"--help", "--check"}


# ---------------------------------------------------------------- what the code says


def test_generated_tables_are_up_to_date():
    done = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


TABLES = sorted({name.split(".")[0] for name in registry() if "." in name})
DOTTED = re.compile(rf"`((?:{'|'.join(TABLES)})\.[a-z_0-9<>.]*[a-z_])`")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_pages_name_only_parameters_that_exist(page):
    known = set(registry())
    known |= {".".join(name.split(".")[:n]) for name in registry() for n in range(1, name.count(".") + 2)}
    for named in DOTTED.findall(page.read_text("utf-8")):
        if named.endswith((".py", ".csv")):
            continue
        assert re.sub(r"^issues\.\d+\.", "issues.<n>.", named) in known, named


def test_what_the_text_says_of_a_small_audience_holds_for_the_default():
    odd = " ".join((ROOT / "docs" / "ODD.md").read_text("utf-8").split())
    assert "With g = .001 one colleague in a thousand feels like a tenth of everyone" in odd
    grain = registry()["voice.crowd_grain"].default
    assert grain == 0.001
    assert math.log(1.0 + 0.001 / grain) / math.log(1.0 + 1.0 / grain) == pytest.approx(0.1, abs=0.005)


def test_the_grain_of_an_audience_in_the_text_is_the_default():
    odd = " ".join((ROOT / "docs" / "ODD.md").read_text("utf-8").split())
    assert "`voice.crowd_grain` is one in a thousand of those who have ever visited" in odd
    assert registry()["voice.crowd_grain"].default == 1 / 1000


def test_structural_limits_in_the_text_are_those_of_the_code():
    from sim import state

    odd = " ".join((ROOT / "docs" / "ODD.md").read_text("utf-8").split())
    said = (
        f"at most {state.OCCASIONS_PER_VISIT} new wishes, {state.COMMENTS_PER_VISIT} comments, "
        f"{state.ANSWERS_PER_VISIT} promised answers, {state.COMMENTS_SHOWN} comments read of one thread, and "
        f"{state.MAX_ATTENTION} items read"
    )
    assert said in odd
    team, department, everyone = state.LIVE_THREADS
    assert f"{team} threads for a team, {department} for a department, {everyone} for everyone" in odd


def test_bounds_of_visitors_on_the_page_are_those_of_the_code():
    from sim import limits

    page = " ".join((ROOT / "docs" / "security.md").read_text("utf-8").split())
    assert (
        f"at most {limits.VISITOR_MEMBERS:,} members, {limits.VISITOR_DAYS} days, "
        f"files of {limits.UPLOAD_BYTES // 1_000_000} MB, and {limits.SESSIONS} open pages a server"
    ) in page


# ---------------------------------------------------------------- links and pictures


def _anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        aim = (page.parent / file).resolve() if file else page
        assert aim.exists(), target
        if anchor:
            assert anchor in _anchors(aim), target


def test_the_picture_tells_what_it_shows():
    picture = ET.parse(ROOT / "docs" / "images" / "voice_and_silence.svg").getroot()
    texts = [element.text for element in picture.iter() if element.text]
    assert any("95% interval over 10 seeds" in text for text in texts)
    assert "wishes per 100 members and week" in texts
    assert "workday" in texts


# ---------------------------------------------------------------- a theory of one's own


ADDED = re.compile(r"add to (?P<file>\S+): (?:(?P<where>after|before) \"(?P<line>.*)\"|at the end)")


def _add(block: Block, project: Path) -> None:
    """Add a block to a file of a copy of the project, where its note says."""
    found = ADDED.fullmatch(block.note)
    assert found, block.note
    file = project / found["file"]
    text = file.read_text("utf-8")
    if found["line"] is None:
        file.write_text(text + block.text, "utf-8")
        return
    line = found["line"] + "\n"
    assert text.count(line) == 1, f"{found['file']} has this line {text.count(line)} times: {line}"
    both = line + block.text if found["where"] == "after" else block.text + line
    file.write_text(text.replace(line, both), "utf-8")


ASK = """
from sim import kernel, load
from sim.parameters import coefficients
from sim.terms import Luck, Moment

numbers = coefficients(load("baseline").with_({"rules.voice": "safe_enough"}).parameters)
usual = Moment(*[0.5] * len(Moment._fields))
for safety in (0.1, 0.9):
    moment = usual._replace(safety_line_manager=safety, safety_executives=safety)
    print(round(kernel.speak(moment, numbers, Luck(*[0.0] * len(Luck._fields))).p_spoken, 3))
"""


@pytest.mark.slow
def test_a_theory_added_as_the_page_says_decides_compiled_like_the_others(tmp_path):
    for name in ("sim", "experiments", "scenarios"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    blocks = [block for block in _blocks(ROOT / "docs" / "change-it.md") if block.note.startswith("add to ")]
    assert len(blocks) == 3 and sum(block.text.strip().count("\n") + 1 for block in blocks) <= 25
    for block in blocks:
        _add(block, tmp_path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1"}

    def done(*words: str) -> str:
        finished = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    low, high = map(float, done("-c", ASK).split())
    assert low < 0.5 < high
    small = ("--members", "100", "--days", "10", "--set", "rules.voice=safe_enough", "--out", "runs/safe")
    assert "spoken" in done(*ISM[1:], "run", *small)
    done(*ISM[1:], "explain", "runs/safe", "--member", "ceo")
    assert "safe_enough" in done(*ISM[1:], "names")
