"""The methods paragraph of a paper, made of the study and of what was really computed; and whom to cite for it."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator
from typing import Final

from experiments.analysis.analysis import Analysis
from experiments.analysis.intervals import FEWEST, RESAMPLES
from experiments.analysis.results import Axis, Results
from experiments.analysis.sensitivity import RESAMPLES as INDEX_RESAMPLES
from experiments.analysis.shares import SHARE_RESAMPLES
from experiments.analysis.words import listed, progress
from experiments.sweeps.designs import MORRIS_LEVELS
from experiments.sweeps.store import About, read_about
from sim.errors import shown

SOFTWARE: Final = ("numpy", "scipy", "SALib", "numba", "polars", "plotly")
TITLE: Final = "Internal social media: a simulation of voice and silence in organisations"

# Checked against the publishers' pages and the documentation of SALib and SciPy.
REFERENCES: Final[dict[str, str]] = {
    "grimm2020": """@article{grimm2020,
  author = {Grimm, Volker and Railsback, Steven F. and Vincenot, Christian E. and Berger, Uta and Gallagher, Cara and DeAngelis, Donald L. and Edmonds, Bruce and Ge, Jiaqi and Giske, Jarl and Groeneveld, J{\\"u}rgen and Johnston, Alice S. A. and Milles, Alexander and Nabe-Nielsen, Jacob and Polhill, J. Gareth and Radchuk, Viktoriia and Rohw{\\"a}der, Marie-Sophie and Stillman, Richard A. and Thiele, Jan C. and Ayll{\\'o}n, Daniel},
  title = {The {ODD} Protocol for Describing Agent-Based and Other Simulation Models: A Second Update to Improve Clarity, Replication, and Structural Realism},
  journal = {Journal of Artificial Societies and Social Simulation}, year = {2020}, volume = {23}, number = {2}, pages = {7},
  doi = {10.18564/jasss.4259}
}""",
    "monks2019": """@article{monks2019,
  author = {Monks, Thomas and Currie, Christine S. M. and Onggo, Bhakti Stephan and Robinson, Stewart and Kunc, Martin and Taylor, Simon J. E.},
  title = {Strengthening the reporting of empirical simulation studies: Introducing the {STRESS} guidelines},
  journal = {Journal of Simulation}, year = {2019}, volume = {13}, number = {1}, pages = {55--67},
  doi = {10.1080/17477778.2018.1442155}
}""",
    "efron1987": """@article{efron1987,
  author = {Efron, Bradley},
  title = {Better Bootstrap Confidence Intervals},
  journal = {Journal of the American Statistical Association}, year = {1987}, volume = {82}, number = {397}, pages = {171--185},
  doi = {10.1080/01621459.1987.10478410}
}""",
    "virtanen2020": """@article{virtanen2020,
  author = {Virtanen, Pauli and Gommers, Ralf and Oliphant, Travis E. and others},
  title = {{SciPy} 1.0: fundamental algorithms for scientific computing in {Python}},
  journal = {Nature Methods}, year = {2020}, volume = {17}, pages = {261--272},
  doi = {10.1038/s41592-019-0686-2}
}""",
    "holm1979": """@article{holm1979,
  author = {Holm, Sture},
  title = {A Simple Sequentially Rejective Multiple Test Procedure},
  journal = {Scandinavian Journal of Statistics}, year = {1979}, volume = {6}, number = {2}, pages = {65--70}
}""",
    "sobol2001": """@article{sobol2001,
  author = {Sobol', I. M.},
  title = {Global sensitivity indices for nonlinear mathematical models and their {Monte Carlo} estimates},
  journal = {Mathematics and Computers in Simulation}, year = {2001}, volume = {55}, number = {1--3}, pages = {271--280},
  doi = {10.1016/S0378-4754(00)00270-6}
}""",
    "saltelli2010": """@article{saltelli2010,
  author = {Saltelli, Andrea and Annoni, Paola and Azzini, Ivano and Campolongo, Francesca and Ratto, Marco and Tarantola, Stefano},
  title = {Variance based sensitivity analysis of model output. Design and estimator for the total sensitivity index},
  journal = {Computer Physics Communications}, year = {2010}, volume = {181}, number = {2}, pages = {259--270},
  doi = {10.1016/j.cpc.2009.09.018}
}""",
    "morris1991": """@article{morris1991,
  author = {Morris, Max D.},
  title = {Factorial Sampling Plans for Preliminary Computational Experiments},
  journal = {Technometrics}, year = {1991}, volume = {33}, number = {2}, pages = {161--174},
  doi = {10.1080/00401706.1991.10484804}
}""",
    "campolongo2007": """@article{campolongo2007,
  author = {Campolongo, Francesca and Cariboni, Jessica and Saltelli, Andrea},
  title = {An effective screening design for sensitivity analysis of large models},
  journal = {Environmental Modelling \\& Software}, year = {2007}, volume = {22}, number = {10}, pages = {1509--1518},
  doi = {10.1016/j.envsoft.2006.10.004}
}""",
    "herman2017": """@article{herman2017,
  author = {Herman, Jon and Usher, Will},
  title = {{SALib}: An open-source {Python} library for Sensitivity Analysis},
  journal = {The Journal of Open Source Software}, year = {2017}, volume = {2}, number = {9}, pages = {97},
  doi = {10.21105/joss.00097}
}""",
    "iwanaga2022": """@article{iwanaga2022,
  author = {Iwanaga, Takuya and Usher, William and Herman, Jonathan},
  title = {Toward {SALib} 2.0: Advancing the accessibility and interpretability of global sensitivity analyses},
  journal = {Socio-Environmental Systems Modelling}, year = {2022}, volume = {4}, pages = {18155},
  doi = {10.18174/sesmo.18155}
}""",
    "mckay1979": """@article{mckay1979,
  author = {McKay, M. D. and Beckman, R. J. and Conover, W. J.},
  title = {A Comparison of Three Methods for Selecting Values of Input Variables in the Analysis of Output from a Computer Code},
  journal = {Technometrics}, year = {1979}, volume = {21}, number = {2}, pages = {239--245},
  doi = {10.1080/00401706.1979.10489755}
}""",
}  # fmt: skip


def about(told: Analysis) -> About | None:
    """Return what the sweep folder says of itself; None where there is no folder, as in memory."""
    folder = told.results.sweep.folder
    return read_about(folder) if folder.is_dir() and any(folder.glob("sweep.json")) else None


def versions() -> str:
    """Return the versions of what computed the analysis."""
    listing = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in SOFTWARE)
    return f"Python {platform.python_version()}, {listing}"


def methods(told: Analysis) -> str:
    """Return the methods paragraph, with citation keys of `references.bib` in brackets."""
    return "\n\n".join(" ".join(part) for part in (_model(told), _design(told.results), list(_statistics(told)), _checks()))


def _model(told: Analysis) -> list[str]:
    study, made = told.results.study, about(told)
    version, rules = (made.version, f" (rules digest {made.rules})") if made else ("unknown", "")
    people = study.scenario.parameters
    return [
        f"We used the agent-based model of internal social media, version {shown(version, 40)}{rules}, which is described by the ODD "
        "protocol [grimm2020] in docs/ODD.md of its distribution.",
        f"The scenario was '{shown(study.scenario.name, 80)}' (digest {study.scenario.digest}), with "
        f"{people.organization.members:,} members over {people.days} workdays unless a factor says otherwise.",
    ]


def _design(results: Results) -> list[str]:
    told = results.study.told
    kinds = {
        "factorial": "a full factorial design",
        "latin_hypercube": f"a Latin hypercube [mckay1979] of {told.samples} points",
        "sobol": f"a scrambled Sobol sequence of {told.samples} points",
        "morris": f"{told.samples} Morris trajectories on {MORRIS_LEVELS} levels [morris1991]",
        "saltelli": f"Saltelli's radial design of {told.samples} base points [saltelli2010]",
    }
    seed = "" if results.factorial else f", drawn with seed {told.design_seed}"
    spread = [f"{axis.factor.name} ({_levels(results, axis)})" for axis in results.axes]
    shown_factors = listed(spread) if len(spread) <= 12 else f"{listed(spread[:12])}, and {len(spread) - 12} more (see study.toml)"
    seeds = results.seeds
    how = f"seeds {seeds[0]} to {seeds[-1]}" if seeds == tuple(range(seeds[0], seeds[-1] + 1)) else f"{len(seeds)} seeds"
    lines = [
        f"{kinds[told.design].capitalize()}{seed}, varied {shown_factors}: {len(results.cells):,} cells.",
        f"Each cell was run on {how} ({len(seeds)} replications), the same in all cells (common random numbers: draws are "
        "keyed by what they are for, so that cells differ only where a factor reaches).",
        f"Of {results.asked:,} runs: {progress(results)}",
    ]
    if told.precision:
        widths = listed([f"{name} within {width:g}" for name, width in told.precision.half_width.items()])
        lines.append(f"Seeds were added in blocks of {told.precision.block} until 95% intervals were as narrow as asked: {widths}.")
    return lines


def _levels(results: Results, axis: Axis) -> str:
    if results.factorial:
        return ", ".join(axis.texts)
    return f"{axis.texts[0]} to {axis.texts[1]}{', on a logarithmic scale' if axis.factor.log else ''}"


def _statistics(told: Analysis) -> Iterator[str]:
    yield (
        f"Intervals are at 95%: bias-corrected and accelerated bootstrap over seeds, {RESAMPLES} resamples [efron1987, "
        f"virtanen2020], and Student's where there are fewer than {FEWEST} values."
    )
    if told.effects:
        yield (
            "Effects and interactions are differences between runs of one seed, averaged over all other factors; "
            "all effects together were tested with Holm's procedure [holm1979]."
        )
    if told.influences:
        yield (
            "The variance between cells was divided into first-order and total shares [sobol2001], corrected for the noise "
            f"of cell means; their intervals are percentiles of {SHARE_RESAMPLES} resamples of the seeds."
        )
    kinds = {index.kind for index in told.sensitivity.indices}
    if "ST" in kinds:
        yield f"Sobol indices [sobol2001, saltelli2010] of the cells' means over seeds, with {INDEX_RESAMPLES} resamples, are SALib's [herman2017, iwanaga2022]."
    if "mu_star" in kinds:
        yield f"Elementary effects [morris1991, campolongo2007] of the cells' means over seeds, over each factor's whole range, with {INDEX_RESAMPLES} resamples, are SALib's [herman2017, iwanaga2022]."
    if "rank_correlation" in kinds:
        yield "Sensitivity is told by Spearman's rank correlations, with Fisher's intervals, and by standardised regression coefficients."
    if told.tipping:
        yield "A tipping point is a step between neighbouring levels that clearly takes more than twice its even share of the change, with Bonferroni's correction for the number of steps."
    if told.loops:
        yield "Hysteresis is the gap between the way back and the way there at equal values of the lever, seed by seed, in the second half of each stretch."


def _checks() -> list[str]:
    return [
        f"Computed with {versions()}.",
        "For the checklist of STRESS-ABS [monks2019]: study.toml holds the experiments, sweep.json the scenario with all "
        "parameter values, analysis/*.csv all estimates, and docs/ODD.md the model's logic, data and initialisation.",
    ]


def references(text: str) -> str:
    """Return a BibTeX file of those works that a text cites by their keys in brackets."""
    return "\n\n".join(entry for key, entry in REFERENCES.items() if key in text) + "\n"


def citation() -> str:
    """Return a CITATION.cff of this software, in the version that is installed."""
    from sim.record import version

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
