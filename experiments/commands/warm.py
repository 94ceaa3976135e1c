"""`ism warm`: compile everything now, for an image or a class."""

from __future__ import annotations

import json

import click

from experiments import options
from experiments.progress import announce_compiling, show_stage
from experiments.warming import Warmed, lasting_folder
from experiments.warming import warm as warm_up
from sim.errors import shown
from sim.wording import count


@click.command()
@options.as_json("what was done")
def warm(as_json: bool) -> None:
    """Compile everything there is, so that nobody waits for it later: in an image, or before a class.

    Machine code is kept in this user's cache, or below NUMBA_CACHE_DIR where that is set, for this version of the
    program and this kind of processor. Where all of it is there already, nothing is left to do.
    """
    lasting_folder()  # refused before anything is said to begin
    announce_compiling()
    with show_stage("Compiling"):
        done = warm_up()
    if as_json:
        data = {"compiled": list(done.compiled), "seconds": round(done.seconds, 3), "folder": str(done.folder)}
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        click.echo(in_words(done))


def in_words(done: Warmed) -> str:
    """Return what was done, how long it took, and where it is kept."""
    folder = shown(done.folder, 1000)
    if not done.compiled:
        return f"Everything was compiled already. The machine code is in {folder}"
    functions = count(len(done.compiled), "function")
    return f"Compiled {functions} in {done.seconds:.0f} s. The machine code is in {folder}"
