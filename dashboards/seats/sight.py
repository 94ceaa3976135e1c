"""What is seen of a session: by one telephone its own, by the trainer's page all of it, but never who did what."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from dashboards.seats.mirror import FEWEST, as_values, mirror
from dashboards.seats.moments import Asked
from dashboards.seats.session import Moment, Place, Session, motives, own_story, unsaid, ways
from sim.errors import shown
from sim.terms import SPOKEN
from sim.wording import percent

MOST_DRAFTS: Final = 24
"""Drafts that the trainer's page shows, the latest."""
_PREDICTED: Final = ("phase", "number", "question", "mine", "voted", "progress", "sure")

Seen = dict[str, Any]


# ---------------------------------------------------------------- by a telephone


def question(place: Place) -> Seen | None:
    """Return what somebody is asked, while they have not answered; nothing of what the model would do is in it."""
    asked = place.asked
    if asked is None or place.answer is not None:
        return None
    return {
        "moment": str(asked.occasion_id),
        "text": asked.text,
        "issue": shown(asked.issue_name),
        "kind": asked.kind.words.infinitive,
        "about": asked.about,
        "audience": audience(asked.audience),
        "possible": asked.possible,
        "ways": [{**way, "open": any(each.key == way["key"] for each in asked.open)} for way in ways()],
        "motives": motives(),
    }


def audience(name: str) -> str:
    """Return to whom something would go, in words."""
    kind, _, which = name.partition(":")
    return {"organization": "everyone here", "department": f"all of {shown(which, 60)}"}.get(kind, "one team")


def imagined(asked: Asked, guess: int | None) -> Seen:
    """Return whom a member imagined as readers, beside what somebody has just expected themselves."""
    manager = asked.manager_reads
    return {
        "guess": guess,
        "readers": round(asked.imagined),
        "possible": asked.possible,
        "manager": None if manager is None else percent(manager),
        "executives": percent(asked.executives_read),
    }


def story(place: Place) -> Seen:
    """Return what somebody did, beside what their member would have done."""
    return dict(own_story(place))


def prediction(room: Seen) -> Seen | None:
    """Return the question that the room predicts, as a telephone shows it: nothing of what others guess."""
    if room["question"] is None:
        return None
    seen = {name: room[name] for name in _PREDICTED}
    revealed = room["revealed"]
    seen["revealed"] = revealed and {
        "mean": revealed["mean"],
        "interval": revealed["interval"],
        "median": revealed["median"],
        "held": next((each["held"] for each in revealed["guesses"] if each["me"]), None),
    }
    return seen


# ---------------------------------------------------------------- by the trainer


def seat(name: str, place: Place | None, here: bool) -> Seen:
    """Return a seat as the trainer sees it: who is asked, not what."""
    state = "away" if not here else "waiting"
    if place is not None and here and place.asked is not None:
        state = "deciding" if place.deciding else "decided"
    return {"name": shown(name), "state": state, "team": None if place is None else place.arm.key}


def hall(session: Session, over: bool) -> Seen:
    """Return the session as the trainer sees it; the mirror when it is over."""
    moments = [each for place in session.places.values() for each in place.past]
    decided = [each for each in moments if each.answer]
    found = mirror(session.moments()) if over else None
    return {
        "title": shown(session.scenario.title),
        "tick": session.tick,
        "ticks": session.scenario.ticks,
        "asked_now": sum(place.asked is not None for place in session.places.values()),
        "decided_now": sum(place.answer is not None for place in session.places.values()),
        "decided": len(decided),
        "missed": len(moments) - len(decided),
        "teams": [{"key": arm.key, "words": arm.words} for arm in session.arms],
        "spoken": sum(each.answer.way < SPOKEN for each in decided if each.answer) if _enough(session) else None,
        "drafts": drafts(session),
        "mirror": None if found is None else as_values(found),
        "fewest": FEWEST,
    }


def _enough(session: Session) -> bool:
    """Return whether so many people have decided something that none of them is known by it."""
    return sum(any(each.answer for each in place.past) for place in session.places.values()) >= FEWEST


def drafts(session: Session) -> list[Seen]:
    """Return what people had on their minds and did not say, or not so; in an order that says nothing of who or when.

    A day's drafts come together once the day is over and at least `FEWEST` people have one in it; else with those of
    the next day.
    """
    batches: list[list[Moment]] = []
    people: set[int] = set()
    held: list[Moment] = []
    latest = 0
    for chair, moment in sorted(unsaid(session), key=lambda each: each[1].asked.tick):
        day = moment.asked.tick // 8
        if day != latest and len(people) >= FEWEST:
            batches.append(held)
            people, held = set(), []
        latest = day
        people.add(chair)
        held.append(moment)
    if len(people) >= FEWEST and (session.tick // 8 > latest or session.over):
        batches.append(held)
    found = [_draft(moment) for batch in batches[::-1] for moment in sorted(batch, key=_shuffled)]
    return found[:MOST_DRAFTS]


def _shuffled(moment: Moment) -> bytes:
    return hashlib.sha256(str(moment.asked.occasion_id).encode()).digest()


def _draft(moment: Moment) -> Seen:
    asked, answer = moment
    assert answer is not None
    return {
        "text": asked.text,
        "issue": shown(asked.issue_name, 60),
        "done": answer.way.words.done,
        "colour": answer.way.words.colour,
        "spoken": answer.way < SPOKEN,
        "motive": answer.motive.words.noun if answer.motive is not None else None,
    }
