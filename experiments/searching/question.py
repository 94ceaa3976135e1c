"""The question of a search: which levers may move, what has to hold, and what is to be little or much."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from experiments.expressions import LONGEST, Expression, parse
from experiments.measures import Catalogue, Own
from experiments.sweeps.factors import Factor, Level, factors_of
from experiments.sweeps.reading import Source
from experiments.sweeps.study import Study, StudyTable, scenario_of
from sim.errors import InputError, nearest, shown
from sim.parameters import Table
from sim.scenario import Scenario, parse_toml, read_text
from sim.wording import significant

MOST_AIMS: Final = 4
"""Aims of one search: of more, nearly every setting is one that no other beats in everything."""
MOST_RUNS: Final = 1_000_000
"""Runs that one search may make."""


Wanted = Annotated[str, Field(max_length=LONGEST)] | Annotated[list[str], Field(max_length=MOST_AIMS)]
_OF_THEM: Final = f"of at most {MOST_AIMS} of them"


class SearchTable(Table):
    """What a search file says, but for its levers."""

    title: str = Field(default="A search", max_length=2000, description="a text")
    question: str = Field(default="", max_length=4000, description="a text")
    scenario: str = Field(default="baseline", max_length=500, description="the name of a scenario")
    seeds: int = Field(default=8, ge=1, le=10_000, description="a whole number of seeds, 1 or more")
    trials: int = Field(default=100, ge=2, le=100_000, description="a whole number of settings to try, 2 or more")
    search_seed: int = Field(default=1, ge=0, le=2**31 - 1, description="a whole number, 0 or more")
    minimise: Wanted = Field(default="", description=f"a number, such as 'posts + comments', or a list {_OF_THEM}")
    maximise: Wanted = Field(default="", description=f"a number, such as 'willingness', or a list {_OF_THEM}")
    where: str = Field(default="", max_length=LONGEST, description="a condition, such as 'willingness >= 0.4'")


class Aim(NamedTuple):
    """Something that is to be as little, or as much, as can be."""

    expression: Expression
    sign: float
    """1 where less is better, -1 where more is."""
    key: str
    """Where the file says it."""

    @property
    def words(self) -> str:
        """The aim as a column of a table is called."""
        return self.expression.text


def in_figures(level: Level) -> str:
    """Return the value of a lever for people."""
    return significant(level.value) if isinstance(level.value, float) else shown(level.value, 60)


@dataclass(frozen=True)
class Question:
    """A search as it is asked for; nothing of it can change."""

    table: SearchTable
    study: Study
    """Its world, its levers as factors, and what every run is asked for."""
    aims: tuple[Aim, ...]
    where: Expression | None

    @property
    def levers(self) -> tuple[Factor, ...]:
        """What may move."""
        return self.study.factors


def read_question(path: str, own: tuple[Own, ...] = (), more: tuple[str, ...] = ()) -> Question:
    """Return the search that a TOML file describes; InputError with line and key where it is wrong.

    `own` are measures of the user's own, `more` names of measures that are asked for beside it.
    """
    if not path.endswith(".toml"):
        raise InputError(f"'{shown(path)}' is no search file: it is named with its ending, .toml")
    text = read_text(Path(path), path)
    source = Source.of(path, text, parse_toml(text, path))
    further = ("factors", "set", "alternatives")
    table = source.checked(SearchTable, {n: v for n, v in source.data.items() if n not in further}, further)
    aims, where = _aims(table, source), _expression(table.where, "where", source)
    if not aims and where is None:
        rule = "a search says what to `minimise` or to `maximise`, or at least `where` something has to hold"
        raise source.error("where", rule)
    if table.trials * table.seeds > MOST_RUNS:
        raise source.error("trials", f"{table.trials} trials x {table.seeds} seeds are more than {MOST_RUNS} runs")
    said = StudyTable(title=table.title, question=table.question, scenario=table.scenario, seeds=table.seeds)
    world = scenario_of(said, source, Path(path))
    levers, catalogue = factors_of(source, world, None), Catalogue(own)
    asked = {aim.key: aim.expression for aim in aims} | ({} if where is None else {"where": where})
    names = _measures(asked, levers, source, catalogue, world)
    for name in more:
        catalogue.check(name, world)
    measured = StudyTable(
        title=table.title, question=table.question, seeds=table.seeds, measures=list(dict.fromkeys((*names, *more)))
    )
    return Question(table, Study(measured, world, levers, text, Path(path), own=own), aims, where)


def _aims(table: SearchTable, source: Source) -> tuple[Aim, ...]:
    """Return all that is to be little or much, in the order of the file's keys, first what is to be little."""
    found = []
    for key, said, sign in (("minimise", table.minimise, 1.0), ("maximise", table.maximise, -1.0)):
        listed = [(key, said)] if isinstance(said, str) else [(f"{key}.{n}", each) for n, each in enumerate(said)]
        read = [(_expression(text, place, source), place) for place, text in listed]
        found += [Aim(expression, sign, place) for expression, place in read if expression is not None]
    for number, aim in enumerate(found):
        if any(aim.words == earlier.words for earlier in found[:number]):
            raise source.error(aim.key, f"'{shown(aim.words, 80)}' is named as an aim twice")
    if len(found) > MOST_AIMS:
        raise source.error(found[-1].key, f"a search has at most {MOST_AIMS} aims, and this one {len(found)}")
    return tuple(found)


def _expression(text: str, key: str, source: Source) -> Expression | None:
    with source.at(key):
        return parse(text, condition=key == "where") if text else None


def _measures(
    asked: dict[str, Expression], levers: tuple[Factor, ...], source: Source, catalogue: Catalogue, world: Scenario
) -> list[str]:
    """Return the measures that aims and a condition name; the other names are levers that have numbers."""
    moved = {lever.name: lever for lever in levers}
    found: dict[str, None] = {}
    for key, expression in asked.items():
        for name in expression.names:
            if name in moved:
                _check_lever(moved[name], key, source)
                continue
            if "." in name and "@" not in name:
                rule = f"{shown(name)} is no measure, and no lever of this search"
                raise source.error(key, rule, likely=nearest(name, moved))
            with source.at(key):
                catalogue.check(name, world)
                if catalogue[name].words:
                    raise InputError(f"{name} says a word, and no number")
            found.setdefault(name)
    return list(found)


def _check_lever(lever: Factor, key: str, source: Source) -> None:
    """Refuse a lever in a sum or condition whose levels are words: no search could make anything of it."""
    if not lever.sampled and not any(isinstance(level.value, int | float) for level in lever.levels):
        raise source.error(key, f"the levels of {shown(lever.name)} are no numbers, so it cannot stand in a sum")
