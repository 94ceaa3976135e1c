"""How each fact is measured in a run: one small function each, from an observation to one number.

Every function returns NaN where there is nothing to measure. Wishes satiate: whoever has spoken has less left to say,
so plain counts of wishes would over-represent the silent. Where wishes are counted, each member and issue counts once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.facts.estimators import correlation, each_pair_once, gini, log_slopes, ratio, share_of_top, slopes
from experiments.facts.observation import History, Numbers, Observation, Rows
from sim.state import DAYS_PER_WEEK, TICKS_PER_DAY, Column
from sim.terms import SPOKEN, Form, IssueKind, Kind, Motive, Response, Role, Strategy

Mask = NDArray[np.bool_]

HIGH_CONCERN = 0.5
"""Concern from which an issue is important to a member: the middle of the scale."""
WINDOW = 12
"""Workdays in 17 calendar days."""
RIPE = 10
"""Workdays that a post must have been there to count as one without replies."""
RECENT = 4
"""Weeks that count as recent, where activity is followed from week to week."""
FEWEST_IN_TEAM = 3
MOTIVES = [motive for motive in Motive if motive not in (Motive.none, Motive.unmotivated)]


# ---------------------------------------------------------------- silence


def _concerns(run: History) -> Any:
    """Return the occasions on which a coworker had critique to voice, questions left aside."""
    ledger = run.ledger
    coworker = run.world.members["role"][ledger["member"]] == Role.coworker
    return ledger[coworker & (ledger["criticality"] > 0.0) & (ledger["kind"] != Kind.question)]


def _share_of_members(all_of: Any, those: Any) -> float:
    """Return how many of the members of some occasions are among those of others."""
    return ratio(len(np.unique(those["member"])), len(np.unique(all_of["member"])))


def unable_to_raise(observed: Observation) -> float:
    """F1: of coworkers with an important concern, those who left one unspoken."""
    wishes = _concerns(observed.run)
    wishes = wishes[wishes["concern"] >= HIGH_CONCERN]
    return _share_of_members(wishes, wishes[wishes["strategy"] >= SPOKEN])


def _motive_shares(observed: Observation) -> dict[Motive, float]:
    silent = _concerns(observed.run)
    silent = silent[silent["strategy"] >= SPOKEN]
    return {m: each_pair_once(silent["member"], silent["issue"], silent[f"motive_{m.name}"]) for m in MOTIVES}


def lead_of_fear(observed: Observation) -> float:
    """F2a: how far fear of superiors is ahead of the next motive of silence, in shares."""
    shares = _motive_shares(observed)
    return shares[Motive.defensive] - max(share for motive, share in shares.items() if motive != Motive.defensive)


def futility(observed: Observation) -> float:
    """F2b: share of futility among the motives of silence."""
    return _motive_shares(observed)[Motive.acquiescent]


def silent_from_fear(observed: Observation) -> float:
    """F4: of coworkers with a concern, those who withheld one mainly from fear of superiors."""
    wishes = _concerns(observed.run)
    return _share_of_members(wishes, wishes[wishes["motive"] == Motive.defensive])


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
    return ratio(len(np.unique(wishes["member"][wishes["strategy"] >= SPOKEN])), len(active))


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


# ---------------------------------------------------------------- safety, engagement, leaders


def _openness_and_safety(run: History, beliefs: Any) -> float:
    """Return the correlation over teams of the manager's own openness with the mean safety towards that manager."""
    members = run.world.members
    below = np.flatnonzero(members["manager"] >= 0)
    manager = members["manager"][below]
    size = np.bincount(manager, minlength=len(members))
    safety = np.bincount(manager, beliefs["safety_line_manager"][below], minlength=len(members))
    teams = size >= FEWEST_IN_TEAM
    return correlation(members["openness_leaning"][teams], safety[teams] / size[teams])


def openness_and_safety_rise(observed: Observation) -> float:
    """F12a: how much the correlation of leaders' openness and teams' safety has risen since day 0."""
    run = observed.run
    return _openness_and_safety(run, run.world.beliefs) - _openness_and_safety(run, run.world.start)


def openness_and_safety(observed: Observation) -> float:
    """F12b: the same correlation at the end."""
    return _openness_and_safety(observed.run, observed.run.world.beliefs)


def _safety(beliefs: Any) -> Numbers:
    return np.asarray(0.5 * (beliefs["safety_line_manager"] + beliefs["safety_executives"]))


def safety_and_engagement(observed: Observation) -> float:
    """F13a: correlation over members of safety with engagement."""
    beliefs = observed.run.world.beliefs
    return correlation(_safety(beliefs), beliefs["engagement"])


def safety_and_sharing(observed: Observation) -> float:
    """F13b: correlation over members who visited of safety with log(1 + messages written)."""
    world = observed.run.world
    there = world.members["visits"] > 0
    written = world.members["posts"] + world.members["comments"]
    return correlation(_safety(world.beliefs)[there], np.log1p(written[there]))


def feels_safe_at_the_base(observed: Observation) -> float:
    """F15a: share of staff at the lowest level who feel safe (above the middle of the scale) at the start."""
    world = observed.run.world
    staff = world.members["level"] == world.members["level"].max()
    return float((_safety(world.start)[staff] > 0.5).mean())


def feels_safe_a_level_up(observed: Observation) -> float:
    """F15b: how much more feel safe with each level towards the top, at the start."""
    world = observed.run.world
    level = world.members["level"].astype(float)
    counts = np.unique(level)
    shares = [float((_safety(world.start)[level == here] > 0.5).mean()) for here in counts]
    sizes = [int((level == here).sum()) for here in counts]
    if len(counts) < 2:
        return math.nan
    return -float(np.polyfit(counts, shares, 1, w=np.sqrt(sizes))[0])


def engaged(observed: Observation) -> float:
    """F33a: share of members in the upper third of the scale of engagement at the start."""
    return float((observed.run.world.start["engagement"] > 2.0 / 3.0).mean())


def actively_disengaged(observed: Observation) -> float:
    """F33b: share of members in the lower third at the start."""
    return float((observed.run.world.start["engagement"] < 1.0 / 3.0).mean())


def imagined_over_true_audience(observed: Observation) -> float:
    """F7: imagined size of the audience at the start over the share of it that posts really reach."""
    world = observed.run.world
    views, matured = (world.daily[:, :, column].sum() for column in (Column.views_share, Column.matured))
    return ratio(world.start["imagined_audience_size"].mean(), ratio(views, matured))


def _critique(observed: Observation) -> Any:
    """Return the critical messages of coworkers, questions left aside."""
    messages = observed.run.messages
    below = messages["author_role"] == Role.coworker
    return messages[below & (messages["criticality"] > 0.0) & (messages["kind"] != Kind.question)]


def answered_by_leaders(observed: Observation) -> float:
    """S4: share of critical messages of coworkers that a leader answered."""
    critique = _critique(observed)
    return ratio((critique["leader_response"] != Response.none).sum(), len(critique))


def unsupportive(observed: Observation) -> float:
    """S5: share of leaders' answers to critique that dismiss or rebuke it."""
    response = _critique(observed)["leader_response"]
    unwelcome = np.isin(response, (Response.dismissive, Response.sanction))
    return ratio(unwelcome.sum(), (response != Response.none).sum())


def rebuked(observed: Observation) -> float:
    """F32: share of critical messages of coworkers that a leader rebuked."""
    critique = _critique(observed)
    return ratio((critique["leader_response"] == Response.sanction).sum(), len(critique))


# ---------------------------------------------------------------- participation


def visited(observed: Observation) -> float:
    """F16a: share of members who visited at all in six months."""
    return float((observed.half_year.world.members["visits"] > 0).mean())


def only_read(observed: Observation) -> float:
    """F16b: share of members who visited in six months and neither wrote nor liked anything."""
    members = observed.half_year.world.members
    active = members["posts"] + members["comments"] + members["likes_given"] > 0
    return float(((members["visits"] > 0) & ~active).mean())


def written_by_each(run: History) -> Rows:
    """Return how many messages each member wrote, leaders' formal answers left aside."""
    return np.bincount(run.messages["author"][run.conversational], minlength=len(run.world.members))


def visits_of_median(observed: Observation) -> float:
    """S3: visits a workday of the median member among those who visited at all."""
    visits = observed.run.world.members["visits"]
    return float(np.median(visits[visits > 0]) / observed.run.days) if visits.any() else math.nan


def posts_of_active(observed: Observation) -> float:
    """S2: posts a month (20 workdays) of members who wrote something."""
    run = observed.run
    written = written_by_each(run)
    posts = ((run.messages["parent"] < 0) & run.conversational).sum()
    return ratio(posts * 20.0 / run.days, (written > 0).sum())


def likes_a_comment(observed: Observation) -> float:
    """S1: likes over comments, leaders' formal answers left aside."""
    run = observed.run
    return ratio(run.messages["likes"].sum(), ((run.messages["parent"] >= 0) & run.conversational).sum())


def contributors(observed: Observation) -> float:
    """F18a: share of members who wrote something."""
    return float((written_by_each(observed.run) > 0).mean())


def written_by_top_percent(observed: Observation) -> float:
    """F18b: share of the messages that the most active hundredth of all members wrote."""
    return share_of_top(written_by_each(observed.run), 0.01)


def written_by_top_fifth(written: Rows) -> float:
    """F19a: share of the messages that the most active fifth of the contributors wrote."""
    return share_of_top(written[written > 0], 0.2)


def gini_of_contributors(written: Rows) -> float:
    """F19b: Gini coefficient of messages among contributors."""
    return gini(written[written > 0])


def gini_of_members(observed: Observation) -> float:
    """F19c: Gini coefficient of messages among all members."""
    return gini(written_by_each(observed.run))


def comments_a_post(observed: Observation) -> float:
    """F21: comments over posts."""
    comments = observed.run.messages["parent"] >= 0
    return ratio(comments.sum(), (~comments).sum())


def posts_without_reply(observed: Observation) -> float:
    """F23: share of thread starts that nobody had replied to ten workdays later or more."""
    messages, end = observed.run.messages, observed.run.days * TICKS_PER_DAY
    posts = messages[(messages["parent"] < 0) & (messages["tick"] < end - RIPE * TICKS_PER_DAY)]
    return ratio((posts["comments"] == 0).sum(), len(posts))


def lift_of_a_reply(observed: Observation) -> float:
    """F24: chance to post again within a month after a first post that was replied to, less that after one not so.

    A reply counts that came within three workdays; first posts are those with that month still to come.
    """
    run = observed.run
    messages = run.messages
    posts = np.flatnonzero((messages["parent"] < 0) & run.conversational)
    author, tick = messages["author"][posts], messages["tick"][posts]
    _, first = np.unique(author, return_index=True)
    soon, month = 3 * TICKS_PER_DAY, 20 * TICKS_PER_DAY
    first = first[tick[first] + month < run.days * TICKS_PER_DAY]
    again = np.array([((author == author[f]) & (tick > tick[f]) & (tick <= tick[f] + month)).any() for f in first])
    reply = messages["first_reply"][posts[first]]
    replied = (reply >= 0) & (reply - tick[first] <= soon)
    if not replied.any() or replied.all():
        return math.nan
    return float(again[replied].mean() - again[~replied].mean())


# ---------------------------------------------------------------- what goes with what


def _weekly(run: History, who: Any, when: Any) -> Numbers:
    """Return a count for each member in each whole week, [members, weeks]."""
    weeks = run.days // DAYS_PER_WEEK
    week = when // (TICKS_PER_DAY * DAYS_PER_WEEK)
    inside = week < weeks
    place = who[inside].astype(np.int64) * weeks + week[inside]
    return np.bincount(place, minlength=len(run.world.members) * weeks).reshape(-1, weeks).astype(float)


def _written(run: History) -> Numbers:
    return _weekly(run, run.messages["author"][run.conversational], run.messages["tick"][run.conversational])


def _recent(weekly: Numbers) -> Numbers:
    """Return for each week but the first ones the sum over the weeks before it that count as recent."""
    total = np.cumsum(np.pad(weekly, ((0, 0), (1, 0))), axis=1)
    return total[:, RECENT:-1] - total[:, : -1 - RECENT]


def _within_weeks(values: Numbers, who: Mask) -> Numbers:
    """Return values less their week's mean over `who`, for `who` alone: the ups and downs of weeks taken out."""
    mean = np.where(who, values, 0.0).sum(axis=0) / np.maximum(who.sum(axis=0), 1)
    return np.asarray((values - mean)[who])


def comments_bring_messages(observed: Observation) -> float:
    """F26a: slope of writing this week on comments received in the last four, own writing in them held constant."""
    run = observed.run
    messages = run.messages
    if run.days // DAYS_PER_WEEK <= RECENT:
        return math.nan
    replied = np.flatnonzero(messages["parent"] >= 0)
    receiver = messages["author"][messages["parent"][replied]]
    others = receiver != messages["author"][replied]
    received = _recent(_weekly(run, receiver[others], messages["tick"][replied][others]))
    written = _written(run)
    own, now = _recent(written), written[:, RECENT:] > 0
    who = own > 0
    causes = [_within_weeks(np.log1p(cause), who) for cause in (received, own)]
    return float(slopes(_within_weeks(now.astype(float), who), causes)[0])


def _starting(observed: Observation) -> Numbers:
    """Return the slopes of starting to write on the recent writing of one's manager and of one's peers."""
    run = observed.run
    if run.days // DAYS_PER_WEEK <= RECENT:
        return np.full(2, np.nan)
    members, written = run.world.members, _written(run)
    active, now = (_recent(written) > 0).astype(float), written[:, RECENT:] > 0
    manager = members["manager"].astype(np.int64)
    led = np.where(manager >= 0, manager, 0)
    size = np.bincount(led[manager >= 0], minlength=len(members))
    team = np.zeros_like(active)
    np.add.at(team, led[manager >= 0], active[manager >= 0])
    peers = (team[led] - active) / np.maximum(size[led] - 1, 1)[:, None]
    who = (active == 0.0) & ((manager >= 0) & (size[led] > 1) & (members["visits"] > 0))[:, None]
    causes = [_within_weeks(cause, who) for cause in (active[led], peers)]
    return slopes(_within_weeks(now.astype(float), who), causes)


def managers_bring_starters(observed: Observation) -> float:
    """F26b: slope of starting (again) to write on the manager's writing in the last four weeks."""
    return float(_starting(observed)[0])


def peers_bring_starters(observed: Observation) -> float:
    """F26c: slope of starting (again) to write on the share of team mates who wrote in the last four weeks."""
    return float(_starting(observed)[1])


def _responses(observed: Observation) -> Numbers:
    """Return the slopes of log responses to a message on its author's rank and log activity."""
    run = observed.run
    kept = run.conversational & (run.messages["kind"] != Kind.announcement)
    author = run.messages["author"][kept]
    rank = (run.world.members["level"].max() - run.world.members["level"][author]).astype(float)
    return log_slopes(run.replied[kept], [rank, np.log(written_by_each(run)[author])])


def rank_brings_responses(observed: Observation) -> float:
    """F27a: how many more responses a message gets, in logs, with each level that its author stands higher."""
    return float(_responses(observed)[0])


def activity_brings_responses(observed: Observation) -> float:
    """F27b: the same with the log of its author's messages."""
    return float(_responses(observed)[1])


# ---------------------------------------------------------------- knowing who knows


def _knows_what(world: Any, field: str) -> float:
    topics = np.flatnonzero(world.issues["kind"] == IssueKind.knowledge)
    return float(world.positions[field][:, topics].mean()) if len(topics) else math.nan


def learned_who_knows_what(observed: Observation) -> float:
    """F31a: growth in six months of knowing who knows what."""
    world = observed.half_year.world
    return ratio(_knows_what(world, "knows_what"), _knows_what(world, "start_knows_what")) - 1.0


def learned_who_knows_whom(observed: Observation) -> float:
    """F31b: growth in six months of knowing who knows whom."""
    world = observed.half_year.world
    return ratio(world.beliefs["knows_whom"].mean(), world.start["knows_whom"].mean()) - 1.0


def learned_without_arena(observed: Observation) -> float:
    """F31c: the larger of the two growths where nobody visits the arena."""
    world = observed.unused.world
    what = ratio(_knows_what(world, "knows_what"), _knows_what(world, "start_knows_what")) - 1.0
    whom = ratio(world.beliefs["knows_whom"].mean(), world.start["knows_whom"].mean()) - 1.0
    return max(what, whom, key=abs)
