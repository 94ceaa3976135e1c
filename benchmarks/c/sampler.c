/* Where the processor is: its instruction pointer each so many nanoseconds, by a signal to the thread that asked. */

#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <sys/syscall.h>

static uint64_t *found;
static int64_t room;
static volatile int64_t count;
static timer_t timer;

static void look(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)information;
    const mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
    if (count >= room) return;
#if defined(__x86_64__)
    found[count++] = (uint64_t)machine->gregs[REG_RIP];
#elif defined(__aarch64__)
    found[count++] = machine->pc;
#else
    (void)machine;
#endif
}

/* Begin to fill `places` with instruction pointers; return 0, or -1 where the system has no such timer. */
int begin(uint64_t *places, int64_t size, int64_t nanoseconds)
{
    struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF};
    const struct timespec step = {.tv_nsec = nanoseconds};
    const struct itimerspec often = {step, step};
    event._sigev_un._tid = (int)syscall(SYS_gettid);
    found = places;
    room = size;
    count = 0;
    if (sigaction(SIGPROF, &action, 0) || timer_create(CLOCK_MONOTONIC, &event, &timer)) return -1;
    return timer_settime(timer, 0, &often, 0);
}

/* End it; return how many instruction pointers there are. */
int64_t end(void)
{
    timer_delete(timer);
    return count;
}
