"""A world as an address: scenario, seed, levers, what was changed on the way, and the hour, as a readable query string.

    ?scenario=one-public-rebuke&seed=3&day=12.5&visibility.scope=team&at=12.5,respond,by:ceo,to:latest_critique,how:action

Addresses are typed by hand and come from strangers: what is not understood is left out, and told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

from dashboards import levers
from dashboards.world import Arena, with_interventions
from sim.errors import InputError, shown, told
from sim.organization import Organization
from sim.scenario import Event, Scenario, differences, gallery, load, parse_setting
from sim.simulation import LARGEST_SEED
from sim.state import TICKS_PER_DAY

DEFAULT: Final = "baseline"
LONGEST: Final = 8_000
"""Characters of an address that are read: more than browsers send along."""
MOST_CHANGES: Final = 100
MOST_MEMBERS: Final = 20_000
MOST_DAYS: Final = 500
"""A link must not make the machine of a stranger work for hours; scenario files may have more."""
_EVENTS: Final = ("announce", "post", "respond", "campaign")
_TEXTS: Final = ("by", "issue", "kind", "scope", "how")
_HELD: Final = ":,./"  # stand as they are in an address: it stays readable


class Address(NamedTuple):
    """What an address says."""

    scenario: str = DEFAULT
    seed: int = 1
    levers: tuple[tuple[str, Any], ...] = ()
    """Where the world differs from the scenario from its start on, by dotted name."""
    interventions: tuple[Event, ...] = ()
    tick: int = 0
    """The hour shown."""


class Reading(NamedTuple):
    """An address, and what of it could not be used or said, a sentence each."""

    address: Address
    reasons: tuple[str, ...] = ()


# ---------------------------------------------------------------- to an address


def of(arena: Arena) -> Reading:
    """Return the address of what an arena shows, and what of its world no address can say."""
    with arena.lock:
        moved, reasons = _compared(arena.base)
        if arena.given:
            reasons = (*reasons, "the organisation comes from a file, which is needed as well")
        return Reading(Address(arena.base.name, arena.seed, moved, arena.interventions, arena.shown), reasons)


@lru_cache(maxsize=32)
def _compared(base: Scenario) -> tuple[tuple[tuple[str, Any], ...], tuple[str, ...]]:
    """Return the levers in which a scenario differs from that of its name in the gallery, and what else does."""
    alike = load(base.name) if base.name in gallery() else None
    changes = [] if alike is None else differences(alike, base)
    moved = tuple((name, after) for name, before, after in changes if before is not None and after is not None)
    if alike is None or alike.written != base.written or len(alike.parameters.issues) != len(base.parameters.issues):
        name = shown(base.name, 60)
        return moved, (f"“{name}” is no scenario of the gallery as it is, so its file is needed as well",)
    return moved, ()


def query(address: Address) -> str:
    """Return an address as a query string, without the question mark; what is as usual is left out."""
    parts: list[tuple[str, str]] = []
    if address.scenario != DEFAULT:
        parts.append(("scenario", address.scenario))
    if address.seed != 1:
        parts.append(("seed", str(address.seed)))
    if address.tick:
        parts.append(("day", _text(address.tick / TICKS_PER_DAY)))
    parts += [(name, _text(value)) for name, value in address.levers]
    parts += [("at", _event_text(event)) for event in address.interventions]
    return urlencode(parts, safe=_HELD)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _event_text(event: Event) -> str:
    """Return an event as one text: its day, what it is, and what is said of it, with commas between."""
    if event.kind == "set":
        said: Mapping[str, Any] = dict(event.set)
        head = [_text(event.day)]
    else:
        said = getattr(event, event.kind).model_dump(mode="json", exclude_defaults=True)
        head = [_text(event.day), event.kind]
    return ",".join([*head, *(f"{name}:{quote(_text(value), safe='')}" for name, value in said.items())])


# ---------------------------------------------------------------- from an address


def read(text: str) -> Reading:
    """Return what a query string says, and why parts of it are left out; never an error, whatever it holds."""
    reasons: list[str] = []
    if len(text) > LONGEST:
        return Reading(Address(), (f"the address has {len(text):,} characters, and at most {LONGEST:,} are read",))
    try:
        pairs = parse_qsl(text.lstrip("?"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return Reading(Address(), ("the address has too many parts",))
    said = dict(pairs)
    base = _scenario(said.pop("scenario", DEFAULT), reasons)
    seed = _whole("seed", said.pop("seed", "1"), 1, LARGEST_SEED, reasons)
    events = [value for name, value in pairs if name == "at"]
    for name in ("day", "at"):
        said.pop(name, None)
    moved, world = _levers(said, base, reasons)
    interventions = _interventions(events, world, reasons)
    tick = _tick(dict(pairs).get("day", "0"), world, reasons)
    return Reading(Address(base.name, seed, moved, interventions, tick), tuple(reasons))


def _scenario(name: str, reasons: list[str]) -> Scenario:
    if name in gallery():
        return load(name)
    reasons.append(f"there is no scenario {told(name)} in the gallery, so this is {told(DEFAULT)}")
    return load(DEFAULT)


def _whole(name: str, text: str, otherwise: int, largest: int, reasons: list[str]) -> int:
    """Return a whole number from 0 to `largest`; where there is none, `otherwise`, and why."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and int(text) <= largest:
        return int(text)
    reasons.append(f"{name} = {told(text)} is not a whole number from 0 to {largest:,}, so it is {otherwise}")
    return otherwise


def _levers(
    said: Mapping[str, str], base: Scenario, reasons: list[str]
) -> tuple[tuple[tuple[str, Any], ...], Scenario]:
    """Return the levers of an address that can be moved so, and the scenario with them."""
    kept: list[tuple[str, Any]] = []
    for name, text in said.items():
        try:
            value = levers.read(name, text)
            changed = base.with_({name: value})
            _check_size(changed, base)
        except InputError as error:
            reasons.append(f"{shown(name, 60)} is left out: {_why(error)}")
            continue
        kept.append((name, value))
        base = changed
    return tuple(kept), base


def _check_size(scenario: Scenario, base: Scenario) -> None:
    """Refuse what a link may not ask for: a world so large that it keeps a machine busy."""
    for name, most in (("organization.members", MOST_MEMBERS), ("days", MOST_DAYS)):
        wanted, usual = (levers.values(each.parameters)[name] for each in (scenario, base))
        if wanted > max(most, usual):
            raise InputError(f"an address may ask for at most {most:,}", key=name)


def _interventions(texts: list[str], world: Scenario, reasons: list[str]) -> tuple[Event, ...]:
    """Return what an address says was changed on the way, in the order of time, each as far as it can happen."""
    if len(texts) > MOST_CHANGES:
        reasons.append(f"of {len(texts):,} changes on the way, the first {MOST_CHANGES} are read")
    found: list[Event] = []
    for text in texts[:MOST_CHANGES]:
        try:
            found += with_interventions(world, [_event(text)])[1]
        except InputError as error:
            reasons.append(f"a change on the way, {told(text[:60])}, is left out: {_why(error)}")
    found.sort(key=lambda event: event.tick)
    try:
        return with_interventions(world, found)[1]
    except InputError as error:
        reasons.append(f"the changes on the way do not go together: {_why(error)}")
        return ()


def _event(text: str) -> dict[str, Any]:
    """Return an event as scenario files have it; InputError where the text is none."""
    day, *rest = text.split(",")
    kind = rest.pop(0) if rest and rest[0] in _EVENTS else "set"
    said = [part.partition(":") for part in rest]
    if not said or not all(name and colon for name, colon, _ in said):
        raise InputError("it is not a day, then name:value, with commas between")
    values = {name: _said(kind, name, unquote(value)) for name, _, value in said}
    return {"day": _number(day), kind: values}


def _said(kind: str, name: str, text: str) -> Any:
    if kind == "set":
        return levers.read(name, text)
    return text if name in _TEXTS else parse_setting(f"{shown(name, 40)}={text}")[1]


def _number(text: str) -> float:
    try:
        number = float(text[:40])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{told(text[:40])} is no day")
    return number


def _tick(text: str, world: Scenario, reasons: list[str]) -> int:
    """Return the hour that an address shows: within the run."""
    try:
        return round(min(max(0.0, _number(text) * TICKS_PER_DAY), world.ticks))
    except InputError:
        reasons.append(f"day = {told(text[:40])} is no day, so this is the first")
        return 0


def _why(error: InputError) -> str:
    return shown(error.problem, 300)


def arena_at(address: Address, organization: Organization | None = None) -> Arena:
    """Return an arena that shows what an address says; InputError where its world cannot be."""
    base = load(address.scenario)
    base = base.with_(dict(address.levers)) if address.levers else base
    arena = Arena(base, address.seed, organization, address.interventions)
    arena.look_at(address.tick)
    return arena
