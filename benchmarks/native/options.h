/* What the stopwatch is asked to do. */
#pragma once
#include <stdlib.h>
#include <unistd.h>

enum { STAMP = 16 };

struct options {
    const char *event_file;
    int invocations, server_cpu, subject_cpu, fifo, timeout_s;
    size_t item_size;    /* the payload is items of this size: x...x\n */
    int stamped;         /* items begin with 16 hex digits: when they were made */
    int prelude;         /* the payload begins after 8 NUL bytes */
    int read_pause_us;   /* a client that reads slowly */
    int cut_chunks;      /* an item may be spread over chunks: a proxy was in between */
    int direct;          /* the subject is an HTTP server, and there is no Runtime API */
    int quick_ack;       /* acknowledges at once: a peer that waits for it is not delayed by 40 ms */
};

static struct options opt = {.server_cpu = -1, .subject_cpu = -1, .timeout_s = 60, .invocations = 1};

static char **parse(int count, char **values) {
    int letter;
    while ((letter = getopt(count, values, "+e:n:s:c:C:r:t:dkpqfS")) != -1) switch (letter) {
        case 'e': opt.event_file = optarg; break;
        case 'n': opt.invocations = atoi(optarg); break;
        case 's': opt.item_size = strtoul(optarg, NULL, 10); break;
        case 'c': opt.server_cpu = atoi(optarg); break;
        case 'C': opt.subject_cpu = atoi(optarg); break;
        case 'r': opt.read_pause_us = atoi(optarg); break;
        case 't': opt.timeout_s = atoi(optarg); break;
        case 'd': opt.direct = 1; break;
        case 'k': opt.cut_chunks = 1; break;
        case 'p': opt.prelude = 1; break;
        case 'q': opt.quick_ack = 1; break;
        case 'f': opt.fifo = 1; break;
        case 'S': opt.stamped = 1; break;
        default: exit(64);
        }
    if (opt.event_file == NULL || opt.item_size < STAMP || optind >= count) exit(64);
    return values + optind;
}
