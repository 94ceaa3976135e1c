"""Twins: where two worlds on shared luck part, what exists in one of them only, and how the change got there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.engine import Engine
from sim.errors import InputError
from sim.replay import hour_of
from sim.scenario import Event
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import SPOKEN, Response
from sim.twins import words
from sim.twins.watching import BELIEFS, CONTENT, POSITIONS, beliefs_of, column_of, message_id
from tests.conftest import LEVERS, differing, state_bytes

REAL = [
    {"visibility.scope": "team"},
    {"leadership.executives.openness": 0.05},
    {"leadership.executives.presence": 8.0},
    {"leadership.line_managers.delay_hours": 30.0},
    {"voice.peer_threat": 50.0},
    {"visibility.ranking": "popular"},
    {"visibility.visible_reactions": False},
    {"population.safety.mean": 0.2},
    {"communicators.presence": 8.0, "communicators.orphan_answering": 1.0},
    {"issues.0.criticality": 1.0},
]
UNPERCEIVED = [
    {"leadership.executives.openness": 0.1, "leadership.line_managers.openness": 0.1},
    {"leadership.executives.sanction": 0.9},
    {"leadership.executives.follow_through": 1.0},
    {"leadership.executives.delay_hours": 40.0},
]


@pytest.fixture(scope="module")
def silent_leaders(lively):
    """A world whose leaders never answer: how they would is then nowhere to be seen."""
    return lively.with_(
        {"leadership.executives.responsiveness": 0.0, "leadership.line_managers.responsiveness": 0.0, "days": 4}
    )


@pytest.fixture(scope="module", params=REAL, ids=lambda change: next(iter(change)))
def pair(request, lively):
    return sim.twin(lively, request.param, seed=3)


def both_engines(twin) -> tuple[Engine, Engine]:
    return twin.watch.a, twin.watch.b


# ---------------------------------------------------------------- no difference


def test_without_a_difference_both_worlds_are_the_same_bytes_in_every_hour(lively):
    twin = sim.twin(lively, {}, seed=2)
    plain = Engine(lively, seed=2)
    plain.advance(plain.ticks)
    assert twin.identical
    assert twin.difference is twin.act is None
    assert twin.only_a == twin.only_b == twin.changed == twin.broken == ()
    assert set(twin.differences.values()) <= {0.0, None}
    for engine in both_engines(twin):
        assert state_bytes(engine) == state_bytes(plain)  # looking on changes nothing either


def test_both_worlds_are_lived_as_they_would_be_alone(lively):
    changes = [
        {"visibility.scope": "team"},
        {"day": 2.5, "respond": {"by": "ceo", "to": "latest_critique", "how": "none"}},
    ]
    twin = sim.twin(lively, [*changes, {"day": 3, "set": {"voice.peer_threat": 90.0}}], seed=2)
    for run, engine in zip((twin.a, twin.b), both_engines(twin), strict=True):
        alone = Engine(run.scenario, seed=2)
        alone.advance(alone.ticks)
        assert state_bytes(engine) == state_bytes(alone)
    assert twin.b.scenario.digest != twin.a.scenario.digest


@pytest.mark.parametrize("change", UNPERCEIVED, ids=lambda change: next(iter(change)))
def test_a_lever_that_nobody_perceives_parts_no_worlds(silent_leaders, change):
    twin = sim.twin(silent_leaders, change, seed=2)
    assert twin.identical
    assert not differing(*both_engines(twin), without=LEVERS)


@given(day=st.integers(0, 5), change=st.sampled_from(REAL))
@settings(max_examples=8)
def test_before_the_day_of_a_change_nothing_differs(lively, day, change):
    if any(name.startswith("population.") for name in change):
        return
    twin = sim.twin(lively, change, seed=1, from_day=day)
    assert twin.difference is None or twin.difference.day >= day
    before = [Engine(scenario.scenario, seed=1) for scenario in (twin.a, twin.b)]
    for engine in before:
        engine.advance(day * TICKS_PER_DAY - 1)
    assert state_bytes(before[0]) == state_bytes(before[1]) or day == 0


# ---------------------------------------------------------------- the first difference


def snapshot(engine: Engine) -> dict[str, bytes]:
    """Return, in the middle of an hour, all that members saw, believe, did and are shown."""
    world, hour = engine.world, hour_of(engine)
    messages = world.messages[: int(world.clock[Clock.messages])]
    found = {name: getattr(hour, name).tobytes() for name in ("visitors", "start", "items", "liked")}
    found |= {f"row {name}": hour.rows[name].tobytes() for name in hour.rows.dtype.names}
    found |= {f"message {name}": messages[name].tobytes() for name in messages.dtype.names}
    found["pending"] = b"".join(
        world.pending[name][: int(world.clock[Clock.pending])].tobytes()
        for name in ("leader", "message", "due", "response")
    )
    for array in ("beliefs", "positions", "members"):
        records = getattr(world, array)
        found |= {f"{array} {name}": records[name].tobytes() for name in records.dtype.names if name != "answers_left"}
    return found


def acts(engine: Engine) -> dict[str, object]:
    whole = snapshot(engine)
    rows = ("member", "errand", "issue", "form", "orientation", "kind", "strategy", "about")
    kept = {f"row {name}" for name in rows} | {f"message {name}" for name in CONTENT} | {"pending"}
    hour = hour_of(engine)
    likes = np.stack([np.repeat(hour.visitors, np.diff(hour.start)), hour.items])[:, hour.liked != 0]
    return {name: content for name, content in whole.items() if name in kept} | {
        "likes": repr(sorted(likes.T.tolist()))
    }


def looks(engine: Engine, look) -> list[dict[str, bytes]]:
    found: list[dict[str, bytes]] = []
    engine.advance(engine.ticks, lambda each: found.append(look(each)))
    return found


def first_apart(a, b, look) -> int | None:
    """Return the first hour in whose middle two worlds look different; by brute force."""
    seen = [looks(Engine(run.scenario, run.organization, run.seed), look) for run in (a, b)]
    return next((tick for tick, (ours, theirs) in enumerate(zip(*seen, strict=True)) if ours != theirs), None)


def test_the_first_difference_is_truly_the_first(pair):
    at = first_apart(pair.a, pair.b, snapshot)
    assert at is not None
    before = pair.difference.what in (
        "message",
        "promise",
        "messages",
    )  # what an hour's end brings is reported of that hour
    assert pair.difference.tick in (
        (at - 1,) if before else (at - 1, at) if pair.difference.what == "belief" else (at,)
    )
    assert pair.difference.a != pair.difference.b


def test_the_first_act_is_truly_the_first(pair):
    at = first_apart(pair.a, pair.b, acts)
    if pair.act is None:
        assert at is None
        return
    assert pair.act.tick == (at - 1 if pair.act.what in ("message", "promise") else at)
    assert pair.difference.tick <= pair.act.tick
    assert pair.act.a != pair.act.b


def test_the_values_of_a_first_difference_are_those_of_the_worlds(lively):
    twin = sim.twin(lively, {"population.safety.mean": 0.2}, seed=3)
    found = twin.difference
    assert (found.what, found.tick) == ("belief", 0)
    assert twin.watch.a.world.start[found.field][found.member] == found.a
    assert twin.watch.b.world.start[found.field][found.member] == found.b


def test_a_visit_that_only_one_world_has_comes_first_where_leaders_come_more_often(lively):
    twin = sim.twin(lively, {"leadership.executives.presence": 8.0}, seed=3)
    assert twin.difference.what == "visit"
    assert twin.watch.a.world.members["role"][twin.difference.member] == 2


# ---------------------------------------------------------------- messages and silence


def identity(messages, row: int) -> tuple:
    """Return what makes a message the same one: when, who, on what, in answer to which, and whether as a leader."""
    parent = int(messages["parent"][row])
    above = identity(messages, parent) if parent >= 0 else None
    names = ("tick", "author", "issue")
    return (*(int(messages[name][row]) for name in names), bool(messages["treatment"][row]), above)


def test_messages_of_one_world_only_are_those_that_the_other_lacks(pair):
    from collections import Counter

    ours, theirs = (Counter(identity(messages, row) for row in range(len(messages))) for messages in pair.messages)
    assert len(pair.only_a) == (ours - theirs).total()
    assert len(pair.only_b) == (theirs - ours).total()
    for world in (0, 1):
        there = pair.counterpart[world]
        rows = np.flatnonzero(there >= 0)
        assert (pair.counterpart[1 - world][there[rows]] == rows).all()
        for row in rows[:50]:
            assert identity(pair.messages[world], row) == identity(pair.messages[1 - world], there[row])


def test_changed_messages_say_something_else(pair):
    ids = [{message_id(each): each for each in messages} for messages in pair.messages]
    for changed in pair.changed:
        assert changed.fields
        for name, a, _ in changed.fields:
            assert ids[0][changed.message][name] == a
        assert all(a != b for _, a, b in changed.fields)


def test_silence_breaks_where_one_world_speaks_and_the_other_does_not(pair):
    spoken = []
    for run in (pair.a, pair.b):
        ledger = run.occasions.filter(run.occasions["draft_of"].is_null())
        keys = zip(*(ledger[name].to_list() for name in ("tick", "member", "issue", "form", "about")), strict=True)
        said = ["plain", "rephrase", "narrow", "anonymous"]
        spoken.append(dict(zip(keys, ledger["strategy"].is_in(said).to_list(), strict=True)))
    expected = {key for key in spoken[0].keys() & spoken[1].keys() if spoken[0][key] != spoken[1][key]}
    forms = ("post", "comment")
    found = {
        (w.tick, w.member, w.issue, forms[w.form], w.about if w.about >= 0 else None)
        for w in (each.wish for each in pair.broken)
        if not w.draft
    }
    assert found == expected
    for each in pair.broken:
        assert (each.strategy_a < SPOKEN) != (each.strategy_b < SPOKEN)
        world = 1 if each.spoken_in_b else 0
        assert each.message in {message_id(message) for message in pair.messages[world]}


def test_who_found_words_only_in_one_world(pair):
    spoke = [run.members["spoken"].to_numpy() > 0 for run in (pair.a, pair.b)]
    assert pair.first_words[0] == tuple(np.flatnonzero(spoke[0] & ~spoke[1]))
    assert pair.first_words[1] == tuple(np.flatnonzero(spoke[1] & ~spoke[0]))


def test_differences_of_measures_are_b_less_a(pair):
    for name, found in pair.differences.items():
        a, b = pair.a.measures[name], pair.b.measures[name]
        assert found == (None if a is None or b is None else b - a)


# ---------------------------------------------------------------- chains


def test_every_message_of_a_chain_exists_in_the_world_it_is_said_to(pair):
    ids = {world: {message_id(each) for each in messages} for world, messages in zip("AB", pair.messages, strict=True)}
    for message in (*pair.only_b[:8], *pair.only_a[:8]):
        chain = pair.chain(message)
        assert chain[-1].message == message
        for link in chain:
            assert link.message is None or link.message in ids[link.world]
            assert link.tick >= 0


def test_a_chain_goes_forward_in_time_from_the_change(pair):
    for message in (*pair.only_b[:8], *pair.only_a[:8]):
        ticks = [link.tick for link in pair.chain(message)]
        assert ticks == sorted(ticks)


def test_a_chain_begins_with_the_change_or_says_that_it_is_lost(pair):
    changed = [name for name, *_ in sim.scenario.differences(pair.a.scenario, pair.b.scenario)]
    begun = 0
    for message in (*pair.only_b[:8], *pair.only_a[:8]):
        first = pair.chain(message)[0]
        if first.certain:
            assert any(name in first.text for name in changed), first.text
            begun += 1
        else:
            assert "no single cause" in first.text or "likely" in words.link(pair, first)
    assert begun > 0 or not (pair.only_a or pair.only_b)


def test_what_a_decision_is_said_to_be_moved_by_moves_it(lively):
    """The points given are those of the rule itself, with this one field exchanged."""
    import re

    from sim import kernel

    twin = sim.twin(lively, {"population.safety.mean": 0.2}, seed=3)
    tested = 0
    for wish, weighed in twin.watch.weighed.items():
        for message in {twin.message_of(world, twin.wishes[world][wish]) for world in (0, 1)} - {-1}:
            if message not in (*twin.only_a, *twin.only_b):
                continue
            reported = [
                link.text for link in twin.chain(message) if link.tick == wish.tick and "this alone" in link.text
            ]
            for text in reported:
                points = int(re.search(r"by ([+-]\d+) points", text)[1])
                worlds = ((weighed.a, weighed.b), (weighed.b, weighed.a))
                moves = [
                    kernel.speak(mine, weighed.coefficients_a, weighed.luck).p_spoken
                    - kernel.speak(
                        mine._replace(**{name: getattr(other, name)}), weighed.coefficients_a, weighed.luck
                    ).p_spoken
                    for mine, other in worlds
                    for name in mine._fields
                ]
                assert any(round(100 * move) == points for move in moves)
                tested += 1
    assert tested > 3


def test_only_a_message_of_one_world_has_a_chain(pair):
    both = next(message_id(pair.messages[0][row]) for row in np.flatnonzero(pair.counterpart[0] >= 0))
    with pytest.raises(InputError, match="both worlds have"):
        pair.chain(both)
    with pytest.raises(InputError, match="neither world has"):
        pair.chain(1 << 50)


# ---------------------------------------------------------------- events


def answer(how: str) -> dict:
    return {"day": 2, "respond": {"by": "ceo", "to": "latest_critique", "how": how}}


@pytest.mark.parametrize("how", ["supportive", "dismissive", "sanction"])
def test_an_answer_in_one_world_is_where_the_worlds_part(lively, how):
    twin = sim.twin(lively, answer(how), seed=3)
    found = twin.difference
    assert (found.what, found.tick, found.member, found.a) == ("message", 16, twin.organization.top, None)
    assert found.message in twin.only_b
    chain = twin.chain(found.message)
    assert len(chain) == 1
    assert "event of the scenario" in chain[0].text


def test_supportive_dismissive_and_no_answer_are_three_worlds(lively):
    worlds = {how: lively.with_events(answer(how)) for how in ("supportive", "dismissive", "none")}
    kinds = sim.twin(worlds["supportive"], worlds["dismissive"], seed=3)
    first = kinds.difference
    assert (first.what, first.tick) == ("message", 16)
    treated = [kinds.messages[world]["treatment"][kinds.messages[world]["tick"] == 16] for world in (0, 1)]
    assert Response.supportive in treated[0]
    assert Response.dismissive in treated[1]
    silence = sim.twin(worlds["supportive"], worlds["none"], seed=3)
    assert silence.difference.tick == 16
    assert silence.difference.b is None


def test_an_event_object_is_a_change(lively):
    event = Event(2, set=(("visibility.scope", "team"),))
    by_event, by_day = (
        sim.twin(lively, event, seed=1),
        sim.twin(lively, {"visibility.scope": "team"}, seed=1, from_day=2),
    )
    assert state_bytes(by_event.watch.b) == state_bytes(by_day.watch.b)
    assert by_event.difference == by_day.difference


# ---------------------------------------------------------------- what is kept, and what cannot be


def test_gaps_are_the_differences_of_beliefs(lively):
    twin = sim.twin(lively, {"population.safety.mean": 0.2}, seed=3, until=1)
    a, b = both_engines(twin)
    rows, issues = np.arange(len(a.world.members)), len(a.world.issues)
    apart = beliefs_of(b.world, rows, issues) - beliefs_of(a.world, rows, issues)
    for name in BELIEFS:
        assert (apart[:, column_of(name)] == b.world.beliefs[name] - a.world.beliefs[name]).all()
    for name in POSITIONS:
        expected = b.world.positions[name][:, 2] - a.world.positions[name][:, 2]
        assert (apart[:, column_of(name, 2)] == expected).all()


def test_worlds_of_other_members_or_days_are_refused(lively):
    with pytest.raises(InputError, match="120 members and the other 90"):
        sim.twin(lively, {"organization.members": 90})
    with pytest.raises(InputError, match="6 days and the other 5"):
        sim.twin(lively, {"days": 5})
    with pytest.raises(InputError, match="unknown key"):
        sim.twin(lively, {"visibility.scop": "team"})


def test_worlds_with_another_number_of_issues_can_be_twins(lively):
    issues = [issue.model_dump() for issue in lively.parameters.issues]
    more = sim.scenario.from_toml(lively.to_toml() + '\n[[issues]]\nname = "One more"\n', "more")
    assert len(more.parameters.issues) == len(issues) + 1
    twin = sim.twin(lively, more, seed=1)
    assert not twin.identical
    for message in twin.only_b[:10]:
        assert twin.chain(message)


def test_names_from_files_are_escaped_in_words(lively, tmp_path):
    rows = [
        "id,name,manager_id,department",
        "ceo,\x1b[31mBoss,,Top",
        *(f"m{n},\x1b[5m<b>M{n},ceo,Top" for n in range(30)),
    ]
    (tmp_path / "org.csv").write_text("\n".join(rows), "utf-8")
    people, _ = sim.organization.read(tmp_path / "org.csv")
    twin = sim.twin(lively, {"leadership.executives.presence": 8.0}, seed=1, organization=people)
    reported = [words.difference(twin, twin.difference), words.difference(twin, twin.act)]
    reported += [words.link(twin, link) for chain in words.chains(twin) for link in chain]
    reported += [words.broken(twin, each) for each in twin.broken]
    assert len(reported) > 3
    assert not any("\x1b" in text for text in reported)


# ---------------------------------------------------------------- outside the arena


def test_chains_name_what_was_heard_outside_the_arena():
    talkative = {"organization.members": 200, "days": 40, "learning.gossip": 0.5}
    scenario = sim.load("baseline").with_(talkative | {"population.occasions_per_visit.mean": 0.06})
    closed = {"leadership.line_managers.openness": 0.05, "leadership.line_managers.sanction": 1.0}
    for seed in range(9, 21):  # few chains run through what ties told of
        twin = sim.twin(scenario, closed, seed=seed)
        links = [link for message in (*twin.only_a, *twin.only_b) for link in twin.chain(message)]
        team = [link for link in links if "their manager take critique otherwise in the team" in link.text]
        heard = [link for link in links if "heard from a colleague" in link.text]
        if team and heard:
            break
    else:
        pytest.fail("no such luck")
    assert all("leadership.line_managers.openness is" in link.text for link in team)
    assert all((link.tick + 1) % TICKS_PER_DAY == 0 and not link.certain for link in team + heard)
    assert all(link.message is not None for link in heard)
