"""The state of a world: arrays of records, one row a member, a message, an issue, an occasion.

Each field is declared once, with its type, its range where that is not plain, and one sentence. Records keep what one
visit touches together in memory; a whole world is a handful of arrays and so is saved and loaded as it stands.
Rows refer to each other by row number, -1 for none; beliefs and all numbers of the theory are float64.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from sim.terms import Kind, Motive, Response, Strategy

TICKS_PER_DAY = 8  # a tick is one working hour
DAYS_PER_WEEK = 5
ROW_BITS = 24  # of a message_id or occasion_id, for the member row
NUMBER_BITS = 8  # and for the n-th of that member in the tick; with them, ids stay below 2**53 for a million days

# Structural limits: they size buffers and are no part of the theory.
MAX_ATTENTION = 30  # items read at one visit at most
OCCASIONS_PER_VISIT = 2  # new wishes at one visit at most
COMMENTS_PER_VISIT = 3  # comments wished at one visit at most
ANSWERS_PER_VISIT = 3  # answers a leader or a communicator promises at one visit at most
ROWS_PER_VISIT = OCCASIONS_PER_VISIT + COMMENTS_PER_VISIT + ANSWERS_PER_VISIT + 2  # and a draft and a reframing
MAX_LEFT_OVER = 30  # unread threads noticed beyond what is read: nobody scrolls to the end to feel overloaded
COMMENTS_SHOWN = 6  # unread comments of one thread shown at one visit at most
LIVE_THREADS = (32, 128, 256)  # threads that a team's, a department's, the organisation's page can hold
FADED = 1.0 / 16.0  # weight below which a thread is no longer shown

Field = tuple[str, str, str]


def _record(*fields: Field) -> np.dtype[Any]:
    """Return the dtype of one record; fields are (name, type, meaning)."""
    return np.dtype((np.record, np.dtype([(name, kind) for name, kind, _ in fields], align=True)))


def plain_dtype(kind: np.dtype[Any]) -> np.dtype[Any]:
    """Return a record's dtype without the record class, as files keep it."""
    return np.dtype((np.void, kind))


MEMBER_FIELDS: tuple[Field, ...] = (
    ("key", "u8", "64-bit hash of the id: whose luck it is"),
    ("role", "i1", "a `Role`"),
    ("cell", "i4", "where the day's sums are kept: role x departments + department"),
    ("scripted", "i1", "1 where Python code decides instead of the rules"),
    ("visited", "i1", "1 from the first visit on"),
    ("level", "i2", "0 for the top"),
    ("attention", "i2", "items read at a visit, 5 to 30"),
    ("manager", "i4", "row of the line manager"),
    ("department", "i4", "number of the department"),
    ("location", "i4", "number of the location"),
    ("team", "i4", "team one reports in: people with the same manager"),
    ("led_team", "i4", "team one leads"),
    ("first", "i4", "people below: those whose `first` lies in [first, last)"),
    ("last", "i4", "see `first`"),
    ("voice_propensity", "f8", "trait in [0, 1]"),
    ("risk_sensitivity", "f8", "trait in [0, 1]"),
    ("implicit_voice_theory", "f8", "trait in [0, 1]"),
    ("base_visits", "f8", "trait: visits a workday, before habit"),
    ("occasions_per_visit", "f8", "trait: things to say that come up at a visit"),
    ("openness_leaning", "f8", "trait of leaders: own openness around the policy, log odds"),
    ("last_visit", "i4", "tick of the last visit"),
    ("latest_post", "i4", "message row of one's latest post"),
    ("latest_critique", "i4", "message row of one's latest critical message"),
    ("draft_issue", "i2", "issue of the draft kept"),
    ("draft_form", "i1", "its `Form`"),
    ("draft_orientation", "i1", "its `Orientation`"),
    ("draft_kind", "i1", "its `Kind`"),
    ("draft_about", "i4", "message row it comments on"),
    ("draft_criticality", "f8", "its criticality"),
    ("draft_occasion", "i8", "occasion_id that it comes from"),
    ("answers_left", "i4", "answers for which there is time today"),
    ("new_likes", "i4", "likes since the last visit"),
    ("new_comments", "i4", "comments since the last visit"),
    ("new_unanswered", "i4", "own messages that went unanswered since the last visit"),
    ("new_orphans", "i4", "own posts that nobody replied to since the last visit"),
    ("new_responses", "(2,5)i4", "responses since the last visit: by line managers, by executives; by `Response`"),
    ("numbered_tick", "i4", "tick for which `numbered` and `weighed` count"),
    ("numbered", "i2", "messages published in that tick"),
    ("weighed", "i2", "occasions weighed in that tick"),
    ("contributed_day", "i4", "last day of a message of one's own"),
    ("visited_day", "i4", "last day of a visit"),
    ("visits", "i4", "count over the run"),
    ("items_read", "i4", "count over the run"),
    ("posts", "i4", "count over the run"),
    ("comments", "i4", "count over the run"),
    ("likes_given", "i4", "count over the run"),
    ("likes_received", "i4", "count over the run"),
    ("comments_received", "i4", "count over the run"),
    ("occasions", "i4", "count over the run"),
    ("spoken", "i4", "count over the run"),
    ("withheld", "i4", "count over the run"),
)

BELIEF_FIELDS: tuple[Field, ...] = (
    ("safety_line_manager", "f8", "safety felt towards the line manager"),
    ("safety_executives", "f8", "safety felt towards executives"),
    ("voice_efficacy", "f8", "belief that speaking changes something; its lack is futility"),
    ("licence_to_critique", "f8", "belief that critique is normal here"),
    ("credibility", "f8", "belief that leaders mean what they say"),
    ("imagined_audience_size", "f8", "share of colleagues imagined to read a post for everyone"),
    ("manager_reads", "f8", "believed chance that my line manager reads it"),
    ("executives_read", "f8", "believed chance that executives read it"),
    ("persistence", "f8", "belief how long things stay, h / (h + 5) for h workdays"),
    ("identifiability", "f8", "believed identifiability of an author"),
    ("identification", "f8", "identification with the organisation"),
    ("engagement", "f8", "engagement"),
    ("recognition", "f8", "belief that what I say is received"),
    ("knows_whom", "f8", "knowing who knows whom"),
    ("habit", "f8", "log of visits relative to the base rate"),
)

POSITION_FIELDS: tuple[Field, ...] = (
    ("stance", "f8", "private view in [-1, 1]"),
    ("concern", "f8", "how much the issue matters, in [0, 1]"),
    ("climate", "f8", "perceived share of colleagues in favour"),
    ("others_know", "f8", "believed share of colleagues who know already"),
    ("unsaid", "f8", "what is left to say, in [0, 1]"),
    ("knows_what", "f8", "knowing who knows about it"),
    ("expertise", "f8", "own knowledge of it"),
    ("start_knows_what", "f8", "knowing who knows about it at the start"),
    ("start_stance", "f8", "private view at the start"),
    ("start_concern", "f8", "concern at the start"),
    ("start_climate", "f8", "perceived climate at the start"),
)

MESSAGE_FIELDS: tuple[Field, ...] = (
    ("key", "u8", "hash of author, tick and number: whose luck it is"),
    ("tick", "i4", "when it was published"),
    ("author", "i4", "member row"),
    ("number", "i2", "n-th message of this author in this tick"),
    ("issue", "i2", "issue number"),
    ("thread", "i4", "message row of the thread's first post"),
    ("parent", "i4", "message row replied to"),
    ("previous", "i4", "message row before it in the thread"),
    ("last", "i4", "of a first post: latest message row of the thread"),
    ("audience", "i4", "audience it is shown to"),
    ("views", "i4", "readers so far"),
    ("likes", "i4", "likes so far"),
    ("comments", "i4", "replies so far; of a first post: comments of the thread"),
    ("supporters", "i4", "likes and seconding comments so far"),
    ("first_reply", "i4", "tick of the first reply"),
    ("response_tick", "i4", "tick of the leader's response"),
    ("kind", "i1", "a `Kind`"),
    ("orientation", "i1", "an `Orientation`"),
    ("scope", "i1", "a `Scope`"),
    ("strategy", "i1", "the `Strategy` it was spoken with; -1 where nothing was weighed"),
    ("identity", "i1", "what is shown of the author, an `Identity`"),
    ("author_role", "i1", "the author's `Role`"),
    ("leader_response", "i1", "how a leader treated it, a `Response`"),
    ("treatment", "i1", "of a leader's response: the `Response` that it is"),
    ("framing", "i1", "a `Framing`"),
    ("disclosure", "i1", "1 where a leader speaks of own doubts"),
    ("amplified", "i1", "1 where it was lifted to everyone"),
    ("answered", "i1", "of a question: 1 once somebody answered"),
    ("claimed", "i1", "1 once a leader has promised to answer"),
    ("criticality", "f8", "expressed criticality in [0, 1]"),
    ("stance", "f8", "expressed stance in [-1, 1]; of an announcement: the openness promised"),
)

OCCASION_FIELDS: tuple[Field, ...] = (
    ("occasion_id", "i8", "tick, member row and number in one"),
    ("draft_of", "i8", "occasion reconsidered"),
    ("tick", "i4", "when"),
    ("member", "i4", "member row"),
    ("about", "i4", "message row commented on"),
    ("message", "i4", "message row published"),
    ("issue", "i2", "issue number"),
    ("errand", "i1", "what the row asks for, an `Errand`"),
    ("form", "i1", "a `Form`"),
    ("orientation", "i1", "an `Orientation`"),
    ("kind", "i1", "a `Kind`"),
    ("strategy", "i1", "what was done, a `Strategy`"),
    ("motive", "i1", "why it stayed unspoken, a `Motive`"),
    ("criticality", "f8", "criticality of the wish"),
    ("concern", "f8", "concern"),
    ("urge", "f8", "what drew"),
    ("threat_superiors", "f8", "the larger of the threats of line manager and executives"),
    ("threat_peers", "f8", "threat of isolation"),
    ("inhibition", "f8", "what held back, were it said plainly"),
    ("p_spoken", "f8", "probability that it is spoken in the arena"),
    ("motive_defensive", "f8", "share of fear of superiors"),
    ("motive_relational", "f8", "share of fear of isolation"),
    ("motive_acquiescent", "f8", "share of futility"),
    ("motive_prosocial", "f8", "share of loyalty"),
    ("motive_disengaged", "f8", "share of low concern"),
    ("motive_unmotivated", "f8", "1 where no cause counts"),
)

ISSUE_FIELDS: tuple[Field, ...] = (
    ("kind", "i1", "an `IssueKind`"),
    ("state", "i1", "an `IssueState`"),
    ("begun_below", "i1", "1 where its first voice came from below management"),
    ("voices", "i2", "distinct voices so far, counted to three"),
    ("voice_0", "i4", "member row of the first voice"),
    ("voice_1", "i4", "member row of the second"),
    ("onset", "i4", "tick of its beginning"),
    ("surfaced", "i4", "tick of its third distinct voice"),
    ("answered", "i4", "tick of the first leader's answer"),
    ("resolved", "i4", "tick of the first action"),
    ("criticality", "f8", "how much speaking against it challenges those in charge"),
    ("salience", "f8", "how often it comes to mind, before decay"),
    ("half_life", "f8", "half-life of salience in ticks; 0 for none"),
    ("mean_stance", "f8", "mean private stance of members, at the last day's end"),
    ("true_climate", "f8", "share of members privately in favour, at the last day's end"),
)

AUDIENCE_FIELDS: tuple[Field, ...] = (
    ("first", "i8", "first slot of its page"),
    ("room", "i4", "slots of its page"),
    ("threads", "i4", "live threads"),
    ("visited", "i4", "members of it who have ever visited"),
)

SLOT_FIELDS: tuple[Field, ...] = (
    ("thread", "i4", "message row of the thread's first post"),
    ("tick", "i4", "tick of its latest message"),
    ("score", "f8", "where it ranks; higher is shown first"),
)

PENDING_FIELDS: tuple[Field, ...] = (
    ("due", "i4", "tick at which it is done"),
    ("leader", "i4", "member row"),
    ("message", "i4", "message row to respond to"),
    ("response", "i1", "`Response.none`: how is decided then; else what is done"),
)

POLICY_FIELDS: tuple[Field, ...] = (
    ("presence", "f8", "visits a workday"),
    ("responsiveness", "f8", "chance to answer a message that was read"),
    ("openness", "f8", "chance that an answer to mild critique is supportive"),
    ("espoused_openness", "f8", "openness announced in public once a week"),
    ("sanction", "f8", "share of unsupportive answers that rebuke"),
    ("delay_hours", "f8", "working hours until an answer"),
    ("follow_through", "f8", "chance that a supportive answer becomes action"),
    ("self_disclosure", "f8", "chance a week to post doubts of one's own"),
    ("answers_per_day", "f8", "answers for which there is time"),
)

ARENA_FIELDS: tuple[Field, ...] = (
    ("scope", "i1", "where a default post goes, a `Scope`"),
    ("identity", "i1", "what is shown of an author, an `Identity`"),
    ("anonymous_posts", "i1", "1 where they are allowed"),
    ("audience_cues", "i1", "1 where authors see how many read"),
    ("visible_reactions", "i1", "1 where readers see likes"),
    ("leader_badges", "i1", "1 where leaders are marked"),
    ("ranking", "i1", "a `Ranking`"),
    ("half_life", "f8", "half-life of a thread in ticks"),
    ("communicator_presence", "f8", "visits a workday of community managers"),
    ("orphan_answering", "f8", "chance that they answer an unanswered thread"),
    ("amplification", "f8", "chance that they lift a thread to everyone"),
)

MEMBER, BELIEF, POSITION = _record(*MEMBER_FIELDS), _record(*BELIEF_FIELDS), _record(*POSITION_FIELDS)
MESSAGE, OCCASION, ISSUE = _record(*MESSAGE_FIELDS), _record(*OCCASION_FIELDS), _record(*ISSUE_FIELDS)
AUDIENCE, SLOT, PENDING = _record(*AUDIENCE_FIELDS), _record(*SLOT_FIELDS), _record(*PENDING_FIELDS)
POLICY, ARENA = _record(*POLICY_FIELDS), _record(*ARENA_FIELDS)


class Errand(IntEnum):
    """What a row between visit and publish asks for."""

    wish = 0  # an occasion: weighed, decided, kept in the ledger
    comment = 1  # an uncritical comment: nothing to weigh
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


def _numbered(name: str, members: list[str]) -> Any:
    """Return an enum of consecutive numbers."""
    return IntEnum(name, {member: n for n, member in enumerate(members)})


_COUNTED = (
    "visits visitors items contributors readers wishes spoken p_spoken critical posts comments likes "
    "upward downward horizontal cross_department directed matured orphans questions answered_questions first_replies "
    "reply_hours views_share influence_coworkers influence_leaders"
)
_SUMMED = (
    "members climate_gap knows_what knows_what_count stance_deviation positions identity_stance identity_positions"
)

Column: Any = _numbered(
    "Column",
    _COUNTED.split()
    + [f"strategy_{s.name}" for s in Strategy if s >= 0]
    + [f"motive_{m.name}" for m in Motive if m >= 0]
    + [f"kind_{k.name}" for k in Kind]
    + [f"response_{r.name}" for r in Response if r > 0]
    + _SUMMED.split()
    + [name for name, _, _ in BELIEF_FIELDS],
)
"""What is counted in a day, or summed at its end, in each cell (role x department)."""
FIRST_BELIEF = int(Column[BELIEF_FIELDS[0][0]])

Whole: Any = _numbered("Whole", "gini surfaced begun_below days_to_surface resolved days_to_resolve".split())
"""What is known at a day's end of the organisation as a whole."""


SCRATCH = ("visitors", "rows", "row_count", "seen", "waiting", "liked", "seen_count", "influence")
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
    tie_start: Any  # int64[n + 1], ties of member i are tie_member[tie_start[i]:tie_start[i + 1]], sorted
    tie_member: Any  # int32[...]
    pending: Any  # PENDING[room], the first clock[pending] are used
    occasions: Any  # OCCASION[room], the first clock[occasions] are used
    visitors: Any  # int32[v], member rows in order
    rows: Any  # OCCASION[v, ROWS_PER_VISIT], what each visit gave rise to
    row_count: Any  # int32[v]
    seen: Any  # int32[v, MAX_ATTENTION], message rows read
    waiting: Any  # int32[v, MAX_ATTENTION + MAX_LEFT_OVER], first posts of threads that come after those of ties
    liked: Any  # int8[v, MAX_ATTENTION]
    seen_count: Any  # int32[v]
    influence: Any  # float64[v, 2], change of stance by coworkers' and by leaders' messages
    daily: Any  # float64[days, roles x departments, len(Column)]
    whole: Any  # float64[days, len(Whole)]
    policies: Any  # POLICY[2], of line managers and of executives
    arena: Any  # ARENA[1]
    clock: Any  # int64[len(Clock)]
