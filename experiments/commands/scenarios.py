"""`ism scenarios`: list the gallery."""

from __future__ import annotations

from collections.abc import Iterator

import click
from rich.console import Console
from rich.text import Text

from experiments.columns import Columns
from sim.errors import InputError, shown
from sim.scenario import gallery, load


@click.command()
def scenarios() -> None:
    """List the gallery: the scenarios that come with the project."""
    console = Console(highlight=False)
    console.print(Columns(("name", "title", "question"), _listed(), words=("title", "question")))
    console.print(Text("\nism run NAME simulates one; ism new MINE --from NAME begins your own."), soft_wrap=True)


def _listed() -> Iterator[tuple[Text, str, str]]:
    for name in gallery():
        try:
            scenario = load(name)
            title, question = scenario.title, scenario.question
        except InputError as error:
            title, question = "(cannot be used)", str(error)
        yield Text(name, style="bold"), shown(title), shown(question)
