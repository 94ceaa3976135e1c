"""What the baseline gives, number by number; `python -m tests.renew_golden` writes it again after a meant change."""

import json
import platform
from pathlib import Path

import numpy as np
from numpy._core._multiarray_umath import __cpu_features__ as features

import sim
from sim.record import TABLES, values_digest

GOLDEN = Path(__file__).parent / "golden" / "baseline.json"
RENEW = "if this change is meant: python -m tests.renew_golden, then look at what git says has changed"


def baseline():
    """Return the run that the golden file is about."""
    scenario = sim.load("baseline").with_({"organization.members": 200, "days": 20})
    return sim.simulate(scenario, seed=1)


def where():
    """Return what the last bits of a number may depend on."""
    on = "".join("01"[found] for _, found in sorted(features.items()))
    return f"{platform.system()} {platform.machine()} numpy {np.__version__} features {int(on, 2):x}"


def content(run):
    """Return what is compared: measures everywhere, values bit by bit on the same kind of machine."""
    values = {name: values_digest(getattr(run, name)) for name in TABLES}
    return {"where": where(), "measures": run.measures, "values": values}


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(content(baseline()), indent=1, allow_nan=False) + "\n")
