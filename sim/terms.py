"""The words of the model: roles, strategies, motives, orientations, kinds, and what a decision sees and returns.

The integers stand in saved files: never renumber a member, only append. Arrays store the numbers, files and people
read the names; what is said and drawn of a member stands beside it (`sim.lexicon`).
"""

from enum import IntEnum
from typing import Any, Final, NamedTuple

from sim.lexicon import BLUE, GREEN, GREY, MAUVE, ORANGE, Term, Words, speaks, terms


@speaks("noun", "plural", "colour", "dash")
class Role(Term):
    """What a member is in the organisation."""

    coworker = 0, Words("coworker", "coworkers", colour=BLUE, dash="solid")
    line_manager = 1, Words("line manager", "line managers", colour=ORANGE, dash="dash")
    executive = 2, Words("executive", "executives", colour=GREEN, dash="dot")
    communicator = 3, Words("community manager", "community managers", colour=MAUVE, dash="dashdot")


LEADERS: Final = (Role.line_manager, Role.executive)
"""The roles of those whose answers people watch."""


@speaks("noun", "label")
class Scope(Term):
    """Who can read a post: one team, one department, or everyone."""

    team = 0, Words("the team", label="team")
    department = 1, Words("the department", label="department")
    organization = 2, Words("everyone", label="everyone")


@speaks("noun", "label")
class Identity(Term):
    """What the arena shows of an author."""

    name_and_position = 0, Words("name and position", label="name and position")
    name = 1, Words("name alone", label="name")  # type: ignore[assignment]
    pseudonym = 2, Words("a pseudonym", label="pseudonym")
    anonymous = 3, Words("nothing", label="nothing")


@speaks("noun", "label")
class Ranking(Term):
    """How the arena orders threads."""

    newest = 0, Words("latest activity", label="newest")
    popular = 1, Words("popularity", label="popular")
    ties = 2, Words("ties", label="by ties")


@speaks("noun")
class IssueKind(Term):
    """What an issue is about, which decides the kind of message it gives rise to."""

    knowledge = 0, Words("a question of know-how")
    celebration = 1, Words("something to celebrate")
    concern = 2, Words("a concern")
    identity = 3, Words("a question of who we are")


@speaks("noun", "infinitive")
class Kind(Term):
    """What a message is."""

    news = 0, Words("news", infinitive="share something")
    praise = 1, Words("praise", infinitive="say something good")
    question = 2, Words("a question", infinitive="ask a question")
    answer = 3, Words("an answer", infinitive="give an answer")
    suggestion = 4, Words("a suggestion", infinitive="make a suggestion")
    concern = 5, Words("a concern", infinitive="raise a concern")
    announcement = 6, Words("an announcement", infinitive="announce something")


@speaks("infinitive", "present")
class Orientation(Term):
    """How a comment stands to the voices before it (Frandsen & Johansen 2017); a thread's first post has none.

    In the infinitive, `{whose}` is to be filled: `Bo Li's`.
    """

    none = -1
    to = 0, Words(infinitive="answer {whose} message", present="replies")
    with_ = 1, Words(infinitive="second {whose} message", present="joins in")
    against = 2, Words(infinitive="contradict {whose} message", present="objects")
    past = 3, Words(infinitive="make a point of their own below {whose} message", present="talks of something else")
    about = 4, Words(infinitive="speak of somebody else below {whose} message", present="talks about others")


class Reaction(IntEnum):
    """What a reader does with one item, in the order of the inverse CDF."""

    pass_ = 0
    like = 1
    to = 2
    with_ = 3
    against = 4
    past = 5
    about = 6


@speaks("infinitive", "present", "past", "done", "colour")
class Strategy(Term):
    """What a member does with a wish to speak (Madsen & Verhoeven 2016)."""

    none = -1
    plain = (
        0,
        Words(
            infinitive="say it plainly",
            present="says it plainly",
            past="said it plainly",
            done="said plainly",
            colour="#0072B2",
        ),
    )
    rephrase = (
        1,
        Words(
            infinitive="say it in softer words",
            present="says it in softer words",
            past="said it in softer words",
            done="said in softer words",
            colour="#4A9BD0",
        ),
    )
    narrow = (
        2,
        Words(
            infinitive="say it to a narrower audience",
            present="says it to a narrower audience",
            past="said it to a narrower audience",
            done="said to a narrower audience",
            colour="#8CC2E6",
        ),
    )
    anonymous = (
        3,
        Words(
            infinitive="say it without a name",
            present="says it without a name",
            past="said it without a name",
            done="said without a name",
            colour="#C2DFF3",
        ),
    )
    second_opinion = (
        4,
        Words(
            infinitive="ask a colleague first",
            present="wants to ask a colleague first",
            past="did not say it, and asked a colleague first",
            done="kept until a colleague had been asked",
            colour="#FBD9BE",
        ),
    )
    postpone = (
        5,
        Words(
            infinitive="keep a draft",
            present="keeps it as a draft",
            past="did not say it yet, and kept a draft",
            done="kept as a draft",
            colour="#F5B383",
        ),
    )
    other_channel = (
        6,
        Words(
            infinitive="say it elsewhere",
            present="says it elsewhere, where the arena cannot read it",
            past="said it elsewhere, out of sight of the arena",
            done="taken out of the arena",
            colour="#EC8B45",
        ),
    )
    only_positive = (
        7,
        Words(
            infinitive="say something pleasant instead",
            present="says something pleasant instead",
            past="said something pleasant instead",
            done="replaced by something pleasant",
            colour="#A9A9B0",
        ),
    )
    withhold = (
        8,
        Words(
            infinitive="keep it to themselves",
            present="says nothing",
            past="kept it to themselves",
            done="not said at all",
            colour="#D55E00",
        ),
    )


@speaks("noun", "because", "source")
class Motive(Term):
    """Why a wish stayed unspoken (Van Dyne, Ang & Botero 2003; Brinsfield 2013)."""

    none = -1
    defensive = (
        0,
        Words("fear of superiors", because="afraid of what superiors would do", source="Van Dyne, Ang & Botero 2003"),
    )
    relational = (
        1,
        Words(
            "fear of standing alone among colleagues",
            because="afraid to stand alone among colleagues",
            source="Brinsfield 2013",
        ),
    )
    acquiescent = (
        2,
        Words(
            "the belief that it would change nothing",
            because="it would change nothing anyway",
            source="Van Dyne, Ang & Botero 2003",
        ),
    )
    prosocial = (
        3,
        Words(
            "loyalty to the organisation",
            because="out of loyalty to the organisation",
            source="Van Dyne, Ang & Botero 2003",
        ),
    )
    disengaged = 4, Words("too little concern", because="it does not matter enough to them", source="Brinsfield 2013")
    unmotivated = 5, Words("no reason that stands out", because="no reason that stands out", source="Brinsfield 2013")
    diffident = (
        6,
        Words("fear of looking bad", because="afraid to look bad before the others", source="Brinsfield 2013"),
    )


@speaks("noun", "present", "infinitive", "done", "label", "meaning", "colour", "icon")
class Response(Term):
    """How a leader treats a message; in words that leave `{what}` to be filled: `it`."""

    none = (
        0,
        Words(
            "silence from above",
            present="leaves {what} unanswered",
            infinitive="stay silent",
            done="left unanswered",
            label="Stay silent",
            meaning="read it, and never answer",
            colour=GREY,
            icon="M4 8h.1M8 8h.1M12 8h.1",
        ),
    )
    supportive = (
        1,
        Words(
            "a friendly answer from above",
            present="supports {what}",
            infinitive="support {what}",
            done="supported",
            label="Support",
            meaning="thank for it, and take it up",
            colour=BLUE,
            icon="M2.5 8.5 6 12l7.5-8",
        ),
    )
    dismissive = (
        2,
        Words(
            "a dismissive answer from above",
            present="dismisses {what}",
            infinitive="dismiss {what}",
            done="dismissed",
            label="Dismiss",
            meaning="brush it off",
            colour=GREY,
            icon="M3 8h10",
        ),
    )
    sanction = (
        3,
        Words(
            "a rebuke from above",
            present="rebukes {what}",
            infinitive="rebuke {what}",
            done="rebuked",
            label="Rebuke",
            meaning="rebuke the author for all to see",
            colour=ORANGE,
            icon="M8 2.5v7M8 13v.2",
        ),
    )
    action = (
        4,
        Words(
            "action from above",
            present="acts on {what}",
            infinitive="act on {what}",
            done="acted on",
            label="Act",
            meaning="change something, and say so",
            colour=GREEN,
            icon="M3 8h9M8.5 4 12.5 8l-4 4",
        ),
    )


class Form(IntEnum):
    """Whether an occasion would begin a thread or join one."""

    post = 0
    comment = 1


class Framing(IntEnum):
    """Whether a message speaks of the daily work or of the organisation's course."""

    operational = 0
    strategic = 1


class IssueState(IntEnum):
    """The life of an issue."""

    latent = 0
    surfaced = 1
    answered = 2
    resolved = 3


@speaks("label", "meaning")
class Theory(Term):
    """Which theory of voice decides (`rules.voice`). Its meaning follows "by the theory of this run,"."""

    arena = (
        0,
        Words(
            label="the whole model",
            meaning="all of it is weighed: what draws, superiors, peers, one's image, loyalty, and effort",
            source="Madsen & Verhoeven 2016",
        ),
    )
    spiral_of_silence = (
        1,
        Words(
            label="spiral of silence",
            meaning="only fear of isolation holds anybody back",
            source="Noelle-Neumann 1974",
        ),
    )
    threshold = (
        2,
        Words(
            label="threshold",
            meaning="people speak when enough colleagues seem to agree",
            source="Granovetter 1978",
        ),
    )
    expected_utility = (
        3,
        Words(
            label="expected utility",
            meaning="benefit is weighed against cost, whoever reads",
            source="Vroom 1964",
        ),
    )
    no_fear = (
        4,
        Words(
            label="no fear",
            meaning="nothing holds anybody back but the effort",
        ),
    )
    random = (
        5,
        Words(
            label="random",
            meaning="every way that there is, is as good as any other",
        ),
    )


STRATEGIES = len(Strategy) - 1
MOTIVES = len(Motive) - 1

NESTS: Final[dict[str, tuple[Strategy, ...]]] = {
    "speak": (Strategy.plain, Strategy.rephrase, Strategy.narrow, Strategy.anonymous),
    "defer": (Strategy.second_opinion, Strategy.postpone),
    "other_channel": (Strategy.other_channel,),
    "only_positive": (Strategy.only_positive,),
    "withhold": (Strategy.withhold,),
}
"""Ways that are alike share a nest of the nested logit: one more of them does not make the nest more likely by as much.

The ways of the first nest publish the wish itself in the arena; they are numbered first.
"""
SPOKEN = len(NESTS["speak"])  # strategies below it are spoken in the arena

CAUSES: Final[dict[Motive, str]] = {
    Motive.defensive: "superiors",  # share of the superiors' threat taken away
    Motive.relational: "peers",  # share of the peers' threat taken away
    Motive.acquiescent: "efficacy",  # share of the way to full voice efficacy
    Motive.prosocial: "loyalty",  # share of loyalty taken away
    Motive.disengaged: "concern",  # share of the way to full concern
    Motive.diffident: "image",  # share of the threat to one's image taken away
}
"""The motives that are causes, and what of a moment is moved to see what each took away."""
OF_CRITICAL_WISHES: Final = ("loyalty",)
"""Causes that hold nobody back where a wish challenges nobody."""


def _floats(*names: str, **first: type) -> Any:
    """Return a NamedTuple of floats, after the fields in `first`. Compiled code reads it by name or by number."""
    return NamedTuple("_floats", [*first.items(), *((name, float) for name in names)])


def by_strategy() -> Any:
    """Return a NamedTuple of one float a strategy, in the order of their numbers."""
    return _floats(*(way.key for way in terms(Strategy)))


class Moment(NamedTuple):
    """What one member sees and feels at one occasion; all a voice rule ever knows. Every field is a float64.

    Shares, chances and beliefs lie in [0, 1], `stance` in [-1, 1]; flags are 0.0 or 1.0.
    """

    criticality: float  # how much the wish challenges those in charge
    stance: float  # private view of the issue
    concern: float  # how much the issue matters to me
    agreement: float  # perceived climate, seen from my side: share of colleagues who think as I do
    others_know: float  # believed share of colleagues who know and could say it
    voice_propensity: float
    risk_sensitivity: float
    implicit_voice_theory: float
    safety_line_manager: float
    safety_executives: float
    voice_efficacy: float
    licence_to_critique: float
    identification: float
    engagement: float
    audience: float  # imagined size of the audience, as a share of the organisation
    manager_reads: float
    executives_read: float
    narrow_audience: float  # the same three, were it said one step closer to home
    narrow_manager_reads: float
    narrow_executives_read: float
    identifiability: float
    persistence: float
    narrow_open: float  # 1.0 where a narrower audience exists
    anonymous_open: float  # 1.0 where anonymous posts are allowed
    is_comment: float  # 1.0 for a comment


class Relief(_floats(*CAUSES.values())):  # type: ignore[misc]
    """What a counterfactual takes away or adds: the causes of silence, each moved by a share in [0, 1]."""

    __slots__ = ()


class Draws(NamedTuple):
    """What draws towards speaking, term by term (utility units); their sum, in this order, is the urge."""

    propensity: float
    efficacy: float
    audience: float
    engagement: float


class Appraisal(NamedTuple):
    """How a wish looks from inside: what draws, what threatens, what holds back (utility units)."""

    urge: float
    threat_manager: float
    threat_executives: float
    threat_peers: float
    threat_image: float
    loyalty: float
    inhibition: float


class Luck(_floats(*NESTS, *(way.key for nest in NESTS.values() if len(nest) > 1 for way in nest))):  # type: ignore[misc]
    """The Gumbel draws of one decision: one per nest, and one per strategy inside the nests that have several."""

    __slots__ = ()


class Choice(_floats("p_spoken", *(way.key for way in terms(Strategy)), strategy=int)):  # type: ignore[misc]
    """A decision: what is done (a `Strategy`), P(spoken in the arena), and how likely each way was."""

    __slots__ = ()


class Silence(_floats(*(motive.key for motive in terms(Motive)), motive=int)):  # type: ignore[misc]
    """Why a wish stayed unspoken: the largest cause (a `Motive`), and the shares of all, which sum to 1."""

    __slots__ = ()


class Asking(NamedTuple):
    """Whether an item asks for an answer; each field as in `Glance`."""

    alone: float
    bystanders: float
    mine: float
    turn: float
    owed: float


class Glance(NamedTuple):
    """What a reader sees of one item, and brings to it. Every field is a float64; flags are 0.0 or 1.0."""

    agreement: float  # 1 - |my stance - expressed stance| / 2
    concern: float
    question: float  # the item asks something
    expertise: float
    unsaid: float
    conviction: float  # |my stance|
    tie: float
    superior: float  # the author is recognised as my superior
    safety: float  # towards that superior
    risk_sensitivity: float
    voice_propensity: float
    engagement: float
    crowd: float  # log(1 + comments the thread has already)
    nested: float  # the item is itself a comment
    alone: float  # the item is a post on which nobody has commented yet
    bystanders: float  # of such a post: log of the number of members who could answer, its author left aside
    mine: float  # the item is a comment on a message of mine
    turn: float  # of such a comment: how many messages it answers, one through the other
    owed: float  # its author, seen by name, has lately answered me
