/* Who is who, and what a visit gives rise to: sim/kernel/people.py, rows.py, beliefs.py and talking.py. */

#define NOBODY -1

static inline struct position *position_of(const struct world *w, int64_t row, int64_t issue)
{
    return &w->positions[row * w->issues_length + issue];
}

static inline int is_leader(const struct member *m)
{
    return m->role == Role_line_manager || m->role == Role_executive;
}

static inline int leads(const struct member *leader, const struct member *m)
{
    return leader->first < m->first && m->first < leader->last;
}

static inline int as_line_manager(const struct world *w, const struct member *m, int64_t row)
{
    return row == m->manager || w->members[row].role != Role_executive;
}

static inline double source_weight(const struct member *leader, const struct member *m, const struct learning *r)
{
    return leads(leader, m) ? r->watched_weight : r->elsewhere_weight;
}

static inline double visible_support(const struct world *w, const struct message *m)
{
    return (double)(m->supporters - (w->arena->visible_reactions ? 0 : m->likes));
}

static inline double salience(const struct issue *issue, int64_t tick)
{
    return salience_of(issue->salience, tick - issue->onset, issue->half_life);
}

static inline int is_tie(const struct world *w, int64_t row, int64_t other)
{
    for (int64_t place = w->tie_start[row]; place < w->tie_start[row + 1]; place++)
        if (w->tie_member[place] >= other) return w->tie_member[place] == other;
    return 0;
}

static inline int is_helper(const struct member *m, int64_t other)
{
    for (int n = 0; n < HELPERS; n++)
        if (m->helpers[n] == other) return 1;
    return 0;
}

static inline int64_t page_of_team(const struct world *w, int64_t team)
{
    return w->audiences_length - w->clock[Clock_teams] + team;
}

/* The number of the member's audiences: everyone, department, team, team led; -1 for none. */
static inline int64_t audience_of(const struct world *w, const struct member *m, int which)
{
    if (which == 0) return EVERYONE;
    if (which == 1) return 1 + m->department;
    const int64_t team = which == 2 ? m->team : m->led_team;
    return team < 0 ? -1 : page_of_team(w, team);
}

static inline int64_t home(const struct world *w, const struct member *m, int scope)
{
    if (scope == Scope_organization) return EVERYONE;
    const int64_t team = m->led_team >= 0 ? m->led_team : m->team;
    return scope == Scope_department || team < 0 ? 1 + m->department : page_of_team(w, team);
}

static inline int meeting_place(const struct member *m, const struct member *other)
{
    const int64_t team = m->led_team >= 0 ? m->led_team : m->team;
    if (team >= 0 && (other->team == team || other->led_team == team)) return Scope_team;
    return other->department == m->department ? Scope_department : Scope_organization;
}

static inline double share_of(const struct world *w, int64_t number)
{
    const int64_t everyone = w->audiences[EVERYONE].visited;
    return everyone > 0 ? (double)w->audiences[number].visited / (double)everyone : 1.0;
}

/* ---------------------------------------------------------------- rows */

static inline struct occasion *row_at(const struct world *w, int64_t place, int64_t number)
{
    return &w->rows[number * w->rows_length + place];
}

static inline int comments_wished(const struct world *w, int64_t place)
{
    int count = 0;
    for (int n = 0; n < w->row_count[place]; n++) count += row_at(w, place, n)->errand <= Errand_comment;
    return count;
}

static inline int answers_promised(const struct world *w, int64_t place)
{
    return w->row_count[place] - comments_wished(w, place);
}

static struct occasion *add_row(const struct world *w, int64_t tick, int64_t place, int64_t row, int64_t issue)
{
    struct occasion *added = row_at(w, place, w->row_count[place]++);
    added->occasion_id = NOBODY;
    added->draft_of = NOBODY;
    added->tick = (int32_t)tick;
    added->member = (int32_t)row;
    added->about = NOBODY;
    added->message = NOBODY;
    added->issue = (int16_t)issue;
    added->meant = Scope_organization;
    added->orientation = Orientation_none;
    added->strategy = Strategy_none;
    added->motive = Motive_none;
    return added;
}

/* ---------------------------------------------------------------- what is learned from a leader */

static void experience(const struct coefficients *c, const struct member *m, struct belief *b, int response,
                       int by_line_manager, double weight)
{
    const struct learning *r = &c->learning;
    const double worth = worth_of_treatment(response, r);
    weight *= weight_of_deed(m->promised, worth, r);
    double *safety = by_line_manager ? &b->safety_line_manager : &b->safety_executives;
    *safety = learn(*safety, worth, weight * r->of_safety, r);
    b->voice_efficacy = learn(b->voice_efficacy, worth_for_efficacy(response, r), weight * r->of_efficacy, r);
    b->credibility = learn(b->credibility, worth, weight, r);
    b->identification = learn(b->identification, worth, weight * r->identification_weight, r);
}

static void miss_an_answer(const struct coefficients *c, const struct member *m, struct belief *b, double weight)
{
    const struct learning *r = &c->learning;
    weight *= r->unanswered_weight * (weight_of_deed(m->promised, 0.0, r) - 1.0);
    b->voice_efficacy = learn(b->voice_efficacy, 0.0, weight * r->of_efficacy, r);
    b->credibility = learn(b->credibility, 0.0, weight, r);
}

static inline int knows_of(const struct member *m, int64_t at)
{
    int found = 0;
    for (int n = 0; n < TREATMENTS_KNOWN; n++) found |= m->known_of[n] == at;
    return found;
}

static void witness(const struct world *w, const struct coefficients *c, int64_t tick, struct member *m,
                    const struct belief *b, int64_t at, int by_line_manager)
{
    const struct learning *r = &c->learning;
    const int64_t forgotten = m->known_of[m->known_next];
    if (forgotten >= 0 && w->messages[forgotten].tick > m->known_before) m->known_before = w->messages[forgotten].tick;
    m->known_of[m->known_next] = (int32_t)at;
    m->known_next = (int8_t)((m->known_next + 1) % TREATMENTS_KNOWN);
    const double felt = by_line_manager ? b->safety_line_manager : b->safety_executives;
    const double striking = fabs(worth_of_treatment(w->messages[at].treatment, r) - felt);
    const int fresh =
        m->witnessed >= 0 && (double)(tick - w->messages[m->witnessed].tick) <= r->gossip_days * TICKS_PER_DAY;
    if (striking >= m->striking || !fresh) {
        m->witnessed = (int32_t)at;
        m->striking = striking;
    }
}
