"""`ism import`: draw a portrait of a real arena from its export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.extras import require
from experiments.organizations import own_people
from experiments.progress import announce_compiling, show_progress, show_stage
from experiments.typed import load_scenario
from sim.errors import shown

if TYPE_CHECKING:
    from experiments.portrait.portrait import Portrait
    from experiments.portrait.sketching import Asked, Sketch
    from sim.organization import Organization
    from sim.scenario import Scenario

KINDS = ("viva", "slack", "csv")
SEEDS = 5


@click.command("import")
@click.argument("export")
@click.option("--out", metavar="DIR", required=True, help="The folder of the portrait.")
@options.organization
@click.option("--format", "kind", type=click.Choice(KINDS), help="What EXPORT is; found out if not given.")
@click.option("--from", "first", metavar="DAY", help="The first day, such as 2024-01-31; all if not given.")
@click.option("--to", "last", metavar="DAY", help="The last day.")
@click.option(
    "--zone", metavar="ZONE", default="UTC", show_default=True, help="Where people work, such as Europe/Copenhagen."
)
@click.option("--opens", type=click.FloatRange(0, 16), metavar="HOUR", default=9, help="When work begins; 9 o'clock.")
@click.option("--names", is_flag=True, help="Keep ids as they are, in place of pseudonyms.")
@click.option("--key", metavar="FILE", help="The key to the pseudonyms; drawn and written there if there is none.")
@click.option("--scenario", metavar="S", default="baseline", help="The model to stand beside; the baseline.")
@options.seeds(0, SEEDS, "Runs of it; 0 for no model.")
@options.settings
@options.yes()
@options.as_json("the portrait")
def import_(
    export: str,
    out: str,
    org: str | None,
    ties: str | None,
    repair: bool,
    kind: str | None,
    first: str | None,
    last: str | None,
    zone: str,
    opens: float,
    names: bool,
    key: str | None,
    scenario: str,
    seeds: int,
    settings: Sequence[str],
    yes: bool,
    as_json: bool,
) -> None:
    """Draw a portrait of a real arena: who writes, who answers whom and how soon, beside the model and what is known.

    EXPORT is Viva Engage's data export, Slack's export (each a folder or a zip), or one CSV file with the columns
    message, author, time, and thread or parent. What people wrote is never read, and people become pseudonyms. --org
    adds levels, departments and leaders.
    """
    require("pages", "ism import")
    if names and key:
        raise click.UsageError("--key is for pseudonyms, and --names keeps ids as they are.")
    folder = Path(out)
    _check_place(folder)
    people = _people(org, ties, repair)
    world = load_scenario(scenario, settings)
    asked = _asked(folder, names, key, first, last, opens, zone)
    portrait = _drawn(Path(export), kind, asked, people, org)
    if seeds:
        portrait = _beside(portrait, world, seeds, yes)
    _write(portrait, folder)
    _tell(portrait, folder, _key_path(folder, names, key), as_json)


def _check_place(folder: Path) -> None:
    from experiments.portrait import folder as folders

    folders.check(folder)


def _people(org: str | None, ties: str | None, repair: bool) -> Organization | None:
    found = own_people(org, ties, repair)
    for remark in found.remarks if found else ():
        click.echo(shown(remark, 1000), err=True)
    return None if found is None else found.organization


def _key_path(folder: Path, names: bool, key: str | None) -> Path | None:
    """Return where the key is: beside the folder, never in it, since that may be shared."""
    place = folder.resolve()
    return None if names else Path(key) if key else place.with_name(f"{place.name}.key")


def _asked(
    folder: Path, names: bool, key: str | None, first: str | None, last: str | None, opens: float, zone: str
) -> Asked:
    from experiments.portrait.pseudonyms import Key, drawn_or_kept
    from experiments.portrait.reading.times import check_zone, day_of
    from experiments.portrait.sketching import Asked

    path = _key_path(folder, names, key)
    begun: date | None = day_of(first, "--from") if first else None
    ended: date | None = day_of(last, "--to") if last else None
    zone = check_zone(zone)
    return Asked(Key(None) if path is None else drawn_or_kept(path), begun, ended, opens, zone)


def _drawn(export: Path, kind: str | None, asked: Asked, people: Organization | None, org: str | None) -> Portrait:
    """Return the portrait of an export, still without the model beside it."""
    from experiments.portrait.portrait import portray
    from experiments.portrait.reading import read
    from experiments.portrait.sketching import sketch

    with show_progress("part", "reading") as progress:
        found = read(export, kind, asked.zone, lambda done, total: progress(100 * done // max(total, 1), 100))
    with show_stage("measuring"):
        drawn: Sketch = sketch(found, asked, people, None if org is None else Path(org))
        return portray(drawn, found.kind, tuple(found.read), asked.zone, asked.key.hides)


def _beside(portrait: Portrait, scenario: Any, seeds: int, yes: bool) -> Portrait:
    """Return a portrait with the model beside it, after saying what that takes."""
    from experiments.portrait.beside import beside, matched

    arena = portrait.sketch.arena
    world, people = matched(scenario, arena), arena.organization
    begin(f"running the model {seeds} times", cost_of(_peopled(world, people)).times(seeds), yes)
    announce_compiling()
    with show_progress("run", "the model") as progress:
        return replace(portrait, model=beside(world, range(1, seeds + 1), people, arena.direct, progress))


def _peopled(world: Scenario, people: Organization | None) -> Scenario:
    from sim.organization import People

    return world if people is None else world.with_people(People(people, "organization.csv"))


def _write(portrait: Portrait, folder: Path) -> None:
    from experiments.portrait import folder as folders
    from experiments.portrait.page import page

    folders.write(portrait, folder, page(portrait))


def _tell(portrait: Portrait, folder: Path, key: Path | None, as_json: bool) -> None:
    """Print the portrait: for people, or as one JSON object."""
    if as_json:
        import json

        from experiments.portrait.portrait import as_plain

        click.echo(json.dumps(as_plain(portrait)))
        return
    from experiments.portrait.telling import tell

    for line in tell(portrait, folder, key):
        click.echo(line)
