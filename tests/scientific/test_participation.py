"""Who takes part, whom they write for, who answers and who comes back: what each mechanism does, and when nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from conftest import differing, ledger_of, run
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.engine import Engine, make_organization
from sim.parameters import Coefficients, coefficients
from sim.population import populate
from sim.rules import attendance, reaction, wish
from sim.scenario import Scenario, load
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import Form, Glance, Identity, Kind, Reaction, Response, Role, Scope, Strategy

BASELINE = load("baseline")
NUMBERS = coefficients(BASELINE.parameters)
NEUTRAL: dict[str, Any] = {
    "population.disposition": 0.0,
    "voice.reward": 0.0,
    "voice.addressing": 0.0,
    "reaction.call": 0.0,
    "reaction.turn_taking": 0.0,
    "reaction.direct_reciprocity": 0.0,
    "visibility.notifications": False,
    "visibility.leaders_first": False,
}
"""The number of each mechanism at which it does nothing."""

shares = st.floats(0.0, 1.0)
flags = st.sampled_from((0.0, 1.0))
glances = st.builds(
    Glance,
    **dict.fromkeys(Glance._fields, shares)
    | dict.fromkeys(("question", "tie", "superior", "nested", "alone", "mine", "owed"), flags)
    | {"bystanders": st.floats(0.0, 12.0), "turn": st.integers(1, 40).map(float)},
)


def _reacting(**weights: float) -> Coefficients:
    return NUMBERS._replace(reaction=NUMBERS.reaction._replace(**weights))


def _messages(engine: Engine) -> np.ndarray:
    return np.asarray(engine.world.messages[: engine.world.clock[Clock.messages]])


def _odds_of_a_comment(glance: Glance, numbers: Coefficients) -> float:
    """Return the odds of a comment against passing on or liking, by the largest luck that brings no comment."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        quiet = reaction.react(glance, numbers, middle) <= Reaction.like
        low, high = (middle, high) if quiet else (low, middle)
    return (1.0 - low) / low


def _readings(scenario: Scenario) -> Iterator[tuple[Engine, int, np.ndarray]]:
    """Yield each visit after its hour: the engine, the reader's row, and the rows of the messages read, in order."""
    engine = Engine(scenario, seed=5)
    for tick in range(engine.ticks):
        engine.advance(tick + 1)
        world = engine.world
        for place in range(int(world.clock[Clock.visitors])):
            yield engine, int(world.visitors[place]), np.array(world.seen[place, : world.seen_count[place]])


# ---------------------------------------------------------------- one disposition, and what rewards it


def _members(closeness: float) -> Any:
    scenario = BASELINE.with_({"population.disposition": closeness, "organization.members": 4000})
    return populate(make_organization(scenario, 3), scenario.parameters, 3)[0]


@pytest.mark.parametrize("closeness", [0.0, 0.4, 0.65, 1.0])
def test_how_readily_and_how_often_one_speaks_go_together_as_closely_as_set(closeness):
    members = _members(closeness)
    ranks = [stats.rankdata(members[name]) for name in ("voice_propensity", "occasions_per_visit")]
    scores = [stats.norm.ppf(rank / (len(members) + 1)) for rank in ranks]
    assert np.corrcoef(scores)[0, 1] == pytest.approx(closeness, abs=0.04)


def test_a_disposition_changes_neither_trait_by_itself():
    apart, together = _members(0.0), _members(0.8)
    assert apart["voice_propensity"].tobytes() == together["voice_propensity"].tobytes()
    assert stats.ks_2samp(apart["occasions_per_visit"], together["occasions_per_visit"]).pvalue > 1e-3


@given(shares, shares, st.floats(0.0, 3.0))
def test_who_is_received_has_more_to_say(recognition, more, weight):
    low, high = sorted((recognition, more))
    voice = NUMBERS.voice._replace(reward=weight)
    assert wish.occasions(1.0, low, voice) <= wish.occasions(1.0, high, voice)
    assert wish.occasions(1.0, 0.5, voice) == 1.0
    assert wish.occasions(0.0, high, voice) == 0.0


# ---------------------------------------------------------------- whom it is meant for


def _scopes(engine: Engine) -> np.ndarray:
    """Return the scopes of posts that members wrote of their own accord, narrowed ones left aside."""
    posts = _messages(engine)[_messages(engine)["parent"] < 0]
    return np.asarray(posts["scope"][(posts["strategy"] >= 0) & (posts["strategy"] != Strategy.narrow)])


@pytest.mark.parametrize("scope", list(Scope))
def test_where_nothing_is_addressed_the_lever_alone_says_where_a_post_goes(lively, scope):
    scopes = _scopes(run(lively.with_({"voice.addressing": 0.0, "visibility.scope": scope.name})))
    assert len(scopes) > 30
    assert (scopes == scope).all()


@pytest.mark.parametrize("scope", list(Scope))
def test_no_post_goes_wider_than_the_lever_lets_it(lively, scope):
    scopes = _scopes(run(lively.with_({"voice.addressing": 1.0, "visibility.scope": scope.name})))
    assert scopes.max() == scope
    assert len(np.unique(scopes)) == scope + 1, "some are meant for narrower pages"


def test_a_post_that_is_meant_for_a_tie_goes_where_some_tie_reads(lively):
    world = run(lively.with_({"voice.addressing": 1.0})).world
    posts = world.messages[: world.clock[Clock.messages]]
    posts = posts[(posts["parent"] < 0) & (posts["scope"] == Scope.team) & (posts["strategy"] == Strategy.plain)]
    first_team = len(world.audiences) - world.clock[Clock.teams]
    assert len(posts) > 10
    for post in posts:
        ties = world.members[world.tie_member[world.tie_start[post.author] : world.tie_start[post.author + 1]]]
        team = post.audience - first_team
        assert ((ties["team"] == team) | (ties["led_team"] == team)).any()


def test_a_draft_is_meant_for_whom_it_was_meant_for(lively):
    ledger = ledger_of(run(lively.with_({"voice.addressing": 0.6, "voice.postpone_cost": 0.0}), seed=2))
    place = {number: at for at, number in enumerate(ledger["occasion_id"].tolist())}
    again = [at for at in np.flatnonzero(ledger["draft_of"] >= 0) if ledger["form"][at] == Form.post]
    before = [place[ledger["draft_of"][at]] for at in again]
    assert len(set(ledger["meant"][before])) > 1
    assert (ledger["meant"][again] == ledger["meant"][before]).all()


# ---------------------------------------------------------------- who answers


@given(glances, st.floats(0.0, 12.0))
def test_the_more_could_answer_the_less_each_does_but_nobody_is_kept_from_it(glance, more):
    glance = glance._replace(alone=1.0, nested=0.0, mine=0.0)
    few, many = sorted((glance.bystanders, more))
    odds = [
        _odds_of_a_comment(at, NUMBERS)
        for at in (glance._replace(bystanders=few), glance._replace(bystanders=many), glance._replace(alone=0.0))
    ]
    assert odds[0] >= odds[1] * (1.0 - 1e-9)
    assert odds[1] >= odds[2] * (1.0 - 1e-9)


@given(st.integers(2, 10_000), st.integers(2, 10_000))
def test_at_full_diffusion_a_call_finds_as_many_volunteers_whatever_its_audience(few, many):
    """Diekmann 1985: each of n volunteers with odds in proportion to 1 / n, so that n times the odds is one number."""
    weights = NUMBERS.reaction._replace(call=15.0, diffusion=1.0)
    first = Glance(*(0.0 for _ in Glance._fields))._replace(alone=1.0)
    found = [
        readers
        * math.exp(reaction.responsibility(first._replace(bystanders=reaction.bystanders(readers + 1.0)), weights))
        for readers in (few, many)
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-9)


@given(glances, st.integers(1, 40), st.integers(1, 40))
def test_each_turn_asks_less_for_the_next(glance, turn, later):
    glance = glance._replace(mine=1.0, nested=1.0, alone=0.0)
    first, second = (glance._replace(turn=float(at)) for at in sorted((turn, later)))
    assert _odds_of_a_comment(first, NUMBERS) >= _odds_of_a_comment(second, NUMBERS) * (1.0 - 1e-9)


@given(glances)
def test_who_has_answered_me_is_answered_sooner(glance):
    odds = [_odds_of_a_comment(glance._replace(owed=owed), NUMBERS) for owed in (0.0, 1.0)]
    assert odds[1] > odds[0]


@given(glances, st.floats(0.0, 12.0), flags, flags)
def test_without_their_weights_nothing_asks_for_an_answer(glance, bystanders, mine, owed):
    numbers = _reacting(call=0.0, turn_taking=0.0, direct_reciprocity=0.0)
    other = glance._replace(
        alone=1.0 - glance.alone, bystanders=bystanders, mine=mine, owed=owed, turn=glance.turn + 1.0
    )
    for luck in (0.5, 0.9, 0.99, 0.999, 0.9999):
        assert reaction.react(glance, numbers, luck) == reaction.react(other, numbers, luck)


def _deepest(engine: Engine) -> int:
    return int(_messages(engine)["turn"].max())


def test_talk_goes_on_and_comes_to_an_end(lively):
    calm = lively.with_({"days": 12, "organization.members": 80})
    closing = run(calm.with_({"reaction.turn_taking": 12.0, "reaction.closing": 0.3}))
    endless = run(calm.with_({"reaction.turn_taking": 12.0, "reaction.closing": 0.0}))
    assert 2 <= _deepest(closing) < _deepest(endless)


def test_turns_are_counted_along_the_chain_of_replies(lively):
    messages = _messages(run(lively))
    replies = messages["parent"] >= 0
    assert (messages["turn"][~replies] == 0).all()
    assert (messages["turn"][replies] == messages["turn"][messages["parent"][replies]] + 1).all()


def test_those_kept_in_mind_are_those_who_answered_last(lively):
    engine = run(lively)
    messages, members = _messages(engine), engine.world.members
    wrote: dict[int, list[int]] = {}
    for message in messages[messages["parent"] >= 0]:
        author = int(messages["author"][message["parent"]])
        if author != message["author"] and message["identity"] < Identity.pseudonym:
            others = wrote.setdefault(author, [])
            if message["author"] in others:
                others.remove(int(message["author"]))
            others.insert(0, int(message["author"]))
    kept = members["helpers"].shape[1]
    assert any(len(others) > kept for others in wrote.values())
    for row in range(len(members)):
        others = wrote.get(row, [])[:kept]
        assert members["helpers"][row].tolist() == others + [-1] * (kept - len(others))


# ---------------------------------------------------------------- what is read first, and who comes back


def _is_notice(messages: np.ndarray, seen: np.ndarray, row: int) -> np.ndarray:
    parent = messages["parent"][seen]
    return (parent >= 0) & (messages["author"][parent] == row) & (messages["treatment"][seen] == Response.none)


ANNOUNCING = {f"leadership.{who}.espoused_openness": 0.9 for who in ("executives", "line_managers")}


@pytest.mark.parametrize("ranking", ["newest", "popular", "ties"])
def test_announcements_are_read_first_and_then_what_was_said_to_oneself(lively, ranking):
    first = 0
    for engine, row, seen in _readings(lively.with_(ANNOUNCING | {"visibility.ranking": ranking})):
        messages = _messages(engine)
        announced = messages["kind"][seen] == Kind.announcement
        rank = np.where(announced, 0, np.where(_is_notice(messages, seen, row), 1, 2))
        assert (np.diff(rank) >= 0).all()
        first += int((rank < 2).sum())
    assert first > 100


def test_without_notifications_what_was_said_to_oneself_is_found_in_its_thread(lively):
    late = 0
    for engine, row, seen in _readings(lively.with_({"visibility.notifications": False})):
        notice = _is_notice(_messages(engine), seen, row)
        late += int(notice.any() and not notice[0])
    assert late > 10


@pytest.mark.parametrize("ranking", ["newest", "popular"])
def test_what_leaders_answered_is_read_before_what_they_did_not(lively, ranking):
    levers = {"visibility.ranking": ranking, "visibility.notifications": False}
    levers |= {f"leadership.{who}.follow_through": 0.0 for who in ("executives", "line_managers")}
    answered = 0
    for engine, _, seen in _readings(lively.with_(levers)):
        messages = _messages(engine)
        threads = messages[messages["thread"][seen]]
        early = (threads["leader_response"] != Response.none) & (threads["response_tick"] < engine.tick - 1)
        assert (np.diff(early.astype(int)) <= 0).all()
        answered += int(early.any() and not early.all())
    assert answered > 30


def test_leaders_come_first_only_where_they_are_marked(lively):
    unmarked = lively.with_({"visibility.leader_badges": False})
    plain, first = (run(unmarked.with_({"visibility.leaders_first": on})) for on in (False, True))
    assert differing(plain, first, without=("arena",)) == []


def _expected_chance(engine: Engine) -> np.ndarray:
    """Return everybody's chance to visit in an hour, as rate, office, habit and waiting notifications have it."""
    members, parameters = engine.world.members, engine.parameters
    visits = members["base_visits"] * np.exp(engine.world.beliefs["habit"])
    visits[members["role"] == Role.line_manager] = parameters.leadership.line_managers.presence
    visits[members["role"] == Role.executive] = parameters.leadership.executives.presence
    visits[members["role"] == Role.communicator] = parameters.communicators.presence
    waiting = (members["new_comments"] > 0) & parameters.visibility.notifications
    visits[waiting] *= 1.0 + parameters.attendance.notified
    return np.asarray(1.0 - np.exp(-visits / TICKS_PER_DAY))


def test_who_has_a_notification_waiting_is_called_back_until_they_have_been_there(lively):
    answer = {"day": 1.5, "respond": {"by": "ceo", "to": "latest_critique", "how": "supportive"}}
    engine, called = Engine(lively.with_events(answer), seed=4), 0
    for tick in range(1, engine.ticks):
        engine.advance(tick)
        if tick % TICKS_PER_DAY and tick != int(1.5 * TICKS_PER_DAY) + 1:  # an event calls at the end of the next hour
            assert engine.world.visit_chance == pytest.approx(_expected_chance(engine), rel=1e-9)
            called += int((engine.world.members["new_comments"] > 0).sum())
    assert called > 100


@given(st.floats(0.0, 10.0), st.floats(0.0, 100.0))
def test_a_notification_never_keeps_anybody_away(visits, notified):
    assert attendance.called_back(visits, NUMBERS.attendance._replace(notified=notified)) >= visits


# ---------------------------------------------------------------- neutral values

PARTNERS = {
    "reaction.call": {"reaction.diffusion": 0.1},
    "reaction.turn_taking": {"reaction.closing": 0.9},
    "visibility.notifications": {"attendance.notified": 50.0},
}


@pytest.mark.parametrize("name", PARTNERS)
def test_at_its_neutral_value_the_other_number_of_a_mechanism_means_nothing(lively, name):
    off = lively.with_({name: NEUTRAL[name]})
    assert differing(run(off), run(off.with_(PARTNERS[name]))) == []


@pytest.mark.parametrize("name", NEUTRAL)
def test_each_mechanism_changes_something(lively, name):
    without = run(lively.with_({name: NEUTRAL[name]}))
    assert "messages.key" in differing(run(lively), without, without=("arena",))
