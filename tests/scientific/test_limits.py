"""Limits with known answers: where a number is 0, 1 or very small, one knows beforehand what must come out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest
from conftest import differing, ledger_of, livelier, run, used
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim import chance, kernel, terms
from sim.chance import Purpose
from sim.engine import Engine
from sim.parameters import Coefficients, ReactionCoefficients, coefficients, registry
from sim.rules import audience, choice, learning, reaction, risk
from sim.rules.voice import CLOSED, Utilities
from sim.scenario import Scenario, load
from sim.state import BELIEF_FIELDS, FADED, TICKS_PER_DAY, Clock
from sim.terms import (
    STRATEGIES,
    Choice,
    Glance,
    Luck,
    Moment,
    Motive,
    Reaction,
    Relief,
    Response,
    Role,
    Scope,
    Strategy,
    Theory,
)

NORMS = coefficients(load("baseline").parameters)
NO_LUCK = Luck(*(0.0 for _ in Luck._fields))
WAYS = [Strategy(n).name for n in range(STRATEGIES)]
GROUPS = ("line_managers", "executives")
CERTAIN_AFTER = 4.0  # standard deviations: once in 16,000 by luck, and luck is fixed here

shares = st.floats(0.0, 1.0)


def _for_leaders(**levers: float) -> dict[str, float]:
    return {f"leadership.{group}.{name}": value for group in GROUPS for name, value in levers.items()}


def _messages(engine: Engine) -> np.ndarray:
    return np.asarray(engine.world.messages[: engine.world.clock[Clock.messages]])


# ---------------------------------------------------------------- nobody learns, nobody is there, nobody answers

RATES = "rate stance_rate concern_rate relief_rate metaknowledge_rate engagement_rate"


@pytest.fixture(scope="module")
def unlearning(lively) -> Engine:
    """An engine after its run in a lively world where every rate of learning is 0."""
    still = {f"learning.{name}": 0.0 for name in RATES.split()} | {"attendance.rate": 0.0}
    return run(lively.with_(still | _for_leaders(espoused_openness=0.9, self_disclosure=1.0)))


@pytest.mark.parametrize("belief", [name for name, *_ in BELIEF_FIELDS])
def test_without_learning_beliefs_stay_as_they_were(unlearning, belief):
    world = unlearning.world
    assert world.clock[Clock.messages] > 500
    moved = np.abs(world.beliefs[belief] - world.start[belief])
    assert moved.max() == 0.0


@pytest.mark.parametrize("position", ["stance", "concern", "climate", "others_know", "knows_what"])
def test_without_learning_positions_stay_as_they_were(lively, unlearning, position):
    start = Engine(unlearning.scenario, seed=unlearning.seed)
    moved = np.abs(unlearning.world.positions[position] - start.world.positions[position])
    assert moved.max() == 0.0


def test_one_member_alone_meets_nobody():
    engine = run(livelier(load("baseline"), days=40).with_({"organization.members": 1}))
    messages = _messages(engine)
    assert len(engine.world.members) == 1
    assert engine.world.members["visits"][0] > 0
    assert engine.world.clock[Clock.occasions] > 0
    assert (messages["parent"] == -1).all()
    assert (messages["views"] == 0).all()
    assert (messages["likes"] == 0).all()


@pytest.mark.parametrize("members", [2, 3])
def test_very_small_organisations_run(members):
    engine = run(livelier(load("baseline"), days=20).with_({"organization.members": members}))
    assert engine.tick == engine.ticks


def test_leaders_who_never_respond_do_not_respond(lively):
    engine = run(lively.with_(_for_leaders(responsiveness=0.0)))
    messages = _messages(engine)
    assert (messages["criticality"] > 0.0).any()
    assert (messages["treatment"] == Response.none).all()
    assert (messages["leader_response"] == Response.none).all()
    assert engine.world.clock[Clock.pending] == 0


def test_leaders_without_time_do_not_respond(lively):
    messages = _messages(run(lively.with_(_for_leaders(responsiveness=1.0, answers_per_day=0.0))))
    assert (messages["treatment"] == Response.none).all()


def test_where_nobody_ever_visits_nothing_happens(small):
    empty = {"population.non_users": 1.0, "communicators.presence": 0.0, "learning.team_talks": 0.0}
    empty |= _for_leaders(presence=0.0)
    engine = run(livelier(small).with_(empty))
    world, start = engine.world, Engine(engine.scenario).world
    assert world.clock[Clock.messages] == world.clock[Clock.occasions] == world.clock[Clock.pending] == 0
    assert (world.members["visits"] == 0).all()
    for name, *_ in BELIEF_FIELDS:
        assert (world.beliefs[name] == start.beliefs[name]).all(), name
    for name in ("stance", "concern", "climate", "others_know", "unsaid"):
        assert (world.positions[name] == start.positions[name]).all(), name


def test_members_who_never_visit_do_nothing(lively):
    world = run(lively).world
    absent = (world.members["base_visits"] == 0.0) & (world.members["role"] == Role.coworker)
    assert absent.any()
    for count in ("visits", "items_read", "posts", "comments", "likes_given", "occasions"):
        assert (world.members[count][absent] == 0).all(), count


# ---------------------------------------------------------------- who reads what


def _readings(scenario: Scenario, seed: int = 1) -> Iterator[tuple[Engine, int, np.ndarray]]:
    """Yield, visit by visit, the engine, the visitor's row and the messages that were read."""
    engine = Engine(scenario, seed=seed)
    for tick in range(engine.ticks):
        engine.advance(tick + 1)
        world = engine.world
        for place in range(int(world.clock[Clock.visitors])):
            yield engine, int(world.visitors[place]), _messages(engine)[world.seen[place, : world.seen_count[place]]]


def test_what_is_said_in_a_team_is_read_by_nobody_outside_it(lively):
    levers = {"visibility.scope": "team", "communicators.amplification": 0.0}
    read = 0
    for engine, row, seen in _readings(lively.with_(levers)):
        assert (seen["scope"] == Scope.team).all()
        first_team = len(engine.world.audiences) - engine.world.clock[Clock.teams]
        reader = engine.world.members[row]
        own = {int(team) + first_team for team in (reader.team, reader.led_team) if team >= 0}
        assert set(seen["audience"].tolist()) <= own
        read += len(seen)
    assert read > 100


def test_what_is_said_in_a_department_is_read_by_nobody_outside_it(lively):
    levers = {"visibility.scope": "department", "communicators.amplification": 0.0}
    read = 0
    for engine, row, seen in _readings(lively.with_(levers)):
        members = engine.world.members
        assert (members["department"][seen["author"]] == members["department"][row]).all()
        read += len(seen)
    assert read > 100


def test_nobody_reads_their_own_messages_or_one_message_twice(lively):
    read: set[tuple[int, int]] = set()
    for _, row, seen in _readings(lively):
        assert (seen["author"] != row).all()
        now = {(row, key) for key in seen["key"].tolist()}
        assert len(now) == len(seen)
        assert not now & read
        read |= now
    assert len(read) > 500


@pytest.mark.parametrize("ranking", ["newest", "popular", "ties"])
def test_threads_of_a_brief_half_life_are_gone_after_a_day(lively, ranking):
    engine = Engine(lively.with_({"visibility.persistence_days": 0.05, "visibility.ranking": ranking}))
    hours = math.log2(1.0 / FADED) * 0.05 * TICKS_PER_DAY
    assert hours < TICKS_PER_DAY
    for tick in range(engine.ticks):
        engine.advance(tick + 1)
        messages = _messages(engine)
        threads = used(engine.world, "slots")["thread"]
        latest = messages["tick"][messages["last"][threads]]
        assert (tick - latest <= hours).all()
    assert len(messages) > 100


def test_visits_are_as_frequent_as_their_rates_say():
    days = 25
    constant = {"attendance.rate": 0.0, "visibility.notifications": False, "days": days, "organization.members": 2000}
    world = run(load("baseline").with_(constant)).world
    parameters = load("baseline").parameters
    rate = world.members["base_visits"].copy()
    rate[world.members["role"] == Role.line_manager] = parameters.leadership.line_managers.presence
    rate[world.members["role"] == Role.executive] = parameters.leadership.executives.presence
    rate[world.members["role"] == Role.communicator] = parameters.communicators.presence
    hourly = 1.0 - np.exp(-rate / TICKS_PER_DAY)
    for role in Role:
        who = world.members["role"] == role
        hours = days * TICKS_PER_DAY
        expected = hours * hourly[who].sum()
        spread = math.sqrt(hours * (hourly * (1.0 - hourly))[who].sum())
        assert abs(world.members["visits"][who].sum() - expected) < CERTAIN_AFTER * spread, role.name


# ---------------------------------------------------------------- fixed points of learning


@given(p=shares, rate=st.floats(0.01, 0.9))
def test_a_valued_belief_settles_where_disappointments_weigh_as_much_as_successes(p, rate):
    rates = NORMS.learning._replace(rate=rate, loss_weight=min(NORMS.learning.loss_weight, 1.0 / rate))
    fixed = p / (p + rates.loss_weight * (1.0 - p))
    gain = learning.learn(fixed, 1.0, 1.0, rates) - fixed
    loss = learning.learn(fixed, 0.0, 1.0, rates) - fixed
    assert p * gain + (1.0 - p) * loss == pytest.approx(0.0, abs=1e-12)


def test_over_many_experiences_a_valued_belief_averages_its_fixed_point():
    luck = chance.uniforms(1, Purpose.BELIEF, 0, np.arange(20_000, dtype=np.uint64)) < 0.7
    belief, visited = 0.9, []
    for good in luck:
        belief = learning.learn(belief, float(good), 0.3, NORMS.learning)
        visited.append(belief)
    loss = NORMS.learning.loss_weight
    assert np.mean(visited[500:]) == pytest.approx(0.7 / (0.7 + loss * 0.3), abs=0.02)


@given(p=shares, rate=shares, weight=shares)
def test_an_estimate_settles_at_the_share_that_was_seen(p, rate, weight):
    rates = NORMS.learning._replace(rate=rate)
    up, down = learning.estimate(p, 1.0, weight, rates) - p, learning.estimate(p, 0.0, weight, rates) - p
    assert p * up + (1.0 - p) * down == pytest.approx(0.0, abs=1e-12)


@given(belief=shares, seen=shares)
def test_an_experience_of_no_weight_teaches_nothing_and_one_of_full_weight_everything(belief, seen):
    all_at_once = NORMS.learning._replace(rate=1.0)
    assert learning.learn(belief, seen, 0.0, NORMS.learning) == belief
    assert learning.learn(belief, seen, 1.0, all_at_once) == pytest.approx(seen, abs=1e-15)
    assert learning.estimate(belief, seen, 1.0, all_at_once) == pytest.approx(seen, abs=1e-15)


@given(belief=shares, start=shares)
def test_forgetting_everything_leads_back_to_the_start(belief, start):
    assert learning.forget(belief, start, 0.0) == start
    assert learning.forget(start, start, 0.7) == start


# ---------------------------------------------------------------- the nested logit


def _only(**open_ways: float) -> Utilities:
    worth = dict.fromkeys(Utilities._fields, CLOSED) | {"withhold": 0.0}
    return Utilities(**(worth | open_ways))


def _spoken_odds(u: Utilities, similarity: float) -> float:
    p = choice.p_spoken(u, similarity)
    return p / (1.0 - p)


@given(worth=st.floats(-5.0, 5.0), similarity=st.floats(0.05, 1.0))
def test_a_duplicated_way_multiplies_the_odds_of_speaking_by_two_to_the_dissimilarity(worth, similarity):
    alone, doubled = _only(plain=worth), _only(plain=worth, anonymous=worth)
    assert _spoken_odds(alone, similarity) == pytest.approx(math.exp(worth), rel=1e-9)
    assert _spoken_odds(doubled, similarity) == pytest.approx(2.0**similarity * math.exp(worth), rel=1e-9)


def _random_utilities(count: int) -> list[Utilities]:
    """Return the worth of ways as starting members may feel it: 29% speak."""
    drawn = np.random.default_rng(5).normal(0.0, 1.0, (count, STRATEGIES))
    centre = np.array([-0.9, -1.1, -1.4, CLOSED, -1.4, -1.2, -0.9, -1.5, 0.0])
    spread = np.array([1.2, 1.0, 1.0, 0.0, 0.3, 0.3, 0.4, 0.2, 0.0])
    return [Utilities(*row) for row in (centre + spread * drawn).tolist()]


def test_a_mere_duplicate_of_a_way_hardly_raises_speaking_where_ways_are_nested():
    plain = _random_utilities(400)
    doubled = [u._replace(anonymous=u.plain) for u in plain]

    def rise(similarity: float) -> float:
        before = np.mean([choice.p_spoken(u, similarity) for u in plain])
        return float(np.mean([choice.p_spoken(u, similarity) for u in doubled]) - before)

    assert 0.0 < rise(NORMS.voice.nest_similarity) < 0.5 * rise(1.0)
    assert rise(0.05) < 0.1 * rise(1.0)


MIDDLING = Moment(*(0.5 for _ in Moment._fields))._replace(narrow_open=1.0, is_comment=0.0)
SITUATIONS = {
    "critical": MIDDLING._replace(
        criticality=0.15, stance=-0.4, audience=0.03, narrow_audience=0.01, anonymous_open=1.0
    ),
    "without anonymity": MIDDLING._replace(
        criticality=0.1, stance=-0.4, audience=0.02, narrow_audience=0.01, anonymous_open=0.0
    ),
    "a comment": MIDDLING._replace(criticality=0.1, stance=-0.3, audience=0.02, narrow_open=0.0, is_comment=1.0),
    "a minority without criticality": MIDDLING._replace(criticality=0.0, stance=0.7, agreement=0.3, audience=0.03),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_keyed_luck_picks_each_way_as_often_as_its_probability_says(situation):
    moment, draws = SITUATIONS[situation], 12_000
    stream = chance.stream_of(1, Purpose.STRATEGY, 0)
    counted = np.zeros(STRATEGIES)
    for who in range(draws):
        key = np.uint64(who)
        luck = Luck(*(chance.gumbel(stream, key, np.uint64(item)) for item in range(len(Luck._fields))))
        made = Choice(*kernel.speak(moment, NORMS, luck))
        counted[made.strategy] += 1
    expected = draws * np.array([getattr(made, way) for way in WAYS])
    assert counted[expected == 0.0].sum() == 0
    likely = expected >= 5.0
    assert likely.sum() >= 2
    said = np.append(counted[likely], counted[~likely].sum())
    meant = np.append(expected[likely], expected[~likely].sum())
    kept = meant > 0.0
    assert stats.chisquare(said[kept], meant[kept] * draws / meant[kept].sum()).pvalue > 1e-4


# ---------------------------------------------------------------- reactions

INTERCEPTS = ("like", "to", "with_", "against", "past", "about")
GLANCES = st.builds(Glance, **dict.fromkeys(Glance._fields, shares))
GRID = 4000


def _frequencies(glance: Glance, numbers: Coefficients) -> np.ndarray:
    """Return how often each reaction is chosen over luck that is spread evenly."""
    reacted = [reaction.react(glance, numbers, (n + 0.5) / GRID) for n in range(GRID)]
    assert reacted == sorted(reacted)
    return np.bincount(reacted, minlength=len(Reaction)) / GRID


def _reacting(**weights: float) -> Coefficients:
    return NORMS._replace(reaction=NORMS.reaction._replace(**weights))


@settings(max_examples=5)
@given(GLANCES, st.lists(st.floats(-3.0, 3.0), min_size=6, max_size=6))
def test_where_nothing_pulls_reactions_are_as_frequent_as_the_logit_of_their_constants(glance, constants):
    indifferent = dict.fromkeys(ReactionCoefficients._fields, 0.0) | dict(zip(INTERCEPTS, constants, strict=True))
    worth = np.exp([0.0, *constants])
    assert _frequencies(glance, _reacting(**indifferent)) == pytest.approx(worth / worth.sum(), abs=1.5 / GRID)


@settings(max_examples=10)
@given(GLANCES, st.sampled_from(INTERCEPTS))
def test_a_reaction_worth_more_gains_odds_against_all_others_alike(glance, which):
    lifted = {name: getattr(NORMS.reaction, name) + 5.0 for name in INTERCEPTS}  # else nearly all pass on
    before = _frequencies(glance, _reacting(**lifted))
    after = _frequencies(glance, _reacting(**(lifted | {which: lifted[which] + 1.0})))
    place = 1 + INTERCEPTS.index(which)
    gained = before.copy()
    gained[place] *= math.e
    assert after == pytest.approx(gained / gained.sum(), abs=8.0 / GRID)


def _numbers(table: str) -> st.SearchStrategy[dict[str, float]]:
    """Return draws of all numbers of a table within their bounds."""
    found = {name: p for name, p in registry().items() if name.startswith(f"{table}.")}
    return st.fixed_dictionaries({name.partition(".")[2]: st.floats(p.low, p.high) for name, p in found.items()})


@settings(max_examples=300)
@given(GLANCES, _numbers("reaction"), st.integers(0, 100_000))
def test_who_would_pass_on_at_the_ceiling_passes_on(glance, weights, comments):
    numbers = _reacting(**weights)
    glance = glance._replace(crowd=reaction.crowd(comments), question=round(glance.question), tie=round(glance.tie))
    glance = glance._replace(alone=round(glance.alone), mine=round(glance.mine), turn=1.0 + round(20.0 * glance.turn))
    quiet, comments = most = reaction.ceiling(glance.engagement, glance.voice_propensity, numbers.reaction)
    asks = reaction.responsibility(glance, numbers.reaction) + reaction.reciprocity(glance, numbers.reaction)
    luck = 0.999999 / (quiet + comments * math.exp(max(0.0, asks)))
    assert reaction.is_passed_on(luck, most, glance, numbers.reaction)
    assert reaction.react(glance, numbers, luck) == Reaction.pass_


# ---------------------------------------------------------------- what it could cost


@given(shares, st.floats(0.0, 0.25))
def test_equal_ratios_of_an_audience_feel_like_equal_steps_and_everyone_like_all(share, grain):
    voice = NORMS.voice._replace(crowd_grain=1e-6 + grain)
    assert audience.crowd(0.0, voice) == 0.0
    assert audience.crowd(1.0, voice) == pytest.approx(1.0)
    assert audience.crowd(share / 2.0, voice) <= audience.crowd(share, voice)
    grown = [audience.crowd(voice.crowd_grain * (2.0**n - 1.0), voice) for n in range(4)]
    assert np.diff(grown) == pytest.approx(grown[1])


@given(shares, shares, shares)
def test_critique_labels_half_as_much_where_it_is_as_licensed_as_that(criticality, crowd, licence):
    voice = NORMS.voice._replace(stage_fright=0.0)
    unlicensed, usual, licensed = (
        risk.image_threat(criticality, crowd, each, voice) for each in (0.0, voice.licence_half, licence)
    )
    assert usual == pytest.approx(unlicensed / 2.0)
    assert 0.0 <= licensed <= unlicensed
    assert risk.image_threat(0.0, crowd, licence, voice) == 0.0  # nothing but stage fright where nothing is criticised


@given(shares, shares, shares)
def test_whoever_speaks_before_a_superior_is_judged_whatever_is_said_unless_that_is_switched_off(reads, safety, theory):
    off = NORMS.voice._replace(bare_exposure=0.0)
    assert risk.superior_threat(0.0, reads, safety, theory, off) == 0.0
    bare, full = (risk.superior_threat(k, reads, safety, theory, NORMS.voice) for k in (0.0, 1.0))
    assert bare == pytest.approx(NORMS.voice.bare_exposure * full)


def test_only_a_friendly_word_among_ties_costs_nothing():
    off = NORMS.voice._replace(bare_exposure=0.0, image_threat=0.0)
    assert not risk.could_cost(0.0, 0.0, 1.0, NORMS.voice)
    for criticality, superior, tie in ((0.1, 0.0, 1.0), (0.0, 1.0, 1.0), (0.0, 0.0, 0.0)):
        assert risk.could_cost(criticality, superior, tie, NORMS.voice)
        assert risk.could_cost(criticality, superior, tie, off) == (criticality > 0.0)


# ---------------------------------------------------------------- why a member stayed silent

CAUSES = Relief._fields


def _chances(moment: Moment, numbers: Coefficients) -> dict[frozenset[str], float]:
    """Return P(spoken) for each set of causes that is relieved."""
    found = {}
    for bits in range(1 << len(CAUSES)):
        relieved = frozenset(cause for n, cause in enumerate(CAUSES) if bits >> n & 1)
        amounts = {cause: getattr(numbers.silence, cause) if cause in relieved else 0.0 for cause in CAUSES}
        found[relieved] = choice.p_spoken_with(moment, Relief(**amounts), numbers)
    return found


def _gains(chances: dict[frozenset[str], float]) -> dict[str, float]:
    """Return Shapley's value of each cause as he defined it: its mean gain over all orders of arrival."""
    gained = dict.fromkeys(CAUSES, 0.0)
    orders = list(permutations(CAUSES))
    for order in orders:
        for n, cause in enumerate(order):
            gained[cause] += chances[frozenset(order[: n + 1])] - chances[frozenset(order[:n])]
    return {cause: gain / len(orders) for cause, gain in gained.items()}


wishes = st.builds(
    Moment,
    **dict.fromkeys(Moment._fields, shares)
    | {"criticality": st.floats(0.0, 0.4), "audience": st.floats(0.0, 0.1), "narrow_audience": st.floats(0.0, 0.1)}
    | {"stance": st.floats(-1.0, 1.0), "risk_sensitivity": st.floats(0.0, 0.5)},
)


@settings(max_examples=40)
@given(wishes)
def test_shares_of_motives_are_shapley_shares_of_what_all_causes_together_take_away(moment):
    chances = _chances(moment, NORMS)
    gains = _gains(chances)
    assert sum(gains.values()) == pytest.approx(chances[frozenset(CAUSES)] - chances[frozenset()], abs=1e-12)
    why = choice.why_silent(moment, NORMS)
    largest = max(gains.values())
    if abs(largest - NORMS.silence.negligible) < 1e-9:
        return
    if largest < NORMS.silence.negligible:
        assert why.motive == Motive.unmotivated
        assert why.unmotivated == 1.0
        return
    positive = np.maximum([gains[cause] for cause in CAUSES], 0.0)
    motives = list(terms.CAUSES)
    assert [why[1 + motive] for motive in motives] == pytest.approx(positive / positive.sum(), abs=1e-9)
    assert positive[motives.index(Motive(why.motive))] == pytest.approx(largest, abs=1e-12)


def test_causes_that_take_away_the_same_have_the_same_share():
    numbers = NORMS._replace(
        nightmare_reader=0.0,
        voice=NORMS.voice._replace(
            rephrase_softening=1.0, loyalty=0.0, superior_threat=24.0, peer_threat=60.0, image_threat=0.0
        ),
    )
    moment = MIDDLING._replace(
        criticality=0.4, stance=-0.4, agreement=0.25, executives_read=0.0, narrow_open=0.0, anonymous_open=0.0
    )
    before = kernel.appraise(moment, numbers)
    voice = numbers.voice._replace(superior_threat=24.0 * before.threat_peers / before.threat_manager)
    numbers = numbers._replace(voice=voice)
    appraised = kernel.appraise(moment, numbers)
    assert appraised.threat_manager == pytest.approx(appraised.threat_peers)
    why = choice.why_silent(moment, numbers)
    assert why.defensive == pytest.approx(why.relational)
    assert why.defensive > 0.1
    assert why.prosocial == 0.0


def test_without_a_threat_to_ones_image_nobody_is_diffident():
    numbers = NORMS._replace(voice=NORMS.voice._replace(image_threat=0.0))
    moment = MIDDLING._replace(criticality=0.6, stance=-0.6)
    assert choice.why_silent(moment, NORMS).diffident > 0.1
    assert choice.why_silent(moment, numbers).diffident == 0.0
    assert kernel.appraise(moment, numbers).threat_image == 0.0


def test_whoever_nothing_holds_back_has_no_motive():
    bold = MIDDLING._replace(criticality=0.0, stance=0.5, voice_efficacy=1.0, concern=1.0, agreement=1.0)
    assert choice.why_silent(bold, NORMS).motive == Motive.unmotivated


# ---------------------------------------------------------------- rival theories


@settings(max_examples=200)
@given(wishes)
def test_nobody_speaks_less_for_having_no_fear(moment):
    fearless = NORMS._replace(theory=int(Theory.no_fear))
    assert (
        choice.p_spoken_with(moment, choice.NO_RELIEF, fearless)
        >= kernel.speak(moment, NORMS, NO_LUCK).p_spoken - 1e-12
    )


@pytest.mark.parametrize("theory", registry()["rules.voice"].choices)
def test_every_theory_of_voice_runs_and_lets_some_speak(lively, theory):
    engine = run(lively.with_({"rules.voice": theory}))
    ledger = ledger_of(engine)
    assert len(ledger) > 100
    assert 0.0 < (ledger["strategy"] < 4).mean() < 1.0


def test_theories_are_told_apart_by_what_they_do(lively):
    ends = {theory.name: run(lively.with_({"rules.voice": theory.name})) for theory in Theory}
    for one in ends:
        for other in set(ends) - {one}:
            assert differing(ends[one], ends[other]), f"{one} does what {other} does"
