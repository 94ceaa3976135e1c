"""What each surface says of each term of the model, when a mark of its own stands in place of the term's words.

Run as a program, before anything of the project is imported, so that no text made at import escapes. Prints, as JSON,
each surface and term whose mark does not appear there. A term that is named as an argument has no words at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sim import lexicon, terms
from sim.lexicon import FORMS, Term, Words

NOT_SAID = ("source", "colour", "icon", "dash")
Speak = Callable[[Any], Any]


def mark(member: Term) -> str:
    """Return what stands in place of all words of a term."""
    return f"{type(member).__name__}-{member.key}.".casefold()


def replace_words(wordless: str) -> None:
    """Put its mark in place of every word of every term, and nothing in place of those of one of them."""
    for enum, forms in FORMS.items():
        for member in lexicon.terms(enum):
            said = {form: mark(member) for form in forms if form not in NOT_SAID}
            kept = Words() if f"{enum.__name__}.{member.key}" == wordless else replace(member.words, **said)
            member.words = kept  # type: ignore[misc]


def surfaces() -> dict[str, dict[type[Term], Speak]]:
    """Return, by surface and enum, what makes a text of a member."""
    return {"page": page(), "report": report(), "explain": explain(), "twin": twin(), "docs": docs()}


def page() -> dict[type[Term], Speak]:
    """Return how the page in the browser speaks."""
    import sim
    from dashboards import cards, levers, scene, why
    from dashboards.world import Arena

    scenario = sim.load("baseline").with_({"organization.members": 40, "days": 2})
    drawn = scene.draw_scene(Arena(scenario, 1))

    def issue(kind: terms.IssueKind) -> Any:
        return scene.draw_scene(Arena(scenario.with_({"issues.0.kind": kind.key}), 1))["issues"][0]

    def cause(motive: terms.Motive) -> Any:
        shares = {each.key: float(each == motive) for each in lexicon.terms(terms.Motive)}
        return why._motives(SimpleNamespace(spoken=False, silence=SimpleNamespace(_asdict=lambda: shares)))  # type: ignore[arg-type]

    def option(lever: str) -> Speak:
        return lambda member: dict(levers.lever(lever, member.key).options)[member.key]

    return {
        terms.Role: lambda role: drawn["terms"]["role"][role.key],
        terms.Response: lambda response: drawn["terms"]["response"][response.key],
        terms.IssueKind: issue,
        terms.Strategy: cards._done,
        terms.Orientation: cards._standing,
        terms.Motive: cause,
        terms.Scope: option("visibility.scope"),
        terms.Ranking: option("visibility.ranking"),
        terms.Theory: option("rules.voice"),
    }


def report() -> dict[type[Term], Speak]:
    """Return how the report of a run speaks, the settings of its scenario included."""
    import sim
    from experiments import describe
    from experiments.report import chapters, introduction, stories
    from experiments.report.glossary import GLOSSARY

    baseline = sim.load("baseline")

    def setting(name: str, enum: type[Term]) -> Speak:
        def differing(member: Term) -> list[str]:
            other = next(each for each in enum if each.key in allowed and each != member)
            return list(describe.in_words(baseline.with_({name: other.key}), baseline.with_({name: member.key})))

        allowed = sim.parameters.registry()[name].choices
        return differing

    def issue(kind: terms.IssueKind) -> Any:
        return next(introduction._issues(baseline.with_({"issues.0.kind": kind.key})))

    return {
        terms.Role: lambda role: chapters._group(role.key, "role"),
        terms.Response: lambda response: stories._does({}, response.key),
        terms.Orientation: lambda orientation: stories._does({"orientation": orientation.key}, None),
        terms.Strategy: lambda strategy: stories._did({"strategy": strategy.key, "message_id": None}, None),  # type: ignore[arg-type]
        terms.Motive: lambda _: dict(GLOSSARY),
        terms.IssueKind: issue,
        terms.Scope: setting("visibility.scope", terms.Scope),
        terms.Ranking: setting("visibility.ranking", terms.Ranking),
        terms.Theory: setting("rules.voice", terms.Theory),
    }


def explain() -> dict[type[Term], Speak]:
    """Return how an explanation speaks."""
    from sim.explanation import occasions
    from sim.explanation.occasions import Explanation, Occasion

    def in_short(**known: Any) -> Any:
        usual = {"kind": terms.Kind.news, "form": terms.Form.post, "orientation": terms.Orientation.none}
        wish = SimpleNamespace(**{"about_own": False, "about_author": None, "issue_name": "", **usual, **known})
        motive, way = known.get("motive", terms.Motive.none), known.get("strategy", terms.Strategy.plain)
        return Occasion.in_short(SimpleNamespace(tick=0, spoken=False, wish=wish, motive=motive, strategy=way))  # type: ignore[arg-type]

    def seen(response: terms.Response) -> str:
        readers = SimpleNamespace(
            people=1, audience="team:0", until_day=1, executives=0, executives_there_are=1, manager=None, likes=0,
            comments=0, response=response,
        )  # fmt: skip
        return occasions._really(SimpleNamespace(readers=readers, spoken=True))  # type: ignore[arg-type]

    def heading(role: terms.Role) -> str:
        who = SimpleNamespace(name="", id="", role=role, department="")
        return Explanation.heading(SimpleNamespace(member=who, occasions=(), day=0, days=1, visits=1))  # type: ignore[arg-type]

    return {
        terms.Role: heading,
        terms.Response: seen,
        terms.Kind: lambda kind: in_short(kind=kind),
        terms.Orientation: lambda orientation: in_short(form=terms.Form.comment, orientation=orientation),
        terms.Strategy: lambda strategy: in_short(strategy=strategy),
        terms.Motive: lambda motive: in_short(motive=motive),
    }


def twin() -> dict[type[Term], Speak]:
    """Return how twins speak of what differs between them."""
    from sim.twins import words

    def who(role: terms.Role) -> str:
        people = SimpleNamespace(role=[role], names=[""], departments=[""], department=[0])
        return words.who(SimpleNamespace(organization=people), 0)  # type: ignore[arg-type]

    def value(field: str) -> Speak:
        return lambda member: words.value(field, int(member))

    return {
        terms.Role: who,
        terms.Kind: value("kind"),
        terms.Orientation: value("orientation"),
        terms.Strategy: value("strategy"),
        terms.Response: value("response"),
        terms.Scope: value("scope"),
        terms.Identity: value("identity"),
    }


def docs() -> dict[type[Term], Speak]:
    """Return how the tables of the documentation speak: of every enum that has words."""
    from docs import generate

    def line(member: Term) -> list[str]:
        return list(generate.words(type(member).__name__))

    return dict.fromkeys(FORMS, line)


def missing() -> Iterator[tuple[str, str]]:
    """Yield each surface with each term that it cannot speak of."""
    for surface, known in surfaces().items():
        for enum, speak in known.items():
            for member in lexicon.terms(enum):
                if mark(member) not in _text(speak, member).casefold():
                    yield surface, f"{enum.__name__}.{member.key}"


def _text(speak: Speak, member: Term) -> str:
    try:
        return json.dumps(speak(member), ensure_ascii=False)
    except LookupError as error:  # a dictionary of words that lacks it
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    replace_words(sys.argv[1] if len(sys.argv) > 1 else "")
    print(json.dumps(list(missing())))  # noqa: T201
