/* Processor time and memory of all processes of one group: a runtime may be more than one. */
#pragma once
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 16 };

struct process_group {
    int count;
    pid_t pids[PROCESSES];
};

/* Reads /proc/PID/stat: the name is in parentheses, then come state, parent and group. */
static pid_t group_of(const char *pid) {
    char path[280], line[512], *rest;
    int group = 0;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    if (fgets(line, sizeof line, file) != NULL && (rest = strrchr(line, ')')) != NULL)
        sscanf(rest, ") %*c %*d %d", &group);
    fclose(file);
    return group;
}

/* The first process of a group has the group's number, and is the first here. */
static struct process_group find_processes(pid_t group) {
    struct process_group found = {.count = 1, .pids = {group}};
    struct dirent *entry;
    DIR *folder = opendir("/proc");
    while (folder != NULL && found.count < PROCESSES && (entry = readdir(folder)) != NULL) {
        pid_t pid = atoi(entry->d_name);
        if (pid > 0 && pid != group && group_of(entry->d_name) == group)
            found.pids[found.count++] = pid;
    }
    if (folder != NULL) closedir(folder);
    return found;
}

static uint64_t cpu_ns(const struct process_group *group) {
    uint64_t sum = 0;
    for (int i = 0; i < group->count; i++) {
        clockid_t clock;
        struct timespec t;
        if (clock_getcpuclockid(group->pids[i], &clock) == 0 && clock_gettime(clock, &t) == 0)
            sum += (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    }
    return sum;
}

/* Resident memory. What processes share, such as libc, counts for each of them. */
static long rss_kib(const struct process_group *group) {
    long sum = 0;
    for (int i = 0; i < group->count; i++) {
        char path[64], line[256];
        snprintf(path, sizeof path, "/proc/%d/status", (int)group->pids[i]);
        FILE *file = fopen(path, "r");
        if (file == NULL) continue;
        while (fgets(line, sizeof line, file) != NULL)
            if (strncmp(line, "VmRSS:", 6) == 0) sum += atol(line + 6);
        fclose(file);
    }
    return sum;
}
