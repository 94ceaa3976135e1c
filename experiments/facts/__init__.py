"""What is known of voice and internal social media, and how a scenario stands to it: declared, measured, judged."""

from experiments.facts.declared import FACTS, Fact, Part, Use, facts_for
from experiments.facts.mail import Mail, read_mail
from experiments.facts.scorecard import Judged, Row, Values, Verdict, count, judge, scorecard, seed_by_seed
from experiments.facts.trial import Trial

__all__ = [
    "FACTS",
    "Fact",
    "Judged",
    "Mail",
    "Part",
    "Row",
    "Trial",
    "Use",
    "Values",
    "Verdict",
    "count",
    "facts_for",
    "judge",
    "read_mail",
    "scorecard",
    "seed_by_seed",
]
