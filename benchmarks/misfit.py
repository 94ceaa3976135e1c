"""Whether `ism fit` says where the model does not fit: `python -m benchmarks.misfit FOLDER`.

Arenas that no design and no test has seen are made under the model's own theory, and under each rival, once with the
guesses that its own calibration accepts and once with those that the model's does. They are held against one design, as
portraits alone and with the means of a survey. Others are the model's own with something in them that is nobody's
theory. The folder keeps all runs, so that the command goes on where it was stopped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.recovery import options, setting_of
from experiments.calibration.design import Points
from experiments.fit.fitting import rival_sets
from experiments.fit.inference import Inference
from experiments.fit.misfit import UNLIKE, Misfit
from experiments.fit.points import tried_points
from experiments.fit.setting import Setting, observed
from experiments.fit.surveys import EVERYONE, MEASURES, Asked
from experiments.fit.theories import RULES, Classifier, under
from experiments.portrait.measuring import CHAPTERS, STATISTICS
from sim import files
from sim.terms import Theory

OWN: Final = "arena"
SEED: Final = 7_000_000
"""The seed of the first arena; another one than that of any arena by which the test was made."""
ERROR: Final = 0.02
"""The standard error of a mean of the survey: that of some 150 answers."""
SURE: Final = 0.8
OTHERS: Final = "the model's guesses"


class Made(NamedTuple):
    """Arenas of one kind."""

    kind: str
    theory: str
    shown: Points
    """[n, names]"""


def main() -> None:
    """Make arenas, hold them against a design, and print what came out."""
    parser = options(__doc__)
    parser.add_argument("--rivals", type=int, default=20, help="arenas of each rival theory and each kind of guesses")
    asked = parser.parse_args()
    surveyed = tuple(Asked(EVERYONE, measure) for measure in MEASURES)
    setting = replace(setting_of(asked.folder, asked.members), asked=surveyed)
    made = list(_made(setting, asked.folder, asked.arenas, asked.rivals))
    design = {name: _design(setting, name, asked) for name in Theory.__members__}
    print("\n".join(misfits(design[OWN].shown, made)))
    for title, columns in _views(setting).items():
        print("\n".join(theories(title, {name: _seen(each, columns) for name, each in design.items()}, made, columns)))


def _design(setting: Setting, theory: str, asked: Any) -> Any:
    """Return the runs under a theory that are learned from."""
    count = asked.sets if theory == OWN else rival_sets(asked.sets)
    return tried_points(under(setting, theory), count, asked.folder / "points" / theory, asked.workers)


def _views(setting: Setting) -> dict[str, list[int]]:
    """Return the columns of a portrait, of one with a survey of what is felt, and of one that asks for voice, too."""
    portrait, names = len(STATISTICS), len(setting.names)
    return {
        "portrait": list(range(portrait)),
        "and what is felt": list(range(names - 1)),
        "and willingness": list(range(names)),
    }


def _seen(tried: Any, columns: list[int]) -> Points:
    return Inference(tried, tuple(columns), _errors(columns)).shown


def _errors(columns: list[int]) -> Points:
    return np.where(np.array(columns) >= len(STATISTICS), ERROR, 0.0)


# ---------------------------------------------------------------- arenas


def _made(setting: Setting, folder: Path, own: int, rivals: int) -> Iterator[Made]:
    """Yield the arenas: the model's own, then each rival's with its own guesses and with those of the model."""
    yield Made("own", OWN, _arenas(setting, folder / f"fresh-{OWN}.json", own, 0))
    for number, name in enumerate(each for each in Theory.__members__ if each != OWN):
        kinds = {"own guesses": under(setting, name), OTHERS: _only_ruled(setting, name)}
        for turn, (kind, world) in enumerate(kinds.items()):
            first = 1_000 * (1 + 2 * number + turn)
            yield Made(kind, name, _arenas(world, folder / f"fresh-{name}-{turn}.json", rivals, first))


def _only_ruled(setting: Setting, theory: str) -> Setting:
    """Return a setting under another theory, with the model's own guesses."""
    return replace(setting, scenario=setting.scenario.with_({RULES: theory}))


def _arenas(setting: Setting, path: Path, count: int, first: int) -> Points:
    """Return what arenas show, [count, names]; those that are kept are not made again."""
    kept: list[list[float | None]] = json.loads(path.read_bytes()) if path.is_file() else []
    places = np.random.default_rng(SEED + first).random((count, len(setting.prior.free)))
    for number in range(len(kept), count):
        values = observed(setting, setting.prior.values(places[number]), SEED + first + number)
        kept.append([value if np.isfinite(value) else None for value in values.values()])
        if number % 20 == 19 or number == count - 1:
            files.write(path, json.dumps(kept).encode())
    return np.array([[np.nan if value is None else value for value in row] for row in kept[:count]])


def altered(shown: Points) -> Iterator[tuple[str, Points]]:
    """Yield portraits with something in them that is nobody's theory: a chapter of the next arena, or a factor."""
    names = list(STATISTICS)
    for title, chapter in CHAPTERS.items():
        columns = [names.index(each.name) for each in chapter.STATISTICS]
        swapped = shown.copy()
        swapped[:, columns] = np.roll(shown, 1, axis=0)[:, columns]
        yield f"“{title}” of another organisation", swapped
    for name, factor in (("reply_hours_median", 5.0), ("messages_per_member", 3.0)):
        scaled = shown.copy()
        scaled[:, names.index(name)] *= factor
        yield f"`{name}` times {factor:g}", scaled


# ---------------------------------------------------------------- what comes out


def misfits(design: Points, made: list[Made]) -> Iterator[str]:
    """Yield, as a table, how many arenas are called unlike the model by their portrait."""
    columns = slice(0, len(STATISTICS))
    misfit = Misfit(design[:, columns])
    own = made[0].shown[:, columns]
    rows = [("the model's own", own), *altered(own)]
    rows += [(f"`{each.theory}`, {each.kind}", each.shown[:, columns]) for each in made[1:]]
    yield "| arenas | made | called unlike |"
    yield "| --- | --- | --- |"
    for title, shown in rows:
        yield f"| {title} | {len(shown)} | {np.mean([misfit.p(one) < UNLIKE for one in shown]):.0%} |"
    yield ""


def theories(title: str, design: Mapping[str, Points], made: list[Made], columns: list[int]) -> Iterator[str]:
    """Yield, as a table, how surely each theory's arenas are known for what they are."""
    classifier = Classifier(design)
    luck = np.random.default_rng(SEED)
    yield f"With {title}: {classifier.recognised:.0%} of the design's runs are recognised.\n"
    yield "| theory | guesses | recognised | mean probability | unlike the model's theory |"
    yield "| --- | --- | --- | --- | --- |"
    sure = right = 0.0
    for each in made:
        shown = each.shown[:, columns] + luck.normal(size=(len(each.shown), len(columns))) * _errors(columns)
        found = [classifier.compared(one) for one in shown]
        named = np.array([max(one.probabilities, key=one.probabilities.__getitem__) == each.theory for one in found])
        chance = np.mean([one.probabilities[each.theory] for one in found])
        unlike = np.mean([one.p < UNLIKE for one in found])
        yield f"| `{each.theory}` | {each.kind} | {named.mean():.0%} | {chance:.2f} | {unlike:.0%} |"
        tops = np.array([max(one.probabilities.values()) for one in found])
        if each.kind != OTHERS:  # the theories as they are meant, each counted alike
            sure, right = sure + (tops >= SURE).mean(), right + (named & (tops >= SURE)).mean()
    rightly = f"{right / sure:.0%}" if sure else "none"
    yield f"\nWhere a theory has a probability of {SURE:.0%} or more, it is the right one in {rightly}.\n"


if __name__ == "__main__":
    main()
