"""`ism scenarios`: list the gallery."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.errors import InputError, shown
from sim.scenario import gallery, load


@click.command()
def scenarios() -> None:
    """List the gallery: the scenarios that come with the project."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("name", "title", "question"):
        table.add_column(heading)
    for name in gallery():
        try:
            scenario = load(name)
            text = (scenario.title, scenario.question)
        except InputError as error:
            text = ("(cannot be used)", str(error))
        table.add_row(Text(name, style="bold"), *(Text(shown(text)) for text in text))
    console = Console(highlight=False)
    console.print(table)
    console.print(Text("\nism run NAME simulates one; ism new MINE --from NAME begins your own."), soft_wrap=True)
