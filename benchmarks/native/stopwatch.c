/* Lambda's Runtime API on loopback, and the stopwatch: starts one runtime, invokes it n times with
 * one event, and prints what each invocation took. C, because a stopwatch in Python would measure
 * itself. It only counts and prints; benchmarks/runtime/stopwatch.py judges whether all arrived.
 * With -d the subject is an HTTP server: it gets the request in the event's place, straight at the
 * port that PORT names. Processor time and memory are those of all processes of the subject.
 *
 * What it is asked to do is in options.h. subject.h starts and ends the runtime, process_group.h
 * weighs it, connections.h and http.h read what it sends, and payload.h looks at every byte of it.
 *
 * Output, one line each (times in ns, memory in KiB):
 *   init WALL CPU RSS                       spawn -> first GET next (-d: listens), then asleep
 *   invoked BEGIN TTFB END CYCLE BYTES CHUNKS TORN     of one invocation; BEGIN: with the prelude
 *   late NS                                 of one stamped item: made -> parsed here
 *   memory RSS STREAMING                    at the end; at most, while a slow reader read
 *   failed WHAT                             and nothing after it
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http.h"

/* The least of the Extensions API: an extension registers, and waits for an event for ever. */
static int is_of_extension(struct request *request) {
    static const char base[] = "/2020-01-01/extension/";
    struct connection *peer = request->peer;
    char *length, *path = strchr(request->head, ' ');
    if (path == NULL || strncmp(path + 1, base, sizeof base - 1) != 0) return 0;
    size_t size = (length = strcasestr(request->head, "\r\ncontent-length:")) == NULL
                      ? 0 : strtoul(length + 17, NULL, 10);
    while (peer->end - peer->start < size) need(peer);
    peer->start += size;
    if (strncmp(request->head, "POST", 4) == 0)
        answer(peer->fd, "200 OK", "Lambda-Extension-Identifier: 1\r\n", "{}", 2);
    return 1;
}

static void take_call(struct request *request) {
    do take_request(request);
    while (is_of_extension(request));
}

static void take_next(struct request *request) {
    take_call(request);
    if (strncmp(request->head, "GET /2018-06-01/runtime/invocation/next ", 40) != 0)
        fail("expected GET next, got %s", shown(request->head));
}

static void print_invocation(const struct body *body, uint64_t begun, uint64_t ended, uint64_t next) {
    const uint64_t moments[] = {body->begin_ns, body->first_ns, ended, next};
    printf("invoked");
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        printf(" %llu", (unsigned long long)(moments[i] ? moments[i] - begun : 0));
    printf(" %zu %zu %zu\n", body->bytes, body->chunks, body->torn);
}

static void invoke(struct request *request, const char *event, size_t size, int number) {
    char headers[512], path[128];
    struct body body = {0};
    snprintf(path, sizeof path, "8476a536-e9f4-11e8-9739-%012d", number);
    snprintf(headers, sizeof headers,
             "Lambda-Runtime-Aws-Request-Id: %s\r\nLambda-Runtime-Deadline-Ms: 33333333333333\r\n"
             "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:f\r\n",
             path);
    uint64_t begun = now();
    answer(request->peer->fd, "200 OK", headers, event, size);
    take_call(request);
    take_body(request, &body);
    uint64_t ended = now();
    if (strstr(request->head, "/response ") == NULL || body.failed)
        fail("%s %s", shown(request->head), error_text);
    if (strstr(request->head, path) == NULL) fail("a response to another request");
    answer(request->peer->fd, "202 Accepted", "", "{\"status\":\"OK\"}\n", 16);
    take_next(request);
    print_invocation(&body, begun, ended, request->at_ns);
    for (size_t i = 0; i < late_count; i++) printf("late %llu\n", (unsigned long long)late[i]);
    late_count = 0;
}

/* Waits until the subject listens, and keeps the connection. */
static uint64_t connect_to_subject(uint16_t port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                               .sin_port = htons(port)};
    for (int fd, status, one = 1;; close(fd), usleep(200)) {
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            peers[0].fd = fd;
            return now();
        }
        if (waitpid(subject, &status, WNOHANG) == subject) {
            subject = 0;
            fail("the server ended before it listened");
        }
    }
}

static void ask(const char *question, size_t size) {
    struct request response;
    struct body body = {0};
    uint64_t begun = now();
    send_all(peers[0].fd, question, size);
    take_request(&response);
    if (strncmp(response.head, "HTTP/1.1 200", 12) != 0) fail("%s", shown(response.head));
    take_body(&response, &body);
    uint64_t ended = now();
    print_invocation(&body, begun, ended, ended);
    late_count = 0;
}

static size_t read_event(char *event) {
    int fd = open(opt.event_file, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, event, EVENT);
    if (size < 0) fail("cannot read %s", opt.event_file);
    close(fd);
    return (size_t)size;
}

int main(int count, char **values) {
    static char event[EVENT], buffer[1 << 16];
    char **command = parse(count, values);
    struct request request;
    struct sched_param first = {.sched_priority = 1};
    char port_text[8];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < CONNECTIONS; i++) peers[i].fd = -1;
    signal(SIGALRM, on_alarm);
    signal(SIGPIPE, SIG_IGN);
    size_t size = read_event(event);
    setenv("AWS_LAMBDA_RUNTIME_API", listen_on_loopback(), 1);
    alarm((unsigned)opt.timeout_s);

    uint16_t port = reserve_port();
    snprintf(port_text, sizeof port_text, "%d", port);
    setenv("PORT", port_text, 1);
    uint64_t begun = now();
    spawn(command);
    if (opt.direct) request.at_ns = connect_to_subject(port);
    else take_next(&request);
    uint64_t wall = request.at_ns - begun;
    usleep(3000); /* a running process's CPU clock is stale: it must be asleep in its recv */
    processes = find_processes(subject);
    printf("init %llu %llu %ld\n", (unsigned long long)wall,
           (unsigned long long)cpu_ns(&processes), rss_kib(&processes));
    pin(opt.server_cpu);
    if (opt.fifo && sched_setscheduler(0, SCHED_FIFO, &first) != 0) fail("FIFO is not permitted");
    for (int i = 0; i < opt.invocations; i++)
        if (opt.direct) ask(event, size);
        else invoke(&request, event, size, i);
    printf("memory %ld %ld\n", rss_kib(&processes), streaming_kib);
    end_subject();
    return 0;
}
