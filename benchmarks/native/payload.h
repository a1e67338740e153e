/* The payload of one response, while it arrives: how much, when, and whether all of it. */
#pragma once
#include <stdint.h>
#include <stdlib.h>

#include "subject.h"

enum { DELIMITER = 8 };

struct body {            /* of one response, while it arrives */
    size_t bytes, chunks, torn, item_at, payload_in_chunk;
    int nul_run, payload_begun, failed;
    uint64_t begin_ns, first_ns, now_ns; /* of the body, and of the payload in it */
    char stamp[STAMP + 1];
};

static uint64_t *late;
static size_t late_count, late_room;

static void keep_late(uint64_t ns) {
    if (late_count == late_room) {
        late_room = late_room ? 2 * late_room : 4096;
        late = realloc(late, late_room * sizeof *late);
        if (late == NULL) fail("out of memory");
    }
    late[late_count++] = ns;
}

/* Payload bytes: the first and last byte of every item tell whether anything was lost or moved. */
static void take_payload(struct body *body, const char *data, size_t size) {
    if (size == 0) return;
    if (body->bytes == 0) body->first_ns = body->now_ns;
    body->bytes += size;
    body->payload_in_chunk += size;
    while (size > 0) {
        size_t take = opt.item_size - body->item_at;
        if (take > size) take = size;
        if (opt.stamped)
            for (size_t i = 0; i < take && body->item_at + i < STAMP; i++)
                body->stamp[body->item_at + i] = data[i];
        else if (body->item_at == 0 && data[0] != 'x')
            body->torn++;
        body->item_at += take;
        if (body->item_at == opt.item_size) {
            body->item_at = 0;
            if (data[take - 1] != '\n') body->torn++;
            if (opt.stamped) keep_late(body->now_ns - strtoull(body->stamp, NULL, 16));
        }
        data += take;
        size -= take;
    }
}

static void take_data(struct body *body, const char *data, size_t size) {
    if (body->begin_ns == 0) body->begin_ns = body->now_ns;
    while (!body->payload_begun && size > 0) {
        body->nul_run = *data == '\0' ? body->nul_run + 1 : 0;
        body->payload_begun = body->nul_run == DELIMITER;
        data++;
        size--;
    }
    take_payload(body, data, size);
}

static void end_of_chunk(struct body *body) {
    if (body->payload_in_chunk > 0) body->chunks++;
    if (body->item_at != 0 && !opt.cut_chunks) body->torn++;
    body->payload_in_chunk = 0;
}
