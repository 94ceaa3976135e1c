"""Every number of the model, once: default, bounds, unit, meaning, source, status.

Scenario checks, `--set`, sliders, sweep bounds, command help and the tables of the ODD protocol are derived from here.
A table of a scenario file is one class; unknown keys are refused. `Coefficients` hands the numbers of the theory to the
compiled rules: tuples of floats with the same names.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from sim import limits
from sim.calibrated import Calibrated, calibrated
from sim.named import OneOf
from sim.terms import Identity, IssueKind, Ranking, Scope, Theory


class Status(StrEnum):
    """How well a number is known."""

    measured = "measured"
    theory = "theory"
    guess = "guess"
    calibrated = "calibrated"
    setting = "setting"


class Table(BaseModel):
    """One table of a scenario file: frozen; a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def number(
    default: float | Calibrated,
    low: float,
    high: float,
    meaning: str,
    *,
    unit: str = "share",
    source: str = "",
    status: Status = Status.guess,
) -> Any:
    """Declare one number: where it starts, how far it may go, what it means, and how it is known."""
    if isinstance(default, Calibrated):
        status = Status.calibrated if default.chosen else status
        default = default.value
    extra: dict[str, Any] = {"unit": unit, "source": source, "status": status.value}
    return Field(default=default, ge=low, le=high, description=meaning, json_schema_extra=extra)


def choice(default: Any, meaning: str, *, source: str = "", status: Status = Status.setting) -> Any:
    """Declare one setting that is a word or a yes/no."""
    return Field(
        default=default, description=meaning, json_schema_extra={"unit": "", "source": source, "status": status.value}
    )


MEASURED, THEORY, GUESS, SETTING = Status.measured, Status.theory, Status.guess, Status.setting

MADSEN = "Madsen & Verhoeven 2016"
HOMOPHILY = "McPherson, Smith-Lovin & Cook 2001"


# ---------------------------------------------------------------- who there is


class OrganizationTable(Table):
    """Size and shape of a generated organisation, and its informal ties; an imported one brings its own members."""

    members: int = number(1000, 1, limits.MEMBERS, "people in the organisation", unit="members", status=SETTING)
    span_of_control: float = number(5.5, 1.0, 200.0, "median number of direct reports of a manager", unit="members",
                                    source="Gallup 2025: mean 12, two thirds under 10", status=MEASURED)  # fmt: skip
    span_spread: float = number(
        1.25, 0, 3, "spread of managers' spans: most lead a few, a few lead many", unit="log members"
    )
    levels: int = number(4, 1, 12, "levels of hierarchy, the top included", unit="levels", status=SETTING)
    locations: int = number(3, 1, 500, "places of work", unit="places", status=SETTING)
    main_site_share: float = number(0.7, 0, 1, "share of a department's members who sit at its main place of work")
    ties_per_member: float = number(8.0, 0.0, 200.0, "mean number of informal ties of a member", unit="ties",
                                    source="Brass 1984: advice and friendship networks at work")  # fmt: skip
    ties_spread: float = number(0.5, 0, 3, "spread of how many ties members seek", unit="log ties")
    ties_in_team: float = number(
        0.5, 0, 1, "share of the ties that a member seeks in the own team, the manager included", source=HOMOPHILY
    )
    ties_in_department: float = number(
        0.3, 0, 1, "share of the ties sought in the rest of the own department, as far as the team leaves so many; "
        "what is left crosses departments", source=HOMOPHILY
    )  # fmt: skip
    ties_at_own_site: float = number(
        0.6, 0, 1, "chance that a tie beyond the team is sought at the own place of work only", source=HOMOPHILY
    )
    weight_in_team: float = number(
        4, 0.01, 100, "median weight of a tie in a team, relative to one across departments", unit="factor"
    )
    weight_in_department: float = number(
        2, 0.01, 100, "median weight of a tie in a department, relative to one across departments", unit="factor"
    )
    weight_at_own_site: float = number(
        1.5, 0.01, 100, "what the weight of a tie is multiplied by at one place of work", unit="factor"
    )
    weight_spread: float = number(0.5, 0, 3, "spread of the weights of ties that are alike", unit="log weight")
    communicators_share: float = number(0.01, 0.0, 1.0, "share of coworkers who are community managers", status=SETTING)


class Share(Table):
    """Mean and standard deviation over members of something that lies in [0, 1]."""

    mean: float = Field(ge=0.0, le=1.0)
    sd: float = Field(ge=0.0, le=0.5)


class Amount(Table):
    """Mean and standard deviation over members of something heavy-tailed (lognormal)."""

    mean: float = Field(ge=0.0, le=1000.0)
    sd: float = Field(ge=0.0, le=10_000.0)


def spread(
    kind: "type[Share] | type[Amount]",
    mean: float | Calibrated,
    sd: float | Calibrated,
    meaning: str,
    *,
    unit: str = "share",
    source: str = "",
    status: Status = GUESS,
) -> Any:
    """Declare the mean and the spread of one trait or starting belief, which have one status."""
    if any(isinstance(each, Calibrated) and each.chosen for each in (mean, sd)):
        status = Status.calibrated
    mean, sd = (each.value if isinstance(each, Calibrated) else each for each in (mean, sd))
    extra: dict[str, Any] = {"unit": unit, "source": source, "status": status.value}
    return Field(default=kind(mean=mean, sd=sd), description=meaning, json_schema_extra=extra)


class PopulationTable(Table):
    """Traits and starting beliefs of members: where they start, and how much they differ."""

    voice_propensity: Share = spread(
        Share,
        calibrated("population.voice_propensity.mean", 0.21),
        calibrated("population.voice_propensity.sd", 0.212),
        "readiness to speak up at all",
        source="LePine & Van Dyne 1998",
    )
    risk_sensitivity: Share = spread(
        Share, calibrated("population.risk_sensitivity.mean", 0.507), 0.2, "how much a threat weighs", source=MADSEN
    )
    implicit_voice_theory: Share = spread(
        Share, 0.5, 0.2, "how improper public critique of a superior feels", source="Detert & Edmondson 2011"
    )
    expertise: Share = spread(Share, 0.35, 0.25, "knowledge of a topic", source="Leonardi 2015")
    attention: Share = spread(
        Share, 0.28, 0.18, "items read at a visit, as a share of the way from 5 to 30", source="12 (5-30) items"
    )
    visits_per_day: Amount = spread(
        Amount,
        0.60,
        1.00,
        "visits a workday of those who use the arena at all",
        unit="visits/workday",
        source="SWOOP 2022: median about .35",
        status=MEASURED,
    )
    non_users: float = number(
        0.17, 0, 1, "share of members who never visit", source="SWOOP 2022: 80-85% visit", status=MEASURED
    )
    occasions_per_visit: Amount = spread(
        Amount,
        calibrated("population.occasions_per_visit.mean", 0.0105),
        calibrated("population.occasions_per_visit.sd", 0.047),
        "things to say that come up at a visit, while all is still unsaid",
        unit="occasions/visit",
        source="posts of an active member .8 a month, lognormal sigma 1.2",
    )
    disposition: float = number(
        0.65, 0, 1, "correlation over members of how readily and how often they have something to say",
        unit="correlation", source="Muller 2012",
    )  # fmt: skip
    days_before: float = number(
        20, 0, 1000, "workdays for which the arena had been there before the run", unit="workdays", status=SETTING
    )
    safety: Share = spread(
        Share,
        0.515,
        0.20,
        "psychological safety of staff at the start",
        source="Wiley 2023; Edmondson 1999; Detert & Trevino 2010",
        status=MEASURED,
    )
    safety_level_step: float = number(
        0.03, 0, 0.2, "safety gained with each level towards the top", source="Wiley 2023", status=MEASURED
    )
    safety_team_share: float = number(
        0.25,
        0,
        1,
        "share of the spread of safety that lies between teams",
        source="Frazier et al. 2017",
        status=MEASURED,
    )
    safety_openness: float = number(
        0.4,
        0,
        1,
        "correlation of a team's starting safety with its manager's own openness",
        source="Detert & Burris 2007",
        status=MEASURED,
    )
    voice_efficacy: Share = spread(
        Share,
        calibrated("population.voice_efficacy.mean", 0.456),
        0.15,
        "belief at the start that speaking changes something",
        source="Burris, Detert & Chiaburu 2008",
    )
    licence_to_critique: Share = spread(
        Share, 0.08, 0.04, "belief at the start that critique is normal here", source="Madsen 2018"
    )
    credibility: Share = spread(
        Share, 0.50, 0.15, "belief at the start that leaders mean what they say", source="Madsen 2017"
    )
    imagined_audience_size: Share = spread(
        Share,
        calibrated("population.imagined_audience_size.mean", 0.053),
        0.025,
        "share of colleagues imagined to read a post for everyone",
        source="Bernstein et al. 2013: 27% of the true share",
    )
    manager_reads: Share = spread(
        Share, 0.35, 0.20, "believed chance at the start that my line manager reads it", source=MADSEN
    )
    executives_read: Share = spread(
        Share, 0.50, 0.20, "believed chance at the start that executives read it", source=MADSEN
    )
    persistence: Share = spread(
        Share, 0.50, 0.12, "belief at the start of how long things stay", source="Treem & Leonardi 2012"
    )
    identifiability: Share = spread(
        Share, 0.98, 0.02, "belief at the start of how identifiable an author is", source="Treem & Leonardi 2012"
    )
    identification: Share = spread(
        Share, 0.55, 0.18, "identification with the organisation", source="Ashforth & Mael 1989"
    )
    engagement: Share = spread(
        Share, 0.50, 0.17, "engagement at the start", source="Gallup 2024: 23/62/15", status=MEASURED
    )
    recognition: Share = spread(
        Share, 0.50, 0.15, "belief at the start that what I say is received", source="Joyce & Kraut 2006"
    )
    others_know: Share = spread(
        Share, 0.30, 0.12, "believed share of colleagues who already know", source="Hussain et al. 2019"
    )
    metaknowledge: Share = spread(
        Share, 0.30, 0.12, "knowing at the start who knows what, and who knows whom", source="Leonardi 2015"
    )
    climate_error: float = number(
        0.15, 0, 0.5, "spread of guesses of the climate at the start", source="Noelle-Neumann 1974"
    )
    false_consensus: float = number(
        0.30,
        0,
        1,
        "how far one's own view colours the climate imagined at the start",
        source="Ross, Greene & House 1977",
    )
    manager_openness_spread: float = number(
        0.8,
        0,
        3,
        "spread of line managers' own openness around the policy",
        unit="log odds",
        source="Detert & Burris 2007",
    )


# ---------------------------------------------------------------- levers


SHOWN_OF_AUTHORS: Final = [identity for identity in Identity if identity != Identity.anonymous]
"""What an arena can show of authors; that nothing is shown is the choice of a single post."""


class VisibilityTable(Table):
    """What the arena shows to whom."""

    scope: Annotated[str, OneOf(Scope)] = choice("organization", "who can read a post by default")
    identity: Annotated[str, OneOf(SHOWN_OF_AUTHORS)] = choice("name_and_position", "what is shown of an author")
    anonymous_posts: bool = choice(False, "whether anonymous posts are allowed")
    audience_cues: bool = choice(False, "whether authors see how many have read their posts")
    visible_reactions: bool = choice(True, "whether readers see how many liked a message")
    leader_badges: bool = choice(True, "whether leaders are marked as such")
    leaders_first: bool = choice(
        True,
        "whether announcements are read first, and what marked leaders answered as early as what ties began",
        source="Fiske 1993",
    )
    notifications: bool = choice(True, "whether authors are notified of comments on their messages")
    persistence_days: float = number(5, 0.05, 250, "half-life of a thread", unit="workdays", status=SETTING)
    ranking: Annotated[str, OneOf(Ranking)] = choice(
        "ties",
        "how threads are ordered: latest activity first, what is discussed first, or what ties began first",
        source="Microsoft 2023: a home feed shows first those one engages with most",
    )


class PolicyTable(Table):
    """How a group of leaders behaves."""

    presence: float = number(0.8, 0, 8, "visits a workday", unit="visits/workday", status=SETTING)
    responsiveness: float = number(
        0.3,
        0,
        1,
        "chance to answer a message from below that was read",
        source="manager answers a voiced issue .3",
        status=MEASURED,
    )
    openness: float = number(
        0.75, 0, 1, "chance that an answer to mild critique is supportive", source="Detert & Burris 2007"
    )
    espoused_openness: float = number(
        0, 0, 1, "openness announced in public once a week; 0 announces nothing", source="Madsen 2017", status=SETTING
    )
    sanction: float = number(
        0.1,
        0,
        1,
        "share of unsupportive answers that rebuke",
        source="ECI 2013-2017: 22-44% is the upper bound",
        status=MEASURED,
    )
    delay_hours: float = number(4, 0, 400, "working hours until an answer", unit="hours", status=SETTING)
    follow_through: float = number(0.35, 0, 1, "chance that a supportive answer becomes action", source="Madsen 2017")
    self_disclosure: float = number(
        0, 0, 1, "chance a week to post doubts or faults of one's own", source="Coutifaris & Grant 2022", status=SETTING
    )
    answers_per_day: float = number(
        4, 0, 200, "answers for which there is time", unit="answers/workday", status=SETTING
    )


class ExecutivesTable(PolicyTable):
    """How executives behave."""

    presence: float = number(0.6, 0, 8, "visits a workday", unit="visits/workday", status=SETTING)
    answers_per_day: float = number(
        3, 0, 200, "answers for which there is time", unit="answers/workday", status=SETTING
    )


class LineManagersTable(PolicyTable):
    """How line managers behave."""


class LeadershipTable(Table):
    """What leaders do."""

    executives: ExecutivesTable = ExecutivesTable()
    line_managers: LineManagersTable = LineManagersTable()


class CommunicatorsTable(Table):
    """What community managers do."""

    presence: float = number(1.5, 0, 8, "visits a workday", unit="visits/workday", status=SETTING)
    orphan_answering: float = number(
        0.3, 0, 1, "chance to answer an unanswered thread that was read", source="Madsen 2018", status=SETTING
    )
    amplification: float = number(
        0.05, 0, 1, "chance to lift a thread from a department to everyone", source="Madsen 2018", status=SETTING
    )


# ---------------------------------------------------------------- the theory's numbers


class VoiceTable(Table):
    """Urge, threat and the ways of speaking."""

    propensity: float = number(
        calibrated("voice.propensity", 2.5), 0, 10, "weight of voice propensity in the urge", unit="utility"
    )
    efficacy: float = number(
        calibrated("voice.efficacy", 6.5),
        0,
        50,
        "weight of efficacy in the urge, where the issue matters fully and someone able to act surely reads",
        unit="utility",
        source="Vroom 1964; Burris, Detert & Chiaburu 2008",
    )
    audience: float = number(
        1, 0, 20, "weight of a whole organisation that agrees in the urge", unit="utility", source="Noelle-Neumann 1974"
    )
    engagement: float = number(1.0, 0, 20, "weight of engagement in the urge", unit="utility", source="Kahn 1990")
    act_floor: float = number(
        calibrated("voice.act_floor", 0.15),
        0,
        1,
        "what efficacy counts when nobody able to act reads, relative to when one surely does",
        unit="factor",
        source="Ashford et al. 1998",
    )
    crowd_grain: float = number(
        0.001,
        0.000001,
        1,
        "smallest share of the organisation that is felt as an audience",
        source="Fechner 1860; Latane & Harkins 1976",
        status=THEORY,
    )
    superior_threat: float = number(
        calibrated("voice.superior_threat", 32),
        0,
        200,
        "threat of a superior who surely reads full critique, at no safety",
        unit="utility",
        source="Milliken et al. 2003; Detert & Trevino 2010",
    )
    bare_exposure: float = number(
        0.1,
        0,
        1,
        "what uncritical words risk before a superior, relative to full critique",
        unit="factor",
        source="Edmondson 1999",
        status=THEORY,
    )
    peer_threat: float = number(
        calibrated("voice.peer_threat", 68),
        0,
        500,
        "threat of isolation before a whole organisation that disagrees",
        unit="utility",
        source="Noelle-Neumann 1974",
    )
    image_threat: float = number(
        calibrated("voice.image_threat", 9.5),
        0,
        500,
        "threat to one's image of full critique before the whole organisation, where none is licensed",
        unit="utility",
        source="Milliken et al. 2003; Brinsfield 2013",
    )
    stage_fright: float = number(
        0.7,
        0,
        5,
        "threat to one's image of any words, relative to full critique",
        unit="factor",
        source="Latane & Harkins 1976",
        status=THEORY,
    )
    licence_half: float = number(
        0.1,
        0.001,
        10,
        "licence to critique that halves what critique costs one's image",
        source="Madsen 2018",
        status=THEORY,
    )
    loyalty: float = number(
        calibrated("voice.loyalty", 12),
        0,
        500,
        "inhibition of full critique before the whole organisation, by loyalty to it",
        unit="utility",
        source="Van Dyne, Ang & Botero 2003",
    )
    indifferent_pull: float = number(
        0.3, 0, 5, "how strongly an issue asks to be spoken of where one has no view of it", unit="stance"
    )
    addressing: float = number(
        calibrated("voice.addressing", 0.7),
        0,
        1,
        "share of posts meant for one tie, on the narrowest page both share; others go as wide as they may",
        source="Litt & Hargittai 2016; Kairam et al. 2012",
    )
    reward: float = number(
        calibrated("voice.reward", 2.0),
        0,
        10,
        "weight of being received in how often there is something to say",
        unit="log rate",
        source="Joyce & Kraut 2006; Lindström et al. 2021",
    )
    praise_share: float = number(0.3, 0, 1, "share of praise among uncritical posts on issues that are no celebration")
    persistence_floor: float = number(
        0.5, 0, 1, "what a threat counts where nothing stays", unit="factor", source="Treem & Leonardi 2012"
    )
    threshold_steepness: float = number(
        24,
        0,
        500,
        "how sharply speaking sets in at one's threshold, in the theory of thresholds",
        unit="utility",
        source="Granovetter 1978",
    )
    post_cost: float = number(calibrated("voice.post_cost", 0.3), 0, 10, "effort of a post", unit="utility")
    comment_cost: float = number(
        calibrated("voice.comment_cost", 0.1), 0, 10, "effort of a comment", unit="utility", source="Das & Kramer 2013"
    )
    rephrase_loss: float = number(0.2, 0, 1, "share of the urge lost by saying it mildly")
    rephrase_cost: float = number(0.2, 0, 10, "effort of finding milder words", unit="utility")
    rephrase_softening: float = number(0.5, 0, 1, "share of criticality that remains in milder words", unit="factor")
    narrow_loss: float = number(0.4, 0, 1, "share of the urge lost by saying it to fewer")
    anonymous_loss: float = number(0.4, 0, 1, "share of the urge lost by giving no name")
    anonymous_identifiability: float = number(0.08, 0, 1, "believed identifiability of an anonymous post")
    name_identifiability: float = number(0.7, 0, 1, "how identifiable a name without a position makes")
    pseudonym_identifiability: float = number(0.3, 0, 1, "how identifiable a pseudonym leaves one")
    second_opinion_gain: float = number(0.4, 0, 1, "share of the urge kept by asking a tie first")
    second_opinion_cost: float = number(1.6, 0, 10, "effort of asking a tie first", unit="utility")
    postpone_gain: float = number(calibrated("voice.postpone_gain", 0.3), 0, 1, "share of the urge kept by a draft")
    postpone_cost: float = number(1.5, 0, 10, "effort of keeping a draft", unit="utility")
    other_channel_gain: float = number(
        calibrated("voice.other_channel_gain", 0.3), 0, 1, "share of the urge served elsewhere"
    )
    other_channel_cost: float = number(1.2, 0, 10, "effort of taking it elsewhere", unit="utility")
    facade_stance: float = number(
        0.5, 0, 1, "stance that a positive facade expresses", unit="stance", source="Hewlin 2003"
    )
    facade_engagement: float = number(
        0.5, 0, 10, "draw of a positive facade for the engaged", unit="utility", source="Hewlin 2003"
    )
    facade_audience: float = number(
        0.8, 0, 10, "draw of a positive facade before those who can act", unit="utility", source="Hewlin 2003"
    )
    facade_cost: float = number(1.6, 0, 10, "effort of a positive facade", unit="utility", source="Hewlin 2003")
    nest_similarity: float = number(
        0.5,
        0.05,
        1,
        "dissimilarity of the ways inside a nest (1: a flat logit)",
        unit="factor",
        source="McFadden 1978",
        status=THEORY,
    )
    question_criticality: float = number(
        0.25, 0, 1, "criticality of a question by someone who knows nothing", source="Edmondson 1999"
    )
    department_manager: float = number(
        0.25, 0, 1, "how much likelier the line manager reads the department than everyone"
    )
    team_manager: float = number(0.5, 0, 1, "how much likelier the line manager reads the team than everyone")
    department_executives: float = number(
        0.4, 0, 1, "executives' reading of a department, relative to everyone", unit="factor"
    )
    team_executives: float = number(0.1, 0, 1, "executives' reading of a team, relative to everyone", unit="factor")
    superior_contradiction: float = number(0.4, 0, 1, "criticality of contradicting a superior")
    comment_softening: float = number(
        0.8, 0, 1, "criticality of seconding critique, relative to the critique", unit="factor"
    )


class SilenceTable(Table):
    """How far the causes of silence are moved to see what each took away: threats halved, and what lacks halved."""

    superiors: float = number(0.5, 0, 1, "share of the superiors' threat taken away", status=THEORY)
    peers: float = number(0.5, 0, 1, "share of the peers' threat taken away", status=THEORY)
    efficacy: float = number(0.5, 0, 1, "share of the way to full efficacy", status=THEORY)
    loyalty: float = number(0.5, 0, 1, "share of loyalty taken away", status=THEORY)
    concern: float = number(0.5, 0, 1, "share of the way to full concern", status=THEORY)
    image: float = number(0.5, 0, 1, "share of the threat to one's image taken away", status=THEORY)
    negligible: float = number(
        0.02, 0, 1, "gain in the chance to speak below which nothing is called a cause", status=THEORY
    )


class ReactionTable(Table):
    """What readers do with an item, relative to passing on."""

    like: float = number(calibrated("reaction.like", -4.6), -20, 10, "liking", unit="utility")
    like_agreement: float = number(
        calibrated("reaction.like_agreement", 1.41), 0, 20, "pull of agreement on a like", unit="utility"
    )
    to: float = number(calibrated("reaction.to", -7.5), -20, 10, "answering or asking back", unit="utility")
    to_question: float = number(
        calibrated("reaction.to_question", 2.45),
        0,
        20,
        "pull of a question on one who knows the answer",
        unit="utility",
    )
    with_: float = number(-6.6, -20, 10, "seconding", unit="utility")
    with_agreement: float = number(1.6, 0, 20, "pull of agreement x concern on seconding", unit="utility")
    against: float = number(-7.2, -20, 10, "contradicting", unit="utility")
    against_disagreement: float = number(3.0, 0, 20, "pull of disagreement on contradicting", unit="utility")
    past: float = number(-7.2, -20, 10, "making one's own point", unit="utility")
    past_conviction: float = number(1.6, 0, 20, "pull of something unsaid on making one's own point", unit="utility")
    about: float = number(-7.8, -20, 10, "speaking about a third party", unit="utility")
    about_conviction: float = number(1.2, 0, 20, "pull of conviction on speaking about a third party", unit="utility")
    engagement: float = number(1.0, 0, 20, "weight of engagement in any reaction", unit="utility", source="Kahn 1990")
    propensity: float = number(
        calibrated("reaction.propensity", 10.5),
        0,
        20,
        "weight of voice propensity in any reaction, a like included",
        unit="utility",
        source="Muller 2012",
    )
    tie: float = number(0.8, 0, 20, "pull of a tie to the author", unit="utility", source="Adamic & Adar 2005")
    nested: float = number(
        calibrated("reaction.nested", 4.5),
        0,
        20,
        "reluctance to comment on a comment rather than on a first post",
        unit="utility",
    )
    call: float = number(
        calibrated("reaction.call", 7.0),
        0,
        20,
        "pull that a post which nobody has answered has on its only reader, to answer or to second",
        unit="utility",
        source="Diekmann 1985; Darley & Latané 1968",
    )
    diffusion: float = number(
        0.67, 0, 5, "what is lost of that pull per log of the colleagues who could answer as well; nothing below 0",
        unit="utility", source="Barron & Yechiam 2002",
    )  # fmt: skip
    turn_taking: float = number(
        calibrated("reaction.turn_taking", 6.7),
        0,
        20,
        "pull of a comment on one's own message",
        unit="utility",
        source="Gouldner 1960; Goffman 1981",
    )
    direct_reciprocity: float = number(
        calibrated("reaction.direct_reciprocity", 1.0),
        0,
        20,
        "pull of the words of someone who has lately answered one",
        unit="utility",
        source="Faraj & Johnson 2011",
    )
    closing: float = number(
        calibrated("reaction.closing", 0.1),
        0,
        1,
        "share of that pull which is gone with each turn before it",
        source="Schegloff & Sacks 1973",
    )
    crowd: float = number(
        0.1, 0, 5, "pull of a lively thread, per log(1 + comments)", unit="utility", source="Kooti et al. 2015"
    )
    superior: float = number(
        3.0,
        0,
        50,
        "inhibition of contradicting a superior, at no safety",
        unit="utility",
        source="Detert & Edmondson 2011",
    )


class LearningTable(Table):
    """One rule: belief += rate x weight of the source x (what was seen - belief), more where it disappoints."""

    rate: float = number(0.15, 0, 1, "share of the gap closed by one own experience", source="Rescorla & Wagner 1972")
    loss_weight: float = number(
        2.5,
        1,
        8,
        "how much more a disappointment counts",
        unit="factor",
        source="loss over gain 2.5 (1-5)",
        status=MEASURED,
    )
    watched_weight: float = number(
        0.6, 0, 1, "weight of what is seen done to others in my own chain of command", unit="factor"
    )
    elsewhere_weight: float = number(0.2, 0, 1, "weight of what is seen done to others elsewhere", unit="factor")
    gossip: float = number(
        calibrated("learning.gossip", 0.2),
        0,
        1,
        "chance that one tells a tie, on a day, of a treatment of critique that was fully unexpected",
        unit="tellings/workday",
        source="Foster 2004; Brady et al. 2017",
    )
    gossip_weight: float = number(0.5, 0, 1, "weight of hearsay, relative to having read it", unit="factor")
    gossip_days: float = number(10, 0.125, 250, "days for which a treatment is worth retelling", unit="workdays")
    team_talks: float = number(
        calibrated("learning.team_talks", 0.1),
        0,
        1,
        "chance that critique is voiced in a team's own meetings on a day",
        unit="talks/workday",
        source="Detert & Burris 2007",
    )
    team_talk_criticality: float = number(0.3, 0, 1, "criticality of what is voiced there", source="Burris 2012")
    impression_weight: float = number(
        0.15, 0, 1, "weight of one item read for a perceived norm or climate", unit="factor"
    )
    forgetting_days: float = number(
        calibrated("learning.forgetting_days", 120),
        0.5,
        2000,
        "half-life of what was learned, against the work outside the arena",
        unit="workdays",
        source="Coutifaris & Grant 2022: still there a year later",
    )
    bystander: float = number(
        1, 0, 20, "how much the belief that others know weakens the urge", unit="factor", source="Hussain et al. 2019"
    )
    dismissive: float = number(calibrated("learning.dismissive", 0.483), 0, 1, "how good a dismissive answer is")
    answered: float = number(0.6, 0, 1, "how good an answer without deeds is for efficacy")
    ignored: float = number(0.5, 0, 1, "how licensed critique looks that nobody in charge has answered")
    unanswered_weight: float = number(0.25, 0, 1, "weight of hearing nothing", unit="factor")
    unanswered_days: float = number(3, 0.125, 60, "days after which hearing nothing is noticed", unit="workdays")
    presence_days: float = number(5, 0.1, 500, "half-life of having seen a superior in the arena", unit="workdays")
    presence_weight: float = number(2, 0, 8, "weight of seeing a superior in the arena", unit="factor")
    persistence_half: float = number(
        5, 0.1, 250, "half-life of a thread at which things seem to stay half for ever", unit="workdays", status=THEORY
    )
    persistence_weight: float = number(
        1, 0, 8, "weight of what one's pages show of how long things stay; 0 freezes the belief", unit="factor"
    )
    composer_weight: float = number(4, 0, 8, "weight of what the composer shows of oneself", unit="factor")
    unsaid_floor: float = number(0.2, 0, 1, "what is left to say right after having spoken", unit="factor")
    unsaid_days: float = number(
        calibrated("learning.unsaid_days", 4.69),
        0.1,
        500,
        "half-life of satiation (gone in about 10 days)",
        unit="workdays",
    )
    others_know_half: float = number(
        5, 0.1, 1000, "supporters seen at which half the colleagues seem to know", unit="members"
    )
    readers_per_reaction: float = number(
        4, 1, 200, "readers imagined behind each reaction", unit="members", source="Bernstein et al. 2013"
    )
    stance_rate: float = number(0.02, 0, 1, "share of the gap to a heard stance closed", source="Deffuant et al. 2000")
    stance_bound: float = number(
        0.8, 0, 2, "gap beyond which a stance is not listened to", unit="stance", source="Deffuant et al. 2000"
    )
    stance_anchor_days: float = number(
        15, 0.5, 2000, "half-life of a changed stance or concern", unit="workdays", source="Friedkin & Johnsen 1990"
    )
    concern_rate: float = number(0.02, 0, 1, "share of the gap to full concern closed by one supported critique read")
    relief_rate: float = number(0.3, 0, 1, "share of a concern that action takes away")
    announcement_weight: float = number(
        0.6, 0, 1, "weight of announced openness, times learned credibility", unit="factor", source="Madsen 2017"
    )
    promise_memory: float = number(
        1, 0, 1, "share of announced openness that is remembered as a promise", source="Simons 2002"
    )
    promise_days: float = number(20, 0.5, 2000, "half-life of the memory of a promise", unit="workdays")
    broken_promise: float = number(
        1.5,
        0,
        20,
        "how much more a deed counts that falls short of a full promise altogether",
        unit="factor",
        source="Simons 2002; Effron et al. 2018",
    )
    disclosure_weight: float = number(
        0.6, 0, 1, "weight of a leader's own doubts for safety", unit="factor", source="Coutifaris & Grant 2022"
    )
    identification_weight: float = number(
        0.3, 0, 1, "weight of treatment for identification", unit="factor", source="Tyler & Blader 2003"
    )
    metaknowledge_rate: float = number(
        0.004, 0, 1, "share of the gap closed by one exchange overheard", source="Leonardi 2015"
    )
    metaknowledge_days: float = number(60, 0.5, 5000, "half-life of who-knows-what and who-knows-whom", unit="workdays")
    engagement_rate: float = number(
        calibrated("learning.engagement_rate", 0.0696),
        0,
        1,
        "share of the gap to the engagement that a visit suggests",
        source="Kahn 1990",
    )
    reframing_supporters: float = number(
        3,
        1,
        100,
        "visible supporters after which a concern may be reframed as strategic",
        unit="members",
        source="Madsen & Johansen 2019",
    )
    reframing: float = number(0.3, 0, 1, "chance that it is, at a visit", source="Madsen & Johansen 2019")
    reframing_criticality: float = number(
        0.2, 0, 1, "share of the way to full criticality that reframing goes", source="Madsen & Johansen 2019"
    )
    of_safety: float = number(1, 0, 1, "share of what is seen that psychological safety learns; 0 freezes it",
                              unit="factor", status=SETTING)  # fmt: skip
    of_efficacy: float = number(1, 0, 1, "share of what is seen that voice efficacy learns; 0 freezes it",
                                unit="factor", status=SETTING)  # fmt: skip
    of_climate: float = number(1, 0, 1, "share of what is seen that the perceived climate learns; 0 freezes it",
                               unit="factor", status=SETTING)  # fmt: skip
    of_licence: float = number(1, 0, 1, "share of what is seen that the licence to critique learns; 0 freezes it",
                               unit="factor", status=SETTING)  # fmt: skip
    of_others_know: float = number(1, 0, 1, "share of what is seen that one learns of who else knows; 0 freezes it",
                                   unit="factor", status=SETTING)  # fmt: skip


class AttendanceTable(Table):
    """The habit of visiting: what a visit gave against what was expected."""

    rate: float = number(
        0.04,
        0,
        1,
        "habit gained by a visit that gave everything against nothing",
        unit="log rate",
        source="Wood & Neal 2007",
    )
    expected: float = number(calibrated("attendance.expected", 0.256), 0, 1, "what a visit is expected to give")
    notified: float = number(
        calibrated("attendance.notified", 10.0),
        0,
        100,
        "how much more often one visits while a notification waits; 0: no more often",
        unit="factor",
        source="Kraut & Resnick 2012",
    )
    half_life_days: float = number(10, 0.1, 1000, "half-life of the habit", unit="workdays", source="Wood & Neal 2007")
    useful_items: float = number(4, 0.1, 100, "useful items at which a visit gave half of what it can", unit="items")
    feedback: float = number(
        1, 0, 20, "useful items that one reaction to oneself is worth", unit="items", source="Joyce & Kraut 2006"
    )


class LeadingTable(Table):
    """How leaders decide what to answer, and how."""

    criticality: float = number(
        calibrated("leading.criticality", 0.783),
        0,
        20,
        "log odds of a supportive answer lost with full criticality",
        unit="log odds",
        source="Burris 2012",
    )
    supporters: float = number(
        0.4,
        0,
        10,
        "log odds of an answer gained per log(1 + visible supporters)",
        unit="log odds",
        source="Madsen & Johansen 2019",
    )
    credibility: float = number(
        1,
        0,
        10,
        "log odds of an answer gained with an author's full credibility",
        unit="log odds",
        source="Whiting et al. 2012",
    )
    strategic: float = number(
        0.8,
        0,
        10,
        "log odds of an executive's answer gained by strategic framing",
        unit="log odds",
        source="Madsen & Johansen 2019",
    )
    disclosure_criticality: float = number(
        0.5, 0, 1, "criticality of a leader's own doubts, relative to the issue's", unit="factor"
    )
    action_days: float = number(5, 0, 250, "days from a supportive answer to action", unit="workdays")
    orphan_hours: float = number(
        calibrated("leading.orphan_hours", 10.1),
        0,
        400,
        "hours after which a thread counts as unanswered",
        unit="hours",
    )


class RulesTable(Table):
    """Which theory decides."""

    voice: Annotated[str, OneOf(Theory)] = choice("arena", "the theory of voice")
    nightmare_reader: float = number(
        calibrated("rules.nightmare_reader", 0.4),
        0,
        1,
        "weight of the most threatening imagined reader",
        source="Marwick & boyd 2011",
    )


class IssueTable(Table):
    """One issue: what it is about, when it comes, how it weighs, what members privately think of it."""

    name: str = Field(default="An issue", min_length=1, max_length=200, description="what it is called")
    kind: Annotated[str, OneOf(IssueKind)] = choice("concern", "what it is about")
    onset_day: float = number(0, 0, limits.DAYS, "day it begins", unit="workday", status=SETTING)
    salience: float = number(1, 0, 20, "how often it comes to mind, relative to others", unit="weight", status=SETTING)
    salience_half_life_days: float = number(
        0, 0, 100_000, "half-life of its salience; 0: it stays", unit="workdays", status=SETTING
    )
    criticality: float = number(
        0.7, 0, 1, "how much speaking against it challenges those in charge", source="Burris 2012", status=SETTING
    )
    stance_mean: float = number(0, -1, 1, "mean private stance", unit="stance", status=SETTING)
    stance_sd: float = number(0.5, 0, 1, "spread of private stances", unit="stance", status=SETTING)
    leaders_stance_shift: float = number(
        0, -2, 2, "how much more favourable leaders see it", unit="stance", status=SETTING
    )
    departments_apart: float = number(
        0,
        0,
        2,
        "distance between the mean stances of two camps, into which departments fall by turns",
        unit="stance",
        source="Madsen 2016: rival organisational identities",
        status=SETTING,
    )
    concern_mean: float = number(0.5, 0, 1, "mean concern", status=SETTING)
    concern_sd: float = number(0.2, 0, 0.5, "spread of concern", status=SETTING)


class Parameters(Table):
    """All numbers of one world."""

    days: int = number(60, 1, limits.DAYS, "length of the run", unit="workdays", status=SETTING)
    organization: OrganizationTable = OrganizationTable()
    population: PopulationTable = PopulationTable()
    visibility: VisibilityTable = VisibilityTable()
    leadership: LeadershipTable = LeadershipTable()
    communicators: CommunicatorsTable = CommunicatorsTable()
    rules: RulesTable = RulesTable()
    learning: LearningTable = LearningTable()
    voice: VoiceTable = VoiceTable()
    silence: SilenceTable = SilenceTable()
    reaction: ReactionTable = ReactionTable()
    attendance: AttendanceTable = AttendanceTable()
    leading: LeadingTable = LeadingTable()
    issues: tuple[IssueTable, ...] = Field(
        default=(IssueTable(),), min_length=1, max_length=limits.ISSUES, description="what there is to talk about"
    )


# ---------------------------------------------------------------- for the compiled rules


def _tuple_of(table: type[Table]) -> Any:
    """Return the NamedTuple of floats with the field names of `table`."""
    name = table.__name__.removesuffix("Table") + "Coefficients"
    return NamedTuple(name, [(field, float) for field in table.model_fields])


VoiceCoefficients = _tuple_of(VoiceTable)
SilenceCoefficients = _tuple_of(SilenceTable)
ReactionCoefficients = _tuple_of(ReactionTable)
LearningCoefficients = _tuple_of(LearningTable)
AttendanceCoefficients = _tuple_of(AttendanceTable)
LeadingCoefficients = _tuple_of(LeadingTable)


class Coefficients(NamedTuple):
    """The numbers of the theory as the compiled rules take them: tables of float64, and which theory decides."""

    voice: Any
    silence: Any
    reaction: Any
    learning: Any
    attendance: Any
    leading: Any
    theory: int
    nightmare_reader: float


def coefficients(parameters: Parameters) -> Coefficients:
    """Return the numbers of the theory in `parameters`, for the compiled rules."""

    def floats(kind: Any, table: Table) -> Any:
        return kind(*(float(getattr(table, field)) for field in kind._fields))

    return Coefficients(
        floats(VoiceCoefficients, parameters.voice),
        floats(SilenceCoefficients, parameters.silence),
        floats(ReactionCoefficients, parameters.reaction),
        floats(LearningCoefficients, parameters.learning),
        floats(AttendanceCoefficients, parameters.attendance),
        floats(LeadingCoefficients, parameters.leading),
        int(Theory[parameters.rules.voice]),
        float(parameters.rules.nightmare_reader),
    )


# ---------------------------------------------------------------- looking parameters up by name


class Parameter(NamedTuple):
    """One number or setting of a scenario, described."""

    name: str  # dotted, as in scenario files
    default: Any
    low: float | None
    high: float | None
    choices: tuple[str, ...]  # the words allowed, where it is a word
    kind: str  # "number", "whole number", "word", "yes or no" or "text"
    unit: str
    meaning: str
    source: str
    status: str


@cache
def registry() -> dict[str, Parameter]:
    """Return every parameter by dotted name; those of an issue stand under `issues.<n>.`."""
    found = {p.name: p for p in _describe(Parameters, "")}
    found.update((p.name, p) for p in _describe(IssueTable, "issues.<n>."))
    return found


def _describe(table: type[Table], prefix: str, trait: Any = None) -> Iterator[Parameter]:
    for name, field in table.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Table):
            yield from _describe(kind, f"{prefix}{name}.", field)
        elif name != "issues":
            yield _parameter(prefix + name, field, trait)


def _parameter(dotted: str, field: Any, trait: Any) -> Parameter:
    default, meaning, extra = field.default, field.description, field.json_schema_extra
    if meaning is None:  # the mean or the spread of a trait, which the trait describes
        part = dotted.rpartition(".")[2]
        default, extra = getattr(trait.default, part), trait.json_schema_extra
        meaning = f"{'mean' if part == 'mean' else 'standard deviation'} over members: {trait.description}"
    bounds = {type(m).__name__: m for m in field.metadata}
    low, high = getattr(bounds.get("Ge"), "ge", None), getattr(bounds.get("Le"), "le", None)
    words = next((each.words for each in field.metadata if isinstance(each, OneOf)), ())
    kinds = {bool: "yes or no", int: "whole number", float: "number", str: "text"}
    kind = "word" if words else kinds[field.annotation]
    source, status, unit = (str((extra or {}).get(k, "")) for k in ("source", "status", "unit"))
    return Parameter(dotted, default, low, high, words, kind, unit, meaning, source, status)
