"""The folder of a fit: the ensemble, what is known of each guess, how the ensemble holds against what was observed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import tomli_w

from experiments.fit.fitting import Fit
from experiments.fit.points import FOLDER as POINTS
from experiments.fit.prior import BASIS
from experiments.fit.theories import Compared
from experiments.portrait.portrait import finite
from sim import files
from sim.errors import shown
from sim.organization import MADE_UP_ONLY, as_csv
from sim.origin import origin
from sim.ownership import MANIFEST, is_unchanged, listed, listing, write_folder
from sim.parameters import registry
from sim.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

FORMAT: Final = "internal-social-media fit"
EDITION: Final = 1
ENSEMBLE: Final = "ensemble"
KIND: Final = "internal-social-media ensemble"
PEOPLE: Final = "organization.csv"
TIES: Final = "ties.csv"
JSON, PAGE, POSTERIOR, CHECKS = "fit.json", "fit.html", "posterior.csv", "checks.csv"
THEORIES: Final = "theories.csv"
WRITTEN: Final = (JSON, PAGE, POSTERIOR, CHECKS, THEORIES)


def check(folder: Path) -> None:
    """Raise TakenError where a folder holds something else, or what the user has changed since a fit wrote it."""
    if not folder.exists() or not any(each.name != POINTS for each in folder.iterdir()):
        return
    known = listed(folder, FORMAT)
    for name in WRITTEN:
        if (folder / name).exists() and not is_unchanged(folder / name, known.get(name)):
            rule = "this was changed since a fit wrote it, so it is not replaced; move it away, or choose another --out"
            raise files.TakenError(rule, file=shown(folder / name))
    files.check_folder(folder / ENSEMBLE, lambda there: listed(there, KIND) and None)


def write(fit: Fit, folder: Path, page: str, about: Mapping[str, Any]) -> None:
    """Write all that a fit comes to; `about` is further provenance.

    Raises TakenError where files of the user are in the way, InputError where nothing can be written.
    """
    check(folder)
    files.new_folder(folder)
    write_folder(folder / ENSEMBLE, KIND, ensemble_of(fit))
    contents = {
        JSON: f"{json.dumps({**as_plain(fit), **about}, indent=1, ensure_ascii=False)}\n".encode(),
        PAGE: page.encode(),
        POSTERIOR: posterior_table(fit).write_csv().encode(),
        CHECKS: checks_table(fit).write_csv().encode(),
    }
    if fit.theories is not None:
        contents[THEORIES] = theories_table(fit.theories).write_csv().encode()
    for name, content in contents.items():
        files.write(folder / name, content)
    if fit.theories is None and (folder / THEORIES).exists():  # of a fit that is replaced; `check` says it is ours
        files.remove(folder / THEORIES)
    mine = {name: one for name, one in listing(folder).items() if name in WRITTEN}
    files.write(folder / MANIFEST, f"{json.dumps({'format': FORMAT, 'files': mine}, indent=1)}\n".encode())


# ---------------------------------------------------------------- the ensemble


def ensemble_of(fit: Fit) -> dict[str, bytes]:
    """Return the scenarios of an ensemble as files, with the people beside them."""
    beside = _people_files(fit.setting.scenario)
    texts = {f"{number:03d}.toml": _text(world, beside) for number, world in enumerate(fit.scenarios, 1)}
    return {**{name: text.encode() for name, text in texts.items()}, **beside}


def _text(world: Scenario, beside: Collection[str]) -> str:
    """Return a scenario as a file that names its people, and keeps what of their network each seed makes up."""
    if not beside:
        return world.to_toml()
    table = tomllib.loads(world.to_toml())
    network = {name: value for name, value in table.pop("organization").items() if name not in MADE_UP_ONLY}
    people = {key: name for key, name in (("organization", PEOPLE), ("ties", TIES)) if name in beside}
    return tomli_w.dumps({**people, **table, "set": {f"organization.{name}": each for name, each in network.items()}})


def _people_files(scenario: Scenario) -> dict[str, bytes]:
    people = scenario.people
    if people is None:
        return {}
    found = {PEOPLE: as_csv(people.organization)}
    return found | ({TIES: _ties(people.organization)} if people.tied else {})


def _ties(organization: Any) -> bytes:
    """Return informal ties as a table, each once."""
    import polars as pl

    one = np.repeat(np.arange(organization.members), np.diff(organization.tie_start))
    once = one < organization.tie_member
    ids = np.array(organization.ids)
    table = {"one": ids[one[once]], "other": ids[organization.tie_member[once]]}
    return pl.DataFrame({**table, "weight": organization.tie_weight[once]}).write_csv().encode()


# ---------------------------------------------------------------- what is known of each guess


def posterior_rows(fit: Fit) -> Iterable[dict[str, Any]]:
    """Yield what is known of each guess, the best informed first."""
    posterior, prior = fit.posterior, fit.setting.prior
    ends = [prior.at(posterior.quantiles(share)[None, :])[0] for share in (0.05, 0.5, 0.95)]
    for n in np.argsort(-fit.inference.foreseen, kind="stable").tolist():
        yield {
            "parameter": prior.names[n],
            "unit": registry()[prior.names[n]].unit,
            "prior_low": prior.free[n].low,
            "prior_high": prior.free[n].high,
            "mean": float(posterior.means[n]),
            "low": float(ends[0][n]),
            "median": float(ends[1][n]),
            "high": float(ends[2][n]),
            "contraction": float(posterior.contraction[n]),
            "foreseen": float(fit.inference.foreseen[n]),
            "informed": bool(fit.inference.informed[n]),
        }


def posterior_table(fit: Fit) -> pl.DataFrame:
    """Return what is known of each guess, a row a guess."""
    import polars as pl

    return pl.DataFrame(list(posterior_rows(fit)))


def checks_table(fit: Fit) -> pl.DataFrame:
    """Return each statistic as it was observed, and as the ensemble has it."""
    import polars as pl

    rows = [{**each._asdict(), "within": each.within} for each in fit.checks]
    return pl.DataFrame(rows).fill_nan(None)


def theories_table(compared: Compared) -> pl.DataFrame:
    """Return how likely each theory is, a row a theory."""
    import polars as pl

    return pl.DataFrame({"theory": list(compared.probabilities), "probability": list(compared.probabilities.values())})


def as_plain(fit: Fit) -> dict[str, Any]:
    """Return a fit as values for JSON."""
    target, setting = fit.target, fit.setting
    return {
        "format": FORMAT,
        "edition": EDITION,
        "made_by": origin(),
        "identity": setting.identity,
        "portrait": {"digest": target.digest, "workdays": target.workdays, "stretches": target.stretches},
        "scenario": {"name": setting.scenario.name, "digest": setting.scenario.digest},
        "days": setting.scenario.parameters.days,
        "sets": len(fit.inference.tried.places),
        "prior": BASIS,
        "misfit": {"p": fit.p, "fits": fit.fits},
        "theories": None if fit.theories is None else fit.theories._asdict(),
        "posterior": list(posterior_rows(fit)),
        "checks": [
            {name: finite(value) if isinstance(value, float) else value for name, value in each._asdict().items()}
            | {"within": each.within}
            for each in fit.checks
        ],
        "ensemble": [f"{ENSEMBLE}/{number:03d}.toml" for number in range(1, len(fit.draws) + 1)],
    }
