"""`ism new`: write a scenario file to start from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from experiments.schema import DIRECTIVE, NAME, as_text
from sim import files
from sim.errors import InputError, shown
from sim.ownership import write_sealed
from sim.parameters import registry
from sim.scenario import Scenario, allowed, from_toml, gallery

LEVERS = (
    "organization.members",
    "visibility.scope",
    "visibility.identity",
    "visibility.anonymous_posts",
    "visibility.audience_cues",
    "visibility.persistence_days",
    "visibility.ranking",
    "leadership.executives.responsiveness",
    "leadership.executives.openness",
    "leadership.executives.espoused_openness",
    "leadership.executives.sanction",
    "leadership.line_managers.responsiveness",
    "leadership.line_managers.openness",
    "leadership.line_managers.sanction",
    "communicators.orphan_answering",
    "rules.voice",
)
"""The settings that a new file shows, ready to be switched on."""


@click.command()
@click.argument("name")
@click.option("--from", "source", default="baseline", metavar="S", show_default=True, help="The scenario to extend.")
def new(name: str, source: str) -> None:
    """Write NAME.toml, a commented scenario file to start from."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise InputError(
            f"'{shown(name)}' is no name for a scenario: letters, digits, - and _ (without .toml), up to 64"
        )
    if name in gallery():
        raise InputError(f"'{name}' is a scenario of the gallery; choose another name")
    parent = from_toml(f"extends = {_quoted(source)}\n", name, Path.cwd())
    path, schema = Path(f"{name}.toml"), Path(NAME)
    text = "\n".join(_lines(name, source, parent)) + "\n"
    from_toml(text, name, Path.cwd())
    files.write(path, text.encode(), replace=False)
    _write_schema(schema)
    click.echo(f"Wrote {path}. Change it, then: ism check {path}, and: ism run {path}")


def _write_schema(schema: Path) -> None:
    """Write what editors complete names by; where somebody has changed it, say so and leave it."""
    try:
        write_sealed(schema, as_text())
    except files.TakenError:
        stays = "is yours, or was changed since it was written, and stays as it is"
        click.echo(f"{schema} {stays}; `ism schema` prints the one of this version.", err=True)


def _quoted(text: str) -> str:
    signs = (sign if sign.isprintable() and sign not in '"\\' else f"\\U{ord(sign):08x}" for sign in text)
    return f'"{"".join(signs)}"'


def _lines(name: str, source: str, parent: Scenario) -> Iterator[str]:
    yield from (
        f"{DIRECTIVE}  (editors that know TOML complete names by this line)",
        "",
        "# Lines that begin with # are comments. Take the # off a setting to switch it on, and change its value.",
        "# `ism check` says whether this file is in order, and what differs from the scenario that it extends.",
        "",
        f'title = "{name}"',
        'question = "What do you want to find out?"',
        'theory = "Why should it come out that way?"',
        f"extends = {_quoted(source)}  # all that is not said here is as it is there",
        "",
        *_setting("days", parent),
    )
    table = ""
    for lever in LEVERS:
        inner = lever.rpartition(".")[0]
        if inner != table:
            table = inner
            yield from ("", f"[{table}]")
        yield from _setting(lever, parent)
    yield from ("", *_issues(parent), "", *EVENTS, "", *EXPECT)


def _setting(name: str, parent: Scenario) -> Iterator[str]:
    parameter = registry()[name]
    value: Any = parent.parameters
    for part in name.split("."):
        value = getattr(value, part)
    text = f'"{value}"' if isinstance(value, str) else str(value).lower()
    yield f"# {parameter.meaning}: {allowed(parameter)}"
    yield f"# {name.rpartition('.')[2]} = {text}"


def _issues(parent: Scenario) -> Iterator[str]:
    yield "# ---- What there is to talk about; [set] changes one number of it by its full name. These are there:"
    for number, issue in enumerate(parent.parameters.issues):
        yield f"#   issues.{number}  {shown(issue.name)}"
    yield from (
        "# (A list of [[issues]] in this file would take the place of all of them.)",
        "",
        "[set]",
        f"# {allowed(registry()['issues.<n>.salience'])}: how often it comes to mind, relative to the others",
        '# "issues.0.salience" = 2.0',
    )


EVENTS = (
    "# ---- What happens, and when: days count from 0, and half a day is 0.5. Take the # off to use one.",
    "# [[events]]",
    "# day = 20",
    '# set = { "visibility.scope" = "team" }',
    "#",
    "# [[events]]",
    "# day = 25",
    '# announce = { by = "ceo", openness = 0.8 }',
    "#",
    "# [[events]]",
    "# day = 30",
    '# post = { by = "ceo", issue = 0, stance = 0.5, criticality = 0.1 }',
    "#",
    "# [[events]]",
    "# day = 35",
    '# respond = { by = "ceo", to = "latest_critique", how = "supportive" }',
    "#",
    "# [[events]]",
    "# day = 40",
    '# issue = { name = "A new boss", kind = "concern", criticality = 0.6, stance_mean = -0.2 }',
    "#",
    "# [[events]]",
    "# day = 45",
    "# campaign = { issue = 0, salience = 4.0, days = 5 }",
)

EXPECT = (
    "# ---- What you expect to see, written down before you look.",
    "# [[expect]]",
    '# measure = "p_speak"',
    '# direction = "lower"  # or higher',
    '# against = "baseline"',
    '# why = "..."',
)
