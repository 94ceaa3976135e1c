"""The state of a world: arrays of records, one row a member, a message, an issue, an occasion.

Each field is declared once, with its type, its range, and one sentence. Records keep what one
visit touches together in memory; a whole world is a handful of arrays and so is saved and loaded as it stands.
Rows refer to each other by row number, -1 for none; beliefs and all numbers of the theory are float64.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from sim import limits
from sim.beliefs import BELIEFS
from sim.lexicon import terms
from sim.terms import (
    MOTIVES,
    Form,
    Framing,
    Identity,
    IssueKind,
    IssueState,
    Kind,
    Motive,
    Orientation,
    Ranking,
    Response,
    Role,
    Scope,
    Strategy,
)

TICKS_PER_DAY = 8  # a tick is one working hour
DAYS_PER_WEEK = 5
ROW_BITS = 24  # of a message_id or occasion_id, for the member row
NUMBER_BITS = 8  # and for the n-th of that member in the tick; with them, ids stay below 2**53 for a million days
WORD_BITS = 64  # how many yes or no a word holds: sets of rows are kept and walked as words, one bit each
KEYS_PER_TICK = 2048  # room for a member's messages of one tick among the numbers that make their keys
DRAWS_PER_DECISION = 16  # room for the luck of one decision among the numbers of a stream

# Structural limits: they size buffers and are no part of the theory.
MIN_ATTENTION = 5  # items read at one visit by those who read least
MAX_ATTENTION = 30  # items read at one visit at most
MOST_NOTICED = 8  # likes, comments or silences of one kind learned from at one visit at most
VOICES_TO_SURFACE = 3  # distinct voices with which an issue has surfaced
OCCASIONS_PER_VISIT = 2  # new wishes at one visit at most
COMMENTS_PER_VISIT = 3  # comments wished at one visit at most
ANSWERS_PER_VISIT = 3  # answers a leader or a communicator promises at one visit at most
ROWS_PER_VISIT = OCCASIONS_PER_VISIT + COMMENTS_PER_VISIT + ANSWERS_PER_VISIT + 2  # and a draft and a reframing
HELPERS = 4  # members kept in mind as those who answered one last
MOST_TURNS = 32_000  # counted in a chain of replies at most
MAX_LEFT_OVER = 30  # unread threads noticed beyond what is read: nobody scrolls to the end to feel overloaded
TREATMENTS_KNOWN = 8  # treatments of critique that a member keeps in mind, so that none counts twice
COMMENTS_SHOWN = 6  # unread comments of one thread shown at one visit at most
LIVE_THREADS = (32, 128, 256)  # threads that a team's, a department's, the organisation's page can hold
PAGES = 4  # audiences one can belong to: everyone, department, team, the team one leads
SHOWN_HALF_LIVES = 4  # half-lives after its last message for which a thread is shown
FADED = 0.5**SHOWN_HALF_LIVES  # weight below which a thread is no longer shown


class Within(NamedTuple):
    """What a number of the state can be."""

    low: float
    high: float | str
    """The largest value; a word is a size of the world, above all values (`sim.soundness.sizes` has them)."""
    or_none: bool = False
    """Whether it can be NaN."""


class Field(NamedTuple):
    """One field of a record."""

    name: str
    kind: str
    """Its type, as numpy writes it."""
    within: Within
    meaning: str


def between(low: float, high: float) -> Within:
    """Return a range with both of its ends."""
    return Within(low, high)


def below(size: str) -> Within:
    """Return the range of what counts or numbers things from 0."""
    return Within(0, size)


def row(size: str) -> Within:
    """Return the range of a row number, -1 for none."""
    return Within(-1, size)


def code(words: type[IntEnum]) -> Within:
    """Return the range of the codes of an enum."""
    return Within(min(words), max(words))


ANY = between(0, 2**64)
FLAG = between(0, 1)
SHARE = between(0.0, 1.0)
SHARE_OR_NONE = Within(0.0, 1.0, or_none=True)
STANCE = between(-1.0, 1.0)
LEANING = between(-1e3, 1e3)  # log odds
AMOUNT = between(0.0, 1e9)
WEIGHT = between(-1e12, 1e12)
COUNT = between(0, 2_000_000_000)
ID = between(-1, 2**53)


def _record(*fields: Field) -> np.dtype[Any]:
    """Return the dtype of one record."""
    return np.dtype((np.record, np.dtype([(field.name, field.kind) for field in fields], align=True)))


def plain_dtype(kind: np.dtype[Any]) -> np.dtype[Any]:
    """Return a record's dtype without the record class, as files keep it."""
    return np.dtype((np.void, kind))


# Small fields stand side by side, so that alignment leaves next to no blanks between them.
MEMBER_FIELDS: tuple[Field, ...] = (
    Field("key", "u8", ANY, "64-bit hash of the id: whose luck it is"),
    Field("role", "i1", code(Role), "a `Role`"),
    Field("scripted", "i1", FLAG, "1 where Python code decides instead of the rules"),
    Field("visited", "i1", FLAG, "1 from the first visit on"),
    Field("level", "i2", below("members"), "0 for the top"),
    Field("attention", "i2", between(0, MAX_ATTENTION), "items read at a visit, 5 to 30"),
    Field("cell", "i4", below("cells"), "where the day's sums are kept: role x departments + department"),
    Field("manager", "i4", row("members"), "row of the line manager"),
    Field("department", "i4", below("departments"), "number of the department"),
    Field("location", "i4", below("locations"), "number of the location"),
    Field("team", "i4", row("teams"), "team one reports in: people with the same manager"),
    Field("led_team", "i4", row("teams"), "team one leads"),
    Field("first", "i4", below("members"), "people below: those whose `first` lies in [first, last)"),
    Field("last", "i4", below("ends"), "see `first`"),
    Field("voice_propensity", "f8", SHARE, "trait in [0, 1]"),
    Field("risk_sensitivity", "f8", SHARE, "trait in [0, 1]"),
    Field("implicit_voice_theory", "f8", SHARE, "trait in [0, 1]"),
    Field("base_visits", "f8", AMOUNT, "trait: visits a workday, before habit"),
    Field("occasions_per_visit", "f8", AMOUNT, "trait: things to say that come up at a visit"),
    Field("openness_leaning", "f8", LEANING, "trait of leaders: own openness around the policy, log odds"),
    Field("last_visit", "i4", row("ends of ticks"), "tick of the last visit"),
    Field("latest_post", "i4", row("messages"), "message row of one's latest post"),
    Field("latest_critique", "i4", row("messages"), "message row of one's latest critical message"),
    Field("draft_issue", "i2", row("issues"), "issue of the draft kept"),
    Field("draft_form", "i1", code(Form), "its `Form`"),
    Field("draft_orientation", "i1", code(Orientation), "its `Orientation`"),
    Field("draft_about", "i4", row("messages"), "message row it comments on"),
    Field("draft_kind", "i1", code(Kind), "its `Kind`"),
    Field("draft_meant", "i1", code(Scope), "the widest `Scope` it is meant for"),
    Field("team_talk", "i1", code(Response), "how a leader treated critique in their team's meeting of the last day"),
    Field("known_next", "i1", between(0, TREATMENTS_KNOWN - 1), "place in `known_of` that the next treatment takes"),
    Field("draft_criticality", "f8", SHARE, "its criticality"),
    Field("draft_occasion", "i8", ID, "occasion_id that it comes from"),
    Field("answers_left", "i4", COUNT, "answers for which there is time today"),
    Field("new_likes", "i4", COUNT, "likes since the last visit"),
    Field("new_comments", "i4", COUNT, "comments since the last visit"),
    Field("helpers", f"({HELPERS},)i4", row("members"), "member rows of those who answered one last, the latest first"),
    Field("notice", "i4", row("messages"), "message row of the latest comment that one was notified of"),
    Field("new_unanswered", "i4", COUNT, "own messages that went unanswered since the last visit"),
    Field("new_orphans", "i4", COUNT, "own posts that nobody replied to since the last visit"),
    Field(
        "new_responses",
        "(2,5)i4",
        COUNT,
        "responses since the last visit: by line managers, by executives; by `Response`",
    ),
    Field("promised", "f8", SHARE, "openness that leaders announced, as far as it is remembered"),
    Field("striking", "f8", SHARE, "how far the treatment `witnessed` lay from what was believed"),
    Field("witnessed", "i4", row("messages"), "message row of the most striking treatment of critique lately read"),
    Field("known_of", f"({TREATMENTS_KNOWN},)i4", row("messages"), "message rows of treatments last read or heard of"),
    Field("known_before", "i4", row("ends of ticks"), "tick of the latest treatment that was in mind and is no longer"),
    Field("heard_of", "i4", row("messages"), "message row of the treatment heard of from ties last night"),
    Field("hearsay", "i4", COUNT, "treatments heard of from ties over the run"),
    Field("numbered_tick", "i4", row("ends of ticks"), "tick for which `numbered` and `weighed` count"),
    Field("numbered", "i2", between(0, 2**NUMBER_BITS), "messages published in that tick"),
    Field("weighed", "i2", between(0, 2**NUMBER_BITS), "occasions weighed in that tick"),
    Field("contributed_day", "i4", row("days"), "last day of a message of one's own"),
    Field("visited_day", "i4", row("days"), "last day of a visit"),
    Field("visits", "i4", COUNT, "count over the run"),
    Field("items_read", "i4", COUNT, "count over the run"),
    Field("posts", "i4", COUNT, "count over the run"),
    Field("comments", "i4", COUNT, "count over the run"),
    Field("likes_given", "i4", COUNT, "count over the run"),
    Field("likes_received", "i4", COUNT, "count over the run"),
    Field("comments_received", "i4", COUNT, "count over the run"),
    Field("occasions", "i4", COUNT, "count over the run"),
    Field("spoken", "i4", COUNT, "count over the run"),
    Field("withheld", "i4", COUNT, "count over the run"),
)

BELIEF_FIELDS: tuple[Field, ...] = tuple(
    Field(belief.name, "f8", SHARE if belief.is_share else LEANING, belief.meaning) for belief in BELIEFS
)

POSITION_FIELDS: tuple[Field, ...] = (
    Field("stance", "f8", STANCE, "private view in [-1, 1]"),
    Field("concern", "f8", SHARE, "how much the issue matters, in [0, 1]"),
    Field("climate", "f8", SHARE, "perceived share of colleagues in favour"),
    Field("others_know", "f8", SHARE, "believed share of colleagues who know already"),
    Field("unsaid", "f8", SHARE, "what is left to say, in [0, 1]"),
    Field("knows_what", "f8", SHARE, "knowing who knows about it"),
    Field("expertise", "f8", SHARE, "own knowledge of it"),
    Field("start_knows_what", "f8", SHARE, "knowing who knows about it at the start"),
    Field("start_stance", "f8", STANCE, "private view at the start"),
    Field("start_concern", "f8", SHARE, "concern at the start"),
    Field("start_climate", "f8", SHARE, "perceived climate at the start"),
)

MESSAGE_FIELDS: tuple[Field, ...] = (
    Field("key", "u8", ANY, "hash of author, tick and number: whose luck it is"),
    Field("tick", "i4", below("ends of ticks"), "when it was published"),
    Field("author", "i4", below("members"), "member row"),
    Field("number", "i2", between(0, 2**NUMBER_BITS - 1), "n-th message of this author in this tick"),
    Field("turn", "i2", between(0, MOST_TURNS), "how many messages it answers, one through the other; 0 for a post"),
    Field("issue", "i2", below("issues"), "issue number"),
    Field("thread", "i4", below("this row and more"), "message row of the thread's first post"),
    Field("parent", "i4", row("this row"), "message row replied to"),
    Field("previous", "i4", row("this row"), "message row before it in the thread"),
    Field("last", "i4", row("messages"), "of a first post: latest message row of the thread"),
    Field("notice", "i4", row("this row"), "message row of the comment that its addressee was notified of before it"),
    Field("audience", "i4", below("audiences"), "audience it is shown to"),
    Field("views", "i4", COUNT, "readers so far"),
    Field("likes", "i4", COUNT, "likes so far"),
    Field("comments", "i4", COUNT, "replies so far; of a first post: comments of the thread"),
    Field("supporters", "i4", COUNT, "likes and seconding comments so far"),
    Field("first_reply", "i4", row("ends of ticks"), "tick of the first reply"),
    Field("response_tick", "i4", row("ends of ticks"), "tick of the leader's response"),
    Field("kind", "i1", code(Kind), "a `Kind`"),
    Field("orientation", "i1", code(Orientation), "an `Orientation`"),
    Field("scope", "i1", code(Scope), "a `Scope`"),
    Field("strategy", "i1", code(Strategy), "the `Strategy` it was spoken with; -1 where nothing was weighed"),
    Field("identity", "i1", code(Identity), "what is shown of the author, an `Identity`"),
    Field("author_role", "i1", code(Role), "the author's `Role`"),
    Field("leader_response", "i1", code(Response), "how a leader treated it, a `Response`"),
    Field("treatment", "i1", code(Response), "of a leader's response: the `Response` that it is"),
    Field("framing", "i1", code(Framing), "a `Framing`"),
    Field("disclosure", "i1", FLAG, "1 where a leader speaks of own doubts"),
    Field("amplified", "i1", FLAG, "1 where it was lifted to everyone"),
    Field("answered", "i1", FLAG, "of a question: 1 once somebody answered"),
    Field("claimed", "i1", FLAG, "1 once a leader has promised to answer"),
    Field("criticality", "f8", SHARE, "expressed criticality in [0, 1]"),
    Field("stance", "f8", STANCE, "expressed stance in [-1, 1]; of an announcement: the openness promised"),
)

OCCASION_FIELDS: tuple[Field, ...] = (
    Field("occasion_id", "i8", ID, "tick, member row and number in one"),
    Field("draft_of", "i8", ID, "occasion reconsidered"),
    Field("tick", "i4", below("ends of ticks"), "when"),
    Field("member", "i4", below("members"), "member row"),
    Field("about", "i4", row("messages"), "message row commented on"),
    Field("message", "i4", row("messages"), "message row published"),
    Field("issue", "i2", below("issues"), "issue number"),
    Field("errand", "i1", between(0, 4), "what the row asks for, an `Errand`"),
    Field("form", "i1", code(Form), "a `Form`"),
    Field("meant", "i1", code(Scope), "of a post: the widest `Scope` it is meant for; the arena's own may be narrower"),
    Field("orientation", "i1", code(Orientation), "an `Orientation`"),
    Field("kind", "i1", code(Kind), "a `Kind`"),
    Field("strategy", "i1", code(Strategy), "what was done, a `Strategy`"),
    Field("motive", "i1", code(Motive), "why it stayed unspoken, a `Motive`"),
    Field("criticality", "f8", SHARE, "criticality of the wish"),
    Field("concern", "f8", SHARE, "concern"),
    Field("urge", "f8", WEIGHT, "what drew"),
    Field("threat_superiors", "f8", WEIGHT, "the larger of the threats of line manager and executives"),
    Field("threat_peers", "f8", WEIGHT, "threat of isolation"),
    Field("threat_image", "f8", WEIGHT, "threat to one's image"),
    Field("inhibition", "f8", WEIGHT, "what held back, were it said plainly"),
    Field("p_spoken", "f8", SHARE, "probability that it is spoken in the arena"),
    *(Field(f"motive_{motive.key}", "f8", SHARE_OR_NONE, f"share of {motive.words.noun}") for motive in terms(Motive)),
)

MOTIVE_FIELDS = tuple(field.name for field in OCCASION_FIELDS[-MOTIVES:])
"""The fields of an occasion that hold the shares of motives, by number of the motive."""

ISSUE_FIELDS: tuple[Field, ...] = (
    Field("kind", "i1", code(IssueKind), "an `IssueKind`"),
    Field("state", "i1", code(IssueState), "an `IssueState`"),
    Field("begun_below", "i1", FLAG, "1 where its first voice came from below management"),
    Field("voices", "i2", between(0, VOICES_TO_SURFACE), "distinct voices so far, counted to three"),
    Field("voice_0", "i4", row("members"), "member row of the first voice"),
    Field("voice_1", "i4", row("members"), "member row of the second"),
    Field("onset", "i4", between(0, limits.DAYS * TICKS_PER_DAY), "tick of its beginning"),
    Field("surfaced", "i4", row("ends of ticks"), "tick of its third distinct voice"),
    Field("answered", "i4", row("ends of ticks"), "tick of the first leader's answer"),
    Field("resolved", "i4", row("ends of ticks"), "tick of the first action"),
    Field("criticality", "f8", SHARE, "how much speaking against it challenges those in charge"),
    Field("salience", "f8", AMOUNT, "how often it comes to mind, before decay"),
    Field("half_life", "f8", AMOUNT, "half-life of salience in ticks; 0 for none"),
    Field("mean_stance", "f8", STANCE, "mean private stance of members, at the last day's end"),
    Field("true_climate", "f8", SHARE, "share of members privately in favour, at the last day's end"),
)

AUDIENCE_FIELDS: tuple[Field, ...] = (
    Field("first", "i8", below("slots"), "first slot of its page"),
    Field("room", "i4", between(0, max(LIVE_THREADS)), "slots of its page"),
    Field("threads", "i4", between(0, max(LIVE_THREADS)), "live threads"),
    Field("visited", "i4", below("ends"), "members of it who have ever visited"),
    Field("announced", "i4", row("messages"), "message row of the latest announcement on its page"),
    Field("quiet_since", "i4", row("ends of ticks"), "last message of the thread quiet longest, a tick; -1 for none"),
    Field("lost", "i1", FLAG, "1 once a thread has left its page"),
)

SLOT_FIELDS: tuple[Field, ...] = (
    Field("thread", "i4", below("messages or one"), "message row of the thread's first post"),
    Field("tick", "i4", below("ends of ticks"), "tick of its latest message"),
    Field("score", "f8", WEIGHT, "where it ranks; higher is shown first"),
)

PENDING_FIELDS: tuple[Field, ...] = (
    Field("due", "i4", COUNT, "tick at which it is done"),
    Field("leader", "i4", below("members"), "member row"),
    Field("message", "i4", below("messages"), "message row to respond to"),
    Field("response", "i1", code(Response), "`Response.none`: how is decided then; else what is done"),
)

POLICY_FIELDS: tuple[Field, ...] = (
    Field("presence", "f8", AMOUNT, "visits a workday"),
    Field("responsiveness", "f8", SHARE, "chance to answer a message that was read"),
    Field("openness", "f8", SHARE, "chance that an answer to mild critique is supportive"),
    Field("espoused_openness", "f8", SHARE, "openness announced in public once a week"),
    Field("sanction", "f8", SHARE, "share of unsupportive answers that rebuke"),
    Field("delay_hours", "f8", AMOUNT, "working hours until an answer"),
    Field("follow_through", "f8", SHARE, "chance that a supportive answer becomes action"),
    Field("self_disclosure", "f8", SHARE, "chance a week to post doubts of one's own"),
    Field("answers_per_day", "f8", AMOUNT, "answers for which there is time"),
)

ARENA_FIELDS: tuple[Field, ...] = (
    Field("scope", "i1", code(Scope), "where a default post goes, a `Scope`"),
    Field("identity", "i1", code(Identity), "what is shown of an author, an `Identity`"),
    Field("anonymous_posts", "i1", FLAG, "1 where they are allowed"),
    Field("audience_cues", "i1", FLAG, "1 where authors see how many read"),
    Field("visible_reactions", "i1", FLAG, "1 where readers see likes"),
    Field("leader_badges", "i1", FLAG, "1 where leaders are marked"),
    Field("leaders_first", "i1", FLAG, "1 where announcements, and what leaders answered, come early"),
    Field("notifications", "i1", FLAG, "1 where authors are notified of comments"),
    Field("ranking", "i1", code(Ranking), "a `Ranking`"),
    Field("half_life", "f8", AMOUNT, "half-life of a thread in ticks"),
    Field("communicator_presence", "f8", AMOUNT, "visits a workday of community managers"),
    Field("orphan_answering", "f8", SHARE, "chance that they answer an unanswered thread"),
    Field("amplification", "f8", SHARE, "chance that they lift a thread to everyone"),
)

MEMBER, BELIEF, POSITION = _record(*MEMBER_FIELDS), _record(*BELIEF_FIELDS), _record(*POSITION_FIELDS)
MESSAGE, OCCASION, ISSUE = _record(*MESSAGE_FIELDS), _record(*OCCASION_FIELDS), _record(*ISSUE_FIELDS)
AUDIENCE, SLOT, PENDING = _record(*AUDIENCE_FIELDS), _record(*SLOT_FIELDS), _record(*PENDING_FIELDS)
POLICY, ARENA = _record(*POLICY_FIELDS), _record(*ARENA_FIELDS)


class Errand(IntEnum):
    """What a row between visit and publish asks for."""

    wish = 0  # an occasion: weighed, decided, kept in the ledger
    comment = 1  # a comment that could cost nothing: simply made
    answer = 2  # a leader promises an answer
    orphan = 3  # a communicator answers an unanswered thread
    amplify = 4  # a communicator lifts a thread to everyone


class Clock(IntEnum):
    """Counters of a world, in `World.clock`."""

    tick = 0
    messages = 1
    occasions = 2
    pending = 3
    visitors = 4
    heard = 5  # first message row not yet looked at for unanswered authors
    teams = 6  # teams of the organisation; their audiences come last
    leaders = 7  # executives and line managers
    called = 8  # first message row whose addressee has not been called back yet


def _numbered(name: str, members: list[str]) -> Any:
    """Return an enum of consecutive numbers."""
    return IntEnum(name, {member: n for n, member in enumerate(members)})


_COUNTED = (
    "visits visitors items contributors readers wishes spoken p_spoken critical posts comments likes "
    "upward downward horizontal cross_department directed matured orphans questions answered_questions first_replies "
    "reply_hours views_share influence_coworkers influence_leaders asked willingness"
)
_SUMMED = (
    "members climate_gap knows_what knows_what_count stance_deviation positions identity_stance identity_positions"
)

Column: Any = _numbered(
    "Column",
    _COUNTED.split()
    + [f"strategy_{strategy.key}" for strategy in terms(Strategy)]
    + list(MOTIVE_FIELDS)
    + [f"kind_{k.name}" for k in Kind]
    + [f"response_{r.name}" for r in Response if r > 0]
    + _SUMMED.split()
    + [field.name for field in BELIEF_FIELDS],
)
"""What is counted in a day, or summed at its end, in each cell (role x department)."""
FIRST_BELIEF = int(Column[BELIEF_FIELDS[0].name])
FIRST_STRATEGY = int(Column[f"strategy_{Strategy(0).key}"])
FIRST_MOTIVE = int(Column[MOTIVE_FIELDS[0]])
"""Where the columns of beliefs, strategies and motives begin, each in the order of its declaration."""

Whole: Any = _numbered("Whole", "gini surfaced begun_below days_to_surface resolved days_to_resolve".split())
"""What is known at a day's end of the organisation as a whole."""


PLAIN_FIELDS: tuple[Field, ...] = (
    Field("keys", "u8", ANY, "the members' keys once more"),
    Field("visit_chance", "f8", SHARE, "chance to visit in one hour"),
    Field("tie_start", "i8", below("ends of ties"), "where the ties of a member begin"),
    Field("tie_member", "i4", below("members"), "row of the other member"),
    Field("tie_weight", "f4", between(1e-30, 1e12), "how much contact; kept beside the world, by its organisation"),
    Field("daily", "f8", Within(-1e15, 1e15, or_none=True), "what is counted in a day, by `Column`"),
    Field("whole", "f8", Within(-1e15, 1e15, or_none=True), "what is known at a day's end, by `Whole`"),
    Field("clock", "i8", COUNT, "counters, by `Clock`"),
)
"""The arrays of a world that hold no records."""

SCRATCH = (
    *("news", "early_for"),
    *("visitors", "rows", "row_count", "seen", "marks", "unread", "liked", "seen_count", "influence"),
)
"""Arrays of the world that hold nothing beyond one tick."""


class World(NamedTuple):
    """Everything a run knows; kernels read and write it in place. n members, q issues, v visitors of a tick."""

    members: Any  # MEMBER[n]
    keys: Any  # uint64[n], the members' keys once more, and
    visit_chance: Any  # float64[n], their chances to visit in one hour: all that is looked at each hour, close together
    beliefs: Any  # BELIEF[n]
    start: Any  # BELIEF[n], as they were at the start
    positions: Any  # POSITION[n, q]
    messages: Any  # MESSAGE[room], the first clock[messages] are used
    issues: Any  # ISSUE[q]
    audiences: Any  # AUDIENCE[1 + departments + teams]: everyone, departments, teams
    slots: Any  # SLOT[...], the pages of all audiences one after the other
    news: Any  # int32[...], of each slot's thread in this tick: the latest message that is to be read on this page, and
    early_for: Any  # int32[...], the member whose ties read it early, -1 for all: what each reader asks, close together
    tie_start: Any  # int64[n + 1], ties of member i are tie_member[tie_start[i]:tie_start[i + 1]], sorted
    tie_member: Any  # int32[...]
    pending: Any  # PENDING[room], the first clock[pending] are used
    occasions: Any  # OCCASION[room], the first clock[occasions] are used
    visitors: Any  # int32[v], member rows in order
    rows: Any  # OCCASION[v, ROWS_PER_VISIT], what each visit gave rise to
    row_count: Any  # int32[v]
    seen: Any  # int32[v, MAX_ATTENTION], message rows read
    marks: Any  # float64[v, MAX_ATTENTION], luck of the reader with each of them
    unread: Any  # uint64[v, 2, PAGES, words], slots of pages with what comes early, and with the rest, as bits
    liked: Any  # int8[v, MAX_ATTENTION]
    seen_count: Any  # int32[v]
    influence: Any  # float64[v, 2], change of stance by coworkers' and by leaders' messages
    daily: Any  # float64[days, roles x departments, len(Column)]
    whole: Any  # float64[days, len(Whole)]
    policies: Any  # POLICY[2], of line managers and of executives
    arena: Any  # ARENA[1]
    clock: Any  # int64[len(Clock)]
