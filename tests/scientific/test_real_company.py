"""A real company, with the untidiness of real data (Michalski 2020, doi:10.7910/DVN/6Z3CGX), imported and simulated."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import differing, run

from sim.organization import read
from sim.scenario import load
from sim.state import BELIEF_FIELDS, Clock
from sim.terms import Role

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "manufacturing"


@pytest.fixture(scope="module")
def imported():
    if not (DATA / "reportsto.csv").is_file() or not (DATA / "communication.csv").is_file():
        pytest.skip(f"the manufacturing company's files (doi:10.7910/DVN/6Z3CGX) are not in {DATA}")
    return read(DATA / "reportsto.csv", ties=DATA / "communication.csv")


@pytest.fixture(scope="module")
def company(imported):
    return imported[0]


@pytest.fixture(scope="module")
def scenario():
    return load("baseline").with_({"days": 20})


@pytest.fixture(scope="module")
def simulated(company, scenario):
    return run(scenario, seed=1, organization=company)


def test_the_thirteen_accounts_without_a_reporting_line_are_told(imported):
    found = [remark for remark in imported[1] if re.match(r"13 accounts in communication\.csv are not in", remark)]
    assert len(found) == 1
    assert "left out" in found[0]


def test_the_chief_who_reports_to_himself_is_at_the_top(company):
    assert company.members == 154
    assert company.ids[company.top] == "86"
    assert company.manager[company.top] == -1
    assert company.role[company.top] == Role.executive


def test_every_account_of_the_company_becomes_a_member_with_traits_of_their_own(company, simulated):
    members = simulated.world.members
    assert len(members) == company.members
    assert (members["key"] == company.key).all()
    assert len(np.unique(members["risk_sensitivity"])) == company.members


def test_the_real_company_is_simulated_for_twenty_days(simulated):
    world = simulated.world
    messages = world.messages[: world.clock[Clock.messages]]
    assert simulated.tick == simulated.ticks == 160
    assert len(messages) > 20
    assert world.clock[Clock.occasions] > 20
    assert (messages["parent"] >= 0).any()
    assert len(np.unique(messages["author"])) > 10
    for name, *_ in BELIEF_FIELDS:
        assert np.isfinite(world.beliefs[name]).all(), name


def test_the_real_company_runs_alike_every_time(company, scenario, simulated):
    assert differing(run(scenario, seed=1, organization=company), simulated) == []
