"""Who comes, how often, and does it become a habit? Visits pay or do not (Wood & Neal 2007)."""

from sim.arithmetic import exp
from sim.compiled import rule


@rule
def visits_a_day(usual, habit):
    """Return the rate of visits: the usual one, moved by the habit in log rate."""
    return usual * exp(habit)


@rule
def called_back(visits, attendance):
    """Return the rate of visits while a notification waits to be looked at (Kraut & Resnick 2012)."""
    return visits * (1.0 + attendance.notified)


@rule
def chance_to_visit(visits, days):
    """Return the chance of one visit or more in a time, in workdays, at a rate of visits a workday."""
    return 1.0 - exp(-visits * days)


@rule
def usefulness(items, feedback, attendance):
    """Return what a visit gave, in [0, 1): useful items and feedback, with diminishing returns."""
    gained = items + attendance.feedback * feedback
    return gained / (gained + attendance.useful_items)


@rule
def accustom(habit, gave, attendance):
    """Return the habit after a visit that gave more, or less, than is expected of one."""
    return habit + attendance.rate * (gave - attendance.expected)
