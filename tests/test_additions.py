"""Each concept has one room: how many files it takes to add one, counted by really adding it to a copy of the project.

`docs/ARCHITECTURE.md` lists the counts under "How to add". All additions go into one copy, so it is compiled once.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
AT_THE_END = ""


class Edit(NamedTuple):
    """A text put before another that its file has just once; where that is empty, at the end of a file, be it new."""

    file: str
    before: str
    text: str
    instead: bool = False


class Addition(NamedTuple):
    """One thing added: how many files that may take at most, as the table has it, and the edits it takes."""

    most: int
    edits: tuple[Edit, ...]


ADDITIONS = {
    "a theory": Addition(
        2,
        (
            Edit(
                "sim/terms.py", "STRATEGIES = len", '    blunt = 6, Words(label="blunt", meaning="all is said")\n\n\n'
            ),
            Edit(
                "sim/rules/theories.py",
                "    return random(moment)\n",
                "    if coefficients.theory == Theory.blunt:\n        return voice.only_plain(9.0)\n",
            ),
        ),
    ),
    "a measure": Addition(
        1,
        (
            Edit(
                "sim/measures.py",
                '        _ratio("orphan_share"',
                '        _ratio("likes_an_item", "likes an item", "Likes for each item read", "likes", "items"),\n',
            ),
        ),
    ),
    "a lever": Addition(
        3,
        (
            Edit(
                "sim/parameters.py",
                '    delay_hours: float = number(4, 0, 400, "working',
                '    courtesy: float = number(0, 0, 1, "least chance to answer, whatever was said", status=SETTING)\n',
            ),
            Edit(
                "sim/state.py",
                '    Field("openness", "f8"',
                '    Field("courtesy", "f8", SHARE, "least chance to answer"),\n',
            ),
            Edit(
                "sim/kernel/reading.py",
                "    if chance.uniform(luck.response,",
                "    chance_of_it = max(chance_of_it, policy.courtesy)\n",
            ),
        ),
    ),
    "a belief": Addition(
        3,
        (
            Edit(
                "sim/beliefs.py",
                ", is_share=False),\n",
                ', is_share=False),\n    Belief("company", "feeling in good company here", "company", _LEARNED),\n',
                instead=True,
            ),
            Edit(
                "sim/parameters.py",
                "    others_know: Share = spread(",
                '    company: Share = spread(Share, 0.4, 0.1, "feeling at the start in good company here")\n',
            ),
            Edit(
                "sim/kernel/visiting.py",
                "    hear_responses(coefficients, member, belief)\n    member.new_likes",
                "    belief.company = learning.estimate(belief.company, min(1.0, float(feedback)), 1.0, rates)\n",
            ),
        ),
    ),
    "a motive": Addition(
        3,
        (
            Edit(
                "sim/terms.py",
                '@speaks("noun", "present", "infinitive", "done", "label", "meaning", "colour", "icon")',
                '    weary = 7, Words("weariness", because="too tired to find the words", source="Kahn 1990")\n\n\n',
            ),
            Edit("sim/terms.py", '}\n"""The motives that are causes', '    Motive.weary: "effort",\n'),
            Edit(
                "sim/parameters.py",
                "    negligible: float = number(",
                '    effort: float = number(1, 0, 1, "effort taken away, in utility", status=THEORY)\n',
            ),
            Edit(
                "sim/rules/voice.py",
                "        voice.propensity * moment.voice_propensity,\n",
                "        relief.effort + voice.propensity * moment.voice_propensity,\n",
                instead=True,
            ),
        ),
    ),
    "a strategy": Addition(
        4,
        (
            Edit(
                "sim/terms.py",
                '@speaks("noun", "because", "source")\n',
                "    ally = (\n        9,\n        Words(\n"
                '            infinitive="win an ally first",\n            present="wins an ally first",\n'
                '            past="won an ally first",\n            done="kept until there was an ally",\n'
                '            colour="#FDEBDD",\n        ),\n    )\n\n\n',
            ),
            Edit(
                "sim/terms.py",
                "(Strategy.second_opinion, Strategy.postpone)",
                "(Strategy.second_opinion, Strategy.postpone, Strategy.ally)",
                instead=True,
            ),
            Edit(
                "sim/parameters.py",
                "    other_channel_gain: float",
                '    ally_worth: float = number(3, 0, 10, "worth of an ally")\n',
            ),
            Edit("sim/rules/voice.py", "        withhold=0.0,\n", "        ally=voice.ally_worth,\n"),
            Edit(
                "sim/kernel/publishing.py",
                "        if strategy == Strategy.second_opinion:\n",
                "        if strategy == Strategy.second_opinion or strategy == Strategy.ally:\n",
                instead=True,
            ),
        ),
    ),
    "an issue kind": Addition(
        2,
        (
            Edit(
                "sim/terms.py", '@speaks("noun", "infinitive")\nclass Kind', '    hazard = 4, Words("a hazard")\n\n\n'
            ),
            Edit(
                "sim/rules/voice.py",
                "    if criticality > 0.0:\n        return Kind.suggestion",
                "    if issue_kind == IssueKind.hazard:\n        return Kind.concern.value\n",
            ),
        ),
    ),
    "a scenario": Addition(
        1,
        (
            Edit(
                "scenarios/hazards.toml",
                AT_THE_END,
                'title = "Hazards"\nquestion = "Who says so?"\ntheory = "Kahn 1990"\nextends = "baseline"\ndays = 4\n\n'
                "[organization]\nmembers = 60\n\n[population]\noccasions_per_visit = {mean = 0.6, sd = 0.3}\n\n"
                '[leadership.executives]\ncourtesy = 1.0\n\n[[issues]]\nname = "A stair"\nkind = "hazard"\n'
                "stance_mean = -0.5\n",
            ),
        ),
    ),
    "a command": Addition(
        1,
        (
            Edit(
                "experiments/commands/greet.py",
                AT_THE_END,
                '"""`ism greet`: say hello."""\n\nimport click\n\n\n@click.command()\n'
                '@click.option("--name", default="you")\n'
                'def greet(name: str) -> None:\n    """Say hello."""\n    click.echo(f"Hello, {name}")\n',
            ),
        ),
    ),
}


def add(edit: Edit, project: Path) -> None:
    """Make one edit in a copy of the project."""
    file = project / edit.file
    text = file.read_text("utf-8") if file.exists() else ""
    if edit.before == AT_THE_END:
        file.write_text(text + edit.text, "utf-8")
        return
    assert text.count(edit.before) == 1, f"{edit.file} has this {text.count(edit.before)} times: {edit.before}"
    file.write_text(text.replace(edit.before, edit.text + ("" if edit.instead else edit.before)), "utf-8")


def table() -> dict[str, int]:
    """Return the table of counts in docs/ARCHITECTURE.md."""
    page = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
    return {what: int(most) for what, most in re.findall(r"^\| (an? [a-z ]+) \| (\d)", page, re.M)}


def test_the_table_of_the_architecture_says_what_it_takes() -> None:
    assert table() == {what: addition.most for what, addition in ADDITIONS.items()}
    for what, addition in ADDITIONS.items():
        assert len({edit.file for edit in addition.edits}) <= addition.most, what


LOOK = """
import json
import sim
from dashboards.view import BELIEFS
from docs.generate import main
from sim import measures, terms
from sim.model import ArenaModel

leaders = ("executives", "line_managers")
present = {f"leadership.{who}.presence": 8.0 for who in leaders}
at_work = sim.load("hazards").with_({"organization.members": 300} | present)
run = sim.simulate(sim.load("hazards"), seed=1)
blunt = sim.simulate(sim.load("hazards").with_({"rules.voice": "blunt"}), seed=1)
model, now = ArenaModel(sim.load("hazards"), rng=1), run.members["company"]
print(json.dumps({
    "critical": sorted(set(run.messages["kind"].to_list())),
    "strategies": sorted(set(run.occasions["strategy"].to_list())),
    "motives": [name for name in run.occasions.columns if name.startswith("motive_")],
    "weary": float(run.occasions["motive_weary"].max() or 0.0),
    "measures": {name: run.measures[name] for name in ("likes_an_item", "strategy_ally", "silence_weary")},
    "company": [float(now.std()), float((now != run.members["start_company"]).sum())],
    "attribute": model.member(3).company,
    "coloured": "company" in BELIEFS,
    "blunt": blunt.measures["silence_rate"],
    "answers": [
        int(sim.simulate(at_work.with_({f"leadership.{who}.courtesy": least for who in leaders}), seed=1)
            .messages["leader_response"].is_not_null().sum())
        for least in (0.0, 1.0)
    ],
}))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project to which all of it was added."""
    copy = tmp_path_factory.mktemp("additions")
    for name in ("sim", "experiments", "scenarios", "dashboards", "docs", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, copy / name)
    for addition in ADDITIONS.values():
        for edit in addition.edits:
            add(edit, copy)
    return copy


def python(project: Path, *words: str) -> str:
    """Run Python on the copy; return what it printed."""
    environment = os.environ | {"PYTHONPATH": str(project), "PYTHONUTF8": "1"}
    ran = subprocess.run(
        [sys.executable, *words], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.slow
def test_what_was_added_runs_compiled_and_is_found_in_tables_measures_pages_and_names(project: Path) -> None:
    found: dict[str, Any] = json.loads(python(project, "-c", LOOK).splitlines()[-1])
    assert "concern" in found["critical"] and "ally" in found["strategies"]
    assert found["motives"][-1] == "motive_weary" and found["weary"] > 0.0
    assert found["measures"]["strategy_ally"] > 0 and found["measures"]["silence_weary"] > 0.0
    assert found["measures"]["likes_an_item"] is not None
    assert min(found["company"]) > 0.0 and found["attribute"] > 0.0 and found["coloured"]
    assert found["blunt"] < 0.1
    assert found["answers"][1] > found["answers"][0]
    names = python(project, "-c", "from experiments.cli import main; main()", "names")
    for name in (
        "leadership.executives.courtesy",
        "population.company.mean",
        "voice.ally_worth",
        "silence_weary",
        "blunt",
    ):
        assert name in names, name
    assert "Hello, Ada" in python(project, "-c", "from experiments.cli import main; main()", "greet", "--name", "Ada")


@pytest.mark.slow
def test_what_was_added_stands_in_the_pages_of_the_documentation_and_in_explanations(project: Path) -> None:
    python(project, "-m", "docs.generate")
    pages = "\n".join(page.read_text("utf-8") for page in (project / "docs").glob("*.md"))
    for words in ("`company`", "`motive_weary`", "wins an ally first", "`likes_an_item`", "`courtesy`"):
        assert words in pages, words
    python(project, "-c", "from experiments.cli import main; main()", "run", "hazards", "--seed", "1", "--out", "run")
    explained = python(
        project, "-c", "from experiments.cli import main; main()", "explain", "run", "--issue", "A stair"
    )
    assert "A stair" in explained
