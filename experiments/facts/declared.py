"""The stylised facts: what is known, from whom, in which range, and how the same is measured in a run.

Each fact is declared once. `test` facts are what the default scenario is held against, `calib` facts what it is fitted
to, `input` facts what its starting values are taken from. A fact of several parts is matched only if all of them are.
This is the second edition; the first one (`first_edition.py`) stays measurable beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from experiments.facts import first_edition, replies
from experiments.facts.fact import (
    ABOVE,
    POSITIVE,
    Fact,
    Part,
    Use,
    about,
    measured,
    near,
    of_replies,
    of_written,
    remembered,
    second_hand,
    seen,
)
from experiments.facts.measuring import activity, beliefs, conversation, knowledge, participation, reach, silence

_APP = "comments in an internal app (37 companies, 41,399 comments)"
_CHATS = "one open Zulip and three open Slack communities"
_MAIL = "e-mail of Enron and of a Polish manufacturer"

_SILENCE = (
    Fact(
        "F1",
        Use.test,
        "could not raise an important concern: 85% ever in a job (40 interviews), 44-63% in larger surveys",
        (
            seen("Milliken, Morrison & Hewlin 2003"),
            second_hand("Makridis 2023"),
            seen("ISS & Opinium"),
            seen("Fierce Inc."),
        ),
        (Part("F1", "coworkers with an important concern who left one unspoken", 0.40, 0.85, silence.unable_to_raise),),
        "Surveys ask about years in a job; a run lasts months, in which most have one or two concerns, and whoever "
        "spoke of the only one counts as able to.",
    ),
    Fact(
        "F2",
        Use.calib,
        "reasons that the silent give: image (to be labelled) .24, relationships .22, futility .20, punishment .18, "
        "harm to others .16 of the mentions",
        (second_hand("Milliken, Morrison & Hewlin 2003 (order)"), remembered("the same (shares)")),
        (
            Part(
                "F2a",
                "image and relationships, of the reasons",
                0.35,
                0.55,
                silence.mentions_of("diffident", "relational"),
            ),
            Part("F2b", "futility, of the reasons", 0.15, 0.30, silence.mentions_of("acquiescent")),
            Part("F2c", "fear of superiors, of the reasons", 0.12, 0.30, silence.mentions_of("defensive")),
            Part("F2d", "loyalty, of the reasons", 0.08, 0.22, silence.mentions_of("prosocial")),
        ),
        "Interviewees name what they feel, and know of; a model shares out every cause that lessened the chance to "
        "speak. One that has no image to lose has to put it down to other reasons.",
    ),
    Fact(
        "F4",
        Use.calib,
        "of those silent about misconduct 34-44% name fear of retaliation or of senior leaders",
        (seen("Ethics Resource Center 2007"), seen("National Business Ethics Survey 2013")),
        (
            Part(
                "F4",
                "of those who left a concern unspoken, those who name fear of superiors",
                0.25,
                0.50,
                silence.fear_among_silent(),
            ),
        ),
        "The surveys ask once, of misconduct; whoever kept silent more often has had more occasions to be afraid.",
        beside=(
            Part("F4 (.15)", "the same, named from a share of .15", 0.25, 0.50, silence.fear_among_silent(0.15)),
            Part("F4 (.30)", "the same, named from a share of .30", 0.25, 0.50, silence.fear_among_silent(0.30)),
        ),
    ),
    Fact(
        "F5",
        Use.test,
        "71% left at least one typed draft unposted in 17 days (3.9 million users)",
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
        "An upper bound at work, and only typed drafts count there: users of a leisure network write many times in 17 "
        "days, so most abandon something.",
        proxy=True,
    ),
    Fact(
        "F6",
        Use.calib,
        "posts are self-censored more than comments: by 51 to 44% of users",
        (second_hand("Das & Kramer 2013"),),
        (
            Part(
                "F6", "share of posts abandoned over that of comments", 1.2, 4.0, silence.posts_over_comments_abandoned
            ),
        ),
        "Where uncritical comments are simply made and critical ones weighed, the issues at hand set the mix.",
        proxy=True,
    ),
    Fact(
        "F8",
        Use.calib,
        "willing to discuss a contested matter: 65% at work, 42% on the medium; to share ideas: 60% with colleagues, "
        "35% with executives",
        (second_hand("Pew Research Center 2014"), seen("Harris Poll for Yammer")),
        (
            Part(
                "F8",
                "chance to voice critique to a colleague over that in the arena",
                1.3,
                2.2,
                silence.private_over_arena,
            ),
        ),
        "Talk in person is company as well as voice; a colleague who cannot act offers little reason to speak of what "
        "should change.",
        proxy=True,
    ),
    Fact(
        "N1",
        Use.test,
        "those who do not report name futility more often than fear: 54 to 36%",
        (seen("Ethics Resource Center 2007"),),
        (
            Part(
                "N1",
                "the silent who name futility over those who name fear of superiors",
                1.1,
                1.9,
                silence.futility_over_fear(),
            ),
        ),
        "What is futile depends on what members have seen leaders do, and most have seen little.",
        beside=(
            Part("N1 (.15)", "the same, named from a share of .15", 1.1, 1.9, silence.futility_over_fear(0.15)),
            Part("N1 (.30)", "the same, named from a share of .30", 1.1, 1.9, silence.futility_over_fear(0.30)),
        ),
    ),
    Fact(
        "N3",
        Use.test,
        "53-65% of those with a concern voice it somewhere",
        (second_hand("Ethics Resource Center"),),
        (
            Part(
                "N3",
                "coworkers with an important concern who voiced one, in the arena or in another channel",
                0.45,
                0.75,
                silence.voiced_somewhere,
            ),
        ),
        "The surveys include talk with the own manager and hot lines; here another channel is only a way out of one "
        "wish "
        "to write.",
    ),
    Fact(
        "N5",
        Use.test,
        "fewer than 5% of reports are anonymous",
        (second_hand("Ethics Resource Center 2012"),),
        (Part("N5", "spoken critique that is anonymous, where posts may be", 0.0, 0.10, silence.anonymous_of_spoken),),
        "A report goes to somebody who is bound to protect its author; in an arena everybody reads, and namelessness "
        "is "
        "one tick of a box away.",
    ),
    Fact(
        "N6",
        Use.test,
        "the first reason for silence is image: to seem combative, uncooperative, negative",
        (seen("Fierce Inc."),),
        (
            Part(
                "N6",
                "lead of image and relationships over the next reason, in shares",
                *POSITIVE,
                silence.lead_of_image,
            ),
        ),
        "It takes a reader whom one would not fear, and yet would not want to look bad before.",
    ),
)

_BELIEFS = (
    Fact(
        "F7",
        Use.input,
        "the median guess at a post's readers is 20, the real median 78",
        (seen("Bernstein et al. 2013"),),
        (
            Part(
                "F7",
                "median imagined over median real audience of posts for everyone, at the start",
                0.18,
                0.36,
                reach.guessed_over_real_readers,
            ),
        ),
        "The real audience depends on how busy the arena is, and so is an outcome.",
        proxy=True,
    ),
    Fact(
        "F12",
        Use.test,
        "psychological safety goes with the leader's openness as its members saw it",
        (second_hand("Detert & Burris 2007 and reviews of it"),),
        (
            Part(
                "F12a",
                "rise since day 0 of the correlation of true openness with safety, over teams",
                *POSITIVE,
                beliefs.openness_and_safety_rise,
            ),
            Part(
                "F12b",
                "correlation of the treatment seen from the own manager with safety, over members",
                0.2,
                0.6,
                beliefs.treatment_and_safety,
            ),
        ),
        "Surveys ask one person both, which raises correlations; in an arena most see few answers of their own "
        "manager, "
        "or none.",
    ),
    Fact(
        "F13",
        Use.calib,
        "safety goes with engagement, about .45",
        (remembered("Frazier et al. 2017"),),
        (Part("F13a", "correlation over members", 0.25, 0.65, beliefs.safety_and_engagement),),
        "Where the two are drawn independently at the start, those who never visit stay as they were.",
    ),
    Fact(
        "F13b",
        Use.test,
        "safety goes with sharing what one has, as reported by oneself, about .5",
        (remembered("Frazier et al. 2017"),),
        (
            Part(
                "F13b",
                "correlation of safety with the mean chance that one's wishes are voiced",
                0.25,
                0.65,
                beliefs.safety_and_voicing,
            ),
        ),
        "The studies correlate two self-reports of one person; here chances depend on what there is to say as well.",
        beside=(
            Part(
                "F13b (log)",
                "correlation of safety with messages written (log)",
                -0.05,
                0.30,
                beliefs.safety_and_messages,
            ),
        ),
    ),
    Fact(
        "F15",
        Use.input,
        "feel safe to take risks: staff 53%, supervisors 55, managers 64, directors 71, executives 76",
        (seen("Wiley 2023 (about 2,000 people)"),),
        (
            Part("F15a", "staff who feel safe at the start", *about(0.53), beliefs.feels_safe_at_the_base),
            Part("F15b", "more with each level, at the start", *near(0.0575), beliefs.feels_safe_a_level_up),
        ),
        "There are few people on the upper levels of one organisation, so its slope is known only over many seeds.",
    ),
    Fact(
        "F31",
        Use.test,
        "six months of access: who-knows-what +31%, who-knows-whom +88%; without access nothing",
        (seen("Leonardi 2015"),),
        (
            Part(
                "F31a",
                "growth of knowing who knows what in 120 workdays",
                *near(0.31),
                knowledge.learned_who_knows_what,
            ),
            Part("F31b", "growth of knowing who knows whom", *near(0.88), knowledge.learned_who_knows_whom),
            Part("F31c", "the larger growth where nobody visits", -0.05, 0.05, knowledge.learned_without_arena),
        ),
        "How fast bystanders learn depends on how much they read, and so on how busy the arena is.",
    ),
    Fact(
        "F32",
        Use.input,
        "12-44% of those who reported wrongdoing met retaliation: an upper bound",
        (seen("Ethics & Compliance Initiative 2007-2017"), second_hand("the same, some years")),
        (Part("F32", "critical messages that a leader rebuked", 0.0, 0.44, beliefs.rebuked),),
        "Leaders rebuke in public more than those of the surveys retaliate.",
    ),
)

_PARTICIPATION = (
    Fact(
        "F16",
        Use.test,
        "80-85% visit within six months; 54-60% only read",
        (seen("SWOOP Analytics 2021 and 2022 (97 organisations, 4.7 million people; a vendor)"),),
        (
            Part("F16a", "members who visited in 120 workdays", 0.80, 0.87, participation.visited),
            Part("F16b", "members who visited and neither wrote nor liked", 0.50, 0.62, participation.only_read),
        ),
        "If everybody has something to say or to like sooner or later, most do so once in six months; of the "
        "employees of "
        "real organisations, most never do.",
    ),
    Fact(
        "F18",
        Use.calib,
        "shares who write: half in a wiki at work; 5% wrote 60% in one firm's network; .57 of the active in a quarter",
        (second_hand("studies of wikis and of Yammer at work"), measured(_APP)),
        (
            Part("F18a", "members who wrote something", 0.05, 0.55, participation.contributors),
            Part("F18b", "share of messages by the top hundredth", 0.08, 0.60, participation.written_by_top_percent),
        ),
        "Contribution may be spread more evenly than where some write for a living.",
    ),
    Fact(
        "F19",
        Use.calib,
        "the top fifth of writers write .62 (.44-.74 over 19 companies); Gini of writers .58 (.40-.70), of all .71 "
        "(.58-.90)",
        (measured(_APP), seen("a small study of one group")),
        (
            Part(
                "F19a",
                "share of messages by the top fifth of contributors",
                0.55,
                0.80,
                *of_written(participation.written_by_top_fifth),
            ),
            Part("F19b", "Gini among contributors", 0.40, 0.75, *of_written(participation.gini_of_contributors)),
            Part("F19c", "Gini among all members", 0.58, 0.93, participation.gini_of_members),
        ),
        "Readiness to write differs more between people, or less, than traits drawn from one distribution do.",
    ),
    Fact(
        "N11",
        Use.test,
        "31-47% write or like within half a year",
        (seen("SWOOP Analytics (a vendor)"),),
        (
            Part(
                "N11", "members who wrote or liked something in 120 workdays", 0.22, 0.50, participation.wrote_or_liked
            ),
        ),
        "A like costs so little that whoever visits for half a year gives one, unless not to react is a trait.",
    ),
    Fact(
        "N12",
        Use.test,
        "of those active in a quarter .20 (.14-.29) neither comment nor react",
        (measured(_APP),),
        (
            Part(
                "N12",
                "of the visitors of 60 workdays, those who neither wrote nor liked",
                0.14,
                0.60,
                participation.only_read_of_visitors,
            ),
        ),
        "The app asks its users something at each visit; an arena asks for nothing.",
    ),
    Fact(
        "N22",
        Use.test,
        "15.6% of the users of an enterprise service start something",
        (seen("IBM Cattail"),),
        (Part("N22", "of the visitors, those who started a thread", 0.08, 0.30, participation.starters),),
        "What there is to start with depends on the issues at hand.",
    ),
    Fact(
        "N27",
        Use.test,
        "among writers of a quarter: Gini .55 (.52-.58), top fifth .59 (.56-.63), only one message .24 (.19-.33)",
        (measured(_APP),),
        (
            Part(
                "N27a", "Gini among writers of 60 workdays", 0.45, 0.68, *of_written(participation.gini_of_contributors)
            ),
            Part(
                "N27b",
                "share of their messages by the top fifth",
                0.50,
                0.72,
                *of_written(participation.written_by_top_fifth),
            ),
            Part("N27c", "writers of a single message", 0.15, 0.45, *of_written(participation.wrote_only_once)),
        ),
        "Occasions that come by chance leave more people with a single message than habits of writing do.",
    ),
)

_CONVERSATION = (
    Fact(
        "F21",
        Use.test,
        "replies are about twice the posts (1.8-2)",
        (seen("SWOOP Analytics 2019 and 2020 (a vendor)"),),
        (Part("F21", "comments over posts, leaders' formal answers included", 1.3, 3.0, conversation.comments_a_post),),
        "How much is discussed depends on the issues at hand, of which a scenario has a few.",
    ),
    Fact(
        "F23",
        Use.test,
        "39-40% of thread starts stay without an answer; in chats .06-.40, by platform",
        (seen("Joyce & Kraut 2006"), second_hand("Burke et al. 2007"), measured(_CHATS)),
        (
            Part(
                "F23",
                "posts that nobody else had commented on ten workdays later",
                0.10,
                0.45,
                conversation.posts_without_answer,
            ),
        ),
        "Who reads does not feel called upon; and in a page that all of a large organisation share, few may read a "
        "post.",
        proxy=True,
    ),
    Fact(
        "F24",
        Use.calib,
        "a first reply lifts the chance to write again by .08-.18 (.44 to .56; .24 to .40)",
        (seen("Joyce & Kraut 2006"), measured(_CHATS)),
        (
            Part(
                "F24",
                "writing again elsewhere in 120 workdays after a first post, replied to less not replied to",
                0.08,
                0.18,
                activity.lift_of_a_reply,
            ),
        ),
        "Members of an organisation come anyway, and have something to say when there is something to say.",
        proxy=True,
    ),
    Fact(
        "F26",
        Use.test,
        "comments received go with writing again; activity of manager and of peers with starting or resuming",
        (seen("Brzozowski, Sandholm & Hogg 2009"),),
        (
            Part(
                "F26a",
                "slope of writing on comments received in the last four weeks, within members and weeks",
                *POSITIVE,
                activity.comments_bring_messages,
            ),
            Part(
                "F26b",
                "slope of starting on the manager's writing, within members and weeks",
                *POSITIVE,
                activity.managers_bring_starters,
            ),
            Part(
                "F26c",
                "slope of starting on the peers' writing, within members and weeks",
                *POSITIVE,
                activity.peers_bring_starters,
            ),
        ),
        "Within one member few weeks differ, so the slopes are small against their luck; and one's own manager and "
        "peers "
        "are read little more than others where a page is shared by all.",
    ),
    Fact(
        "F27",
        Use.test,
        "one rank higher brings about 1% more responses; activity brings far more (130,000 messages)",
        (seen("Stieglitz, Riemer & Meske 2014"),),
        (
            Part(
                "F27a",
                "more replies to a post with each rank (log), leaders' formal answers left out",
                0.0,
                0.05,
                activity.rank_brings_responses,
            ),
            Part("F27b", "the same with the author's activity (log)", *POSITIVE, activity.activity_brings_responses),
        ),
        "The range of one per cent is narrow against the luck of one arena; and nobody answers an author because the "
        "author "
        "is known to be active, unless exchanges make acquaintances.",
    ),
    Fact(
        "F29",
        Use.test,
        "first replies within a working day: 56% (Enron), 77% (the manufacturer), 97-99% (chats); tail exponents "
        ".6-2.5",
        (measured(_MAIL), measured(_CHATS)),
        (
            Part("F29a", "first replies within eight working hours", 0.75, 0.99, *of_replies(replies.within_a_day)),
            Part("F29b", "exponent of the tail (heavy: up to 3)", 0.5, 3.0, *of_replies(replies.tail_exponent)),
        ),
        "An e-mail waits for its recipient; a post is answered at the first visit that shows it or not at all. An "
        "hourly tick cannot show minutes.",
        proxy=True,
    ),
    Fact(
        "F34",
        Use.test,
        "contact falls with distance in the hierarchy: e-mail at a rate of .56-.94 a step, public posts less",
        (remembered("Adamic & Adar 2005"), measured("e-mail of a Polish manufacturer")),
        (Part("F34", "rate at which answers fall with distance", 0.1, 0.7, *of_replies(replies.decay_with_distance)),),
        "E-mail is sent to somebody; before everyone closeness matters only through ties and shared pages.",
        proxy=True,
    ),
    Fact(
        "N10",
        Use.test,
        "a post reaches 35% of its audience, the posts of a month 61%",
        (seen("Bernstein et al. 2013"),),
        (
            Part(
                "N10",
                "readers of a month's posts of one author over readers of one post",
                1.3,
                2.3,
                reach.reach_of_a_month,
            ),
        ),
        "Whoever posts once a month reaches in a month whom the one post reaches; friends post more often.",
        proxy=True,
    ),
    Fact(
        "N13",
        Use.test,
        "disagreement is .156 (.07-.22) of reactions",
        (measured(_APP),),
        (
            Part(
                "N13",
                "comments that object, over these, those that second, and likes",
                0.05,
                0.22,
                conversation.disagreement,
            ),
        ),
        "To disagree there is one click, without a name; here it takes a comment of one's own.",
    ),
    Fact(
        "N15",
        Use.test,
        "authors write .28-.37 of the replies in their own threads",
        (measured(_CHATS),),
        (Part("N15", "comments by the thread's own starter", 0.15, 0.40, conversation.comments_by_starters),),
        "Without turns (an answer that asks for an answer) whoever started a thread has no reason to come back to it.",
        proxy=True,
    ),
    Fact(
        "N16",
        Use.test,
        "people in a thread with a reply: 3.1-4.7 on average",
        (measured(_CHATS),),
        (Part("N16", "people who wrote in a thread with a comment", 2.3, 4.7, conversation.people_in_threads),),
        "A thread grows by who happens to read it; a conversation by who was in it before.",
        proxy=True,
    ),
    Fact(
        "N17",
        Use.test,
        "of threads with a reply the 90th percentile is at least three times as long as the median",
        (measured(_CHATS),),
        (
            Part(
                "N17", "90th percentile of their lengths over the median", 3.0, ABOVE, conversation.longest_over_median
            ),
        ),
        "Replies that come independently of each other make lengths alike; heavy tails take replies that bring "
        "replies.",
        proxy=True,
    ),
    Fact(
        "N19",
        Use.test,
        "questions draw twice the replies of other posts",
        (seen("SWOOP Analytics (a vendor)"),),
        (Part("N19", "comments per question over those per other post", 1.5, 3.0, conversation.questions_over_others),),
        "A question may be answered once, and is done with; an opinion calls for opinions.",
    ),
    Fact(
        "N25",
        Use.test,
        "higher ranks get no faster answers",
        (seen("Deloitte"),),
        (
            Part(
                "N25",
                "slope of the hours (log) until a first reply on its author's rank",
                *POSITIVE,
                conversation.rank_slows_answers,
            ),
        ),
        "Power draws attention: whoever shows leaders' messages first has them answered first.",
    ),
)

_STARTS = (
    Fact(
        "S1",
        Use.calib,
        "likes per message 1-9 (8.2 per comment; companies 3.3-8.9)",
        (measured(_APP),),
        (Part("S1", "likes over messages", 1.0, 9.0, participation.likes_a_message),),
        "Likes are made too easily against messages, or too seldom.",
    ),
    Fact(
        "S2",
        Use.calib,
        "a writer writes 1-2.5 messages a month, .3-.8 of them posts",
        (seen("blogs within Hewlett-Packard"), measured(_APP)),
        (
            Part("S2a", "messages a month of members who wrote something", 1.0, 2.5, participation.messages_of_active),
            Part("S2b", "posts a month of members who wrote something", 0.3, 0.8, participation.posts_of_active),
        ),
        "Posts are wished for and withheld; the number spoken is an outcome.",
    ),
    Fact(
        "S3",
        Use.input,
        "the median member visits .35 times a workday",
        (remembered("a starting value of the model"),),
        (Part("S3", "visits a workday of the median visitor", *near(0.35), participation.visits_of_median),),
        "Habits of visiting move with what visits give.",
    ),
    Fact(
        "S4",
        Use.input,
        "a leader answers three in ten of the issues that are voiced; 15-45% of answers are unsupportive",
        (remembered("a starting value of the model"),),
        (
            Part(
                "S4a", "critical messages of coworkers that a leader answered", *about(0.3), beliefs.answered_by_leaders
            ),
            Part("S4b", "answers that dismiss or rebuke", 0.15, 0.45, beliefs.unsupportive),
        ),
        "Each leader who reads may answer, so the chance to be answered by anyone is higher than that of one.",
    ),
)

FACTS: Final = {fact.id: fact for part in (_SILENCE, _BELIEFS, _PARTICIPATION, _CONVERSATION, _STARTS) for fact in part}
"""Every fact by its id."""

_TAKEN_OVER: Final = {name: replace(FACTS[name], edition=1) for name in first_edition.UNCHANGED}
EDITIONS: Final[Mapping[int, Mapping[str, Fact]]] = {1: first_edition.FACTS | _TAKEN_OVER, 2: FACTS}
"""The facts of each edition."""
CURRENT: Final = max(EDITIONS)


def facts_for(*uses: Use, edition: int = CURRENT) -> list[Fact]:
    """Return the facts of these uses, in order of their number."""
    return sorted((fact for fact in EDITIONS[edition].values() if fact.use in uses), key=_number)


def _number(fact: Fact) -> tuple[str, int, str]:
    return fact.id[0], int("".join(sign for sign in fact.id if sign.isdigit())), fact.id
