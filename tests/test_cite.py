"""Whom to cite: every source that the code names is in the bibliography, and a run lists those that it used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from experiments.cli import main
from sim.citing import cite, named_in, works
from sim.parameters import registry
from sim.scenario import gallery, load

ROOT = Path(__file__).resolve().parent.parent
NO_WORK = re.compile(r"^(12 \(5-30\) items|loss over gain|manager answers|posts of an active member)")
"""Facts taken from several works, which docs/facts.md tells."""
LABEL = re.compile(r"[A-Z][\w'-]+(?:(?:,? [A-Z][\w'-]+)*,? (?:&|and) [A-Z]?[\w'-]+| et al\.)?,? \(?(?:18|19|20)\d\d\b")


def test_every_source_of_a_number_is_in_the_bibliography() -> None:
    missing = {
        parameter.source
        for parameter in registry().values()
        if parameter.source and not NO_WORK.match(parameter.source) and not named_in(parameter.source)
    }
    assert not missing


@pytest.mark.parametrize("name", sorted(gallery()))
def test_every_work_that_a_scenario_names_is_in_the_bibliography(name: str) -> None:
    scenario = load(name)
    text = " ".join(" ".join([scenario.theory, *(each.why for each in scenario.expect)]).split())
    years = set(re.findall(r"(?:18|19|20)\d\d", text))
    assert years <= {work.fields["year"] for work in named_in(text)}, LABEL.findall(text)


def test_the_bibliography_is_complete_and_each_work_is_found_by_its_own_label() -> None:
    for work in works().values():
        assert {"author", "title", "year"} <= set(work.fields), work.key
        for label in work.labels:
            assert work in named_in(f"as shown there ({label} {work.fields['year'].replace('--', '-')})"), work.key
        assert not re.search(r"[{}\\]", work.reference())


def test_a_label_is_not_found_inside_another() -> None:
    keys = {
        work.key for work in named_in("Burris, Detert & Chiaburu 2008; Madsen & Johansen 2019; Leonardi 2014, 2015")
    }
    assert keys == {"burris2008", "madsen2019", "leonardi2014", "leonardi2015"}
    assert named_in("Nobody 2008") == []


def test_a_run_cites_the_works_of_the_theory_that_decided(tmp_path: Path) -> None:
    small = sim.load("baseline").with_({"organization.members": 60, "days": 3})
    arena, thresholds = (
        cite(sim.simulate(small.with_({"rules.voice": theory}), seed=1)) for theory in ("arena", "threshold")
    )
    found = {name: {work.key for work in cited} for name, cited in arena.parts.items()}
    assert {"milliken2003", "hewlin2003", "marwick2011"} <= found["The theory that decided (arena)"]
    assert [work.key for work in thresholds.parts["The theory that decided (threshold)"]] == ["granovetter1978"]
    assert "frandsen2017" in found["The question of this scenario"]
    assert str(arena) == str(cite(sim.simulate(small, seed=1)))


def test_a_number_that_was_changed_no_longer_has_its_source(tmp_path: Path) -> None:
    small = sim.load("baseline").with_({"organization.members": 60, "days": 3, "attendance.half_life_days": 3})
    changed = small.with_({"attendance.rate": 0.1})
    cited = cite(sim.simulate(changed, seed=1)).parts["How members react, learn and come back, and how leaders answer"]
    assert "wood2007" not in {work.key for work in cited}


def test_the_command_prints_a_list_and_bibtex(tmp_path: Path) -> None:
    sim.simulate(sim.load("baseline").with_({"organization.members": 60, "days": 3}), seed=1).save(tmp_path / "run")
    found = CliRunner().invoke(main, ["cite", str(tmp_path / "run")])
    assert found.exit_code == 0 and "doi:10.2307/2666999" in found.output and "seed 1" in found.output
    entries = CliRunner().invoke(main, ["cite", str(tmp_path / "run"), "--bibtex"]).output
    assert entries.count("@") > 30 and entries.count("{") == entries.count("}")
    assert CliRunner().invoke(main, ["cite", str(tmp_path / "nothing")]).exit_code == 2
