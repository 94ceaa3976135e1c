/* Instructions counted one by one: a child is let run a single instruction at a time from one SIGSTOP to the next. */

#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* Called in the child: let the parent look on. */
int let_look(void) { return (int)ptrace(PTRACE_TRACEME, 0, 0, 0); }

/* Step a stopped child until it stops itself again; return the instructions, -1 where it may not be looked at. */
int64_t steps(int child)
{
    for (int64_t count = 0;; count++) {
        int status, signal = 0;
        if (ptrace(PTRACE_SINGLESTEP, child, 0, signal) || waitpid(child, &status, 0) != child) return -1;
        if (!WIFSTOPPED(status)) return -1;
        if (WSTOPSIG(status) == SIGSTOP) return count;
    }
}

/* Let a stopped child go on by itself. */
int let_go(int child) { return (int)ptrace(PTRACE_DETACH, child, 0, 0); }
