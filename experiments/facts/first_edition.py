"""The first edition of the facts, as far as it was declared otherwise, and what the second one changed.

A better score from other ranges is not a better model, so both editions stay measurable side by side. Measures that
did not change are shared; those that were replaced stand in `measuring/first_edition.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from experiments.facts import replies
from experiments.facts.fact import (
    POSITIVE,
    Fact,
    Part,
    Use,
    about,
    near,
    of_replies,
    of_written,
    remembered,
    second_hand,
    seen,
)
from experiments.facts.measuring import beliefs, conversation, participation, silence
from experiments.facts.measuring import first_edition as old

_fact = partial(Fact, edition=1)

_SILENCE = (
    _fact(
        "F1",
        Use.test,
        "85% had felt unable to raise an important issue with superiors (40 interviews)",
        (seen("Milliken, Morrison & Hewlin 2003"),),
        (
            Part(
                "F1",
                "coworkers with an important concern who left one unspoken",
                0.70,
                0.95,
                silence.unable_to_raise,
            ),
        ),
        "People interviewed look back on a working life; a run lasts three months, in which most have one or two "
        "concerns, and whoever spoke of the only one counts as able to.",
        proxy=True,
    ),
    _fact(
        "F2",
        Use.test,
        "reasons for silence: fear of a label or for relationships first, futility a quarter to a third",
        (remembered("Milliken, Morrison & Hewlin 2003"),),
        (
            Part("F2a", "lead of fear of superiors over the next motive", *POSITIVE, old.lead_of_fear),
            Part("F2b", "share of futility among the motives", 0.20, 0.40, old.futility),
        ),
        "Interviewees name what they feel; the simulation shares out every cause that lessened the chance to speak, "
        "low concern included. The more fear weighs (F8), the less is left for futility.",
    ),
    _fact(
        "F4",
        Use.test,
        "34-44% withheld a concern for fear of retribution or for the career",
        (seen("Ethics surveys 2010-2012"),),
        (Part("F4", "coworkers with a concern who withheld one mainly from fear", 0.25, 0.50, old.silent_from_fear),),
        "The surveys ask once, of misconduct, while every critical wish of a quarter is looked at here; and for talk "
        "in private to be so much easier than in the arena as F8 has it, fear has to weigh much in the arena.",
    ),
    _fact(
        "F5",
        Use.test,
        "71% of users abandoned at least one draft in 17 days (3.9 million users)",
        (seen("Das & Kramer 2013"),),
        (
            Part(
                "F5",
                "active members who left something unsaid within 12 workdays",
                0.50,
                0.85,
                silence.abandoned_a_draft,
            ),
        ),
        "Users of a leisure network write many times in 17 days, so most abandon something; at work most active "
        "members have one thing to say in that time, if any.",
        proxy=True,
    ),
    _fact(
        "F6",
        Use.calib,
        "posts are self-censored more than comments (33% to 13%)",
        (remembered("Das & Kramer 2013"),),
        (
            Part(
                "F6", "share of posts abandoned over that of comments", 1.5, 4.0, silence.posts_over_comments_abandoned
            ),
        ),
        "Uncritical comments are simply made in the model, critical ones weighed: the issues at hand set the mix.",
        proxy=True,
    ),
    _fact(
        "F8",
        Use.calib,
        "86% would talk of a contested matter in person, 42% on the medium",
        (seen("Pew Research Center 2014"),),
        (
            Part(
                "F8",
                "chance to voice critique to a colleague over that in the arena",
                1.5,
                3.0,
                silence.private_over_arena,
            ),
        ),
        "Talk in person is company as well as voice; in the model a colleague who cannot act offers little reason "
        "to speak of what should change.",
        proxy=True,
    ),
)

_BELIEFS = (
    _fact(
        "F7",
        Use.input,
        "people estimate 27% of their true audience",
        (seen("Bernstein et al. 2013"),),
        (
            Part(
                "F7", "imagined audience at the start over the true one", *about(0.27), old.imagined_over_true_audience
            ),
        ),
        "The true audience depends on how busy the arena is, and so is an outcome.",
        proxy=True,
    ),
    _fact(
        "F12",
        Use.test,
        "psychological safety goes with the leader's openness, above .4",
        (second_hand("Detert & Burris 2007 and reviews of it"),),
        (
            Part("F12a", "rise since day 0 of the correlation over teams", *POSITIVE, beliefs.openness_and_safety_rise),
            Part("F12b", "correlation at the end", 0.3, 1.0, old.openness_and_safety),
        ),
        "Surveys ask both of the same person, which raises correlations; here openness is what the leader is like, "
        "and members learn of it in the arena only from the few answers that they see.",
    ),
    _fact(
        "F13",
        Use.calib,
        "safety goes with engagement, about .45",
        (remembered("Frazier et al. 2017"),),
        (Part("F13a", "correlation over members", 0.25, 0.65, beliefs.safety_and_engagement),),
        "At the start the two are drawn independently, and those who never visit stay as they were.",
    ),
    _fact(
        "F13b",
        Use.test,
        "safety goes with sharing information, about .5",
        (remembered("Frazier et al. 2017"),),
        (
            Part(
                "F13b", "correlation over visitors with messages written (log)", 0.25, 0.65, beliefs.safety_and_messages
            ),
        ),
        "The studies correlate two self-reports of one person; here one side is counted, and how much somebody "
        "writes depends far more on how often they come and how readily they write than on how safe they feel.",
    ),
    _fact(
        "F32",
        Use.input,
        "22-44% of those who reported wrongdoing met retaliation: an upper bound",
        (seen("Ethics & Compliance Initiative 2013-2017"),),
        (Part("F32", "critical messages that a leader rebuked", 0.0, 0.44, beliefs.rebuked),),
        "Leaders here rebuke more than those of the surveys.",
    ),
    _fact(
        "F33",
        Use.input,
        "engaged 23%, actively disengaged 15% (the world); 33% engaged in the USA and Canada",
        (seen("Gallup 2024"),),
        (
            Part("F33a", "members in the upper third of engagement at the start", about(0.23)[0], 0.33, old.engaged),
            Part("F33b", "members in the lower third", *about(0.15), old.actively_disengaged),
        ),
        "Gallup's classes come from twelve questions; thirds of a scale only resemble them.",
    ),
)

_PARTICIPATION = (
    _fact(
        "F16",
        Use.test,
        "80-85% visit within six months; almost 60% only read: no post, comment or reaction",
        (seen("SWOOP Analytics 2022 (97 organisations, 4.7 million people; a vendor)"),),
        (
            Part(
                "F16a", "members who visited in 120 workdays", 0.795, 0.855, participation.visited
            ),  # reported in whole per cent
            Part("F16b", "members who visited and neither wrote nor liked", 0.50, 0.62, participation.only_read),
        ),
        "Everybody here has something to say on one of a few issues sooner or later, and in six months most say it "
        "once; of the employees of real organisations, most have no such issue.",
    ),
    _fact(
        "F18",
        Use.calib,
        "contribution lies between a wiki at work (half contribute) and the web's 90-9-1",
        (seen("Nielsen 2006; studies of wikis at work"),),
        (
            Part("F18a", "members who wrote something", 0.05, 0.50, participation.contributors),
            Part("F18b", "share of messages by the top hundredth", 0.10, 0.60, participation.written_by_top_percent),
        ),
        "Contribution is spread more evenly here.",
    ),
    _fact(
        "F19",
        Use.calib,
        "the top fifth of contributors write about 68%; Gini above .48 among them, .9 among all (one group)",
        (seen("a small study of one group"),),
        (
            Part(
                "F19a",
                "share of messages by the top fifth of contributors",
                *about(0.68),
                *of_written(participation.written_by_top_fifth),
            ),
            Part("F19b", "Gini among contributors", 0.48, 1.0, *of_written(participation.gini_of_contributors)),
            Part("F19c", "Gini among all members", *about(0.9), participation.gini_of_members),
        ),
        "Readiness to write differs less between people here than in that group.",
    ),
    _fact(
        "F21",
        Use.test,
        "replies are about twice the posts",
        (seen("SWOOP Analytics 2020 (a vendor)"),),
        (Part("F21", "comments over posts", 1.3, 3.0, conversation.comments_a_post),),
        "How much is discussed depends on the issues, of which the default scenario has four.",
    ),
    _fact(
        "F23",
        Use.test,
        "25-45% of thread starts get no reply",
        (seen("Burke et al. 2007"),),
        (Part("F23", "posts without a reply ten workdays later", 0.25, 0.45, old.posts_without_reply),),
        "The number is from discussion groups on the net, which people enter for a topic. Here a post is seen by those "
        "tied to its author first, and in a page that all of a large organisation share, often by few others.",
        proxy=True,
    ),
    _fact(
        "F24",
        Use.input,
        "a first reply lifts the chance to post again from 44 to 56%",
        (seen("Joyce & Kraut 2006"),),
        (Part("F24", "posting again after a first post, replied less not replied", *near(0.12), old.lift_of_a_reply),),
        "Occasions to begin a thread come about once a month, however a first one was received; a reply changes "
        "engagement and the habit of visiting, and both only by little.",
        proxy=True,
    ),
    _fact(
        "F26",
        Use.test,
        "comments received go with posting again; activity of manager and peers with starting to post",
        (seen("Brzozowski, Sandholm & Hogg 2009"),),
        (
            Part(
                "F26a",
                "slope of writing on comments received in the last weeks",
                *POSITIVE,
                old.comments_bring_messages,
            ),
            Part("F26b", "slope of starting on the manager's writing", *POSITIVE, old.managers_bring_starters),
            Part("F26c", "slope of starting on the peers' writing", *POSITIVE, old.peers_bring_starters),
        ),
        "A post is shown to everyone, and one's own manager and peers are read little more than others; what is "
        "special about them is only that a manager who writes is expected to read, which draws some and frightens "
        "others.",
    ),
    _fact(
        "F27",
        Use.calib,
        "one rank higher brings about 1% more responses; activity brings more",
        (seen("Stieglitz, Riemer & Meske 2014 (130,000 messages)"),),
        (
            Part("F27a", "more responses to a message with each rank (log)", -0.05, 0.05, old.rank_brings_responses),
            Part("F27b", "the same with the author's activity (log)", *POSITIVE, old.activity_brings_responses),
        ),
        "Leaders answer those below them, which gives lower ranks more responses; and nobody answers an author because "
        "the author is known to be active.",
    ),
    _fact(
        "F29",
        Use.test,
        "replies to e-mail are fast, 90% within a day, with a long tail of days",
        (remembered("Kooti et al. 2015"),),
        (
            Part("F29a", "first replies within eight working hours", *about(0.9), *of_replies(replies.within_a_day)),
            Part("F29b", "exponent of the tail (heavy: up to 3)", 0.5, 3.0, *of_replies(replies.tail_exponent)),
        ),
        "An e-mail waits for its recipient; a post in an arena is answered at the first visit that shows it or not at "
        "all. An hourly tick cannot show minutes.",
        proxy=True,
    ),
    _fact(
        "F34",
        Use.test,
        "contacts fall off about exponentially with distance in the hierarchy (rate near .9)",
        (remembered("Adamic & Adar 2005"),),
        (
            Part(
                "F34", "rate at which answers fall with distance", *near(0.9), *of_replies(replies.decay_with_distance)
            ),
        ),
        "The rate is from e-mail, which is sent to somebody; in an arena a post is before everyone, and closeness "
        "matters only through ties and shared pages, so exchanges reach further.",
    ),
)

_STARTS = (
    _fact(
        "S1",
        Use.input,
        "reactions to replies are about 4 to 1",
        (remembered("a starting value of the model"),),
        (Part("S1", "likes over comments", *near(4.0), old.likes_a_comment),),
        "Likes are made too easily against comments.",
    ),
    _fact(
        "S2",
        Use.input,
        "an active member posts .8 times a month",
        (remembered("a starting value of the model"),),
        (Part("S2", "posts a month of members who wrote something", *near(0.8), participation.posts_of_active),),
        "Posts are wished for and withheld; the number spoken is an outcome.",
    ),
    _fact(
        "S3",
        Use.input,
        "the median member visits .35 times a workday",
        (seen("SWOOP Analytics 2022 (a vendor)"),),
        (Part("S3", "visits a workday of the median visitor", *near(0.35), participation.visits_of_median),),
        "Habits of visiting move with what visits give.",
    ),
)

FACTS: Final = {fact.id: fact for part in (_SILENCE, _BELIEFS, _PARTICIPATION, _STARTS) for fact in part}
"""Every fact of the first edition that the second one declares otherwise, or no more, by its id."""
UNCHANGED: Final = ("F15", "F31", "S4")
"""Those that it takes over as they were."""

CHANGES: Final[Mapping[str, str]] = {
    "F1": "The range came from 40 interviews about a whole working life; in larger surveys it is 44 to 63%.",
    "F2": "Called a lead of *fear of superiors* what is a lead of image and relationships in the source, where "
    "punishment comes after futility; and counted low concern among the reasons. The shares are now calibrated on; "
    "the order is tested (N6).",
    "F4": "Looked at all who had something critical to say, while the surveys ask those who were silent; and at the "
    "main motive alone, while respondents name several. Now calibrated on.",
    "F6": "Holds both ways to count: by drafts (33 to 13%) and by users (51 to 44%).",
    "F7": "The source asks about single posts and compares medians; means over all posts mixed pages of all sizes.",
    "F8": "Compared the medium with talk in person outside work; at work fewer are ready to talk.",
    "F12": "Surveys ask how open the leader *seems*: what members saw. The correlation at the end was there on day 0, "
    "since starting values put it there.",
    "F13b": "The source is about readiness to share. How many messages somebody writes tells first how often they "
    "come; "
    "the count stays beside it, with the small correlation expected of it.",
    "F16": "Two reports instead of one.",
    "F18": "Widened to what was measured in an internal comment app.",
    "F19": "One group, with ranges open above; now ranges with two ends, from 19 companies.",
    "F23": "Counted a reply by the author as a reply, and waited longer for early posts than for late ones; chats "
    "leave "
    "fewer posts alone than newsgroups do.",
    "F24": "Counted a reply by the author as a reply, and only new posts, within a month, as writing again. Now "
    "calibrated on: nothing else tells what being answered is worth.",
    "F26": "Without effects of members and weeks the slope is positive even where nothing feeds back: who writes much "
    "is answered much, and goes on writing much. Six months instead of three, as member effects need.",
    "F27": "Counted formal answers, which leaders give to those below them, and replies to comments. Now tested.",
    "F29": "One study of e-mail, remembered; now measured, in e-mail and in chats.",
    "F32": "More waves of the survey; the range is the same.",
    "F33": "Dropped: thirds of a scale are not that survey's classes, and starting values settle it alone.",
    "F34": "E-mail is sent to somebody; what is posted before others reaches further.",
    "S1": "Likes were held against comments alone; platforms report them per message. Now calibrated on.",
    "S2": "Knew posts alone. Now calibrated on.",
}
"""What was wrong with a declaration or a measure, or why it changed, by fact."""
