"""The iceberg: what all members think of an issue, against the part of it that shows in the arena."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.errors import InputError, as_typed, nearest, shown
from sim.record import Run
from sim.rules import learning
from sim.scenario import issue_number
from sim.state import TICKS_PER_DAY, Clock
from sim.terms import SPOKEN, Kind, Motive, Response, Role
from sim.wording import count, percent

if TYPE_CHECKING:
    from sim.engine import Behaviour, Engine

ALL: Final = "all"
_side_taken: Final = getattr(learning.side_taken, "py_func", learning.side_taken)
"""It is built into kernels; here it is read as Python, since compiling it takes longer than all of an iceberg."""
_MOTIVES: Final = tuple(motive.name for motive in Motive if motive >= 0)


@dataclass(frozen=True)
class Group:
    """What one group thinks of an issue, and what it lets the others see; None where there is nothing to share out."""

    name: str
    """`all`, `role:coworker`, `department:Sales`."""
    members: int
    in_favour: float
    """Share of members privately in favour; who is undecided counts half."""
    mean_stance: float
    """From -1, against, to 1, in favour."""
    imagined: float
    """Share of all colleagues whom they imagine in favour, on average."""
    ignorance: float
    """Mean distance between that and the true share of all members: pluralistic ignorance."""
    voices: int
    """Members who have said something about it in the arena, with a name or without."""
    voices_in_favour: float | None
    """Share of these whose messages are in favour, on average."""
    messages: int
    messages_in_favour: float | None
    shown: int
    """Messages in threads that are still on some page."""
    shown_in_favour: float | None
    wishes_in_favour: int
    """Wishes to speak about it, so far, of members who are now in favour."""
    spoken_in_favour: int
    wishes_against: int
    spoken_against: int


@dataclass(frozen=True)
class Iceberg:
    """Private stances of all members on an issue, against those that can be seen."""

    issue: int
    issue_name: str
    day: int
    """At whose end it is looked at."""
    groups: tuple[Group, ...]
    """Everyone first, then each role and each department that there is."""
    silence: Mapping[str, float] | None
    """Mean shares of the causes of silence of the wishes about it that stayed unspoken; None where there are none."""

    @property
    def all(self) -> Group:
        """Everyone."""
        return self.groups[0]

    def group(self, name: str) -> Group:
        """Return one group; InputError, naming the nearest, where there is none."""
        for group in self.groups:
            if group.name == name:
                return group
        names = [group.name for group in self.groups]
        raise InputError(f"there is no group {as_typed(name)}", key="group", nearest=nearest(name, names))

    def to_dict(self) -> dict[str, Any]:
        """Return it as dicts, lists, texts and finite numbers, as JSON takes them."""
        return {**{each.name: getattr(self, each.name) for each in fields(self)}, "groups": [*map(asdict, self.groups)]}

    def words(self) -> str:
        """Return it in plain words; safe to print on any terminal."""
        return "\n".join(_words(self))

    def __str__(self) -> str:
        return self.words()


def iceberg(
    run_or_model: Any,
    issue: int | str | None = None,
    day: int | None = None,
    behaviours: Mapping[int, Behaviour] | None = None,
) -> Iceberg:
    """Return what members think of an issue against what shows of it, at the end of a day, by role and department.

    `issue` is a name or a number; without one it is the issue that challenges those in charge most. Without `day` it is
    the end of the run. `behaviours` gives again, by row, the Python code that decided for members of a run. Raises
    InputError where there is no such issue or day, or where the run cannot be replayed.
    """
    if isinstance(run_or_model, str | os.PathLike):
        run_or_model = Run.load(run_or_model)
    if isinstance(run_or_model, Run):
        return looked_at(run_or_model.engine_at(_end_of(run_or_model, day), behaviours), issue)
    if not callable(getattr(run_or_model, "result", None)):
        raise InputError(f"{as_typed(run_or_model)} is no Run, no run folder and no ArenaModel", expected="a Run")
    if day is None:
        return looked_at(run_or_model.engine, issue)
    return iceberg(run_or_model.result(), issue, day, behaviours or run_or_model.engine.behaviours)


def _end_of(run: Run, day: Any) -> int:
    if day is None:
        return run.tick
    last = (run.tick - 1) // TICKS_PER_DAY
    if not isinstance(day, int | np.integer) or isinstance(day, bool) or not 0 <= day <= last:
        expected = f"a day of this run, from 0 to {last}"
        raise InputError(f"day = {as_typed(day)} is not {expected}", key="day", expected=expected)
    return min(run.tick, (int(day) + 1) * TICKS_PER_DAY)


# ---------------------------------------------------------------- what there is to see


@dataclass(frozen=True)
class _Seen:
    """All that is looked at, as arrays: n members, m messages about the issue, w wishes about it."""

    stance: Any  # float64[n]
    side: Any  # float64[n], 1 in favour, 0 against
    imagined: Any  # float64[n]
    author: Any  # int[m]
    said: Any  # float64[m], stance expressed
    still_shown: Any  # bool[m]
    wisher: Any  # int[w]
    spoken: Any  # bool[w]


def looked_at(engine: Engine, issue: int | str | None = None) -> Iceberg:
    """Return the iceberg of an engine as it stands; `issue` as for `iceberg`."""
    number = issue_number(engine.parameters, issue)
    ledger = np.concatenate([part[part["issue"] == number] for part in map(np.asarray, engine.ledger())])
    seen, silent = _seen(engine, number, ledger), ledger[ledger["strategy"] >= SPOKEN]
    causes = {cause: float(silent[f"motive_{cause}"].mean()) for cause in _MOTIVES} if len(silent) else None
    groups = tuple(_group(name, belong, seen) for name, belong in _groups(engine) if belong.any())
    name, day = engine.parameters.issues[number].name, max(engine.tick - 1, 0) // TICKS_PER_DAY
    return Iceberg(number, name, day, groups, causes)


def _seen(engine: Engine, number: int, ledger: Any) -> _Seen:
    world = engine.world
    positions = world.positions[:, number]
    messages = np.asarray(world.messages[: int(world.clock[Clock.messages])])
    voiced = (messages["treatment"] == Response.none) & (messages["kind"] != Kind.announcement)  # as readers hear it
    about = messages[voiced & (messages["issue"] == number)]
    pages = [world.slots["thread"][page["first"] : page["first"] + page["threads"]] for page in world.audiences]
    return _Seen(
        np.array(positions["stance"]),
        sides(positions["stance"]),
        np.array(positions["climate"]),
        about["author"],
        about["stance"],
        np.isin(about["thread"], np.concatenate(pages)),
        ledger["member"],
        ledger["strategy"] < SPOKEN,
    )


def sides(stances: Any) -> Any:
    """Return the side that each stance takes, by the rule by which members feel the climate: 1 in favour, 0 against."""
    of_sign = np.array([_side_taken(sign) for sign in (-1.0, 0.0, 1.0)])
    return of_sign[np.sign(stances).astype(np.int64) + 1]


def _groups(engine: Engine) -> Iterator[tuple[str, Any]]:
    people = engine.organization
    yield ALL, np.ones(people.members, bool)
    for role in Role:
        yield f"role:{role.name}", people.role == role
    for number, name in enumerate(people.departments):
        yield f"department:{name}", people.department == number


def _group(name: str, belong: Any, seen: _Seen) -> Group:
    ours, wished = belong[seen.author], belong[seen.wisher]
    said, author, live = seen.said[ours], seen.author[ours], seen.still_shown[ours]
    voices, which = np.unique(author, return_inverse=True)
    average = np.bincount(which, said) / np.maximum(np.bincount(which), 1) if len(voices) else said
    against = wished & (seen.side[seen.wisher] < 0.5)
    in_favour = wished & (seen.side[seen.wisher] > 0.5)
    return Group(
        name,
        int(belong.sum()),
        float(seen.side[belong].mean()),
        float(seen.stance[belong].mean()),
        float(seen.imagined[belong].mean()),
        float(np.abs(seen.imagined[belong] - seen.side.mean()).mean()),
        len(voices),
        _share(sides(average)),
        len(said),
        _share(sides(said)),
        int(live.sum()),
        _share(sides(said[live])),
        int(in_favour.sum()),
        int((in_favour & seen.spoken).sum()),
        int(against.sum()),
        int((against & seen.spoken).sum()),
    )


def _share(of: Any) -> float | None:
    return float(of.mean()) if len(of) else None


# ---------------------------------------------------------------- in words


def _words(ice: Iceberg) -> Iterator[str]:
    whole = ice.all
    yield f'"{shown(ice.issue_name)}", at the end of day {ice.day}'
    yield f"  below the surface: {percent(whole.in_favour)} of {whole.members:,} members are in favour"
    yield f"  what they imagine: {percent(whole.imagined)} of colleagues in favour, on average"
    yield (
        f"  what can be seen:  {percent(whole.messages_in_favour)} of {count(whole.messages, 'message')} by "
        f"{count(whole.voices, 'voice')} in favour; "
        f"of the {whole.shown:,} still shown, {percent(whole.shown_in_favour)}"
    )
    yield (
        f"  who spoke:         of those against, {_of(whole.spoken_against, whole.wishes_against)}; "
        f"of those in favour, {_of(whole.spoken_in_favour, whole.wishes_in_favour)}"
    )
    if ice.silence:
        causes = sorted(ice.silence.items(), key=lambda each: -each[1])
        reasons = ", ".join(f"{Motive[cause].words.noun} {percent(share)}" for cause, share in causes if share >= 0.005)
        yield f"  why not:           {reasons}"
    yield ""
    yield f"  {'share in favour':<34} {'members':>8} {'imagine':>8} {'seen':>8} {'messages':>9}"
    for group in ice.groups:
        name = shown(group.name.replace("_", " ").replace(":", " "), 34)
        shares = (group.in_favour, group.imagined, group.messages_in_favour)
        yield f"  {name:<34} " + " ".join(f"{percent(share):>8}" for share in shares) + f" {group.messages:>9,}"


def _of(spoken: int, wishes: int) -> str:
    return f"{spoken:,} of {count(wishes, 'wish')} spoken"
