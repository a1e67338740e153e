/* HTTP/1.1 as runtimes and servers speak it: heads, lengths, chunks, trailers. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connections.h"
#include "payload.h"

enum { EVENT = 64 * 1024 };

static char error_text[512];

struct request {
    struct connection *peer;
    char head[8192];
    uint64_t at_ns;
};

static void take_request(struct request *request) {
    struct connection *peer = request->peer = readable();
    char *end;
    while ((end = memmem(peer->data + peer->start, peer->end - peer->start, "\r\n\r\n", 4)) == NULL)
        need(peer);
    request->at_ns = now();
    size_t size = (size_t)(end - (peer->data + peer->start)) + 4;
    if (size >= sizeof request->head) fail("a head of %zu bytes", size);
    memcpy(request->head, peer->data + peer->start, size);
    request->head[size] = '\0';
    peer->start += size;
}

/* For messages: the request line, and the error's type where the request tells one. */
static char *shown(char *head) {
    static char text[512];
    char *type = strcasestr(head, "Function-Error-Type: ");
    snprintf(text, sizeof text, "%.*s %.*s", (int)strcspn(head, "\r\n"), head,
             type ? (int)strcspn(type, "\r\n") : 0, type ? type : "");
    return text;
}

static void answer(int fd, const char *status, const char *headers, const char *body, size_t size) {
    char head[1024];
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n",
                          status, headers, size);
    static char message[EVENT + 1024]; /* one send: the runtime is woken once */
    memcpy(message, head, (size_t)length);
    memcpy(message + length, body, size);
    send_all(fd, message, (size_t)length + size);
}

/* One line, without its CRLF, in place. */
static char *take_line(struct connection *peer, struct body *body) {
    char *end;
    while ((end = memchr(peer->data + peer->start, '\n', peer->end - peer->start)) == NULL) {
        if (peer->start > 0) { /* makes room; at most a part of a line is moved */
            memmove(peer->data, peer->data + peer->start, peer->end - peer->start);
            peer->end -= peer->start;
            peer->start = 0;
        }
        need(peer);
        body->now_ns = now();
    }
    char *line = peer->data + peer->start;
    peer->start = (size_t)(end - peer->data) + 1;
    *end = '\0';
    if (end > line && end[-1] == '\r') end[-1] = '\0';
    return line;
}

static void take_bytes(struct connection *peer, struct body *body, size_t size) {
    while (size > 0) {
        if (peer->start == peer->end) {
            need(peer);
            body->now_ns = now();
        }
        size_t take = peer->end - peer->start;
        if (take > size) take = size;
        take_data(body, peer->data + peer->start, take);
        peer->start += take;
        size -= take;
    }
}

static void take_chunked(struct connection *peer, struct body *body) {
    size_t size;
    char *line, *rest;
    do {
        line = take_line(peer, body);
        size = strtoul(line, &rest, 16);
        if (rest == line) fail("a chunk size of %.20s", line);
        take_bytes(peer, body, size);
        if (size > 0) {
            if (*take_line(peer, body) != '\0') fail("a chunk longer than its size");
            end_of_chunk(body);
        }
    } while (size > 0);
    while (*(line = take_line(peer, body)) != '\0')
        if (strcasestr(line, "Function-Error-Type:") == line + strlen("Lambda-Runtime-")) {
            body->failed = 1;
            snprintf(error_text, sizeof error_text, "%.200s", line);
        }
}

static void take_body(struct request *request, struct body *body) {
    char *length = strcasestr(request->head, "\r\ncontent-length:");
    body->now_ns = request->at_ns;
    body->payload_begun = !opt.prelude;
    if (strcasestr(request->head, "\r\ntransfer-encoding: chunked") != NULL)
        take_chunked(request->peer, body);
    else if (length != NULL) {
        body->payload_begun = 1;
        take_bytes(request->peer, body, strtoul(length + 17, NULL, 10));
        body->chunks = 1;
    } else
        fail("a response without a length");
}
