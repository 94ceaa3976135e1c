"""`ism fit`: fit the model to a portrait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.cluster import executor_at
from experiments.extras import require
from experiments.measures.typed import Wanted, wanted_measures
from experiments.organizations import own_people, tell_of_people
from experiments.progress import announce_compiling, show_progress
from experiments.typed import load_scenario
from experiments.workers import cores
from sim.errors import InputError, shown
from sim.organization import People
from sim.scenario import parse_setting

if TYPE_CHECKING:
    from experiments.fit.fitting import Fit, Target
    from experiments.fit.given import Given
    from experiments.fit.setting import Setting

SETS = 2048
"""Sets of guesses that are tried if no number is given: a power of 2, as Sobol's sequence wants."""
FEWEST, MOST = 128, 65_536
FROM_PORTRAIT = frozenset(("days", "organization.members"))


@click.command()
@click.argument("portrait")
@click.option("--scenario", default="baseline", show_default=True, help="The scenario that is fitted.")
@options.settings
@options.organization
@click.option("--survey", metavar="FILE", help="Means of a survey: level, measure, mean, and se, n or scale.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="MEASURE=VALUE[±ERROR]",
    help="The value of a further measure in the arena, and its standard error; may be repeated.",
)
@options.measures
@click.option("--rules", metavar="NAMES", help="Theories that are held against the fit's own, with commas; or `all`.")
@click.option("--out", metavar="DIR", help="The folder of the fit; PORTRAIT-fit if not given.")
@click.option("--sets", type=click.IntRange(FEWEST, MOST), default=SETS, show_default=True, help="Runs to learn from.")
@options.workers
@options.dask
@options.yes()
@options.as_json("the fit")
def fit(
    portrait: str,
    scenario: str,
    settings: Sequence[str],
    org: str | None,
    ties: str | None,
    repair: bool,
    survey: str | None,
    targets: Sequence[str],
    measures: Sequence[str],
    rules: str | None,
    out: str | None,
    sets: int,
    workers: int | None,
    dask: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Find out which guesses of the model go with a real arena, and write scenarios that fit it equally well.

    PORTRAIT is a folder that `ism import` wrote. What you know of the arena is typed with --set, and stays as it is;
    the calibrated guesses are fitted. The same command goes on where it was stopped. Whatever the ensemble foresees of
    a change, `ism compare --ensemble DIR` tells.
    """
    require("fit", "ism fit")
    folder = _folder(portrait, out)
    from experiments.fit.fitting import rival_sets
    from experiments.fit.given import given_targets

    people = _people(portrait, own_people(org, ties, repair))
    offered = _offered(measures, targets)
    target = _target(portrait, survey, people, given_targets(targets, offered))
    setting = _setting(scenario, settings, target, people, offered)
    rivals = _rivals(setting, rules, settings)
    tell_of_people(setting.scenario)
    count = -(-sets // 16) * 16
    cost = cost_of(setting.scenario).times(count + len(rivals) * rival_sets(count), workers or cores())
    if dask is None:
        begin(f"trying {count:,} sets of guesses", cost, yes, folder)
    announce_compiling()
    found = _fitted(setting, target, count, folder, workers, dask, rivals)
    _write(found, folder, as_json)


def _folder(portrait: str, out: str | None) -> Path:
    """Return where the fit goes, after looking whether anything of the user is there."""
    from experiments.fit import folder as folders

    place = Path(portrait).resolve()
    folder = place.with_name(f"{place.name}-fit") if out is None else Path(out)
    folders.check(folder)
    return folder


def _people(portrait: str, named: People | None) -> People | None:
    """Return the people of the portrait, unless the options name their file."""
    from sim.organization import read_people

    path = Path(portrait) / "organization.csv"
    return named or (read_people(path) if path.is_file() else None)


def _offered(measures: Sequence[str], targets: Sequence[str]) -> Wanted:
    """Return the measures of the user's own; InputError where one is offered, and no value of it is known."""
    offered = wanted_measures(measures)
    known = {text.rpartition("=")[0].strip().partition("@")[0] for text in targets}
    for name in offered.all:
        if name not in known:
            rule = f"say what {shown(name)} is in the arena: --target {shown(name)}=VALUE, or VALUE±ERROR"
            raise InputError(rule, key="--measures")
    return offered


def _target(portrait: str, survey: str | None, people: People | None, given: Sequence[Given]) -> Target:
    from experiments.fit.fitting import target_of
    from experiments.fit.surveys import read_survey
    from experiments.portrait.folder import read

    levels = people.organization.depth if people else 4
    return target_of(read(Path(portrait)), read_survey(Path(survey), levels) if survey else (), given)


def _setting(scenario: str, settings: Sequence[str], target: Target, people: People | None, offered: Wanted) -> Setting:
    from experiments.fit.fitting import setting_of
    from experiments.fit.given import wanted_of

    for name in FROM_PORTRAIT.intersection(_fixed(settings)):
        raise InputError(f"{name} is that of the portrait, and cannot be set", key="--set")
    wanted = wanted_of(target.given, offered)
    setting = setting_of(load_scenario(scenario, settings), target, people, _fixed(settings), wanted)
    for name in wanted.names:
        wanted.catalogue.check(name, setting.scenario)
    return setting


def _fixed(settings: Sequence[str]) -> list[str]:
    """Return the names of what is known, and is not fitted."""
    return [name for name, _ in map(parse_setting, settings)]


def _rivals(setting: Setting, rules: str | None, settings: Sequence[str]) -> dict[str, Setting]:
    """Return the settings of the theories that are held against the fit's own."""
    from experiments.fit.theories import rival_names, rivals_of

    if rules is None:
        return {}
    names = rival_names(rules, setting.scenario.parameters.rules.voice)
    return rivals_of(setting, names, _fixed(settings))


def _fitted(
    setting: Setting,
    target: Target,
    sets: int,
    folder: Path,
    workers: int | None,
    dask: str | None,
    rivals: Mapping[str, Setting],
) -> Fit:
    from experiments.fit import fitting
    from experiments.fit.points import FOLDER

    try:
        with executor_at(dask) as executor, show_progress("run", logged=True) as progress:
            return fitting.fit(setting, target, sets, folder / FOLDER, workers, progress, executor, rivals)
    except KeyboardInterrupt:
        click.echo(
            f"Stopped; what is finished is kept, and the same command goes on from there: {shown(folder)}", err=True
        )
        click.get_current_context().exit(1)
        raise


def _write(found: Fit, folder: Path, as_json: bool) -> None:
    """Write the fit, and print it: for people, or as one JSON object."""
    from experiments.fit import folder as folders
    from experiments.fit.page import page

    folders.write(found, folder, page(found), {})
    if as_json:
        import json

        click.echo(json.dumps(folders.as_plain(found)))
        return
    from experiments.fit.telling import tell

    for line in tell(found, folder):
        click.echo(shown(line, 400))
