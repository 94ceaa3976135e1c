"""The beliefs of a member, each declared once: where it starts, who keeps it up, what it can be frozen by.

Whatever holds, draws, forgets, sums or shows beliefs goes through this table. Where a belief is learned stands in
`sim.kernel`, by the rules of `sim.rules.learning`. The order is that of saved files: append only.
"""

from typing import Final, NamedTuple

CHANNELS: Final[dict[str, str]] = {
    "safety": "learning.of_safety",
    "efficacy": "learning.of_efficacy",
    "climate": "learning.of_climate",
    "licence": "learning.of_licence",
    "bystanders": "learning.of_others_know",
}
"""What a spiral of voice may run through, and the setting that freezes it; two of them are views of an issue."""


class Belief(NamedTuple):
    """One belief or feeling; a share in [0, 1] unless it says otherwise."""

    name: str
    meaning: str
    starts: str = ""
    """The parameter of `population` it is drawn from at the start; without one it starts at 0 and fades to 0."""
    fades: str = ""
    """The parameter that is its half-life, against the work outside the arena; without one it is never forgotten."""
    can_disappoint: bool = False
    """Whether less than expected weighs more than more than expected (`learning.loss_weight`)."""
    channel: str = ""
    """The one of `CHANNELS` that it belongs to."""
    is_share: bool = True


_LEARNED, _PRESENCE = "learning.forgetting_days", "learning.presence_days"

BELIEFS: Final[tuple[Belief, ...]] = (
    Belief("safety_line_manager", "safety felt towards the line manager", "safety", _LEARNED, True, "safety"),
    Belief("safety_executives", "safety felt towards executives", "safety", _LEARNED, True, "safety"),
    Belief(
        "voice_efficacy",
        "belief that speaking changes something; its lack is futility",
        "voice_efficacy",
        _LEARNED,
        True,
        "efficacy",
    ),
    Belief("licence_to_critique", "belief that critique is normal here", "licence_to_critique", channel="licence"),
    Belief("credibility", "belief that leaders mean what they say", "credibility", _LEARNED, True),
    Belief(
        "imagined_audience_size",
        "share of colleagues imagined to read a post for everyone",
        "imagined_audience_size",
    ),
    Belief("manager_reads", "believed chance that my line manager reads it", "manager_reads", _PRESENCE),
    Belief("executives_read", "believed chance that executives read it", "executives_read", _PRESENCE),
    Belief("persistence", "belief how long things stay, h / (h + 5) for h workdays", "persistence"),
    Belief("identifiability", "believed identifiability of an author", "identifiability"),
    Belief("identification", "identification with the organisation", "identification", _LEARNED, True),
    Belief("engagement", "engagement", "engagement"),
    Belief("recognition", "belief that what I say is received", "recognition", _LEARNED, True),
    Belief("knows_whom", "knowing who knows whom", "metaknowledge", "learning.metaknowledge_days"),
    Belief("habit", "log of visits relative to the base rate", fades="attendance.half_life_days", is_share=False),
)
