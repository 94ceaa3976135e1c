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
        except (SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # a fault in compiled code of a library need not be an Exception
            ctx.exit(_report(error))


def _report(error: BaseException) -> int:
    """Say what went wrong, and leave a file about a fault of the program; return the exit code."""
    errors = importlib.import_module("sim.errors")
    if isinstance(error, errors.InputError):
        click.echo(f"ism: {error}", err=True)
        return 2
    if isinstance(error, MemoryError):
        click.echo("ism: There was not enough memory for this; nothing that was finished is lost.", err=True)
        return 1
    if os.environ.get("ISM_DEBUG"):
        importlib.import_module("traceback").print_exception(error)
    click.echo(
        f"ism: Something went wrong inside the simulation: {type(error).__name__}: {errors.shown(error)}", err=True
    )
    file = importlib.import_module("experiments.crash").leave(error, sys.argv[1:])
    if file is not None:
        click.echo(f"Please report it, and attach {errors.shown(file, 1000)}, which says where it happened.", err=True)
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
@click.option("--yes", is_flag=True, help="Do not ask before a run that takes long or much memory.")
@click.option("--replace", is_flag=True, help="Let DIR replace another run; files of yours in it always stay.")
@click.option("--json", "as_json", is_flag=True, help="Print all final measures as one JSON object, and nothing else.")
def run(**options: Any) -> None:
    """Simulate a scenario once, say what happened, and write a run folder.

    A folder of the same run is replaced. Where another run is, the next free name is taken, or --out refused.

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


@main.command(short_help="Print the schema of scenario files.")
def schema() -> None:
    """Print the JSON schema of scenario files, by which editors complete names and show what they mean."""
    _command("schema")


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


@main.command(short_help="Make the runs of a study.")
@click.argument("study")
@click.option("--out", metavar="DIR", help="The sweep folder; sweeps/<study> unless told otherwise.")
@click.option("--workers", type=click.IntRange(1, 10_000), metavar="N", help="Processes; as many as there are cores.")
@click.option("--dask", metavar="ADDRESS", help="Let the workers of a Dask scheduler do the work.")
@click.option("--plan", is_flag=True, help="Only say how many runs, how long and how much disk it will take.")
@click.option("--quick", is_flag=True, help="The study with fewer seeds, as its table [quick] says.")
@click.option("--shard", metavar="K/N", help="Only the K-th of N shares of the runs, for job arrays; no tables.")
@click.option("--yes", is_flag=True, help="Do not ask before a sweep that takes days or much memory.")
def sweep(**options: Any) -> None:
    """Make the runs of a study that are not there yet, and a table of all.

    STUDY is a name of the studies that come with the project, or the path of a .toml file. The same command goes on
    where it stopped.
    """
    _command("sweep", **options)


@main.command(short_help="Hold a scenario against what is known.")
@click.argument("scenario", default="baseline")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Over how many seeds.")
@click.option("--members", type=int, metavar="N", help="People in the organisation.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option("--rules", metavar="NAME", help="The theory of voice that decides; `all` tries every one.")
@click.option("--org", metavar="FILE", help="An organisation, as a CSV file, in place of a made-up one.")
@click.option("--ties", metavar="FILE", help="Who wrote to whom, and when: a column of real data; needs --org.")
@click.option("--repair", is_flag=True, help="Mend what is wrong in the organisation file, and list it.")
@click.option("--workers", type=click.IntRange(1, 10_000), metavar="N", help="Processes; as many as there are cores.")
@click.option("--yes", is_flag=True, help="Do not ask before what takes long or much memory.")
@click.option("--json", "as_json", is_flag=True, help="Print the scorecard as one JSON object, and nothing else.")
def facts(**options: Any) -> None:
    """Measure a scenario against the stylised facts of the literature: matched, missed or undecided.

    SCENARIO is a name of the gallery (see `ism scenarios`) or the path of a .toml file.
    """
    _command("facts", **options)


@main.command(short_help="Test what scenarios expect.")
@click.argument("scenario", nargs=-1)
@click.option("--seeds", type=click.IntRange(2, 10_000), default=32, show_default=True, help="At most so many seeds.")
@click.option("--members", type=int, metavar="N", help="People in the organisation, of all worlds.")
@click.option("--workers", type=click.IntRange(1, 10_000), metavar="N", help="Processes; as many as there are cores.")
@click.option("--yes", is_flag=True, help="Do not ask before what takes long or much memory.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object, and nothing else.")
def patterns(**options: Any) -> None:
    """Put what scenarios expect to the test: held, failed or undecided, with intervals.

    SCENARIO is a name of the gallery (see `ism scenarios`) or the path of a .toml file, or several; without one, the
    whole gallery is tested. Seeds are added until all is decided.
    """
    _command("patterns", **options)


@main.command(short_help="Write a page about a run.")
@click.argument("run")
@click.option("--out", metavar="FILE", help="The page; report.html in the run folder unless told otherwise.")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def report(run: str, out: str | None, show: bool) -> None:
    """Write one HTML page about a run: what happened, who spoke, what was not said, what leaders did.

    RUN is a run folder, such as `ism run` writes. The page loads nothing from anywhere, so it can be sent and kept.
    """
    _command("report", run=run, out=out, show=show)


@main.command(short_help="Say why a member spoke or stayed silent.")
@click.argument("run")
@click.option("--member", metavar="ID", help="The member's id, as in members.parquet; `ceo` is who is at the top.")
@click.option("--day", type=int, metavar="D", help="Only this day, counted from 0.")
@click.option("--issue", metavar="NAME", help="In place of --member: what members think of an issue, and what shows.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object, and nothing else.")
def explain(**options: Any) -> None:
    """Say why a member spoke or stayed silent: whom they imagined, what they weighed, what would have changed it.

    RUN is a run folder, such as `ism run` writes. With --issue NAME in place of a member, it shows the iceberg: what
    all members think of an issue, against what can be seen in the arena.
    """
    _command("explain", **options)


@main.command(short_help="Say whom to cite for a run.")
@click.argument("run")
@click.option("--bibtex", is_flag=True, help="As a BibTeX file.")
def cite(run: str, bibtex: bool) -> None:
    """Print the references of what a run used: its question, its theory, its mechanisms, its facts.

    RUN is a run folder, such as `ism run` writes.
    """
    _command("cite", run=run, bibtex=bibtex)


@main.command(short_help="Trace an issue's spiral.")
@click.argument("run")
@click.option("--issue", metavar="NAME_OR_NUMBER", help="Which issue; the one that challenges those in charge most.")
@click.option("--decompose", is_flag=True, help="What a voice does, and through which beliefs, over many seeds.")
@click.option("--seeds", type=click.IntRange(2, 10_000), metavar="N", help="With --decompose: over how many; 8.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object, and nothing else.")
def spiral(**options: Any) -> None:
    """Tell the path of an issue from the first voice to resolution, and whose silence would have ended it.

    RUN is a run folder, such as `ism run` writes.
    """
    _command("spiral", **options)


@main.command(short_help="Compare two worlds on shared luck.")
@click.argument("a", default="baseline")
@click.argument("b", required=False)
@click.option(
    "--set-b", "settings_b", multiple=True, metavar="KEY=VALUE", help="Change a setting in B; may be repeated."
)
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting in both; may be repeated."
)
@click.option("--event-a", "events_a", multiple=True, metavar="EVENT", help="Something that happens in A only.")
@click.option("--event-b", "events_b", multiple=True, metavar="EVENT", help="Something that happens in B only.")
@click.option("--from-day", type=float, metavar="D", help="The day from which --set-b holds; from the start otherwise.")
@click.option("--seeds", type=click.IntRange(1, 100_000), metavar="N", help="How many pairs; 10 unless told otherwise.")
@click.option("--seed", type=click.IntRange(0, 2**53), default=1, show_default=True, help="The first pair's luck.")
@click.option("--days", type=int, metavar="D", help="Length of all runs, in workdays.")
@click.option("--members", type=int, metavar="N", help="People in the organisation.")
@click.option("--workers", type=click.IntRange(1, 10_000), metavar="N", help="Processes; as many as pay.")
@click.option("--show", is_flag=True, help="Tell one pair as a story: where it parts, what exists in one world only.")
@click.option("--all", "everything", is_flag=True, help="List all measures, also those that do not differ.")
@click.option("--yes", is_flag=True, help="Do not ask before what takes long or much memory.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object, and nothing else.")
def compare(**options: Any) -> None:
    """Compare two worlds that share their luck: over many seeds, or with --show one pair in detail.

    A and B are scenarios: names of the gallery (see `ism scenarios`) or paths of .toml files. Without B, B is A with
    the changes of --set-b. Two run folders can be compared, too. An EVENT is typed as in a scenario file:
    'day = 12, respond = {by = "ceo", to = "latest_critique", how = "supportive"}'.
    """
    _command("compare", **options)


@main.command(short_help="Continue a run with a change.")
@click.argument("run")
@click.option("--day", type=float, required=True, metavar="D", help="The day that the change begins, counted from 0.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option("--event", "events", multiple=True, metavar="EVENT", help="Something that happens; may be repeated.")
@click.option("--out", metavar="DIR", help="The new run folder; beside the first one unless told otherwise.")
@click.option("--replace", is_flag=True, help="Let DIR replace another run; files of yours in it always stay.")
@click.option("--all", "everything", is_flag=True, help="List all measures, also those that do not differ.")
@click.option("--json", "as_json", is_flag=True, help="Print what differs as one JSON object, and nothing else.")
def fork(**options: Any) -> None:
    """Continue a run from any day with a change, and say what differs from then on.

    RUN is a run folder, such as `ism run` writes. An EVENT is typed as in a scenario file:
    'respond = {by = "ceo", to = "latest_critique", how = "none"}'; it happens on the day of --day.
    """
    _command("fork", **options)


@main.command(short_help="Say what a sweep found.")
@click.argument("folder", metavar="DIR")
@click.option("--measures", metavar="A,B", help="The measures to ask about, the most important one first.")
@click.option("--figures", is_flag=True, help="Write all figures as SVG and PNG, too; needs Chrome or Chromium.")
def analyse(**options: Any) -> None:
    """Say what the runs of a sweep found: a page, tables and a methods paragraph, in DIR/analysis.

    DIR is the folder of a sweep, finished or not.
    """
    _command("analyse", **options)


@main.command(short_help="Watch a world in a browser.")
@click.argument("scenario", default="baseline")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8765,
    show_default=True,
    help="Where it listens; the next port where this one is taken.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens: this machine alone, or others.")
@click.option(
    "--trust-everyone-who-can-connect",
    is_flag=True,
    help="Needed where other machines can connect. Whoever gets the printed address can use the dashboard as you do; it"
    " travels unencrypted, so that anyone on the way can read it and use it, too.",
)
@click.option("--sweeps", metavar="DIR", help="Open sweeps only below this folder; else the current one.")
def dashboard(**options: Any) -> None:
    """Watch voice and silence emerge, in a browser, and change the world while it runs.

    SCENARIO is a name of the gallery (see `ism scenarios`). Nothing leaves this machine.
    """
    _command("dashboard", **options)
