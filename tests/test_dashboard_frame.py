"""Claims about what a page draws: true to the run, small, private as the levers say, and complete below the surface."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from dashboards import layout
from dashboards.cards import DRAFT, Cast, initials
from dashboards.frame import draw_frame, say_time
from dashboards.network import MOST_WILLING, UNKNOWN
from dashboards.scene import draw_scene
from dashboards.threads import MOST_CARDS, MOST_OF_ONE, MOST_REPLIES
from dashboards.view import BELIEFS, View
from dashboards.willing import willing_now
from dashboards.world import Arena
from sim import room
from sim.errors import InputError
from sim.organization import generate
from sim.parameters import OrganizationTable
from sim.phrases import Voices
from sim.record import Run
from sim.scenario import Scenario, load
from sim.state import TICKS_PER_DAY
from tests.conftest import livelier

DAYS = 8
ALL = View(threads=10_000, iceberg=True)
"""More than any frame holds: `MOST_CARDS` ends it."""


@pytest.fixture(scope="module")
def lively() -> Scenario:
    """A world in which much is said and more is not."""
    return livelier(load("baseline").with_({"organization.members": 90}), DAYS)


def _at(scenario: Scenario, tick: int, **further: Any) -> Arena:
    arena = Arena(scenario, 2, **further)
    arena.look_at(tick)
    return arena


def _cards(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [card for thread in found["threads"] for card in thread["cards"]]


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let frames show all threads and all replies."""
    for name in ("MOST_CARDS", "MOST_REPLIES", "MOST_OF_ONE", "_LOOKED_BACK"):
        monkeypatch.setattr(f"dashboards.threads.{name}", 10**6)


# ---------------------------------------------------------------- true to the run


def test_all_messages_and_drafts_are_there_once_and_say_what_the_run_says(lively, everything):
    arena = _at(lively, 45)
    run, voices = arena.run(), Voices(arena.run())
    cards = _cards(draw_frame(arena, ALL))
    said = {int(card["id"]): card for card in cards if not card["ghost"]}
    assert sorted(said) == run.messages["message_id"].sort().to_list()
    assert len(said) == sum(not card["ghost"] for card in cards)
    for row in run.messages.iter_rows(named=True):
        card = said[row["message_id"]]
        assert (card["comments"], card["kind"], card["orientation"], card["strategy"], card["answered"]) == (
            row["comments"], row["kind"], row["orientation"], row["strategy"], row["leader_response"],
        )  # fmt: skip
        assert (card["likes"], card["seen"]) == (row["likes"], row["views"])
        if card["treatment"] is None:
            assert card["text"] == voices.message(row)
    _check_drafts(run, voices, {card["id"]: card for card in cards if card["ghost"]}, said)


def _check_drafts(run: Run, voices: Voices, ghosts: dict[str, Any], said: dict[int, Any]) -> None:
    taken_up = set(run.occasions["draft_of"].drop_nulls())
    unsaid = run.occasions.filter(pl.col("message_id").is_null() & ~pl.col("occasion_id").is_in(list(taken_up)))
    assert len(unsaid) > 20
    assert sorted(ghosts) == sorted(f"{DRAFT}{number}" for number in unsaid["occasion_id"])
    stances = run.positions["stance"].to_list()
    issues = len(run.scenario.parameters.issues)
    for wish in unsaid.iter_rows(named=True):
        card = ghosts[f"{DRAFT}{wish['occasion_id']}"]
        assert (card["row"], card["strategy"], card["motive"]) == (wish["member"], wish["strategy"], wish["motive"])
        assert card["name"] == run.members["name"][wish["member"]]
        knows = run.scenario.parameters.issues[wish["issue"]].kind == "knowledge" and wish["form"] == "post"
        stance = -1.0 if wish["criticality"] > 0 and not knows else stances[wish["member"] * issues + wish["issue"]]
        assert card["text"] == voices.draft(wish, card["kind"], card["orientation"], stance)
    softened = run.occasions.filter(pl.col("strategy").is_in(["rephrase", "only_positive"]))
    assert len(softened)
    assert all(said[number]["instead_of"] for number in softened["message_id"])
    assert sum(card["instead_of"] is not None for card in said.values()) == len(softened)


def test_replies_stand_below_what_they_answer(lively, everything):
    arena = _at(lively, 50)
    messages = arena.run().messages
    parent = dict(zip(messages["message_id"], messages["parent_id"], strict=True))
    for thread in draw_frame(arena, ALL)["threads"]:
        way: list[str] = []
        for card in thread["cards"]:
            del way[card["depth"] :]
            assert len(way) == card["depth"]
            if not card["ghost"]:
                above = parent[int(card["id"])]
                assert way == [] if above is None else way[-1] == str(above) or card["depth"] == 5
            way.append(card["id"])


def test_numbers_and_lines_are_those_of_the_run(lively):
    arena = _at(lively, DAYS * TICKS_PER_DAY)
    run, found = arena.run(), draw_frame(arena)
    values = {
        name: run.series.filter((pl.col("measure") == name) & (pl.col("group") == "all"))["value"].to_list()
        for name in ("p_speak", "wishes", "spoken", "engagement", "psychological_safety")
    }
    series = found["series"]
    assert series["day"] == list(range(DAYS))
    assert series["voice"] == pytest.approx(values["p_speak"], abs=1e-4)
    assert series["engagement"] == pytest.approx(values["engagement"], abs=1e-4)
    assert series["safety"] == pytest.approx(values["psychological_safety"], abs=1e-4)
    unsaid = [wishes - spoken for wishes, spoken in zip(values["wishes"], values["spoken"], strict=True)]
    assert series["silence"] == unsaid
    tiles = {tile["key"]: tile for tile in found["numbers"]}
    assert tiles["unsaid"]["value"] == pytest.approx(sum(unsaid[-5:]) / 5)
    assert tiles["unsaid"]["before"] == pytest.approx(sum(unsaid[:-5]) / (DAYS - 5), abs=1e-4)
    assert tiles["engagement"]["value"] == pytest.approx(values["engagement"][-1], abs=1e-4)
    assert tiles["psychological_safety"]["before"] == pytest.approx(values["psychological_safety"][-6], abs=1e-4)
    assert (found["unsaid_now"], found["spoken_now"]) == (sum(unsaid[-5:]), sum(values["spoken"][-5:]))


def test_participation_adds_up(lively):
    arena = _at(lively, 40)
    members, found = arena.run().members, draw_frame(arena)["participation"]
    assert found["wrote"] == pytest.approx(((members["posts"] + members["comments"]) > 0).mean(), abs=1e-4)
    assert sum(found[name] for name in ("wrote", "only_liked", "only_read", "never_came")) == pytest.approx(1, abs=1e-3)
    assert sum(each["members"] for each in found["roles"]) == 90


def test_the_network_says_who_answered_whom(lively):
    arena = _at(lively, 36)
    messages = arena.run().messages.filter(~pl.col("anonymous"))
    above = messages.select(parent_id="message_id", to="author")
    pairs = messages.join(above, on="parent_id").filter(pl.col("author") != pl.col("to"))
    expected = Counter(zip(pairs["author"], pairs["to"], strict=True))
    found = draw_frame(arena)["network"]
    assert {(one, other): count for one, other, count in found["edges"]} == dict(expected)
    assert found["lively"] == sorted(set(messages["author"]))


@pytest.mark.parametrize("belief", BELIEFS)
def test_members_are_coloured_by_what_they_believe(lively, belief):
    arena = _at(lively, 20)
    colours = draw_frame(arena, View(belief=belief, issue=1))["network"]["colour"]
    run = arena.run()
    if belief in ("stance", "climate"):
        values = run.positions.filter(pl.col("issue") == 1)[belief].to_numpy()
        values = (values + 1) / 2 if belief == "stance" else values
    elif belief == "willingness":
        values = willing_now(arena.engine) / MOST_WILLING
        assert [colour == UNKNOWN for colour in colours] == np.isnan(values).tolist()
        values = np.where(np.isnan(values), UNKNOWN / 255, np.clip(values, 0, 1))
        assert np.abs(np.array(colours) - 255 * values).max() <= 0.5 + 1e-9
        return
    else:
        values = run.members[belief].to_numpy()
    assert np.abs(np.array(colours) - 255 * np.clip(values, 0, 1)).max() <= 0.5 + 1e-9


def test_an_iceberg_is_of_many(lively):
    for tick in (20, 40, 60):
        cards = _cards(draw_frame(_at(lively, tick), View(threads=30, iceberg=True)))
        each = Counter(card["row"] for card in cards if card["ghost"])
        assert len(each) > 3
        assert max(each.values()) == MOST_OF_ONE


def test_an_unknown_belief_or_issue_is_an_input_error(lively):
    arena = _at(lively, 9)
    with pytest.raises(InputError, match="coloured"):
        draw_frame(arena, View(belief="hunger"))
    with pytest.raises(InputError, match="issue"):
        draw_frame(arena, View(belief="stance", issue=99))


def test_only_the_issue_that_is_asked_for_is_shown(lively):
    cards = _cards(draw_frame(_at(lively, 50), View(issue=2, iceberg=True)))
    assert {card["issue"] for card in cards} == {2}


def test_a_ledger_that_went_to_disk_looks_the_same(lively, monkeypatch):
    whole = draw_frame(_at(lively, 60), View(iceberg=True))
    monkeypatch.setattr(room, "LEDGER_ROWS", 40)
    arena = _at(lively, 60)
    assert len(list(arena.engine.ledger())) > 1
    assert draw_frame(arena, View(iceberg=True)) == whole


# ---------------------------------------------------------------- privacy


def _texts(card: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in card.items() if key != "id"}, ensure_ascii=False)


@pytest.mark.parametrize("identity", ["name_and_position", "name", "pseudonym"])
def test_a_card_shows_of_its_author_what_the_arena_shows(lively, identity, everything):
    arena = _at(lively.with_({"visibility.identity": identity}), 45)
    people, messages = arena.organization, arena.run().messages
    author = dict(zip(messages["message_id"], messages["author"], strict=True))
    anonymous = dict(zip(messages["message_id"], messages["anonymous"], strict=True))
    cards = _cards(draw_frame(arena, View(threads=10_000)))
    aliases: dict[int, set[str]] = {}
    for card in cards:
        row = author[int(card["id"])]
        if anonymous[int(card["id"])]:
            assert (card["row"], card["name"], card["leader"], card["role"]) == (None, "Anonymous", False, None)
        elif identity == "pseudonym":
            aliases.setdefault(row, set()).add(card["name"])
            assert (card["row"], card["leader"], card["role"]) == (None, False, None)
        else:
            assert (card["row"], card["name"]) == (row, people.names[row])
            assert card["leader"] == (people.role[row] in (1, 2))
        if identity != "name_and_position" or anonymous[int(card["id"])]:
            assert people.titles[row] not in _texts(card)
            assert card["department"] == ""
        if card["row"] is None:
            assert people.names[row] not in _texts(card)
    assert any(anonymous[int(card["id"])] for card in cards)
    assert all(len(names) == 1 for names in aliases.values())
    assert len(set().union(*aliases.values(), set())) == len(aliases)


def test_no_member_is_named_where_pseudonyms_answer_each_other(lively, everything):
    arena = _at(lively.with_({"visibility.identity": "pseudonym"}), 60)
    words = {word.strip(".,:;!?@") for card in _cards(draw_frame(arena)) for word in card["text"].split()}
    first_names = {name.split()[0] for name in arena.organization.names}
    assert not words & first_names


def test_what_readers_do_not_see_no_card_shows(lively):
    hidden = lively.with_({"visibility.audience_cues": False, "visibility.visible_reactions": False,
                           "visibility.leader_badges": False, "visibility.identity": "name"})  # fmt: skip
    cards = _cards(draw_frame(_at(hidden, 45)))
    assert cards
    assert {(card["seen"], card["likes"], card["leader"], card["role"]) for card in cards} == {
        (None, None, False, None)
    }


# ---------------------------------------------------------------- small, and fit for JSON


def test_a_frame_is_small_and_plain():
    arena = Arena(load("baseline"), 1)
    for day in (0, 12, 59):
        arena.look_at(day * TICKS_PER_DAY + 5)
        for view in (View(), View(iceberg=True)):
            found = draw_frame(arena, view)
            text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            assert len(text.encode()) < 60_000
            assert json.loads(text) == found
            assert len(_cards(found)) < MOST_CARDS + 2 * MOST_REPLIES + 1
    assert json.dumps(draw_scene(arena), allow_nan=False)


def test_threads_are_cut_and_what_is_left_out_is_counted(lively):
    arena = _at(lively, 64)
    messages = arena.run().messages
    size = Counter(messages["thread_id"])
    found = draw_frame(arena, View(threads=7))["threads"]
    assert len(found) == 7
    for thread in found:
        assert len(thread["cards"]) <= 1 + MOST_REPLIES
        assert len(thread["cards"]) + thread["more"] == size[int(thread["id"])]
    assert any(thread["more"] for thread in draw_frame(arena)["threads"])
    latest = messages.group_by("thread_id").agg(pl.col("tick").max()).sort("tick", descending=True)["tick"][:7]
    ticks = dict(messages.group_by("thread_id").agg(pl.col("tick").max()).iter_rows())
    assert [ticks[int(thread["id"])] for thread in found] == latest.to_list()


def test_new_cards_are_those_of_the_last_hour_or_since_the_hour_asked_for(lively):
    arena = _at(lively, 40)
    assert {card["tick"] >= 39 for card in _cards(draw_frame(arena)) if card["new"]} <= {True}
    for card in _cards(draw_frame(arena, View(since=30))):
        assert card["new"] == (card["tick"] >= 30)


def test_an_empty_world_can_be_drawn(lively):
    arena = Arena(lively.with_({"organization.members": 1, "organization.levels": 1}), 1)
    for tick in (0, 1, 20):
        arena.look_at(tick)
        assert json.dumps(draw_frame(arena, View(iceberg=True)), allow_nan=False)
    assert len(draw_scene(arena)["nodes"]["x"]) == 1


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("tick", "words"),
    [
        (0, "Monday 9:00, workday 0"),
        (13, "Tuesday 14:00, workday 1"),
        (40, "Monday 9:00, workday 5"),
        (480, "Friday 17:00, workday 59"),
    ],
)
def test_the_time_is_said_in_words(tick, words):
    assert say_time(tick, 480) == words


def test_what_happens_is_listed_with_what_was_changed_marked():
    arena = _at(load("one-public-rebuke").with_({"organization.members": 40}), 16)
    arena.intervene({"leadership.line_managers.openness": 0.25})
    arena.intervene({"respond": {"by": arena.organization.ids[1], "to": "latest_critique", "how": "supportive"}})
    name = arena.organization.names[1]
    assert draw_scene(arena)["timeline"] == [
        {"day": 2.0, "words": "line managers’ openness: 0.25", "mine": True},
        {"day": 2.0, "words": f"{name} supports the latest critique", "mine": True},
        {"day": 20.0, "words": "the chief executive rebukes the latest critique", "mine": False},
    ]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Lovelace", "AL"), ("  ", "?"), ("Plato", "P"), ("Åse van der Øy", "ÅØ"), ("-- (x)", "?"), ("ß z", "SSZ")],
)
def test_initials_are_those_of_the_first_and_the_last_word(name, letters):
    assert initials(name) == letters


def test_hostile_names_are_shown_as_text(lively):
    people = generate(
        OrganizationTable(members=20, span_of_control=4, levels=3, locations=1, ties_per_member=4), seed=8
    )
    names = ("\x1b[2J<script>" + "x" * 500, *people.names[1:])
    cast = Cast(replace(people, names=names), lively, 1)
    assert "\x1b" not in cast.names[0] and len(cast.names[0]) < 120


# ---------------------------------------------------------------- places


@pytest.mark.parametrize("members", [1, 2, 40, 1000])
@pytest.mark.parametrize("place", [layout.hierarchy, layout.ties])
def test_everyone_has_a_place_of_their_own(members, place):
    people = generate(OrganizationTable(members=members, ties_per_member=8 if members > 20 else 0), seed=3)
    x, y = place(people)
    assert len(x) == len(y) == members
    assert max(np.abs(x).max(), np.abs(y).max()) <= 1.0
    assert len(set(zip(x.tolist(), y.tolist(), strict=True))) == members
    again = place(people)
    assert np.array_equal(x, again.x) and np.array_equal(y, again.y)


def test_those_who_know_each_other_stand_closer():
    people = generate(OrganizationTable(members=600), seed=3)
    x, y = layout.ties(people)
    member = np.repeat(np.arange(600), np.diff(people.tie_start))

    def apart(one: Any, other: Any) -> float:
        return float(np.hypot(x[one] - x[other], y[one] - y[other]).mean())

    anybody = np.random.default_rng(1).integers(0, 600, (2, 5000))
    assert apart(member, people.tie_member) < 0.8 * apart(*anybody)


def test_private_views_by_role_are_those_of_the_iceberg(small):
    from sim.opinions import iceberg

    arena = Arena(small, 1)
    arena.look_at(40)
    assert draw_frame(arena)["opinion"] is None
    answer = draw_frame(arena, View(iceberg=True, issue=1))["opinion"]
    found = iceberg(arena.run(), 1)
    assert answer["issue"] == 1
    by_role = [group.name.removeprefix("role:") for group in found.groups if not group.name.startswith("department:")]
    assert [each["role"] for each in answer["groups"]] == by_role
    assert {"all", "coworker", "executive"} <= set(by_role)
    for each in answer["groups"]:
        group = found.group("all" if each["role"] == "all" else f"role:{each['role']}")
        assert (each["private"], each["imagined"]) == (round(group.in_favour, 4), round(group.imagined, 4))
