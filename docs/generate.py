"""The tables of the documentation, made from the code, so that they cannot drift apart from it.

A page asks for a table with a line `<!-- generated: parameters visibility -->`; what stands between it and the next
line `<!-- end -->` is written by `python -m docs.generate`. With `--check` nothing is written, and the exit code is 1
where a page is out of date.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import click

import sim
from docs import costs, patterns
from experiments import describe
from experiments.cli import load_commands
from experiments.patterns import PROBES
from experiments.portrait.measuring import CHAPTERS
from sim import chance, files, measures, parameters, record, scenario, state, terms
from sim.engine import Engine
from sim.lexicon import terms as every
from sim.parameters import Parameter, Parameters, Status, coefficients, registry
from sim.rules import voice
from sim.rules.choice import NO_RELIEF
from sim.scenario import events
from sim.terms import NESTS, SPOKEN, Moment, Motive, Role, Strategy, Theory

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"(?P<begin><!-- generated: (?P<what>\w+)(?: (?P<about>[^\n]+?))? -->\n)(?P<text>.*?)(?P<end><!-- end -->)", re.S
)


def pages() -> list[Path]:
    """Return every page of the documentation."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def renewed(text: str) -> str:
    """Return the text of a page with each of its generated blocks as the code has it now."""
    return BLOCK.sub(lambda found: found["begin"] + made(found["what"], found["about"]) + found["end"], text)


def made(what: str, about: str | None) -> str:
    """Return one generated block; KeyError where there is none of that name."""
    lines = MAKERS[what](about) if about else MAKERS[what]()
    return "\n" + "\n".join(lines).rstrip() + "\n\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield _row(headings)
    yield _row(["---"] * len(headings))
    yield from map(_row, rows)


def _row(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def first_line(docstring: str | None) -> str:
    """Return the first line of a docstring, without its full stop."""
    return (docstring or "").strip().split("\n")[0].removesuffix(".")


# ---------------------------------------------------------------- parameters


def parameter_tables(prefix: str = "") -> Iterator[str]:
    """Yield one table for each table of a scenario file whose name begins with `prefix`."""
    groups: dict[str, list[Parameter]] = {}
    for name, described in registry().items():
        if name.startswith(prefix):
            groups.setdefault(_group(name), []).append(described)
    for group, members in groups.items():
        if not prefix:
            yield from (f"**{_heading(group)}**", "")
        headings = ("name", "default", "can be", "unit", "meaning", "status", "source")
        yield from table(headings, (_parameter(one) for one in members))
        yield ""


def _group(name: str) -> str:
    table_name = name.rpartition(".")[0]
    return "population" if table_name.startswith("population") else table_name


def _heading(group: str) -> str:
    if not group:
        return "At the top of a scenario file"
    if group == "issues.<n>":
        return f"`[[issues]]`: {first_line(parameters.IssueTable.__doc__)}"
    kind: Any = Parameters
    for part in group.split("."):
        kind = kind.model_fields[part].annotation
    return f"`[{group}]`: {first_line(kind.__doc__)}"


def _parameter(one: Parameter) -> tuple[str, ...]:
    default = str(one.default).lower() if isinstance(one.default, bool) else one.default
    default = f"{default:g}" if isinstance(default, int | float) else default
    if one.choices:
        allowed = ", ".join(f"`{word}`" for word in one.choices)
    elif one.low is not None and one.high is not None:
        allowed = f"{one.low:g} to {one.high:.10g}"
    else:
        allowed = "`true`, `false`" if one.kind == "yes or no" else one.kind
    return f"`{one.name}`", str(default), allowed, one.unit, one.meaning, one.status, one.source


# ---------------------------------------------------------------- portraits


def statistics_tables() -> Iterator[str]:
    """Yield one table for each chapter of a portrait."""
    for title, module in CHAPTERS.items():
        what = first_line(module.__doc__).partition(": ")[2]
        yield from (f"**{title}**: {what}", "")
        rows = ((f"`{one.name}`", one.unit, one.meaning, ", ".join(one.facts)) for one in module.STATISTICS)
        yield from table(("statistic", "unit", "meaning", "facts"), rows)
        yield ""


# ---------------------------------------------------------------- state, words, strategies, theories


def fields(record_name: str) -> Iterator[str]:
    """Yield the fields of one kind of record, as `sim/state.py` declares them."""
    declared = getattr(state, f"{record_name.upper()}_FIELDS")
    yield from table(
        ("field", "type", "meaning"), ((f"`{name}`", kind, meaning) for name, kind, _, meaning in declared)
    )


def words(enum_name: str) -> Iterator[str]:
    """Yield the members of an enum of `sim/terms.py` in one line, with what each is called."""
    kind: type[IntEnum] = getattr(terms, enum_name)
    named = ", ".join(f"`{one.name.rstrip('_')}` ({one.value}{_called(one)})" for one in kind if one.value >= 0)
    yield f"{enum_name}: {first_line(kind.__doc__)}. {named}."


def _called(one: IntEnum) -> str:
    called = getattr(one, "called", one.name)
    return "" if called in (one.name, one.name.replace("_", " ")) else f": {called}"


def strategies() -> Iterator[str]:
    """Yield the ways of dealing with a wish; whether each exists is asked of the rules themselves."""
    critical, uncritical = _open_ways(0.5), _open_ways(0.0)
    rows = []
    nests = {way: nest for nest, ways in NESTS.items() for way in ways}
    for one in every(Strategy):
        exists = "any" if uncritical[one] else "critical" if critical[one] else "none"
        counts = "yes" if one < SPOKEN else "no"
        rows.append((one.value, f"`{one.key}`", nests[one].replace("_", " "), one.words.present, counts, exists))
    yield from table(("number", "name", "nest", "the member", "counts as spoken", "open to wishes that are"), rows)


def _open_ways(criticality: float) -> tuple[bool, ...]:
    """Say which ways exist for a wish of this criticality where the arena allows all of them."""
    moment = Moment(*[0.5] * len(Moment._fields))._replace(criticality=criticality, narrow_open=1.0, anonymous_open=1.0)
    worth = voice.utilities(moment, NO_RELIEF, coefficients(Parameters()))
    return tuple(utility > voice.CLOSED for utility in worth)


def theory_table() -> Iterator[str]:
    """Yield the theories that `rules.voice` can name."""
    rows = ((f"`{one.key}`", one.words.meaning.capitalize(), one.words.source) for one in Theory)
    yield from table(("`rules.voice`", "what decides", "source"), rows)


def purposes() -> Iterator[str]:
    """Yield the uses of luck."""
    yield ", ".join(f"`{one.name}` ({one.value})" for one in chance.Purpose) + "."


# ---------------------------------------------------------------- measures and the run folder


def measure_table() -> Iterator[str]:
    """Yield every measure, with the rule by which it is summed up."""
    headings = ("measure", "unit", "how", "groups", "meaning", "rule")
    rows = (
        (f"`{one.name}`", one.unit, one.how, "yes" if one.of_groups else "no", one.meaning, f"`{one.formula}`")
        for one in measures.MEASURES.values()
    )
    yield from table(headings, rows)


def columns(table_name: str) -> Iterator[str]:
    """Yield the columns of a table of the run folder, as they are written for a very small organisation."""
    frame = getattr(_smallest_run(), table_name)
    meanings = dict(_meanings(table_name))
    yield from table(
        ("column", "type", "meaning"), ((f"`{name}`", kind, meanings[name]) for name, kind in frame.schema.items())
    )


@cache
def _smallest_run() -> record.Run:
    """Return the run of three members who have not yet begun: its tables have all columns and hardly a row."""
    return record.Run(Engine(scenario.load("baseline").with_({"organization.members": 3, "days": 1})))


def _meanings(table_name: str) -> Iterator[tuple[str, str]]:
    """Yield what the columns of a table mean: as the state declares them, or else as DESCRIBED says."""
    declared = {"members": "MEMBER", "messages": "MESSAGE", "occasions": "OCCASION", "positions": "POSITION"}
    if table_name in declared:
        yield from ((name, meaning) for name, *_, meaning in getattr(state, f"{declared[table_name]}_FIELDS"))
    if table_name == "members":
        for name, *_, meaning in (*state.BELIEF_FIELDS, ("psychological_safety", "f8", "mean of the two safeties")):
            yield from ((name, f"{meaning}, at the end"), (f"start_{name}", f"{meaning}, at the start"))
    yield from DESCRIBED[table_name].items()


DESCRIBED: dict[str, dict[str, str]] = {
    "members": {
        "id": "what the member is called in files",
        "name": "the person's name; made up, or from the file of the organisation",
        "title": "the position in words",
        "role": ", ".join(f"`{role.key}`" for role in Role),
        "department": "name of the department",
        "location": "name of the location",
        "team": "number of the team one reports in; null at the top",
        "manager_id": "id of the line manager; null at the top",
    },
    "messages": {
        "message_id": "tick, author's row and number in one; the same in each run in which it is written",
        "day": "tick / 8, rounded down",
        "author": "row number in members.parquet",
        "thread_id": "message_id of the thread's first post",
        "parent_id": "message_id replied to; null for a first post",
        "kind": "what it is",
        "orientation": "how a comment stands to the voices before it; null for a first post",
        "audience": "`organization`, `department:NAME` or `team:NUMBER`",
        "strategy": "the strategy it was spoken with; null where nothing was weighed",
        "anonymous": "whether it carries no name",
        "leader_response": "how a leader treated it; null where none did",
        "response_tick": "tick of that response; null where there is none",
    },
    "occasions": {
        "occasion_id": "tick, member's row and number in one",
        "day": "tick / 8, rounded down",
        "member": "row number in members.parquet",
        "form": "`post` or `comment`",
        "about": "message_id commented on; null for a post",
        "draft_of": "occasion_id of the draft that is reconsidered; null where it is new",
        "strategy": "what was done",
        "motive": "the largest cause of silence; null where the wish was spoken",
        "message_id": "what was published; null where nothing was",
        **{
            f"motive_{motive.key}": f"share of {motive.words.noun} in the silence; null where the wish was spoken"
            for motive in every(Motive)
        },
    },
    "positions": {
        "member": "row number in members.parquet",
        "issue": "number of the issue, from 0",
        "stance": "private view in [-1, 1], at the end",
        "concern": "how much the issue matters, in [0, 1], at the end",
        "climate": "perceived share of colleagues in favour, at the end",
    },
    "series": {
        "day": "from 0",
        "measure": "name of the measure",
        "group": "`all`, `role:executive`, `department:Sales`, ...",
        "value": "value on that day; null where there is nothing to divide by",
    },
    "ties": {
        "member": "row number in members.parquet, the lower of the two",
        "other": "row number in members.parquet, the higher of the two",
        "weight": "contacts counted, or a made-up weight",
    },
}
"""What columns of the run folder mean, where the state has no field for them or has it in another form."""


# ---------------------------------------------------------------- scenario files


def event_table() -> Iterator[str]:
    """Yield what an event can be, and the keys of each."""
    for name, kind in events.EVENT_KINDS.items():
        yield from (f"**`{name}`**: {first_line(kind.__doc__)}", "")
        yield from _keys(kind)
        yield ""


def expectation_table() -> Iterator[str]:
    """Yield the keys of an expectation."""
    yield from _keys(scenario.Expectation)


def _keys(kind: Any) -> Iterator[str]:
    said = (
        (f"`{name}`", "yes" if field.is_required() else "no", field.description)
        for name, field in kind.model_fields.items()
    )
    yield from table(("key", "needed", "what it is"), said)


def gallery() -> Iterator[str]:
    """Yield a section for each scenario that comes with the project."""
    for name in scenario.gallery():
        yield from _section(scenario.load(name))


def _section(world: scenario.Scenario) -> Iterator[str]:
    base = scenario.parent(world)
    yield from (f"## {world.title}", "", f"`{world.name}`. *{world.question}*", "", " ".join(world.theory.split()), "")
    if base is not None:
        yield from (f"What differs from `{base.name}`:", "")
        yield from (f"- {line}" for line in describe.in_words(base, world))
        yield from (f"- {line}" for line in describe.timeline(world))
        yield ""
    yield from ("What is expected:", "")
    yield from (f"- {describe.expected_in_words(each)}. {each.why}" for each in world.expect)
    yield ""


def happens(name: str) -> Iterator[str]:
    """Yield what was found when the expectations of a scenario were put to the test."""
    for each in patterns.recorded():
        if each["scenario"] == name:
            yield f"- {each['says']}: {patterns.found(each)}, {patterns.VERDICTS[each['verdict']]}"


def probe_table() -> Iterator[str]:
    """Yield what expectations can be about beyond the measures of a run."""
    rows = ((f"`{name}`", probe.unit, probe.meaning) for name, probe in PROBES.items())
    yield from table(("name", "unit", "meaning"), rows)


# ---------------------------------------------------------------- theories, numbers, commands, names


def theory_facts() -> Iterator[str]:
    """Yield what each theory of voice makes of each test fact, as `ism facts --rules all --json` found it."""
    cards = json.loads((ROOT / "docs" / "theories.json").read_text("utf-8"))["theories"]
    tests = [[fact for fact in card["facts"] if fact["use"] == "test"] for card in cards]
    rows = []
    for facts in zip(*tests, strict=True):
        first = facts[0]
        rows.append((first["id"], first["statement"], *(_verdict(fact["verdict"]) for fact in facts)))
    matched = (f"{card['test']['matched']} of {sum(card['test'].values())}" for card in cards)
    rows.append(("", "test facts matched", *matched))
    yield from table(("", "what is known", *(card["rules"] for card in cards)), rows)


def _verdict(verdict: str) -> str:
    return {"matched": "**matched**", "undecided": "undecided"}.get(verdict, "missed")


def scale(about: str) -> Iterator[str]:
    """Yield what runs and sweeps take, as it was measured last."""
    yield from table(*costs.rows_of(about))


def statuses() -> Iterator[str]:
    """Yield how many numbers there are of each status."""
    known = [parameter.status for parameter in registry().values()]
    yield from table(("status", "numbers"), ((status.value, str(known.count(status.value))) for status in Status))


def provenance() -> Iterator[str]:
    """Yield every number that is a claim about the world, those that nobody has measured first."""
    for status in (Status.guess, Status.calibrated, Status.measured, Status.theory):
        yield from (f"### {status.value.capitalize()}", "")
        rows = (
            (f"`{each.name}`", _default(each), each.meaning, each.source)
            for each in registry().values()
            if each.status == status
        )
        yield from table(("name", "default", "meaning", "source"), rows)
        yield ""


def _default(parameter: Parameter) -> str:
    value = parameter.default
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def commands() -> Iterator[str]:
    """Yield what can be typed, a section a command."""
    for name, command in load_commands().items():
        with click.Context(command, info_name=f"ism {name}") as context:
            usage = " ".join(context.get_usage().removeprefix("Usage: ").split())
            said = inspect.cleandoc(command.help or "").replace("\n", " ").replace("  ", "\n\n")
            yield from (f"## ism {name}", "", f"`{usage}`", "", said, "")
            rows = (each.get_help_record(context) for each in command.get_params(context))
            records = [(f"`{row[0]}`", " ".join(row[1].split()).replace("<", "&lt;")) for row in rows if row]
            yield from table(("option", "what it does"), records)
            yield ""


def api() -> Iterator[str]:
    """Yield every public name of `sim` with its signature and what it says of itself."""
    for name in sorted(sim.__all__, key=str.lower):
        found = getattr(sim, name)
        yield from (f"## sim.{name}", "", f"`sim.{name}{_signature(found)}`", "")
        yield from _describe(found)
        for inner, value in _public(found):
            yield from (f"**`.{inner}{_signature(value)}`**", "")
            yield from _describe(value)


def _public(found: Any) -> Iterator[tuple[str, Any]]:
    if not inspect.isclass(found):
        return
    for name, value in vars(found).items():
        if not name.startswith("_") and _has_own_words(value):
            yield name, value


def _signature(found: Any) -> str:
    found = getattr(found, "__func__", found)
    if not callable(found):
        return ""
    try:
        given = inspect.signature(found)
    except (TypeError, ValueError):
        return ""
    named = (each for each in given.parameters.values() if each.name not in ("self", "cls"))
    bare = [each.replace(annotation=each.empty) for each in named]
    return re.sub(r"<[^>]*>", "...", str(given.replace(parameters=bare, return_annotation=given.empty)))


def _describe(found: Any) -> Iterator[str]:
    text = inspect.cleandoc(found.__doc__ or "") if _has_own_words(found) else ""
    if text:
        yield from (re.sub(r"(?m)^( {4}.*\n?)+", lambda code: f"```text\n{code[0].rstrip()}\n```\n", text), "")


def _has_own_words(found: Any) -> bool:
    return callable(found) or isinstance(found, property | classmethod | cached_property)


# ---------------------------------------------------------------- the code itself


def modules(folder: str) -> Iterator[str]:
    """Yield the files of a folder, each with the first sentence of its docstring."""
    rows = []
    for path in sorted((ROOT / folder).glob("*.py")):
        said = " ".join((ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n\n")[0].split())
        if said:
            rows.append((f"`{path.name}`", said))
    yield from table(("file", "what it holds"), rows)


def floors() -> Iterator[str]:
    """Yield the floors of `sim`, highest first, as import-linter checks them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    rooms = next(one for one in contracts if one.get("containers") == ["sim"])
    yield "```text"
    for layer in rooms["layers"]:
        there = [name for name in re.findall(r"\w+", layer) if _is_module(name)]
        if there:
            yield ", ".join(there)
    yield "```"


def _is_module(name: str) -> bool:
    return (ROOT / "sim" / f"{name}.py").is_file() or (ROOT / "sim" / name / "__init__.py").is_file()


MAKERS: dict[str, Callable[..., Iterable[str]]] = {
    "api": api,
    "columns": columns,
    "commands": commands,
    "events": event_table,
    "expectations": expectation_table,
    "fields": fields,
    "floors": floors,
    "gallery": gallery,
    "happens": happens,
    "luck": purposes,
    "measures": measure_table,
    "modules": modules,
    "parameters": parameter_tables,
    "probes": probe_table,
    "provenance": provenance,
    "scale": scale,
    "statistics": statistics_tables,
    "statuses": statuses,
    "strategies": strategies,
    "theories": theory_table,
    "theoryfacts": theory_facts,
    "words": words,
}
"""What a page can ask for; a word after the name is handed on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Renew all pages, or say which are out of date; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description="Write the tables of the pages.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is out of date")
    only_check = parser.parse_args(arguments).check
    outdated = []
    for page in pages():
        text = page.read_text("utf-8")
        if (fresh := renewed(text)) != text:
            outdated.append(page.relative_to(ROOT).as_posix())
            if not only_check:
                files.write(page, fresh.encode())
    if outdated:
        what = "Out of date (python -m docs.generate renews them)" if only_check else "Renewed"
        sys.stdout.write(f"{what}: {', '.join(outdated)}\n")
    return 1 if only_check and outdated else 0


if __name__ == "__main__":
    sys.exit(main())
