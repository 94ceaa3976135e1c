"""Options and arguments that several commands share, each declared once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from sim.errors import shown
from sim.limits import SEEDS, WORKERS

_Body = TypeVar("_Body", bound=Callable[..., Any])
Decorator = Callable[[_Body], _Body]


def share_of(_context: click.Context, _option: click.Parameter, typed: str) -> float:
    """Return a share that was typed as 80% or 0.8."""
    text = typed.strip()
    try:
        share = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        share = math.nan
    if not 0.0 < share < 1.0:
        raise click.BadParameter(f"{shown(typed, 40)} is not a share between 0 and 1, such as 80% or 0.8")
    return share


scenario: Final = click.argument("scenario", default="baseline")
run_folder: Final = click.argument("run")

days: Final = click.option("--days", type=int, metavar="D", help="Length of the run, in workdays.")
members: Final = click.option("--members", type=int, metavar="N", help="People in the organisation.")
settings: Final = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated."
)
workers: Final = click.option(
    "--workers", type=click.IntRange(1, WORKERS), metavar="N", help="Processes; as many as there are cores."
)
dask: Final = click.option("--dask", metavar="ADDRESS", help="Let the workers of a Dask scheduler do the work.")
replace: Final = click.option(
    "--replace", is_flag=True, help="Let DIR replace another run; files of yours in it always stay."
)
everything: Final = click.option(
    "--all", "everything", is_flag=True, help="List all measures, also those that do not differ."
)

measures: Final = click.option(
    "--measures",
    multiple=True,
    metavar="FILE.py|A,B",
    help="Measures of your own, functions in a Python file, which is run; or names, such as p_speak@role:coworker.",
)

effects: Final = click.option(
    "--effect",
    "effects",
    multiple=True,
    metavar="MEASURE=SIZE",
    help="Say how many seeds would show a difference of this size; may be repeated.",
)
power: Final = click.option(
    "--power", callback=share_of, default="80%", metavar="P", show_default=True, help="With --effect: how surely."
)

_org: Final = click.option("--org", metavar="FILE", help="An organisation, as a CSV file, in place of a made-up one.")
_ties: Final = click.option("--ties", metavar="FILE", help="Who talks with whom, as a CSV file; needs --org.")
repair: Final = click.option("--repair", is_flag=True, help="Fix what is wrong in the organisation file, and list it.")


def organization(body: _Body) -> _Body:
    """Add --org, --ties and --repair."""
    return _org(_ties(repair(body)))


def seeds(least: int, default: int | None, help: str) -> Callable[[_Body], _Body]:  # noqa: A002  as in click
    """Return the option --seeds: how many."""
    wanted = click.IntRange(least, SEEDS)
    return click.option(
        "--seeds", type=wanted, default=default, show_default=default is not None, metavar="N", help=help
    )


def as_json(what: str = "all of it") -> Callable[[_Body], _Body]:
    """Return the option --json, which prints `what`."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as one JSON object, and nothing else.")


def yes(before: str = "what takes long or much memory") -> Callable[[_Body], _Body]:
    """Return the option --yes, by which nothing is asked before `before`."""
    return click.option("--yes", is_flag=True, help=f"Do not ask before {before}.")
