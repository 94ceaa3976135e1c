"""Figures of runs: functions from a run (or several) to a Plotly figure, for the report and for dashboards.

Each figure says what its axes are and in which units. Where several runs are given, lines are means with the 95%
interval over runs. All texts of a run are made safe for Plotly, which reads tags in texts.
"""

from experiments.figures.arena import network as network
from experiments.figures.leaders import answers_by_leader as answers_by_leader
from experiments.figures.leaders import answers_over_time as answers_over_time
from experiments.figures.leaders import waiting as waiting
from experiments.figures.ledger import iceberg as iceberg
from experiments.figures.ledger import motives as motives
from experiments.figures.ledger import speaking_by_criticality as speaking_by_criticality
from experiments.figures.ledger import strategies as strategies
from experiments.figures.members import lorenz as lorenz
from experiments.figures.members import most_active as most_active
from experiments.figures.members import wishes_by as wishes_by
from experiments.figures.overtime import beliefs as beliefs
from experiments.figures.overtime import marks as marks
from experiments.figures.overtime import voice_and_silence as voice_and_silence
from experiments.figures.style import TEMPLATES as TEMPLATES
from experiments.figures.style import table_of as table_of
