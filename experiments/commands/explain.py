"""`ism explain`: say why a member spoke or stayed silent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from experiments import options
from experiments.columns import Columns
from sim.errors import shown

if TYPE_CHECKING:
    from sim.explanation import Explanation


@click.command()
@options.run_folder
@click.option("--member", metavar="ID", help="The member's id, as in members.parquet; `ceo` is who is at the top.")
@click.option("--day", type=int, metavar="D", help="Only this day, counted from 0.")
@click.option("--issue", metavar="NAME", help="In place of --member: what members think of an issue, and what shows.")
@options.as_json("everything")
def explain(run: str, member: str | None, day: int | None, issue: str | None, as_json: bool) -> None:
    """Say why a member spoke or stayed silent: whom they imagined, what they weighed, what would have changed it.

    RUN is a run folder, such as `ism run` writes. With --issue NAME in place of a member, it shows the iceberg: what
    all members think of an issue, against what can be seen in the arena.
    """
    if (member is None) == (issue is None):
        raise click.UsageError("Say who with --member ID, or what about with --issue NAME.")
    import sim

    loaded = sim.Run.load(run)
    found: Any = sim.explain(loaded, member, day) if member is not None else sim.iceberg(loaded, _number_or(issue), day)
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    elif member is None:
        click.echo(found.words())
    else:
        _print(found, run)


def _number_or(issue: str | None) -> int | str | None:
    return int(issue) if issue is not None and issue.isascii() and issue.isdigit() and len(issue) < 4 else issue


def _print(found: Explanation, folder: str) -> None:
    """Print few occasions in full; of many, a list, the one that is most worth reading, and how to see another."""
    from rich.console import Console
    from rich.text import Text

    from sim.explanation.occasions import FEW

    console = Console(highlight=False)
    console.print(Text(found.heading(), style="bold"))
    many = len(found.occasions) > FEW
    if many:
        console.print(_list(found))
    for occasion in (found.most_telling(),) if many else found.occasions:
        console.print()
        for label, text in occasion.lines():
            console.print(_line(label, text))
    if many:
        command = f"ism explain {shown(folder)} --member {shown(found.member.id)} --day D"
        console.print(Text(f"\n  next: {command}"), soft_wrap=True)


def _line(label: str, text: str) -> Any:
    """Return a line whose label stands out, and whose text is indented below itself."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    if not label:
        return Text(text, style="bold")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=14)
    grid.add_column()
    grid.add_row(Text(label, style="dim"), Text(text))
    return Padding(grid, (0, 0, 0, 2))


def _list(found: Explanation) -> Columns:
    headings = ("when", "wanted to", "about", "did", "why not")
    rows = (each.in_short() for each in found.occasions)
    return Columns(headings, rows, words=headings[1:])
