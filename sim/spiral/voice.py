"""One voice more or less: what it does to the chance that others speak, given that they wish to.

Two twins part at one decision: in one it is spoken, in the other withheld. From the next hour on both learn alike, or
some beliefs are frozen in both. Days later the same wishes are put to the same people in both (see `probe`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from sim.engine import Engine
from sim.spiral.path import critical
from sim.spiral.pivotal import decide, wishes_of_tick
from sim.spiral.probe import Wishes, freeze, own_wishes, p_speak
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import SPOKEN, Strategy

LAGS = (1, 2, 5)
"""Workdays after the voice at which the others are asked; an effect is the mean over these. Twins drift apart, so that
the longer one waits, the less of their difference is due to the one voice rather than to luck."""


class Voice(NamedTuple):
    """One occasion to criticise, and what was made of it in the run."""

    occasion: int  # occasion_id
    tick: int
    member: int
    issue: int
    strategy: int  # what was done

    @property
    def spoken(self) -> bool:
        """Whether it was spoken, so that a twin removes it; else a twin adds it."""
        return self.strategy < SPOKEN


class VoiceChange(NamedTuple):
    """What a voice changed: the world with it less the world without, summed over the other members."""

    critics: float
    """Change of P(speak | wish), summed over all others who are privately against: voices expected more, if each had
    one wish."""
    readers: float
    """That part of it which lies with those who read the voice itself,"""
    unreached: float
    """and that with those who never read it: it can only have come by what further people said or did."""
    defenders: float
    """The same sum over all others who are privately in favour, who have nothing critical to say."""
    further: float
    """Critical voices on the issue, of others, in the days until they were last asked."""


def whole_ledger(engine: Engine) -> Any:
    """Return all occasions of an engine so far: OCCASION records."""
    return np.concatenate([np.asarray(part) for part in engine.ledger()])


def voices_to_change(engine: Engine, issue: int, spoken: bool, count: int, from_day: int = 5) -> list[Voice]:
    """Return up to `count` critical occasions of a run that is over, evenly spread over those that there were.

    `spoken` says whether those that were spoken, to remove, or those that were withheld, to add. Left out are the
    first days, in which beliefs settle, and the last, after which nobody could be asked any more.
    """
    ledger = whole_ledger(engine)
    done = ledger["strategy"] < SPOKEN if spoken else ledger["strategy"] == Strategy.withhold
    last = engine.tick - max(LAGS) * TICKS_PER_DAY
    when = (ledger["tick"] >= from_day * TICKS_PER_DAY) & (ledger["tick"] < last)
    fitting = ledger[(ledger["issue"] == issue) & critical(ledger) & done & when]
    if not len(fitting):
        return []
    picked = fitting[np.unique(np.linspace(0, len(fitting) - 1, count).round().astype(int))]
    columns = (picked[name].tolist() for name in ("occasion_id", "tick", "member", "issue", "strategy"))
    return [Voice(*each) for each in zip(*columns, strict=True)]


def change_by(
    engine: Engine, voice: Voice, settings: Mapping[str, Any] | None = None, lags: tuple[int, ...] = LAGS
) -> VoiceChange:
    """Return what a voice changes; `engine` stands at the voice's tick, and is left as it is.

    `settings` hold in both worlds from the hour after the voice, such as those of `frozen`.
    """
    wishes = own_wishes(engine.world, voice.issue)
    wishes = wishes.of(wishes.members != voice.member)
    against = engine.world.positions[wishes.members, voice.issue]["stance"] < 0.0
    speaking = voice.strategy if voice.spoken else int(Strategy.plain)
    heard, message = _parted(engine, voice, speaking, settings)
    unheard, _ = _parted(engine, voice, int(Strategy.withhold), settings)
    readers, gains = Readers(message), []
    for lag in lags:
        heard.advance(voice.tick + lag * TICKS_PER_DAY, readers)
        unheard.advance(heard.tick)
        gains.append(_gain(heard, unheard, wishes))
    gained = np.mean(gains, axis=0)
    read = against & np.isin(wishes.members, list(readers.found))
    return VoiceChange(
        critics=float(gained[against].sum()),
        readers=float(gained[read].sum()),
        unreached=float(gained[against & ~read].sum()),
        defenders=float(gained[~against].sum()),
        further=float(_critical_voices(heard, voice) - _critical_voices(unheard, voice)),
    )


def _parted(engine: Engine, voice: Voice, strategy: int, settings: Mapping[str, Any] | None) -> tuple[Engine, int]:
    """Return a twin after the hour of the voice, and the row of the message that came of it, -1 for none."""
    twin = engine.copy()
    twin.advance(voice.tick + 1, Settle(voice, strategy))
    ledger = whole_ledger(twin)
    came = ledger["message"][ledger["occasion_id"] == voice.occasion]
    if not len(came):
        raise ValueError(f"there is no occasion {voice.occasion} in tick {voice.tick}")
    freeze(twin, settings or {})
    return twin, int(came[0])


def _gain(one: Engine, other: Engine, wishes: Wishes) -> Any:
    """Return P(speak | wish) in one world less that in the other: float64[k].

    Asked are only those for whom the two differ in anything that a wish is weighed by: for the rest it is 0.
    """
    here, there = one.world, other.world
    differs = here.beliefs[wishes.members] != there.beliefs[wishes.members]
    differs |= here.positions[wishes.members, wishes.issue] != there.positions[wishes.members, wishes.issue]
    if not np.array_equal(here.audiences["visited"], there.audiences["visited"]):
        differs[:] = True  # an audience is imagined as a share of those who have ever come
    gained = np.zeros(len(wishes.members))
    asked = wishes.of(differs)
    gained[differs] = p_speak(one, asked) - p_speak(other, asked)
    return gained


class Settle:
    """An observer that ends one occasion in a given way."""

    def __init__(self, voice: Voice, strategy: int) -> None:
        self.voice, self.strategy = voice, strategy

    def __call__(self, engine: Engine) -> None:
        """Change the decision, once its tick has come."""
        for place, number, _ in wishes_of_tick(engine, self.voice.member, self.voice.occasion):
            decide(engine, place, number, self.strategy)


class Readers:
    """An observer that notes who reads a message."""

    def __init__(self, message: int) -> None:
        self.message = message
        self.found: set[int] = set()

    def __call__(self, engine: Engine) -> None:
        """Note the readers of this tick."""
        world = engine.world
        visitors = int(world.clock[Clock.visitors])
        read = np.arange(world.seen.shape[1]) < world.seen_count[:visitors, None]
        places = np.flatnonzero((read & (world.seen[:visitors] == self.message)).any(axis=1))
        self.found.update(world.visitors[places].tolist())


def _critical_voices(engine: Engine, voice: Voice) -> int:
    """Count the critical voices of others on the issue that came after a voice."""
    ledger = whole_ledger(engine)
    others = (ledger["member"] != voice.member) & (ledger["issue"] == voice.issue) & (ledger["tick"] > voice.tick)
    return int((others & critical(ledger) & (ledger["strategy"] < SPOKEN)).sum())
