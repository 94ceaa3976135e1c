"""A scenario in words: what differs from another one, and what happens in it and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.errors import as_typed, shown
from sim.lexicon import Term, terms
from sim.parameters import registry
from sim.scenario import WITHOUT_EVENTS, Event, Expectation, Scenario, differences
from sim.terms import Identity, Ranking, Scope, Theory

WHO = {
    "leadership.executives": "executives",
    "leadership.line_managers": "line managers",
    "communicators": "community managers",
}
DO = {
    "presence": "visit the arena",
    "responsiveness": "answer",
    "openness": "take critique well",
    "espoused_openness": "announce openness",
    "sanction": "rebuke instead of only dismissing",
    "follow_through": "turn support into action",
    "self_disclosure": "speak of doubts and faults of their own",
    "orphan_answering": "answer what nobody answered",
    "amplification": "lift threads to everyone",
}
"""What leaders and community managers do more or less often."""
SHOWN: dict[str, tuple[str, type[Term]]] = {
    "visibility.scope": ("a post goes to {after} by default, not to {before}", Scope),
    "visibility.identity": ("authors are shown by {after}, not by {before}", Identity),
    "visibility.ranking": ("threads are ordered by {after}, not by {before}", Ranking),
    "rules.voice": ("members decide by the theory “{after}”, not by “{before}”", Theory),
}
ALLOWED = {
    "visibility.anonymous_posts": "anonymous posts are {not }allowed",
    "visibility.audience_cues": "authors {do not }see how many have read their posts",
    "visibility.visible_reactions": "readers {do not }see how many liked a message",
    "visibility.leader_badges": "leaders are {not }marked as such",
    "visibility.leaders_first": "announcements and what leaders answered are {not }read first",
    "visibility.notifications": "authors are {not }notified of comments on their messages",
}
TIMES = {0.1: "a tenth", 0.2: "a fifth", 0.25: "a quarter", 1 / 3: "a third", 0.5: "half", 2.0: "twice",
         3.0: "three times", 4.0: "four times", 5.0: "five times", 10.0: "ten times"}  # fmt: skip


# ---------------------------------------------------------------- differences


def in_words(base: Scenario, scenario: Scenario) -> Iterator[str]:
    """Tell, a line each, every parameter in which `scenario` differs from `base`."""
    ours, theirs = len(scenario.parameters.issues), len(base.parameters.issues)
    for name, before, after in differences(base, scenario):
        if before is not None and after is not None:
            yield f"{_difference(name, before, after, scenario)} ({name} {_value(before)} -> {_value(after)})"
    for number in range(theirs, ours):
        yield f"one more issue, number {number}: {as_typed(scenario.parameters.issues[number].name)}"
    for number in range(ours, theirs):
        yield f"no issue {number} any more: {as_typed(base.parameters.issues[number].name)}"


def _difference(name: str, before: Any, after: Any, scenario: Scenario) -> str:
    """Say what differs as a sentence."""
    table, _, last = name.rpartition(".")
    if table in WHO and last in DO:
        return f"{WHO[table]} {_often(DO[last], before, after)}"
    if name in SHOWN:
        sentence, kind = SHOWN[name]
        nouns = {one.key: one.words.noun or one.words.label for one in terms(kind)}
        return sentence.format(before=nouns[before], after=nouns[after])
    if name in ALLOWED:
        return ALLOWED[name].format(**{word: "" if after else word for word in ("not ", "do not ")})
    if name.startswith("issues."):
        number = int(name.split(".")[1])
        issue = as_typed(scenario.parameters.issues[number].name)
        return f"issue {issue}: {_more(registry()[f'issues.<n>.{last}'].meaning, before, after)}"
    who = f"{WHO[table]}: " if table in WHO else ""
    return f"{who}{_more(registry()[name].meaning, before, after)}"


def _often(what: str, before: float, after: float) -> str:
    """Say how much more or less often something is done: `answer half as often`."""
    if not after:
        return f"no longer {what}"
    if not before:
        return f"begin to {what}"
    if times := _times(before, after):
        return f"{what} {times} as often"
    return f"{what} {'more' if after > before else 'less'} often"


def _more(meaning: str, before: Any, after: Any) -> str:
    """Say of a number how much higher or lower it is; of anything else only that it is otherwise."""
    if isinstance(before, bool | str) or isinstance(after, bool | str):
        return meaning
    times = _times(before, after)
    return f"{meaning}: {times} what it was" if times else f"{meaning}: {'higher' if after > before else 'lower'}"


def _times(before: float, after: float) -> str:
    """Say by how much a number changed, where that is easily said."""
    known = TIMES.items() if before * after > 0 else ()
    return next((words for factor, words in known if abs(after / before / factor - 1) < 0.01), "")


def _value(value: Any) -> str:
    return as_typed(value) if isinstance(value, bool | str) else f"{value:g}"


# ---------------------------------------------------------------- what happens


def timeline(scenario: Scenario) -> Iterator[str]:
    """Tell, a line each and in order, what happens in a scenario and when."""
    issues = scenario.parameters.issues
    lines = [(event.day, _happening(event, scenario)) for event in scenario.written]
    lines += [(issue.onset_day, f"{as_typed(issue.name)} begins") for issue in issues if issue.onset_day > 0]
    for day, line in sorted(lines, key=lambda each: each[0]):
        yield f"day {day:g}: {line}"


def _happening(event: Event, scenario: Scenario) -> str:
    if event.announce is not None:
        return f"{shown(event.announce.by)} announces openness {event.announce.openness:g}"
    if event.post is not None:
        about = as_typed(scenario.parameters.issues[int(event.post.issue)].name)
        stance = f"stance {event.post.stance:g}, criticality {event.post.criticality:g}"
        return f"{shown(event.post.by)} posts about {about} ({stance})"
    if event.respond is not None:
        to = event.respond.to
        what = f"message {to}" if isinstance(to, int) else f"the {to.replace('_', ' ')}"
        return f"{shown(event.respond.by)} answers {what}: {event.respond.how}"
    if event.campaign is not None:
        about = as_typed(scenario.parameters.issues[int(event.campaign.issue)].name)
        return f"campaign about {about} for {event.campaign.days:g} days (salience {event.campaign.salience:g})"
    return ", ".join(f"{name} becomes {_value(value)}" for name, value in event.set)


# ---------------------------------------------------------------- what is expected


def expected_in_words(expectation: Expectation) -> str:
    """Tell what is expected, in one line."""
    who = "" if expectation.group in (None, "all") else f" of {shown(expectation.group)}"
    when = f" in days {expectation.days[0]:g}-{expectation.days[1]:g}" if expectation.days else ""
    what = f"{shown(expectation.measure)}{who}{when}"
    if expectation.against is None and expectation.range is not None:
        return f"{what} between {expectation.range[0]:g} and {expectation.range[1]:g}"
    return f"{what} {_claimed(expectation)} {_against(expectation)}{_moderated(expectation)}"


def _claimed(expectation: Expectation) -> str:
    if expectation.range is not None:
        return f"differs by {expectation.range[0]:g} to {expectation.range[1]:g} from what it is"
    if expectation.direction == "same":
        return f"is the same, give or take {expectation.margin:g}, as"
    by = f" by more than {expectation.margin:g}" if expectation.margin else ""
    return f"is {expectation.direction}{by} than"


def _against(expectation: Expectation) -> str:
    if isinstance(expectation.against, dict):
        return f"with {_settings(expectation.against)}"
    if part := expectation.against_days:
        return f"in days {part[0]:g}-{part[1]:g}"
    return WITHOUT_EVENTS if expectation.against == WITHOUT_EVENTS else f"in {shown(expectation.against)}"


def _moderated(expectation: Expectation) -> str:
    if not expectation.moderated_by:
        return ""
    return f", compared with the same difference with {_settings(expectation.moderated_by)}"


def _settings(table: dict[str, Any]) -> str:
    return ", ".join(f"{shown(name)} = {_value(value)}" for name, value in table.items())
