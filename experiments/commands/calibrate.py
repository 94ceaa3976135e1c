"""`ism calibrate`: repeat the calibration of the default."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments import options
from experiments.asking import begin, cost_of
from experiments.progress import announce_compiling, show_progress
from experiments.workers import cores
from sim import files
from sim.errors import InputError, as_typed, nearest, shown
from sim.parameters import registry

if TYPE_CHECKING:
    from experiments.calibration.design import Plan


@click.command()
@click.option("--quick", is_flag=True, help="With few runs, to see that it works; needs --out.")
@click.option("--rules", metavar="NAME", help="Fit a rival theory of voice on the same facts, with a smaller plan.")
@click.option("--out", type=Path, metavar="FILE", help="The record; the one that comes with the project if not given.")
@click.option("--screen", is_flag=True, help="Only say which guesses matter at all, with the facts that each moves.")
@click.option("--report", is_flag=True, help="Only print the tables of a record, and renew docs/calibration.md.")
@click.option("--apply", is_flag=True, help="Only make a record's default the default of the model.")
@options.workers
@options.yes()
def calibrate(
    quick: bool,
    rules: str | None,
    out: Path | None,
    screen: bool,
    report: bool,
    apply: bool,
    workers: int | None,
    yes: bool,
) -> None:
    """Repeat the calibration of the default scenario: guesses are fitted to what is known, never to a test fact.

    What comes out is a record of all acceptable sets. The model takes it up with --apply; its page, with --report.
    An interrupted calibration goes on where it was. `ism facts --rules` scores a rival with the values fitted here.
    """
    if sum((screen, report, apply)) > 1:
        raise click.UsageError("--screen, --report and --apply exclude each other.")
    if (report or apply) and (rules is not None or quick):
        raise click.UsageError("--rules and --quick are about fitting; --report and --apply take a record, with --out.")
    if report or apply:
        _use_record(out, apply)
        return
    plan = replace(_plan(quick, rules), workers=workers)
    if screen:
        _screen(plan, yes)
    else:
        _calibrate(plan, _place(out, quick, rules), yes)


def _plan(quick: bool, rules: str | None) -> Plan:
    from experiments.calibration import QUICK, Plan, rival

    theories = registry()["rules.voice"].choices
    if rules is not None and rules not in theories:
        raise InputError(f"there is no theory {as_typed(rules)}", nearest=nearest(rules, theories))
    if quick:
        return replace(QUICK, rules=rules or QUICK.rules)
    return rival(rules) if rules else Plan()


def _use_record(out: Path | None, apply: bool) -> None:
    from experiments.calibration import RECORD, page, record

    path = out or RECORD
    if not path.is_file():
        raise InputError("there is no record of a calibration", file=shown(path))
    if apply:
        record.apply_default(path)
        return
    found = record.read_record(path)
    click.echo(page.tables(found), nl=False)
    if path == RECORD and page.PAGE.is_file():
        files.write(page.PAGE, page.renew(page.PAGE.read_text("utf-8"), found).encode())


def _place(out: Path | None, quick: bool, rules: str | None) -> Path:
    """Return where the record goes; only the project's own are ever replaced, and never by a quick one."""
    from experiments.calibration import RECORD
    from experiments.calibration.record import OWN, path_of

    if out is None and quick:
        raise click.UsageError("--quick needs --out FILE: a quick calibration is none to keep.")
    if out is None and rules == OWN:
        raise click.UsageError(f"`--rules {OWN}` needs --out FILE: the rivals' smaller plan is none for the default.")
    if out is not None and out.exists():
        raise InputError("this is there already, and is not replaced", file=shown(out))
    return out or (path_of(rules) if rules else RECORD)


def _calibrate(plan: Plan, place: Path, yes: bool) -> None:
    from experiments.calibration import FREE, calibrate
    from experiments.calibration.record import OWN, path_of
    from experiments.calibration.screening import used_by

    _begin(plan.runs, plan, yes)
    unfinished = place.with_suffix(".unfinished")
    free = FREE if plan.rules == OWN else used_by(plan.rules, FREE)
    with show_progress("set", logged=True) as progress:
        record: dict[str, Any] = calibrate(plan, progress, free, unfinished)
    content = json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n"
    files.write(place, content.encode(), replace=place == path_of(plan.rules))
    if unfinished.is_file():
        files.remove(unfinished)
    click.echo(f"{len(record['ensemble'])} acceptable sets; the record is in {shown(place)}")


def _screen(plan: Plan, yes: bool) -> None:
    from experiments.calibration.screening import SCREENED, screen

    _begin(SCREENED, plan, yes)
    with show_progress("set", logged=True) as progress:
        found: Sequence[tuple[str, float, str]] = screen(SCREENED, plan, progress)
    for name, strength, part in found:
        click.echo(f"{strength:+.2f}  {part:4}  {name}")


def _begin(runs: int, plan: Plan, yes: bool) -> None:
    from experiments.calibration.attempts import default_scenario

    cost = cost_of(default_scenario(plan.members))
    begin(f"a calibration of about {runs:,} runs", cost.times(runs, plan.workers or cores()), yes)
    announce_compiling()
