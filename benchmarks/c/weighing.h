/* Weighing one wish: sim/rules/voice.py, risk.py and choice.py for the theory `arena`, under the same names. */

#define CLOSED -1.0e4
#define CAUSES 6

struct moment {
    double criticality, stance, concern, agreement, others_know, voice_propensity, risk_sensitivity,
        implicit_voice_theory, safety_line_manager, safety_executives, voice_efficacy, licence_to_critique,
        identification, engagement, audience, manager_reads, executives_read, narrow_audience, narrow_manager_reads,
        narrow_executives_read, identifiability, persistence, narrow_open, anonymous_open, is_comment;
};

struct relief { double superiors, peers, efficacy, loyalty, concern, image; };
struct appraisal { double urge, manager, executives, peers, image, loyalty, inhibition; };

static const int CAUSE[CAUSES] = {Motive_defensive, Motive_relational, Motive_acquiescent, Motive_prosocial,
                                  Motive_disengaged, Motive_diffident};
static const int UNCRITICAL = 0x3F & ~(1 << 3); /* all but loyalty, which holds back critique only */
static const int NEST_FIRST[NESTS + 1] = {0, 4, 6, 7, 8, 9}; /* the strategies are numbered nest by nest */

static inline double someone_able_to_act(double manager, double executives)
{
    return 1.0 - (1.0 - manager) * (1.0 - executives);
}

static inline double urge_of(const struct moment *m, const struct relief *relief, const struct coefficients *c)
{
    const struct voice *v = &c->voice;
    const double act = someone_able_to_act(m->manager_reads, m->executives_read);
    const double efficacy = m->voice_efficacy + relief->efficacy * (1.0 - m->voice_efficacy);
    const double concern = m->concern + relief->concern * (1.0 - m->concern);
    const double worth = 0.5 * (1.0 + concern);
    const double instrumental = efficacy * worth * (v->act_floor + (1.0 - v->act_floor) * act);
    return v->propensity * m->voice_propensity
        + v->efficacy * instrumental / (1.0 + c->learning.bystander * m->others_know)
        + v->audience * crowd_of(m->audience, v) * m->agreement + v->engagement * (m->engagement - 0.5);
}

static inline double superior_threat(double criticality, double reads, double safety, double implicit,
                                     const struct voice *v)
{
    const double judged = v->bare_exposure + (1.0 - v->bare_exposure) * criticality;
    return v->superior_threat * judged * reads * (1.0 - safety) * (1.0 + implicit);
}

static inline struct appraisal appraise(const struct moment *m, const struct relief *relief,
                                        const struct coefficients *c, double softening, int narrowed, double identifiable)
{
    const struct voice *v = &c->voice;
    const double k = m->criticality * softening;
    const double by_manager = narrowed ? m->narrow_manager_reads : m->manager_reads;
    const double by_executives = narrowed ? m->narrow_executives_read : m->executives_read;
    const double crowd = crowd_of(narrowed ? m->narrow_audience : m->audience, v);
    const double fear = 1.0 - relief->superiors, implicit = m->implicit_voice_theory;
    struct appraisal a;
    a.manager = fear * superior_threat(k, by_manager, m->safety_line_manager, implicit, v);
    a.executives = fear * superior_threat(k, by_executives, m->safety_executives, implicit, v);
    a.peers = (1.0 - relief->peers) * (v->peer_threat * fabs(m->stance) * crowd * (1.0 - m->agreement));
    const double labelled = k / (1.0 + m->licence_to_critique / v->licence_half);
    a.image = (1.0 - relief->image) * (v->image_threat * crowd * (v->stage_fright + labelled));
    a.loyalty = (1.0 - relief->loyalty) * (v->loyalty * m->identification * k * crowd);
    const double mean = (a.manager + a.executives + a.peers) / 3.0, w = c->nightmare_reader;
    const double worst = larger(a.manager, larger(a.executives, a.peers));
    const double threat = (1.0 - w) * mean + w * worst + a.image;
    const double lasting = v->persistence_floor + (1.0 - v->persistence_floor) * m->persistence;
    a.inhibition = m->risk_sensitivity * identifiable * lasting * threat + a.loyalty;
    a.urge = urge_of(m, relief, c);
    return a;
}

static inline void utilities(double u[STRATEGIES], const struct moment *m, const struct relief *relief,
                             const struct coefficients *c)
{
    const struct voice *v = &c->voice;
    const struct appraisal plain = appraise(m, relief, c, 1.0, 0, m->identifiability);
    const double nearer = appraise(m, relief, c, 1.0, 1, m->identifiability).inhibition;
    const double drawn = plain.urge, cost = m->is_comment > 0.0 ? v->comment_cost : v->post_cost;
    const double lost = larger(drawn, 0.0), act = someone_able_to_act(m->manager_reads, m->executives_read);
    for (int way = 0; way < STRATEGIES; way++) u[way] = CLOSED;
    u[Strategy_withhold] = 0.0;
    u[Strategy_plain] = drawn - plain.inhibition - cost;
    if (m->narrow_open > 0.0) u[Strategy_narrow] = drawn - v->narrow_loss * lost - nearer - cost;
    if (m->criticality <= 0.0) return; /* nothing to soften, hide or put off */
    const double softer = appraise(m, relief, c, v->rephrase_softening, 0, m->identifiability).inhibition;
    u[Strategy_rephrase] = drawn - v->rephrase_loss * lost - softer - cost - v->rephrase_cost;
    if (m->anonymous_open > 0.0) {
        const double nameless = appraise(m, relief, c, 1.0, 0, v->anonymous_identifiability).inhibition;
        u[Strategy_anonymous] = drawn - v->anonymous_loss * lost - nameless - cost;
    }
    u[Strategy_second_opinion] = v->second_opinion_gain * lost - v->second_opinion_cost;
    u[Strategy_postpone] = v->postpone_gain * lost - v->postpone_cost;
    u[Strategy_other_channel] = v->other_channel_gain * lost - v->other_channel_cost;
    u[Strategy_only_positive] = v->facade_engagement * (m->engagement - 0.5) + v->facade_audience * act - v->facade_cost;
}

static inline double worths_of(double worths[NESTS], const double u[STRATEGIES], double similarity)
{
    double most = -INFINITY;
    for (int nest = 0; nest < NESTS; nest++) {
        const int first = NEST_FIRST[nest], end = NEST_FIRST[nest + 1];
        double best = u[first], total = 0.0;
        if (end - first > 1) {
            for (int way = first + 1; way < end; way++) best = larger(best, u[way]);
            for (int way = first; way < end; way++) total += exp_of((u[way] - best) / similarity);
            best += similarity * log_of(total);
        }
        worths[nest] = best;
        most = larger(most, best);
    }
    return most;
}

static double p_spoken_with(const struct moment *m, const struct relief *relief, const struct coefficients *c)
{
    double u[STRATEGIES], worths[NESTS], others = 0.0;
    utilities(u, m, relief, c);
    const double best = worths_of(worths, u, c->voice.nest_similarity), speaking = exp_of(worths[0] - best);
    for (int nest = 1; nest < NESTS; nest++) others += exp_of(worths[nest] - best);
    return speaking / (speaking + others);
}

/* Decide with the luck of the nests and of the ways inside them; P(spoken) goes to `chance`. */
static inline int speak(const struct moment *m, const struct coefficients *c, const double luck[LUCK], double *chance)
{
    const struct relief none = {0};
    const double similarity = c->voice.nest_similarity;
    double u[STRATEGIES], worths[NESTS], weights[NESTS], total = 0.0, most = -INFINITY;
    int chosen = 0, picked = 0;
    utilities(u, m, &none, c);
    const double best = worths_of(worths, u, similarity);
    for (int nest = 0; nest < NESTS; nest++) total += weights[nest] = exp_of(worths[nest] - best);
    *chance = weights[0] / total;
    for (int nest = 0; nest < NESTS; nest++)
        if (worths[nest] + luck[nest] > most) most = worths[nest] + luck[nest], chosen = nest;
    most = -INFINITY;
    for (int way = NEST_FIRST[chosen]; way < NEST_FIRST[chosen + 1]; way++) {
        const double drawn = luck[way < NEST_FIRST[2] ? NESTS + way : chosen];
        if (u[way] / similarity + drawn > most) most = u[way] / similarity + drawn, picked = way;
    }
    return picked;
}

/* Why a wish stayed unspoken: the Shapley value of each cause in the loss of P(spoken). */
static int why_silent(const struct moment *m, const struct coefficients *c, double shares[MOTIVES])
{
    static const double weight[CAUSES] = COALITION_WEIGHTS;
    const int all = (1 << CAUSES) - 1, active = m->criticality > 0.0 ? all : UNCRITICAL;
    const struct silence *s = &c->silence;
    const double step[CAUSES] = {s->superiors, s->peers, s->efficacy, s->loyalty, s->concern, s->image};
    double chance[1 << CAUSES], gain[CAUSES] = {0}, total = 0.0, largest = s->negligible;
    for (int coalition = 0; coalition <= all; coalition++) {
        double r[CAUSES];
        for (int n = 0; n < CAUSES; n++) r[n] = coalition >> n & 1 ? step[n] : 0.0;
        const struct relief relief = {r[0], r[1], r[2], r[3], r[4], r[5]};
        chance[coalition] =
            (coalition & active) == coalition ? p_spoken_with(m, &relief, c) : chance[coalition & active];
    }
    for (int coalition = 0; coalition <= all; coalition++)
        for (int n = 0; n < CAUSES; n++)
            if (!(coalition >> n & 1))
                gain[n] += weight[__builtin_popcount(coalition)] * (chance[coalition | 1 << n] - chance[coalition]);
    int motive = Motive_unmotivated;
    for (int n = 0; n < CAUSES; n++) {
        gain[n] = larger(gain[n], 0.0);
        total += gain[n];
        if (gain[n] >= largest) largest = gain[n], motive = CAUSE[n];
    }
    for (int n = 0; n < MOTIVES; n++) shares[n] = 0.0;
    if (motive == Motive_unmotivated) shares[motive] = 1.0;
    else
        for (int n = 0; n < CAUSES; n++) shares[CAUSE[n]] = gain[n] / total;
    return motive;
}
