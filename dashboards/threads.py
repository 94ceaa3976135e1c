"""The feed as the page draws it: threads with their replies, and, below the surface, the drafts between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from dashboards.cards import Arrangement, Card, Cards, Wish
from dashboards.ledger import Ledger
from dashboards.view import WEEK, View
from dashboards.world import Arena
from sim.terms import SPOKEN, Response, Strategy

MOST_REPLIES: Final = 8
MOST_CARDS: Final = 75
"""Cards of a frame: the last thread to begin below it is shown whole."""
DEEPEST: Final = 5
MOST_OF_ONE: Final = 2
"""Drafts of one member in a frame, the latest: an iceberg is of many."""
_LOOKED_BACK: Final = 64  # newest replies of a thread among which those to show are chosen
_INSTEAD: Final = (Strategy.rephrase, Strategy.only_positive)


class Ghosts(NamedTuple):
    """What stayed unsaid, and what was said in the place of something else."""

    posts: list[Any]
    """Wishes to begin a thread, the newest first."""
    comments: dict[int, list[Any]]
    """Wishes to join a thread, by its first message, oldest first."""
    instead: dict[int, Any]
    """By the message that was written: the wish that it stands for."""


def draw_threads(arena: Arena, view: View, ledger: Ledger) -> list[dict[str, Any]]:
    """Return the threads with the latest activity, and, below the surface, the drafts between them."""
    engine = arena.engine
    since = max(0, arena.shown - 1) if view.since is None else view.since
    parameters = engine.parameters.visibility
    arrangement = Arrangement(parameters.leader_badges, parameters.audience_cues, parameters.visible_reactions, since)
    cards = Cards(arena.cast, engine.world, arrangement)
    roots = [*{int(cards.messages["thread"][row]): None for row in sorted(view.first, reverse=True)}]
    ahead = set(roots[: view.threads])
    roots = [*dict.fromkeys([*roots[: view.threads], *_newest(cards.messages, view)])]
    ghosts = _ghosts(cards.messages, roots, view, ledger, engine.tick) if view.iceberg else Ghosts([], {}, {})
    latest = _latest(cards.messages, {*roots, *ghosts.comments}, ghosts, None if ahead else view.threads)
    chosen = sorted(latest, key=lambda root: root not in ahead if isinstance(root, int) else True)[: view.threads]
    replies = {root: _replies(cards.messages, root, view.first) for root in chosen if isinstance(root, int)}
    cards.fetch([row for root, below in replies.items() for row in (root, *below)])
    threads: list[dict[str, Any]] = []
    room = MOST_CARDS
    for root in chosen:
        if room <= 0:
            break
        below = replies.get(root, []) if isinstance(root, int) else []
        alone = not isinstance(root, int)
        threads.append(_alone(cards, root, ledger) if alone else _thread(cards, root, below, ghosts, ledger))
        room -= len(threads[-1]["cards"])
    return threads


def _newest(messages: Any, view: View) -> list[int]:
    """Return the first messages of the threads in which something was last written, the latest first."""
    threads = messages["thread"]
    if view.issue is not None:
        threads = threads[messages["issue"] == view.issue]
    back = 1024
    while True:
        found, place = np.unique(threads[-back:][::-1], return_index=True)
        if len(found) >= view.threads or back >= len(threads):
            roots: list[int] = found[np.argsort(place)][: view.threads].tolist()
            return roots
        back *= 4


def _ghosts(messages: Any, roots: list[int], view: View, ledger: Ledger, now: int) -> Ghosts:
    """Return what stayed unsaid lately, or in the threads that are shown; a draft once, as it stood last."""
    oldest = min((int(messages["tick"][root]) for root in roots), default=now)
    rows = ledger.since(min(now - WEEK, oldest))
    silent = (rows["strategy"] >= SPOKEN) & (rows["message"] < 0)
    if view.issue is not None:
        silent &= rows["issue"] == view.issue
    silent &= ~np.isin(rows["occasion_id"], rows["draft_of"])
    silent[silent] &= _latest_of_each(rows["member"][silent])
    joins = rows["about"] >= 0
    wishes = [Wish._make(values) for values in rows[silent & ~joins][-view.threads :].tolist()]
    comments: dict[int, list[Any]] = defaultdict(list)
    below = rows[silent & joins]
    for root, values in zip(messages["thread"][below["about"]].tolist(), below.tolist(), strict=True):
        comments[root].append(Wish._make(values))
    replaced = rows[np.isin(rows["strategy"], _INSTEAD) & (rows["message"] >= 0)]
    instead = dict(zip(replaced["message"].tolist(), map(Wish._make, replaced.tolist()), strict=True))
    return Ghosts(wishes[::-1], comments, instead)


def _latest_of_each(members: Any) -> Any:
    """Return which rows of a ledger are among the latest `MOST_OF_ONE` of their member: bool[n]."""
    order = np.argsort(members, kind="stable")
    ends = np.searchsorted(members[order], members, side="right")
    place = np.empty(len(members), np.int64)
    place[order] = np.arange(len(members))
    return np.asarray(ends - place <= MOST_OF_ONE)


def _latest(messages: Any, roots: Iterable[int], ghosts: Ghosts, count: int | None) -> list[Any]:
    """Return threads, by their first message, and lone drafts, the latest activity first."""
    last, tick = messages["last"], messages["tick"]
    active = [
        (max([int(tick[last[root]]), *(wish.tick for wish in ghosts.comments.get(root, [])[-1:])]), 1, root, root)
        for root in roots
    ]
    active += [(wish.tick, 0, wish.occasion_id, wish) for wish in ghosts.posts]
    return [each[-1] for each in sorted(active, key=lambda each: each[:3], reverse=True)[:count]]


def _replies(messages: Any, root: int, first: Collection[int] = ()) -> list[int]:
    """Return the replies of a thread that are shown, oldest first: how leaders treat it, and the newest others.

    Those of `first` come before all else.
    """
    previous, treatment = messages["previous"], messages["treatment"]
    newest: list[int] = []
    at = int(messages["last"][root])
    while at != root and at >= 0 and len(newest) < _LOOKED_BACK:
        newest.append(at)
        at = int(previous[at])
    wanted = sorted(newest, key=lambda row: (row not in first, treatment[row] == Response.none))
    return sorted(wanted[:MOST_REPLIES])


def _thread(cards: Cards, root: int, replies: list[int], ghosts: Ghosts, ledger: Ledger) -> dict[str, Any]:
    """Return a thread: its first message, then each reply with what is below it, and drafts where they would stand."""
    unsaid = ghosts.comments.get(root, [])
    among = {root, *replies}
    under: dict[int, list[Any]] = defaultdict(list)
    for row in replies:
        under[_shown_above(cards, cards.known(row).parent, among)].append(row)
    for wish in unsaid[-MOST_REPLIES:]:
        under[_shown_above(cards, wish.about, among)].append(wish)

    def draw_from(each: Any, depth: int) -> Iterator[Card]:
        if not isinstance(each, int):
            yield cards.draft(each, ledger.began(each), depth)
            return
        wish = ghosts.instead.get(each)
        yield cards.message(each, depth, None if wish is None else (wish, ledger.began(wish)))
        for below in sorted(under[each], key=lambda one: _when(cards, one)):
            yield from draw_from(below, min(depth + 1, DEEPEST))

    first = cards.known(root)
    shown_cards = list(draw_from(root, 0))
    return {
        "id": str(first.message_id),
        "cards": shown_cards,
        "more": max(0, first.comments - len(replies)),
        "unsaid": len(unsaid),
    }


def _shown_above(cards: Cards, row: int, among: set[int]) -> int:
    """Return the nearest message above that is shown."""
    while row not in among:
        row = cards.known(row).parent
    return row


def _when(cards: Cards, each: Any) -> tuple[int, int, int]:
    """Return the place in the order of time; in one hour, what was written stands before what was not."""
    return (cards.known(each).tick, 0, each) if isinstance(each, int) else (each.tick, 1, each.occasion_id)


def _alone(cards: Cards, wish: Any, ledger: Ledger) -> dict[str, Any]:
    """Return a thread that was never begun."""
    card = cards.draft(wish, ledger.began(wish), 0)
    return {"id": card["id"], "cards": [card], "more": 0, "unsaid": 1}
