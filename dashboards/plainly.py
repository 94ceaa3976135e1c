"""What an analysis says, in the words of people: measures and levers by what they mean, and how each figure is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from dashboards.levers import label
from experiments.analysis.results import Axis
from sim.errors import InputError
from sim.measures import MEASURES
from sim.wording import sentence

_BEGINS_A_SENTENCE: Final = re.compile(r"(?:^|[.!?:]\s+)$")
_APART: Final = {"leader_blind_spot": "the mean distance between perceived and true share in favour, for executives"}
"""Of measures whose meaning refers to the one before it."""
_WHOSE: Final = {"executives": "executives’", "line_managers": "line managers’", "communicators": "community managers’"}
READ: Final[Mapping[str, str]] = {
    "map": "Each field is one setting of both levers; its colour is the mean over the runs made with it.",
    "phases": "Each field is one setting of both levers; its letter says what the arena was used for in most runs.",
    "curve": "From left to right the lever is moved; the height is the mean over the runs, with its 95% interval.",
    "effects": "Each row is a lever, moved from its first level to its last: right of 0, that raises the outcome.",
    "interactions": "Each row is a pair of levers: the further from 0, the more the one depends on the other.",
    "ranking": "The longer a row, the more of what differs between settings is due to that lever.",
    "tipping": "From left to right the lever is moved; it tips where the line is far steeper than elsewhere.",
    "loop": "The lever is moved there and back; where both lines lie apart, the outcome does not return as it left.",
}
"""One sentence on how to read a figure, by the first word of its name."""


def measure(name: str) -> str:
    """Return what a measure is, as it stands in a sentence: `the share of wishes that stayed unspoken`."""
    if name in _APART:
        return _APART[name]
    meaning = re.split(r"[:,]", MEASURES[name].meaning)[0].removeprefix("Mean ").removesuffix(" in the arena")
    return f"the {meaning[:1].lower()}{meaning[1:]}"


def lever(axis: Axis) -> str:
    """Return what a factor is called: `executives’ rebukes`; of alternatives that have no lever, their own name."""
    key = axis.factor.name
    try:
        words = label(key)
    except (InputError, ValueError, IndexError):
        return axis.name
    whose = "leaders’" if axis.name.startswith("leaders:") else _WHOSE.get(key.rpartition(".")[0].rpartition(".")[2])
    return f"{whose} {words}" if whose else words


class Plainly:
    """Says in plain words whatever names measures and factors of one analysis."""

    def __init__(self, axes: Iterable[Axis]) -> None:
        found = {name: measure(name) for name in MEASURES}
        self.levers = {axis.name: lever(axis) for axis in axes}
        self._words = found | self.levers
        names = sorted(map(re.escape, self._words), key=len, reverse=True)
        self._names = re.compile(rf"(?<![\w.’]){'(' + '|'.join(names) + ')'}(?![\w.]*\w)")

    def __call__(self, said: Any) -> Any:
        """Return texts, and whatever holds texts, with names as words."""
        if isinstance(said, str):
            return self._names.sub(self._word, said)
        if isinstance(said, Mapping):
            return {key: self(value) for key, value in said.items()}
        if isinstance(said, list | tuple):
            return [self(each) for each in said]
        return said

    def _word(self, found: re.Match[str]) -> str:
        words = self._words[found[1]]
        if found[1] in self.levers and found[1] != found.string:
            return f"“{words}”"
        return sentence(words) if _BEGINS_A_SENTENCE.search(found.string[: found.start()]) else words


def how_to_read(name: str) -> str:
    """Return one sentence on how to read a figure of this name; nothing where none is needed."""
    return READ.get(name.partition("-")[0], "")
