"""Who the members are at the start: traits and beliefs, each drawn from the member's own luck.

Draws are keyed by the hash of the id, so that adding, removing or reordering members leaves all others as they were.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri

from sim import chance
from sim.beliefs import BELIEFS
from sim.chance import Purpose
from sim.organization import Organization
from sim.parameters import Amount, IssueTable, Parameters, PopulationTable, Share
from sim.room import copied
from sim.state import BELIEF, MAX_ATTENTION, MEMBER, MIN_ATTENTION, POSITION
from sim.terms import Role

Draws = NDArray[np.float64]
ROW = -1  # "no row" in every field that points to a row
STEPS = 2048  # of a quantile table, between which it is interpolated; a power of two, so that no place is rounded
GRID = STEPS + 1
TABLES_KEPT = 256
SHARED_MEMBERS = 10_000  # up to so many are drawn once for the worlds that begin with them; more would be much to keep
POPULATIONS_KEPT = 4
PORTION = 16_384  # members drawn at a time: what is drawn on the way then needs little memory, and stays near
WIDEST = 0.98  # of the spread that a share of this mean can have at all: a beta distribution needs a little less
NARROWEST = 1e-9  # spread below which all are alike
EDGE = 1e-12  # luck this close to 0 or 1 counts as this close: a normal distribution has no ends

# Which number of a purpose's luck each trait and belief takes; never renumber.
TRAIT_ITEM = {
    name: n
    for n, name in enumerate(
        "voice_propensity risk_sensitivity implicit_voice_theory attention visits_per_day non_user occasions_per_visit "
        "openness_leaning team_safety".split()
    )
}
BELIEF_ITEM = {belief.name: n for n, belief in enumerate(BELIEFS)}


def share(spread: Share, luck: Draws, shift: float = 0.0) -> Draws:
    """Return draws in [0, 1] with the mean (plus `shift`) and spread of `spread`: a beta distribution."""
    mean = min(max(spread.mean + shift, 0.0), 1.0)
    widest = np.sqrt(mean * (1.0 - mean))
    deviation = min(spread.sd, WIDEST * widest)
    if deviation <= NARROWEST:
        return np.full(luck.shape, mean)
    quantiles, slopes = _quantiles(mean, deviation)
    below = (luck * STEPS).astype(np.intp)  # the grid is even: nothing need be looked for, as np.interp would
    return slopes[below] * (luck - below / STEPS) + quantiles[below]


@lru_cache(maxsize=TABLES_KEPT)
def _quantiles(mean: float, deviation: float) -> tuple[Draws, Draws]:
    """Return the quantiles of a beta distribution on an even grid of probabilities, and the slope from each on."""
    size = mean * (1.0 - mean) / deviation**2 - 1.0
    quantiles = betaincinv(mean * size, (1.0 - mean) * size, np.linspace(0.0, 1.0, GRID))
    return quantiles, np.append(np.diff(quantiles) * STEPS, 0.0)


def amount(spread: Amount, luck: Draws) -> Draws:
    """Return positive draws with the mean and spread of `spread`: a lognormal distribution."""
    if spread.mean <= 0.0:
        return np.zeros(luck.shape)
    variance = np.log1p((spread.sd / spread.mean) ** 2)
    middle = np.log(spread.mean) - variance / 2.0
    return np.exp(middle + np.sqrt(variance) * ndtri(np.clip(luck, EDGE, 1.0 - EDGE)))


def populate(organization: Organization, parameters: Parameters, seed: int) -> tuple[Any, Any, Any]:
    """Return the members (MEMBER[n]), their beliefs (BELIEF[n]) and positions (POSITION[n, issues]) at the start.

    Worlds that differ in what is shown or in what leaders do begin with the same people, who are drawn once.
    """
    staff = parameters.organization.levels - 1  # not the deepest level found: one member more would move everybody
    wanted = organization, parameters.population, parameters.issues, staff, seed
    shared = organization.members <= SHARED_MEMBERS
    members, beliefs, positions = map(copied, _drawn_once(*wanted)) if shared else _drawn(*wanted)
    for some in _portions(organization.members):
        _know_the_arena(members[some], parameters, seed)
    return members, beliefs, positions


def _drawn(
    organization: Organization, population: PopulationTable, issues: tuple[IssueTable, ...], staff: int, seed: int
) -> tuple[Any, Any, Any]:
    n = organization.members
    members, beliefs, positions = np.zeros(n, MEMBER), np.zeros(n, BELIEF), np.zeros((n, len(issues)), POSITION)
    for some in _portions(n):
        _take_members(members[some], organization, some, population, seed)
        _take_beliefs(beliefs[some], organization, some, population, staff, seed)
        for number, issue in enumerate(issues):
            _take_positions(positions[some, number], number, issue, members[some], population, seed)
    return members, beliefs, positions


_drawn_once = lru_cache(maxsize=POPULATIONS_KEPT)(_drawn)


def _portions(members: int) -> Iterator[slice]:
    """Yield which rows are drawn at a time."""
    for begin in range(0, members, PORTION):
        yield slice(begin, begin + PORTION)


def _take_members(
    members: Any, organization: Organization, some: slice, population: PopulationTable, seed: int
) -> None:
    """Fill in who some members are, and draw their traits."""
    for field in ("key", "role", "level", "manager", "department", "location", "team", "led_team", "first", "last"):
        members[field] = getattr(organization, field)[some]
    members["cell"] = members["role"].astype(np.int32) * len(organization.departments) + members["department"]

    def luck(name: str) -> Draws:
        return chance.uniforms(seed, Purpose.TRAIT, 0, organization.key[some], TRAIT_ITEM[name])

    for name in ("voice_propensity", "risk_sensitivity", "implicit_voice_theory"):
        members[name] = share(getattr(population, name), luck(name))
    span = MAX_ATTENTION - MIN_ATTENTION
    members["attention"] = np.rint(MIN_ATTENTION + span * share(population.attention, luck("attention")))
    uses = luck("non_user") >= population.non_users
    members["base_visits"] = np.where(uses, amount(population.visits_per_day, luck("visits_per_day")), 0.0)
    often = _going_with(luck("occasions_per_visit"), luck("voice_propensity"), population.disposition)
    members["occasions_per_visit"] = amount(population.occasions_per_visit, often)
    members["openness_leaning"] = population.manager_openness_spread * _normal(luck("openness_leaning"))
    for field in ("last_visit", "latest_post", "latest_critique", "draft_issue", "draft_about", "draft_occasion"):
        members[field] = ROW
    for field in ("witnessed", "known_of", "known_before", "heard_of"):
        members[field] = ROW
    for field in ("helpers", "notice", "numbered_tick", "contributed_day", "visited_day"):
        members[field] = ROW


def _know_the_arena(members: Any, parameters: Parameters, seed: int) -> None:
    """Draw which of some members had visited before day 0: the arena has been there for a while."""
    rate = members["base_visits"].copy()
    leadership = parameters.leadership
    rate[members["role"] == Role.line_manager] = leadership.line_managers.presence
    rate[members["role"] == Role.executive] = leadership.executives.presence
    rate[members["role"] == Role.communicator] = parameters.communicators.presence
    came = 1.0 - np.exp(-parameters.population.days_before * rate)
    members["visited"] = chance.uniforms(seed, Purpose.VISIT, 0, members["key"], 1) < came


def _normal(luck: Draws) -> Draws:
    return ndtri(np.clip(luck, EDGE, 1.0 - EDGE))


def _going_with(own: Draws, other: Draws, closeness: float) -> Draws:
    """Return luck that goes with another by a Gaussian correlation, 0 to 1; at 0 it is `own` to the last bit."""
    if closeness <= 0.0:
        return own
    return np.asarray(ndtr(closeness * _normal(other) + np.sqrt(1.0 - closeness**2) * _normal(own)))


def _take_beliefs(
    beliefs: Any, organization: Organization, some: slice, population: PopulationTable, staff: int, seed: int
) -> None:
    """Draw what some members believe."""

    def luck(name: str) -> Draws:
        return chance.uniforms(seed, Purpose.BELIEF, 0, organization.key[some], BELIEF_ITEM[name])

    for belief in BELIEFS:
        if belief.starts not in ("", "safety"):
            beliefs[belief.name] = share(getattr(population, belief.starts), luck(belief.name))
    team = _team_mood(organization, some, population.safety_openness, seed)
    levels = organization.level[some]
    for name in (belief.name for belief in BELIEFS if belief.starts == "safety"):
        own = _normal(luck(name))
        mixed = ndtr(np.sqrt(population.safety_team_share) * team + np.sqrt(1.0 - population.safety_team_share) * own)
        for level in range(levels.min(), levels.max() + 1):
            here = levels == level
            lift = population.safety_level_step * max(0, staff - level)
            beliefs[name][here] = share(population.safety, mixed[here], lift)


def _team_mood(organization: Organization, some: slice, closeness: float, seed: int) -> Draws:
    """Return what a team's starting safety has in common, standard normal; it goes with its manager's own openness."""
    manager = organization.manager[some]
    who = organization.key[np.maximum(manager, 0)]
    team = chance.uniforms(seed, Purpose.TRAIT, 0, who, TRAIT_ITEM["team_safety"])
    leaning = chance.uniforms(seed, Purpose.TRAIT, 0, who, TRAIT_ITEM["openness_leaning"])
    mood_of_manager = closeness * _normal(leaning) + np.sqrt(1.0 - closeness**2) * _normal(team)
    return np.where(manager >= 0, mood_of_manager, 0.0)


def _take_positions(
    position: Any, number: int, issue: IssueTable, members: Any, population: PopulationTable, seed: int
) -> None:
    """Draw the private views that some members have of one issue, and the climate imagined around them."""
    key = members["key"].copy()

    def luck(purpose: Purpose, part: int = 0) -> Draws:
        return chance.uniforms(seed, purpose, part, key, number)

    leads = (members["role"] == Role.line_manager) | (members["role"] == Role.executive)
    camp = members["department"] % 2 == 1
    stance = np.empty(len(members))
    within = Share(mean=0.5 + 0.5 * issue.stance_mean, sd=0.5 * issue.stance_sd)
    for group, shift in ((~leads, 0.0), (leads, issue.leaders_stance_shift)):
        for side, apart in _camps(issue):
            who = group & (camp == side)
            stance[who] = 2.0 * share(within, luck(Purpose.STANCE)[who], 0.5 * (shift + apart)) - 1.0
    position["stance"] = position["start_stance"] = stance
    concern = share(Share(mean=issue.concern_mean, sd=issue.concern_sd), luck(Purpose.CONCERN))
    position["concern"] = position["start_concern"] = concern
    position["expertise"] = share(population.expertise, luck(Purpose.EXPERTISE))
    position["others_know"] = share(population.others_know, luck(Purpose.STANCE, 1))
    position["knows_what"] = share(population.metaknowledge, luck(Purpose.EXPERTISE, 1))
    position["start_knows_what"] = position["knows_what"]
    guess = share(Share(mean=expected_favour(issue), sd=population.climate_error), luck(Purpose.STANCE, 2))
    tinted = guess + population.false_consensus * ((stance > 0.0) - guess)
    position["climate"] = position["start_climate"] = tinted
    position["unsaid"] = 1.0


def expected_favour(issue: IssueTable) -> float:
    """Return the share of coworkers expected to be in favour: of the distribution, so that it depends on nobody."""
    grid = np.linspace(0.0, 1.0, GRID)
    within = Share(mean=0.5 + 0.5 * issue.stance_mean, sd=0.5 * issue.stance_sd)
    in_camps = [float((share(within, grid, 0.5 * apart) > 0.5).mean()) for _, apart in _camps(issue)]
    return sum(in_camps) / len(in_camps)


def _camps(issue: IssueTable) -> tuple[tuple[bool, float], tuple[bool, float]]:
    """Return how far the mean stance of each camp of departments lies from that of all."""
    return (False, -0.5 * issue.departments_apart), (True, 0.5 * issue.departments_apart)
