"""What a page shows as an address: scenario, seed, levers, what was changed on the way, the hour, and how it is seen.

    ?scenario=one-public-rebuke&seed=3&day=12.5&visibility.scope=team&at=12.5,respond,by:ceo,to:latest_critique,how:action
    &tab=twins&iceberg=true&colour=engagement&layout=ties&issue=1&against=8&why=member:17

Addresses are typed by hand and come from strangers: what is not understood is left out, and said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

from dashboards import cells, levers, own, visitors
from dashboards.view import BELIEFS, CHANGES, LAYOUTS, View
from dashboards.world import Arena, with_interventions
from sim.errors import InputError, as_typed, shown
from sim.limits import ADDRESS_CHANGES, ADDRESS_CHARACTERS
from sim.organization import Organization
from sim.scenario import Event, Scenario, differences, gallery, load, parse_setting
from sim.simulation import LARGEST_SEED
from sim.state import TICKS_PER_DAY

DEFAULT: Final = "baseline"
TABS: Final = ("arena", "twins", "predict", "studies", "organisation", "take")
"""The rooms of the page, by the name that an address has for them."""
ASKED: Final = ("member", "card", "occasion")
"""About whom or what somebody may ask why."""
_LOOKS: Final = ("tab", "why", "iceberg", "colour", "layout", "issue", "against")
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
    view: View = View()
    tab: str = TABS[0]
    why: tuple[str, str] | None = None
    """About what somebody asks why: one of `ASKED`, and which."""
    cell: cells.Place | None = None
    """The cell of a study that the scenario is, where it is one."""
    people: str = ""
    """What names an organisation that somebody brought; empty for one that is made up."""

    @property
    def world(self) -> tuple[Any, ...]:
        """What makes the world, whatever hour of it is shown, and however."""
        return *self[:4], self.cell, self.people


class Reading(NamedTuple):
    """An address, and what of it could not be used or said, a sentence each."""

    address: Address
    reasons: tuple[str, ...] = ()


# ---------------------------------------------------------------- to an address


def describe(arena: Arena, view: View | None = None) -> Reading:
    """Return the address of what an arena shows in a view, and what of its world no address can say."""
    with arena.lock:
        moved, reasons = _compared(arena.base)
        if arena.given:
            reasons = (*reasons, "the organisation comes from a file, which is needed as well elsewhere, and later")
        people = own.keep(arena.organization) if arena.given else ""
        world = (arena.base.name, arena.seed, moved, arena.interventions)
        place = cells.place_of(arena.base.name)
        return Reading(Address(*world, arena.shown, view or View(), cell=place, people=people), reasons)


@lru_cache(maxsize=32)
def _compared(base: Scenario) -> tuple[tuple[tuple[str, Any], ...], tuple[str, ...]]:
    """Return the levers in which a scenario differs from that of its name in the gallery, and what else does."""
    place = cells.place_of(base.name)
    alike = cells.world_at(place) if place else load(base.name) if base.name in gallery() else None
    changes = [] if alike is None else differences(alike, base)
    moved = tuple((name, after) for name, before, after in changes if before is not None and after is not None)
    if alike is None or alike.written != base.written or len(alike.parameters.issues) != len(base.parameters.issues):
        name = shown(base.name, 60)
        return moved, (f"“{name}” is no scenario of the gallery as it is, so its file is needed as well",)
    return moved, ()


def query(address: Address) -> str:
    """Return an address as a query string, without the question mark; what is as usual is left out."""
    parts: list[tuple[str, str]] = []
    if address.cell is not None:
        parts += [("study", address.cell.study), ("cell", str(address.cell.cell))]
    elif address.scenario != DEFAULT:
        parts.append(("scenario", address.scenario))
    if address.people:
        parts.append(("people", address.people))
    if address.seed != 1:
        parts.append(("seed", str(address.seed)))
    if address.tick:
        parts.append(("day", _text(address.tick / TICKS_PER_DAY)))
    parts += [(name, _text(value)) for name, value in address.levers]
    parts += [("at", _event_text(event)) for event in address.interventions]
    return urlencode([*parts, *_looks(address)], safe=_HELD)


def _looks(address: Address) -> Iterator[tuple[str, str]]:
    """Yield how the world is seen."""
    usual, view = View(), address.view
    if address.tab != TABS[0]:
        yield "tab", address.tab
    if view.iceberg:
        yield "iceberg", "true"
    if view.belief != usual.belief:
        yield "colour", view.belief
    if view.layout != usual.layout:
        yield "layout", view.layout
    if view.issue is not None:
        yield "issue", str(view.issue)
    if view.against:
        yield "against", _text(view.against / TICKS_PER_DAY)
    if address.why is not None:
        yield "why", ":".join(address.why)


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


def tells_of(text: str, arena: Arena) -> bool:
    """Return whether a query string means the world of an arena; one that no address can say is known by its name."""
    here = describe(arena).address
    said = dict(parse_qsl(text.lstrip("?")))
    named = here.scenario if "study" in said else said.get("scenario", DEFAULT)
    return named == here.scenario and read(query(here)).address.world == read(text).address.world


# ---------------------------------------------------------------- from an address


def read(text: str) -> Reading:
    """Return what a query string says, and why parts of it are left out; never an error, whatever it holds."""
    reasons: list[str] = []
    if len(text) > ADDRESS_CHARACTERS:
        rule = f"the address has {len(text):,} characters, and at most {ADDRESS_CHARACTERS:,} are read"
        return Reading(Address(), (rule,))
    try:
        pairs = parse_qsl(text.lstrip("?"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return Reading(Address(), ("the address has too many parts",))
    said = dict(pairs)
    base, cell = _base(said, reasons)
    people = _people(said.pop("people", ""), reasons)
    seed = _whole("seed", said.pop("seed", "1"), 1, LARGEST_SEED, reasons)
    events = [value for name, value in pairs if name == "at"]
    for name in ("day", "at"):
        said.pop(name, None)
    looks: dict[str, str] = {name: said.pop(name) for name in _LOOKS if name in said}
    moved, world = _levers(said, base, reasons)
    interventions = _interventions(events, world, reasons)
    tick = _tick("day", dict(pairs).get("day", "0"), world, reasons)
    tab = _one_of("tab", looks.get("tab", TABS[0]), TABS, reasons)
    view, why = _view(looks, world, reasons), _why(looks, reasons)
    return Reading(Address(base.name, seed, moved, interventions, tick, view, tab, why, cell, people), tuple(reasons))


def _view(looks: Mapping[str, str], world: Scenario, reasons: list[str]) -> View:
    """Return how an address wants the world to be seen."""
    usual = View()
    issues = ("all", *map(str, range(len(world.parameters.issues))))
    issue = _one_of("issue", looks.get("issue", "all"), issues, reasons)
    return usual._replace(
        iceberg=_one_of("iceberg", looks.get("iceberg", "false"), ("false", "true"), reasons) == "true",
        belief=_one_of("colour", looks.get("colour", usual.belief), (*BELIEFS, *CHANGES), reasons),
        layout=_one_of("layout", looks.get("layout", usual.layout), LAYOUTS, reasons),
        issue=None if issue == "all" else int(issue),
        against=_tick("against", looks.get("against", "0"), world, reasons),
    )


def _one_of(name: str, text: str, known: Sequence[str], reasons: list[str]) -> str:
    """Return a word that is known; where it is none, the first, and why."""
    if text in known:
        return text
    reasons.append(f"{name} = {as_typed(text[:40])} is none of {', '.join(known)}, so it is {known[0]}")
    return known[0]


def _why(looks: Mapping[str, str], reasons: list[str]) -> tuple[str, str] | None:
    """Return about what an address asks why."""
    text = looks.get("why", "")
    kind, _, which = text.partition(":")
    number = which.removeprefix("draft-") if kind == "card" else which
    if kind in ASKED and number.isascii() and number.isdigit() and len(number) < 20:
        return kind, which
    if text:
        reasons.append(f"why = {as_typed(text[:40])} is none of {', '.join(ASKED)}")
    return None


def _base(said: dict[str, str], reasons: list[str]) -> tuple[Scenario, cells.Place | None]:
    """Take the scenario, or the cell of a study, out of what an address says; return it, and which cell it is."""
    name, study, number = (said.pop(key, usual) for key, usual in (("scenario", DEFAULT), ("study", ""), ("cell", "0")))
    if not study:
        return _scenario(name, reasons), None
    place = cells.Place(study, _whole("cell", number, 0, cells.LARGEST, reasons))
    try:
        return cells.world_at(place), place
    except InputError as error:
        reasons.append(f"the cell of the study cannot be opened, so this is {as_typed(DEFAULT)}: {_problem(error)}")
        return load(DEFAULT), None


def _people(key: str, reasons: list[str]) -> str:
    """Return what names an organisation, where it is still remembered."""
    if not key or own.kept(key) is not None:
        return key
    reasons.append("the organisation that was brought is not here any more, so its people are made up: bring it again")
    return ""


def _scenario(name: str, reasons: list[str]) -> Scenario:
    if name in gallery():
        return load(name)
    reasons.append(f"there is no scenario {as_typed(name)} in the gallery, so this is {as_typed(DEFAULT)}")
    return load(DEFAULT)


def _whole(name: str, text: str, otherwise: int, largest: int, reasons: list[str]) -> int:
    """Return a whole number from 0 to `largest`; where there is none, `otherwise`, and why."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(largest)) and int(text) <= largest:
        return int(text)
    reasons.append(f"{name} = {as_typed(text)} is not a whole number from 0 to {largest:,}, so it is {otherwise}")
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
            visitors.check(changed)
        except InputError as error:
            reasons.append(f"{shown(name, 60)} is left out: {_problem(error)}")
            continue
        kept.append((name, value))
        base = changed
    return tuple(kept), base


def _interventions(texts: list[str], world: Scenario, reasons: list[str]) -> tuple[Event, ...]:
    """Return what an address says was changed on the way, in the order of time, each as far as it can happen."""
    if len(texts) > ADDRESS_CHANGES:
        reasons.append(f"of {len(texts):,} changes on the way, the first {ADDRESS_CHANGES} are read")
    found: list[Event] = []
    for text in texts[:ADDRESS_CHANGES]:
        try:
            found += with_interventions(world, [_event(text)])[1]
        except InputError as error:
            reasons.append(f"a change on the way, {as_typed(text[:60])}, is left out: {_problem(error)}")
    found.sort(key=lambda event: event.tick)
    try:
        return with_interventions(world, found)[1]
    except InputError as error:
        reasons.append(f"the changes on the way do not go together: {_problem(error)}")
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
        raise InputError(f"{as_typed(text[:40])} is no day")
    return number


def _tick(name: str, text: str, world: Scenario, reasons: list[str]) -> int:
    """Return an hour that an address means: within the run."""
    try:
        return round(min(max(0.0, _number(text) * TICKS_PER_DAY), world.ticks))
    except InputError:
        reasons.append(f"{name} = {as_typed(text[:40])} is no day, so this is the first")
        return 0


def _problem(error: InputError) -> str:
    return shown(error.problem, 300)


def base_of(address: Address) -> Scenario:
    """Return the scenario of an address with its levers, without what was changed on the way."""
    base = load(address.scenario) if address.cell is None else cells.world_at(address.cell)
    return base.with_(dict(address.levers)) if address.levers else base


def arena_of(address: Address, organization: Organization | None = None) -> Arena:
    """Return the world of an address at its first hour; InputError where it cannot be."""
    people = own.kept(address.people) if organization is None else organization
    return Arena(base_of(address), address.seed, people, address.interventions)


def arena_at(address: Address, organization: Organization | None = None) -> Arena:
    """Return an arena that shows what an address says; InputError where its world cannot be."""
    arena = arena_of(address, organization)
    arena.look_at(address.tick)
    return arena
