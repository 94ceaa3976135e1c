"""Claims about the narrow door: thirty telephones play a session, and hostile ones get nothing."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import differing
from hypothesis import given
from hypothesis import strategies as st
from telephone import HOST, NAMED, PORT, Telephone

from dashboards.outcomes import outcomes
from dashboards.room import Room, Rooms
from dashboards.seats import limits, opening, records
from dashboards.seats.hall import CODE_LENGTH, LETTERS, Hall, new_code
from dashboards.seats.limits import BODY_BYTES, MOST_SEATS, OF_CODES, OF_DEVICE, Limiter, Rate
from dashboards.seats.opening import Opened
from dashboards.seats.web import COOKIE, PAGES, POLICY, Telephones, application
from dashboards.seats_tab import lead, make
from dashboards.world import Arena
from sim.errors import InputError
from sim.scenario import Scenario, load

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("baseline").with_({"organization.members": 60, "days": 6})


class Time:
    """A clock that goes on when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hall() -> Iterator[Hall]:
    found = Hall(Rooms(2), breath=0.0)
    yield found
    found.close()


@pytest.fixture
def telephones(hall: Hall) -> Callable[[int], list[Telephone]]:
    """Make telephones at one door, each at an address of its own."""
    app = application(hall, HOST, PORT)
    return lambda number: [Telephone(app, n) for n in range(number)]


def seated(hall: Hall, made: list[Telephone]) -> list[Telephone]:
    for telephone in made:
        assert telephone.join(hall.code).status == 200
    return made


def until(so: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while not (found := so()):
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)
    return found


def asked(hall: Hall, made: list[Telephone]) -> Telephone:
    """Start the session, and return a telephone that is asked something."""
    hall.play()
    until(lambda: hall.seen()["asked_now"])
    return next(telephone for telephone in made if telephone.sees()["asked"])


# ---------------------------------------------------------------- a whole session


def test_thirty_telephones_play_a_session_that_lives_again(scenario: Scenario) -> None:
    hall = Hall(Rooms(2), Time(), 0.0)  # its clock stands still, so that it waits for all
    app = application(hall, HOST, PORT)
    made = seated(hall, [Telephone(app, n) for n in range(30)])
    hall.prepare(scenario, 3, None, ["anonymous"])
    hall.play()
    while hall.session().tick < 5 * 8:
        deciding = [n for n, seat in enumerate(hall.seen()["seats"]) if seat["state"] == "deciding"]
        answered = [decided_by_whim(made[n]) for n in deciding]
        if not all(answered):
            hall.skip()
        time.sleep(0.01)  # the hall lives on, too
    hall.end()
    seen, session = hall.seen(), hall.session()
    assert seen["phase"] == "over" and seen["mirror"]["persons"] >= 10 and len(seen["mirror"]["teams"]) == 2
    assert sum(telephone.sees()["story"]["moments"] for telephone in made) == seen["decided"] > 15
    assert seen["missed"] > 0
    again = records.relive(records.read(make(hall, "seats.parquet")["content"]))
    assert all(differing(again[key], session.engine(key)) == [] for key in "AB")
    hall.close()


def decided_by_whim(telephone: Telephone) -> bool:
    """Answer what is asked, in any way that there is, nine times in ten; return whether it was answered."""
    question = telephone.sees()["asked"]
    if question is None:  # the hour is over
        return True
    whim = random.Random(question["moment"])
    way = whim.choice([way for way in question["ways"] if way["open"]])
    motive = None if way["spoken"] else whim.choice(question["motives"])["key"]
    if whim.random() < 0.1:
        return False
    answer = {"moment": question["moment"], "way": way["key"], "motive": motive, "guess": 4}
    return telephone.post("/api/answer", answer).status == 200


def test_the_hour_waits_for_who_is_asked_and_no_longer_than_the_clock(scenario: Scenario) -> None:
    clock = Time()
    hall = Hall(Rooms(2), clock, 0.0)
    app = application(hall, HOST, PORT)
    made = seated(hall, [Telephone(app, n) for n in range(12)])
    hall.prepare(scenario, 3)
    one = asked(hall, made)
    moment, tick = one.sees()["asked"]["moment"], hall.session().tick
    clock.now += 29.0
    for telephone in made:
        telephone.sees()  # they are here
    time.sleep(0.05)
    assert hall.session().tick == tick and one.sees()["left"] == pytest.approx(1.0)
    clock.now += 1.5
    until(lambda: hall.session().tick > tick)
    assert one.post("/api/answer", {"moment": moment, "way": "plain"}).status == 409
    assert any(each.choice is None for each in hall.session().moments())
    hall.close()


def test_while_it_is_paused_the_clock_stands_still(scenario: Scenario) -> None:
    clock = Time()
    hall = Hall(Rooms(2), clock, 0.0)
    app = application(hall, HOST, PORT)
    made = seated(hall, [Telephone(app, n) for n in range(12)])
    hall.prepare(scenario, 3)
    one = asked(hall, made)
    tick = hall.session().tick
    clock.now += 10.0
    one.sees()
    hall.play(False)
    clock.now += 500.0
    assert one.sees()["left"] == pytest.approx(20.0) and one.decides("plain").status == 409
    hall.play()
    assert hall.session().tick == tick and one.sees()["left"] == pytest.approx(20.0)
    assert one.decides("plain").status == 200
    hall.close()


def test_nobody_waits_for_a_telephone_that_is_away(scenario: Scenario) -> None:
    clock = Time()
    hall = Hall(Rooms(2), clock, 0.0)
    app = application(hall, HOST, PORT)
    made = seated(hall, [Telephone(app, n) for n in range(12)])
    hall.prepare(scenario, 3)
    asked(hall, made)
    tick = hall.session().tick
    clock.now += 21.0  # less than the clock has, more than a telephone is silent
    until(lambda: hall.session().tick > tick)
    assert all(seat["state"] == "away" for seat in hall.seen()["seats"])
    hall.close()


def test_no_hour_is_opened_once_the_session_is_over_or_deleted(scenario: Scenario) -> None:
    hall = Hall(Rooms(2), Time(), 0.0)
    seated(hall, [Telephone(application(hall, HOST, PORT), n) for n in range(12)])
    hall.prepare(scenario, 3)
    hall.end()  # the thread of the hours may be just about to open one
    assert not hall._open_hour() and not hall.session().is_open
    hall.clear()
    assert not hall._open_hour()


# ---------------------------------------------------------------- the seat


def test_a_telephone_keeps_its_seat_when_its_page_loads_again(
    hall: Hall, telephones: Callable[[int], list[Telephone]]
) -> None:
    (one,) = seated(hall, telephones(1))
    called, cookie = one.sees()["called"], one.cookie
    assert one.join(hall.code).said == {"joined": True}
    assert one.join("XXXX").said == {"joined": True}  # it has a seat, and needs no code
    assert (one.sees()["called"], one.cookie) == (called, cookie) and len(hall.seen()["seats"]) == 1


def test_a_device_has_one_seat_unless_several_are_behind_one_address(
    hall: Hall, telephones: Callable[[int], list[Telephone]]
) -> None:
    (one,) = seated(hall, telephones(1))
    private = Telephone(one.app, 0)
    assert private.join(hall.code).status == 409 and "has a seat already" in private.join(hall.code).said["problem"]
    hall.arrange(shared=True)
    assert private.join(hall.code).status == 200 and len(hall.seen()["seats"]) == 2


def test_there_are_sixty_seats_and_a_door_that_can_be_closed(
    hall: Hall, telephones: Callable[[int], list[Telephone]]
) -> None:
    made = telephones(MOST_SEATS + 2)
    seated(hall, made[:-2])
    assert MOST_SEATS == 60 and "taken" in made[-1].join(hall.code).said["problem"]
    assert len({telephone.sees()["called"] for telephone in made[:-2]}) == 60
    made[0].post("/api/leave", {})
    hall.arrange(locked=True)
    assert "closed to newcomers" in made[-1].join(hall.code).said["problem"]
    hall.arrange(locked=False)
    assert made[-1].join(hall.code).status == 200


def test_whoever_leaves_is_forgotten(
    hall: Hall, telephones: Callable[[int], list[Telephone]], scenario: Scenario
) -> None:
    made = seated(hall, telephones(11))
    gone = telephones(12)[-1]
    gone.join(hall.code, "Zaphod Beeblebrox")
    hall.prepare(scenario, 3)
    called = gone.sees()["called"]
    room = hall._rooms.room_of("trainer")
    room.host("trainer")
    room.ask("trainer", outcomes(scenario)[0].key, scenario)
    assert gone.post("/api/vote", {"guess": [1, 0.5, 2]}).status == 200
    asked(hall, made)
    left = gone.post("/api/leave", {})
    assert left.status == 200 and "Max-Age=0" in left.headers["set-cookie"]
    everything = json.dumps([hall.seen(), room.seen_by("trainer"), [telephone.sees() for telephone in made]])
    assert "Zaphod" not in everything and called not in everything
    assert room.seen_by("trainer")["question"] is None  # it was the only guess
    assert gone.get("/api/me").said == {"seated": False}


def test_names_are_shown_as_texts_and_stand_in_no_file(
    hall: Hall, telephones: Callable[[int], list[Telephone]], scenario: Scenario
) -> None:
    made = telephones(4)
    assert made[0].join(hall.code, "Ｍax").status == 200
    assert made[0].sees()["name"] == "Max"
    assert "looks like it" in made[1].join(hall.code, "mах").said["problem"]  # two of its letters are Cyrillic
    assert made[1].join(hall.code, "<b>hi</b>").status == 200
    assert made[2].join(hall.code, HOSTILE).status == 409  # too long to be a name
    hall.prepare(scenario, 3)
    file = b"".join(make(hall, key)["content"] for key in ("seats.parquet", "seats.csv"))
    assert b"<b>" not in file and b"Max" not in file


# ---------------------------------------------------------------- predict, on telephones


def test_telephones_guess_once_each_and_see_nobody_elses_guess(
    hall: Hall, telephones: Callable[[int], list[Telephone]], scenario: Scenario
) -> None:
    one, other = seated(hall, telephones(2))
    room = hall._rooms.room_of("trainer")
    room.host("trainer")
    small = scenario.with_({"days": 2, "organization.members": 20})
    room.ask("trainer", outcomes(small)[0].key, small)
    assert one.sees()["predict"]["phase"] == "voting"
    assert one.post("/api/vote", {"guess": [0.6125, 0.4, 0.7]}).status == 200
    assert one.post("/api/vote", {"guess": [0.625, 0.4, 0.7]}).status == 200
    assert room.seen_by("trainer")["voted"] == 1  # the second took the place of the first
    assert "0.625" in json.dumps(one.sees()) and "0.625" not in json.dumps(other.sees())
    assert other.post("/api/vote", {"guess": [0.5, 0.6, 0.7]}).status == 409
    for way in ("reveal", "ask", "host", "put_away"):
        assert one.post(f"/api/{way}", {}).status in (404, 405)
    room.reveal("trainer")
    until(lambda: room.seen_by("trainer")["phase"] != "running")
    if room.seen_by("trainer")["phase"] == "revealed":
        assert one.sees()["predict"]["revealed"]["held"] in (True, False)
        assert "0.625" not in json.dumps(other.sees()["predict"]["revealed"].get("guesses", ""))


def test_whoever_asks_is_known_again_when_their_page_loads_again() -> None:
    room = Room("TEST")
    room.enter("page one", "browser")
    room.host("page one")
    room.enter("page two", "browser")
    room.leave("page one")
    assert room.seen_by("page two")["host"] == "me"
    room.enter("seat 1", "")
    assert room.seen_by("seat 1")["host"] == "other"
    with pytest.raises(InputError):
        room.host("seat 1")


# ---------------------------------------------------------------- hostile telephones


def test_nobody_decides_for_another_or_twice(
    hall: Hall, telephones: Callable[[int], list[Telephone]], scenario: Scenario
) -> None:
    made = seated(hall, telephones(12))
    hall.prepare(scenario, 3)
    one = asked(hall, made)
    other = next(telephone for telephone in made if not telephone.sees()["asked"])
    answer = {"moment": one.sees()["asked"]["moment"], "way": "withhold", "motive": "defensive", "guess": 3}
    assert other.post("/api/answer", answer).status == 409
    assert one.sees()["asked"]["text"] not in json.dumps([each.sees() for each in made if each is not one])
    assert one.post("/api/answer", answer).status == 200
    assert one.post("/api/answer", answer).status == 409
    assert one.post("/api/answer", {**answer, "way": "plain"}).status == 409


def test_who_has_no_seat_gets_nothing(hall: Hall, telephones: Callable[[int], list[Telephone]]) -> None:
    (one,) = telephones(1)
    for cookie in ("", f"{COOKIE}=x", f"{COOKIE}=" + "A" * 43, f"{COOKIE}={'%00' * 20}", "=;;="):
        one.cookie = cookie
        assert one.get("/api/me").said == {"seated": False}
        assert one.get("/api/news").status == 401
        for path, sent in (("answer", {"moment": "1", "way": "plain"}), ("vote", {"guess": [1, 1, 1]}), ("leave", {})):
            assert one.post(f"/api/{path}", sent).status == 401, path


def test_a_code_cannot_be_guessed(hall: Hall, telephones: Callable[[int], list[Telephone]]) -> None:
    (one,) = telephones(1)
    wrong = next(code for code in iter(new_code, "") if code != hall.code)
    answers = [one.join(wrong).status for _ in range(int(OF_CODES.burst) + 3)]
    assert answers == [401] * int(OF_CODES.burst) + [429] * 3
    assert one.join(hall.code).status == 429  # not even the right one, for a while
    many = [Telephone(one.app, n).join(wrong).status for n in range(1, 60) for _ in range(2)]
    assert many[-1] == 429  # from everywhere together
    assert len(LETTERS) ** CODE_LENGTH > 100_000


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"}, {"host": f"{HOST}:80"}, {"host": "127.0.0.1:8765"}, {"host": ""},
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": ""}, {"origin": f"https://{NAMED}"},
        {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"},
        {"content_type": "text/plain"}, {"content_type": "application/x-www-form-urlencoded"}, {"content_type": ""},
    ],
)  # fmt: skip
def test_what_does_not_come_from_the_page_is_refused(
    hall: Hall, telephones: Callable[[int], list[Telephone]], headers: dict[str, str]
) -> None:
    (one,) = telephones(1)
    assert one.post("/api/join", {"code": hall.code}, **headers).status == 403
    assert hall.seen()["seats"] == []


def test_what_is_too_long_or_something_else_is_refused(
    hall: Hall, telephones: Callable[[int], list[Telephone]]
) -> None:
    (one,) = telephones(1)
    assert one.post("/api/join", b" " * (BODY_BYTES + 1)).status == 409
    parts = [b'{"code": "' + b"A" * 500] * 100
    given = {"origin": f"http://{NAMED}", "content_type": "application/json"}
    assert one.ask("POST", "/api/join", parts, given).status == 409
    for body in (b"", b"[]", b"nul", b"\xff", b'{"code": 1}', b'{"code": "AAAA", "x": 1}', b"[" * 1900):
        assert one.post("/api/join", body).status == 409, body
    assert hall.seen()["seats"] == []


@given(st.dictionaries(st.sampled_from(["moment", "way", "motive", "guess"]), st.none() | st.text() | st.integers()))
def test_no_answer_at_random_breaks_anything(sent: dict[str, Any]) -> None:
    hall = Hall(Rooms(2))
    one = Telephone(application(hall, HOST, PORT))
    one.join(hall.code)
    assert one.post("/api/answer", sent).status == 409


def test_a_device_that_asks_too_often_has_to_wait_and_no_other(
    hall: Hall, telephones: Callable[[int], list[Telephone]]
) -> None:
    one, other = seated(hall, telephones(2))
    answers = [one.get("/api/me").status for _ in range(int(OF_DEVICE.burst) + 10)]
    assert 429 in answers and other.get("/api/me").status == 200


def test_tokens_come_back_with_time_and_whoever_was_not_heard_of_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Time()
    limiter = Limiter(Rate(2, 0.5), clock)
    assert [limiter.allows("a") for _ in range(3)] == [True, True, False] and limiter.allows("b")
    clock.now += 2.0
    assert limiter.allows("a") and not limiter.allows("a")
    monkeypatch.setattr(limits, "KEPT", 5)
    for n in range(20):
        limiter.allows(str(n))
    assert len(limiter._left) == 5


def test_the_door_has_no_other_addresses_and_none_of_the_trainers(
    hall: Hall, telephones: Callable[[int], list[Telephone]]
) -> None:
    (one,) = telephones(1)
    paths = {route.path for route in Telephones(hall).routes()}
    assert paths == {
        "/", "/phone.js", "/phone.css", "/api/me", "/api/news", "/api/join", "/api/answer", "/api/vote", "/api/leave",
    }  # fmt: skip
    for path in ("/jupyter/api/kernels/x/channels", "/static/assets/custom.js", "/_solara/api/close/x", "/readyz",
                 "/../../etc/passwd", "//phone.js", "/phone.js/", "/docs", "/openapi.json"):  # fmt: skip
        assert one.get(path).status in (404, 405), path


def test_a_websocket_is_closed_at_once(hall: Hall) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [(b"host", NAMED.encode())]}
    asyncio.run(application(hall, HOST, PORT)(scope, receive, send))  # type: ignore[arg-type]
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_every_answer_says_what_browsers_may_do_with_it(
    hall: Hall, telephones: Callable[[int], list[Telephone]]
) -> None:
    (one,) = telephones(1)
    for answer in (*(one.get(path) for path in PAGES), one.get("/api/me"), one.get("/none"), one.join(hall.code)):
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
    assert "unsafe" not in POLICY
    cookie = one.join(hall.code) and Telephone(one.app, 7).join(hall.code).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie


def test_the_page_loads_nothing_from_elsewhere_and_sets_no_text_as_markup(
    telephones: Callable[[int], list[Telephone]],
) -> None:
    (one,) = telephones(1)
    html, script, style = (one.get(path).body.decode() for path in PAGES)
    assert not re.search(r"https?://|//[a-z]", html + style)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", script)
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|style=", html)


def test_the_news_end_with_the_seat_and_a_newer_line_ends_the_older(
    hall: Hall, telephones: Callable[[int], list[Telephone]]
) -> None:
    (one,) = seated(hall, telephones(1))
    key = one.cookie.partition("=")[2]

    async def followed() -> list[str]:
        frames = Telephones(hall)._frames(key, hall.stream(key))
        first = await anext(frames)
        hall.stream(key)  # the page was loaded again
        return [first, *[each async for each in frames]]

    first, last = asyncio.run(followed())
    assert json.loads(first.removeprefix("data: "))["called"] == one.sees()["called"]
    assert last.startswith("event: gone")


# ---------------------------------------------------------------- the trainer


def test_the_trainer_sees_who_decides_and_never_what(
    hall: Hall, telephones: Callable[[int], list[Telephone]], scenario: Scenario
) -> None:
    made = seated(hall, telephones(12))
    hall.prepare(scenario, 3)
    one = asked(hall, made)
    seen = hall.seen()
    assert [seat["state"] for seat in seen["seats"]].count("deciding") == seen["asked_now"] >= 1
    assert one.sees()["asked"]["text"] not in json.dumps(seen)
    assert one.decides("withhold", motive="defensive").status == 200
    seen = hall.seen()
    assert "defensive" not in json.dumps(seen) and "superiors" not in json.dumps(seen)
    assert all(set(seat) == {"name", "state", "team"} for seat in seen["seats"])


def test_the_trainer_leads_by_what_the_page_sends(hall: Hall, scenario: Scenario) -> None:
    arena = Arena(scenario, 3)
    with pytest.raises(InputError, match="prepare a session first"):
        lead(hall, arena, {"do": "play"})
    lead(hall, arena, {"do": "prepare", "treatments": ["badges"]})
    until(lambda: hall.seen()["phase"] == "lobby")
    assert [team["key"] for team in hall.seen()["teams"]] == ["A", "B"]
    lead(hall, arena, {"do": "arrange", "clock": 45})
    assert hall.seen()["clock"] == 45
    with pytest.raises(InputError, match="seconds"):
        lead(hall, arena, {"do": "arrange", "clock": 7})
    lead(hall, arena, {"do": "play"})
    lead(hall, arena, {"do": "pause"})
    assert hall.seen()["phase"] == "paused"
    lead(hall, arena, {"do": "end"})
    assert hall.seen()["phase"] == "over" and hall.seen()["mirror"] is None
    lead(hall, arena, {"do": "clear"})
    assert hall.seen()["seats"] == [] and hall.seen()["phase"] == "preparing"


def test_a_world_that_cannot_be_is_said_and_leaves_the_last_session(hall: Hall, scenario: Scenario) -> None:
    hall.prepare(scenario, 3)
    hall.prepare_soon(scenario, 3, None, ["nobody"])
    until(lambda: hall.seen()["trouble"])
    assert "no treatment" in hall.seen()["trouble"] and hall.seen()["phase"] == "lobby"


def test_the_link_hides_the_code_from_every_server() -> None:
    found = Opened(Hall(Rooms(2)), "192.168.7.5", 8790)
    assert found.link == f"http://192.168.7.5:8790/#{found.hall.code}"
    assert found.picture().startswith("data:image/svg+xml") and found.reachable
    assert found.hall.code in opening.words(found) and "unencrypted" in opening.words(found)
    assert not Opened(found.hall, "127.0.0.1", 1).reachable
    assert "--room-host" in opening.words(Opened(found.hall, "127.0.0.1", 1))


def test_after_one_session_the_same_seats_play_another(
    hall: Hall, telephones: Callable[[int], list[Telephone]], scenario: Scenario
) -> None:
    made = seated(hall, telephones(12))
    for seed in (3, 4):
        hall.prepare(scenario, seed)
        assert all(telephone.sees()["member"] for telephone in made)
        tick = hall.session().tick
        hall.play()
        until(lambda: hall.seen()["asked_now"])
        hall.skip()
        until(lambda: hall.session().tick > tick)  # noqa: B023
        hall.end()
        assert hall.seen()["phase"] == "over"


def test_names_that_look_alike_are_one_where_a_room_predicts() -> None:
    room = Room("TEST")
    for visitor, name in (("one", "Anna"), ("two", "Аnnа")):
        room.enter(visitor)
        if visitor == "one":
            room.name(visitor, name)
    with pytest.raises(InputError, match="looks so"):
        room.name("two", "Аnnа")
