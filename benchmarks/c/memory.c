/* What this machine's memory allows: bytes in a row, lines at random one after the other, and many of them at once. */

#include <stdint.h>
#include <stddef.h>

struct line { uint64_t next, rest[7]; };

/* Link the lines of a block to one ring in random order (Sattolo's shuffle). */
void link_lines(struct line *lines, uint64_t size)
{
    uint64_t luck = 88172645463325252u;
    for (uint64_t n = 0; n < size; n++) lines[n].next = n;
    for (uint64_t n = size - 1; n > 0; n--) {
        luck ^= luck << 13;
        luck ^= luck >> 7;
        luck ^= luck << 17;
        const uint64_t other = luck % n, kept = lines[n].next;
        lines[n].next = lines[other].next;
        lines[other].next = kept;
    }
}

/* Follow the ring: each line is known only when the one before has come. */
uint64_t follow(const struct line *lines, uint64_t steps)
{
    uint64_t at = 0;
    for (uint64_t n = 0; n < steps; n++) at = lines[at].next;
    return at;
}

/* Read lines at random that are known beforehand, so that many are on their way at once. */
uint64_t gather(const struct line *lines, uint64_t size, uint64_t steps)
{
    uint64_t total = 0, at = 1;
    for (uint64_t n = 0; n < steps; n++) {
        at = at * 6364136223846793005u + 1442695040888963407u;
        total += lines[(uint64_t)(((unsigned __int128)(at ^ at >> 29) * size) >> 64)].next;
    }
    return total;
}

/* Read a block from its first byte to its last. */
uint64_t sweep(const uint64_t *numbers, uint64_t size)
{
    uint64_t total = 0;
    for (uint64_t n = 0; n < size; n++) total += numbers[n];
    return total;
}
