"""The methods paragraph of a paper, made of the study and of what was really computed; and whom to cite for it."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections.abc import Iterator
from typing import Final

from experiments.analysis.analysis import Analysis
from experiments.analysis.intervals import FEWEST, RESAMPLES
from experiments.analysis.results import Axis, Results
from experiments.analysis.sensitivity import RESAMPLES as INDEX_RESAMPLES
from experiments.analysis.shares import SHARE_RESAMPLES
from experiments.analysis.words import progress
from experiments.sweeps.designs import MORRIS_LEVELS
from experiments.sweeps.store import About, read_about
from sim.citing import works
from sim.errors import shown
from sim.wording import listed, sentence

SOFTWARE: Final = ("numpy", "scipy", "SALib", "numba", "polars", "plotly")
TITLE: Final = "Internal social media: a simulation of voice and silence in organisations"


def about(analysis: Analysis) -> About | None:
    """Return what the sweep folder says of itself; None where there is no folder, as in memory."""
    folder = analysis.results.sweep.folder
    return read_about(folder) if folder.is_dir() and any(folder.glob("sweep.json")) else None


def versions() -> str:
    """Return the versions of what computed the analysis."""
    listing = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in SOFTWARE)
    return f"Python {platform.python_version()}, {listing}"


def methods(analysis: Analysis) -> str:
    """Return the methods paragraph, with citation keys of `references.bib` in brackets."""
    return "\n\n".join(
        " ".join(part) for part in (_model(analysis), _design(analysis.results), list(_statistics(analysis)), _checks())
    )


def _model(analysis: Analysis) -> list[str]:
    study, made = analysis.results.study, about(analysis)
    version, rules = (made.version, f" (rules digest {made.rules})") if made else ("unknown", "")
    people = study.scenario.parameters
    return [
        f"We used the agent-based model of internal social media, version {shown(version, 40)}{rules}, which is "
        "described by the ODD "
        "protocol [grimm2020] in docs/ODD.md of its distribution.",
        f"The scenario was '{shown(study.scenario.name, 80)}' (digest {study.scenario.digest}), with "
        f"{people.organization.members:,} members over {people.days} workdays unless a factor says otherwise.",
    ]


def _design(results: Results) -> list[str]:
    asked = results.study.table
    kinds = {
        "factorial": "a full factorial design",
        "one_at_a_time": "a design of one factor at a time around the scenario",
        "points": "a list of points",
        "latin_hypercube": f"a Latin hypercube [mckay1979] of {asked.samples} points",
        "sobol": f"a scrambled Sobol sequence of {asked.samples} points",
        "morris": f"{asked.samples} Morris trajectories on {MORRIS_LEVELS} levels [morris1991]",
        "saltelli": f"Saltelli's radial design of {asked.samples} base points [saltelli2010]",
    }
    seed = "" if results.listed else f", drawn with seed {asked.design_seed}"
    spread = [f"{axis.factor.name} ({_levels(results, axis)})" for axis in results.axes]
    shown_factors = (
        listed(spread) if len(spread) <= 12 else f"{listed(spread[:12])}, and {len(spread) - 12} more (see study.toml)"
    )
    seeds = results.seeds
    how = (
        f"seeds {seeds[0]} to {seeds[-1]}" if seeds == tuple(range(seeds[0], seeds[-1] + 1)) else f"{len(seeds)} seeds"
    )
    lines = [
        f"{sentence(kinds[asked.design])}{seed} varied {shown_factors}: {len(results.cells):,} cells.",
        f"Each cell was run on {how} ({len(seeds)} replications), the same in all cells (common random numbers: "
        "draws are keyed by what they are for, so that cells differ only where a factor reaches).",
        f"Runs: {results.asked:,}. {progress(results)}",
    ]
    if asked.precision:
        widths = listed([f"{name} within {width:g}" for name, width in asked.precision.half_width.items()])
        lines.append(
            f"Seeds were added in blocks of {asked.precision.block} until 95% intervals were as narrow as asked: "
            f"{widths}."
        )
    return lines


def _levels(results: Results, axis: Axis) -> str:
    if results.listed:
        return ", ".join(axis.texts)
    return f"{axis.texts[0]} to {axis.texts[1]}{', on a logarithmic scale' if axis.factor.log else ''}"


def _statistics(analysis: Analysis) -> Iterator[str]:
    yield (
        f"Intervals are at 95%: bias-corrected and accelerated bootstrap over seeds, {RESAMPLES} resamples [efron1987, "
        f"virtanen2020], and Student's where there are fewer than {FEWEST} values."
    )
    if analysis.effects:
        yield (f"{_effects(analysis.results)}; all effects together were tested with Holm's procedure [holm1979].")
    if analysis.influences:
        yield (
            "The variance between cells was divided into first-order and total shares [sobol2001], corrected for "
            "the noise "
            f"of cell means; their intervals are percentiles of {SHARE_RESAMPLES} resamples of the seeds."
        )
    yield from _sensitivity({index.kind for index in analysis.sensitivity.indices})
    if analysis.tipping:
        yield (
            "A tipping point is a step between neighbouring levels that clearly takes more than twice its even "
            "share of the change, with Bonferroni's correction for the number of steps."
        )
    if analysis.loops:
        yield (
            "Hysteresis is the gap between the way back and the way there at equal values of the lever, seed by "
            "seed, in the second half of each stretch."
        )


def _effects(results: Results) -> str:
    if results.factorial:
        return "Effects and interactions are differences between runs of one seed, averaged over all other factors"
    return "Effects are differences from the first cell between runs of one seed"


def _sensitivity(kinds: set[str]) -> Iterator[str]:
    if "ST" in kinds:
        yield (
            f"Sobol indices [sobol2001, saltelli2010] of the cells' means over seeds, with {INDEX_RESAMPLES} "
            "resamples, are SALib's [herman2017, iwanaga2022]."
        )
    if "mu_star" in kinds:
        yield (
            "Elementary effects [morris1991, campolongo2007] of the cells' means over seeds, over each factor's "
            f"whole range, with {INDEX_RESAMPLES} resamples, are SALib's [herman2017, iwanaga2022]."
        )
    if "rank_correlation" in kinds:
        yield (
            "Sensitivity is measured by Spearman's rank correlations, with Fisher's intervals, and by standardised "
            "regression coefficients."
        )


def _checks() -> list[str]:
    return [
        f"Computed with {versions()}.",
        "For the checklist of STRESS-ABS [monks2019]: study.toml holds the experiments, sweep.json the scenario "
        "with all "
        "parameter values, analysis/*.csv all estimates, and docs/ODD.md the model's logic, data and initialisation.",
    ]


def references(text: str) -> str:
    """Return a BibTeX file of those works that a text cites by their keys in brackets."""
    return "\n\n".join(work.bibtex() for key, work in works().items() if re.search(rf"\b{key}\b", text)) + "\n"


def citation() -> str:
    """Return a CITATION.cff of this software, in the version that is installed."""
    from sim.origin import version

    return (
        "cff-version: 1.2.0\n"
        'message: "If you use results of this software, please cite it, and the works in references.bib."\n'
        "type: software\n"
        f'title: "{TITLE}"\n'
        "authors:\n"
        '  - name: "The internal-social-media authors"\n'
        f'version: "{version()}"\n'
        "license: MIT\n"
    )
