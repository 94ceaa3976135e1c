"""`ism analyse`: say what a sweep found."""

from __future__ import annotations

import click

from experiments.extras import require
from sim.errors import shown


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--measures", metavar="A,B", help="The measures to ask about, the most important one first.")
@click.option("--figures", is_flag=True, help="Write all figures as SVG and PNG, too; needs Chrome or Chromium.")
def analyse(folder: str, measures: str | None, figures: bool) -> None:
    """Say what the runs of a sweep found: a page, tables and a methods paragraph, in DIR/analysis.

    DIR is the folder of a sweep, finished or not.
    """
    require("pages", "ism analyse")
    if figures:
        require("images", "ism analyse --figures")
    from experiments.analysis import words
    from experiments.analysis.analysis import analyse as analysed
    from experiments.analysis.page import write

    wanted = tuple(name.strip() for name in measures.split(",") if name.strip()) if measures else ()
    found = analysed(folder, wanted)
    place = write(found)
    click.echo(shown(found.results.study.table.title))
    for remark in found.results.sweep.remarks:
        click.echo(f"Note: {remark}.", err=True)
    click.echo(words.design(found.results))
    for line in words.answer(found):
        click.echo(f"  {line}")
    if figures:
        from experiments.analysis.export import KINDS
        from experiments.analysis.export import figures as drawn

        images = drawn(found)
        write(found, images)
        click.echo(f"{len(images) // len(KINDS)} figures, each as SVG and PNG: {shown(place / 'figures')}")
    click.echo(f"The page: {shown(place / 'report.html')}")
