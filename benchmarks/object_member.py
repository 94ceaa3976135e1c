"""One member as an ordinary Mesa agent: beliefs are attributes, decisions are methods that call the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa

from benchmarks import plain_luck
from benchmarks.object_arena import NOBODY, Duty, Issue, Message, Page, Position, Wish, collect
from sim import beliefs
from sim.kernel.deciding import NO_LUCK
from sim.kernel.rows import identify
from sim.rules import attendance, audience, choice, leadership, learning, reaction, risk, voice
from sim.rules import wish as wishes
from sim.state import (
    ANSWERS_PER_VISIT,
    BELIEF,
    COMMENTS_PER_VISIT,
    DAYS_PER_WEEK,
    HELPERS,
    MOST_NOTICED,
    OCCASIONS_PER_VISIT,
    SHOWN_HALF_LIVES,
    TICKS_PER_DAY,
    TREATMENTS_KNOWN,
    Errand,
)
from sim.terms import (
    SPOKEN,
    Asking,
    Form,
    Framing,
    Glance,
    Identity,
    IssueKind,
    IssueState,
    Kind,
    Luck,
    Moment,
    Motive,
    Orientation,
    Reaction,
    Response,
    Role,
    Scope,
    Strategy,
)

if TYPE_CHECKING:
    from benchmarks.object_agents import ObjectArena

WEEK = TICKS_PER_DAY * DAYS_PER_WEEK
BELIEFS = BELIEF.names or ()
STRATEGY = [f"strategy_{way.name}" for way in Strategy if way >= 0]
RESPONSE = [f"response_{response.name}" for response in Response]
FADING = sorted(
    {"learning.stance_anchor_days", "learning.unsaid_days", *(each.fades for each in beliefs.BELIEFS if each.fades)}
)
"""The half-lives of what is pulled back overnight."""
MOTIVES = [motive.name for motive in Motive if motive >= 0]

# Looked up for every item: plain numbers, because members of an enum are slow to compare.
ANNOUNCEMENT, ANSWER, NEWS = Kind.announcement.value, Kind.answer.value, Kind.news.value
PSEUDONYM, NAME_AND_POSITION = Identity.pseudonym.value, Identity.name_and_position.value
COWORKER, LINE_MANAGER = Role.coworker.value, Role.line_manager.value
EXECUTIVE, COMMUNICATOR = Role.executive.value, Role.communicator.value
TREATMENTS = range(Response.supportive.value, Response.action.value + 1)


class Member(mesa.Agent):
    """One member: traits, beliefs, positions on issues, and what happened since the last visit."""

    model: ObjectArena
    sums: dict[str, float]  # of the day, of one's role in one's department

    # The fields of BELIEF; those of MEMBER are attributes too.
    safety_line_manager: float
    safety_executives: float
    voice_efficacy: float
    licence_to_critique: float
    credibility: float
    imagined_audience_size: float
    manager_reads: float
    executives_read: float
    persistence: float
    identifiability: float
    identification: float
    engagement: float
    recognition: float
    knows_whom: float
    habit: float
    visited: int
    visited_day: int
    numbered_tick: int
    new_likes: int
    new_comments: int
    new_orphans: int
    new_unanswered: int

    def __init__(self, model: ObjectArena, row: int, record: dict[str, Any], beliefs: dict[str, float]) -> None:
        super().__init__(model)
        self.row = row
        for name, value in {**record, **beliefs}.items():
            setattr(self, name, value)
        self.begin = beliefs
        self.positions: list[Position] = []
        self.ties: list[int] = []
        self.new_responses = [[0] * len(Response), [0] * len(Response)]  # by line managers, by executives
        self.latest_post: Message | None = None
        self.latest_critique: Message | None = None
        self.witnessed: Message | None = None  # the most striking treatment of critique lately read
        self.known_of: list[Message] = []  # treatments last read or heard of
        self.heard_of: Message | None = None  # the one that ties told of last night
        self.draft: Wish | None = None
        self.notices: list[Message] = []
        self.leads_people = self.role in (LINE_MANAGER, EXECUTIVE)
        self.policy = model.policies[1 if self.role == EXECUTIVE else 0]
        self.pages = [model.pages[0], model.pages[1 + self.department]]
        self.pages += [model.pages[model.first_team_page + team] for team in (self.team, self.led_team) if team >= 0]
        self.seen: list[Message] = []
        self.liked: list[Message] = []
        self.wishes: list[Wish] = []
        self.influence = [0.0, 0.0]  # change of stance by coworkers' and by leaders' messages

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def step(self) -> None:
        """Perhaps visit the arena in this hour: read, learn, react, and decide what to do with one's wishes."""
        if plain_luck.uniform(self.model.luck.visit, self.key, 0) < self.visit_chance:
            self.model.visitors.append(self)
            self.visit()

    def expect_visits(self) -> None:
        """Set the chance to visit in an hour: by habit or office, and higher while a notification waits."""
        visits = attendance.visits_a_day(self.base_visits, self.habit)
        if self.leads_people:
            visits = self.policy.presence
        elif self.role == COMMUNICATOR:
            visits = self.model.arena.communicator_presence
        if self.model.arena.notifications and self.new_comments > 0:
            visits = attendance.called_back(visits, self.model.coefficients.attendance)
        self.visit_chance = attendance.chance_to_visit(visits, 1.0 / TICKS_PER_DAY)

    def visit(self) -> None:
        """Read, learn, react, open occasions, and decide."""
        model = self.model
        self.liked, self.wishes, self.influence = [], [], [0.0, 0.0]
        feedback = self.open_inbox()
        self.seen, left_over = collect(self, model.arena)
        relevance = 0.0
        ceiling = reaction.ceiling(self.engagement, self.voice_propensity, model.coefficients.reaction)
        for message in self.seen:
            relevance += self.read(message, ceiling)
        self.see_how_long_things_stay()
        self.leave(len(self.seen), left_over, relevance, feedback)
        self.open_occasions()
        for wish in self.wishes:
            if wish.errand == Errand.wish:
                self.decide(wish)

    # ------------------------------------------------------------ own messages, and the visit as a whole

    def open_inbox(self) -> int:
        """Learn from what happened to one's own messages since the last visit; return how much feedback there was."""
        model, rates = self.model, self.model.rates
        arena = model.arena
        shown = audience.shown_identifiability(arena.identity, model.coefficients.voice)
        self.identifiability = learning.estimate(self.identifiability, shown, rates.composer_weight, rates)
        feedback = self.new_likes + self.new_comments
        for _ in range(min(self.new_comments, MOST_NOTICED)):
            self.recognition = learning.learn(self.recognition, 1.0, 1.0, rates)
        for _ in range(min(self.new_orphans, MOST_NOTICED)):
            self.recognition = learning.learn(self.recognition, 0.0, 1.0, rates)
        for _ in range(min(self.new_unanswered, MOST_NOTICED)):
            self.voice_efficacy = learning.learn(self.voice_efficacy, 0.0, rates.unanswered_weight, rates)
            self.miss_an_answer(1.0)
        post = self.latest_post
        if post is not None and (feedback > 0 or arena.audience_cues):
            possible = float(post.page.visited)
            behind = learning.audience_behind(float(feedback), possible, rates)
            if arena.audience_cues and possible > 0.0:
                behind = min(1.0, post.views / possible)
            self.imagined_audience_size = learning.estimate(self.imagined_audience_size, behind, 1.0, rates)
        for side, counts in enumerate(self.new_responses):
            for response in TREATMENTS:
                for _ in range(counts[response]):
                    self.experience(response, side == 0, 1.0)
                counts[response] = 0
        self.new_likes = self.new_comments = self.new_orphans = self.new_unanswered = 0
        return feedback

    def experience(self, response: int, by_line_manager: bool, weight: float) -> None:
        """Learn from one treatment of critique, own or watched: safety, efficacy, credibility, identification."""
        rates = self.model.rates
        worth = learning.worth_of_treatment(response, rates)
        weight *= learning.weight_of_deed(self.promised, worth, rates)
        if by_line_manager:
            self.safety_line_manager = learning.learn(self.safety_line_manager, worth, weight, rates)
        else:
            self.safety_executives = learning.learn(self.safety_executives, worth, weight, rates)
        said = learning.worth_for_efficacy(response, rates)
        self.voice_efficacy = learning.learn(self.voice_efficacy, said, weight, rates)
        self.credibility = learning.learn(self.credibility, worth, weight, rates)
        weight *= rates.identification_weight
        self.identification = learning.learn(self.identification, worth, weight, rates)

    def miss_an_answer(self, weight: float) -> None:
        """Learn from critique that leaders left unanswered after they had promised to be open."""
        rates = self.model.rates
        weight *= rates.unanswered_weight * (learning.weight_of_deed(self.promised, 0.0, rates) - 1.0)
        self.voice_efficacy = learning.learn(self.voice_efficacy, 0.0, weight, rates)
        self.credibility = learning.learn(self.credibility, 0.0, weight, rates)

    def see_how_long_things_stay(self) -> None:
        """Learn from the thread quiet longest how long things stay: so long at least, no longer once some have left."""
        shown = [page for page in self.pages if page.quiet_since >= 0]
        if not shown:
            return
        rates, page = self.model.rates, min(shown, key=lambda page: page.quiet_since)
        lasting = learning.seem_lasting((self.model.tick - page.quiet_since) / TICKS_PER_DAY / SHOWN_HALF_LIVES, rates)
        if page.lost or lasting > self.persistence:
            self.persistence = learning.estimate(self.persistence, lasting, 1.0, rates)

    def leave(self, items: int, left_over: int, relevance: float, feedback: int) -> None:
        """Learn from the visit as a whole: was it worth it, does it engage."""
        model, rates = self.model, self.model.rates
        gave = attendance.usefulness(relevance, float(feedback), model.coefficients.attendance)
        self.habit = attendance.accustom(self.habit, gave, model.coefficients.attendance)
        meaningfulness = 0.5 * (self.voice_efficacy + self.recognition)
        safety = 0.5 * (self.safety_line_manager + self.safety_executives)
        availability = self.attention / float(self.attention + left_over)
        self.engagement = learning.engage(self.engagement, meaningfulness, safety, availability, rates)
        self.last_visit = model.tick
        self.visits += 1
        self.items_read += items

    # ------------------------------------------------------------ reading

    def read(self, message: Message, ceiling: tuple[float, float]) -> float:
        """Learn from one item and react to it; return how relevant it was, in [0, 1]."""
        position = self.positions[message.issue.number]
        recognised = self.recognises(message)
        if recognised:
            self.notice_superior(message)
        if message.treatment:
            self.watch_treatment(message)
        elif message.kind == ANNOUNCEMENT:
            self.hear_promise(message)
        else:
            if message.disclosure:
                self.hear_disclosure(message)
            self.notice_silence(message)
            self.learn_opinion(message, position)
            self.learn_who_knows(message, position)
            both = plain_luck.pair(self.key, message.key)
            mark = plain_luck.uniform(self.model.luck.reaction, both, 0)
            asking = self.asking_of(message)
            if not reaction.is_passed_on(mark, ceiling, asking, self.model.coefficients.reaction):
                self.react(message, position, recognised, mark, asking)
        if self.leads_people:
            self.consider_answer(message)
        elif self.role == COMMUNICATOR:
            self.consider_care(message)
        return position.concern

    def recognises(self, message: Message) -> bool:
        """Say whether one sees who the author is: by a badge, by a position, or because it is the own manager."""
        if message.identity >= PSEUDONYM:
            return False
        if message.identity == NAME_AND_POSITION or message.author.row == self.manager:
            return True
        return bool(self.model.arena.leader_badges) and message.author_role != COWORKER

    def notice_superior(self, message: Message) -> None:
        """Being seen in the arena makes a superior a reader one expects."""
        rates = self.model.rates
        if message.author.row == self.manager:
            self.manager_reads = learning.estimate(self.manager_reads, 1.0, rates.presence_weight, rates)
        if message.author_role == EXECUTIVE:
            self.executives_read = learning.estimate(self.executives_read, 1.0, rates.presence_weight, rates)

    def is_led_by(self, leader: Member) -> bool:
        """Say whether one is in a leader's chain of command, below."""
        return leader.first < self.first < leader.last

    def source_weight(self, leader: Member) -> float:
        """Return what a leader's conduct counts to one who watches: more in one's own chain of command."""
        rates = self.model.rates
        return rates.watched_weight if self.is_led_by(leader) else rates.elsewhere_weight

    def watch_treatment(self, message: Message) -> None:
        """Learn from how a leader treats what somebody else said."""
        rates, leader, treated = self.model.rates, message.author, message.parent
        assert treated is not None
        weight = self.source_weight(leader)
        if treated.criticality > 0.0:
            new = 1.0 - rates.gossip_weight if message in self.known_of else 1.0
            self.witness(message)
            self.experience(message.treatment, self.as_line_manager(leader), weight * new)
            worth = learning.worth_for_licence(treated.criticality, message.treatment, rates)
            weight *= rates.impression_weight
            self.licence_to_critique = learning.estimate(self.licence_to_critique, worth, weight, rates)
        if message.treatment == Response.action:
            position = self.positions[treated.issue.number]
            position.concern = learning.relieve(position.concern, rates)

    def hear_promise(self, message: Message) -> None:
        """Take an announcement of openness as good news, as far as leaders are believed."""
        rates = self.model.rates
        weight = rates.announcement_weight * self.credibility
        weight *= learning.news_in_promise(message.stance, self.promised)
        self.promised = max(self.promised, rates.promise_memory * message.stance)
        if message.stance > self.safety_executives:
            self.safety_executives = learning.learn(self.safety_executives, message.stance, weight, rates)
        if message.stance > self.voice_efficacy:
            self.voice_efficacy = learning.learn(self.voice_efficacy, message.stance, weight, rates)

    def hear_disclosure(self, message: Message) -> None:
        """Feel safer with a leader who speaks of own doubts."""
        rates, leader = self.model.rates, message.author
        weight = rates.disclosure_weight * self.source_weight(leader)
        if self.as_line_manager(leader):
            self.safety_line_manager = learning.learn(self.safety_line_manager, 1.0, weight, rates)
        else:
            self.safety_executives = learning.learn(self.safety_executives, 1.0, weight, rates)

    def learn_opinion(self, message: Message, position: Position) -> None:
        """Learn climate, licence, who knows, and one's own view from a voice that is heard."""
        rates = self.model.rates
        visible = self.model.visible_support(message)
        impression = learning.impression(visible, rates)
        favour = learning.side_taken(message.stance)
        position.climate = learning.estimate(position.climate, favour, impression, rates)
        worth = learning.worth_for_licence(message.criticality, message.leader_response, rates)
        self.licence_to_critique = learning.estimate(self.licence_to_critique, worth, rates.impression_weight, rates)
        known = learning.seem_to_know(1.0 + visible, rates)
        position.others_know = learning.estimate(position.others_know, known, rates.impression_weight, rates)
        if message.criticality > 0.0:
            position.concern = learning.worry(position.concern, known, rates)
        by_executive = message.author_role == EXECUTIVE
        trusted = self.credibility if by_executive else 1.0
        before = position.stance
        position.stance = learning.hear(before, message.stance, trusted, rates)
        by_leaders = by_executive or message.author_role == LINE_MANAGER
        self.influence[by_leaders] += abs(position.stance - before)

    def learn_who_knows(self, message: Message, position: Position) -> None:
        """Overhear who knows what and who talks to whom, where authors can be recognised."""
        if message.identity >= PSEUDONYM:
            return
        rates = self.model.rates
        if message.kind == ANSWER or message.kind == NEWS:
            position.knows_what = learning.overhear(position.knows_what, rates)
        if message.parent is not None:
            self.knows_whom = learning.overhear(self.knows_whom, rates)

    # ------------------------------------------------------------ promises and hearsay

    def as_line_manager(self, leader: Member) -> bool:
        """Say whether what a leader does tells of line managers, and not of executives."""
        return bool(leader.row == self.manager or leader.role != EXECUTIVE)

    def notice_silence(self, message: Message) -> None:
        """Notice critique that nobody in charge has answered in time."""
        rates, due = self.model.rates, self.model.tick - message.tick
        if message.criticality > 0.0 and not message.leader_response and due >= rates.unanswered_days * TICKS_PER_DAY:
            near = self.team >= 0 and self.team == message.author.team
            self.miss_an_answer(rates.watched_weight if near else rates.elsewhere_weight)

    def witness(self, message: Message) -> None:
        """Keep a treatment that was read in mind; the most striking one of the last days is what one retells."""
        self.remember(message)
        felt = self.safety_line_manager if self.as_line_manager(message.author) else self.safety_executives
        worth = learning.worth_of_treatment(message.treatment, self.model.rates)
        striking = learning.strikingness(worth, felt)
        if striking >= self.striking or not self.is_fresh(self.witnessed):
            self.witnessed, self.striking = message, striking

    def remember(self, message: Message) -> None:
        """Keep a treatment in mind in the place of the one that has been there longest."""
        self.known_of.append(message)
        if len(self.known_of) > TREATMENTS_KNOWN:
            self.known_before = max(self.known_before, self.known_of.pop(0).tick)
        self.known_next = (self.known_next + 1) % TREATMENTS_KNOWN

    def is_fresh(self, message: Message | None) -> bool:
        """Say whether a treatment is still worth retelling."""
        days = self.model.rates.gossip_days
        return message is not None and self.model.tick - message.tick <= days * TICKS_PER_DAY

    def retell(self) -> None:
        """Tell ties of the most striking treatment lately read; of several stories the latest is heard."""
        story, model = self.witnessed, self.model
        if story is None or not self.is_fresh(story):
            return
        for row in self.ties:
            other = model.members[row]
            mark = plain_luck.uniform(model.luck.gossip, plain_luck.pair(self.key, other.key), 0)
            if mark < model.rates.gossip * self.striking:
                other.listen(story)

    def listen(self, story: Message) -> None:
        """Hear a story that is new, has to do with others, and is later than one heard today."""
        own = story.author is self or (story.parent is not None and story.parent.author is self)
        if own or story.tick <= self.known_before or story in self.known_of:
            return
        heard = self.heard_of
        if heard is None or (story.tick, story.key) > (heard.tick, heard.key):
            self.heard_of = story

    # ------------------------------------------------------------ reacting

    def react(self, message: Message, position: Position, recognised: bool, mark: float, asking: Asking) -> None:
        """Choose a reaction to one item; a like is noted, a comment becomes a wish."""
        glance = self.glance_at(message, position, recognised, asking)
        reacted = reaction.react(glance, self.model.coefficients, mark)
        if reacted == Reaction.like:
            self.liked.append(message)
        elif reacted != Reaction.pass_:
            self.comment(message, position, reacted - Reaction.to.value, glance)

    def remember_helper(self, other: int) -> None:
        """Keep in mind that somebody answered; who did so longest ago is forgotten."""
        self.helpers = [other, *(row for row in self.helpers if row != other)][:HELPERS]

    def asking_of(self, message: Message) -> Asking:
        """Return whether an item asks for an answer."""
        owed = 1.0 if message.identity < PSEUDONYM and message.author.row in self.helpers else 0.0
        if message.parent is not None:
            return Asking(0.0, 0.0, 1.0 if message.parent.author is self else 0.0, float(message.turn), owed)
        if message.comments:
            return Asking(0.0, 0.0, 0.0, 0.0, owed)
        return Asking(1.0, reaction.bystanders(float(message.page.visited)), 0.0, 0.0, owed)

    def glance_at(self, message: Message, position: Position, recognised: bool, asking: Asking) -> Glance:
        """Return what one sees of an item, and brings to it."""
        by_manager = message.author.row == self.manager
        by_executive = message.author_role == EXECUTIVE and self.role != EXECUTIVE
        tied = message.identity < PSEUDONYM and message.author.row in self.ties
        return Glance(
            agreement=reaction.agreement(position.stance, message.stance),
            concern=position.concern,
            question=1.0 if message.kind == Kind.question else 0.0,
            expertise=position.expertise,
            unsaid=position.unsaid,
            conviction=abs(position.stance),
            tie=1.0 if tied else 0.0,
            superior=1.0 if recognised and (by_manager or by_executive) else 0.0,
            safety=self.safety_line_manager if by_manager else self.safety_executives,
            risk_sensitivity=self.risk_sensitivity,
            voice_propensity=self.voice_propensity,
            engagement=self.engagement,
            crowd=reaction.crowd(message.thread.comments),
            nested=1.0 if message.parent is not None else 0.0,
            alone=asking.alone,
            bystanders=asking.bystanders,
            mine=asking.mine,
            turn=asking.turn,
            owed=asking.owed,
        )

    def comment(self, message: Message, position: Position, orientation: int, glance: Glance) -> None:
        """Wish to comment: weighed like a post where it could cost anything, else simply made."""
        if sum(wish.errand <= Errand.comment for wish in self.wishes) >= COMMENTS_PER_VISIT:
            return
        coefficients = self.model.coefficients.voice
        own = voice.criticality_of_wish(message.issue.criticality, position.stance)
        k = reaction.criticality_of_comment(orientation, message.criticality, own, glance.superior, coefficients)
        costs = risk.could_cost(k, glance.superior, glance.tie, coefficients)
        wish = self.add_wish(Errand.wish if costs else Errand.comment, message.issue, message)
        wish.form, wish.orientation, wish.criticality = Form.comment.value, orientation, k
        if orientation == Orientation.to:
            wish.kind = (Kind.answer if message.kind == Kind.question else Kind.question).value
        elif k > 0.0:
            wish.kind = Kind.concern.value
        elif message.stance > 0.0 and orientation == Orientation.with_:
            wish.kind = Kind.praise.value
        else:
            wish.kind = Kind.news.value

    def add_wish(self, errand: int, issue: Issue, about: Message | None = None) -> Wish:
        """Note what this visit gives rise to; return it for more to be added."""
        wish = Wish(errand, self.model.tick, self, issue, about)
        self.wishes.append(wish)
        return wish

    def answers_promised(self) -> int:
        """Return how many answers this visit has given rise to so far."""
        return sum(wish.errand > Errand.comment for wish in self.wishes)

    def consider_answer(self, message: Message) -> None:
        """Decide, as a leader with time left, whether to answer a message from below."""
        if message.claimed or message.treatment or message.kind == ANNOUNCEMENT:
            return
        asks = message.criticality > 0.0 or message.kind in (Kind.question, Kind.suggestion)
        if self.role == LINE_MANAGER:
            below = message.author.is_led_by(self)
        else:
            below = message.author_role in (COWORKER, COMMUNICATOR, LINE_MANAGER)
        if not (asks and below):
            return
        promised = self.answers_promised()
        if promised >= ANSWERS_PER_VISIT or promised >= self.answers_left:
            return
        coefficients, luck = self.model.coefficients, self.model.luck
        shown = audience.shown_identifiability(message.identity, coefficients.voice)
        expertise = message.author.positions[message.issue.number].expertise
        strategic = 1.0 if self.role == EXECUTIVE and message.framing == Framing.strategic else 0.0
        credible = leadership.credibility_of_author(shown, expertise)
        supporters = self.model.visible_support(message)
        likely = leadership.chance_to_answer(
            self.policy.responsiveness, supporters, credible, strategic, coefficients.leading
        )
        if plain_luck.uniform(luck.response, plain_luck.pair(self.key, message.key), 0) < likely:
            self.add_wish(Errand.answer, message.issue, message)

    def consider_care(self, message: Message) -> None:
        """Answer, as a community manager, a thread that nobody answered, or lift one to everyone."""
        if message.thread is not message or self.answers_promised() >= ANSWERS_PER_VISIT:
            return
        model, arena = self.model, self.model.arena
        both = plain_luck.pair(self.key, message.key)
        orphan = message.comments == 0 and model.tick - message.tick >= model.coefficients.leading.orphan_hours
        if orphan and plain_luck.uniform(model.luck.orphan_answer, both, 0) < arena.orphan_answering:
            self.add_wish(Errand.orphan, message.issue, message)
            return
        local = message.scope != Scope.organization and not message.amplified
        if local and plain_luck.uniform(model.luck.amplification, both, 0) < arena.amplification:
            self.add_wish(Errand.amplify, message.issue, message)

    # ------------------------------------------------------------ occasions

    def open_occasions(self) -> None:
        """Open this visit's occasions: the draft that waits, what comes to mind, a concern to be reframed."""
        luck, issues = self.model.luck, self.model.issues
        draft, self.draft = self.draft, None
        if draft is not None:
            self.reopen(draft)
        pulls = [
            wishes.pull(issue.comes_to_mind, position.stance, position.unsaid, self.model.coefficients.voice)
            for issue, position in zip(issues, self.positions, strict=True)
        ]
        total = 0.0
        for pull in pulls:  # in their order: `sum` of newer Pythons rounds otherwise
            total += pull
        often = wishes.occasions(self.occasions_per_visit, self.recognition, self.model.coefficients.voice)
        mark = plain_luck.uniform(luck.occasion_count, self.key, 0)
        count = wishes.how_many(often * total, mark, OCCASIONS_PER_VISIT)
        chosen = None
        for n in range(count):
            mark = plain_luck.uniform(luck.occasion_issue, self.key, n) * total
            issue = pick(issues, pulls, mark)
            if issue is not chosen and (draft is None or issue is not draft.issue):
                self.open_post(issue)
            chosen = issue
        self.reframe()

    def reopen(self, draft: Wish) -> None:
        """Take up the draft kept at an earlier visit."""
        wish = self.add_wish(Errand.wish, draft.issue, draft.about)
        wish.draft_of, wish.form, wish.orientation = draft.occasion_id, draft.form, draft.orientation
        wish.meant, wish.kind, wish.criticality = draft.meant, draft.kind, draft.criticality

    def open_post(self, issue: Issue) -> None:
        """Open an occasion to begin a thread on an issue."""
        coefficients, position = self.model.coefficients.voice, self.positions[issue.number]
        k = voice.criticality_of_wish(issue.criticality, position.stance)
        mark = plain_luck.uniform(self.model.luck.kind_of_message, self.key, issue.number)
        kind = voice.kind_of_post(issue.kind, k, position.expertise, position.concern, mark, coefficients)
        if kind == Kind.question:
            k = voice.criticality_of_question(k, position.expertise, coefficients)
        wish = self.add_wish(Errand.wish, issue)
        wish.form, wish.kind, wish.criticality = Form.post.value, kind, k
        wish.meant = self.scope_meant(issue)

    def scope_meant(self, issue: Issue) -> int:
        """Return how wide a post is meant: for one tie, the page where they meet, or for whoever is there."""
        luck, share = self.model.luck.addressee, self.model.coefficients.voice.addressing
        if not self.ties or plain_luck.uniform(luck, self.key, 2 * issue.number) >= share:
            return Scope.organization.value
        mark = plain_luck.uniform(luck, self.key, 2 * issue.number + 1)
        tie = self.model.members[self.ties[int(mark * len(self.ties))]]
        team = self.led_team if self.led_team >= 0 else self.team
        if team >= 0 and team in (tie.team, tie.led_team):
            return Scope.team.value
        return (Scope.department if tie.department == self.department else Scope.organization).value

    def scope_of(self, wish: Wish) -> int:
        """Return the scope that a post goes to: what it is meant for, but never wider than the arena's own."""
        return min(self.model.arena.scope, wish.meant)

    def reframe(self) -> None:
        """Perhaps say once more, as strategic, a concern that found support."""
        message, rates = self.latest_critique, self.model.rates
        if message is None or message.framing == Framing.strategic:
            return
        if self.model.visible_support(message) < rates.reframing_supporters:
            return
        if plain_luck.uniform(self.model.luck.reframe, self.key, 0) < rates.reframing:
            wish = self.add_wish(Errand.wish, message.issue, message)
            wish.form, wish.orientation = Form.comment.value, Orientation.with_.value
            wish.kind = Kind.concern.value
            wish.criticality = wishes.reframed(message.criticality, rates)

    # ------------------------------------------------------------ deciding

    def moment_of(self, wish: Wish) -> Moment:
        """Return what one sees and feels at an occasion; all that a voice rule ever knows."""
        position = self.positions[wish.issue.number]
        return self.picture(wish, position.stance, position.concern)

    def picture(self, wish: Wish, stance: float, concern: float) -> Moment:
        """Return how a wish looks to oneself, were this one's view of the issue and this one's concern."""
        model, position, arena = self.model, self.positions[wish.issue.number], self.model.arena
        coefficients, is_comment = model.coefficients.voice, wish.form == Form.comment
        if wish.about is not None and is_comment:
            scope, page = wish.about.scope, wish.about.page
        else:
            scope = self.scope_of(wish)
            page = self.home(scope)
        narrower, has_manager = max(scope - 1, 0), self.manager >= 0
        return Moment(
            criticality=wish.criticality,
            stance=stance,
            concern=concern,
            agreement=position.climate if stance >= 0.0 else 1.0 - position.climate,
            others_know=position.others_know,
            voice_propensity=self.voice_propensity,
            risk_sensitivity=self.risk_sensitivity,
            implicit_voice_theory=self.implicit_voice_theory,
            safety_line_manager=self.safety_line_manager,
            safety_executives=self.safety_executives,
            voice_efficacy=self.voice_efficacy,
            licence_to_critique=self.licence_to_critique,
            identification=self.identification,
            engagement=self.engagement,
            audience=self.imagined_audience_size * model.share_of(page),
            manager_reads=audience.manager_reads(self.manager_reads, scope, coefficients) if has_manager else 0.0,
            executives_read=audience.executives_read(self.executives_read, scope, coefficients),
            narrow_audience=self.imagined_audience_size * model.share_of(self.home(narrower)),
            narrow_manager_reads=audience.manager_reads(self.manager_reads, narrower, coefficients)
            if has_manager
            else 0.0,
            narrow_executives_read=audience.executives_read(self.executives_read, narrower, coefficients),
            identifiability=self.identifiability,
            persistence=self.persistence,
            narrow_open=1.0 if not is_comment and scope > Scope.team else 0.0,
            anonymous_open=1.0 if arena.anonymous_posts else 0.0,
            is_comment=1.0 if is_comment else 0.0,
        )

    def home(self, scope: int) -> Page:
        """Return the page of a scope: everyone, the department, the team (for leaders: the one led)."""
        pages = self.model.pages
        if scope == Scope.organization:
            return pages[0]
        team = self.led_team if self.led_team >= 0 else self.team
        if scope == Scope.department or team < 0:
            return pages[1 + self.department]
        return pages[self.model.first_team_page + team]

    def luck_of(self, wish: Wish) -> Luck:
        """Return the luck of one decision, keyed by who decides and on what."""
        who = self.key if wish.about is None else plain_luck.pair(self.key, wish.about.key)
        first = (wish.issue.number * 2 + (1 if wish.draft_of >= 0 else 0)) * 16
        return Luck(*plain_luck.gumbels(self.model.luck.strategy, who, first, len(Luck._fields)))

    def decide(self, wish: Wish) -> None:
        """Let the rules decide one occasion, and note what was weighed and why it stayed unspoken."""
        model, coefficients = self.model, self.model.coefficients
        moment = self.moment_of(wish)
        made = choice.speak(moment, coefficients, self.luck_of(wish))
        if self.numbered_tick != model.tick:
            self.numbered_tick, self.numbered, self.weighed = model.tick, 0, 0
        wish.occasion_id = int(identify(model.tick, self.row, self.weighed))
        self.weighed += 1
        looked = voice.appraise(moment, choice.NO_RELIEF, coefficients, 1.0, 0.0, moment.identifiability)
        wish.strategy = made.strategy
        wish.weighed = {
            "concern": moment.concern,
            "urge": looked.urge,
            "threat_superiors": max(looked.threat_manager, looked.threat_executives),
            "threat_peers": looked.threat_peers,
            "threat_image": looked.threat_image,
            "inhibition": looked.inhibition,
            "p_spoken": made.p_spoken,
        }
        if made.strategy >= SPOKEN:
            why = choice.why_silent(moment, coefficients)
            wish.motive = why.motive
            wish.weighed.update({f"motive_{name}": getattr(why, name) for name in MOTIVES})

    # ------------------------------------------------------------ publishing

    def publish(self) -> None:
        """Make what the visit gave rise to part of the arena."""
        self.tally_visit()
        for wish in self.wishes:
            if wish.errand == Errand.wish:
                self.carry_out(wish)
            elif wish.errand == Errand.comment:
                self.publish_comment(wish)
            elif wish.errand == Errand.answer:
                self.promise_answer(wish)
            elif wish.errand == Errand.orphan:
                self.answer_orphan(wish)
            elif wish.about is not None and not wish.about.amplified:
                wish.about.amplified = 1
                self.model.pages[0].show(wish.about)

    def tally_visit(self) -> None:
        """Count a visit, its views and likes, and tell the authors."""
        sums, day = self.sums, self.model.tick // TICKS_PER_DAY
        sums["visits"] += 1.0
        sums["items"] += len(self.seen)
        sums["influence_coworkers"] += self.influence[0]
        sums["influence_leaders"] += self.influence[1]
        if self.visited_day != day:
            self.visited_day = day
            sums["visitors"] += 1.0
        if not self.visited:
            self.visited = 1
            for page in self.pages:
                page.visited += 1
        for message in self.seen:
            message.views += 1
        for message in self.liked:
            message.likes += 1
            message.supporters += 1
            self.likes_given += 1
            message.author.likes_received += 1
            message.author.new_likes += 1
            sums["likes"] += 1.0

    def carry_out(self, wish: Wish) -> None:
        """Do what was decided about a wish, and keep it in the ledger."""
        strategy, position = wish.strategy, self.positions[wish.issue.number]
        self.occasions += 1
        if strategy < SPOKEN:
            self.spoken += 1
            wish.message = self.publish_wish(wish)
        elif strategy == Strategy.only_positive:
            wish.message = self.publish_facade(wish)
        elif strategy == Strategy.withhold:
            self.withheld += 1
        elif strategy != Strategy.other_channel:
            self.draft = wish
            if strategy == Strategy.second_opinion:
                self.ask_a_tie(wish)
        if strategy < SPOKEN or strategy == Strategy.other_channel:
            position.unsaid *= self.model.rates.unsaid_floor
        self.tally_wish(wish)
        self.model.ledger.append(ledger_row(wish))

    def tally_wish(self, wish: Wish) -> None:
        """Count a wish, its strategy and, where it stayed unspoken, its motives."""
        sums = self.sums
        sums["wishes"] += 1.0
        sums["p_spoken"] += wish.weighed["p_spoken"]
        sums[STRATEGY[wish.strategy]] += 1.0
        if wish.strategy < SPOKEN:
            sums["spoken"] += 1.0
            if wish.criticality > 0.0 and wish.kind != Kind.question:
                sums["critical"] += 1.0
            return
        for name in MOTIVES:
            sums[f"motive_{name}"] += wish.weighed[f"motive_{name}"]

    def ask_a_tie(self, wish: Wish) -> None:
        """Ask a colleague in private: their true view moves the perceived climate."""
        if self.ties:
            mark = plain_luck.uniform(self.model.luck.second_opinion, self.key, wish.issue.number)
            tie = self.model.members[self.ties[int(mark * len(self.ties))]]
            side = learning.side_taken(tie.positions[wish.issue.number].stance)
            position = self.positions[wish.issue.number]
            position.climate = learning.estimate(position.climate, side, 1.0, self.model.rates)

    def publish_wish(self, wish: Wish) -> Message:
        """Publish a wish as its strategy says."""
        model, strategy, coefficients = self.model, wish.strategy, self.model.coefficients.voice
        message = model.new_message(self, wish.issue)
        softening = coefficients.rephrase_softening if strategy == Strategy.rephrase else 1.0
        message.criticality = wish.criticality * softening
        message.stance = self.positions[wish.issue.number].stance * softening
        message.kind, message.orientation, message.strategy = wish.kind, wish.orientation, strategy
        if strategy == Strategy.anonymous:
            message.identity = Identity.anonymous.value
        if wish.form == Form.post:
            message.scope = self.scope_of(wish) - (strategy == Strategy.narrow)
            message.page = self.home(message.scope)
        elif wish.about is self.latest_critique and wish.orientation == Orientation.with_:
            message.framing = Framing.strategic.value
            if wish.about is not None:
                wish.about.framing = Framing.strategic.value
        model.place(message, wish.about)
        if message.criticality > 0.0 and wish.form == Form.post and message.identity != Identity.anonymous:
            self.latest_critique = message
        return message

    def publish_facade(self, wish: Wish) -> Message:
        """Publish something pleasant instead of the wish."""
        model = self.model
        message = model.new_message(self, wish.issue)
        message.stance = model.coefficients.voice.facade_stance
        message.kind, message.strategy = Kind.praise.value, Strategy.only_positive.value
        if wish.form == Form.post:
            message.scope = self.scope_of(wish)
            message.page = self.home(message.scope)
        else:
            message.orientation = Orientation.with_.value
        model.place(message, wish.about)
        return message

    def publish_comment(self, wish: Wish) -> None:
        """Publish a comment that needed no weighing."""
        message = self.model.new_message(self, wish.issue)
        message.stance = self.positions[wish.issue.number].stance
        message.kind, message.orientation = wish.kind, wish.orientation
        self.model.place(message, wish.about)

    def promise_answer(self, wish: Wish) -> None:
        """Put an answer on one's list, unless another leader was faster."""
        message = wish.about
        if message is not None and not message.claimed and self.answers_left > 0:
            message.claimed = 1
            self.answers_left -= 1
            due = self.model.tick + int(self.policy.delay_hours)
            self.model.duties.append(Duty(due, self, message, Response.none.value))

    def answer_orphan(self, wish: Wish) -> None:
        """Answer a thread that nobody else has answered yet."""
        if wish.about is None or wish.about.comments > 0:
            return
        message = self.model.new_message(self, wish.issue)
        message.stance = self.positions[wish.issue.number].stance
        message.kind = (Kind.answer if wish.about.kind == Kind.question else Kind.news).value
        message.orientation = Orientation.to.value
        self.model.place(message, wish.about)

    # ------------------------------------------------------------ leading

    def respond_as_due(self, duty: Duty) -> int:
        """Answer as one's openness has it, or act; return when action will follow, -1 if it will not."""
        message, model = duty.message, self.model
        if duty.response:
            self.respond(message, duty.response)
            return NOBODY
        if message.leader_response:
            return NOBODY
        both = plain_luck.pair(self.key, message.key)
        marks = [plain_luck.uniform(model.luck.response_kind, both, item) for item in range(2)]
        response = self.treatment_of(message.criticality, marks)
        self.respond(message, response)
        follows = plain_luck.uniform(model.luck.follow_through, both, 0) < self.policy.follow_through
        if response == Response.supportive and follows:
            return model.tick + max(1, int(model.coefficients.leading.action_days * TICKS_PER_DAY))
        return NOBODY

    def treatment_of(self, criticality: float, marks: list[float]) -> int:
        """Return how one treats critique, wherever it is voiced."""
        openness = leadership.own_openness(self.policy.openness, self.openness_leaning)
        p_supportive = leadership.chance_supportive(openness, criticality, self.model.coefficients.leading)
        return leadership.treat(p_supportive, self.policy.sanction, *marks)

    def treat_in_team(self) -> int:
        """Return how one treated critique in one's team today; 0 where there was none."""
        model, rates = self.model, self.model.rates
        marks = [plain_luck.uniform(model.luck.team_talk, self.key, item) for item in range(3)]
        if marks[0] >= rates.team_talks * self.policy.responsiveness:
            return Response.none.value
        response = self.treatment_of(rates.team_talk_criticality, marks[1:])
        follows = response == Response.supportive and marks[2] < self.policy.follow_through
        return Response.action.value if follows else response

    def respond(self, treated: Message, response: int) -> None:
        """Publish a leader's response to a message and tell its author."""
        model, issue, author = self.model, treated.issue, treated.author
        message = model.new_message(self, issue)
        welcome = response in (Response.supportive, Response.action)
        message.kind, message.treatment = Kind.answer.value, response
        message.orientation = (Orientation.to if welcome else Orientation.against).value
        message.stance = self.positions[issue.number].stance
        model.place(message, treated)
        treated.leader_response, treated.response_tick = response, model.tick
        self.sums[RESPONSE[response]] += 1.0
        side = 1 if self.role == EXECUTIVE and self.row != author.manager else 0
        if treated.criticality > 0.0:
            author.new_responses[side][response] += 1
        if issue.answered < 0:
            issue.answered = model.tick
            issue.state = max(issue.state, IssueState.answered.value)
        if response == Response.action and issue.resolved < 0:
            issue.resolved, issue.state = model.tick, IssueState.resolved.value

    def announce(self, promised: float) -> None:
        """Publish an announcement of openness to everyone."""
        message = self.model.new_message(self, self.model.issues[0])
        message.kind, message.stance = Kind.announcement.value, promised
        self.model.place(message, None)

    def perhaps_disclose(self) -> None:
        """Speak, at an hour of one's own in the week, of doubts about the most pressing issue."""
        model, stream = self.model, self.model.luck.self_disclosure
        if int(plain_luck.uniform(stream, self.key, 0) * WEEK) != model.tick % WEEK:
            return
        if plain_luck.uniform(stream, self.key, 1) >= self.policy.self_disclosure:
            return
        issue = max(model.issues, key=lambda each: each.criticality * each.comes_to_mind)
        message = model.new_message(self, issue)
        message.kind, message.disclosure = Kind.concern.value, 1
        message.criticality = model.coefficients.leading.disclosure_criticality * issue.criticality
        message.stance = -abs(self.positions[issue.number].stance)
        message.scope, message.page = model.arena.scope, self.home(model.arena.scope)
        model.place(message, None)

    # ------------------------------------------------------------ the day's end

    def learn_overnight(self) -> None:
        """Learn from how one's manager treated critique in the team, and from what ties told."""
        rates, heard = self.model.rates, self.heard_of
        if self.manager >= 0 and self.model.members[self.manager].team_talk:
            self.experience(self.model.members[self.manager].team_talk, True, rates.watched_weight)
        if heard is not None:
            self.heard_of = None
            self.remember(heard)
            self.hearsay += 1
            leader = heard.author
            weight = rates.gossip_weight * self.source_weight(leader)
            self.experience(heard.treatment, self.as_line_manager(leader), weight)

    def sleep(self, kept: dict[str, float], promise: float) -> None:
        """Let the work outside the arena pull beliefs back."""
        self.promised *= promise
        for each in beliefs.BELIEFS:
            if each.fades:
                home = self.begin[each.name] if each.starts else 0.0
                setattr(self, each.name, learning.forget(getattr(self, each.name), home, kept[each.fades]))
        anchored, remembered = kept["learning.stance_anchor_days"], kept["learning.metaknowledge_days"]
        for position in self.positions:
            position.stance = learning.forget(position.stance, position.start_stance, anchored)
            position.concern = learning.forget(position.concern, position.start_concern, anchored)
            position.unsaid = learning.forget(position.unsaid, 1.0, kept["learning.unsaid_days"])
            position.knows_what = learning.forget(position.knows_what, position.start_knows_what, remembered)

    def be_asked(self) -> None:
        """Say, on a weekday of one's own, how likely one would speak of an issue, had one's view of it not changed."""
        issues, day = self.model.issues, self.model.tick // TICKS_PER_DAY
        if not issues or (self.key + day) % 2**64 % DAYS_PER_WEEK or not (self.base_visits > 0.0 or self.role):
            return
        issue = issues[(self.key // DAYS_PER_WEEK + day // DAYS_PER_WEEK) % len(issues)]
        position = self.positions[issue.number]
        k = voice.criticality_of_wish(issue.criticality, position.start_stance)
        if k > 0.0:
            wish = Wish(Errand.wish, self.model.tick, self, issue, criticality=k)
            moment = self.picture(wish, position.start_stance, position.start_concern)
            self.sums["asked"] += 1.0
            self.sums["willingness"] += choice.speak(moment, self.model.coefficients, Luck(*NO_LUCK)).p_spoken

    def report(self) -> None:
        """Add one's own state to the day's sums."""
        sums = self.sums
        day = self.model.tick // TICKS_PER_DAY
        sums["members"] += 1.0
        if self.visited_day == day and self.contributed_day != day:
            sums["readers"] += 1.0
        for name in BELIEFS:
            sums[name] += getattr(self, name)
        for position, issue in zip(self.positions, self.model.issues, strict=True):
            sums["climate_gap"] += abs(position.climate - issue.true_climate)
            deviation = position.stance - issue.mean_stance
            sums["stance_deviation"] += deviation * deviation
            sums["positions"] += 1.0
            if issue.kind == IssueKind.knowledge:
                sums["knows_what"] += position.knows_what
                sums["knows_what_count"] += 1.0
            elif issue.kind == IssueKind.identity:
                sums["identity_stance"] += position.stance
                sums["identity_positions"] += 1.0


def pick(issues: list[Issue], pulls: list[float], mark: float) -> Issue:
    """Return the issue that a mark between 0 and the sum of all pulls falls on."""
    for issue, pull in zip(issues, pulls, strict=True):
        mark -= pull
        if mark < 0.0:
            return issue
    return issues[-1]


def ledger_row(wish: Wish) -> dict[str, Any]:
    """Return the row of the silence ledger that an occasion becomes."""
    return {
        "occasion_id": wish.occasion_id,
        "draft_of": wish.draft_of,
        "tick": wish.tick,
        "member": wish.member.row,
        "about": NOBODY if wish.about is None else wish.about.at,
        "message": NOBODY if wish.message is None else wish.message.at,
        "issue": wish.issue.number,
        "form": wish.form,
        "orientation": wish.orientation,
        "kind": wish.kind,
        "strategy": wish.strategy,
        "motive": wish.motive,
        "criticality": wish.criticality,
        **wish.weighed,
    }
