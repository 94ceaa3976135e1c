/* What the visits touch: the compiler calls these functions before each access to memory (-fsanitize=thread, without
   its library). Of each visit the distinct lines of 64 bytes are counted, by array and by the stage that came first. */

#include <stdint.h>
#include <string.h>

#define ARRAYS 64
#define STAGES 8
#define PLACES 65536 /* lines of one visit at most, with room to spare */

struct line { uint64_t number, visit, used; int array; };

static struct line lines[PLACES];
static int places[PLACES], known;
static uint64_t begins[ARRAYS], ends[ARRAYS], visit = 1;
static int arrays, now;
static int64_t counted[ARRAYS][STAGES], bytes[ARRAYS], accesses[STAGES];

/* Take up the arrays `from` an address `to` another; whatever lies elsewhere is not counted. */
void watch(const uint64_t *from, const uint64_t *to, int number)
{
    memcpy(begins, from, sizeof *from * number);
    memcpy(ends, to, sizeof *to * number);
    arrays = number;
}

static void leave_visit(void)
{
    for (int n = 0; n < known; n++) bytes[lines[places[n]].array] += __builtin_popcountll(lines[places[n]].used);
    known = 0;
    visit++;
}

void stage(int number)
{
    if (number == 0) leave_visit();
    now = number;
}

/* Give the lines by array and stage, the bytes of them that were touched, and the accesses by stage. */
void report(int64_t *to_lines, int64_t *to_bytes, int64_t *to_accesses)
{
    leave_visit();
    memcpy(to_lines, counted, sizeof counted);
    memcpy(to_bytes, bytes, sizeof bytes);
    memcpy(to_accesses, accesses, sizeof accesses);
}

static void touch_line(uint64_t number, uint64_t used, int array)
{
    uint64_t place = number * 0x9E3779B97F4A7C15u >> 48;
    while (lines[place].visit == visit && lines[place].number != number) place = (place + 1) % PLACES;
    struct line *line = &lines[place];
    if (line->visit != visit || line->number != number) {
        *line = (struct line){number, visit, 0, array};
        places[known++] = (int)place;
        counted[array][now]++;
    }
    line->used |= used;
}

static void touch(const void *at, uint64_t size)
{
    const uint64_t first = (uint64_t)at;
    int array = 0;
    while (array < arrays && !(begins[array] <= first && first < ends[array])) array++;
    if (array == arrays) return;
    accesses[now]++;
    for (uint64_t byte = first; byte < first + size; byte++) touch_line(byte / 64, 1ull << byte % 64, array);
}

#define ACCESS(size)                                                  \
    void __tsan_read##size(void *at) { touch(at, size); }             \
    void __tsan_write##size(void *at) { touch(at, size); }            \
    void __tsan_unaligned_read##size(void *at) { touch(at, size); }   \
    void __tsan_unaligned_write##size(void *at) { touch(at, size); }

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
void __tsan_read_range(void *at, uint64_t size) { touch(at, size); }
void __tsan_write_range(void *at, uint64_t size) { touch(at, size); }
void __tsan_func_entry(void *at) { (void)at; }
void __tsan_func_exit(void) {}
void __tsan_init(void) {}
