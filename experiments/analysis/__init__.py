"""Analysis: what a sweep says, with intervals, in tables, figures and words."""

from experiments.analysis.analysis import Analysis as Analysis
from experiments.analysis.analysis import analyse as analyse
