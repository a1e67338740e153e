/* The runtime that is measured: how it starts, and how it and the measurement end. */
#pragma once
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "process_group.h"

static pid_t subject;
static struct process_group processes;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void end_subject(void) {
    if (subject > 0) {
        kill(-subject, SIGKILL); /* the whole group: nothing of a subject may stay */
        while (waitpid(subject, NULL, 0) < 0 && errno == EINTR) {}
        subject = 0;
    }
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("failed ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
    end_subject();
    exit(1);
}

static void on_alarm(int signal_number) {
    (void)signal_number; /* async-signal-safe calls only */
    static const char text[] = "failed no end within the time limit\n";
    if (subject > 0) kill(-subject, SIGKILL);
    if (write(STDOUT_FILENO, text, sizeof text - 1) < 0) _exit(2);
    _exit(1);
}

static void pin(int cpu) {
    cpu_set_t set;
    if (cpu < 0) return;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fail("cannot pin to cpu %d", cpu);
}

static void spawn(char **command) {
    fflush(stdout);
    subject = fork();
    if (subject < 0) fail("fork: %s", strerror(errno));
    if (subject > 0) {
        setpgid(subject, subject); /* in both: whoever comes first */
        return;
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(opt.subject_cpu);
    if (opt.fifo) setpriority(PRIO_PROCESS, 0, -20); /* against other jobs; not fatal if refused */
    signal(SIGPIPE, SIG_DFL); /* an ignored signal stays ignored through exec */
    dup2(STDERR_FILENO, STDOUT_FILENO); /* our stdout carries the result */
    execvp(command[0], command);
    fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
    _exit(127);
}

/* The port of the subject. It stays bound here, so that nobody else gets it; with SO_REUSEADDR on
 * both sides the subject may bind it too, and listen. */
static uint16_t reserve_port(void) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof name;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, (struct sockaddr *)&name, length) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &length) != 0)
        fail("no free port: %s", strerror(errno));
    return ntohs(name.sin_port);
}
