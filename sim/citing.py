"""Whom to cite for a run: the works behind its question, the theory that decided, its mechanisms and its facts.

A source in the code is a label, such as `Detert & Burris 2007`. The bibliography knows the works; a label is found in a
text by the names and the year that a work goes by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.errors import shown
from sim.parameters import Parameter, Status, registry

if TYPE_CHECKING:
    from sim.record import Run

BIBLIOGRAPHY: Final = Path(__file__).with_name("references.bib")
_ENTRY: Final = re.compile(r"^@(?P<kind>\w+)\{(?P<key>\w+),(?P<fields>.*?)^\}$", re.M | re.S)
_FIELD: Final = re.compile(r"(\w+) = \{((?:[^{}]|\{[^{}]*\})*)\}")
_MARKS: Final = str.maketrans({"{": "", "}": "", "\\": "", '"': "", "ö": "o", "ü": "u", "ä": "a", "á": "a", "é": "e"})
THEORY: Final = ("rules.", "voice.", "silence.")
MECHANISMS: Final = (
    "learning.",
    "reaction.",
    "leading.",
    "attendance.",
    "visibility.",
    "leadership.",
    "communicators.",
)


@dataclass(frozen=True)
class Work:
    """One entry of the bibliography."""

    key: str
    kind: str
    fields: Mapping[str, str]

    @property
    def surnames(self) -> tuple[str, ...]:
        """Of the authors, in their order."""
        authors = self.fields["author"].split(" and ")
        return tuple(name.partition(",")[0].strip("{}") for name in authors)

    @property
    def labels(self) -> tuple[str, ...]:
        """What it is called in a text, without the year: `A`, `A & B`, `A, B & C`, or `A et al.`."""
        names = self.surnames
        if len(names) == 1:
            return (names[0],)
        together = " & ".join((", ".join(names[:-1]), names[-1]))
        return (together,) if len(names) == 2 else (together, f"{names[0]} et al.")

    def reference(self) -> str:
        """Return it as a reference list has it, in one line."""
        fields = {name: _plain(value) for name, value in self.fields.items()}
        names = fields["author"].split(" and ")
        said = " & ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
        where = next((fields[n] for n in ("journal", "booktitle", "publisher", "institution") if n in fields), "")
        volume = fields.get("volume", "") + (f"({fields['number']})" if "number" in fields else "")
        where = ", ".join(part for part in (where, volume, fields.get("pages", "").replace("--", "-")) if part)
        doi = f" doi:{fields['doi']}" if "doi" in fields else ""
        return f"{said} ({fields['year'].replace('--', '-')}). {fields['title']}. {where}.{doi}"

    def bibtex(self) -> str:
        """Return it as an entry of a BibTeX file."""
        inner = "".join(f"  {name} = {{{value}}},\n" for name, value in self.fields.items())
        return f"@{self.kind}{{{self.key},\n{inner}}}"


def _plain(text: str) -> str:
    """Return a field without the signs that only BibTeX needs."""
    return " ".join(re.sub(r'\\"\{?(\w)\}?|\{\\"\{?(\w)\}?\}', lambda m: m[1] or m[2], text).translate(_MARKS).split())


@cache
def works() -> dict[str, Work]:
    """Return the bibliography by key, in the order of its file."""
    found = _ENTRY.finditer(BIBLIOGRAPHY.read_text("utf-8"))
    return {each["key"]: Work(each["key"], each["kind"], dict(_FIELD.findall(each["fields"]))) for each in found}


def named_in(text: str) -> list[Work]:
    """Return the works that a text names by authors and year, in alphabetical order of their references."""
    flat = " ".join(text.split()).translate(_MARKS)
    found = [work for work in works().values() if any(_stands(label, work, flat) for label in work.labels)]
    return sorted(found, key=Work.reference)


def _stands(label: str, work: Work, text: str) -> bool:
    """Say whether a text names a work: its label and year, with other years of the same authors between at most."""
    years = rf"(?: |, )?\(?(?:\d{{4}}[a-z]?, )*{work.fields['year'].replace('--', '-')}"
    return re.search(rf"(?<![\w&,] ){re.escape(_plain(label))}{years}", text) is not None


# ---------------------------------------------------------------- a run's references


@dataclass(frozen=True)
class Citations:
    """Whom to cite for a run, by what they are cited for."""

    program: str
    """How to cite this program, with what it takes to make the run again."""
    parts: dict[str, list[Work]]

    def __str__(self) -> str:
        lines = ["This program", f"  {self.program}"]
        for title, cited in self.parts.items():
            if cited:
                lines += ["", title, *(f"  {work.reference()}" for work in cited)]
        return "\n".join(lines)

    def bibtex(self) -> str:
        """Return all works, each once, as a BibTeX file."""
        every = {work.key: work for cited in self.parts.values() for work in cited}
        return "\n\n".join(every[key].bibtex() for key in sorted(every)) + "\n"


def cite(run: Run) -> Citations:
    """Return the references of the question, the theory, the mechanisms and the facts that a run used.

    `print(sim.cite(run))` is a reference list. Numbers that a run took otherwise than by default have no source here.
    """
    scenario = run.scenario
    theory = scenario.parameters.rules.voice
    known = _as_declared(scenario)
    return Citations(
        _program(run),
        {
            "The question of this scenario": named_in(" ; ".join(_describe(scenario))),
            f"The theory that decided ({theory})": named_in(_of_theory(theory, known)),
            "How members react, learn and come back, and how leaders answer": named_in(_sources(known, MECHANISMS)),
            "Facts that numbers were measured by or calibrated on": named_in(
                _sources([each for each in known if each.status in (Status.measured, Status.calibrated)])
            ),
        },
    )


def _describe(scenario: Any) -> Iterator[str]:
    yield scenario.theory
    yield from (each.why for each in scenario.expect)


def _as_declared(scenario: Any) -> list[Parameter]:
    """Return the parameters that have their declared value."""
    from sim.scenario import flat_parameters

    values = flat_parameters(scenario.parameters)
    return [each for name, each in registry().items() if "<n>" in name or values.get(name) == each.default]


def _of_theory(theory: str, known: Iterable[Parameter]) -> str:
    """Return the texts that name the works of a theory: its own; for the whole arena those of all its ingredients."""
    import ast

    text = (Path(__file__).parent / "rules" / "theories.py").read_text("utf-8")
    functions = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    own = ast.get_docstring(functions[theory]) or "" if theory in functions else ""
    return own if own else _sources(known, THEORY)


def _sources(known: Iterable[Parameter], tables: tuple[str, ...] = ("",)) -> str:
    return " ; ".join(each.source for each in known if each.name.startswith(tables))


def _program(run: Run) -> str:
    version, rules = (shown(run.origin[name], 64) for name in ("version", "rules"))
    return (
        "Internal social media: a simulation of voice and silence in organisations, version "
        f"{version}, rules {rules}. Scenario {run.scenario.name} (digest {run.scenario.digest}), seed {run.seed}."
    )
