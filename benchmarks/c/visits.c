/* The visits of an hour by hand in C: what sim/kernel/visiting.py does to the same records, bit for bit.

   A yardstick for the compiled kernel and nothing else: the engine never calls it. records.h is written by
   benchmarks/c_code.py from the numpy types of sim/state.py when this is compiled. */

#include <stddef.h>
#include <stdint.h>

#include "records.h"

#include "luck.h"
#include "rules.h"
#include "weighing.h"
#include "people.h"
#include "feed.h"
#include "reading.h"

#ifdef TOUCHED /* touched.c is told what comes next */
enum { arriving, ranking, reading, leaving, wishing, deciding };
void stage(int number);
#define STAGE(name) stage(name)
#else
#define STAGE(name)
#endif

static int open_inbox(const struct visit *v)
{
    const struct learning *r = &v->c->learning;
    const struct arena *arena = v->w->arena;
    struct member *m = v->member;
    struct belief *b = v->belief;
    const double shown = shown_identifiability(arena->identity, &v->c->voice);
    b->identifiability = estimate(b->identifiability, shown, r->composer_weight, r);
    const int feedback = m->new_likes + m->new_comments;
    for (int n = 0; n < m->new_comments && n < MOST_NOTICED; n++) b->recognition = learn(b->recognition, 1.0, 1.0, r);
    for (int n = 0; n < m->new_orphans && n < MOST_NOTICED; n++) b->recognition = learn(b->recognition, 0.0, 1.0, r);
    for (int n = 0; n < m->new_unanswered && n < MOST_NOTICED; n++) {
        b->voice_efficacy = learn(b->voice_efficacy, 0.0, r->unanswered_weight * r->of_efficacy, r);
        miss_an_answer(v->c, m, b, 1.0);
    }
    if (m->latest_post >= 0 && (feedback > 0 || arena->audience_cues)) {
        const struct message *post = &v->w->messages[m->latest_post];
        const double possible = (double)v->w->audiences[post->audience].visited;
        double behind = possible <= 0.0 ? 0.0 : smaller(1.0, r->readers_per_reaction * (double)feedback / possible);
        if (arena->audience_cues && possible > 0.0) behind = smaller(1.0, post->views / possible);
        b->imagined_audience_size = estimate(b->imagined_audience_size, behind, 1.0, r);
    }
    for (int side = 0; side < 2; side++)
        for (int response = Response_supportive; response <= Response_action; response++) {
            for (int n = 0; n < m->new_responses[side][response]; n++)
                experience(v->c, m, b, response, side == 0, 1.0);
            m->new_responses[side][response] = 0;
        }
    m->new_likes = m->new_comments = m->new_orphans = m->new_unanswered = 0;
    return feedback;
}

static void see_how_long_things_stay(const struct visit *v)
{
    const struct learning *r = &v->c->learning;
    const struct audience *found = NULL;
    for (int which = 0; which < PAGES; which++) {
        const int64_t number = audience_of(v->w, v->member, which);
        if (number < 0 || v->w->audiences[number].quiet_since < 0) continue;
        const struct audience *page = &v->w->audiences[number];
        if (!found || page->quiet_since < found->quiet_since) found = page;
    }
    if (!found) return;
    const double stayed = (double)(v->tick - found->quiet_since) / TICKS_PER_DAY / SHOWN_HALF_LIVES;
    const double lasting = stayed / (stayed + r->persistence_half);
    if (found->lost || lasting > v->belief->persistence)
        v->belief->persistence = estimate(v->belief->persistence, lasting, r->persistence_weight, r);
}

static void leave(const struct visit *v, int items, int64_t left_over, double relevance, int feedback)
{
    const struct attendance *a = &v->c->attendance;
    struct member *m = v->member;
    struct belief *b = v->belief;
    const double gained = relevance + a->feedback * (double)feedback, gave = gained / (gained + a->useful_items);
    b->habit = b->habit + a->rate * (gave - a->expected);
    const double meaning = 0.5 * (b->voice_efficacy + b->recognition);
    const double safety = 0.5 * (b->safety_line_manager + b->safety_executives);
    const double available = m->attention / (double)(m->attention + left_over);
    b->engagement = engage(b->engagement, meaning, safety, available, &v->c->learning);
    m->last_visit = (int32_t)v->tick;
    m->visits += 1;
    m->items_read += items;
}

/* ---------------------------------------------------------------- wishing */

static inline double pull_of(const struct visit *v, int64_t number)
{
    const struct position *p = position_of(v->w, v->row, number);
    const double often = salience(&v->w->issues[number], v->tick);
    return often * (v->c->voice.indifferent_pull + fabs(p->stance)) * p->unsaid;
}

static void reopen_draft(const struct visit *v)
{
    struct member *m = v->member;
    struct occasion *added = add_row(v->w, v->tick, v->place, v->row, m->draft_issue);
    added->errand = Errand_wish;
    added->draft_of = m->draft_occasion;
    added->form = m->draft_form;
    added->meant = m->draft_meant;
    added->orientation = m->draft_orientation;
    added->kind = m->draft_kind;
    added->about = m->draft_about;
    added->criticality = m->draft_criticality;
    m->draft_issue = NOBODY;
}

static int scope_meant(const struct visit *v, int64_t number)
{
    const int64_t begin = v->w->tie_start[v->row], end = v->w->tie_start[v->row + 1];
    const uint64_t stream = v->luck->addressee, key = v->member->key;
    if (begin == end || uniform(stream, key, 2 * number) >= v->c->voice.addressing) return Scope_organization;
    const double mark = uniform(stream, key, 2 * number + 1);
    return meeting_place(v->member, &v->w->members[v->w->tie_member[begin + (int64_t)(mark * (end - begin))]]);
}

static void open_post(const struct visit *v, int64_t number)
{
    const struct position *p = position_of(v->w, v->row, number);
    const struct issue *issue = &v->w->issues[number];
    const struct voice *c = &v->c->voice;
    double k = issue->criticality * larger(0.0, -p->stance);
    const double mark = uniform(v->luck->kind_of_message, v->member->key, number);
    const int kind = kind_of_post(issue->kind, k, p->expertise, p->concern, mark, c);
    if (kind == Kind_question) k = larger(k, c->question_criticality * (1.0 - p->expertise));
    struct occasion *added = add_row(v->w, v->tick, v->place, v->row, number);
    added->errand = Errand_wish;
    added->form = Form_post;
    added->meant = (int8_t)scope_meant(v, number);
    added->kind = (int8_t)kind;
    added->criticality = k;
}

static void reframe(const struct visit *v)
{
    const struct learning *r = &v->c->learning;
    if (v->member->latest_critique < 0) return;
    const struct message *message = &v->w->messages[v->member->latest_critique];
    if (message->framing == Framing_strategic || visible_support(v->w, message) < r->reframing_supporters) return;
    if (!(uniform(v->luck->reframe, v->member->key, 0) < r->reframing)) return;
    struct occasion *added = add_row(v->w, v->tick, v->place, v->row, message->issue);
    added->errand = Errand_wish;
    added->form = Form_comment;
    added->orientation = Orientation_with_;
    added->kind = Kind_concern;
    added->about = v->member->latest_critique;
    added->criticality = message->criticality + r->reframing_criticality * (1.0 - message->criticality);
}

static void open_occasions(const struct visit *v)
{
    const struct member *m = v->member;
    const int64_t drafted = m->draft_issue, issues = v->w->issues_length;
    if (drafted >= 0) reopen_draft(v);
    double total = 0.0;
    for (int64_t number = 0; number < issues; number++) total += pull_of(v, number);
    const double often = m->occasions_per_visit * exp_of(v->c->voice.reward * (v->belief->recognition - 0.5));
    const int count = how_many(often * total, uniform(v->luck->occasion_count, m->key, 0), OCCASIONS_PER_VISIT);
    int64_t chosen = NOBODY;
    for (int n = 0; n < count; n++) {
        double mark = uniform(v->luck->occasion_issue, m->key, n) * total;
        int64_t number = -1;
        while (number + 1 < issues && mark >= 0.0) mark -= pull_of(v, ++number);
        if (number != chosen && number != drafted) open_post(v, number);
        chosen = number;
    }
    reframe(v);
}

/* ---------------------------------------------------------------- deciding */

static struct moment moment_of(const struct visit *v, const struct occasion *row)
{
    const struct member *m = v->member;
    const struct belief *b = v->belief;
    const struct voice *c = &v->c->voice;
    const struct position *p = position_of(v->w, v->row, row->issue);
    const int is_comment = row->form == Form_comment;
    const struct message *about = &v->w->messages[is_comment ? row->about : 0];
    const int posted = row->meant < v->w->arena->scope ? row->meant : v->w->arena->scope;
    const int scope = is_comment ? about->scope : posted, narrower = scope > 0 ? scope - 1 : 0;
    const int64_t number = is_comment ? about->audience : home(v->w, m, scope);
    const int managed = m->manager >= 0;
    return (struct moment){
        row->criticality, p->stance, p->concern, p->stance >= 0.0 ? p->climate : 1.0 - p->climate, p->others_know,
        m->voice_propensity, m->risk_sensitivity, m->implicit_voice_theory, b->safety_line_manager,
        b->safety_executives, b->voice_efficacy, b->licence_to_critique, b->identification, b->engagement,
        b->imagined_audience_size * share_of(v->w, number),
        managed ? manager_reads(b->manager_reads, scope, c) : 0.0, executives_read(b->executives_read, scope, c),
        b->imagined_audience_size * share_of(v->w, home(v->w, m, narrower)),
        managed ? manager_reads(b->manager_reads, narrower, c) : 0.0,
        executives_read(b->executives_read, narrower, c), b->identifiability, b->persistence,
        !is_comment && scope > Scope_team ? 1.0 : 0.0, v->w->arena->anonymous_posts ? 1.0 : 0.0,
        is_comment ? 1.0 : 0.0};
}

static void settle(const struct visit *v, struct occasion *row, const struct moment *moment, int strategy, double chance)
{
    struct member *m = v->member;
    const struct relief none = {0};
    if (m->numbered_tick != row->tick) {
        m->numbered_tick = row->tick;
        m->numbered = 0;
        m->weighed = 0;
    }
    row->occasion_id = (int64_t)row->tick << (ROW_BITS + NUMBER_BITS) | (int64_t)row->member << NUMBER_BITS | m->weighed;
    m->weighed += 1;
    const struct appraisal looked = appraise(moment, &none, v->c, 1.0, 0, moment->identifiability);
    row->concern = moment->concern;
    row->urge = looked.urge;
    row->threat_superiors = larger(looked.manager, looked.executives);
    row->threat_peers = looked.peers;
    row->threat_image = looked.image;
    row->inhibition = looked.inhibition;
    row->p_spoken = chance;
    row->strategy = (int8_t)strategy;
    row->motive = Motive_none;
    double shares[MOTIVES];
    for (int n = 0; n < MOTIVES; n++) shares[n] = double_of(0x7FF8000000000000);
    if (strategy >= SPOKEN) row->motive = (int8_t)why_silent(moment, v->c, shares);
    for (int n = 0; n < MOTIVES; n++)
        memcpy((char *)row + offsetof(struct occasion, FIRST_MOTIVE) + n * sizeof(double), &shares[n], sizeof(double));
}

static void decide(const struct visit *v, struct occasion *row)
{
    uint64_t who = v->member->key;
    if (row->about >= 0) who = pair(who, v->w->messages[row->about].key);
    const int64_t item = (row->issue * 2 + (row->draft_of >= 0)) * DRAWS_PER_DECISION;
    double drawn[LUCK], chance;
    for (int n = 0; n < LUCK; n++) drawn[n] = gumbel(v->luck->strategy, who, item + n);
    const struct moment moment = moment_of(v, row);
    const int strategy = speak(&moment, v->c, drawn, &chance);
    settle(v, row, &moment, strategy, chance);
}

/* ---------------------------------------------------------------- the visits of an hour */

/* Ask memory for the records of who reads next. */
static inline void fetch_visitor(const struct world *w, int64_t row)
{
    const char *member = (const char *)&w->members[row], *belief = (const char *)&w->beliefs[row];
    const char *position = (const char *)position_of(w, row, 0);
    for (size_t n = 0; n < sizeof(struct member); n += 64) __builtin_prefetch(member + n);
    for (size_t n = 0; n < sizeof(struct belief); n += 64) __builtin_prefetch(belief + n);
    for (size_t n = 0; n < w->issues_length * sizeof(struct position); n += 64) __builtin_prefetch(position + n);
    __builtin_prefetch(&w->tie_start[row]);
}

void visits(const struct world *w, const struct coefficients *c, uint64_t seed, int64_t tick, int64_t begin, int64_t end)
{
    const struct streams luck = streams(seed, tick);
    for (int64_t place = begin; place < end; place++) {
        STAGE(arriving);
        const int64_t row = w->visitors[place];
        if (place + 1 < end) fetch_visitor(w, w->visitors[place + 1]);
        struct visit v = {w, c, &luck, tick, place, row, &w->members[row], &w->beliefs[row], {0.0, 0.0}};
        w->row_count[place] = 0;
        w->influence[place * 2] = w->influence[place * 2 + 1] = 0.0;
        const int feedback = open_inbox(&v);
        STAGE(ranking);
        const int64_t left_over = collect(w, row, place);
        STAGE(reading);
        v.ceiling = ceiling_of(v.belief->engagement, v.member->voice_propensity, &c->reaction);
        draw_marks(&v);
        const int items = w->seen_count[place];
        double relevance = 0.0;
        for (int item = 0; item < items; item++) relevance += read_item(&v, item);
        STAGE(leaving);
        see_how_long_things_stay(&v);
        leave(&v, items, left_over, relevance, feedback);
        STAGE(wishing);
        open_occasions(&v);
        STAGE(deciding);
        if (!v.member->scripted)
            for (int n = 0; n < w->row_count[place]; n++)
                if (row_at(w, place, n)->errand == Errand_wish) decide(&v, row_at(w, place, n));
    }
}
