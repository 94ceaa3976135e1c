"""Claims about sessions in which people decide for members: they live again bit for bit, and forget who leaves."""

from __future__ import annotations

import io
import itertools
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from conftest import differing
from hypothesis import given
from hypothesis import strategies as st

from dashboards.seats import records
from dashboards.seats.mirror import FEWEST, as_values, mirror
from dashboards.seats.moments import SHOWN, Deed, live, look_ahead, most_daring, ways_open
from dashboards.seats.names import TREES, check_unlike, folded, read_name
from dashboards.seats.records import Record
from dashboards.seats.session import Answer, Place, Session, begins, for_a_room
from dashboards.seats.sight import drafts, question
from dashboards.seats.treatments import TREATMENTS, arms, place_of
from experiments.statistics import mean_interval
from sim import kernel
from sim.engine import Engine
from sim.errors import InputError
from sim.lexicon import terms
from sim.rules import voice
from sim.scenario import Scenario, load
from sim.state import NUMBER_BITS, ROW_BITS, TICKS_PER_DAY, Clock
from sim.terms import SPOKEN, Motive, Strategy

Decide = Callable[[Place], Answer | None]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """An organisation of 60 as a room plays it, for two weeks."""
    return for_a_room(load("baseline").with_({"organization.members": 60, "days": 10}), given=False)


def as_model(place: Place) -> Answer:
    """Decide what the member would have decided."""
    assert place.asked is not None
    return Answer(place.asked.model, None, 3, 1.5)


def by_whim(place: Place) -> Answer | None:
    """Decide anything that is possible, or nothing; the same for the same member and occasion."""
    assert place.asked is not None
    whim = random.Random(place.asked.occasion_id)
    way = whim.choice(place.asked.open)
    motive = None if way < SPOKEN else whim.choice([each for each in Motive if each >= 0])
    return None if whim.random() < 0.2 else Answer(way, motive, whim.randint(0, 20), whim.uniform(1, 30))


def played(
    scenario: Scenario,
    decide: Decide,
    seats: int = 8,
    days: int = 3,
    treatments: Iterable[str] = (),
    order: Callable[[list[Place]], Iterable[Place]] = list,
) -> Session:
    """Return a session after some days."""
    session = Session(scenario, 3, treatments=treatments)
    for chair in range(seats):
        session.sit(chair, TREES[chair])
    go_on(session, decide, days, order)
    return session


def go_on(
    session: Session,
    decide: Decide,
    days: int,
    order: Callable[[list[Place]], Iterable[Place]] = list,
) -> None:
    for _ in range(days * TICKS_PER_DAY):
        session.open_hour()
        for place in order([place for place in session.places.values() if place.asked]):
            answer = decide(place)
            if answer is not None and place.asked is not None:
                session.answer(place.chair, place.asked.occasion_id, answer)
        session.close_hour()


@pytest.fixture(scope="module")
def whims(scenario: Scenario) -> Session:
    """A session in which eight people decided by whim."""
    return played(scenario, by_whim)


# ---------------------------------------------------------------- living again


def test_a_session_lives_again_bit_for_bit_from_its_file(whims: Session) -> None:
    kept = records.read(records.as_parquet(whims.kept()))
    assert any(each.choice not in (None, each.model_choice) for each in kept.records)
    assert differing(records.relive(kept)["A"], whims.engine("A")) == []


def test_its_file_holds_what_happened(whims: Session) -> None:
    kept = whims.kept()
    again = records.read(records.as_parquet(kept))
    assert set(again.records) == set(kept.records) and len(kept.records) > 10
    assert (again.seed, again.tick, again.arms) == (kept.seed, kept.tick, kept.arms)
    assert again.scenario.to_toml() == kept.scenario.to_toml()


def test_what_people_decided_stands_in_the_ledger_of_the_world(whims: Session) -> None:
    (ledger,) = whims.engine("A").ledger()
    done = dict(zip(ledger["occasion_id"].tolist(), ledger["strategy"].tolist(), strict=True))
    decided = [each for each in whims.moments() if each.choice is not None]
    assert [done[each.moment] for each in decided] == [Strategy[each.choice or ""] for each in decided]
    missed = [each for each in whims.moments() if each.choice is None]
    assert missed and all(done[each.moment] == Strategy[each.model_choice] for each in missed)


def test_who_decides_as_the_model_would_changes_nothing(scenario: Scenario) -> None:
    session = played(scenario, as_model)
    alone = Engine(scenario, seed=3)
    alone.advance(session.tick)
    assert any(place.past for place in session.places.values())
    assert differing(alone, session.engine("A")) == []


def test_who_never_answers_leaves_the_world_as_it_is(scenario: Scenario) -> None:
    session = played(scenario, lambda _: None)
    alone = Engine(scenario, seed=3)
    alone.advance(session.tick)
    assert differing(alone, session.engine("A")) == []
    assert all(each.choice is None and each.seconds is None for each in session.moments())


def test_in_which_order_answers_come_within_an_hour_does_not_matter(scenario: Scenario, whims: Session) -> None:
    backwards = played(scenario, by_whim, order=lambda places: places[::-1])
    assert differing(backwards.engine("A"), whims.engine("A")) == []
    assert set(backwards.moments()) == set(whims.moments())


def test_looking_ahead_leaves_the_world_where_it_is(scenario: Scenario, whims: Session) -> None:
    engine, other = Engine(scenario, seed=3), Engine(scenario, seed=3)
    engine.advance(20), other.advance(20)
    look_ahead(engine, whims.cast, set(range(60)))
    assert differing(engine, other) == []


OCCASIONS = st.builds(
    lambda tick, row, number: tick << ROW_BITS + NUMBER_BITS | row << NUMBER_BITS | number,
    st.integers(0, 12), st.integers(0, 25), st.integers(0, 3),
)  # fmt: skip


@given(st.lists(st.tuples(OCCASIONS, st.just(99), st.sampled_from(list(Strategy))), max_size=12))
def test_decisions_that_fit_no_occasion_change_nothing(deeds: list[tuple[int, int, Strategy]]) -> None:
    scenario = load("baseline").with_({"organization.members": 20, "days": 2})
    engine, alone = Engine(scenario, seed=1), Engine(scenario, seed=1)
    live(engine, [Deed(*deed) for deed in deeds], 12)
    alone.advance(12)
    assert differing(engine, alone) == []


def test_damaged_files_are_refused_in_a_sentence(whims: Session) -> None:
    whole = records.as_parquet(whims.kept())
    for content in (b"", b"PAR1", whole[:200], whole[:-9] + b"garbage!!"):
        with pytest.raises(InputError):
            records.read(content)
    plain = pl.DataFrame({"a": [1]})
    plain.write_parquet(file := io.BytesIO())
    with pytest.raises(InputError, match="no file of a session"):
        records.read(file.getvalue())


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        ({"form": [1]}, "form"),
        ({"seed": "x"}, "no file of a session"),
        ({"seed": -1}, "a seed that there is not"),
        ({"tick": math.inf}, "no file of a session"),
        ({"teams": [{}]}, "no file of a session"),
        ({"teams": [{"key": "A", "words": "", "changes": ["a"]}]}, "no file of a session"),
    ],
)
def test_a_file_that_says_nonsense_of_its_session_is_refused_in_a_sentence(
    whims: Session, forged: dict[str, Any], said: str
) -> None:
    rows, about = in_parts(whims)
    with pytest.raises(InputError, match=said):
        records.read(as_file(rows, {**about, **forged}))
    with pytest.raises(InputError, match="form"):
        records.read(as_file(rows, [about]))


def test_a_file_with_rows_of_no_moment_is_refused_in_a_sentence(whims: Session) -> None:
    rows, about = in_parts(whims)
    assert records.read(as_file(rows, about)).records
    with pytest.raises(InputError, match="rows without moment"):
        records.read(as_file(rows.with_columns(moment=pl.lit(None, dtype=pl.Int64)), about))


def in_parts(session: Session) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the rows of a session's file, and what it says of the session."""
    whole = records.as_parquet(session.kept())
    return pl.read_parquet(io.BytesIO(whole)), json.loads(pl.read_parquet_metadata(io.BytesIO(whole))[records.ABOUT])


def as_file(rows: pl.DataFrame, about: Any) -> bytes:
    """Return the two as one file."""
    rows.write_parquet(file := io.BytesIO(), metadata={records.ABOUT: json.dumps(about)})
    return file.getvalue()


def test_other_rules_are_refused(whims: Session) -> None:
    with pytest.raises(InputError, match="other rules"):
        records.relive(replace(whims.kept(), rules="0" * 32))


def test_no_text_of_a_csv_file_is_a_formula(whims: Session) -> None:
    kept = whims.kept()
    evil = replace(kept, records=(kept.records[0]._replace(seat="=HYPERLINK(1)"),))
    assert b",=HYP" not in records.as_csv(evil) and b"'=HYP" in records.as_csv(evil)


# ---------------------------------------------------------------- leaving


def test_who_leaves_is_forgotten_and_the_world_lives_on_as_if_they_had_never_decided(scenario: Scenario) -> None:
    session = played(scenario, by_whim)
    gone = max(session.places.values(), key=lambda place: sum(moment.answer is not None for moment in place.past))
    assert gone.past
    session.leave(gone.chair)
    assert gone.called not in {each.seat for each in session.moments()}
    assert gone.called.encode() not in records.as_csv(session.kept())
    assert differing(records.relive(session.kept())["A"], session.engine("A")) == []


def test_leaving_in_an_open_hour_is_as_leaving_before_it(scenario: Scenario) -> None:
    early, late = played(scenario, by_whim), played(scenario, by_whim)
    early.leave(0)
    early.open_hour()
    late.open_hour()
    late.leave(0)
    early.close_hour(), late.close_hour()
    assert differing(early.engine("A"), late.engine("A")) == []
    go_on(late, by_whim, 1)
    assert differing(records.relive(late.kept())["A"], late.engine("A")) == []


def test_a_chair_that_is_free_again_has_the_same_member(scenario: Scenario, whims: Session) -> None:
    session = played(scenario, by_whim, days=0)
    row = session.places[2].row
    session.leave(2)
    assert session.free_chair() == 2 and session.sit(2, "Yew").row == row


# ---------------------------------------------------------------- what is asked


def test_a_moment_is_answered_once_and_only_in_ways_that_there_are(scenario: Scenario) -> None:
    session = played(scenario, as_model, days=0)
    while not session.open_hour():
        session.close_hour()
    place = next(place for place in session.places.values() if place.asked)
    assert place.asked is not None
    number = place.asked.occasion_id
    assert Strategy.anonymous not in place.asked.open  # the arena allows none
    with pytest.raises(InputError, match="not possible"):
        session.answer(place.chair, number, Answer(Strategy.anonymous, None, None, 1.0))
    with pytest.raises(InputError, match="already"):
        session.answer(place.chair, number + 1, Answer(Strategy.plain, None, None, 1.0))
    session.answer(place.chair, number, Answer(Strategy.plain, None, None, 1.0))
    with pytest.raises(InputError, match="already"):
        session.answer(place.chair, number, Answer(Strategy.withhold, None, None, 1.0))


def test_a_telephone_shows_what_its_member_reads_and_nothing_of_what_the_model_would_do(scenario: Scenario) -> None:
    session = played(scenario, as_model, days=1)
    while not session.open_hour():
        session.close_hour()
    place = next(place for place in session.places.values() if place.asked)
    asked = question(place)
    assert asked is not None and set(asked) == {
        "moment", "text", "issue", "kind", "about", "audience", "possible", "ways", "motives",
    }  # fmt: skip
    assert len(asked["ways"]) == 9 and len(asked["motives"]) == 7
    cards = [card for each in session.places.values() for card in each.page]
    assert cards and all(set(card) == {*SHOWN, "to", "answers"} for card in cards)
    assert not {"strategy", "motive", "critical", "instead_of", "row"} & set(SHOWN)


def test_a_telephone_reads_what_its_member_reads(scenario: Scenario) -> None:
    session = Session(scenario, 3)
    engine, pages = session.engine("A"), {}

    def look(now: Engine) -> None:
        for place, row in enumerate(now.world.visitors[: int(now.world.clock[Clock.visitors])].tolist()):
            pages[row] = int(now.world.seen_count[place])

    ahead = engine.copy()
    ahead.advance(ahead.tick + 1, look)
    hour = look_ahead(engine, session.cast, set(range(60)))
    assert {row: len(page) for row, page in hour.pages.items()} == pages and any(pages.values())


def test_telephones_begin_shortly_before_what_happens() -> None:
    assert begins(load("one-public-rebuke")) == 18 * TICKS_PER_DAY
    assert begins(load("baseline")) == 2 * TICKS_PER_DAY


def test_people_from_a_file_stay_as_many_as_they_are() -> None:
    large = load("baseline").with_({"organization.members": 400})
    assert for_a_room(large, given=False).parameters.organization.members == 90
    assert for_a_room(large, given=True).parameters.organization.members == 400


# ---------------------------------------------------------------- treatments


def test_teams_live_in_worlds_that_differ_in_their_treatment_alone(scenario: Scenario) -> None:
    session = played(scenario, lambda _: None, treatments=["anonymous"], seats=8)
    without, given = (session.engine(key) for key in "AB")
    assert not without.world.arena[0]["anonymous_posts"] and given.world.arena[0]["anonymous_posts"]
    alone = Engine(scenario.with_({"visibility.anonymous_posts": True}), seed=3)
    alone.advance(session.tick)
    assert differing(alone, given) == []
    moments = [moment.asked for place in session.places.values() if place.arm.key == "B" for moment in place.past]
    assert moments and all(Strategy.anonymous in asked.open for asked in moments)


def test_what_one_team_does_reaches_no_other(scenario: Scenario) -> None:
    def only_b(place: Place) -> Answer | None:
        return by_whim(place) if place.arm.key == "B" else None

    session = played(scenario, only_b, treatments=["leaders"])
    quiet = played(scenario, lambda _: None, treatments=["leaders"])
    assert differing(session.engine("A"), quiet.engine("A")) == []
    assert differing(session.engine("B"), quiet.engine("B")) != []
    again = records.relive(records.read(records.as_parquet(session.kept())))
    assert all(differing(again[key], session.engine(key)) == [] for key in "AB")


def test_each_treatment_changes_the_world_and_says_how() -> None:
    base = load("baseline")
    for key in TREATMENTS:
        without, given = arms([key])
        assert without.scenario(base).digest != given.scenario(base).digest and without.words != given.words


@given(st.integers(1, 4), st.integers(0, 2**40))
def test_teams_are_of_one_size_and_each_member_is_played_once_in_each(number: int, seed: int) -> None:
    places = [place_of(chair, number, seed) for chair in range(6 * number)]
    assert sorted(places) == sorted(itertools.product(range(number), range(6)))


def test_to_which_team_a_chair_belongs_is_drawn() -> None:
    first = {place_of(0, 2, seed)[0] for seed in range(20)}
    assert first == {0, 1}


@pytest.mark.parametrize("keys", [["nobody"], ["anonymous", "anonymous"], ["anonymous", "leaders", "badges"]])
def test_treatments_that_cannot_be_are_refused(keys: list[str]) -> None:
    with pytest.raises(InputError):
        arms(keys)


# ---------------------------------------------------------------- the mirror


def record(seat: str, choice: str | None, model: str, motive: str | None = None, **further: Any) -> Record:
    """Return a moment, in which the rest does not matter."""
    usual: dict[str, Any] = {
        "moment": 1, "team": "A", "seat": seat, "pair": 0, "member": "m1", "tick": 8, "issue": 0, "kind": "concern",
        "criticality": 0.5, "choice": choice, "motive": motive, "audience_guess": None, "seconds": 2.0,
        "model_choice": model, "model_motive": None, "p_spoken": 0.5, "audience_imagined": 10.0,
        "audience_possible": 20,
    }  # fmt: skip
    return Record(**{**usual, **further})


def test_the_mirror_counts_persons_and_not_moments() -> None:
    talker = [record("Oak", "plain", "withhold")] * 30
    others = [record("Elm", "withhold", "withhold"), record("Ash", "rephrase", "plain")]
    found = mirror([*talker, *others, record("Fir", None, "plain")])
    assert found is not None
    assert (found.persons, found.moments, found.missed) == (3, 32, 1)
    assert found.spoken.b == pytest.approx(2 / 3) and found.spoken.a == pytest.approx(1 / 3)
    expected = mean_interval([1.0, 0.0, 0.0])
    assert found.spoken.difference[:3] == pytest.approx(expected[:3])
    assert found.same.mean == pytest.approx(1 / 3)


def test_the_mirror_puts_ways_and_motives_side_by_side() -> None:
    three = [
        record(seat, "withhold", "postpone", "defensive", model_motive="diffident", audience_guess=30)
        for seat in ("Oak", "Elm", "Ash")
    ]
    found = as_values(mirror(three) or pytest.fail("there is none"))
    ways = {each["key"]: (each["people"][0], each["model"][0]) for each in found["ways"]}
    motives = {each["key"]: (each["people"][0], each["model"][0]) for each in found["motives"]}
    assert ways["withhold"] == (1.0, 0.0) and ways["postpone"] == (0.0, 1.0)
    assert motives["defensive"] == (1.0, 0.0) and motives["diffident"] == (0.0, 1.0)
    assert found["guessed"][0] == pytest.approx(3.0)


def test_intervals_that_are_shown_end_where_what_they_are_of_ends() -> None:
    moments = [
        record(seat, choice, "withhold", audience_guess=guess)
        for seat, choice, guess in (("Oak", "plain", 0), ("Elm", "withhold", 1), ("Ash", "withhold", 90))
    ]
    found = as_values(mirror(moments) or pytest.fail("there is none"))
    assert found["guessed"][1] == 0.0 and found["same"][2] == 1.0
    assert all(0.0 <= end <= 1.0 for each in found["ways"] for end in each["people"])
    assert found["apart"][1] < 0.0  # a difference has no such end


def test_below_three_people_there_is_no_mirror() -> None:
    assert mirror([record("Oak", "plain", "plain"), record("Elm", "plain", "plain")] * 5) is None
    assert FEWEST == 3


def test_teams_are_compared_member_by_member() -> None:
    said = {"A": ["withhold", "plain", "plain"], "B": ["plain", "plain", "plain"]}
    moments = [
        record(f"{team}{pair}", way, "plain", team=team, pair=pair)
        for team, ways in said.items()
        for pair, way in enumerate(ways)
    ]
    found = mirror(moments)
    assert found is not None
    first, second = found.teams
    assert first.apart is None and second.apart is not None
    assert second.apart[:3] == pytest.approx(mean_interval([1.0, 0.0, 0.0])[:3])


def test_drafts_are_shown_only_where_several_people_have_one(scenario: Scenario) -> None:
    def silent(place: Place) -> Answer:
        return Answer(Strategy.withhold, Motive.defensive, None, 1.0)

    two, eight = played(scenario, silent, seats=2), played(scenario, silent, seats=8)
    assert two.moments() and drafts(two) == []
    assert drafts(eight)
    for each in drafts(eight):
        assert set(each) == {"text", "issue", "done", "colour", "spoken", "motive"}
        assert not any(place.called in str(each) for place in eight.places.values())


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("one", "other"),
    [("Anna", "anna"), ("Anna", "Аnnа"), ("Anna", "Ａｎｎａ"), ("Paul", "Pau1"), ("Bob", "B0b"), ("René", "Rene"),
     ("Zoë", "ΖΟΕ"), ("Marn", "Mam"), ("Ann", "A n-n"), ("İnci", "Inci")],
)  # fmt: skip
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    with pytest.raises(InputError):
        check_unlike(other, [one])


def test_trees_look_unlike_each_other() -> None:
    assert len({folded(tree) for tree in TREES}) == len(TREES) > 60


@pytest.mark.parametrize(
    "name", ["a" * 25, "x" * 10_000, "a\u202eb", "a\u200bb", "\x00", "a\x1b[31m", "...", "\u2028x\u2028y\x85\u2066"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        read_name(name)


@given(st.text(max_size=60))
def test_a_name_is_one_line_that_can_be_seen_or_refused(text: str) -> None:
    try:
        name = read_name(text)
    except InputError:
        return
    assert len(name) <= 24 and name.isprintable() and read_name(name) == name


def test_ways_that_are_open_are_those_that_have_a_worth_by_the_rules(scenario: Scenario) -> None:
    closed, seen = Counter[Strategy](), []

    def look(now: Engine) -> None:
        for row in range(60):
            if found := most_daring(now, row):
                worth = kernel.weigh(found.moment, found.coefficients).worth
                seen.append(found)
                assert ways_open(found.moment) == tuple(way for way in terms(Strategy) if worth[way] > voice.CLOSED)
                closed.update(set(terms(Strategy)) - set(ways_open(found.moment)))

    Engine(scenario, seed=3).advance(40, look)
    assert len(seen) > 20 and closed[Strategy.anonymous] == len(seen) > closed[Strategy.narrow] > 0
