"""The gallery: every scenario is short, says what it asks and expects, runs, and happens as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.describe import in_words, timeline
from experiments.patterns import claims_of
from sim.engine import Engine
from sim.scenario import Scenario, gallery, load, parent
from sim.state import TICKS_PER_DAY, Clock

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(gallery())
LONGEST = 120
"""Lines of a scenario file, comments and all."""


@pytest.fixture(params=NAMES)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return load(request.param)


def test_there_are_a_dozen_and_more() -> None:
    assert len(NAMES) >= 12
    titles = [load(name).title for name in NAMES]
    assert len(set(titles)) == len(titles)


def test_a_scenario_is_short_and_says_what_it_is_about(scenario: Scenario) -> None:
    assert scenario.path is not None
    text = scenario.path.read_text("utf-8")
    assert text.startswith("# ") and len(text.splitlines()) <= LONGEST
    assert scenario.title and scenario.question.endswith("?") and len(scenario.talking_points) >= 2
    assert any(sign.isdigit() for sign in scenario.theory), "a theory has a source, and a source has a year"
    assert scenario.expect and all(each.why for each in scenario.expect)
    assert claims_of(scenario)


def test_it_extends_another_and_changes_something(scenario: Scenario) -> None:
    base = parent(scenario)
    if scenario.name == "baseline":
        assert base is None
        return
    assert base is not None
    changed = [line for line in in_words(base, scenario) if "issue" not in line]
    assert changed or list(timeline(scenario)) != list(timeline(base))
    assert len(changed) <= 12, "one thing that differs, so that a difference has one cause"


def test_it_runs_and_all_its_events_happen(scenario: Scenario) -> None:
    small = scenario.with_({"organization.members": min(scenario.parameters.organization.members, 200)})
    engine = Engine(small, seed=2)
    last = max((event.tick for event in small.events), default=0)
    engine.advance(min(max(last + 1, 12 * TICKS_PER_DAY), engine.ticks))
    assert int(engine.world.clock[Clock.messages]) > 0
    happened = dict(pair for event in small.events for pair in event.set)
    now = {name: value for name, value in happened.items() if not name.startswith("issues.")}
    for name, value in now.items():
        found = engine.parameters
        for part in name.split("."):
            found = getattr(found, part)
        assert found == value, name


def test_departments_that_stand_apart_think_differently_and_together_as_before() -> None:
    apart = load("merger-of-two-departments")
    people = Engine(apart, seed=4)
    side = people.organization.department % 2 == 1
    stance = people.world.positions["stance"][:, 0]
    assert stance[side].mean() - stance[~side].mean() > 0.5
    level = Engine(apart.with_({"issues.0.departments_apart": 0.0}), seed=4).world.positions["stance"][:, 0]
    assert abs(level[side].mean() - level[~side].mean()) < 0.3


def test_the_guides_have_a_section_for_each() -> None:
    for page in ("gallery.md", "facilitator.md"):
        text = (ROOT / "docs" / page).read_text("utf-8")
        missing = [name for name in NAMES if f"## {load(name).title}\n" not in text]
        assert not missing, page
