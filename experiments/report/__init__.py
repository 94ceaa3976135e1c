"""The report: one page about one run, to be read from top to bottom, that needs nothing but a browser."""

from experiments.report.page import page as page
from experiments.report.page import write as write
