"""What a page can ask to see of a world: a view."""

from __future__ import annotations

from typing import Final, NamedTuple

from sim.state import BELIEF_FIELDS, DAYS_PER_WEEK, TICKS_PER_DAY

WEEK: Final = DAYS_PER_WEEK * TICKS_PER_DAY
"""Working hours that count as lately."""

SAFETY: Final = "psychological_safety"
WILLINGNESS: Final = "willingness"
OPINIONS: Final = ("stance", "climate")
BELIEFS: Final = (WILLINGNESS, SAFETY, *(name for name, *_ in BELIEF_FIELDS), *OPINIONS)
"""What members can be coloured by, as it stands."""
CHANGES: Final = ("willingness_answer", "safety_answer", "safety_since")
"""What else: by how much the latest answer that everyone could see has changed one of both, or safety since an hour."""
LAYOUTS: Final = ("hierarchy", "ties")


class View(NamedTuple):
    """What of a world one page wants to see."""

    threads: int = 30
    belief: str = WILLINGNESS
    """What members are coloured by: one of `BELIEFS`; stance and climate are of `issue`, else of the most critical."""
    iceberg: bool = False
    """Whether drafts that nobody wrote stand between the posts."""
    issue: int | None = None
    """Only threads about this issue."""
    layout: str = "hierarchy"
    since: int | None = None
    """The hour from which on cards are new; without one, those of the last hour."""
    differing: bool = False
    """Of twins: whether what exists in one world only stands first."""
    first: frozenset[int] = frozenset()
    """Rows of messages whose threads stand first, and which are shown among the replies."""
    against: int = 0
    """The hour with which `safety_since` compares."""
