"""`ism analyse`: say what a sweep found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from experiments import options
from experiments.extras import require
from experiments.measures.effects import effects_of, seeds_in_words
from experiments.measures.typed import split_names
from sim.errors import shown

if TYPE_CHECKING:
    from experiments.analysis.analysis import Analysis


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--measures", metavar="A,B", help="The measures to ask about, the most important one first.")
@options.effects
@options.power
@click.option("--notebook", is_flag=True, help="Write a Jupyter notebook of it, too.")
@click.option("--figures", is_flag=True, help="Write all figures as SVG and PNG, too; needs Chrome or Chromium.")
def analyse(
    folder: str, measures: str | None, effects: tuple[str, ...], power: float, notebook: bool, figures: bool
) -> None:
    """Say what the runs of a sweep found: a page, tables and a methods paragraph, in DIR/analysis.

    DIR is the folder of a sweep, finished or not.
    """
    require("pages", "ism analyse")
    if figures:
        require("images", "ism analyse --figures")
    if notebook:
        require("notebook", "ism analyse --notebook")
    from experiments.analysis import words
    from experiments.analysis.analysis import analyse as analysed
    from experiments.analysis.page import write

    found = analysed(folder, split_names(measures or ""))
    sizes = effects_of(effects, found.results.study.catalogue)
    further = _further(found, sizes, power, notebook)
    place = write(found, further)
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
        write(found, further | images)
        click.echo(f"{len(images) // len(KINDS)} figures, each as SVG and PNG: {shown(place / 'figures')}")
    for line in _powers(found, sizes, power):
        click.echo(line)
    click.echo(f"The page: {shown(place / 'report.html')}")
    if notebook:
        click.echo(f"The notebook: {shown(place / 'notebook.ipynb')}")


def _further(found: Analysis, sizes: Mapping[str, float], power: float, notebook: bool) -> dict[str, bytes]:
    """Return the files that were asked for beyond those of every analysis."""
    contents = {}
    if sizes:
        import polars as pl

        from experiments.analysis.power import powers
        from experiments.analysis.tables import as_csv

        contents["power.csv"] = as_csv(pl.DataFrame(powers(found, sizes, power), infer_schema_length=None))
    if notebook:
        from experiments.analysis import notebook as notebooks

        contents[notebooks.NAME] = notebooks.notebook(found)
    return contents


def _powers(found: Analysis, sizes: Mapping[str, float], power: float) -> Iterator[str]:
    """Say how many seeds show an effect of a size, in the comparison that needs most."""
    from experiments.analysis.power import powers

    for measure, size in sizes.items():
        mine = [one for one in powers(found, {measure: size}, power) if one.seeds == one.seeds]
        if not mine:
            yield f"How many seeds would show {size:g} in {measure} is not known: in no comparison do seeds differ."
            continue
        worst = max(mine, key=lambda one: one.seeds)
        yield (
            f"To see {size:g} in {measure} with a chance of {power:.0%}, {seeds_in_words(worst.seeds)} are needed (for "
            f"{worst.factor}, {worst.start} to {worst.end}), and up to {seeds_in_words(worst.seeds_at_most)}, since "
            f"the seeds that there are tell that only roughly: power.csv has all comparisons."
        )
