"""A run in the formats of others: as platforms export their arenas, and as programs for networks read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from experiments.exports import gexf, graphml, slack, viva
from sim.record import Run

FORMATS: Final[dict[str, Callable[[Run], Mapping[str, bytes]]]] = {
    "viva": viva.files_of,
    "slack": slack.files_of,
    "graphml": graphml.files_of,
    "gexf": gexf.files_of,
}
"""What each format makes of a run: files by their names."""
