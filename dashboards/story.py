"""The story that a page opens with: its film, made in a thread of its own, and what other seeds say of the same answer.

Before it is shown, it is said whether the difference that it ends with is outside noise in this world: a story that
cannot keep its promise makes none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from dashboards import address, elsewhere, visitors
from dashboards.aftermath import Aftermath
from dashboards.beside import MadeInAThread
from dashboards.differences import Group, apart, difference, interval, is_clear
from dashboards.elsewhere import SEEDS, other_seeds
from dashboards.film import HOURS, Film, answer_in
from dashboards.twins import Pair
from dashboards.view import View
from dashboards.world import Arena
from experiments.statistics import mean_interval
from sim.errors import InputError
from sim.scenario import Event
from sim.wording import count, rounded

NOTHING: Final = "In this world nobody has written a critique that could be answered, so there is no story to tell."


class Story(MadeInAThread):
    """The story of the world that an arena shows."""

    def __init__(self, arena: Arena, done: Callable[[], object], seeds: int = SEEDS) -> None:
        super().__init__(arena, done)
        with arena.lock:
            self._arena = arena.forked()
        self.film: dict[str, Any] | None = None
        self.others: list[Group] = []
        """Of each other seed: those who know of it, as `Film.groups` has them."""
        self.hindrance = ""
        """Why other seeds cannot have what happens here."""
        self._seeds = seeds
        self._answer: tuple[Arena, Event] | None = None
        self._tried = 0
        self.start()

    def stage(self, _: Any) -> tuple[Any, ...]:
        """Return what grows whenever there is something new to tell."""
        return self.film is None, self._tried, self.problem, self.hindrance

    def describe(self, _: Any = None) -> dict[str, Any]:
        """Return the story as far as it is known, as plain values for JSON."""
        film = self.film
        return {
            "film": film,
            "problem": self.problem,
            "promise": None if film is None else promise(film),
            "sentences": [] if film is None else sentences(film),
            "clear": film is not None and is_clear(film["groups"]["know"]),
            "seeds": None if film is None else self._of_others(),
            "address": None if film is None else self._address(),
        }

    def pair(self) -> Pair:
        """Return both worlds of the film as twins, at its last hour. Raises InputError where there is none yet."""
        if self._answer is None:
            raise InputError("the story is still being made")
        world, event = self._answer[0].forked(), self._answer[1]
        world.look_at(event.tick + HOURS)
        return Aftermath(world, event).pair()

    # ------------------------------------------------------------ the thread

    def make(self) -> None:
        """Make the film, and then ask other seeds."""
        found = answer_in(self._arena)
        if found is None:
            raise InputError(NOTHING)
        film = Film(found).describe()
        self._answer, self.film = (found.arena, found.event), film
        self._done()
        self._ask_others(found.arena, found.event)

    def _ask_others(self, world: Arena, event: Event) -> None:
        try:
            elsewhere.check([event])
            for seed in other_seeds(world.seed, self._seeds):
                with visitors.TURNS:
                    group = _elsewhere(world, event, seed)
                self.others = [*self.others, *[group] * bool(group["members"])]
                self._tried += 1
                self._done()
        except InputError as problem:
            self.hindrance = f"{problem}."

    def _of_others(self) -> dict[str, Any]:
        return {
            "done": self._tried,
            "of": self._seeds,
            "words": self.hindrance or (said_elsewhere(self.others) if self._tried == self._seeds else ""),
        }

    def _address(self) -> str:
        """Return the address of the film's world at its last hour, coloured by what the answer did."""
        assert self._answer is not None and self.film is not None
        found = address.describe(self._answer[0], View(belief="willingness_answer")).address
        return address.query(found._replace(tick=self.film["until"]))


def _elsewhere(world: Arena, event: Event, seed: int) -> Group:
    """Return what the same answer does on another seed to those who know of it; nobody where there is none."""
    people = world.organization if world.given else None
    other = Arena(world.base, seed, people, world.interventions)
    same = next(each for each in other.scenario.written if each == event)
    found = Aftermath(other, same)
    if not found.answered:
        return {"members": 0}
    found.follow(event.tick + HOURS)
    return found.known()


# ---------------------------------------------------------------- in words


def promise(film: Mapping[str, Any]) -> str:
    """Say what the film will show, and no more than it can keep."""
    know, what = film["groups"]["know"], film["called"]
    if is_clear(know):
        return f"Watch what {what} does to those who only looked on."
    return (
        f"In this world {what} reaches {count(know['members'], 'person')}, and what it does to them is within noise. "
        "The film shows it all the same; another seed may tell more."
    )


def sentences(film: Mapping[str, Any]) -> list[str]:
    """Say what differs between both worlds, each with its interval; the first is of those of whom the promise is."""
    groups = film["groups"]
    said = [difference("All who know of it", groups["know"]), difference("Those who read it", groups["saw"])]
    if groups["heard"]["members"]:
        said.append(difference("Those who only heard of it", groups["heard"]))
    said.append(difference("Everyone else", groups["others"]))
    return [each for each in said if each]


def said_elsewhere(others: list[Group]) -> str:
    """Say what other seeds say of those who know of it: the mean of their differences, and on how many it is clear."""
    found = mean_interval([group["less"] for group in others])
    if found.runs < 2:
        return "On the other seeds there was nothing to answer."
    clear = sum(map(is_clear, others))
    whole = {"low": rounded(found.low), "high": rounded(found.high)}
    return (
        f"On {found.runs} other seeds, those who know of it are {apart(found.mean)} willing on average"
        f"{interval(whole)}; outside noise on {clear} of {found.runs}."
    )
