/* The processor's own counters, where the system lends them (Linux: perf_event_open). */

#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* Take up a counter of this thread, standing still; return its number, or -1 where there is none. */
int open_counter(uint32_t type, uint64_t config)
{
    struct perf_event_attr about = {.type = type, .size = sizeof about, .config = config};
    about.disabled = 1;
    about.exclude_kernel = 1;
    about.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &about, 0, -1, -1, 0);
}

void go_on(int counter) { ioctl(counter, PERF_EVENT_IOC_ENABLE, 0); }
void stand_still(int counter) { ioctl(counter, PERF_EVENT_IOC_DISABLE, 0); }

/* Return what was counted, and give the counter back; -1 where it could not be read. */
int64_t close_counter(int counter)
{
    int64_t found = -1;
    if (read(counter, &found, sizeof found) != sizeof found) found = -1;
    close(counter);
    return found;
}
