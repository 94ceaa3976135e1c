/* The rules that a visit calls, each as it stands in sim/rules and under the same name; see there for what it means. */

/* ---------------------------------------------------------------- learning */

static inline double learn(double belief, double seen, double weight, const struct learning *r)
{
    const double gap = seen - belief, loss = gap < 0.0 ? r->loss_weight : 1.0;
    return belief + smaller(r->rate * weight * loss, 1.0) * gap;
}

static inline double estimate(double belief, double seen, double weight, const struct learning *r)
{
    return belief + smaller(r->rate * weight, 1.0) * (seen - belief);
}

static inline double worth_of_treatment(int response, const struct learning *r)
{
    if (response == Response_supportive || response == Response_action) return 1.0;
    return response == Response_dismissive ? r->dismissive : 0.0;
}

static inline double weight_of_deed(double promised, double worth, const struct learning *r)
{
    return 1.0 + r->broken_promise * larger(0.0, promised - worth);
}

static inline double worth_for_efficacy(int response, const struct learning *r)
{
    if (response == Response_action) return 1.0;
    if (response == Response_supportive) return r->answered;
    return response == Response_dismissive ? r->dismissive * r->answered : 0.0;
}

static inline double worth_for_licence(double criticality, int response, const struct learning *r)
{
    if (criticality <= 0.0) return 0.0;
    return response == Response_none ? r->ignored : worth_of_treatment(response, r);
}

static inline double hear(double stance, double heard, double weight, const struct learning *r)
{
    const double gap = heard - stance;
    return fabs(gap) <= r->stance_bound ? stance + r->stance_rate * weight * gap : stance;
}

static inline double side_taken(double stance) { return stance == 0.0 ? 0.5 : stance > 0.0 ? 1.0 : 0.0; }

static inline double engage(double engagement, double meaning, double safety, double available, const struct learning *r)
{
    const double product = meaning * safety * available;
    const double target = product > 0.0 ? exp_of(log_of(product) / 3.0) : 0.0;
    return engagement + r->engagement_rate * (target - engagement);
}

static inline double overhear(double known, const struct learning *r)
{
    return known + r->metaknowledge_rate * (1.0 - known);
}

/* ---------------------------------------------------------------- reaction */

struct asking { double alone, bystanders, mine, turn, owed; };

struct glance {
    double agreement, concern, question, expertise, unsaid, conviction, tie, superior, safety, risk_sensitivity,
        voice_propensity, engagement, crowd, nested;
};

struct ceiling { double quiet, comments; };

static inline double readiness(double engagement, double propensity, const struct reaction *r)
{
    return r->engagement * (engagement - 0.5) + r->propensity * (propensity - 0.5);
}

static inline double responsibility(const struct asking *a, const struct reaction *r)
{
    return a->alone * larger(0.0, r->call - r->diffusion * a->bystanders);
}

static inline double reciprocity(const struct asking *a, const struct reaction *r)
{
    const double turn_taking = a->mine * r->turn_taking * (1.0 - r->closing * (a->turn - 1.0));
    return turn_taking + r->direct_reciprocity * a->owed;
}

static inline struct ceiling ceiling_of(double engagement, double propensity, const struct reaction *r)
{
    const double drawn = readiness(engagement, propensity, r) + r->tie;
    const double comments = exp_of(r->to + r->to_question) + exp_of(r->with_ + r->with_agreement)
        + exp_of(r->against + r->against_disagreement) + exp_of(r->past + r->past_conviction)
        + exp_of(r->about + r->about_conviction);
    const double quiet = 1.0 + exp_of(r->like + r->like_agreement + drawn);
    return (struct ceiling){quiet, exp_of(drawn + r->crowd * 6.9) * comments};
}

static inline int is_passed_on(double luck, struct ceiling top, const struct asking *a, const struct reaction *r)
{
    const double asks = larger(0.0, responsibility(a, r) + reciprocity(a, r));
    return luck * (top.quiet + top.comments * exp_of(asks)) < 1.0;
}

static inline int react(const struct glance *g, const struct asking *a, const struct reaction *r, double luck)
{
    const double pull = 2.0 * g->agreement - 1.0;
    const double drawn = readiness(g->engagement, g->voice_propensity, r) + r->tie * g->tie;
    const double lively = drawn + r->crowd * g->crowd - r->nested * g->nested + reciprocity(a, r);
    const double called = responsibility(a, r);
    const double fear = g->superior * r->superior * g->risk_sensitivity * (1.0 - g->safety);
    const double like = exp_of(r->like + r->like_agreement * pull + drawn);
    const double to = exp_of(r->to + r->to_question * g->question * g->expertise + lively + called);
    const double with_ = exp_of(r->with_ + r->with_agreement * pull * g->concern + lively + called);
    const double against = exp_of(r->against - r->against_disagreement * pull * g->conviction + lively - fear);
    const double past = exp_of(r->past + r->past_conviction * g->unsaid * g->conviction + lively);
    const double about = exp_of(r->about + r->about_conviction * g->conviction + lively);
    double mark = luck * (1.0 + like + to + with_ + against + past + about) - 1.0;
    if (mark < 0.0) return Reaction_pass_;
    if (mark < like) return Reaction_like;
    mark -= like;
    if (mark < to) return Reaction_to;
    mark -= to;
    if (mark < with_) return Reaction_with_;
    mark -= with_;
    if (mark < against) return Reaction_against;
    mark -= against;
    return mark < past ? Reaction_past : Reaction_about;
}

static inline double criticality_of_comment(int orientation, double parent, double own, double superior,
                                            const struct voice *v)
{
    if (orientation == Orientation_to) return 0.0;
    if (orientation == Orientation_with_) return v->comment_softening * parent;
    if (orientation == Orientation_against)
        return larger(v->superior_contradiction * superior, parent <= 0.0 ? own : 0.0);
    return own;
}

static inline int could_cost(double criticality, double superior, double tie, const struct voice *v)
{
    const int judged = superior > 0.0 && v->bare_exposure > 0.0;
    const int watched = tie <= 0.0 && v->image_threat * v->stage_fright > 0.0;
    return criticality > 0.0 || judged || watched;
}

/* ---------------------------------------------------------------- leading, wishing, picturing an audience */

static inline double shifted(double chance, double log_odds)
{
    if (chance <= 0.0 || chance >= 1.0) return chance;
    return 1.0 / (1.0 + (1.0 - chance) / chance * exp_of(-log_odds));
}

static inline double chance_to_answer(double responsiveness, double supporters, double credibility, double strategic,
                                      const struct leading *r)
{
    const double pull = r->supporters * log_of(1.0 + supporters) + r->credibility * (credibility - 0.5)
        + r->strategic * strategic;
    return shifted(responsiveness, pull);
}

static inline double salience_of(double at_first, int64_t hours, double half_life)
{
    if (hours < 0) return 0.0;
    return half_life <= 0.0 ? at_first : at_first * exp_of(-LN2 * hours / half_life);
}

static inline int how_many(double expected, double luck, int most)
{
    const double none = exp_of(-expected);
    return luck < none ? 0 : luck < none * (1.0 + expected) ? 1 : most;
}

static inline int kind_of_post(int issue, double criticality, double expertise, double concern, double luck,
                               const struct voice *v)
{
    if (issue == IssueKind_knowledge) return luck > expertise ? Kind_question : Kind_news;
    if (criticality > 0.0) return luck > concern ? Kind_suggestion : Kind_concern;
    if (issue == IssueKind_celebration) return Kind_praise;
    return luck < v->praise_share ? Kind_praise : Kind_news;
}

static inline double manager_reads(double believed, int scope, const struct voice *v)
{
    if (scope == Scope_organization) return believed;
    const double nearer = scope == Scope_department ? v->department_manager : v->team_manager;
    return believed + nearer * (1.0 - believed);
}

static inline double executives_read(double believed, int scope, const struct voice *v)
{
    if (scope == Scope_organization) return believed;
    return believed * (scope == Scope_department ? v->department_executives : v->team_executives);
}

static inline double crowd_of(double share, const struct voice *v)
{
    return log_of(1.0 + share / v->crowd_grain) / log_of(1.0 + 1.0 / v->crowd_grain);
}

static inline double shown_identifiability(int identity, const struct voice *v)
{
    if (identity == Identity_name_and_position) return 1.0;
    if (identity == Identity_name) return v->name_identifiability;
    return identity == Identity_pseudonym ? v->pseudonym_identifiability : 0.0;
}
