"""The same model as ordinary Mesa agents: what the compiled engine is compared with.

One `mesa.Agent` a member with its beliefs as attributes, messages as objects, pages as lists, agents stepping one by
one. Written the way Mesa models are written, and with care for speed, so that the comparison is fair: numbers are
Python's own, never numpy's; what can be looked up once an hour is. Every decision calls the body of the rule in
`sim.rules` (import this with NUMBA_DISABLE_JIT=1), luck has the same keys, and sums are taken in the same order: so
the run is the engine's, number by number. What the kernel decides about order and bookkeeping stands here once more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import mesa

from benchmarks import plain_luck
from benchmarks.object_arena import Duty, Issue, Message, Page, Position, Record
from benchmarks.object_member import BELIEFS, FADING, WEEK, Member
from sim.engine import Engine
from sim.kernel.luck import DRAWN, RENEWED, Streams
from sim.rules import learning, wish
from sim.scenario import Scenario
from sim.state import KEYS_PER_TICK, MOST_TURNS, TICKS_PER_DAY
from sim.terms import SPOKEN, Identity, IssueState, Kind, Orientation, Response

KIND = [f"kind_{kind.name}" for kind in Kind]
OBJECTS = (
    "new_responses",
    "latest_post",
    "latest_critique",
    "witnessed",
    "known_of",
    "heard_of",
    "notice",
)  # of an agent these are lists and objects, and so is a draft


class ObjectArena(mesa.Model):
    """The arena as a plain Mesa model: it ranks pages, lets every agent step, and publishes what they wrote."""

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        super().__init__()
        if scenario.events:
            raise ValueError("the object agents know no events: leave them out of the scenario")
        start = Engine(scenario, seed=seed)  # only for the state of a world at the start of day 0
        world = start.world
        self.settings, self.seed_of_luck, self.coefficients, self.tick = scenario, seed, start.coefficients, 0
        self.rates, self.arena = start.coefficients.learning, Record(world.arena.dtype.names, world.arena.tolist()[0])
        self.policies = [Record(world.policies.dtype.names, values) for values in world.policies.tolist()]
        self.issues = [Issue(world.issues.dtype.names, values) for values in world.issues.tolist()]
        for number, issue in enumerate(self.issues):
            issue.number = number
        rooms, visited = world.audiences["room"].tolist(), world.audiences["visited"].tolist()
        self.pages = [Page(number, room, visited[number]) for number, room in enumerate(rooms)]
        self.first_team_page = len(self.pages) - start.organization.teams
        self.members = make_members(self, world)
        self.leaders = [member for member in self.members if member.leads_people]
        self.visitors: list[Member] = []
        self.messages: list[Message] = []
        self.heard = self.called = 0
        self.duties: list[Duty] = []
        self.ledger: list[dict[str, Any]] = []
        self.days: list[dict[int, dict[str, float]]] = []
        self.whole: list[dict[str, float]] = []

    def step(self) -> None:
        """Make one working hour."""
        self.luck = self.streams()
        if self.tick % TICKS_PER_DAY == 0:
            self.begin_day()
        for issue in self.issues:
            issue.comes_to_mind = wish.salience(issue.salience, self.tick - issue.onset, issue.half_life)
        for page in self.pages:
            if page.threads:
                page.rank(self.tick, self.arena)
        self.visitors = []
        self.agents.do("step")
        for member in self.visitors:
            member.publish()
        self.lead()
        self.notify()
        self.call_back()
        if (self.tick + 1) % TICKS_PER_DAY == 0:
            self.close_day()
        self.tick += 1

    def streams(self) -> Streams:
        """Return the streams of luck of this hour."""
        seed, tick = self.seed_of_luck, self.tick
        return Streams(
            *(plain_luck.key(seed, purpose, tick // ticks) for purpose, ticks in zip(DRAWN, RENEWED, strict=True))
        )

    # ------------------------------------------------------------ days

    def begin_day(self) -> None:
        """Give everyone their chance to visit, leaders their time for answers, and the day its sums."""
        sums: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.days.append(sums)
        for member in self.members:
            member.sums = sums[member.cell]
            if member.leads_people:
                policy = member.policy
                whole = int(policy.answers_per_day)
                rest = plain_luck.uniform(self.luck.budget, member.key, 0) < policy.answers_per_day - whole
                member.answers_left = whole + (1 if rest else 0)
            member.expect_visits()

    def close_day(self) -> None:
        """Let the work outside the arena pull beliefs back overnight, and take the day's measures."""
        rates = self.rates
        half_lives = {f"learning.{name}": value for name, value in rates._asdict().items()}
        half_lives["attendance.half_life_days"] = self.coefficients.attendance.half_life_days
        kept = {name: learning.kept_after_a_day(half_lives[name]) for name in FADING}
        for leader in self.leaders:
            leader.team_talk = leader.treat_in_team()
        self.agents.do("retell")
        self.agents.do("learn_overnight")
        promise = learning.kept_after_a_day(rates.promise_days)
        self.agents.do("sleep", kept, promise)
        for issue in self.issues:
            favour, stance = 0.0, 0.0
            for member in self.members:
                view = member.positions[issue.number].stance
                favour += learning.side_taken(view)
                stance += view
            issue.true_climate, issue.mean_stance = favour / len(self.members), stance / len(self.members)
        self.agents.do("report")
        self.whole.append({"gini": gini([member.posts + member.comments for member in self.members])})
        self.measure_issues(self.whole[-1])
        self.agents.do("be_asked")

    def measure_issues(self, whole: dict[str, float]) -> None:
        """Count the issues that have surfaced and were resolved, and how long that took."""
        for name in ("surfaced", "begun_below", "days_to_surface", "resolved", "days_to_resolve"):
            whole[name] = 0.0
        for issue in self.issues:
            if issue.surfaced >= 0:
                whole["surfaced"] += 1.0
                whole["begun_below"] += issue.begun_below
                whole["days_to_surface"] += (issue.surfaced - issue.onset) / TICKS_PER_DAY
            if issue.resolved >= 0:
                whole["resolved"] += 1.0
                whole["days_to_resolve"] += (issue.resolved - issue.onset) / TICKS_PER_DAY

    # ------------------------------------------------------------ messages

    def new_message(self, member: Member, issue: Issue) -> Message:
        """Return a blank message of a member; the caller fills it and calls `place`."""
        if member.numbered_tick != self.tick:
            member.numbered_tick, member.numbered, member.weighed = self.tick, 0, 0
        message = Message(
            at=len(self.messages),
            key=plain_luck.pair(member.key, self.tick * KEYS_PER_TICK + member.numbered),
            tick=self.tick,
            author=member,
            number=member.numbered,
            issue=issue,
            page=self.pages[0],
            identity=self.arena.identity,
            author_role=member.role,
        )
        member.numbered += 1
        self.messages.append(message)
        return message

    def place(self, message: Message, parent: Message | None) -> None:
        """Put a message where its readers will see it: a first post on its page, a comment under its parent."""
        author = message.author
        author.sums[KIND[message.kind]] += 1.0
        day = message.tick // TICKS_PER_DAY
        if author.contributed_day != day:
            author.contributed_day = day
            author.sums["contributors"] += 1.0
        if parent is None:
            author.posts += 1
            author.latest_post = message
            author.sums["posts"] += 1.0
            message.page.show(message)
        else:
            author.comments += 1
            author.sums["comments"] += 1.0
            join_thread(message, parent)
        if 0 <= message.strategy < SPOKEN:
            voice_on(message)

    def notify(self) -> None:
        """Let authors notice what nobody answered, and take stock of messages that have had their time."""
        patience = max(1, int(self.rates.unanswered_days * TICKS_PER_DAY))
        while self.heard < len(self.messages) and self.messages[self.heard].tick <= self.tick - patience:
            message = self.messages[self.heard]
            self.heard += 1
            asks = message.criticality > 0.0 or message.kind == Kind.question
            unheard = message.leader_response == Response.none and not message.answered
            if 0 <= message.strategy < SPOKEN and asks and unheard:
                message.author.new_unanswered += 1
            if message.parent is None:
                take_stock(message)

    def call_back(self) -> None:
        """Let those on whom somebody has commented visit sooner; whoever was here has seen what there was to see."""
        if self.arena.notifications:
            answered = [message.parent.author for message in self.messages[self.called :] if message.parent is not None]
            self.called = len(self.messages)
            for member in (*self.visitors, *answered):
                member.expect_visits()

    def visible_support(self, message: Message) -> float:
        """Return the supporters of a message that one can see."""
        return float(message.supporters - (0 if self.arena.visible_reactions else message.likes))

    def share_of(self, page: Page) -> float:
        """Return an audience's share of the organisation, counting only those who have ever visited."""
        everyone = self.pages[0].visited
        return page.visited / everyone if everyone > 0 else 1.0

    # ------------------------------------------------------------ leaders

    def lead(self) -> None:
        """Let leaders do what is due: answer, follow through, announce, speak of own doubts."""
        for duty in self.duties:
            if duty.due <= self.tick:
                follow = duty.leader.respond_as_due(duty)
                if follow >= 0:
                    duty.due, duty.response = follow, Response.action.value
        self.duties = [duty for duty in self.duties if duty.due > self.tick]
        if self.tick % WEEK == 2:
            for leader in self.leaders:
                if leader.level == 0 and leader.policy.espoused_openness > 0.0:
                    leader.announce(leader.policy.espoused_openness)
        if any(policy.self_disclosure > 0.0 for policy in self.policies):
            for leader in self.leaders:
                leader.perhaps_disclose()


def make_members(model: ObjectArena, world: Any) -> list[Member]:
    """Return one agent a member, from the arrays of a world at the start."""
    names = [name for name in world.members.dtype.names if name not in OBJECTS and not name.startswith("draft_")]
    columns = [world.members[name].tolist() for name in names]
    fields = world.positions.dtype.names
    members = []
    for row, beliefs in enumerate(world.beliefs.tolist()):
        record = {name: column[row] for name, column in zip(names, columns, strict=True)}
        member = Member(model, row, record, dict(zip(BELIEFS, beliefs, strict=True)))
        member.positions = [Position(fields, values) for values in world.positions[row].tolist()]
        member.ties = world.tie_member[world.tie_start[row] : world.tie_start[row + 1]].tolist()
        members.append(member)
    return members


def join_thread(message: Message, above: Message) -> None:
    """Hang a comment under its parent and tell the parent's author."""
    thread, author = above.thread, message.author
    message.turn = min(above.turn + 1, MOST_TURNS)
    message.parent, message.thread, message.scope, message.page = above, thread, thread.scope, thread.page
    thread.replies.append(message)
    thread.last_tick = message.tick
    thread.comments += 1
    if above is not thread:
        above.comments += 1
    if message.orientation == Orientation.with_:
        above.supporters += 1
    if message.kind == Kind.answer and message.orientation == Orientation.to:
        above.answered = 1
    if above.first_reply < 0:
        above.first_reply = message.tick
        author.sums["first_replies"] += 1.0
        author.sums["reply_hours"] += message.tick - above.tick
    if above.author is not author:
        above.author.comments_received += 1
        above.author.new_comments += 1
        if message.identity < Identity.pseudonym:
            above.author.remember_helper(author.row)
        if not message.treatment:
            above.author.notices.append(message)
        tally_direction(author, above.author)


def tally_direction(member: Member, other: Member) -> None:
    """Count whether a comment goes up, down or across the hierarchy, and whether it leaves the department."""
    member.sums["directed"] += 1.0
    if member.level > other.level:
        member.sums["upward"] += 1.0
    elif member.level < other.level:
        member.sums["downward"] += 1.0
    else:
        member.sums["horizontal"] += 1.0
    if member.department != other.department:
        member.sums["cross_department"] += 1.0


def voice_on(message: Message) -> None:
    """Let an issue surface with its third distinct voice."""
    issue, author = message.issue, message.author
    if issue.voices >= 3 or author.row in (issue.voice_0, issue.voice_1):
        return
    if issue.voices == 0:
        issue.voice_0 = author.row
        issue.begun_below = 0 if author.leads_people else 1
    elif issue.voices == 1:
        issue.voice_1 = author.row
    else:
        issue.surfaced = message.tick
        issue.state = max(issue.state, IssueState.surfaced.value)
    issue.voices += 1


def take_stock(message: Message) -> None:
    """Count whether a thread found readers, replies and answers in its time."""
    sums = message.author.sums
    sums["matured"] += 1.0
    if message.comments == 0:
        message.author.new_orphans += 1
        sums["orphans"] += 1.0
    if message.kind == Kind.question:
        sums["questions"] += 1.0
        sums["answered_questions"] += float(message.answered)
    possible = message.page.visited
    if possible > 0:
        sums["views_share"] += min(1.0, message.views / possible)


def gini(written: list[int]) -> float:
    """Return the Gini coefficient of messages over all members."""
    total = sum(written)
    if total == 0:
        return 0.0
    below, area = 0, 0.0
    for count, writers in sorted(Counter(written).items()):
        reached = below + count * writers
        area += writers * 0.5 * (below + reached)
        below = reached
    return 1.0 - 2.0 * area / (float(total) * len(written))
