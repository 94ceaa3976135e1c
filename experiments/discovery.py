"""Scenario discovery: in which part of the space of factors does something hold?

The boxes are those of PRIM (Friedman & Fisher 1999), as the EMA Workbench makes them (Kwakkel 2017); the tree is
scikit-learn's. A box is found in one half of the cells and tried out on the other, since what was looked for in a
sample always looks better there.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from experiments.analysis.results import Axis, axes_of, written
from experiments.expressions import Expression
from experiments.sweeps.designs import cells
from sim.errors import InputError, shown

if TYPE_CHECKING:
    import pandas as pd

    from experiments.sweeps.sweep import Sweep

FEWEST: Final = 20
"""Runs of interest, and others, from which discovery begins."""
LEAST_MASS: Final = 0.05
"""Share of the runs that a box, or a leaf of the tree, holds at least."""
SPLIT: Final = 1
"""The luck by which cells are parted into two halves."""
DEPTH: Final = 3
PRUNED: Final = 0.005
"""What a branch of the tree has to make purer, at least."""
WHOLE: Final = 1e-9


class Fit(NamedTuple):
    """How well a box tells what holds from what does not."""

    coverage: float
    """Of the runs in which it holds, the share that lie in the box."""
    density: float
    """Of the runs in the box, the share in which it holds."""
    runs: int
    """Runs in the box."""


@dataclass(frozen=True)
class Discovery:
    """Where something holds."""

    where: str
    runs: int
    holds: int
    """Runs in which it holds."""
    box: dict[str, str]
    """The factors that the box restricts, each with its bounds or levels in words."""
    chance: dict[str, float]
    """By restricted factor, how often luck alone would restrict it so (quasi-p: Bryant & Lempert 2010)."""
    found: Fit
    """In the half of the cells in which the box was found."""
    held_out: Fit
    """In the other half."""
    tree: str
    """The rules of a tree over all runs."""
    tree_accuracy: float
    """Share of runs that the tree gets right in cells that it was not made from."""


def discover(sweep: Sweep, where: Expression) -> Discovery:
    """Return in which part of its factors' space a condition holds; InputError where its runs cannot tell."""
    names, factors, cell, holds = _observed(sweep, where)
    if min(int(holds.sum()), int((~holds).sum())) < FEWEST:
        raise InputError(
            f"'{shown(where.text, 80)}' holds in {int(holds.sum())} of {len(holds)} runs: discovery needs at least "
            f"{FEWEST} in which it does, and {FEWEST} in which it does not"
        )
    half = _half_of(sweep.study.cells)[cell]
    limits, whole, chance = _box(factors[half], holds[half])
    inside = _inside(factors, limits)
    restricted = [name for name in factors.columns if _restricts(limits[name], whole[name])]
    tree, accuracy = _tree(factors, cell, holds)
    return Discovery(
        where.text,
        len(holds),
        int(holds.sum()),
        {names[name]: _in_words(limits[name]) for name in restricted},
        {names[name]: float(chance[name]) for name in restricted if name in chance},
        _fit(inside[half], holds[half]),
        _fit(inside[~half], holds[~half]),
        _renamed(tree, names),
        accuracy,
    )


def _half_of(count: int) -> Any:
    """Return which cells are of the half that is looked into, bool[cells]; by luck, since designs have an order."""
    return np.random.default_rng(SPLIT).permutation(count) % 2 == 0


def _observed(sweep: Sweep, where: Expression) -> tuple[dict[str, str], pd.DataFrame, Any, Any]:
    """Return the factors' names for people, and of each finished run its factors, its cell, and whether it holds."""
    import pandas as pd

    study = sweep.study
    for name in where.names:
        if name not in sweep.runs.columns:
            study.catalogue.find(name)
            raise InputError(f"the runs of this sweep were not asked for {shown(name)}")
        if not sweep.runs.schema[name].is_numeric():
            raise InputError(f"{shown(name)} is no number, so it cannot stand in a condition")
    made = sweep.runs.filter(sweep.runs["status"] == "done")
    axes, listed = axes_of(study), cells(study)
    columns = {f"f{n}": [listed[cell].values[n] for cell in made["cell"]] for n in range(len(axes))}
    frame = pd.DataFrame({name: _column(axis, columns[name]) for name, axis in zip(columns, axes, strict=True)})
    rows = made.select(where.names).to_dicts()
    holds = np.array(
        [where.holds({n: np.nan if v is None else float(v) for n, v in row.items()}) for row in rows], bool
    )
    return {f"f{n}": axis.name for n, axis in enumerate(axes)}, frame, made["cell"].to_numpy(), holds


def _column(axis: Axis, values: Sequence[Any]) -> Any:
    import pandas as pd

    if axis.numeric:
        return np.array(values, float)
    return pd.Categorical([written(value) for value in values])


# ---------------------------------------------------------------- the box


def _box(factors: pd.DataFrame, holds: Any) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, float]]:
    """Return the limits of the box of PRIM that tells best, those of all runs, and quasi-p of each limit."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # of parts of the workbench that are not used here
        from ema_workbench.analysis import prim

        logging.getLogger("EMA").setLevel(logging.CRITICAL)
        whole: dict[str, Any] = {str(name): _limits_of_all(factors[name]) for name in factors}
        varying = [name for name in whole if factors[name].nunique() > 1]
        x = factors[varying].reset_index(drop=True)
        algorithm = prim.Prim(x, holds.astype(int), threshold=float(holds.mean()), mass_min=LEAST_MASS)
        box = algorithm.find_box()
        if box is None:
            return whole, whole, {}
        path = box.peeling_trajectory
        score = 2.0 * path["coverage"] * path["density"] / (path["coverage"] + path["density"])
        chosen = int(np.argmax(np.nan_to_num(score.to_numpy(float))))
        table = box.box_lims[chosen]
        limits = whole | {name: _limits(table[name], factors[name]) for name in varying}
        chance = {name: max(values) for name, values in dict(box.qp[chosen]).items()}
    return limits, whole, {name: value for name, value in chance.items() if np.isfinite(value)}


def _limits_of_all(column: Any) -> Any:
    if column.dtype.name == "category":
        return frozenset(map(str, column.unique()))
    return float(column.min()), float(column.max())


def _limits(table: Any, column: Any) -> Any:
    if column.dtype.name == "category":
        return frozenset(map(str, table.iloc[0]))
    return float(table.iloc[0]), float(table.iloc[1])


def _restricts(limits: Any, whole: Any) -> bool:
    if isinstance(limits, frozenset):
        return bool(whole - limits)
    margin = WHOLE * max(1.0, abs(whole[0]), abs(whole[1]))
    return bool(limits[0] > whole[0] + margin or limits[1] < whole[1] - margin)


def _inside(factors: pd.DataFrame, limits: Mapping[str, Any]) -> Any:
    inside = np.ones(len(factors), bool)
    for name, limit in limits.items():
        column = factors[name]
        inside &= (column.isin(limit) if isinstance(limit, frozenset) else column.between(*limit)).to_numpy(bool)
    return inside


def _fit(inside: Any, holds: Any) -> Fit:
    both, runs = int((inside & holds).sum()), int(inside.sum())
    return Fit(both / max(1, int(holds.sum())), both / max(1, runs), runs)


def _in_words(limits: Any) -> str:
    if isinstance(limits, frozenset):
        return ", ".join(sorted(limits))
    return f"{written(limits[0])} to {written(limits[1])}"


# ---------------------------------------------------------------- the tree


def _tree(factors: pd.DataFrame, cell: Any, holds: Any) -> tuple[str, float]:
    """Return the rules of a tree over all runs, and how often one is right in cells that it was not made from."""
    import pandas as pd
    from sklearn.model_selection import GroupKFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier, export_text

    x = pd.get_dummies(factors, prefix_sep=" is ")
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=LEAST_MASS, ccp_alpha=PRUNED, random_state=0)
    folds = min(5, len(np.unique(cell)))
    scores = cross_val_score(tree, x, holds, groups=cell, cv=GroupKFold(folds)) if folds > 1 else np.array([np.nan])
    tree.fit(x, holds)
    rules = export_text(tree, feature_names=list(x.columns), decimals=3, show_weights=False)
    return rules.replace("class: True", "holds").replace("class: False", "does not hold"), float(scores.mean())


def _renamed(rules: str, names: Mapping[str, str]) -> str:
    """Return rules in which factors have the names that people read."""
    for name in sorted(names, key=len, reverse=True):
        rules = rules.replace(f"--- {name} ", f"--- {names[name]} ")
    return rules.rstrip()
