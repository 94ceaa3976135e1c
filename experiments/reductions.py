"""Published models of silence, run by this engine with the organisation switched off.

Everybody is a colleague, nobody leads, nothing is critical, no belief learns; what is left is the arena: members come,
read what the others wrote, have something to say, and say it or not. How they decide is the rule of the published
model, which an observer puts in the place of our own before a decision is carried out. Where the outcome is that of the
paper, the arena adds nothing of its own to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.engine import Engine, make_organization
from sim.organization import Organization
from sim.room import scratch_of
from sim.scenario import Scenario, from_toml
from sim.state import TICKS_PER_DAY, Clock, Errand
from sim.terms import Strategy

Numbers = NDArray[np.float64]

BARE: Final[dict[str, Any]] = {
    "organization.levels": 2,
    "organization.communicators_share": 0,
    "organization.ties_per_member": 0,
    "population.non_users": 0,
    "population.visits_per_day.mean": 1000,
    "population.visits_per_day.sd": 0,
    "population.occasions_per_visit.mean": 1000,
    "population.occasions_per_visit.sd": 0,
    "population.attention.mean": 1,
    "population.attention.sd": 0,
    "leadership.executives.presence": 0,
    "leadership.line_managers.presence": 0,
    "visibility.persistence_days": 0.05,
    "reaction.like": -20,
    "reaction.to": -20,
    "reaction.with_": -20,
    "reaction.against": -20,
    "reaction.past": -20,
    "reaction.about": -20,
    "voice.addressing": 0,
    "learning.rate": 0,
    "learning.team_talks": 0,
    "learning.stance_rate": 0,
    "learning.unsaid_floor": 1,
    "issues.0.criticality": 0,
    "issues.0.salience": 20,
}
"""Everybody comes every hour, reads up to 30 messages, and has one thing to say; nothing else happens."""


def bare(members: int, ticks: int, **further: Any) -> Scenario:
    """Return a world of `members` colleagues (and one absent head) that lasts `ticks` hours and then some."""
    days = -(-ticks // TICKS_PER_DAY)
    return from_toml("").with_({**BARE, "organization.members": members + 1, "days": days, **further})


class Heard:
    """What the visitors of one hour read of one hour before: who read whom."""

    def __init__(self, engine: Engine) -> None:
        world = engine.world
        count = int(world.clock[Clock.visitors])
        seen, room = world.seen[:count], world.seen.shape[1]
        read = np.arange(room) < world.seen_count[:count, None]
        fresh = read & (world.messages["tick"][np.where(read, seen, 0)] == engine.tick - 1)
        place, item = np.nonzero(fresh)
        self.reader = world.visitors[place]
        """Rows of readers, one an item read,"""
        self.author = world.messages["author"][seen[place, item]]
        """and of those who wrote it."""


def decide(engine: Engine, speaks: NDArray[np.bool_]) -> None:
    """Let each visitor speak or keep silent, as `speaks`, bool[n] over members, says; of several wishes only one."""
    world = engine.world
    count = int(world.clock[Clock.visitors])
    rows = world.rows[:count]
    wishes = (rows["errand"] == Errand.wish) & (np.arange(rows.shape[1]) < world.row_count[:count, None])
    first = wishes & (wishes.cumsum(axis=1) == 1)
    wanted = np.where(first & speaks[world.visitors[:count], None], int(Strategy.plain), int(Strategy.withhold))
    for place, number in np.argwhere(wishes & (rows["strategy"] != wanted)).tolist():
        moment, _ = engine.see(place, number)
        engine.decide_otherwise(place, number, moment, int(wanted[place, number]))


# ---------------------------------------------------------------- Gaisbauer, Olbrich & Banisch 2020


class OpinionExpression:
    """Two groups learn by reinforcement whether to express their opinion (Phys. Rev. E 102, 042303).

    Who expresses gets the share of all others who expressed the same view, less that of those who expressed the other,
    less a cost; Q moves towards it, and a member expresses with the chance 1 / (1 + exp(-beta Q)). In the mean field
    of a population that meets everybody, with shares T and 1 - T of the groups:

        dQ1/dt = T p(Q1) - (1 - T) p(Q2) - cost - Q1,        dQ2/dt likewise.
    """

    def __init__(
        self, groups: tuple[int, int], beta: float, start: tuple[float, float] = (0.0, 0.0), cost: float = 0.0,
        rate: float = 0.1, seed: int = 1,
    ) -> None:  # fmt: skip
        self.first = np.arange(sum(groups) + 1) <= groups[0]
        self.members = sum(groups)
        self.beta, self.cost, self.rate = beta, cost, rate
        self.q = np.where(self.first, *start).astype(float)
        self._spoke = np.zeros(self.members + 1, bool)
        self._luck = np.random.default_rng([seed, 2020])

    def __call__(self, engine: Engine) -> None:
        """Learn from what was read, and decide."""
        heard = Heard(engine)
        agrees = np.where(self.first[heard.reader] == self.first[heard.author], 1.0, -1.0)
        others = heard.reader != heard.author
        reward = np.bincount(heard.reader[others], agrees[others], len(self.q)) / (self.members - 1) - self.cost
        self.q += np.where(self._spoke, self.rate * (reward - self.q), 0.0)
        self._spoke = self._luck.random(len(self.q)) < 1.0 / (1.0 + np.exp(-self.beta * self.q))
        decide(engine, self._spoke)

    @property
    def means(self) -> tuple[float, float]:
        """Mean Q of both groups, the absent head left out."""
        return float(self.q[1:][self.first[1:]].mean()), float(self.q[~self.first].mean())


def opinion_expression(
    groups: tuple[int, int], beta: float, start: tuple[float, float] = (0.0, 0.0), cost: float = 0.0,
    ticks: int = 600, seed: int = 1,
) -> Numbers:  # fmt: skip
    """Return mean Q of both groups hour by hour: float64[ticks, 2]. At most 30 members, since more cannot be read."""
    rule = OpinionExpression(groups, beta, start, cost, seed=seed)
    engine = Engine(bare(sum(groups), ticks), seed=seed)
    path: list[tuple[float, float]] = []

    def look(now: Engine) -> None:
        rule(now)
        path.append(rule.means)

    engine.advance(ticks, look)
    return np.array(path)


def mean_field(
    groups: tuple[int, int], beta: float, start: tuple[float, float], cost: float = 0.0, duration: float = 400.0
) -> tuple[float, float]:
    """Return where the mean field of two groups, in which nobody meets oneself, goes from a start: both Q."""
    others = sum(groups) - 1
    one, two = start
    step = 0.05
    for _ in range(round(duration / step)):
        p, r = (1.0 / (1.0 + np.exp(-beta * q)) for q in (one, two))
        one, two = (
            one + step * ((groups[0] - 1) / others * p - groups[1] / others * r - cost - one),
            two + step * ((groups[1] - 1) / others * r - groups[0] / others * p - cost - two),
        )
    return float(one), float(two)


def smallest_loud_minority(beta: float) -> float:
    """Return the smallest share of a group that can stay loud while the majority is silent (NaN for beta <= 4).

    With no cost and everybody meeting everybody Q2 = -Q1, and Q1 = p(Q1) - (1 - T): there are loud states until the
    fold at beta p (1 - p) = 1.
    """
    if beta <= 4.0:
        return float("nan")
    loud = (1.0 + np.sqrt(1.0 - 4.0 / beta)) / 2.0
    return float(1.0 - loud + np.log(loud / (1.0 - loud)) / beta)


# ---------------------------------------------------------------- Ross et al. 2019


class SpiralWithBots:
    """Confidence against the willingness to self-censor, on a network with bots that always speak (EJIS 28, 394-412).

    The climate one sees is (same - other) / (same + other) over neighbours who speak; inner confidence adds it up,
    never below 0; who is more confident, 2 / (1 + exp(-inner)) - 1, than willing to self-censor speaks.
    """

    def __init__(self, network: list[set[int]], bots: int, seed: int) -> None:
        self.nodes, self.humans = len(network), len(network) - bots
        luck = np.random.default_rng([seed, 2019])
        positive = luck.random(self.nodes) < 0.5
        self.inner, self.reserve = luck.random(self.nodes), luck.random(self.nodes)
        self.bot = np.arange(self.nodes) >= self.humans
        self.positive = positive & ~self.bot
        self._tied = np.zeros((self.nodes, self.nodes), bool)
        for node, others in enumerate(network):
            self._tied[node, list(others)] = True
        self.change = np.inf

    def __call__(self, engine: Engine) -> None:
        """Look at the neighbours who spoke, and decide."""
        heard = Heard(engine)
        reader, author = heard.reader - 1, heard.author - 1  # row 0 is the absent head
        known = self._tied[reader, author]
        agrees = np.where(self.positive[reader] == self.positive[author], 1.0, -1.0)[known]
        total = np.bincount(reader[known], minlength=self.nodes)
        climate = np.bincount(reader[known], agrees, self.nodes) / np.maximum(total, 1)
        before = self._confidence()
        self.inner = np.maximum(self.inner + climate, 0.0)
        self.change = float(np.abs(self._confidence() - before)[~self.bot].max()) if engine.tick > 1 else np.inf
        decide(engine, np.concatenate([[False], self.speaks]))

    def _confidence(self) -> Numbers:
        return np.asarray(2.0 / (1.0 + np.exp(-self.inner)) - 1.0)

    @property
    def speaks(self) -> NDArray[np.bool_]:
        """Who speaks: bool[nodes]."""
        return np.asarray((self._confidence() > self.reserve) | self.bot)

    def share(self, positive: bool) -> float:
        """Return the share of humans who hold a view and speak."""
        return float((self.speaks & ~self.bot & (self.positive == positive)).sum() / self.humans)

    @property
    def bots_prevail(self) -> bool:
        """Whether of the people who speak at the end most say what bots say."""
        return self.share(positive=False) > self.share(positive=True)


def spiral_with_bots(
    humans: int, bots: int, links: int, seed: int, ticks: int = 300, rest: float = 0.001
) -> SpiralWithBots:
    """Return people on a network after they spoke or fell silent until no confidence moves by more than `rest`.

    Each of `humans` joins with `links` to those who are there already, and so does each bot afterwards.
    """
    network = preferential(humans + bots, links, seed)
    rule = SpiralWithBots(network, bots, seed)
    engine = networked(network, ticks, seed)
    while engine.tick < ticks and rule.change > rest:
        engine.advance(engine.tick + 1, rule)
    return rule


def networked(network: list[set[int]], ticks: int, seed: int) -> Engine:
    """Return the bare arena with people on a network: the pages of each show those tied to them first."""
    world = bare(len(network), ticks, **{"visibility.ranking": "ties"})
    engine = Engine(world, _tied(make_organization(world, seed), network), seed)
    _widen(engine, 2 * len(network))
    return engine


def preferential(nodes: int, links: int, seed: int, exponent: float = 2.5) -> list[set[int]]:
    """Return the neighbours of each node of a network grown by generalised preferential attachment.

    A node is attractive by links (exponent - 2) + the links that it was given (Dorogovtsev, Mendes & Samukhin 2000).
    """
    luck = np.random.default_rng([seed, 2000])
    network: list[set[int]] = [set() for _ in range(nodes)]
    given = np.zeros(nodes)
    for node in range(1, nodes):
        attractive = links * (exponent - 2.0) + given[:node]
        for other in luck.choice(node, min(links, node), replace=False, p=attractive / attractive.sum()).tolist():
            network[node].add(other)
            network[other].add(node)
            given[other] += 1.0
    return network


def _widen(engine: Engine, threads: int) -> None:
    """Let everyone's page hold so many threads: that of our arena would drop some where all write every hour."""
    world = engine.world
    audiences, slots = world.audiences.copy(), world.slots
    more = np.recarray(max(threads - int(audiences["room"][0]), 0), slots.dtype)
    more[:] = slots[:1]
    audiences["room"][0] += len(more)
    audiences["first"][1:] += len(more)
    wider = {"slots": np.concatenate([slots, more]).view(np.recarray), **scratch_of(len(world.members), audiences)}
    engine.world = world._replace(audiences=audiences, **wider)


def _tied(people: Organization, network: list[set[int]]) -> Organization:
    """Return people whose ties are those of a network over all but the head, row 0."""
    ties = [np.array([], np.int32), *(np.array(sorted(others), np.int32) + 1 for others in network)]
    member = np.concatenate(ties).astype(np.int32)
    start = np.concatenate([[0], np.cumsum([len(each) for each in ties])]).astype(np.int64)
    return replace(people, tie_start=start, tie_member=member, tie_weight=np.ones(len(member), np.float32))
