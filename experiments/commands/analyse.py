"""`ism analyse`: what a sweep says, as a page, tables and words."""

from __future__ import annotations

import click

from sim.errors import shown


def analyse(folder: str, measures: str | None, figures: bool) -> None:
    """Analyse the sweep in a folder, write what is found beside it, and print the short answer."""
    from experiments.analysis import words
    from experiments.analysis.analysis import analyse as analysed
    from experiments.analysis.page import write

    wanted = tuple(name.strip() for name in measures.split(",") if name.strip()) if measures else ()
    told = analysed(folder, wanted)
    place = write(told)
    click.echo(shown(told.results.study.told.title))
    for remark in told.results.sweep.remarks:
        click.echo(f"Note: {remark}.", err=True)
    click.echo(words.design(told.results))
    for line in words.answer(told):
        click.echo(f"  {line}")
    if figures:
        from experiments.analysis.export import KINDS
        from experiments.analysis.export import figures as drawn

        images = drawn(told)
        write(told, images)
        click.echo(f"{len(images) // len(KINDS)} figures, each as SVG and PNG: {shown(place / 'figures')}")
    click.echo(f"The page: {shown(place / 'report.html')}")
