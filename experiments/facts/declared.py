"""The stylised facts: what is known, from whom, in which range, and how the same is measured in a run.

Each fact is declared once. `test` facts are what the default scenario is held against, `calib` facts what it is fitted
to, `input` facts what its starting values are taken from. A fact of several parts is matched only if all of them are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from experiments.facts import measuring as m
from experiments.facts import replies
from experiments.facts.mail import Mail
from experiments.facts.observation import Observation

Measure = Callable[[Observation], float]
OfMail = Callable[[Mail], float]

LEEWAY: Final = 1.0 / 3.0
"""How far a number without a spread may be missed: a third of it, or of its distance to 1 if that is less."""


class Use(StrEnum):
    """What a fact is for."""

    test = "test"
    calib = "calib"
    input = "input"


class Known(StrEnum):
    """How well the number itself is known."""

    seen = "seen in the source or its press release"
    second_hand = "seen in a review of the source"
    remembered = "remembered from the literature"


@dataclass(frozen=True)
class Part:
    """One number or sign of a fact: where the source has it, and how a run shows it."""

    id: str
    what: str
    """What is measured, in words."""
    low: float
    high: float
    measure: Measure
    of_mail: OfMail | None = None
    """The same of an organisation's own e-mail, where that can show it."""

    @property
    def range(self) -> str:
        """The range in words."""
        return f"above {self.low:g}" if math.isinf(self.high) else f"{self.low:.2g} to {self.high:.2g}"


@dataclass(frozen=True)
class Fact:
    """One stylised fact."""

    id: str
    use: Use
    statement: str
    source: str
    known: Known
    parts: tuple[Part, ...]
    why: str
    """Why a simulation of this kind may miss it: shown where it does."""
    proxy: bool = False
    """Whether the number is not from an organisation."""


def about(value: float) -> tuple[float, float]:
    """Return the range of a share that comes without a spread: a third of the way to 0 or to 1, the nearer of both."""
    margin = LEEWAY * min(value, 1.0 - value)
    return value - margin, value + margin


def near(value: float) -> tuple[float, float]:
    """Return the range of an amount that comes without a spread: a third less to a third more."""
    return value * (1.0 - LEEWAY), value * (1.0 + LEEWAY)


ABOVE: Final = math.inf
POSITIVE: Final = (0.0, ABOVE)


def _replies(measure: Callable[..., float]) -> tuple[Measure, OfMail]:
    """Return a measure of replies, for a run and for e-mail."""
    return (
        lambda observed: measure(observed.run.replies, observed.run.organization),
        lambda mail: measure(mail.replies, mail.organization),
    )


def _written(measure: Callable[..., float]) -> tuple[Measure, OfMail]:
    """Return a measure of messages a member, for a run and for e-mail."""
    return lambda observed: measure(m.written_by_each(observed.run)), lambda mail: measure(mail.written)


_SILENCE = (
    Fact(
        "F1",
        Use.test,
        "85% had felt unable to raise an important issue with superiors (40 interviews)",
        "Milliken, Morrison & Hewlin 2003",
        Known.seen,
        (
            Part(
                "F1",
                "coworkers with an important concern who left one unspoken",
                0.70,
                0.95,
                m.unable_to_raise,
            ),
        ),
        "People interviewed look back on a working life; a run lasts three months, in which most have one or two "
        "concerns, and whoever spoke of the only one counts as able to.",
        proxy=True,
    ),
    Fact(
        "F2",
        Use.test,
        "reasons for silence: fear of a label or for relationships first, futility a quarter to a third",
        "Milliken, Morrison & Hewlin 2003",
        Known.remembered,
        (
            Part("F2a", "lead of fear of superiors over the next motive", *POSITIVE, m.lead_of_fear),
            Part("F2b", "share of futility among the motives", 0.20, 0.40, m.futility),
        ),
        "Interviewees name what they feel; the simulation shares out every cause that lessened the chance to speak, "
        "low concern included. The more fear weighs (F8), the less is left for futility.",
    ),
    Fact(
        "F4",
        Use.test,
        "34-44% withheld a concern for fear of retribution or for the career",
        "Ethics surveys 2010-2012",
        Known.seen,
        (Part("F4", "coworkers with a concern who withheld one mainly from fear", 0.25, 0.50, m.silent_from_fear),),
        "The surveys ask once, of misconduct, while every critical wish of a quarter is looked at here; and for talk "
        "in private to be so much easier than in the arena as F8 has it, fear has to weigh much in the arena.",
    ),
    Fact(
        "F5",
        Use.test,
        "71% of users abandoned at least one draft in 17 days (3.9 million users)",
        "Das & Kramer 2013",
        Known.seen,
        (
            Part(
                "F5",
                "active members who left something unsaid within 12 workdays",
                0.50,
                0.85,
                m.abandoned_a_draft,
            ),
        ),
        "Users of a leisure network write many times in 17 days, so most abandon something; at work most active "
        "members have one thing to say in that time, if any.",
        proxy=True,
    ),
    Fact(
        "F6",
        Use.calib,
        "posts are self-censored more than comments (33% to 13%)",
        "Das & Kramer 2013",
        Known.remembered,
        (Part("F6", "share of posts abandoned over that of comments", 1.5, 4.0, m.posts_over_comments_abandoned),),
        "Uncritical comments are simply made in the model, critical ones weighed: the issues at hand set the mix.",
        proxy=True,
    ),
    Fact(
        "F8",
        Use.calib,
        "86% would talk of a contested matter in person, 42% on the medium",
        "Pew Research Center 2014",
        Known.seen,
        (Part("F8", "chance to voice critique to a colleague over that in the arena", 1.5, 3.0, m.private_over_arena),),
        "Talk in person is company as well as voice; in the model a colleague who cannot act offers little reason "
        "to speak of what should change.",
        proxy=True,
    ),
)

_BELIEFS = (
    Fact(
        "F7",
        Use.input,
        "people estimate 27% of their true audience",
        "Bernstein et al. 2013",
        Known.seen,
        (Part("F7", "imagined audience at the start over the true one", *about(0.27), m.imagined_over_true_audience),),
        "The true audience depends on how busy the arena is, and so is an outcome.",
        proxy=True,
    ),
    Fact(
        "F12",
        Use.test,
        "psychological safety goes with the leader's openness, above .4",
        "Detert & Burris 2007 and reviews of it",
        Known.second_hand,
        (
            Part("F12a", "rise since day 0 of the correlation over teams", *POSITIVE, m.openness_and_safety_rise),
            Part("F12b", "correlation at the end", 0.3, 1.0, m.openness_and_safety),
        ),
        "Surveys ask both of the same person, which raises correlations; here openness is what the leader is like, "
        "and members learn of it in the arena only from the few answers that they see.",
    ),
    Fact(
        "F13",
        Use.calib,
        "safety goes with engagement, about .45",
        "Frazier et al. 2017",
        Known.remembered,
        (Part("F13a", "correlation over members", 0.25, 0.65, m.safety_and_engagement),),
        "At the start the two are drawn independently, and those who never visit stay as they were.",
    ),
    Fact(
        "F13b",
        Use.test,
        "safety goes with sharing information, about .5",
        "Frazier et al. 2017",
        Known.remembered,
        (Part("F13b", "correlation over visitors with messages written (log)", 0.25, 0.65, m.safety_and_sharing),),
        "The studies correlate two self-reports of one person; here one side is counted, and how much somebody "
        "writes depends far more on how often they come and how readily they write than on how safe they feel.",
    ),
    Fact(
        "F15",
        Use.input,
        "feel safe to take risks: staff 53%, supervisors 55, managers 64, directors 71, executives 76",
        "Wiley 2023 (about 2,000 people)",
        Known.seen,
        (
            Part("F15a", "staff who feel safe at the start", *about(0.53), m.feels_safe_at_the_base),
            Part("F15b", "more with each level, at the start", *near(0.0575), m.feels_safe_a_level_up),
        ),
        "There are few people on the upper levels of one organisation, so its slope is known only over many seeds.",
    ),
    Fact(
        "F32",
        Use.input,
        "22-44% of those who reported wrongdoing met retaliation: an upper bound",
        "Ethics & Compliance Initiative 2013-2017",
        Known.seen,
        (Part("F32", "critical messages that a leader rebuked", 0.0, 0.44, m.rebuked),),
        "Leaders here rebuke more than those of the surveys.",
    ),
    Fact(
        "F33",
        Use.input,
        "engaged 23%, actively disengaged 15% (the world); 33% engaged in the USA and Canada",
        "Gallup 2024",
        Known.seen,
        (
            Part("F33a", "members in the upper third of engagement at the start", about(0.23)[0], 0.33, m.engaged),
            Part("F33b", "members in the lower third", *about(0.15), m.actively_disengaged),
        ),
        "Gallup's classes come from twelve questions; thirds of a scale only resemble them.",
    ),
)

_PARTICIPATION = (
    Fact(
        "F16",
        Use.test,
        "80-85% visit within six months; almost 60% only read: no post, comment or reaction",
        "SWOOP Analytics 2022 (97 organisations, 4.7 million people; a vendor)",
        Known.seen,
        (
            Part("F16a", "members who visited in 120 workdays", 0.795, 0.855, m.visited),  # reported in whole per cent
            Part("F16b", "members who visited and neither wrote nor liked", 0.50, 0.62, m.only_read),
        ),
        "Everybody here has something to say on one of a few issues sooner or later, and in six months most say it "
        "once; of the employees of real organisations, most have no such issue.",
    ),
    Fact(
        "F18",
        Use.calib,
        "contribution lies between a wiki at work (half contribute) and the web's 90-9-1",
        "Nielsen 2006; studies of wikis at work",
        Known.seen,
        (
            Part("F18a", "members who wrote something", 0.05, 0.50, m.contributors),
            Part("F18b", "share of messages by the top hundredth", 0.10, 0.60, m.written_by_top_percent),
        ),
        "Contribution is spread more evenly here.",
    ),
    Fact(
        "F19",
        Use.calib,
        "the top fifth of contributors write about 68%; Gini above .48 among them, .9 among all (one group)",
        "a small study of one group",
        Known.seen,
        (
            Part(
                "F19a",
                "share of messages by the top fifth of contributors",
                *about(0.68),
                *_written(m.written_by_top_fifth),
            ),
            Part("F19b", "Gini among contributors", 0.48, 1.0, *_written(m.gini_of_contributors)),
            Part("F19c", "Gini among all members", *about(0.9), m.gini_of_members),
        ),
        "Readiness to write differs less between people here than in that group.",
    ),
    Fact(
        "F21",
        Use.test,
        "replies are about twice the posts",
        "SWOOP Analytics 2020 (a vendor)",
        Known.seen,
        (Part("F21", "comments over posts", 1.3, 3.0, m.comments_a_post),),
        "How much is discussed depends on the issues, of which the default scenario has four.",
    ),
    Fact(
        "F23",
        Use.test,
        "25-45% of thread starts get no reply",
        "Burke et al. 2007",
        Known.seen,
        (Part("F23", "posts without a reply ten workdays later", 0.25, 0.45, m.posts_without_reply),),
        "The number is from discussion groups on the net, which people enter for a topic. Here a post is seen by those "
        "tied to its author first, and in a page that all of a large organisation share, often by few others.",
        proxy=True,
    ),
    Fact(
        "F24",
        Use.input,
        "a first reply lifts the chance to post again from 44 to 56%",
        "Joyce & Kraut 2006",
        Known.seen,
        (Part("F24", "posting again after a first post, replied less not replied", *near(0.12), m.lift_of_a_reply),),
        "Occasions to begin a thread come about once a month, however a first one was received; a reply changes "
        "engagement and the habit of visiting, and both only by little.",
        proxy=True,
    ),
    Fact(
        "F26",
        Use.test,
        "comments received go with posting again; activity of manager and peers with starting to post",
        "Brzozowski, Sandholm & Hogg 2009",
        Known.seen,
        (
            Part(
                "F26a", "slope of writing on comments received in the last weeks", *POSITIVE, m.comments_bring_messages
            ),
            Part("F26b", "slope of starting on the manager's writing", *POSITIVE, m.managers_bring_starters),
            Part("F26c", "slope of starting on the peers' writing", *POSITIVE, m.peers_bring_starters),
        ),
        "A post is shown to everyone, and one's own manager and peers are read little more than others; what is "
        "special about them is only that a manager who writes is expected to read, which draws some and frightens "
        "others.",
    ),
    Fact(
        "F27",
        Use.calib,
        "one rank higher brings about 1% more responses; activity brings more",
        "Stieglitz, Riemer & Meske 2014 (130,000 messages)",
        Known.seen,
        (
            Part("F27a", "more responses to a message with each rank (log)", -0.05, 0.05, m.rank_brings_responses),
            Part("F27b", "the same with the author's activity (log)", *POSITIVE, m.activity_brings_responses),
        ),
        "Leaders answer those below them, which gives lower ranks more responses; and nobody answers an author because "
        "the author is known to be active.",
    ),
    Fact(
        "F29",
        Use.test,
        "replies to e-mail are fast, 90% within a day, with a long tail of days",
        "Kooti et al. 2015",
        Known.remembered,
        (
            Part("F29a", "first replies within eight working hours", *about(0.9), *_replies(replies.within_a_day)),
            Part("F29b", "exponent of the tail (heavy: up to 3)", 0.5, 3.0, *_replies(replies.tail_exponent)),
        ),
        "An e-mail waits for its recipient; a post in an arena is answered at the first visit that shows it or not at "
        "all. An hourly tick cannot show minutes.",
        proxy=True,
    ),
    Fact(
        "F31",
        Use.test,
        "six months of access: who-knows-what +31%, who-knows-whom +88%; without access nothing",
        "Leonardi 2015",
        Known.seen,
        (
            Part("F31a", "growth of knowing who knows what in 120 workdays", *near(0.31), m.learned_who_knows_what),
            Part("F31b", "growth of knowing who knows whom", *near(0.88), m.learned_who_knows_whom),
            Part("F31c", "the larger growth where nobody visits", -0.05, 0.05, m.learned_without_arena),
        ),
        "How fast bystanders learn depends on how much they read, and so on how busy the arena is.",
    ),
    Fact(
        "F34",
        Use.test,
        "contacts fall off about exponentially with distance in the hierarchy (rate near .9)",
        "Adamic & Adar 2005",
        Known.remembered,
        (Part("F34", "rate at which answers fall with distance", *near(0.9), *_replies(replies.decay_with_distance)),),
        "The rate is from e-mail, which is sent to somebody; in an arena a post is before everyone, and closeness "
        "matters only through ties and shared pages, so exchanges reach further.",
    ),
)

_STARTS = (
    Fact(
        "S1",
        Use.input,
        "reactions to replies are about 4 to 1",
        "a starting value of the model",
        Known.remembered,
        (Part("S1", "likes over comments", *near(4.0), m.likes_a_comment),),
        "Likes are made too easily against comments.",
    ),
    Fact(
        "S2",
        Use.input,
        "an active member posts .8 times a month",
        "a starting value of the model",
        Known.remembered,
        (Part("S2", "posts a month of members who wrote something", *near(0.8), m.posts_of_active),),
        "Posts are wished for and withheld; the number spoken is an outcome.",
    ),
    Fact(
        "S3",
        Use.input,
        "the median member visits .35 times a workday",
        "SWOOP Analytics 2022 (a vendor)",
        Known.seen,
        (Part("S3", "visits a workday of the median visitor", *near(0.35), m.visits_of_median),),
        "Habits of visiting move with what visits give.",
    ),
    Fact(
        "S4",
        Use.input,
        "a leader answers three in ten of the issues that are voiced; 15-45% of answers are unsupportive",
        "a starting value of the model",
        Known.remembered,
        (
            Part("S4a", "critical messages of coworkers that a leader answered", *about(0.3), m.answered_by_leaders),
            Part("S4b", "answers that dismiss or rebuke", 0.15, 0.45, m.unsupportive),
        ),
        "Each leader who reads may answer, so the chance to be answered by anyone is higher than that of one.",
    ),
)

FACTS: Final = {fact.id: fact for part in (_SILENCE, _BELIEFS, _PARTICIPATION, _STARTS) for fact in part}
"""Every fact by its id."""


def facts_for(*uses: Use) -> list[Fact]:
    """Return the facts of these uses, in order of their number."""
    return sorted((fact for fact in FACTS.values() if fact.use in uses), key=_number)


def _number(fact: Fact) -> tuple[str, int, str]:
    return fact.id[0], int("".join(sign for sign in fact.id if sign.isdigit())), fact.id
