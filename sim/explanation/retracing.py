"""Living through a member's occasions once more: replayed from the nearest state kept, bit by bit as it was.

Whatever the replay finds is held against the silence ledger of the run, number by number, before anything is said.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from sim import kernel
from sim.engine import Engine
from sim.errors import InputError, as_typed
from sim.explanation import changes
from sim.explanation.account import Counterfactual, Imagined, Person, Readers, Wish
from sim.explanation.courses import Behaviours, Courses, Frame
from sim.explanation.moments import WEEK, Found, Witness, tick_of
from sim.explanation.occasions import Explanation, Occasion
from sim.files import AnyPath
from sim.organization import Organization
from sim.parameters import Coefficients
from sim.record import Run
from sim.rules.choice import why_silent
from sim.state import TICKS_PER_DAY
from sim.terms import (
    SPOKEN,
    Appraisal,
    Choice,
    Form,
    Identity,
    Kind,
    Motive,
    Orientation,
    Role,
    Silence,
    Strategy,
    Theory,
)

BY_HAND: Final = (
    "somebody changed it by hand while it ran, so its decisions cannot be explained by living through it again"
)


class Model(Protocol):
    """A model that is run step by step, such as an ArenaModel."""

    engine: Engine

    def result(self) -> Run:
        """Return the run so far."""


def explain(
    run_or_model: Run | Model | AnyPath,
    member: int | str,
    day: int | None = None,
    behaviours: Behaviours | None = None,
) -> Explanation:
    """Return why a member spoke or stayed silent, at each occasion of a day or of the whole run.

    The run may be given by its folder. `member` is an id, a row of members.parquet, or "ceo"; `day` counts from 0. A
    model is replayed from its start with its settings. `behaviours` gives again, by row, the Python code that decided
    for members of a run. Raises InputError where there is no such member or day, where the member had nothing to say
    on that day, or where the replay is not what the run's ledger says, because the run was changed by hand.
    """
    run, scripts = _run_of(run_or_model, behaviours)
    row = row_of(run.organization, member)
    mine = run.occasions.filter(run.occasions["member"] == row)
    asked = mine if day is None else mine.filter(mine["day"] == _checked_day(run, day, row, mine))
    return Explanation(
        person(run.organization, row),
        None if day is None else int(day),
        -(-run.tick // TICKS_PER_DAY),
        int(run.members["visits"][row]),
        _Retracing(run, row, mine, asked, scripts).occasions() if asked.height else (),
    )


def _run_of(given: Any, behaviours: Behaviours | None) -> tuple[Run, Behaviours]:
    if isinstance(given, Run | str | os.PathLike):
        return (given if isinstance(given, Run) else Run.load(given)), behaviours or {}
    if callable(getattr(given, "result", None)) and isinstance(getattr(given, "engine", None), Engine):
        return given.result(), behaviours or given.engine.behaviours
    raise InputError(f"{as_typed(given)} is no Run, no run folder and no ArenaModel", expected="a Run")


def row_of(people: Organization, member: int | str) -> int:
    """Return the row of a member given by id, by row, or as `ceo`; InputError, naming who may be meant, otherwise."""
    if isinstance(member, str):
        return people.top if member == "ceo" else _row_of_id(people, member)
    if isinstance(member, int | np.integer) and not isinstance(member, bool) and 0 <= member < people.members:
        return int(member)
    expected = f"an id, 'ceo', or a row from 0 to {people.members - 1:,}"
    raise InputError(f"member = {as_typed(member)} is not {expected}", key="member", expected=expected)


def _row_of_id(people: Organization, member: str) -> int:
    try:
        return people.row_of(member)
    except InputError:
        wanted = member.strip().casefold()
        called = [row for row in range(people.members) if str(people.names[row]).casefold() == wanted]
        if not called:
            raise
        problem = f"a member is given by id, and {as_typed(member)} is a name"
        raise InputError(problem, key="member", expected="an id", nearest=str(people.ids[called[0]])) from None


def person(people: Organization, row: int) -> Person:
    """Return a member, as people know them."""
    return Person(
        row,
        str(people.ids[row]),
        str(people.names[row]),
        str(people.titles[row]),
        Role(int(people.role[row])),
        people.departments[people.department[row]],
    )


def _checked_day(run: Run, day: Any, row: int, mine: Frame) -> int:
    """Return the day; InputError where the run has no such day, or the member had nothing to say on it."""
    last = (run.tick - 1) // TICKS_PER_DAY
    if not isinstance(day, int | np.integer) or isinstance(day, bool) or not 0 <= day <= last:
        expected = f"a day of this run, from 0 to {last}"
        raise InputError(f"day = {as_typed(day)} is not {expected}", key="day", expected=expected)
    days = mine["day"].unique(maintain_order=True).to_list()
    if day in days:
        return int(day)
    who = as_typed(str(run.organization.ids[row]))
    if not days:
        raise InputError(f"member {who} had nothing to say on day {day}, nor on any other day of this run", key="day")
    some = ", ".join(map(str, days[:20])) + (", ..." if len(days) > 20 else "")
    raise InputError(f"member {who} had nothing to say on day {day}, but on day {some}", key="day", expected=some)


# ---------------------------------------------------------------- the replay


class _Retracing:
    """One replay of a run, in which some occasions of one member are looked at."""

    def __init__(self, run: Run, row: int, mine: Frame, asked: Frame, scripts: Behaviours) -> None:
        self.run, self.row, self.scripts = run, row, scripts
        self.ledger: dict[int, dict[str, Any]] = {each["occasion_id"]: each for each in asked.to_dicts()}
        self.courses = Courses(run, row, mine, self.ledger, scripts)
        views = run.messages.filter(run.messages["author"] == row)
        self.views: dict[int, int] = dict(zip(views["message_id"].to_list(), views["views"].to_list(), strict=True))

    def occasions(self) -> tuple[Occasion, ...]:
        """Live through the run once more, and return the occasions explained."""
        ticks = [each["tick"] for each in self.ledger.values()]
        first, end = min([*self.courses.ticks, *ticks]), min(self.run.tick, max(ticks) + WEEK + 1)
        engine, witness = self.run.engine_at(first, self.scripts), Witness(self.row, dict.fromkeys(self.ledger))
        for stop in sorted({*self.courses.stops, end}):
            witness.follow(engine, stop)
            self.courses.part(engine)
        check_ledger(self.run, engine, first)
        return tuple(self._occasion(engine, witness.found[number]) for number in self.ledger)

    def _occasion(self, engine: Engine, found: Found) -> Occasion:
        number, moment, coefficients = int(found.row["occasion_id"]), found.moment, found.coefficients
        choice, looked = (
            changes.decide(moment, coefficients, found.luck),
            Appraisal(*kernel.appraise(moment, coefficients)),
        )
        ledger, by_code, strategy = self.ledger[number], self.row in self.scripts, Strategy(int(found.row["strategy"]))
        silence = None if strategy < SPOKEN else Silence(*why_silent(moment, coefficients))
        check_decision(ledger, found, choice, looked, silence, by_code)
        return Occasion(
            occasion_id=number,
            tick=ledger["tick"],
            wish=self._wish(engine, found),
            theory=Theory(coefficients.theory),
            by_code=by_code,
            moment=moment,
            luck=found.luck,
            urge=looked.urge,
            inhibition=looked.inhibition,
            choice=choice,
            strategy=strategy,
            motive=Motive(int(found.row["motive"])),
            silence=silence,
            message_id=ledger["message_id"],
            imagined=_imagined(found, engine),
            views=self.views.get(ledger["message_id"]) if strategy < SPOKEN else None,
            further=_Further(found, choice, by_code, self.courses),
        )

    def _wish(self, engine: Engine, found: Found) -> Wish:
        row, about = found.row, found.about
        hidden = about is None or about["identity"] >= Identity.pseudonym
        return Wish(
            issue=int(row["issue"]),
            issue_name=engine.parameters.issues[int(row["issue"])].name,
            kind=Kind(int(row["kind"])),
            form=Form(int(row["form"])),
            orientation=Orientation(int(row["orientation"])),
            stance=found.moment.stance,
            criticality=found.moment.criticality,
            concern=found.moment.concern,
            about=found.about_id if about is not None else None,
            about_author=None if hidden else str(engine.organization.names[int(about["author"])]),
            about_own=about is not None and int(about["author"]) == self.row,
            draft_of=int(row["draft_of"]) if row["draft_of"] >= 0 else None,
        )


class _Further(NamedTuple):
    """What is looked into when somebody asks for it."""

    found: Found
    choice: Choice
    by_code: bool
    courses: Courses

    @property
    def coefficients(self) -> Coefficients:
        """The numbers of the theory at that hour."""
        return self.found.coefficients

    def readers(self) -> Readers | None:
        """Return who read it, or would have."""
        return self.courses.readers(int(self.found.row["occasion_id"]))

    def changes(self) -> tuple[Counterfactual, ...]:
        """Return what would have changed a decision, and what would not; those that play no part are left out."""
        if self.by_code:
            return ()
        tried = changes.try_each(self.found.moment, self.found.coefficients, self.found.luck)
        answered = self.courses.had_it_been_answered(int(self.found.row["occasion_id"]))
        if answered is not None:
            tried += _had_it_been_answered(*answered, self.found, self.choice)
        return changes.in_order(tried)


def _had_it_been_answered(message: int, there: list[Found], found: Found, choice: Choice) -> list[Counterfactual]:
    """Return what became of an occasion in the course of events in which a message had an answer."""
    name = "answered_last_week"
    words = f"their line manager answering what they said on day {tick_of(message) // TICKS_PER_DAY} in a friendly way"
    same = next((other for other in there if other.same == found.same), None)
    if same is None:
        remark = "the occasion would not have come about"
        return [Counterfactual(name, words, (), None, 0.0, None, None, None, remark)]
    then = changes.decide(same.moment, same.coefficients, same.luck)
    change = changes.describe_change(name, words, found.moment, same.moment, choice, then)
    return [change] if change.moves else []


def _imagined(found: Found, engine: Engine) -> Imagined:
    has_manager = int(engine.organization.manager[int(found.row["member"])]) >= 0
    return Imagined(
        audience=found.scope,
        possible=found.possible,
        people=found.imagined_share * found.possible,
        share=found.imagined_share,
        manager_reads=found.moment.manager_reads if has_manager else None,
        executives_read=found.moment.executives_read,
    )


# ---------------------------------------------------------------- is it the same run?


def check_ledger(run: Run, engine: Engine, first: int) -> None:
    """Raise InputError where the replay from tick `first` on is not what the run's ledger says."""
    kept = run.occasions.filter((run.occasions["tick"] >= first) & (run.occasions["tick"] < engine.tick))
    parts = [np.asarray(part) for part in engine.ledger()]
    replayed = np.concatenate([part[part["tick"] >= first] for part in parts])
    ids, chances = kept["occasion_id"].to_numpy(), kept["p_spoken"].to_numpy()
    same = min(len(ids), len(replayed))
    differ = (ids[:same] != replayed["occasion_id"][:same]) | (chances[:same] != replayed["p_spoken"][:same])
    if len(ids) == len(replayed) and not differ.any():
        return
    at = int(np.argmax(differ)) if differ.any() else same
    ticks = [int(rows[at]) for rows in (kept["tick"].to_numpy(), replayed["tick"]) if at < len(rows)]
    raise InputError(
        f"from day {min(ticks) // TICKS_PER_DAY} on, this run is not what its scenario and seed make: {BY_HAND}"
    )


def check_decision(
    ledger: Mapping[str, Any],
    found: Found,
    choice: Choice,
    looked: Appraisal,
    silence: Silence | None,
    by_code: bool,
) -> None:
    """Raise InputError unless the decision explained is the decision that was taken, number by number."""
    shares = silence._asdict() if silence is not None else {}
    motive = Motive(int(shares.pop("motive", Motive.none)))
    numbers = {
        "criticality": found.moment.criticality,
        "concern": found.moment.concern,
        "urge": looked.urge,
        "threat_superiors": max(looked.threat_manager, looked.threat_executives),
        "threat_peers": looked.threat_peers,
        "threat_image": looked.threat_image,
        "inhibition": looked.inhibition,
        "strategy": Strategy(int(found.row["strategy"])).name,
        "motive": motive.name if silence is not None else None,
        **{f"motive_{cause}": share for cause, share in shares.items()},
    }
    if not by_code:
        numbers |= {"p_spoken": choice.p_spoken, "strategy": Strategy(choice.strategy).name}
    wrong = [name for name, number in numbers.items() if ledger[name] != number]
    if wrong:
        where = f"on day {tick_of(ledger['occasion_id']) // TICKS_PER_DAY}, {', '.join(wrong)} differ"
        raise InputError(f"this run is not what its scenario and seed make ({where}): {BY_HAND}")
