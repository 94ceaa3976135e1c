/* The walk of one reader through their pages: the reading side of sim/feed.py. */

static inline int answers_come_early(const struct arena *arena) { return arena->leaders_first && arena->leader_badges; }

static void read_thread(const struct world *w, int64_t row, int64_t place, const struct member *m, int64_t thread)
{
    int32_t *seen = &w->seen[place * MAX_ATTENTION];
    int64_t count = w->seen_count[place];
    const int64_t room = m->attention < MAX_ATTENTION ? m->attention : MAX_ATTENTION;
    const struct message *first = &w->messages[thread];
    const int announced = w->arena->leaders_first && w->audiences[first->audience].announced == thread;
    if (first->tick >= m->last_visit && first->author != row && !announced) seen[count++] = (int32_t)thread;
    int64_t at = first->last;
    for (int shown = 0; at != thread && shown < COMMENTS_SHOWN && count < room;) {
        const struct message *comment = &w->messages[at];
        if (comment->tick < m->last_visit) break;
        const int noticed = w->arena->notifications && comment->treatment == Response_none
            && w->messages[comment->parent].author == row;
        if (comment->author != row && !noticed) {
            seen[count++] = (int32_t)at;
            shown++;
        }
        at = comment->previous;
    }
    w->seen_count[place] = (int32_t)count;
}

static void read_announcements(const struct world *w, int64_t row, int64_t place, const struct member *m)
{
    int64_t count = 0;
    for (int which = 0; which < PAGES; which++) {
        const int64_t number = audience_of(w, m, which), at = number >= 0 ? w->audiences[number].announced : -1;
        if (at >= 0 && w->messages[at].tick >= m->last_visit && w->messages[at].author != row)
            w->seen[place * MAX_ATTENTION + count++] = (int32_t)at;
    }
    w->seen_count[place] = (int32_t)count;
}

static void read_notices(const struct world *w, int64_t place, const struct member *m)
{
    int64_t count = w->seen_count[place], at = m->notice;
    const int64_t room = m->attention < MAX_ATTENTION ? m->attention : MAX_ATTENTION;
    while (at >= 0 && count < room && w->messages[at].tick >= m->last_visit) {
        w->seen[place * MAX_ATTENTION + count++] = (int32_t)at;
        at = w->messages[at].notice;
    }
    w->seen_count[place] = (int32_t)count;
}

/* ---------------------------------------------------------------- what is unread, as bits */

enum { EARLY, REST };
#define ALL -1

static inline int64_t words_of(int64_t threads) { return (threads + 63) >> 6; }

static inline uint64_t *marks_of(const struct world *w, int64_t place, int some, int which)
{
    return &w->unread[((place * 2 + some) * PAGES + which) * MOST_WORDS];
}

static inline uint64_t bits_of_ties(const struct world *w, int64_t row)
{
    uint64_t bits = 0;
    for (int64_t n = w->tie_start[row]; n < w->tie_start[row + 1]; n++) bits |= 1ull << (w->tie_member[n] & 63);
    return bits;
}

static inline uint64_t early_among(const struct world *w, int64_t row, int64_t begin, uint64_t unread, uint64_t ties)
{
    uint64_t early = 0;
    for (; unread; unread &= unread - 1) {
        const int bit = __builtin_ctzll(unread);
        const int32_t author = w->early_for[begin + bit];
        if (author == ALL || (ties >> (author & 63) & 1 && is_tie(w, row, author))) early |= 1ull << bit;
    }
    return early;
}

static void mark_unread(const struct world *w, int64_t row, int64_t place, const struct member *m)
{
    const uint64_t ties = w->arena->ranking == Ranking_ties ? bits_of_ties(w, row) : 0;
    for (int which = 0; which < PAGES; which++) {
        const int64_t number = audience_of(w, m, which), threads = number < 0 ? 0 : w->audiences[number].threads;
        for (int64_t word = 0; word < words_of(threads); word++) {
            const int64_t begin = w->audiences[number].first + word * 64;
            uint64_t unread = 0;
            for (int64_t n = 0; n < threads - word * 64 && n < 64; n++)
                unread |= (uint64_t)(w->news[begin + n] >= m->last_visit) << n;
            const uint64_t early = early_among(w, row, begin, unread, ties);
            marks_of(w, place, EARLY, which)[word] = early;
            marks_of(w, place, REST, which)[word] = unread ^ early;
        }
    }
}

static inline int64_t next_marked(const struct world *w, const uint64_t *marks, int64_t number, int64_t at_least)
{
    if (number < 0) return -1;
    const struct audience *page = &w->audiences[number];
    int passed = at_least & 63;
    for (int64_t word = at_least >> 6; word < words_of(page->threads); word++, passed = 0)
        if (marks[word] >> passed) return page->first + word * 64 + passed + __builtin_ctzll(marks[word] >> passed);
    return -1;
}

static int64_t count_marked(const struct world *w, int64_t place, const struct member *m, int some, int64_t most)
{
    int64_t count = 0;
    for (int which = 0; which < PAGES; which++) {
        const int64_t number = audience_of(w, m, which), threads = number < 0 ? 0 : w->audiences[number].threads;
        for (int64_t word = 0; word < words_of(threads); word++)
            for (uint64_t bits = marks_of(w, place, some, which)[word]; bits && count < most; bits &= bits - 1) count++;
    }
    return count;
}

static int64_t walk(const struct world *w, int64_t row, int64_t place, const struct member *m, int some, int64_t most)
{
    int64_t number[PAGES], at[PAGES], met = 0;
    for (int n = 0; n < PAGES; n++) {
        number[n] = audience_of(w, m, n);
        at[n] = next_marked(w, marks_of(w, place, some, n), number[n], 0);
    }
    for (; met < most && w->seen_count[place] < m->attention; met++) {
        double best = -INFINITY;
        int page = -1;
        for (int n = 0; n < PAGES; n++)
            if (at[n] >= 0 && w->slots[at[n]].score > best) {
                best = w->slots[at[n]].score;
                page = n;
            }
        if (page < 0) break;
        const int64_t slot = at[page], on_page = slot - w->audiences[number[page]].first;
        at[page] = next_marked(w, marks_of(w, place, some, page), number[page], on_page + 1);
        read_thread(w, row, place, m, w->slots[slot].thread);
    }
    return met;
}

/* Fill `seen[place]` with what one member reads now, best first; return how many unread threads are left over. */
static int64_t collect(const struct world *w, int64_t row, int64_t place)
{
    const struct member *m = &w->members[row];
    w->seen_count[place] = 0;
    if (w->arena->leaders_first) read_announcements(w, row, place, m);
    if (w->arena->notifications) read_notices(w, place, m);
    mark_unread(w, row, place, m);
    int64_t most = EVERYTHING;
    if (w->arena->ranking == Ranking_ties || answers_come_early(w->arena)) {
        walk(w, row, place, m, EARLY, EVERYTHING);
        most = MAX_ATTENTION + MAX_LEFT_OVER;
    }
    const int64_t met = walk(w, row, place, m, REST, most);
    return count_marked(w, place, m, REST, most < met + MAX_LEFT_OVER ? most : met + MAX_LEFT_OVER) - met;
}
