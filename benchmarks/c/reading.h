/* Reading one item: learn from it, react to it, and, as a leader, perhaps answer it (sim/kernel/reading.py). */

struct visit {
    const struct world *w;
    const struct coefficients *c;
    const struct streams *luck;
    int64_t tick, place, row;
    struct member *member;
    struct belief *belief;
    struct ceiling ceiling;
};

static inline int recognises(const struct visit *v, const struct message *message)
{
    if (message->identity >= Identity_pseudonym) return 0;
    if (message->identity == Identity_name_and_position || message->author == v->member->manager) return 1;
    return v->w->arena->leader_badges && message->author_role != Role_coworker;
}

static void watch_treatment(const struct visit *v, int64_t at, const struct message *message,
                            const struct member *leader)
{
    const struct learning *r = &v->c->learning;
    const struct message *treated = &v->w->messages[message->parent];
    double weight = source_weight(leader, v->member, r);
    if (treated->criticality > 0.0) {
        const int by_line_manager = as_line_manager(v->w, v->member, message->author);
        const double new = knows_of(v->member, at) ? 1.0 - r->gossip_weight : 1.0;
        witness(v->w, v->c, v->tick, v->member, v->belief, at, by_line_manager);
        experience(v->c, v->member, v->belief, message->treatment, by_line_manager, weight * new);
        const double worth = worth_for_licence(treated->criticality, message->treatment, r);
        weight *= r->impression_weight * r->of_licence;
        v->belief->licence_to_critique = estimate(v->belief->licence_to_critique, worth, weight, r);
    }
    if (message->treatment == Response_action) {
        struct position *position = position_of(v->w, v->row, treated->issue);
        position->concern = position->concern - r->relief_rate * r->watched_weight * position->concern;
    }
}

static void hear_promise(const struct visit *v, const struct message *message)
{
    const struct learning *r = &v->c->learning;
    struct belief *b = v->belief;
    const double said = message->stance, promised = v->member->promised;
    double weight = r->announcement_weight * b->credibility;
    weight *= said > 0.0 ? larger(0.0, said - promised) / said : 0.0;
    v->member->promised = larger(promised, r->promise_memory * said);
    if (said > b->safety_executives) b->safety_executives = learn(b->safety_executives, said, weight * r->of_safety, r);
    if (said > b->voice_efficacy) b->voice_efficacy = learn(b->voice_efficacy, said, weight * r->of_efficacy, r);
}

static void hear_disclosure(const struct visit *v, const struct message *message, const struct member *leader)
{
    const struct learning *r = &v->c->learning;
    const double weight = r->disclosure_weight * source_weight(leader, v->member, r) * r->of_safety;
    double *safety = as_line_manager(v->w, v->member, message->author) ? &v->belief->safety_line_manager
                                                                         : &v->belief->safety_executives;
    *safety = learn(*safety, 1.0, weight, r);
}

static inline void notice_silence(const struct visit *v, const struct message *message, const struct member *author)
{
    const struct learning *r = &v->c->learning;
    if (message->criticality > 0.0 && message->leader_response == Response_none
        && (double)(v->tick - message->tick) >= r->unanswered_days * TICKS_PER_DAY) {
        const int near = v->member->team >= 0 && v->member->team == author->team;
        miss_an_answer(v->c, v->member, v->belief, near ? r->watched_weight : r->elsewhere_weight);
    }
}

static inline void learn_opinion(const struct visit *v, struct position *position, const struct message *message)
{
    const struct learning *r = &v->c->learning;
    struct belief *b = v->belief;
    const double visible = visible_support(v->w, message);
    const double impression = r->impression_weight * (1.0 + log_of(1.0 + visible)) * r->of_climate;
    position->climate = estimate(position->climate, side_taken(message->stance), impression, r);
    const double worth = worth_for_licence(message->criticality, message->leader_response, r);
    b->licence_to_critique = estimate(b->licence_to_critique, worth, r->impression_weight * r->of_licence, r);
    const double known = (1.0 + visible) / ((1.0 + visible) + r->others_know_half);
    position->others_know = estimate(position->others_know, known, r->impression_weight * r->of_others_know, r);
    if (message->criticality > 0.0)
        position->concern = position->concern + r->concern_rate * known * (1.0 - position->concern);
    const double trusted = message->author_role == Role_executive ? b->credibility : 1.0, before = position->stance;
    position->stance = hear(before, message->stance, trusted, r);
    const int by_leaders = message->author_role == Role_executive || message->author_role == Role_line_manager;
    v->w->influence[v->place * 2 + by_leaders] += fabs(position->stance - before);
}

static inline void learn_who_knows(const struct visit *v, struct position *position, const struct message *message)
{
    const struct learning *r = &v->c->learning;
    if (message->identity >= Identity_pseudonym) return;
    if (message->kind == Kind_answer || message->kind == Kind_news)
        position->knows_what = overhear(position->knows_what, r);
    if (message->parent >= 0) v->belief->knows_whom = overhear(v->belief->knows_whom, r);
}

static inline struct asking asking_of(const struct visit *v, const struct message *message)
{
    const double owed = message->identity < Identity_pseudonym && is_helper(v->member, message->author) ? 1.0 : 0.0;
    if (message->parent >= 0) {
        const int mine = v->w->messages[message->parent].author == v->row;
        return (struct asking){0.0, 0.0, mine ? 1.0 : 0.0, (double)message->turn, owed};
    }
    if (message->comments > 0) return (struct asking){0.0, 0.0, 0.0, 0.0, owed};
    const double readers = (double)v->w->audiences[message->audience].visited;
    return (struct asking){1.0, log_of(larger(1.0, readers - 1.0)), 0.0, 0.0, owed};
}

static inline struct glance glance_at(const struct visit *v, const struct position *position,
                                      const struct message *message, int recognised)
{
    const struct member *m = v->member;
    const struct belief *b = v->belief;
    const int by_manager = message->author == m->manager;
    const int executive = message->author_role == Role_executive && m->role != Role_executive;
    const int named = message->identity < Identity_pseudonym;
    return (struct glance){
        .agreement = 1.0 - 0.5 * fabs(position->stance - message->stance),
        .concern = position->concern,
        .question = message->kind == Kind_question ? 1.0 : 0.0,
        .expertise = position->expertise,
        .unsaid = position->unsaid,
        .conviction = fabs(position->stance),
        .tie = named && is_tie(v->w, v->row, message->author) ? 1.0 : 0.0,
        .superior = recognised && (by_manager || executive) ? 1.0 : 0.0,
        .safety = by_manager ? b->safety_line_manager : b->safety_executives,
        .risk_sensitivity = m->risk_sensitivity,
        .voice_propensity = m->voice_propensity,
        .engagement = b->engagement,
        .crowd = smaller(log_of(1.0 + v->w->messages[message->thread].comments), 6.9),
        .nested = message->parent >= 0 ? 1.0 : 0.0,
    };
}

static void comment(const struct visit *v, int64_t at, int orientation, const struct glance *glance)
{
    const struct world *w = v->w;
    if (comments_wished(w, v->place) >= COMMENTS_PER_VISIT) return;
    const struct message *message = &w->messages[at];
    const double stance = position_of(w, v->row, message->issue)->stance;
    const double own = w->issues[message->issue].criticality * larger(0.0, -stance);
    const double k = criticality_of_comment(orientation, message->criticality, own, glance->superior, &v->c->voice);
    const int costs = could_cost(k, glance->superior, glance->tie, &v->c->voice);
    struct occasion *added = add_row(w, v->tick, v->place, v->row, message->issue);
    added->errand = costs ? Errand_wish : Errand_comment;
    added->form = Form_comment;
    added->orientation = (int8_t)orientation;
    added->about = (int32_t)at;
    added->criticality = k;
    if (orientation == Orientation_to)
        added->kind = message->kind == Kind_question ? Kind_answer : Kind_question;
    else if (k > 0.0)
        added->kind = Kind_concern;
    else
        added->kind = message->stance > 0.0 && orientation == Orientation_with_ ? Kind_praise : Kind_news;
}

static inline void draw_marks(const struct visit *v)
{
    const struct world *w = v->w;
    const int32_t *seen = &w->seen[v->place * MAX_ATTENTION];
    double *marks = &w->marks[v->place * MAX_ATTENTION];
    for (int item = 0; item < w->seen_count[v->place]; item++)
        marks[item] = uniform(v->luck->reaction, pair(v->member->key, w->messages[seen[item]].key), 0);
}

static inline void reacting(const struct visit *v, int item, int64_t at, const struct position *position,
                            const struct message *message, int recognised)
{
    const struct reaction *r = &v->c->reaction;
    int8_t *liked = &v->w->liked[v->place * MAX_ATTENTION + item];
    *liked = 0;
    const double mark = v->w->marks[v->place * MAX_ATTENTION + item];
    const struct asking asking = asking_of(v, message);
    if (is_passed_on(mark, v->ceiling, &asking, r)) return;
    const struct glance glance = glance_at(v, position, message, recognised);
    const int reacted = react(&glance, &asking, r, mark);
    if (reacted == Reaction_like)
        *liked = 1;
    else if (reacted != Reaction_pass_)
        comment(v, at, reacted - Reaction_to, &glance);
}

static void consider_answer(const struct visit *v, int64_t at)
{
    const struct world *w = v->w;
    const struct member *leader = v->member;
    const struct message *message = &w->messages[at];
    if (message->claimed || message->treatment != Response_none || message->kind == Kind_announcement) return;
    const int asks = message->criticality > 0.0 || message->kind == Kind_question || message->kind == Kind_suggestion;
    int below = message->author_role == Role_coworker || message->author_role == Role_communicator
        || (leader->role == Role_executive && message->author_role == Role_line_manager);
    if (leader->role == Role_line_manager) below = leads(leader, &w->members[message->author]);
    const int promised = answers_promised(w, v->place);
    if (!(asks && below) || promised >= ANSWERS_PER_VISIT || promised >= leader->answers_left) return;
    const struct policy *policy = &w->policies[leader->role == Role_executive];
    const double expertise = position_of(w, message->author, message->issue)->expertise;
    const int strategic = leader->role == Role_executive && message->framing == Framing_strategic;
    const double credible = shown_identifiability(message->identity, &v->c->voice) * (0.5 + 0.5 * expertise);
    const double chance = chance_to_answer(policy->responsiveness, visible_support(w, message), credible,
                                           strategic ? 1.0 : 0.0, &v->c->leading);
    if (uniform(v->luck->response, pair(leader->key, message->key), 0) < chance) {
        struct occasion *added = add_row(w, 0, v->place, v->row, message->issue);
        added->errand = Errand_answer;
        added->about = (int32_t)at;
    }
}

static void consider_care(const struct visit *v, int64_t at)
{
    const struct world *w = v->w;
    const struct message *message = &w->messages[at];
    if (message->thread != at || answers_promised(w, v->place) >= ANSWERS_PER_VISIT) return;
    const uint64_t both = pair(v->member->key, message->key);
    const int orphan = message->comments == 0 && (double)(v->tick - message->tick) >= v->c->leading.orphan_hours;
    const int local = message->scope != Scope_organization && !message->amplified;
    int errand = -1;
    if (orphan && uniform(v->luck->orphan_answer, both, 0) < w->arena->orphan_answering)
        errand = Errand_orphan;
    else if (local && uniform(v->luck->amplification, both, 0) < w->arena->amplification)
        errand = Errand_amplify;
    if (errand < 0) return;
    struct occasion *added = add_row(w, v->tick, v->place, v->row, message->issue);
    added->errand = (int8_t)errand;
    added->about = (int32_t)at;
}

/* Learn from one item and react to it; return how relevant it was, in [0, 1]. */
static inline double read_item(const struct visit *v, int item)
{
    const struct world *w = v->w;
    const struct learning *r = &v->c->learning;
    const int64_t at = w->seen[v->place * MAX_ATTENTION + item];
    const struct message *message = &w->messages[at];
    const struct member *author = &w->members[message->author];
    struct position *position = position_of(w, v->row, message->issue);
    struct belief *b = v->belief;
    const int recognised = recognises(v, message);
    if (recognised && message->author == v->member->manager)
        b->manager_reads = estimate(b->manager_reads, 1.0, r->presence_weight, r);
    if (recognised && message->author_role == Role_executive)
        b->executives_read = estimate(b->executives_read, 1.0, r->presence_weight, r);
    if (message->treatment != Response_none) {
        watch_treatment(v, at, message, author);
    } else if (message->kind == Kind_announcement) {
        hear_promise(v, message);
    } else {
        if (message->disclosure) hear_disclosure(v, message, author);
        notice_silence(v, message, author);
        learn_opinion(v, position, message);
        learn_who_knows(v, position, message);
        reacting(v, item, at, position, message, recognised);
    }
    if (is_leader(v->member)) consider_answer(v, at);
    else if (v->member->role == Role_communicator) consider_care(v, at);
    return position->concern;
}
