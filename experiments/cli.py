"""The command `ism`: what can be typed. What each command does stands in `experiments.commands`.

Only click is imported here, and a command's module when it is used, so that `ism --help` answers at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click


class Ism(click.Group):
    """The group of all commands; turns whatever goes wrong into one clear message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command: 2 where the user's input is wrong, 1 for anything else that ends it."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(1)
        except Exception as error:
            ctx.exit(_report(error))


def _report(error: Exception) -> int:
    """Tell what went wrong; return the exit code."""
    errors = importlib.import_module("sim.errors")
    if isinstance(error, errors.InputError):
        click.echo(f"ism: {error}", err=True)
        return 2
    if os.environ.get("ISM_DEBUG"):
        importlib.import_module("traceback").print_exception(error)
    click.echo(
        f"ism: Something went wrong inside the simulation: {type(error).__name__}: {errors.shown(error)}\n"
        "Please report it, with the command that you typed. With ISM_DEBUG=1 set before it, it tells more.",
        err=True,
    )
    return 1


def _command(name: str, /, **options: Any) -> None:
    """Run the body of a command: the function `name` of the module `experiments.commands.<name>`."""
    getattr(importlib.import_module(f"experiments.commands.{name}"), name)(**options)


@click.group(cls=Ism, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="internal-social-media", prog_name="ism")
def main() -> None:
    """Who speaks, who stays silent, and why: a simulation of internal social media in an organisation.

    Begin with `ism run`, which simulates an ordinary organisation for three months.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows another in its place


@main.command(short_help="Simulate a scenario once.")
@click.argument("scenario", default="baseline")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Which luck to have.")
@click.option("--days", type=int, metavar="D", help="Length of the run, in workdays.")
@click.option("--members", type=int, metavar="N", help="People in the organisation.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option("--org", metavar="FILE", help="An organisation, as a CSV file, in place of a made-up one.")
@click.option("--ties", metavar="FILE", help="Who talks with whom, as a CSV file; needs --org.")
@click.option("--repair", is_flag=True, help="Mend what is wrong in the organisation file, and list it.")
@click.option("--out", metavar="DIR", help="The run folder; runs/<scenario>-<seed> unless told otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print all final measures as one JSON object, and nothing else.")
def run(**options: Any) -> None:
    """Simulate a scenario once, say what happened, and write a run folder.

    SCENARIO is a name of the gallery (see `ism scenarios`) or the path of a .toml file.
    """
    _command("run", **options)


@main.command(short_help="Check a scenario file.")
@click.argument("file")
def check(file: str) -> None:
    """Check a scenario file, and say what differs from the one that it extends."""
    _command("check", file=file)


@main.command(short_help="Write a scenario file to start from.")
@click.argument("name")
@click.option("--from", "source", default="baseline", metavar="S", show_default=True, help="The scenario to extend.")
def new(name: str, source: str) -> None:
    """Write NAME.toml, a commented scenario file to start from."""
    _command("new", name=name, source=source)


@main.command(short_help="List the gallery.")
def scenarios() -> None:
    """List the gallery: the scenarios that come with the project."""
    _command("scenarios")


@main.command(short_help="Check an organisation file.")
@click.argument("file")
@click.option("--ties", metavar="FILE", help="Who talks with whom, as a CSV file.")
@click.option("--repair", is_flag=True, help="Mend what is wrong, and list it.")
def org(file: str, ties: str | None, repair: bool) -> None:
    """Check an organisation file: who reports to whom, and what was mended or refused."""
    _command("org", file=file, ties=ties, repair=repair)


@main.command(short_help="List all settings and measures.")
def names() -> None:
    """List every setting and every measure by its name."""
    _command("names")
