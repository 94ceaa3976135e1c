"""What is not said: who could not raise a concern, for which reasons, and what was abandoned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from experiments.facts.estimators import each_pair_once, ratio
from experiments.facts.observation import History, Observation
from sim.state import TICKS_PER_DAY
from sim.terms import SPOKEN, Form, Kind, Motive, Role, Strategy

IMPORTANT: Final = 0.5
"""Concern from which an issue is one that a survey would ask about: the middle of the scale."""
NAMED: Final = 0.20
"""Share of a motive in an occasion from which a respondent would name it: they name several, not the main one."""
WINDOW: Final = 12
"""Workdays in 17 calendar days."""
NO_REASON: Final = ("none", "disengaged", "unmotivated")
REASONS: Final = tuple(motive.name for motive in Motive if motive.name not in NO_REASON)
"""Motives that the silent give when asked what kept them from raising what matters to them."""
IMAGE: Final = ("diffident", "relational")
"""To be seen as somebody who complains, and to lose others by it: what is feared of those around one."""


# ---------------------------------------------------------------- whose concern, and what became of it


def critique_of(run: History) -> Any:
    """Return the occasions on which a coworker had critique to voice, questions left aside."""
    ledger = run.ledger
    coworker = run.world.members["role"][ledger["member"]] == Role.coworker
    return ledger[coworker & (ledger["criticality"] > 0.0) & (ledger["kind"] != Kind.question)]


def important_concerns(run: History) -> Any:
    """Return those of them in which the issue mattered to the member."""
    critique = critique_of(run)
    return critique[critique["concern"] >= IMPORTANT]


def unspoken(wishes: Any) -> Any:
    """Return the wishes that were not spoken in the arena."""
    return wishes[wishes["strategy"] >= SPOKEN]


def withheld_concerns(observed: Observation) -> Any:
    """Return the important concerns that were not spoken in the arena."""
    return unspoken(important_concerns(observed.run))


def share_of_members(all_of: Any, those: Any) -> float:
    """Return how many of the members of some occasions are among those of others."""
    return ratio(len(np.unique(those["member"])), len(np.unique(all_of["member"])))


def unable_to_raise(observed: Observation) -> float:
    """F1: of coworkers with an important concern, those who left one unspoken."""
    return share_of_members(important_concerns(observed.run), withheld_concerns(observed))


def voiced_somewhere(observed: Observation) -> float:
    """N3: of coworkers with an important concern, those who voiced one in the arena or in another channel."""
    wishes = important_concerns(observed.run)
    voiced = (wishes["strategy"] < SPOKEN) | (wishes["strategy"] == Strategy.other_channel)
    return share_of_members(wishes, wishes[voiced])


def anonymous_of_spoken(observed: Observation) -> float:
    """N5: share of spoken critique that is anonymous where posts can be."""
    spoken = critique_of(observed.anonymous)
    spoken = spoken[spoken["strategy"] < SPOKEN]
    return ratio((spoken["strategy"] == Strategy.anonymous).sum(), len(spoken))


# ---------------------------------------------------------------- why


def motive_field(motive: str) -> str:
    """Return the field of an occasion that holds a motive's share."""
    return f"motive_{Motive[motive].key}"


def mean_shares(wishes: Any, motives: tuple[str, ...] = REASONS) -> dict[str, float]:
    """Return the mean share of each motive in unspoken wishes, each member and issue counted once."""
    return {
        motive: each_pair_once(wishes["member"], wishes["issue"], wishes[motive_field(motive)]) for motive in motives
    }


def shares_of_mentions(shares: Mapping[str, float]) -> dict[str, float]:
    """Return shares relative to their sum: of all that was named, how much each motive is."""
    total = sum(shares.values())
    return {motive: ratio(share, total) for motive, share in shares.items()}


def _reasons(observed: Observation) -> dict[str, float]:
    return shares_of_mentions(mean_shares(withheld_concerns(observed)))


def mentions_of(*motives: str) -> Callable[[Observation], float]:
    """F2: return the measure of the share that some motives have among the reasons of those silent about a concern."""

    def mentions(observed: Observation) -> float:
        shares = _reasons(observed)
        return sum(shares.get(motive, 0.0) for motive in motives)

    return mentions


def lead_of_image(observed: Observation) -> float:
    """N6: how far image and relationships together are ahead of the next reason, in shares of mentions."""
    shares = _reasons(observed)
    others = max(share for motive, share in shares.items() if motive not in IMAGE)
    return mentions_of(*IMAGE)(observed) - others


def _naming(withheld: Any, motive: str, named: float) -> Any:
    return withheld[withheld[motive_field(motive)] >= named]


def fear_among_silent(named: float = NAMED) -> Callable[[Observation], float]:
    """F4: return the measure of who, of those who left a concern unspoken, names fear of superiors."""

    def naming_fear(observed: Observation) -> float:
        withheld = withheld_concerns(observed)
        return share_of_members(withheld, _naming(withheld, "defensive", named))

    return naming_fear


def futility_over_fear(named: float = NAMED) -> Callable[[Observation], float]:
    """N1: return the measure of how many of the silent name futility for each who names fear of superiors."""

    def ratio_of_members(observed: Observation) -> float:
        withheld = withheld_concerns(observed)
        futile, afraid = (_naming(withheld, motive, named) for motive in ("acquiescent", "defensive"))
        return ratio(len(np.unique(futile["member"])), len(np.unique(afraid["member"])))

    return ratio_of_members


# ---------------------------------------------------------------- drafts, and talk in private


def abandoned_a_draft(observed: Observation) -> float:
    """F5: of members who wrote or wanted to, those who left something unsaid, mean over windows of 12 workdays."""
    run = observed.run
    window = WINDOW * TICKS_PER_DAY
    ends = range(window, run.days * TICKS_PER_DAY + 1, window) or [run.days * TICKS_PER_DAY]
    return float(np.mean([_abandoned_until(run, end - window, end) for end in ends]))


def _abandoned_until(run: History, begin: int, end: int) -> float:
    messages, ledger = run.messages, run.ledger
    wrote = messages["author"][(messages["tick"] >= begin) & (messages["tick"] < end) & run.conversational]
    wishes = ledger[(ledger["tick"] >= begin) & (ledger["tick"] < end)]
    active = np.union1d(wrote, wishes["member"])
    return ratio(len(np.unique(unspoken(wishes)["member"])), len(active))


def posts_over_comments_abandoned(observed: Observation) -> float:
    """F6: share of wished posts that are abandoned over that of wished comments."""
    run = observed.run
    ledger, messages = run.ledger, run.messages
    unsaid = (ledger["strategy"] >= SPOKEN).astype(float)
    posts = ledger["form"] == Form.post
    simply_made = (messages["parent"] >= 0) & (messages["strategy"] == Strategy.none) & run.conversational
    member = np.concatenate([ledger["member"][~posts], messages["author"][simply_made]])
    issue = np.concatenate([ledger["issue"][~posts], messages["issue"][simply_made]])
    abandoned = np.concatenate([unsaid[~posts], np.zeros(int(simply_made.sum()))])
    of_posts = each_pair_once(ledger["member"][posts], ledger["issue"][posts], unsaid[posts])
    return ratio(of_posts, each_pair_once(member, issue, abandoned))


def private_over_arena(observed: Observation) -> float:
    """F8: mean chance that critique is spoken to one colleague over that in the arena."""
    member, issue, arena, private = observed.talks
    return ratio(each_pair_once(member, issue, private), each_pair_once(member, issue, arena))
