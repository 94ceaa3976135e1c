"""A portrait of an arena: who writes, who answers whom and how soon, measured alike in an export and in a run."""

from experiments.portrait.arena import Arena as Arena
from experiments.portrait.arena import assemble as assemble
from experiments.portrait.arena import of_run as of_run
from experiments.portrait.measuring import STATISTICS as STATISTICS
from experiments.portrait.measuring import by_group as by_group
from experiments.portrait.measuring import by_week as by_week
from experiments.portrait.measuring import measure as measure
from experiments.portrait.statistic import Declared as Declared
from experiments.portrait.statistic import Statistic as Statistic
