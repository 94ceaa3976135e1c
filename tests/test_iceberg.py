"""Claims about the iceberg: what members think of an issue, what shows of it, and what is made of both."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from conftest import state_bytes

import sim
from sim.errors import InputError
from sim.opinions import iceberg, sides
from sim.record import Run
from sim.rules.learning import side_taken
from sim.scenario import Scenario
from sim.simulation import simulate
from sim.terms import Strategy

SPOKEN = ["plain", "rephrase", "narrow", "anonymous"]


@pytest.fixture(scope="module")
def run(lively: Scenario) -> Run:
    return simulate(lively, seed=1)


def members_of(run: Run, name: str) -> Any:
    what, _, which = name.partition(":")
    column = {"role": "role", "department": "department"}.get(what)
    return np.ones(run.members.height, bool) if column is None else (run.members[column] == which).to_numpy()


def test_below_the_surface_are_the_private_views_of_all_members(run: Run) -> None:
    for issue in range(4):
        positions = run.positions.filter(run.positions["issue"] == issue)
        stance, climate = positions["stance"].to_numpy(), positions["climate"].to_numpy()
        true = np.mean([side_taken(each) for each in stance])
        for group in iceberg(run, issue).groups:
            ours = members_of(run, group.name)
            assert group.members == ours.sum()
            assert group.in_favour == pytest.approx(np.mean([side_taken(each) for each in stance[ours]]))
            assert group.mean_stance == pytest.approx(stance[ours].mean())
            assert group.imagined == pytest.approx(climate[ours].mean())
            assert group.ignorance == pytest.approx(np.abs(climate[ours] - true).mean())


def test_what_shows_are_the_messages_that_readers_hear(run: Run) -> None:
    """All but the responses of leaders, which are no opinions, and announcements."""
    engine = run.engine_at(run.tick)
    ids = set(sim.kernel.message_ids(engine.world.messages[engine.world.messages["treatment"] > 0]).tolist())
    for issue in range(4):
        about = run.messages.filter((run.messages["issue"] == issue) & (run.messages["kind"] != "announcement"))
        about = about.filter(~about["message_id"].is_in(ids))
        for group in iceberg(run, issue).groups:
            said = about.filter(about["author"].is_in(np.flatnonzero(members_of(run, group.name)).tolist()))
            assert group.messages == said.height
            assert group.voices == said["author"].n_unique()
            if said.height:
                assert group.messages_in_favour == pytest.approx(np.mean([side_taken(s) for s in said["stance"]]))
                means = [said.filter(said["author"] == author)["stance"].mean() for author in said["author"].unique()]
                assert group.voices_in_favour == pytest.approx(np.mean([side_taken(mean) for mean in means]))
            else:
                assert (group.messages_in_favour, group.voices_in_favour) == (None, None)
            assert group.shown <= group.messages


def test_wishes_are_those_of_the_ledger(run: Run) -> None:
    for issue in range(4):
        stance = run.positions.filter(run.positions["issue"] == issue)["stance"].to_numpy()
        wishes = run.occasions.filter(run.occasions["issue"] == issue)
        spoken, member = wishes["strategy"].is_in(SPOKEN).to_numpy(), wishes["member"].to_numpy()
        everyone = iceberg(run, issue).all
        assert everyone.wishes_in_favour + everyone.wishes_against == wishes.height
        assert everyone.wishes_against == (stance[member] < 0).sum()
        assert everyone.spoken_against == (spoken & (stance[member] < 0)).sum()
        assert everyone.spoken_in_favour == (spoken & (stance[member] > 0)).sum()
        silence = iceberg(run, issue).silence
        assert silence is not None
        for cause, share in silence.items():
            assert share == pytest.approx(wishes.filter(~wishes["strategy"].is_in(SPOKEN))[f"motive_{cause}"].mean())
        assert sum(silence.values()) == pytest.approx(1.0)


def test_groups_sum_to_everyone(run: Run) -> None:
    ice = iceberg(run, 2)
    for kind in ("role", "department"):
        groups = [group for group in ice.groups if group.name.startswith(kind)]
        for count in ("members", "voices", "messages", "shown", "wishes_against", "spoken_against", "spoken_in_favour"):
            assert sum(getattr(group, count) for group in groups) == getattr(ice.all, count)
    assert ice.group("role:coworker").name == "role:coworker"
    with pytest.raises(InputError, match="Did you mean 'role:coworker'"):
        ice.group("role:coworkers")


def test_without_an_issue_it_is_the_one_that_challenges_most(run: Run) -> None:
    assert iceberg(run) == iceberg(run, 2) == iceberg(run, "Workload and staffing")
    assert iceberg(run).issue_name == "Workload and staffing"


def test_a_day_is_looked_at_as_it_ended(run: Run, lively: Scenario) -> None:
    assert iceberg(run, 2, day=5) == iceberg(run, 2)
    assert iceberg(run, 2, day=2) == iceberg(simulate(lively, seed=1, until=3), 2)
    counts = [iceberg(run, 2, day=day).all.messages for day in range(6)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_what_has_faded_is_no_longer_shown(lively: Scenario) -> None:
    short = iceberg(simulate(lively.with_({"visibility.persistence_days": 0.05}), seed=1), 2).all
    assert short.shown < short.messages / 5
    assert (short.shown_in_favour is None) == (short.shown == 0)


def test_where_nobody_says_anything_there_is_nothing_to_share_out(small: Scenario) -> None:
    quiet = simulate(small.with_({"population.non_users": 1.0, "leadership.line_managers.presence": 0.0}), until=1)
    ice = iceberg(quiet)
    assert (ice.all.messages, ice.all.messages_in_favour, ice.all.shown_in_favour, ice.silence) == (0, None, None, None)
    assert "–" in ice.words()
    json.dumps(ice.to_dict(), allow_nan=False)


def test_sides_are_taken_by_the_rule() -> None:
    stances = np.array([-1.0, -1e-300, -0.0, 0.0, 1e-300, 0.3, 1.0])
    assert sides(stances).tolist() == [side_taken(stance) for stance in stances]


def test_a_model_is_looked_at_where_it_stands_and_left_as_it_was(lively: Scenario, run: Run) -> None:
    model = sim.ArenaModel(lively, rng=1, ticks_per_step=8)
    for _ in range(3):
        model.step()
    before = state_bytes(model.engine)
    assert iceberg(model, 2) == iceberg(run, 2, day=2)
    assert iceberg(model, 2, day=1) == iceberg(run, 2, day=1)
    assert state_bytes(model.engine) == before


def test_a_saved_run_shows_the_same(run: Run, tmp_path: Any) -> None:
    folder = run.save(tmp_path / "run")
    assert sim.iceberg(Run.load(folder), 2, day=3) == iceberg(folder, 2, day=3) == iceberg(run, 2, day=3)


@pytest.mark.parametrize(
    ("issue", "says"),
    [
        ("Workload", "is not the name of an issue, or a number from 0 to 3"),
        ("Workload and stafing", "Did you mean 'Workload and staffing'"),
        (4, "issue = 4 is not"),
        (-1, "issue = -1 is not"),
        (True, "issue = true is not"),
    ],
)
def test_an_unknown_issue_is_refused_gently(run: Run, issue: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        iceberg(run, issue)
    assert says in str(caught.value)


@pytest.mark.parametrize("day", [-1, 6, "2", True])
def test_a_day_outside_the_run_is_refused_gently(run: Run, day: Any) -> None:
    with pytest.raises(InputError, match="is not a day of this run, from 0 to 5"):
        iceberg(run, 2, day)


def test_what_is_no_run_is_refused() -> None:
    with pytest.raises(InputError, match="is no Run, no run folder and no ArenaModel"):
        iceberg(7)


def test_words_tell_the_numbers(run: Run) -> None:
    ice = iceberg(run, 2)
    text = ice.words()
    assert text.startswith('"Workload and staffing", at the end of day 5')
    assert f"{100 * ice.all.in_favour:.0f}% of 120 members are in favour" in text
    assert f"of those against, {ice.all.spoken_against} of {ice.all.wishes_against} wishes spoken" in text
    assert len([line for line in text.splitlines() if line.startswith("  department ")]) == sum(
        group.name.startswith("department:") for group in ice.groups
    )
    assert str(ice) == text
    assert {strategy.name for strategy in Strategy if 0 <= strategy < 4} == set(SPOKEN)


def test_hostile_names_are_shown_as_text(lively: Scenario) -> None:
    named = lively.with_({"issues.2.name": "[bold]{0}<script>%s</script>"})
    assert '"[bold]{0}<script>%s</script>", at' in iceberg(simulate(named, seed=1, until=1), 2).words()
