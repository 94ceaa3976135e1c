"""Who takes part, and what members think of an issue against what shows of it, as the page draws them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboards.view import View
from sim.engine import Engine
from sim.opinions import looked_at
from sim.state import World
from sim.terms import Role
from sim.wording import rounded


def draw_participation(world: World) -> dict[str, Any]:
    """Return the shares of members who wrote, only liked, only read, and never came, from the start on."""
    members = world.members
    wrote = (members["posts"] + members["comments"]) > 0
    liked = ~wrote & (members["likes_given"] > 0)
    read = ~wrote & ~liked & (members["visits"] > 0)
    shares = {"wrote": wrote, "only_liked": liked, "only_read": read, "never_came": ~wrote & ~liked & ~read}
    role = members["role"]
    there, written = np.bincount(role, minlength=len(Role)), np.bincount(role[wrote], minlength=len(Role))
    return {
        **{name: round(float(who.mean()), 4) for name, who in shares.items()},
        "roles": [
            {"role": each.name, "wrote": round(float(written[each] / there[each]), 4), "members": int(there[each])}
            for each in Role
            if there[each]
        ],
    }


def draw_opinion(engine: Engine, view: View) -> dict[str, Any]:
    """Return, by role, who is privately in favour of an issue, who is imagined to be, and which voices are heard."""
    found = looked_at(engine, view.issue)
    groups = [group for group in found.groups if not group.name.startswith("department:")]
    return {
        "issue": found.issue,
        "groups": [
            {
                "role": group.name.removeprefix("role:"),
                "private": round(group.in_favour, 4),
                "imagined": round(group.imagined, 4),
                "voiced": rounded(group.voices_in_favour),
            }
            for group in groups
        ],
    }
