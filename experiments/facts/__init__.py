"""What is known of voice and internal social media, and how a scenario stands to it: declared, measured, judged."""

from experiments.facts.declared import CURRENT, EDITIONS, FACTS, facts_for
from experiments.facts.fact import Fact, Part, Use
from experiments.facts.mail import Mail, read_mail
from experiments.facts.observation import Observation
from experiments.facts.scorecard import Judged, Match, Row, Values, count, judge, scorecard, seed_by_seed

__all__ = [
    "CURRENT",
    "EDITIONS",
    "FACTS",
    "Fact",
    "Judged",
    "Mail",
    "Match",
    "Observation",
    "Part",
    "Row",
    "Use",
    "Values",
    "count",
    "facts_for",
    "judge",
    "read_mail",
    "scorecard",
    "seed_by_seed",
]
