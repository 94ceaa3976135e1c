"""The form of a run's tables: their columns, and the type of each, as polars calls it.

A table of a run folder that has another form is refused before anybody looks into it.
"""

from __future__ import annotations

from typing import Final

from sim.state import BELIEF_FIELDS, MOTIVE_FIELDS

_BELIEFS: Final = ["psychological_safety", *(field.name for field in BELIEF_FIELDS)]
_TYPES: Final[dict[str, dict[str, str]]] = {
    "members": {
        "String": "id name title role department location manager_id",
        "Int16": "level attention",
        "Int32": "team visits items_read posts comments likes_given likes_received comments_received occasions spoken "
        "withheld",
        "Float64": "voice_propensity risk_sensitivity implicit_voice_theory base_visits occasions_per_visit "
        "openness_leaning " + " ".join([*_BELIEFS, *(f"start_{name}" for name in _BELIEFS)]),
    },
    "messages": {
        "Int64": "message_id thread_id parent_id",
        "Int32": "tick day author views likes comments response_tick",
        "Int16": "issue",
        "String": "kind orientation audience strategy leader_response",
        "Float64": "criticality stance",
        "Boolean": "anonymous",
    },
    "occasions": {
        "Int64": "occasion_id about draft_of message_id",
        "Int32": "tick day member",
        "Int16": "issue",
        "String": "form strategy motive",
        "Float64": "criticality concern urge threat_superiors threat_peers threat_image inhibition p_spoken "
        + " ".join(MOTIVE_FIELDS),
    },
    "positions": {
        "Int32": "member",
        "Int16": "issue",
        "Float64": "start_stance stance start_concern concern start_climate climate",
    },
    "series": {"Int32": "day", "String": "measure group", "Float64": "value"},
    "ties": {"Int32": "member other", "Float32": "weight"},
}
FORMS: Final = {
    table: {name: kind for kind, names in kinds.items() for name in names.split()} for table, kinds in _TYPES.items()
}
"""Column and type, table by table."""
