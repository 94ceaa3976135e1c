"""Why did they say it, or stay silent? `sim.explain` as one plain dict, from which a panel draws itself.

Sentences come from `sim.explanation`; here they are only laid out: what drew and what held back as signed amounts,
readers imagined and real as two numbers, and each change with what would have come of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dashboards.cards import initials
from dashboards.playable import TWINS, Twin
from sim.errors import InputError, as_typed, shown
from sim.explanation import Counterfactual, Explanation, Occasion, explain, words
from sim.explanation.account import Person
from sim.explanation.changes import decide
from sim.explanation.moments import WEEK
from sim.explanation.retracing import person, row_of
from sim.lexicon import terms
from sim.parameters import Coefficients, Parameters, coefficients
from sim.phrases.voices import LEADER_NAMES, Voices, treatment
from sim.record import Run
from sim.scenario import Scenario, changed, flat_parameters
from sim.state import BELIEF_FIELDS
from sim.terms import SPOKEN, Choice, Motive, Response, Role, Strategy
from sim.wording import percent, when

if TYPE_CHECKING:
    from dashboards.world import Arena

Answer = dict[str, Any]
Row = dict[str, Any]

DRAFT: Final = "draft-"
"""What the id of an unsaid draft's card begins with; its occasion_id follows."""
MOST_TRIED: Final = 5
"""Of a member's latest drafts, so many are looked at for one that a change would have turned."""
MOST_OCCASIONS: Final = 60
"""Other occasions of a member offered to choose from: those nearest in time."""
BELIEFS: Final = (
    "safety_line_manager",
    "safety_executives",
    "voice_efficacy",
    "licence_to_critique",
    "credibility",
    "manager_reads",
    "executives_read",
    "recognition",
    "identification",
    "engagement",
)
"""Beliefs and feelings shown, all of them between 0 and 1."""
_ABOUT_MANAGER: Final = frozenset(("safety_line_manager", "manager_reads"))
_MEANING: Final = {name: meaning.partition(";")[0] for name, *_, meaning in BELIEF_FIELDS}

ANSWERED: Final = (
    "This is how a leader treated what somebody said. It follows from how leaders behave here, not from weighing "
    "whether to speak up, so the ledger of silence holds no occasion for it."
)
ANNOUNCED: Final = "This was announced because the scenario says so; nobody weighed it."
SET: Final = "This was posted because the scenario says so; nobody weighed it."
HARMLESS: Final = (
    "This friendly comment among ties could cost nothing. There was nothing to weigh, and so nothing to explain."
)
UNNAMED: Final = "Colleagues do not see who this is. Only the simulation knows."


def explain_card(source: Arena | Run, about: Mapping[str, Any] | str | int, day: int | None = None) -> Answer:
    """Return why a member spoke or stayed silent, as dicts, lists, texts and finite numbers.

    `about` is the id of a card (a message_id, or `draft-` and an occasion_id; as text), the row of a member (a whole
    number), or one of {"card": id}, {"member": row or id}, {"occasion": occasion_id}. Of a member it is the occasion of
    `day`, without one the latest draft that one change, or two at once, would have turned, else the latest of all.
    Raises InputError where there is no such member, card or occasion, or where the run was changed by hand.
    """
    with getattr(source, "lock", None) or nullcontext():
        run = source if isinstance(source, Run) else source.run()
        return _asked(run, about, day)


def _asked(run: Run, about: Mapping[str, Any] | str | int, day: int | None) -> Answer:
    kind, which = _about(about)
    if kind == "member":
        return _of_member(run, which, day)
    if kind == "message":
        return _of_message(run, which)
    return _of_occasion(run, _ledger_row(run, "occasion_id", which), "draft")


def _about(about: Any) -> tuple[str, Any]:
    """Return what is asked about (member, message or occasion), and which one."""
    table = about if isinstance(about, Mapping) else {"card" if isinstance(about, str) else "member": about}
    kind, which = next(iter(table.items()), (None, None))
    if kind == "member" and (isinstance(which, str) or type(which) is int):
        return "member", which
    number = str(which).removeprefix(DRAFT)
    if kind in ("card", "occasion") and number.isascii() and number.isdigit() and len(number) < 20:
        return "message" if kind == "card" and number == str(which) else "occasion", int(number)
    raise InputError(f"there is no card or member {as_typed(which)}", expected="a card's id, or a member's row")


def _ledger_row(run: Run, key: str, number: int) -> Row:
    """Return a row of the ledger of silence; InputError where there is none."""
    found = run.occasions.filter(run.occasions[key] == number)
    if not found.height:
        raise InputError(f"up to the hour that is shown there is no occasion of the number {number}")
    return found.row(0, named=True)


# ---------------------------------------------------------------- what is asked about


def _of_member(run: Run, member: int | str, day: int | None) -> Answer:
    row = row_of(run.organization, member)
    mine = _occasions(run, row)
    of_day = [each for each in mine if day is None or each["day"] == day] or mine
    silent = [each for each in of_day if Strategy[each["strategy"]] >= SPOKEN]
    if mine:
        return _featured(run, silent[: -MOST_TRIED - 1 : -1]) or _of_occasion(run, (silent or of_day)[-1], "member")
    return _answer(run, row, "member", str(row), note=explain(run, row).heading())


def _featured(run: Run, drafts: list[Row]) -> Answer | None:
    """Return the answer about the first draft that a single change, or else a pair, would have turned; None if none."""
    answers = []
    for draft in drafts:
        answers.append(_of_occasion(run, draft, "member"))
        turned = [change for change in answers[-1]["occasion"]["changes"] if change["flips"] and change["deed"]]
        if any(not change["pair"] for change in turned):
            return answers[-1]
    paired = (each for each in answers if any(change["flips"] for change in each["occasion"]["changes"]))
    return next(paired, None)


def _of_message(run: Run, message_id: int) -> Answer:
    said = run.occasions.filter(run.occasions["message_id"] == message_id)
    if said.height:
        return _of_occasion(run, said.row(0, named=True), "message")
    voices = Voices(run)
    try:
        message = voices.row(message_id)
    except KeyError:
        raise InputError(f"up to the hour that is shown there is no message of the number {message_id}") from None
    note, text = _not_weighed(run, voices, message), _cleaned(voices.message(message))
    return _answer(run, message["author"], "message", str(message_id), note=note, text=text)


def _not_weighed(run: Run, voices: Voices, message: Row) -> str:
    """Return why a message is no occasion of the ledger."""
    if message["kind"] == "announcement":
        return ANNOUNCED
    if message["parent_id"] is None:
        return SET
    role = Role(int(run.organization.role[message["author"]])).name
    above = voices.row(message["parent_id"])
    response = treatment(message, above, role)
    if response is None:
        return ANSWERED if role in LEADER_NAMES and message["kind"] == "answer" else HARMLESS
    return f"{ANSWERED} It was {Response[response].words.noun}."


def _of_occasion(run: Run, row: Row, kind: str) -> Answer:
    """Return the answer about one row of the ledger."""
    explained = explain(run, row["member"], row["day"])
    occasion = next(each for each in explained.occasions if each.occasion_id == row["occasion_id"])
    voices = Voices(run)
    draft = voices.draft(row, occasion.wish.kind.name, occasion.wish.orientation.name.rstrip("_"), occasion.wish.stance)
    message = None if row["message_id"] is None else voices.row(row["message_id"])
    which = f"{DRAFT}{row['occasion_id']}" if message is None or kind == "draft" else str(row["message_id"])
    return _answer(
        run,
        row["member"],
        kind,
        str(row["member"]) if kind == "member" else which,
        note=UNNAMED if message is not None and _unnamed(run, occasion, message) else None,
        text=_cleaned(draft if message is None else voices.message(message)),
        unsaid=_cleaned(draft) if message is not None and not occasion.spoken else None,
        occasion=_describe(run, explained, occasion),
        chosen=occasion.occasion_id,
    )


def _unnamed(run: Run, occasion: Occasion, message: Row) -> bool:
    identity = _parameters_at(run.scenario, occasion.tick).visibility.identity
    return bool(message["anonymous"]) or identity == "pseudonym"


def _answer(run: Run, row: int, kind: str, which: str, *, chosen: int | None = None, **more: Any) -> Answer:
    """Return what each answer has: who it is, what they believe, and their other occasions."""
    empty = {"note": None, "text": None, "unsaid": None, "occasion": None}
    others = list(_others(run, _occasions(run, row), chosen))
    return {
        "about": {"kind": kind, "id": which},
        "member": _person(person(run.organization, row)),
        "counts": _counts(run, row),
        **empty,
        **more,
        "others": others,
        "beliefs": list(_beliefs(run, row)),
    }


# ---------------------------------------------------------------- who


def _person(member: Person) -> Answer:
    return {
        "row": member.row,
        "id": shown(member.id),
        "name": shown(member.name),
        "initials": initials(member.name),
        "role": member.role.name,
        "role_words": member.role.words.noun,
        "title": shown(member.title),
        "department": shown(member.department),
        "leader": member.role.name in LEADER_NAMES,
    }


def _counts(run: Run, row: int) -> dict[str, int]:
    return {name: int(run.members[name][row]) for name in ("visits", "occasions", "spoken")}


def _occasions(run: Run, row: int) -> list[Row]:
    """Return a member's rows of the ledger, in the order of time."""
    return run.occasions.filter(run.occasions["member"] == row).sort("occasion_id").to_dicts()


def _others(run: Run, mine: list[Row], chosen: int | None) -> Iterator[Answer]:
    """Yield a member's occasions to choose from, in short, the latest first."""
    ids = [each["occasion_id"] for each in mine]
    middle = ids.index(chosen) if chosen in ids else len(ids)
    first = max(0, min(middle - MOST_OCCASIONS // 2, len(ids) - MOST_OCCASIONS))
    for each in reversed(mine[first : first + MOST_OCCASIONS]):
        strategy = Strategy[each["strategy"]]
        spoken = strategy < SPOKEN
        yield {
            "id": str(each["occasion_id"]),
            "when": when(each["tick"]),
            "issue": shown(run.scenario.parameters.issues[each["issue"]].name),
            "deed": strategy.words.past,
            "why": None if spoken else Motive[each["motive"]].words.noun,
            "spoken": spoken,
            "chosen": each["occasion_id"] == chosen,
        }


def _beliefs(run: Run, row: int) -> Iterator[Answer]:
    """Yield what a member believes at the hour shown, against the start."""
    has_manager = int(run.organization.manager[row]) >= 0
    member = run.members.row(row, named=True)
    for name in BELIEFS:
        if has_manager or name not in _ABOUT_MANAGER:
            yield {"name": name, "words": _MEANING[name], "start": member[f"start_{name}"], "now": member[name]}


# ---------------------------------------------------------------- one occasion


class Side(NamedTuple):
    """One term of the balance."""

    name: str
    side: str  # drew or held
    amount: float  # towards speaking, so negative where it held back


def _describe(run: Run, explained: Explanation, occasion: Occasion) -> Answer:
    lines = occasion.lines()
    story = {label: text for label, text in lines if label}
    return {
        "id": str(occasion.occasion_id),
        "when": when(occasion.tick),
        "headline": lines[0].text,
        "deed": words.deed_of(occasion.strategy),
        "of_day": explained.heading(),
        "issue": shown(occasion.wish.issue_name),
        "strategy": occasion.strategy.name,
        "spoken": occasion.spoken,
        "by_code": occasion.by_code,
        "p_spoken": occasion.choice.p_spoken,
        "chance": percent(occasion.choice.p_spoken),
        "wish": story["the wish"],
        "theory": story.get("theory"),
        "balance": _balance(occasion),
        "ways": _ways(occasion.choice, occasion.strategy),
        "motives": _motives(occasion),
        "audience": _audience(occasion, story),
        "changes": _changes(run, occasion),
        "story": [{"label": label, "text": text} for label, text in story.items()],
    }


def _balance(occasion: Occasion) -> Answer:
    """Return what drew and what held back as amounts towards speaking, the largest first."""
    sides = [Side(name, "drew", amount) for name, amount in occasion.drew]
    sides += [Side(name, "held", -amount) for name, amount in occasion.held]
    counted = sorted((each for each in sides if abs(each.amount) >= 0.005), key=lambda each: -abs(each.amount))
    return {
        "drew": sum(amount for _, amount in occasion.drew),
        "held": sum(amount for _, amount in occasion.held),
        "terms": [{**each._asdict(), "words": words.TERMS[each.name]} for each in counted],
    }


def _ways(choice: Choice, taken: int) -> list[Answer]:
    """Return how likely each way was, those of speaking first, and which was taken."""
    return [
        {
            "name": way.name,
            "words": way.words.infinitive,
            "share": float(getattr(choice, way.name)),
            "percent": percent(float(getattr(choice, way.name))),
            "spoken": way < SPOKEN,
            "taken": way == taken,
        }
        for way in terms(Strategy)
    ]


def _motives(occasion: Occasion) -> list[Answer]:
    """Return the shares of the causes of silence, the largest first; nothing where it was spoken."""
    if occasion.silence is None or occasion.spoken:
        return []
    shares = occasion.silence._asdict()
    found = [(float(shares[motive.name]), motive.name, motive.words.noun) for motive in terms(Motive)]
    weighty = sorted((each for each in found if each[0] >= 0.005), key=lambda each: -each[0])
    return [{"name": name, "words": text, "share": share, "percent": percent(share)} for share, name, text in weighty]


def _audience(occasion: Occasion, story: Mapping[str, str]) -> Answer:
    """Return readers imagined (None where the theory knows none) and real (None where nothing is known of them)."""
    seen, real = occasion.imagined, occasion.readers
    above = [_reader("line_manager", seen.manager_reads)] if seen.manager_reads is not None else []
    return {
        "who": words.audience(seen.audience),
        "possible": seen.possible,
        "hypothetical": not occasion.spoken,
        "imagined": {"people": seen.people, "above": [*above, _reader("executives", seen.executives_read)]}
        if "imagined" in story
        else None,
        "real": {
            "people": real.people,
            "above": [
                *([] if real.manager is None else [_reader("line_manager", float(real.manager))]),
                _reader("executives", real.executives / max(real.executives_there_are, 1), real.executives),
            ],
            "of_executives": real.executives_there_are,
            "until_day": real.until_day,
        }
        if real is not None
        else None,
        "imagined_words": story.get("imagined"),
        "real_words": story["really"],
    }


def _reader(name: str, share: float, count: int | None = None) -> Answer:
    return {"name": name, "share": share, "percent": percent(share), "count": count}


def _cleaned(text: str) -> str:
    return shown(text, 600)


def prepare(run: Run) -> None:
    """Load what is compiled, so that the first question is answered as fast as the next."""
    if run.occasions.height:
        _of_occasion(run, run.occasions.row(0, named=True), "draft")


# ---------------------------------------------------------------- what would have changed it


AT_ONCE: Final = "In the twin, too, everything else is as it was up to that hour, so this decision falls out as shown."
BY_AND_BY: Final = (
    "This changes what can be seen. What members expect follows by and by, so this very decision may stay as it was, "
    "and later ones differ."
)


def _changes(run: Run, occasion: Occasion) -> list[Answer]:
    """Return what would have changed a decision, those that flip it first, each with all that comes of it."""
    if not occasion.changes:
        return []
    parameters = _parameters_at(run.scenario, occasion.tick)
    rules, settings = coefficients(parameters), flat_parameters(parameters)
    return [_change(run, occasion, change, rules, settings) for change in occasion.changes]


def _change(
    run: Run, occasion: Occasion, change: Counterfactual, rules: Coefficients, settings: Mapping[str, Any]
) -> Answer:
    """Return one change: what it is, what would then have been done, and the twin in which it can be played.

    `rules` and `settings` are those that held at the occasion.
    """
    twin = _twin(run, occasion, change, settings)
    return {
        "name": change.name,
        "words": change.words,
        "flips": change.flips,
        "pair": change.is_pair,
        "remark": change.remark,
        "size": change.size,
        "moves": [{"name": name.replace("_", " "), "before": was, "after": now} for name, was, now in change.moves],
        "deed": None if change.strategy is None else words.deed_of(change.strategy),
        "p_before": occasion.choice.p_spoken,
        "p_spoken": change.p_spoken,
        "chance": None if change.p_spoken is None else percent(change.p_spoken),
        **_after(occasion, change, rules),
        "try": None if twin is None else dict(twin.change),
        "try_tick": None if twin is None else occasion.tick if twin.tick is None else twin.tick,
        "try_words": None if twin is None else f"From {_from(occasion, twin)} on {twin.words}.",
        "try_caveat": None if twin is None else AT_ONCE if twin.at_once else BY_AND_BY,
    }


def _from(occasion: Occasion, twin: Twin) -> str:
    tick = occasion.tick if twin.tick is None else twin.tick
    return when(tick)


def _after(occasion: Occasion, change: Counterfactual, rules: Coefficients) -> Answer:
    """Return how likely each way would then have been: the same rules, asked about the moment as it would have been.

    Shares stand in the order of the occasion's ways; there are none where the occasion would not have come.
    """
    if change.strategy is None:
        return {"taken": None, "shares": [], "percents": []}
    moment = occasion.moment._replace(**{move.field: move.after for move in change.moves})
    ways = _ways(decide(moment, rules, occasion.luck), change.strategy)
    return {
        "taken": change.strategy.name,
        "shares": [round(way["share"], 4) for way in ways],
        "percents": [way["percent"] for way in ways],
    }


def _parameters_at(scenario: Scenario, tick: int) -> Parameters:
    """Return the settings that hold in an hour, with all that events have set until then."""
    parameters = scenario.parameters
    for event in sorted(scenario.events, key=lambda each: each.tick):
        if event.set and event.tick <= tick:
            parameters = changed(parameters, dict(event.set))
    return parameters


def _twin(run: Run, occasion: Occasion, change: Counterfactual, settings: Mapping[str, Any]) -> Twin | None:
    """Return the twin in which a change can be played; None where no lever makes it, or where it is so already."""
    if change.name == "answered_last_week":
        return _answered(run, occasion)
    twin = TWINS.get(change.name)
    if twin is None:
        return None
    return twin if any(settings[name] != value for name, value in twin.change.items()) else None


def _answered(run: Run, occasion: Occasion) -> Twin | None:
    """Return the twin in which the line manager answers the message that `sim.explain` had answered."""
    row = int(_ledger_row(run, "occasion_id", occasion.occasion_id)["member"])
    ways = [way.name for way in Strategy if 0 <= way < SPOKEN]
    own = [each for each in _occasions(run, row) if each["strategy"] in ways]
    recent = [each for each in own if occasion.tick - WEEK <= each["tick"] <= occasion.tick - 2]
    if not recent:
        return None
    said = max(recent, key=lambda each: (each["criticality"] > 0.0, each["tick"]))
    manager = str(run.organization.ids[run.organization.manager[row]])
    event = {"respond": {"by": manager, "to": said["message_id"], "how": "supportive"}}
    return Twin(event, "there is a friendly answer from their line manager", True, said["tick"] + 1)
