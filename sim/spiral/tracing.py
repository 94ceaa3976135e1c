"""One issue of one run: its path, its pivotal people, and both in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.engine import Behaviour
from sim.errors import shown
from sim.kernel import message_ids
from sim.scenario import issue_number
from sim.spiral.path import Fate, Milestone, Stage, fate_of, messages_of, missing, path, rerun, seconding
from sim.spiral.path import from_below as critiques_from_below
from sim.spiral.pivotal import MOST, Pivot, find_pivots
from sim.state import TICKS_PER_DAY
from sim.wording import agree, count

if TYPE_CHECKING:
    from sim.record import Run

_WORDS = {
    "surfaced": ("surfaced", "it surfaced"),
    "answered": ("answered", "a leader answered"),
    "critique_answered": ("answered as critique", "a leader answered critique"),
    "resolved": ("resolved", "action followed"),
}
"""Of each stage that counts: what it is called after `never`, and before `days later`."""


@dataclass(frozen=True)
class Spiral:
    """The spiral of one issue in one run. Members are row numbers; `member_ids` says who they are."""

    issue: int
    name: str
    seed: int
    days: int
    onset: int
    """Tick of the issue's beginning."""
    milestones: tuple[Milestone, ...]
    supporters: tuple[int, ...]
    """Members who liked or seconded critique from below on the issue, in the order in which they first did."""
    fate: Fate
    pivots: tuple[Pivot, ...]
    """All whose silence was tried out, pivotal or not, in the order of time."""
    message_ids: Mapping[int, int]
    """The message_id of each message row that is named here."""
    member_ids: Mapping[int, str]

    @property
    def missing(self) -> tuple[Stage, ...]:
        """The stages that the issue never reached."""
        return missing(self.milestones)

    @property
    def pivotal(self) -> tuple[Pivot, ...]:
        """Those whose silence would have kept the issue from a stage that it reached."""
        return tuple(pivot for pivot in self.pivots if pivot.pivotal)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can have it; ticks as they are, and gaps and delays in workdays."""
        return {
            "issue": self.issue,
            "name": self.name,
            "seed": self.seed,
            "days": self.days,
            "onset": self.onset,
            "path": list(self._steps()),
            "missing": [stage.name for stage in self.missing],
            "supporters": [self.member_ids[member] for member in self.supporters],
            "fate": self.fate._asdict(),
            "pivots": [self._describe(pivot) for pivot in self.pivots],
        }

    def _steps(self) -> Iterator[dict[str, Any]]:
        before = self.onset
        for reached in self.milestones:
            yield {
                "stage": reached.stage.name,
                "tick": reached.tick,
                "day": reached.day,
                "days_since_the_last": (reached.tick - before) / TICKS_PER_DAY,
                "member": self.member_ids[reached.member],
                "message_id": None if reached.message is None else self.message_ids[reached.message],
                "how": reached.how or None,
            }
            before = reached.tick

    def _describe(self, pivot: Pivot) -> dict[str, Any]:
        return {
            "member": self.member_ids[pivot.member],
            "message_id": self.message_ids[pivot.message],
            "tick": pivot.tick,
            "part": pivot.part,
            "once": pivot.once._asdict(),
            "throughout": pivot.throughout._asdict(),
            "ended": list(pivot.ended),
            "delays": pivot.delays,
            "pivotal": pivot.pivotal,
        }

    def words(self) -> str:
        """Return the story in plain sentences, a line each, safe to show on any terminal."""
        return "\n".join([*self._path_in_words(), "", *self._pivots_in_words()])

    def _path_in_words(self) -> Iterator[str]:
        yield f"{shown(self.name)}: its path in {self.days} workdays (seed {self.seed})"
        for step, reached in zip(self._steps(), self.milestones, strict=True):
            how = f" ({reached.how})" if reached.how else ""
            gap = f"{step['days_since_the_last']:+.1f} days"
            yield f"  day {reached.day:5.1f}  {gap:>10}  {reached.stage.value}: {shown(step['member'])}{how}"
        for stage in self.missing:
            yield f"  never                  {stage.value}"
        people = len(self.supporters)
        yield f"  {count(people, 'member')} {agree(people, 'has', 'have')} liked or seconded critique from below."

    def _pivots_in_words(self) -> Iterator[str]:
        if not self.pivots:
            yield "Nobody who spoke of it by a decision of their own was tried out as silent."
            return
        yield f"With the luck of this run, {_count(self.pivots)} were tried out as silent on it:"
        for pivot in self.pivots:
            day = pivot.tick / TICKS_PER_DAY
            yield f"  {shown(self.member_ids[pivot.member])} ({pivot.part}, day {day:.1f}): {_effect(pivot)}"
        if not self.pivotal:
            yield "Nobody of these was pivotal: without any one of them it would have come as far."


def _count(people: tuple[Pivot, ...]) -> str:
    return count(len(people), "person")


def _effect(pivot: Pivot) -> str:
    """Tell what the silence of one person would have changed."""
    lost = [f"pivotal: without them never {_WORDS[stage][0]}" for stage in pivot.ended]
    moved = [
        f"{_WORDS[stage][1]} {abs(days):.1f} days {'later' if days > 0 else 'earlier'}"
        for stage, days in pivot.delays.items()
    ]
    return "; ".join([*lost, *moved]) or "nothing would have changed in its path"


# ---------------------------------------------------------------- which issue


# ---------------------------------------------------------------- tracing


def trace(
    run: Run,
    issue: str | int | None = None,
    most: int = MOST,
    behaviours: Mapping[int, Behaviour] | None = None,
) -> Spiral:
    """Return the path of an issue in a run, and what the silence of each of at most `most` people would have changed.

    `issue` is a name or a number; by default the issue that challenges those in charge most. The run is repeated,
    and twice more for each person. Raises InputError where there is no such issue, where the run was made under other
    rules, or with `behaviours` that are not given again.
    """
    number = issue_number(run.scenario.parameters, issue)
    seen = rerun(run, number, behaviours)
    messages = messages_of(seen.engine)
    pivots = find_pivots(run, seen, number, most, behaviours)
    milestones = path(seen, number)
    supporters = _supporters(messages, number, seen.likes)
    rows = {*(pivot.message for pivot in pivots), *(m.message for m in milestones if m.message is not None)}
    people = {*(pivot.member for pivot in pivots), *(m.member for m in milestones), *supporters}
    ids = message_ids(messages)
    return Spiral(
        issue=number,
        name=run.scenario.parameters.issues[number].name,
        seed=run.seed,
        days=run.days,
        onset=int(seen.engine.world.issues[number]["onset"]),
        milestones=milestones,
        supporters=supporters,
        fate=fate_of(seen.engine, number),
        pivots=pivots,
        message_ids={row: int(ids[row]) for row in sorted(rows)},
        member_ids={row: run.organization.ids[row] for row in sorted(people)},
    )


def _supporters(messages: Any, issue: int, likes: Any) -> tuple[int, ...]:
    critiques = critiques_from_below(messages, issue)
    known = set(critiques.tolist())
    liked = [(tick, member) for tick, member, row in likes if row in known]
    said = seconding(messages, critiques)
    said = said[messages["author"][said] != messages["author"][messages["parent"][said]]]
    seconded = zip(messages["tick"][said].tolist(), messages["author"][said].tolist(), strict=True)
    return tuple(dict.fromkeys(member for _, member in sorted([*liked, *seconded])))
