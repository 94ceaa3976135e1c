"""A scenario: a world's parameters, what happens in it and when, what it should show; TOML <-> frozen Scenario.

A file may extend another: tables merge key by key, `[[issues]]` replaces the whole list, events come after the
parent's, and the dotted keys of `[set]` are applied last. Whatever is wrong in a file becomes an InputError.
"""

from sim.scenario.changing import changed
from sim.scenario.events import Announcement, Answer, Campaign, Event, Post
from sim.scenario.expectations import WITHOUT_EVENTS, Expectation
from sim.scenario.extending import LISTS
from sim.scenario.finding import gallery, read_text
from sim.scenario.issues import issue_number
from sim.scenario.model import Scenario, differences
from sim.scenario.names import allowed, flat_parameters, may_change, pattern_of
from sim.scenario.parsing import parse_setting, parse_toml
from sim.scenario.people import own_people
from sim.scenario.phrases import Phrases
from sim.scenario.reading import from_toml, load, parent, related

__all__ = [
    "LISTS",
    "WITHOUT_EVENTS",
    "Announcement",
    "Answer",
    "Campaign",
    "Event",
    "Expectation",
    "Phrases",
    "Post",
    "Scenario",
    "allowed",
    "changed",
    "differences",
    "flat_parameters",
    "from_toml",
    "gallery",
    "issue_number",
    "load",
    "may_change",
    "own_people",
    "parent",
    "parse_setting",
    "parse_toml",
    "pattern_of",
    "read_text",
    "related",
]
