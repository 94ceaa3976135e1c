"""The words of the model: roles, strategies, motives, orientations, kinds, and what a decision sees and returns.

The integers stand in saved files: never renumber a member, only append. Arrays store the numbers, files and people
read the names.
"""

from enum import IntEnum
from typing import NamedTuple


class Role(IntEnum):
    """What a member is in the organisation."""

    coworker = 0
    line_manager = 1
    executive = 2
    communicator = 3


class Scope(IntEnum):
    """Who can read a post: one team, one department, or everyone."""

    team = 0
    department = 1
    organization = 2


class Identity(IntEnum):
    """What the arena shows of an author."""

    name_and_position = 0
    name = 1  # type: ignore[assignment]
    pseudonym = 2
    anonymous = 3


class Ranking(IntEnum):
    """How the arena orders threads."""

    newest = 0
    popular = 1
    ties = 2


class IssueKind(IntEnum):
    """What an issue is about, which decides the kind of message it gives rise to."""

    knowledge = 0
    celebration = 1
    concern = 2
    identity = 3


class Kind(IntEnum):
    """What a message is."""

    news = 0
    praise = 1
    question = 2
    answer = 3
    suggestion = 4
    concern = 5
    announcement = 6


class Orientation(IntEnum):
    """How a comment stands to the voices before it (Frandsen & Johansen 2017); a thread's first post has none."""

    none = -1
    to = 0
    with_ = 1
    against = 2
    past = 3
    about = 4


class Reaction(IntEnum):
    """What a reader does with one item, in the order of the inverse CDF."""

    pass_ = 0
    like = 1
    to = 2
    with_ = 3
    against = 4
    past = 5
    about = 6


class Strategy(IntEnum):
    """What a member does with a wish to speak (Madsen & Verhoeven 2016)."""

    none = -1
    plain = 0
    rephrase = 1
    narrow = 2
    anonymous = 3
    second_opinion = 4
    postpone = 5
    other_channel = 6
    only_positive = 7
    withhold = 8


class Motive(IntEnum):
    """Why a wish stayed unspoken (Van Dyne, Ang & Botero 2003; Brinsfield 2013)."""

    none = -1
    defensive = 0
    relational = 1
    acquiescent = 2
    prosocial = 3
    disengaged = 4
    unmotivated = 5


class Response(IntEnum):
    """How a leader treats a message."""

    none = 0
    supportive = 1
    dismissive = 2
    sanction = 3
    action = 4


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


class Theory(IntEnum):
    """Which theory of voice decides (`rules.voice`)."""

    arena = 0
    spiral_of_silence = 1
    threshold = 2
    expected_utility = 3
    no_fear = 4
    random = 5


STRATEGIES = 9
SPOKEN = 4  # the first four strategies publish the wish itself in the arena
MOTIVES = 6


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


class Relief(NamedTuple):
    """What a counterfactual takes away or adds: the five causes of silence, each moved by a share in [0, 1]."""

    superiors: float  # share of the superiors' threat taken away
    peers: float  # share of the peers' threat taken away
    efficacy: float  # share of the way to full voice efficacy
    loyalty: float  # share of loyalty taken away
    concern: float  # share of the way to full concern


class Draws(NamedTuple):
    """What draws towards speaking, term by term (utility units); their sum, in this order, is the urge."""

    propensity: float
    efficacy: float
    audience: float
    licence: float
    engagement: float


class Appraisal(NamedTuple):
    """How a wish looks from inside: what draws, what threatens, what holds back (utility units)."""

    urge: float
    threat_manager: float
    threat_executives: float
    threat_peers: float
    loyalty: float
    inhibition: float


class Luck(NamedTuple):
    """The Gumbel draws of one decision: one per nest, and one per strategy inside the two nests that have several."""

    speak: float
    defer: float
    other_channel: float
    only_positive: float
    withhold: float
    plain: float
    rephrase: float
    narrow: float
    anonymous: float
    second_opinion: float
    postpone: float


class Choice(NamedTuple):
    """A decision: what is done (a `Strategy`), P(spoken in the arena), and how likely each way was."""

    strategy: int
    p_spoken: float
    plain: float
    rephrase: float
    narrow: float
    anonymous: float
    second_opinion: float
    postpone: float
    other_channel: float
    only_positive: float
    withhold: float


class Silence(NamedTuple):
    """Why a wish stayed unspoken: the largest cause (a `Motive`), and the shares of all, which sum to 1."""

    motive: int
    defensive: float
    relational: float
    acquiescent: float
    prosocial: float
    disengaged: float
    unmotivated: float


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
