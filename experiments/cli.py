"""The command `ism`: its commands are the modules of the folder `commands`, each loaded when it is used.

Only click is imported here, so that `ism --help` answers at once. What a command is for stands in the first line of its
module, after the command itself; all else that can be typed stands there beside what it does.
"""

from __future__ import annotations

import atexit
import errno
import gc
import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

import click

COMMANDS: Final = Path(__file__).with_name("commands")


class Ism(click.Group):
    """The group of all commands; turns whatever goes wrong into one clear message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  as click calls it
        """Return the names of all commands: their modules, without the underscore of what Python keeps for itself."""
        names = (path.stem for path in COMMANDS.glob("*.py") if path.stem != "__init__")
        return sorted(name.rstrip("_") for name in names)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command: the one in its module that is called like it. None where there is none."""
        if name not in self.list_commands(ctx):
            return None
        module = _file_of(name).stem
        command: click.Command = getattr(importlib.import_module(f"experiments.commands.{module}"), module)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command that was typed; where there is none, say which was probably meant."""
        if args[0] not in (known := self.list_commands(ctx)) and not args[0].startswith("-"):
            errors = importlib.import_module("sim.errors")
            meant = errors.nearest(args[0], known)
            ctx.fail(f"No such command '{errors.shown(args[0])}'." + (f" Did you mean '{meant}'?" if meant else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command is for, without loading it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose_of(name)) for name in self.list_commands(ctx)])

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


def _file_of(name: str) -> Path:
    """Return the module of a command: import_.py of `import`, since Python keeps that word for itself."""
    plain = COMMANDS / f"{name}.py"
    return plain if plain.is_file() else COMMANDS / f"{name}_.py"


def purpose_of(name: str) -> str:
    """Return what a command is for: the first line of its module, after the command itself."""
    with _file_of(name).open(encoding="utf-8") as module:
        first = module.readline().strip().strip('"')
    purpose = first.removeprefix(f"`ism {name}`: ")
    return purpose[:1].upper() + purpose[1:]


def load_commands() -> dict[str, click.Command]:
    """Return every command by its name."""
    with click.Context(main) as context:
        found = {name: main.get_command(context, name) for name in main.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def _report(error: BaseException) -> int:
    """Say what went wrong, and leave a file about a fault of the program; return the exit code."""
    errors = importlib.import_module("sim.errors")
    if isinstance(error, errors.InputError):
        click.echo(f"ism: {error}", err=True)
        return 2
    if isinstance(error, MemoryError):
        click.echo("ism: There was not enough memory for this; nothing that was finished is lost.", err=True)
        return 1
    if _is_of_full_disk(error):
        click.echo("ism: The disk is full, so not all could be written; nothing that was finished is lost.", err=True)
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


def _is_of_full_disk(error: BaseException | None) -> bool:
    """Say whether a full disk is what went wrong, or led to it, whichever library says so."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if f"os error {errno.ENOSPC})" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@click.group(cls=Ism, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="internal-social-media", prog_name="ism")
def main() -> None:
    """Who speaks, who stays silent, and why: a simulation of internal social media in an organisation.

    Begin with `ism run`, which simulates an ordinary organisation for three months.
    """
    atexit.register(gc.freeze)  # nothing need be looked for in what goes with the process: it takes a quarter second
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows another in its place
