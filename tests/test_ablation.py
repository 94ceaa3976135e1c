"""Claims about ablations: every mechanism can be taken out, and what is said of it is what its worlds show."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import sim
from experiments.cli import main
from experiments.facts import Match, Use, facts_for
from experiments.facts.ablation import ablations, as_json
from experiments.facts.effects import EFFECTS
from experiments.facts.mechanisms import MECHANISMS, Mechanism
from experiments.facts.telling import summary_of, table_of_ablation
from sim.parameters import registry


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_is_there_by_default_and_its_settings_take_it_out(name):
    baseline = sim.load("baseline")
    assert MECHANISMS[name].off
    for setting, value in MECHANISMS[name].off.items():
        assert registry()[setting].default != value
    assert baseline.with_(MECHANISMS[name].off) != baseline


@pytest.fixture(scope="module")
def ablated():
    """Return what taking out nothing and taking out all fear changes, over three short small runs."""
    nothing = Mechanism(
        "nothing", "", {"rules.nightmare_reader": sim.load("baseline").parameters.rules.nightmare_reader}
    )
    fear = Mechanism("fear of superiors", "", {"voice.superior_threat": 0.0})
    known = {"nothing": nothing, "fear": fear}
    patch = pytest.MonkeyPatch()
    patch.setattr("experiments.facts.ablation.MECHANISMS", known)
    facts = [fact for fact in facts_for(Use.calib) if fact.id in ("F8", "F18")]
    small = sim.load("baseline").with_({"organization.members": 60, "days": 25})
    yield {each.name: each for each in ablations(small, [1, 2, 3], list(known), facts, workers=1)}
    patch.undo()


def test_taking_out_nothing_changes_nothing(ablated):
    changes = ablated["nothing"].changes
    assert not any(change.moved for change in changes)
    assert all(change.difference.mean == 0.0 for change in changes if change.difference.runs)
    assert {change.id for change in changes} >= {*EFFECTS, "F8"}


def test_what_a_mechanism_does_is_the_difference_of_worlds_with_it_and_without(ablated):
    found = {change.id: change for change in ablated["fear"].changes}
    assert found["visible_and_unsafe"].kept.mean > found["visible_and_unsafe"].removed.mean
    assert found["visible_and_unsafe"].difference.mean < 0.0
    assert found["F8"].removed.mean < found["F8"].kept.mean


def test_only_facts_that_are_asked_for_are_looked_at(ablated):
    tested = {part.id for fact in facts_for(Use.test) for part in fact.parts}
    for each in ablated.values():
        assert not tested & {change.id for change in each.changes}


def test_what_is_told_is_what_was_found(ablated):
    fear = ablated["fear"]
    assert summary_of(fear).startswith("fear: parts of facts ")
    shown = table_of_ablation(fear)
    assert len(shown.rows) == sum(change.moved or len(set(change.verdicts)) > 1 for change in fear.changes)
    plain = json.loads(json.dumps(as_json([fear]), allow_nan=False))
    assert plain[0]["off"] == {"voice.superior_threat": 0.0}
    verdicts = {verdict.value for verdict in Match}
    assert all(set(change["verdicts"]) <= verdicts for change in plain[0]["changes"])


def ism(*typed):
    return CliRunner().invoke(main, ["facts", *typed])


def test_a_mechanism_that_there_is_not_is_refused_with_the_nearest():
    assert "Did you mean 'bystanders'?" in ism("--without", "bystandes").stderr
    assert ism("--without", "all", "--sizes").exit_code == 2
    assert ism("--sizes", "--rules", "all").exit_code == 2
    assert "edition" in ism("--sizes", "--edition", "1").stderr
    assert "--use is for --without" in ism("--use", "test").stderr
