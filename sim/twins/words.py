"""Twins in words: differences and links as sentences. Names and texts from files are escaped, safe on any terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sim.errors import shown
from sim.lexicon import Term
from sim.state import TICKS_PER_DAY, Errand
from sim.terms import Identity, Kind, Orientation, Response, Role, Scope, Strategy
from sim.twins.nodes import LABELS, Link
from sim.twins.watching import Difference, message_id
from sim.wording import percent, significant

if TYPE_CHECKING:
    from sim.twins.pair import Broken, Twin

_WORDS: Final[dict[str, type[Term]]] = {
    "strategy": Strategy,
    "kind": Kind,
    "orientation": Orientation,
    "treatment": Response,
    "response": Response,
    "team_talk": Response,
    "scope": Scope,
    "identity": Identity,
}
_DOING: Final = {
    Errand.wish: "something to say",
    Errand.comment: "a comment to make",
    Errand.answer: "an answer to promise",
    Errand.orphan: "an unanswered thread to answer",
    Errand.amplify: "a thread to lift to everyone",
}


def when(tick: int) -> str:
    """Return a tick as a day and an hour, days from 0 and hours from 1 on."""
    return f"day {tick // TICKS_PER_DAY}, hour {tick % TICKS_PER_DAY + 1}"


def who(twin: Twin, member: int) -> str:
    """Return a member's name and place; "somebody" for none."""
    if member < 0:
        return "somebody"
    people = twin.organization
    role = Role(int(people.role[member])).words.noun
    return f"{shown(people.names[member], 60)} ({role}, {shown(people.departments[people.department[member]], 40)})"


def value(field: str, found: Any) -> str:
    """Return a value as people read it: its word where it has one."""
    if found is None:
        return "nothing"
    if field in _WORDS:
        return _WORDS[field](int(found)).called.lower()
    return significant(found) if isinstance(found, float) else shown(found)


def message(twin: Twin, wanted: int) -> str:
    """Return what a message is, by its message_id: who wrote it, about what and when."""
    for messages in twin.messages:
        rows = (messages["tick"] == wanted >> 32) & (messages["author"] == (wanted >> 8) & 0xFFFFFF)
        for record in messages[rows]:
            if message_id(record) == wanted:
                issue = twin.a.scenario.parameters.issues[: int(record["issue"]) + 1][-1].name
                form = "comment" if record["parent"] >= 0 else "post"
                about = f"{Kind(int(record['kind'])).name} about '{shown(issue, 60)}', {when(int(record['tick']))}"
                return f"the {form} of {who(twin, int(record['author']))} ({about})"
    return f"message {wanted}"


def difference(twin: Twin, found: Difference) -> str:
    """Return a difference as one sentence, with its time."""
    return f"{when(found.tick)}: {_sentence(twin, found)}"


def _sentence(twin: Twin, found: Difference) -> str:
    name, about = who(twin, found.member), "" if found.message is None else message(twin, found.message)
    only = "A" if found.b in (None, False) else "B"
    if found.what == "visit":
        return f"{name} visits in {only} only"
    if found.what == "reading":
        a, b = ("nothing more" if each is None else message(twin, each) for each in (found.a, found.b))
        return f"{name} reads {a} in A, and {b} in B"
    if found.what == "reaction":
        return f"{name} likes {about} in {only} only"
    if found.what == "promise":
        return f"{name} has promised to answer {about} in {only} only, or for another hour"
    if found.what == "message" and found.field == "message":
        return f"{about} exists in {only} only"
    if found.field == "errand" and None in (found.a, found.b):
        doing = _DOING[Errand(found.a if found.b is None else found.b)]
        return f"{name} has {doing} in {only} only" + (f", on {about}" if about else "")
    values = f"{value(found.field, found.a)} in A and {value(found.field, found.b)} in B"
    label = LABELS.get(found.field, found.field.replace("_", " "))
    if found.what in ("message", "messages"):
        return f"{about}: {label} is {values}"
    return f"{name}: {label} is {values}" + (f", on {about}" if about else "")


def link(twin: Twin, found: Link) -> str:
    """Return a link of a chain as one sentence, with its time and world; "perhaps" where it is only likely."""
    name = "the worlds" if found.member < 0 else who(twin, found.member)
    likely = "" if found.certain else " (likely)"
    return f"{found.world}  {when(found.tick)}: {name} {found.text}{likely}"


def broken(twin: Twin, found: Broken) -> str:
    """Return in one sentence whose silence broke, and how."""
    issue = shown(twin.a.scenario.parameters.issues[: found.wish.issue + 1][-1].name, 60)
    strategies = ((found.strategy_a, found.p_a), (found.strategy_b, found.p_b))
    a, b = (f"{Strategy(s).words.past} ({percent(p)} likely to speak)" for s, p in strategies)
    return f"{when(found.wish.tick)}: {who(twin, found.wish.member)} on '{issue}': {a} in A, {b} in B"


def chains(twin: Twin, most: int = 3, look_at: int = 12) -> list[tuple[Link, ...]]:
    """Return a few chains that are easy to follow, of different members: first those by which silence broke."""
    lonely = set(twin.only_a) | set(twin.only_b)
    wanted = [each.message for each in twin.broken if each.message in lonely]
    wanted += [each for each in (*twin.only_b[:look_at], *twin.only_a[:look_at]) if each not in wanted]
    found = [chain for each in wanted[:look_at] if (chain := twin.chain(each))]
    found.sort(key=lambda chain: (not chain[0].certain, abs(len(chain) - 5)))
    return list({chain[-1].member: chain for chain in reversed(found)}.values())[::-1][:most]
