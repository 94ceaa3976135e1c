"""What was typed after --measures: files of measures of one's own, and names of measures."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from experiments.measures.catalogue import Catalogue
from experiments.measures.own import Own, offered, read_own
from sim.errors import InputError, shown

if TYPE_CHECKING:
    from sim.scenario import Scenario

LONGEST: Final = 1000
"""Characters of what was typed that are repeated in a command."""
_BETWEEN: Final = re.compile(r",(?=\s*[a-z])")
"""Between two names: a department may have a comma in it, but no small letter right after one."""


class Wanted(NamedTuple):
    """Measures that were asked for on the command line."""

    own: tuple[Own, ...] = ()
    names: tuple[str, ...] = ()
    """Names, in the order in which they were typed."""
    typed: tuple[str, ...] = ()

    @property
    def catalogue(self) -> Catalogue:
        """All measures there are."""
        return Catalogue(self.own)

    def check(self, world: Scenario) -> None:
        """Refuse names that a world cannot have, or that say a word, which has no mean."""
        for name in self.names:
            self.catalogue.check(name, world)
            if self.catalogue[name].words:
                raise InputError(f"{name} says a word, which has no mean over seeds")

    @property
    def options(self) -> str:
        """The options that ask for them, for a command that is proposed; empty where nothing was asked for."""
        return "".join(f" --measures {shlex.quote(shown(each, LONGEST))}" for each in self.typed)

    @property
    def all(self) -> tuple[str, ...]:
        """Names, and all of the user's own."""
        return tuple(dict.fromkeys((*self.names, *(each.name for each in self.own))))


NOTHING: Final = Wanted()


def split_names(text: str) -> list[str]:
    """Return names that were typed with commas in between."""
    return [name.strip() for name in _BETWEEN.split(text) if name.strip()]


def is_file(text: str) -> bool:
    """Say whether a text after --measures is a file of measures; one that lies there may have commas in its name."""
    if text.endswith(".py") and (Path(text).is_file() or not _BETWEEN.search(text)):
        return True
    return text in offered()


def wanted_measures(typed: Sequence[str]) -> Wanted:
    """Return what was typed; files and entry points named here are run. InputError where something is not there."""
    own: list[Own] = []
    names: list[str] = []
    for text in typed:
        for each in [text] if is_file(text) else split_names(text):
            if is_file(each):
                own += read_own(each)
            else:
                names.append(each)
    twice = [each.name for each in own if sum(other.name == each.name for other in own) > 1]
    if twice:
        raise InputError(f"two files have a measure called {twice[0]}; call one of them otherwise", key="--measures")
    found = Wanted(tuple(own), tuple(dict.fromkeys(names)), tuple(typed))
    for name in found.names:
        found.catalogue.find(name)
    return found
