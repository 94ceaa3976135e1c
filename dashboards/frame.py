"""What the page draws: `scene`, which changes only when the past does, and `frame`, one hour, as plain values for JSON.

A frame depends on the world at the hour shown and on the view alone: the same hour looks the same whenever it is shown.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from dashboards.cards import Arrangement, Card, Cards, Cast, Wish
from dashboards.levers import label
from dashboards.world import Arena
from experiments.figures.style import words
from sim.engine import Engine
from sim.errors import InputError, nearest, shown, told
from sim.lexicon import vocabulary
from sim.measures import MEASURES, Sums
from sim.opinions import looked_at
from sim.scenario import Event, Scenario, issue_number
from sim.state import BELIEF_FIELDS, DAYS_PER_WEEK, TICKS_PER_DAY, Clock, World
from sim.terms import SPOKEN, Identity, IssueKind, Response, Role, Strategy
from sim.wording import FIRST_HOUR, number, percent, person, rounded

WEEK: Final = DAYS_PER_WEEK * TICKS_PER_DAY
"""Working hours that count as lately."""
MOST_REPLIES: Final = 8
MOST_CARDS: Final = 75
"""Cards of a frame: the last thread to begin below it is shown whole."""
MOST_EDGES: Final = 400
MOST_POINTS: Final = 300
"""Days of a line over time; of a longer run every second or third is drawn."""
DEEPEST: Final = 5
_LOOKED_BACK: Final = 64  # newest replies of a thread among which those to show are chosen
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
SAFETY: Final = "psychological_safety"
_OPINIONS: Final = ("stance", "climate")
BELIEFS: Final = (SAFETY, *(name for name, *_ in BELIEF_FIELDS), *_OPINIONS)
"""What members can be coloured by, as it stands."""
CHANGES: Final = ("safety_since", "safety_answer")
"""What else: by how much safety has changed since an hour, or through the latest answer that everyone could see."""
MOST_CHANGE: Final = 0.1
"""The change of a belief that has the full colour: a tenth of the scale."""
LAYOUTS: Final = ("hierarchy", "ties")
_INSTEAD: Final = (Strategy.rephrase, Strategy.only_positive)


class View(NamedTuple):
    """What of a world one page wants to see."""

    threads: int = 30
    belief: str = SAFETY
    """What members are coloured by: one of `BELIEFS`; stance and climate are of `issue`, else of the most critical."""
    iceberg: bool = False
    """Whether drafts that nobody wrote stand between the posts."""
    issue: int | None = None
    """Only threads about this issue."""
    layout: str = "hierarchy"
    since: int | None = None
    """The hour from which on cards are new; without one, those of the last hour."""
    differing: bool = False
    """Of twins: whether what exists in one world only stands first."""
    first: frozenset[int] = frozenset()
    """Rows of messages whose threads stand first, and which are shown among the replies."""
    against: int = 0
    """The hour with which `safety_since` compares."""


# ---------------------------------------------------------------- what changes only with the past


def scene(arena: Arena) -> dict[str, Any]:
    """Return what changes only with the arena's generation: who there is, where they stand, what happens when."""
    with arena.lock:
        base, parameters = arena.base, arena.scenario.parameters
        return {
            "generation": arena.generation,
            "title": shown(base.title),
            "question": shown(" ".join(base.question.split()), 1000),
            "theory": shown(" ".join(base.theory.split()), 3000),
            "talking_points": [shown(" ".join(point.split()), 500) for point in base.talking_points],
            "scenario": base.name,
            "seed": arena.seed,
            "days": parameters.days,
            "members": arena.organization.members,
            "issues": [
                {"name": shown(issue.name), "kind": issue.kind, "words": IssueKind[issue.kind].words.noun}
                for issue in parameters.issues
            ],
            "terms": {"role": vocabulary(Role), "response": vocabulary(Response)},
            "nodes": _nodes(arena.cast),
            "timeline": list(_timeline(arena)),
        }


def _nodes(cast: Cast) -> dict[str, list[Any]]:
    people, hierarchy, ties = cast.organization, cast.hierarchy, cast.ties
    return {
        "row": list(range(people.members)),
        "name": cast.names,
        "initials": cast.initials,
        "role": [Role(number).name for number in cast.role],
        "title": cast.titles,
        "department": [cast.departments[number] for number in cast.department],
        "level": people.level.tolist(),
        "manager": people.manager.tolist(),
        "x": hierarchy.x.tolist(),
        "y": hierarchy.y.tolist(),
        "tie_x": ties.x.tolist(),
        "tie_y": ties.y.tolist(),
    }


def _timeline(arena: Arena) -> Iterator[dict[str, Any]]:
    """Yield what happens, in order: events of the scenario, issues that begin, and what was changed while it ran."""
    scenario = arena.scenario
    own = len(scenario.written) - len(arena.interventions)
    marks: list[dict[str, Any]] = [
        {"day": event.day, "words": happening(event, scenario, arena.cast), "mine": number >= own}
        for number, event in enumerate(scenario.written)
    ]
    marks += [
        {"day": issue.onset_day, "words": f"“{shown(issue.name, 60)}” begins", "mine": False}
        for issue in scenario.parameters.issues
        if issue.onset_day > 0
    ]
    yield from sorted(marks, key=lambda mark: mark["day"])


def happening(event: Event, scenario: Scenario, cast: Cast) -> str:
    """Say in a few words what an event does."""
    if event.respond is not None:
        to = event.respond.to
        what = "a message" if isinstance(to, int) else f"the {to.replace('_', ' ')}"
        does = Response[event.respond.how].words.present.replace("{what}", what)
        return f"{_called(event.respond.by, cast)} {does}"
    if event.announce is not None:
        return f"{_called(event.announce.by, cast)} announces openness ({event.announce.openness:g})"
    if event.post is not None:
        return f"{_called(event.post.by, cast)} posts about {_issue(scenario, event.post.issue)}"
    if event.campaign is not None:
        return f"a campaign about {_issue(scenario, event.campaign.issue)} for {event.campaign.days:g} days"
    return ", ".join(f"{_whose(name)}{label(name, scenario)}: {_value(value)}" for name, value in event.set)


def _called(member: str, cast: Cast) -> str:
    if member == "ceo":
        return "the chief executive"
    try:
        return cast.names[cast.organization.row_of(member)]
    except InputError:
        return person(member)


def _issue(scenario: Scenario, number: int | str) -> str:
    return f"“{shown(scenario.parameters.issues[int(number)].name, 60)}”"


def _whose(name: str) -> str:
    table = name.split(".")
    return (
        f"{words(table[1])}’ " if table[0] == "leadership" else "community managers’ " * (table[0] == "communicators")
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words(value) if isinstance(value, str) else f"{value:g}"


# ---------------------------------------------------------------- one hour


def frame(arena: Arena, view: View | None = None, change: Any = None) -> dict[str, Any]:
    """Return what the page draws of the hour shown. Raises InputError where the view asks for what there is not.

    `change` is what members are coloured by where the view asks for one of `CHANGES`, float64[n]; None for no change.
    """
    wanted = view or View()
    with arena.lock:
        engine = arena.engine
        ledger = _Ledger(engine)
        lately = ledger.since(engine.tick - WEEK)
        spoken = int((lately["strategy"] < SPOKEN).sum())
        return {
            "generation": arena.generation,
            "clock": _clock(arena),
            "threads": _threads(arena, wanted, ledger),
            "unsaid_now": len(lately) - spoken,
            "spoken_now": spoken,
            "numbers": _numbers(engine),
            "series": series(engine),
            "participation": _participation(engine.world),
            "opinion": _opinion(engine, wanted) if wanted.iceberg else None,
            "network": _network(engine, wanted, change),
            "identity": engine.parameters.visibility.identity,
        }


def _clock(arena: Arena) -> dict[str, Any]:
    tick = arena.shown
    day, hour = divmod(tick, TICKS_PER_DAY)
    return {
        "shown": tick,
        "lived": arena.lived,
        "ticks": arena.ticks,
        "day": day,
        "hour": FIRST_HOUR + hour,
        "days": arena.scenario.parameters.days,
        "words": clock_words(tick, arena.ticks),
    }


def clock_words(tick: int, ticks: int) -> str:
    """Say what time it is: the working hour that comes next; workdays count from 0, as in all tables."""
    day, hour = divmod(tick, TICKS_PER_DAY)
    if tick >= ticks and not hour:
        day, hour = day - 1, TICKS_PER_DAY
    return f"{_DAYS[day % DAYS_PER_WEEK]} {FIRST_HOUR + hour}:00, workday {day}"


# ---------------------------------------------------------------- the silence ledger


class _Ledger:
    """The silence ledger of an engine, of which the latest rows are at hand."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        world = engine.world
        self.rows = np.asarray(world.occasions[: int(world.clock[Clock.occasions])])
        self.whole = len(self.rows) == int(world.members["occasions"].sum())
        self._ids: Any = None

    def since(self, tick: int) -> Any:
        """Return the rows from a working hour on; they stand in the order of time."""
        first = int(np.searchsorted(self.rows["tick"], tick))
        if first == 0 and not self.whole:
            self._fetch()
            first = int(np.searchsorted(self.rows["tick"], tick))
        return self.rows[first:]

    def began(self, wish: Any) -> int:
        """Return the occasion on which a draft began: it says the same each time it is taken up again."""
        occasion, before = wish.occasion_id, wish.draft_of
        while before >= 0:
            occasion, before = before, self._draft_of(before)
        return int(occasion)

    def _draft_of(self, occasion_id: int) -> int:
        if self._ids is None:
            self._ids = np.ascontiguousarray(self.rows["occasion_id"])
        at = int(np.searchsorted(self._ids, occasion_id))
        if at < len(self._ids) and self._ids[at] == occasion_id:
            return int(self.rows["draft_of"][at])
        if self.whole:
            return -1
        self._fetch()
        return self._draft_of(occasion_id)

    def _fetch(self) -> None:
        """Have those at hand that went to disk as well."""
        self.rows, self.whole, self._ids = np.concatenate([np.asarray(p) for p in self._engine.ledger()]), True, None


# ---------------------------------------------------------------- the feed


class _Ghosts(NamedTuple):
    """What stayed unsaid, and what was said in the place of something else."""

    posts: list[Any]
    """Wishes to begin a thread, the newest first."""
    comments: dict[int, list[Any]]
    """Wishes to join a thread, by its first message, oldest first."""
    instead: dict[int, Any]
    """By the message that was written: the wish that it stands for."""


def _threads(arena: Arena, view: View, ledger: _Ledger) -> list[dict[str, Any]]:
    """Return the threads with the latest activity, and, below the surface, the drafts between them."""
    engine = arena.engine
    since = max(0, arena.shown - 1) if view.since is None else view.since
    parameters = engine.parameters.visibility
    arrangement = Arrangement(parameters.leader_badges, parameters.audience_cues, parameters.visible_reactions, since)
    cards = Cards(arena.cast, engine.world, arrangement)
    roots = [*{int(cards.messages["thread"][row]): None for row in sorted(view.first, reverse=True)}]
    ahead = set(roots[: view.threads])
    roots = [*dict.fromkeys([*roots[: view.threads], *_newest(cards.messages, view)])]
    ghosts = _ghosts(cards.messages, roots, view, ledger, engine.tick) if view.iceberg else _Ghosts([], {}, {})
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


def _ghosts(messages: Any, roots: list[int], view: View, ledger: _Ledger, now: int) -> _Ghosts:
    """Return what stayed unsaid lately, or in the threads that are shown; a draft once, as it stood last."""
    oldest = min((int(messages["tick"][root]) for root in roots), default=now)
    rows = ledger.since(min(now - WEEK, oldest))
    silent = (rows["strategy"] >= SPOKEN) & (rows["message"] < 0)
    if view.issue is not None:
        silent &= rows["issue"] == view.issue
    silent &= ~np.isin(rows["occasion_id"], rows["draft_of"])
    joins = rows["about"] >= 0
    wishes = [Wish._make(values) for values in rows[silent & ~joins][-view.threads :].tolist()]
    comments: dict[int, list[Any]] = defaultdict(list)
    below = rows[silent & joins]
    for root, values in zip(messages["thread"][below["about"]].tolist(), below.tolist(), strict=True):
        comments[root].append(Wish._make(values))
    replaced = rows[np.isin(rows["strategy"], _INSTEAD) & (rows["message"] >= 0)]
    instead = dict(zip(replaced["message"].tolist(), map(Wish._make, replaced.tolist()), strict=True))
    return _Ghosts(wishes[::-1], comments, instead)


def _latest(messages: Any, roots: Iterable[int], ghosts: _Ghosts, count: int | None) -> list[Any]:
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


def _thread(cards: Cards, root: int, replies: list[int], ghosts: _Ghosts, ledger: _Ledger) -> dict[str, Any]:
    """Return a thread: its first message, then each reply with what is below it, and drafts where they would stand."""
    unsaid = ghosts.comments.get(root, [])
    among = {root, *replies}
    under: dict[int, list[Any]] = defaultdict(list)
    for row in replies:
        under[_shown_above(cards, cards.known(row).parent, among)].append(row)
    for wish in unsaid[-MOST_REPLIES:]:
        under[_shown_above(cards, wish.about, among)].append(wish)

    def told_from(each: Any, depth: int) -> Iterator[Card]:
        if not isinstance(each, int):
            yield cards.draft(each, ledger.began(each), depth)
            return
        wish = ghosts.instead.get(each)
        yield cards.message(each, depth, None if wish is None else (wish, ledger.began(wish)))
        for below in sorted(under[each], key=lambda one: _when(cards, one)):
            yield from told_from(below, min(depth + 1, DEEPEST))

    first = cards.known(root)
    shown_cards = list(told_from(root, 0))
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


def _alone(cards: Cards, wish: Any, ledger: _Ledger) -> dict[str, Any]:
    """Return a thread that was never begun."""
    card = cards.draft(wish, ledger.began(wish), 0)
    return {"id": card["id"], "cards": [card], "more": 0, "unsaid": 1}


# ---------------------------------------------------------------- numbers


def _sums(columns: Any, wholes: Any, days: Any) -> Sums:
    """Return sums of all members over stretches of time; `columns` is [t, cells, columns]."""
    total = columns.sum(axis=1).T
    nobody = np.zeros_like(total)  # leaders apart from others: no measure of a frame asks for them
    return Sums(total[:, None, :], wholes.T, nobody, nobody, nobody, np.asarray(days, float))


def _measured(name: str, sums: Sums) -> Any:
    rule = MEASURES[name].value
    return rule(sums)[0] if rule else np.full(len(sums.days), np.nan)


def _stretch(engine: Engine, end: int) -> Sums:
    """Return what was counted in the five workdays before the day `end`."""
    first, end = max(0, end - DAYS_PER_WEEK), max(0, end)
    column = engine.world.daily[first:end].sum(axis=0, keepdims=True)
    hours = min(engine.tick, end * TICKS_PER_DAY) - first * TICKS_PER_DAY
    return _sums(column, np.zeros((1, engine.world.whole.shape[1])), [hours / TICKS_PER_DAY])


def _numbers(engine: Engine) -> list[dict[str, Any]]:
    """Return the four large numbers: of the last five workdays, and of the five before."""
    begun = math.ceil(engine.tick / TICKS_PER_DAY)
    now, before = _stretch(engine, begun), _stretch(engine, begun - DAYS_PER_WEEK)
    return [
        _tile("p_speak", "wishes spoken", "share", *(_last(_measured("p_speak", each)) for each in (now, before))),
        _tile("unsaid", "left unsaid a day", "wishes a workday", *(_unsaid_a_day(each) for each in (now, before))),
        _tile("engagement", "engagement", "share", *_stood(engine, "engagement")),
        _tile(SAFETY, "psychological safety", "share", *_stood(engine, SAFETY)),
    ]


def _tile(key: str, text: str, unit: str, value: float | None, before: float | None) -> dict[str, Any]:
    told_as = percent(value) if unit == "share" else number(value, 1 if (value or 0) < 10 else 0)
    return {
        "key": key,
        "label": text,
        "value": rounded(value),
        "before": rounded(before),
        "unit": unit,
        "words": told_as,
    }


def _unsaid_a_day(sums: Sums) -> float | None:
    days = float(sums.days[0])
    return float(_measured("wishes", sums)[0] - _measured("spoken", sums)[0]) / days if days > 0 else None


def _stood(engine: Engine, name: str) -> tuple[float, float]:
    """Return the mean of a belief now, and at the end of the workday five workdays ago."""
    world = engine.world
    day = (engine.tick - WEEK) // TICKS_PER_DAY
    if day <= 0:
        return float(belief(world.beliefs, name).mean()), float(belief(world.start, name).mean())
    then = _sums(world.daily[day - 1 : day], world.whole[day - 1 : day], [1.0])
    return float(belief(world.beliefs, name).mean()), float(_measured(name, then)[0])


def belief(beliefs: Any, name: str) -> Any:
    """Return what members believe, float64[n]; psychological safety is the mean of both safeties."""
    if name == SAFETY:
        return 0.5 * (beliefs["safety_line_manager"] + beliefs["safety_executives"])
    return beliefs[name]


def _last(values: Any) -> float | None:
    return None if np.isnan(values[-1]) else float(values[-1])


def series(engine: Engine, most: int = MOST_POINTS) -> dict[str, list[Any]]:
    """Return finished days, at most so many: day, chance that a wish is spoken, wishes unspoken, engagement, safety."""
    days = engine.tick // TICKS_PER_DAY
    world = engine.world
    sums = _sums(world.daily[:days], world.whole[:days], np.ones(days))
    found = {
        "voice": _measured("p_speak", sums),
        "silence": _measured("wishes", sums) - _measured("spoken", sums),
        "engagement": _measured("engagement", sums),
        "safety": _measured(SAFETY, sums),
    }
    step = max(1, -(-days // most))
    every = slice((days - 1) % step if days else 0, None, step)
    lines = {
        name: [None if np.isnan(v) else v for v in values[every].round(4).tolist()] for name, values in found.items()
    }
    return {"day": np.arange(days)[every].tolist(), **lines}


# ---------------------------------------------------------------- who takes part, and who answers whom


def _participation(world: World) -> dict[str, Any]:
    """Return the shares of members who wrote, only liked, only read, and never came, from the start on."""
    members = world.members
    wrote = (members["posts"] + members["comments"]) > 0
    liked = ~wrote & (members["likes_given"] > 0)
    read = ~wrote & ~liked & (members["visits"] > 0)
    shares = {"wrote": wrote, "only_liked": liked, "only_read": read, "never_came": ~wrote & ~liked & ~read}
    role = members["role"]
    there, written = np.bincount(role, minlength=len(Role)), np.bincount(role[wrote], minlength=len(Role))
    return {
        **{name: round(float(who.mean()), 4) for name, who in shares.items()},
        "roles": [
            {"role": each.name, "wrote": round(float(written[each] / there[each]), 4), "members": int(there[each])}
            for each in Role
            if there[each]
        ],
    }


def _opinion(engine: Engine, view: View) -> dict[str, Any]:
    """Return, by role, who is privately in favour of an issue, who is imagined to be, and which voices are heard."""
    found = looked_at(engine, view.issue)
    groups = [group for group in found.groups if not group.name.startswith("department:")]
    return {
        "issue": found.issue,
        "groups": [
            {
                "role": group.name.removeprefix("role:"),
                "private": round(group.in_favour, 4),
                "imagined": round(group.imagined, 4),
                "voiced": rounded(group.voices_in_favour),
            }
            for group in groups
        ],
    }


def _network(engine: Engine, view: View, change: Any) -> dict[str, Any]:
    world = engine.world
    used = np.asarray(world.messages[: int(world.clock[Clock.messages])])
    lately = used[int(np.searchsorted(used["tick"], engine.tick - WEEK)) :]
    named = lately[lately["identity"] != Identity.anonymous]
    return {
        "colour": _colours(engine, view, change),
        "edges": _edges(used, named, len(world.members)),
        "lively": np.unique(named["author"]).tolist(),
    }


def _edges(messages: Any, named: Any, members: int) -> list[list[int]]:
    """Return who answered whom how often, the most frequent first; whoever gave no name is on neither end."""
    answers = named[named["parent"] >= 0]
    above = messages[answers["parent"]]
    kept = (above["identity"] != Identity.anonymous) & (above["author"] != answers["author"])
    code = answers["author"][kept].astype(np.int64) * members + above["author"][kept]
    pairs, count = np.unique(code, return_counts=True)
    first = np.lexsort((pairs, -count))[:MOST_EDGES]
    return np.column_stack([pairs[first] // members, pairs[first] % members, count[first]]).tolist()


def _colours(engine: Engine, view: View, change: Any) -> list[int]:
    """Return what members are coloured by, from 0 to 255; no change is in the middle."""
    known = (*BELIEFS, *CHANGES)
    if view.belief not in known:
        raise InputError(
            f"members cannot be coloured by {told(view.belief)}", key="belief", nearest=nearest(view.belief, known)
        )
    if view.belief in CHANGES:
        values = 0.5 + (np.zeros(len(engine.world.members)) if change is None else change) / (2.0 * MOST_CHANGE)
    elif view.belief in _OPINIONS:
        values = engine.world.positions[view.belief][:, issue_number(engine.parameters, view.issue)]
        values = 0.5 + 0.5 * values if view.belief == "stance" else values
    else:
        values = belief(engine.world.beliefs, view.belief)
    colours: list[int] = np.rint(255.0 * np.clip(values, 0.0, 1.0)).astype(int).tolist()
    return colours
