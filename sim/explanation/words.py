"""An explanation in plain words: labels and sentences, safe to print on any terminal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sim.errors import shown
from sim.explanation.account import Change, Explanation, Occasion, Term, Wish
from sim.explanation.considerations import URGED
from sim.lexicon import terms
from sim.terms import Form, Motive, Strategy, Theory
from sim.wording import count, percent, when

FEW: Final = 3  # occasions that are told in full one after the other


class Line(NamedTuple):
    """One thing said: what it is about, and a sentence; a line without a label is a heading."""

    label: str
    text: str


REFRAMED: Final = "say once more, as a matter of the organisation's course, what they had said"
TERMS: Final = {
    "propensity": "readiness to speak at all",
    "efficacy": "what it could change",
    "audience": "many who would agree",
    "licence": "critique is normal here",
    "engagement": "engagement",
    "line_manager": "fear of the line manager",
    "executives": "fear of executives",
    "peers": "fear of standing alone",
    "loyalty": "loyalty to the organisation",
}
MOST: Final = 5  # changes told in one line
_SMALL: Final = 0.005  # what would be told as 0.00 is not told


def plain(lines: Iterable[Line]) -> str:
    """Return lines as one text."""
    return "\n".join(f"  {label}: {text}" if label else text for label, text in lines)


# ---------------------------------------------------------------- the whole


def of_explanation(told: Explanation) -> list[Line]:
    """Return who it is about, what there was in short, and, of a few occasions, each in full."""
    lines = [Line("", heading(told))]
    if len(told.occasions) > FEW:
        lines += [Line("", "  " + "; ".join(filter(None, in_short(occasion)))) for occasion in told.occasions]
    for occasion in told.occasions if len(told.occasions) <= FEW else ():
        lines += [Line("", ""), *of_occasion(occasion)]
    return lines


def heading(told: Explanation) -> str:
    """Return who it is about, and how often they wanted to speak and did."""
    who, occasions = told.member, told.occasions
    named = f"{shown(who.name)} ({shown(who.id)}; {who.role.words.noun}, {shown(who.department)})"
    span = f"in {told.days} days" if told.day is None else f"on day {told.day}"
    if not occasions:
        return f"{named} came by {_times(told.visits)} {span}, and never had anything to say."
    spoken = sum(occasion.spoken for occasion in occasions)
    said = f"{named} had something to say {_times(len(occasions))} {span}, and said it {_times(spoken)}."
    reasons = Counter(_reason(each) for each in occasions if not each.spoken and each.motive >= 0)
    if not reasons:
        return said
    reason, count = reasons.most_common(1)[0]
    return f"{said} What kept them silent most often: {reason} ({_times(count)})."


def deed_of(strategy: Strategy) -> str:
    """Return what was done with a wish, as a sentence: `They said it plainly.`"""
    return f"They {strategy.words.past}."


def _reason(occasion: Occasion) -> str:
    return occasion.motive.words.noun


def _times(count: int) -> str:
    return {0: "not once", 1: "once", 2: "twice"}.get(count, f"{count} times")


def in_short(occasion: Occasion) -> tuple[str, str, str, str, str]:
    """Return one occasion in short: when, what they wanted, about what, what they did, and why they did not say it."""
    why = "" if occasion.spoken else _reason(occasion)
    issue = shown(occasion.wish.issue_name, 32)
    act = "say it again, as strategic" if occasion.wish.about_own else _act(occasion.wish)
    return when(occasion.tick), act, issue, occasion.strategy.words.past, why


# ---------------------------------------------------------------- one occasion


def of_occasion(occasion: Occasion) -> list[Line]:
    """Return the story of one occasion."""
    lines = [Line("", f"{when(occasion.tick).capitalize()}: they wanted to {wanted(occasion.wish)}.")]
    lines += [Line("the wish", _about(occasion))]
    if occasion.theory != Theory.arena:
        lines.append(
            Line("theory", f"By the theory of this run, {occasion.theory.words.meaning}.{_threshold(occasion)}")
        )
    if occasion.theory in URGED:
        lines.append(Line("imagined", _imagined(occasion)))
    lines.append(Line("really", _really(occasion)))
    if occasion.drew:
        lines.append(Line("what drew", _terms(occasion.drew)))
    if occasion.held:
        lines.append(Line("what held back", _terms(occasion.held)))
    lines += [Line("the ways", _ways(occasion)), Line("what they did", _deed(occasion))]
    if not occasion.by_code:
        lines += _what_if(occasion)
    return lines


def wanted(wish: Wish) -> str:
    """Return what somebody wanted to do: `contradict Bo Li's message about "Workload"`."""
    return f'{REFRAMED if wish.about_own else _act(wish)} about "{shown(wish.issue_name)}"'


def _act(wish: Wish) -> str:
    if wish.form == Form.post:
        return wish.kind.words.infinitive
    whose = "an unnamed colleague's" if wish.about_author is None else f"{shown(wish.about_author)}'s"
    act = wish.orientation.words.infinitive or "comment on {whose} message"
    return act.replace("{whose}", whose)


def _about(occasion: Occasion) -> str:
    wish = occasion.wish
    side = "against it" if wish.stance < 0 else "in favour of it" if wish.stance > 0 else "undecided"
    challenged = f"those in charge by {wish.criticality:.2f} of 1" if wish.criticality else "nobody"
    draft = "; a draft that they came back to" if wish.draft_of is not None else ""
    return (
        f"they are {side} ({wish.stance:+.2f}) and it matters {percent(wish.concern)} to them; "
        f"saying it challenges {challenged}{draft}"
    )


def _threshold(occasion: Occasion) -> str:
    if occasion.needed_agreement is None:
        return ""
    need, saw = percent(occasion.needed_agreement), percent(occasion.moment.agreement)
    return f" They need {need} to agree, and saw {saw}."


def audience(name: str) -> str:
    """Return an audience in words."""
    if name == "organization":
        return "colleagues who use the arena"
    kind, _, which = name.partition(":")
    return f"in the department {shown(which)}" if kind == "department" else "in the team"


def _imagined(occasion: Occasion) -> str:
    seen = occasion.imagined
    told = f"about {seen.people:.0f} of {seen.possible} {audience(seen.audience)} would read it"
    chances = [] if seen.manager_reads is None else [f"their line manager with {percent(seen.manager_reads)}"]
    return f"{told}; " + ", ".join([*chances, f"executives with {percent(seen.executives_read)}"])


def _really(occasion: Occasion) -> str:
    seen = occasion.readers
    if seen is None:
        return "nothing is known of it where Python code decides for members"
    reading = "read" if occasion.spoken else "would have read"
    above = [f"{seen.executives} of {seen.executives_there_are} executives among them"]
    above += [] if seen.manager is None else [f"their line manager {'too' if seen.manager else 'not'}"]
    return (
        f"{'' if occasion.spoken else 'had they said it plainly: '}"
        f"{seen.people} {audience(seen.audience)} {reading} it by day {seen.until_day}, {', '.join(above)}; "
        f"{count(seen.likes, 'like')}, {count(seen.comments, 'comment')}, {seen.response.words.noun}"
    )


def _terms(terms: Sequence[Term]) -> str:
    """Return what adds up, the largest first."""
    told = sorted((t for t in terms if abs(t.amount) >= _SMALL), key=lambda t: -t.amount)
    parts = ", ".join(f"{TERMS[name]} {amount:.2f}" for name, amount in told)
    return f"{sum(t.amount for t in terms):.2f} ({parts})" if parts else "hardly anything"


def _ways(occasion: Occasion) -> str:
    chances = [(float(getattr(occasion.choice, way.name)), way.words.infinitive) for way in terms(Strategy)]
    told = ", ".join(f"{words} {percent(chance)}" for chance, words in sorted(chances, key=lambda c: -c[0]) if chance)
    whole = f"in all, {percent(occasion.choice.p_spoken)} to say it in the arena"
    return f"{'by the rules: ' if occasion.by_code else ''}{told}; {whole}"


def _deed(occasion: Occasion) -> str:
    deed = deed_of(occasion.strategy)
    if occasion.by_code:
        return f"{deed} Python code decided that."
    if occasion.silence is None:
        return deed
    shares = occasion.silence._asdict()
    causes = [(shares[each.name], each.words.noun) for each in terms(Motive) if shares[each.name] >= _SMALL]
    causes.sort(key=lambda each: -each[0])
    if occasion.motive == Motive.unmotivated:
        return f"{deed} No reason stands out."
    return f"{deed} Why: " + ", ".join(f"{words} ({percent(share)})" for share, words in causes)


def _what_if(occasion: Occasion) -> list[Line]:
    """Return what would have changed the decision, and what would have worked towards that but was not enough."""
    sign = -1.0 if occasion.spoken else 1.0
    pushed = [(sign * (c.p_spoken - occasion.choice.p_spoken), c) for c in occasion.changes if c.p_spoken is not None]
    weak = [change.words for push, change in sorted(pushed, key=lambda each: -each[0]) if push > 0 and not change.flips]
    flipping = [_change(change) for change in occasion.flipping]
    towards = "silence" if occasion.spoken else "speaking"
    lines = [Line(f"to {towards} by", _some(flipping) if flipping else "no single change that was tried")]
    if weak:
        lines.append(Line("not even by", _some(weak)))
    return lines + [Line("not known", f"{c.words}: {c.remark}") for c in occasion.changes if c.flips is None]


def _some(texts: Sequence[str]) -> str:
    more = f"; and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return "; ".join(texts[:MOST]) + more


def _change(change: Change) -> str:
    if change.size is None:
        return change.words
    ends = ", ".join(f"{move.before:.2f} to {move.after:.2f}" for move in change.moves)
    return f"{change.words}, by {change.size:.2f} ({ends})"
