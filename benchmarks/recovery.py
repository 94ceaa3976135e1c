"""How well `ism fit` finds out what made an arena: `python -m benchmarks.recovery FOLDER`.

Arenas are made by the model itself with guesses drawn from the prior, exported as Viva Engage, imported again, and
fitted, all with one design of runs. Whether it says where it does not fit is `benchmarks.misfit`.
The folder keeps the design and each arena, so that the command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import stats

from experiments.exports.calendar import day_of
from experiments.exports.viva import files_of
from experiments.fit.inference import Inference
from experiments.fit.points import tried_points
from experiments.fit.prior import prior_of
from experiments.fit.setting import Setting, lived
from experiments.portrait.arena import messages_of, of_run
from experiments.portrait.measuring import measure
from experiments.portrait.pseudonyms import Key
from experiments.portrait.reading import read
from experiments.portrait.sketching import Asked, sketch
from sim import files
from sim.engine import make_organization
from sim.organization import as_csv, read_people
from sim.record import Run
from sim.scenario import load

DAYS: Final = 60
ARENA_SEED: Final = 5_000_000
BINS: Final = 10
INTERVAL: Final = (0.05, 0.95)


def main() -> None:
    """Make arenas, fit them, and print what came out."""
    asked = options(__doc__).parse_args()
    setting = setting_of(asked.folder, asked.members)
    tried = tried_points(setting, asked.sets, asked.folder / "points", asked.workers)
    columns = tuple(range(len(setting.names)))
    inference = Inference(tried, columns, np.zeros(len(columns)))
    own = list(_arenas(setting, asked.folder / "arenas.json", asked.arenas))
    print("\n".join(recovery(inference, own)))


def options(about: str | None) -> argparse.ArgumentParser:
    """Return what a command takes that makes arenas and holds them against runs."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--sets", type=int, default=2048)
    parser.add_argument("--arenas", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1)
    return parser


def setting_of(folder: Path, members: int) -> Setting:
    """Return the world that all arenas are of: the default in an organisation that a file describes."""
    world = load("baseline").first_days(DAYS)
    made_up = make_organization(world.with_({"organization.members": members}), 1)
    files.new_folder(folder)
    files.write(folder / "org.csv", as_csv(made_up))
    return Setting(world.with_people(read_people(folder / "org.csv")), prior_of())


def _arenas(setting: Setting, path: Path, count: int) -> Iterator[tuple[Any, Any]]:
    """Yield the place in the unit cube that made each arena, and what its portrait shows."""
    kept: list[list[float | None]] = json.loads(path.read_bytes()) if path.is_file() else []
    luck = np.random.default_rng(20)
    for number, place in enumerate(luck.random((count, len(setting.prior.free)))):
        if number >= len(kept):
            run = Run(lived(setting, setting.prior.values(place), ARENA_SEED + number))
            kept.append([value if np.isfinite(value) else None for value in portrayed(run).values()])
            if number % 20 == 19 or number == count - 1:
                files.write(path, json.dumps(kept).encode())
        yield place, np.array([np.nan if value is None else value for value in kept[number]])


def portrayed(run: Run) -> dict[str, float]:
    """Return the statistics of a run's portrait: exported as Viva Engage would, and imported again.

    Where nobody has written anything there is nothing to export, and the run is measured itself.
    """
    if messages_of(run).is_empty():
        return {name: each.value for name, each in measure(of_run(run)).items()}
    with tempfile.TemporaryDirectory() as place:
        for name, content in files_of(run).items():
            files.write(Path(place) / name, content)
        org = Path(place) / "organization.csv"
        asked = Asked(Key(b"recovery"), day_of(0), day_of(run.days - 1))
        arena = sketch(read(Path(place), "viva", "UTC"), asked, read_people(org).organization, org).arena
    return {name: each.value for name, each in measure(arena).items()}


def recovery(inference: Inference, arenas: list[tuple[Any, Any]]) -> Iterator[str]:
    """Yield, as a table, how often the intervals hold what made the arenas, and whether ranks are even."""
    found = [inference.posterior(shown) for _, shown in arenas]
    ranks = np.array([each.below(place) for each, (place, _) in zip(found, arenas, strict=True)])
    covered = ((ranks >= INTERVAL[0]) & (ranks <= INTERVAL[1])).mean(axis=0)
    yield "| guess | informed | 90% intervals hold it | ranks even, p | contraction |"
    yield "| --- | --- | --- | --- | --- |"
    contraction = np.mean([each.contraction for each in found], axis=0)
    for n in np.argsort(-inference.foreseen):
        p = stats.chisquare(np.histogram(ranks[:, n], BINS, (0.0, 1.0))[0]).pvalue
        informed = f"{inference.foreseen[n]:.2f}" if inference.informed[n] else "no"
        name = inference.tried.setting.prior.names[n]
        yield f"| `{name}` | {informed} | {covered[n]:.1%} | {p:.2g} | {contraction[n]:.2f} |"
    yield f"\n{len(arenas)} arenas, {len(inference.tried.places):,} sets. All guesses: {covered.mean():.1%}; "
    yield f"those that are informed: {covered[inference.informed].mean():.1%}.\n"


if __name__ == "__main__":
    main()
