"""A spiral is traced as it happened, and a twin differs from it by one voice alone."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import differing, ledger_of, state_bytes

import sim
from experiments.cli import main
from sim.engine import Engine
from sim.errors import InputError
from sim.room import bytes_of
from sim.scenario import Scenario, issue_number, load
from sim.spiral import (
    BELIEFS,
    Stage,
    Voice,
    acquiescence,
    change_by,
    fate_of,
    frozen,
    own_wishes,
    p_speak,
    rerun,
    trace,
    voices_to_change,
    watch_burns,
)
from sim.spiral.hot_stove import Burns
from sim.spiral.path import messages_of
from sim.spiral.pivotal import HoldBack
from sim.spiral.voice import LAGS, Readers, Settle, _gain, _parted
from sim.state import TICKS_PER_DAY, Clock, Errand
from sim.terms import SPOKEN, Form, Kind, Scope, Strategy

WORKLOAD = 2
LEARNS_ELSEWHERE = {
    "learning.rate": 0.0,  # all beliefs that are learned by the one rule
    "learning.stance_rate": 0.0,
    "learning.concern_rate": 0.0,
    "learning.relief_rate": 0.0,
    "learning.engagement_rate": 0.0,
    "attendance.rate": 0.0,  # who comes decides whose reading is imagined
}
"""All further channels by which one who reads could come to speak otherwise."""


@pytest.fixture(scope="module")
def busy(lively) -> Scenario:
    return lively.with_({"days": 12})


@pytest.fixture(scope="module")
def finished(busy):
    return sim.simulate(busy, seed=1)


@pytest.fixture(scope="module")
def spiral(finished):
    return trace(finished, WORKLOAD)


@pytest.fixture(scope="module")
def ended(finished) -> Engine:
    return finished.engine_at(finished.tick)


def _voice(engine: Engine, issue: int = WORKLOAD, spoken: bool = True, from_day: int = 1) -> Voice:
    """Return the first critical occasion on an issue that was spoken, or withheld."""
    ledger = ledger_of(engine)
    done = ledger["strategy"] < SPOKEN if spoken else ledger["strategy"] == Strategy.withhold
    found = ledger[
        done & (ledger["issue"] == issue) & (ledger["criticality"] > 0.0) & (ledger["kind"] != Kind.question)
    ]
    found = found[found["tick"] >= from_day * TICKS_PER_DAY]
    return Voice(*(int(found[0][name]) for name in ("occasion_id", "tick", "member", "issue", "strategy")))


# ---------------------------------------------------------------- the path


def test_a_path_is_described_in_the_order_of_time(spiral):
    ticks = [reached.tick for reached in spiral.milestones]
    assert ticks == sorted(ticks)
    assert len(ticks) == len({reached.stage for reached in spiral.milestones}) >= 6


@pytest.mark.parametrize("issue", range(4))
def test_a_path_agrees_with_the_record_of_the_issue(finished, ended, issue):
    seen = rerun(finished, issue)
    reached = {milestone.stage: milestone for milestone in trace(finished, issue, most=0).milestones}
    record = ended.world.issues[issue]
    assert not differing(seen.engine, ended), "to watch a run changes nothing in it"
    for stage in (Stage.surfaced, Stage.answered, Stage.resolved):
        assert record[stage.name] == (reached[stage].tick if stage in reached else -1)
    assert reached[Stage.first_voice].member == record["voice_0"]
    assert reached[Stage.second_voice].member == record["voice_1"]


def test_a_path_agrees_with_the_tables_of_the_run(finished, spiral):
    steps = {step["stage"]: step for step in spiral.to_dict()["path"]}
    spoken = ("plain", "rephrase", "narrow", "anonymous")
    rows = [row for row in finished.messages.to_dicts() if row["issue"] == WORKLOAD and row["strategy"] in spoken]
    roles = finished.members["role"].to_list()
    authors = list(dict.fromkeys(row["author"] for row in rows))
    third = next(row for row in rows if row["author"] == authors[2])
    assert steps["first_voice"]["message_id"] == rows[0]["message_id"]
    assert steps["surfaced"]["message_id"] == third["message_id"]
    critiques = [row for row in rows if row["criticality"] > 0 and row["kind"] != "question"]
    below = [row for row in critiques if roles[row["author"]] in ("coworker", "communicator")]
    assert steps["first_critique"]["message_id"] == below[0]["message_id"]
    answered = {row["message_id"] for row in critiques if row["leader_response"] is not None}
    answer = finished.messages.filter(finished.messages["message_id"] == steps["critique_answered"]["message_id"])
    assert answer["parent_id"].item() in answered


def test_the_likes_seen_are_the_likes_counted(finished, ended):
    messages = messages_of(ended)
    likes = [like.message for like in rerun(finished, WORKLOAD).likes]
    counted = np.where(messages["issue"] == WORKLOAD, messages["likes"], 0)
    assert counted.sum() > 50
    assert np.array_equal(np.bincount(likes, minlength=len(messages)), counted)


def test_stages_never_reached_are_named(small):
    alone = small.with_({"organization.members": 12, "days": 2})
    spiral = trace(sim.simulate(alone, seed=1), WORKLOAD)
    assert set(spiral.missing) == set(Stage) - {reached.stage for reached in spiral.milestones}
    assert Stage.resolved in spiral.missing
    assert spiral.words().count("never") >= len(spiral.missing)


# ---------------------------------------------------------------- whose silence would have ended it


def _one_voice_alone() -> Scenario:
    """Return a world in which one issue among few members finds hardly a voice."""
    quiet = {"organization.members": 60, "days": 30, "leadership.line_managers.presence": 3.0}
    return load("baseline").with_(quiet | {"leadership.line_managers.responsiveness": 1.0})


def test_the_silence_of_the_only_voice_ends_the_issue():
    for seed in range(1, 40):
        engine = Engine(_one_voice_alone(), seed=seed)
        engine.advance(engine.ticks)
        voices = ledger_of(engine)
        who = set(voices["member"][(voices["issue"] == WORKLOAD) & (voices["strategy"] < SPOKEN)].tolist())
        if len(who) == 1 and engine.world.issues[WORKLOAD]["answered"] >= 0:
            break
    else:
        pytest.fail("no such luck")
    spiral = trace(sim.simulate(_one_voice_alone(), seed=seed), WORKLOAD)
    only = next(pivot for pivot in spiral.pivots if pivot.member in who)
    assert only.pivotal
    assert "answered" in only.ended
    assert only.throughout.answered is None
    assert "pivotal: without them" in spiral.words()


def test_people_who_change_nothing_are_not_called_pivotal(spiral):
    assert spiral.fate.resolved is not None
    for pivot in spiral.pivots:
        assert pivot.pivotal == any(
            here is not None and there is None for here, there in zip(pivot.fate, pivot.throughout, strict=True)
        )
        if pivot.throughout == pivot.fate:
            assert not pivot.delays
            assert not pivot.ended


def test_those_tried_out_are_distinct_and_as_many_as_wanted(finished):
    for most in (0, 3, 8):
        pivots = trace(finished, WORKLOAD, most=most).pivots
        assert len(pivots) == len({pivot.member for pivot in pivots}) == most
    first = messages_of(finished.engine_at(finished.tick))
    assert [pivot.part for pivot in pivots[:1]] == ["first voice"]
    assert all(first["author"][pivot.message] == pivot.member for pivot in pivots)


def test_a_twin_is_the_run_until_the_voice_is_missing(finished, ended):
    voice = _voice(ended)
    twin, run = finished.engine_at(voice.tick), finished.engine_at(voice.tick)
    assert not differing(twin, run)
    twin.advance(voice.tick + 1, HoldBack(WORKLOAD, occasion=voice.occasion))
    run.advance(voice.tick + 1)
    changed = set(differing(twin, run))
    assert "occasions.strategy" in changed
    assert not any(name.startswith(("beliefs.", "start.")) for name in changed), "nobody can know of it yet"
    before = int((ledger_of(run)["tick"] < voice.tick).sum())
    for name in ledger_of(run).dtype.names:
        np.testing.assert_array_equal(ledger_of(twin)[name][:before], ledger_of(run)[name][:before])


def test_who_is_silent_throughout_never_speaks_of_the_issue(finished, spiral):
    """As in the twin that says who was pivotal, which ends as the fate given by `throughout`."""
    pivot = spiral.pivots[0]
    talker = pivot.member
    twin = finished.engine_at(0)
    twin.advance(finished.tick, HoldBack(WORKLOAD, member=talker))
    mine = ledger_of(twin)[ledger_of(twin)["member"] == talker]
    assert (mine["strategy"][mine["issue"] == WORKLOAD] >= SPOKEN).all()
    assert (mine["strategy"][mine["issue"] != WORKLOAD] < SPOKEN).any()
    assert fate_of(twin, WORKLOAD) == pivot.throughout


# ---------------------------------------------------------------- one voice more or less


def test_to_withhold_and_to_speak_again_is_to_change_nothing(finished, ended):
    voice = _voice(ended)
    run, twin = finished.engine_at(voice.tick), finished.engine_at(voice.tick)

    def hold_back_and_take_back(engine: Engine) -> None:
        Settle(voice, Strategy.withhold)(engine)
        Settle(voice, voice.strategy)(engine)

    run.advance(voice.tick + 20)
    twin.advance(voice.tick + 1, hold_back_and_take_back)
    twin.advance(voice.tick + 20)
    assert not differing(twin, run)


def test_to_add_a_voice_where_it_was_removed_is_the_inverse(finished, ended):
    removed = _voice(ended)
    engine = finished.engine_at(removed.tick)
    added = removed._replace(strategy=Strategy.withhold)
    if removed.strategy != Strategy.plain:
        removed = removed._replace(strategy=int(Strategy.plain))
    assert change_by(engine, removed, lags=(2,)) == change_by(engine, added, lags=(2,))
    heard, _ = _parted(engine, removed, int(Strategy.plain), None)
    unheard, _ = _parted(engine, removed, int(Strategy.withhold), None)
    for twin in (heard, unheard):
        twin.advance(removed.tick + 2 * TICKS_PER_DAY)
    wishes = own_wishes(engine.world, WORKLOAD)
    gain = _gain(heard, unheard, wishes)
    assert gain.any()
    assert np.array_equal(gain, -_gain(unheard, heard, wishes))


def test_asking_only_those_who_differ_finds_all_that_differs(finished, ended):
    voice = _voice(ended)
    engine = finished.engine_at(voice.tick)
    twins = [_parted(engine, voice, strategy, None)[0] for strategy in (voice.strategy, int(Strategy.withhold))]
    wishes = own_wishes(engine.world, WORKLOAD)
    for hours in (1, 8, 40):
        for twin in twins:
            twin.advance(voice.tick + hours)
        assert np.array_equal(_gain(*twins, wishes), p_speak(twins[0], wishes) - p_speak(twins[1], wishes))


@pytest.mark.parametrize("spoken", [True, False])
def test_with_nothing_to_be_learned_a_voice_changes_nobody(finished, ended, spoken):
    voice = _voice(ended, spoken=spoken)
    engine = finished.engine_at(voice.tick)
    learning, still = {}, frozen(BELIEFS) | LEARNS_ELSEWHERE
    assert change_by(engine, voice, learning, (2,)).critics != 0.0
    assert change_by(engine, voice, still, (2,))[:4] == (0.0, 0.0, 0.0, 0.0)


def test_what_a_frozen_belief_would_do_is_not_done(finished, ended):
    voice = _voice(ended)
    engine = finished.engine_at(voice.tick)
    others = {name: value for name, value in LEARNS_ELSEWHERE.items() if name != "learning.rate"}
    twins = [_parted(engine, voice, s, others | frozen(BELIEFS))[0] for s in (voice.strategy, int(Strategy.withhold))]
    for twin in twins:
        twin.advance(voice.tick + 40)
    changed = differing(*twins)
    for belief in ("beliefs.safety_line_manager", "beliefs.safety_executives", "beliefs.voice_efficacy"):
        assert belief not in changed
    for belief in ("beliefs.licence_to_critique", "positions.climate", "positions.others_know"):
        assert belief not in changed


def _most_read(engine: Engine) -> Voice:
    """Return the voice of the first half of the run that most have read."""
    messages, ledger = messages_of(engine), ledger_of(engine)
    early = ledger["tick"] < engine.tick // 2
    mine = ledger[early & (ledger["issue"] == WORKLOAD) & (ledger["strategy"] < SPOKEN)]
    most = mine[np.argmax(messages["views"][mine["message"]])]
    return Voice(*(int(most[name]) for name in ("occasion_id", "tick", "member", "issue", "strategy")))


def test_a_change_is_the_sum_over_its_parts(finished, ended):
    voice = _most_read(ended)
    change = change_by(finished.engine_at(voice.tick), voice, lags=(2, 5))
    assert change.critics == pytest.approx(change.readers + change.unreached, abs=1e-12)
    assert change.readers != 0.0
    assert change.unreached != 0.0


def test_the_readers_found_are_the_views_counted(finished, ended):
    voice = _most_read(ended)
    engine, message = _parted(finished.engine_at(voice.tick), voice, voice.strategy, None)
    assert messages_of(engine)["views"][message] == 0
    readers = Readers(message)
    engine.advance(finished.tick, readers)
    assert messages_of(engine)["views"][message] == len(readers.found) > 10


def test_an_occasion_that_there_is_not_is_refused(finished, ended):
    voice = _voice(ended)
    with pytest.raises(ValueError, match="no occasion"):
        change_by(finished.engine_at(voice.tick), voice._replace(occasion=voice.occasion + 100))


def test_voices_to_change_are_spread_over_those_there_were(busy):
    engine = Engine(busy.with_({"days": 20}), seed=1)
    engine.advance(engine.ticks)
    for spoken in (True, False):
        voices = voices_to_change(engine, WORKLOAD, spoken, 4)
        assert len({voice.occasion for voice in voices}) == 4
        assert all(voice.spoken == spoken and voice.issue == WORKLOAD for voice in voices)
        assert all(5 * TICKS_PER_DAY <= voice.tick < engine.tick - max(LAGS) * TICKS_PER_DAY for voice in voices)
        assert [voice.tick for voice in voices] == sorted(voice.tick for voice in voices)


def _arms_of_one_message(small: Scenario) -> tuple[Engine, Engine, int, Voice]:
    """Return a world with and without one voice, in which all others are kept from saying anything."""
    mute = {f"reaction.{name}": -20.0 for name in ("like", "to", "with_", "against", "past", "about")}
    quiet = {"leadership.line_managers.responsiveness": 0.0, "leadership.executives.responsiveness": 0.0}
    world = small.with_({**mute, **quiet, "days": 12, "population.visits_per_day.mean": 2.0})
    ended = Engine(world, seed=2)
    ended.advance(ended.ticks)
    voice = _voice(ended)
    engine = Engine(world, seed=2)
    engine.advance(voice.tick)
    arms = [_parted(engine, voice, s, None) for s in (int(Strategy.plain), int(Strategy.withhold))]
    return arms[0][0], arms[1][0], arms[0][1], voice


def test_one_message_moves_its_reader_as_computed_by_hand(small):
    heard, unheard, message, voice = _arms_of_one_message(small)
    assert messages_of(heard)[message]["criticality"] > 0.0
    before = heard.world.positions[:, WORKLOAD].copy()
    licence = heard.world.beliefs["licence_to_critique"].copy()
    read: dict[int, list[int]] = {}

    def watch(engine: Engine) -> None:
        world = engine.world
        for place in range(int(world.clock[Clock.visitors])):
            items = world.seen[place, : world.seen_count[place]].tolist()
            if message in items:
                read[int(world.visitors[place])] = items

    while not any(row != voice.member for row in read):
        heard.advance(heard.tick + 1, watch)
    row, items = next((row, items) for row, items in read.items() if row != voice.member)
    climate, allowed = before["climate"][row], licence[row]
    step = 0.15 * 0.15  # learning.rate x learning.impression_weight
    for item in items:
        said = messages_of(heard)[item]
        if said["issue"] == WORKLOAD:
            climate += step * ((said["stance"] > 0.0) - climate)
        allowed += step * ((0.5 if said["criticality"] > 0.0 else 0.0) - allowed)
    assert heard.world.positions[row, WORKLOAD]["climate"] == pytest.approx(climate, rel=1e-12)
    assert heard.world.beliefs[row]["licence_to_critique"] == pytest.approx(allowed, rel=1e-12)
    unheard.advance(heard.tick)
    assert heard.world.positions[row, WORKLOAD]["climate"] < unheard.world.positions[row, WORKLOAD]["climate"]
    assert heard.world.beliefs[row]["licence_to_critique"] > unheard.world.beliefs[row]["licence_to_critique"]


def test_one_more_critic_heard_lends_courage_to_a_critic_through_climate_and_licence(small):
    heard, unheard, _, voice = _arms_of_one_message(small)
    for name, left in (("climate", "learning.of_licence"), ("licence", "learning.of_climate")):
        arms = [heard.copy(), unheard.copy()]
        alone = {key: 0.0 for belief, key in BELIEFS.items() if belief != name} | {
            key: 0.0 for key in LEARNS_ELSEWHERE if key != "learning.rate"
        }
        assert left in alone
        for arm in arms:
            arm.set_levers(sim.scenario.changed(arm.parameters, alone))
            arm.advance(voice.tick + 1 * TICKS_PER_DAY)
        wishes = own_wishes(heard.world, WORKLOAD)
        critics = wishes.of((wishes.criticality > 0.0) & (wishes.members != voice.member))
        gain = _gain(arms[0], arms[1], critics)
        assert gain.max() > 0.0
        assert gain.sum() > 0.0


# ---------------------------------------------------------------- the probe


def test_a_probe_changes_nothing_and_draws_no_luck(ended):
    before, scratch = state_bytes(ended), bytes_of(ended.world.rows).tobytes()
    wishes = own_wishes(ended.world, WORKLOAD)
    first, share = p_speak(ended, wishes), acquiescence(ended, wishes)
    assert np.array_equal(first, p_speak(ended, wishes))
    assert 0.0 < share < 1.0
    assert ((first > 0.0) & (first < 1.0)).all()
    assert state_bytes(ended) == before
    assert bytes_of(ended.world.rows).tobytes() == scratch


def test_a_probe_tells_what_the_ledger_tells(finished):
    """Asked in the very hour of an occasion, with its wish, a member answers with the probability of the ledger."""
    engine = finished.engine_at(5 * TICKS_PER_DAY)
    checked = []

    def compare(engine: Engine) -> None:
        world = engine.world
        for place in range(int(world.clock[Clock.visitors])):
            for row in world.rows[place, : world.row_count[place]]:
                if row["errand"] == Errand.wish and row["form"] == Form.post and row["meant"] == Scope.organization:
                    wishes = own_wishes(world, int(row["issue"]))
                    asked = wishes._replace(
                        members=np.array([row["member"]]), criticality=np.array([row["criticality"]])
                    )
                    checked.append((p_speak(engine, asked)[0], row["p_spoken"]))

    engine.advance(finished.tick, compare)
    assert len(checked) > 20
    assert all(asked == said for asked, said in checked)


def test_those_who_never_come_are_not_asked(ended):
    wishes = own_wishes(ended.world, WORKLOAD)
    away = np.setdiff1d(np.arange(len(ended.world.members)), wishes.members)
    assert len(away) > 5
    assert (ended.world.members["visits"][away] == 0).all()


def test_a_twin_goes_on_as_its_original_would(finished):
    engine = finished.engine_at(37)
    twin = engine.copy()
    twin.advance(finished.tick)
    assert not differing(twin, finished.engine_at(finished.tick))
    assert engine.tick == 37


# ---------------------------------------------------------------- the hot stove


def _led(busy: Scenario, **policy: float) -> Scenario:
    groups = ("line_managers", "executives")
    return busy.with_({f"leadership.{who}.{name}": to for who in groups for name, to in policy.items()})


def test_nobody_is_burnt_where_leaders_are_absent(busy):
    found = watch_burns(Engine(_led(busy, presence=0.0), seed=1))
    assert found.burnt == 0
    assert np.isnan(found.share)


def test_nobody_is_burnt_where_every_answer_supports(busy):
    assert watch_burns(Engine(_led(busy, openness=1.0, sanction=0.0), seed=1)).burnt < (
        watch_burns(Engine(_led(busy, openness=0.0, sanction=1.0), seed=1)).burnt
    )


def test_burns_are_those_of_beliefs_followed_step_by_step(busy):
    """The first fall of safety at a visit, found here from states kept between ticks, overnight forgetting aside."""
    engine, plain = Engine(_led(busy, openness=0.2), seed=1), Engine(_led(busy, openness=0.2), seed=1)
    burns = Burns(engine)
    burns.advance(engine.ticks)
    first = np.full(len(plain.world.members), -1)
    while plain.tick < plain.ticks:
        tick, before = plain.tick, plain.world.beliefs.copy()
        plain.advance(tick + 1)
        if (tick + 1) % TICKS_PER_DAY:  # no night in between
            after = plain.world.beliefs
            fell = (after["safety_line_manager"] < before["safety_line_manager"]) | (
                after["safety_executives"] < before["safety_executives"]
            )
            first[fell & (first < 0)] = tick
    by_day = (burns.burnt + 1) % TICKS_PER_DAY > 0
    known = by_day & (burns.burnt >= 0)
    assert known.sum() > 20
    assert np.array_equal(first[known], burns.burnt[known])
    assert not differing(engine, plain), "to watch changes nothing"


def test_the_kinds_of_burnt_members_fit_together(small):
    """Among teams that see only their own page; what is heard outside the arena leaves fewer in the dark."""
    apart = {"days": 25, "population.occasions_per_visit.mean": 0.08, "visibility.scope": "team"}
    talking = _led(small.with_(apart), openness=0.1, sanction=0.9)
    silent = talking.with_({"learning.team_talks": 0.0, "learning.gossip": 0.0})
    found = watch_burns(Engine(silent, seed=1))
    assert found.burnt >= found.silent >= found.silent_in_the_dark > 0
    assert found.burnt - found.silent >= found.outspoken_in_the_dark
    assert found.share == found.silent_in_the_dark / found.burnt
    assert watch_burns(Engine(talking, seed=1)).share < found.share


# ---------------------------------------------------------------- which issue, and how it is described


def test_an_issue_is_found_by_name_and_by_number(busy):
    parameters = busy.parameters
    assert issue_number(parameters) == WORKLOAD
    assert issue_number(parameters, "workload and STAFFING ") == WORKLOAD
    assert issue_number(parameters, "0") == issue_number(parameters, 0) == 0


@pytest.mark.parametrize("wrong", ["Workload and stafing", "4", 4, -1, "-1", "٣", "", 1.5])
def test_an_issue_that_there_is_not_is_refused(busy, wrong):
    with pytest.raises(InputError, match="name of an issue, or a number from 0 to 3") as caught:
        issue_number(busy.parameters, wrong)
    assert caught.value.nearest == ("Workload and staffing" if wrong == "Workload and stafing" else None)


def test_a_spiral_is_described_safely(spiral):
    names = {row: f"{member}\x1b[2J" for row, member in spiral.member_ids.items()}
    words = replace(spiral, name="Pay \x1b[31mnow\x07", member_ids=names).words()
    assert "\x1b" not in words
    assert "Pay \\x1b[31mnow" in words
    assert f"{spiral.member_ids[spiral.pivots[0].member]}\\x1b[2J" in words


def test_to_dict_is_json_and_tells_what_words_tell(spiral):
    said = json.loads(json.dumps(spiral.to_dict()))
    assert [step["stage"] for step in said["path"]] == [reached.stage.name for reached in spiral.milestones]
    assert sum(step["days_since_the_last"] for step in said["path"]) == pytest.approx(spiral.milestones[-1].day)
    assert len(said["pivots"]) == len(spiral.pivots) == 8
    for pivot in said["pivots"]:
        assert f"{pivot['member']} ({pivot['part']}" in spiral.words()


@pytest.fixture(scope="module")
def folder(finished, tmp_path_factory):
    return finished.save(tmp_path_factory.mktemp("runs") / "busy")


def test_the_command_tells_the_spiral_of_a_run(folder, spiral):
    done = CliRunner().invoke(main, ["spiral", str(folder), "--issue", "workload and staffing"])
    assert done.exit_code == 0, done.output
    assert done.output.strip() == spiral.words()
    said = CliRunner().invoke(main, ["spiral", str(folder), "--json"])
    assert json.loads(said.output) == json.loads(json.dumps(spiral.to_dict()))


def test_the_command_refuses_what_cannot_be(folder, tmp_path):
    unknown = CliRunner().invoke(main, ["spiral", str(folder), "--issue", "Workload and stafing"])
    assert unknown.exit_code == 2
    assert "Did you mean 'Workload and staffing'?" in unknown.output
    assert CliRunner().invoke(main, ["spiral", str(folder), "--seeds", "3"]).exit_code == 2
    nowhere = CliRunner().invoke(main, ["spiral", str(tmp_path / "nowhere")])
    assert nowhere.exit_code == 2
    assert "no such run folder" in nowhere.output


def test_a_spiral_of_a_stored_run_is_that_of_the_run(folder, spiral):
    assert trace(sim.Run.load(folder), WORKLOAD) == spiral
