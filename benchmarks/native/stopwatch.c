/* Lambda's Runtime API on loopback, and the stopwatch: starts one runtime, invokes it n times with
 * one event, and prints what each invocation took. C, because a stopwatch in Python would measure
 * itself. It only counts and prints; benchmarks/runtime/stopwatch.py judges whether all arrived.
 * With -d the subject is an HTTP server: it gets the request in the event's place, straight at the
 * port that PORT names. Processor time and memory are those of all processes of the subject.
 *
 * Output, one line each (times in ns, memory in KiB):
 *   init WALL CPU RSS                       spawn -> first GET next (-d: listens), then asleep
 *   invoked BEGIN TTFB END CYCLE BYTES CHUNKS TORN     of one invocation; BEGIN: with the prelude
 *   late NS                                 of one stamped item: made -> parsed here
 *   memory RSS STREAMING                    at the end; at most, while a slow reader read
 *   failed WHAT                             and nothing after it
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
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

#include "process_group.h"

enum { READ = 256 * 1024, CONNECTIONS = 8, EVENT = 64 * 1024, STAMP = 16, DELIMITER = 8 };

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

struct connection {
    int fd;
    size_t start, end;   /* what was read and not yet taken */
    char data[READ];
};

struct body {            /* of one response, while it arrives */
    size_t bytes, chunks, torn, item_at, payload_in_chunk;
    int nul_run, payload_begun, failed;
    uint64_t begin_ns, first_ns, now_ns; /* of the body, and of the payload in it */
    char stamp[STAMP + 1];
};

static struct options opt = {.server_cpu = -1, .subject_cpu = -1, .timeout_s = 60, .invocations = 1};
static struct connection peers[CONNECTIONS];
static int listener = -1;
static pid_t subject;
static struct process_group processes;
static char error_text[512];
static uint64_t *late;
static size_t late_count, late_room;
static long streaming_kib, slow_reads;

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

/* ---- the subject ------------------------------------------------------------------------- */

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

/* ---- connections ------------------------------------------------------------------------- */

static char *listen_on_loopback(void) {
    static char address[32];
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof name;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&name, length) != 0 ||
        listen(listener, 8) != 0 || getsockname(listener, (struct sockaddr *)&name, &length) != 0)
        fail("cannot listen: %s", strerror(errno));
    snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(name.sin_port));
    return address;
}

/* The kernel forgets it: it must be said again after each read and each write. */
static void acknowledge(int fd) {
    int one = 1;
    if (opt.quick_ack) setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

static void take_connection(void) {
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (int i = 0; i < CONNECTIONS; i++)
        if (peers[i].fd < 0) {
            peers[i].fd = fd;
            peers[i].start = peers[i].end = 0;
            return;
        }
    fail("more than %d connections", CONNECTIONS);
}

static size_t fill(struct connection *peer) {
    if (peer->start == peer->end) peer->start = peer->end = 0;
    size_t room = READ - peer->end;
    if (room == 0) fail("a head of more than %d bytes", READ);
    if (opt.read_pause_us > 0) {
        usleep((useconds_t)opt.read_pause_us);
        if (slow_reads++ % 16 == 0 && subject > 0) {
            long rss = rss_kib(&processes);
            if (rss > streaming_kib) streaming_kib = rss;
        }
        if (room > 64 * 1024) room = 64 * 1024;
    }
    ssize_t got = recv(peer->fd, peer->data + peer->end, room, 0);
    if (got <= 0) {
        close(peer->fd);
        peer->fd = -1;
        return 0;
    }
    acknowledge(peer->fd);
    peer->end += (size_t)got;
    return (size_t)got;
}

static void need(struct connection *peer) {
    if (fill(peer) == 0) fail("the connection closed in the middle of a request");
}

/* A runtime may keep one connection for `next` and open others for responses. */
static struct connection *readable(void) {
    struct pollfd set[CONNECTIONS + 1];
    for (;;) {
        for (int i = 0; i < CONNECTIONS; i++) {
            if (peers[i].fd >= 0 && peers[i].start < peers[i].end) return &peers[i];
            set[i] = (struct pollfd){.fd = peers[i].fd, .events = POLLIN};
        }
        set[CONNECTIONS] = (struct pollfd){.fd = listener, .events = POLLIN};
        if (poll(set, CONNECTIONS + 1, 100) <= 0) {
            int status;
            if (waitpid(subject, &status, WNOHANG) == subject) {
                subject = 0;
                fail("the runtime ended with status %d",
                     WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
            }
            continue;
        }
        for (int i = 0; i < CONNECTIONS; i++)
            if (set[i].fd >= 0 && set[i].revents) fill(&peers[i]); /* or notices its end */
        if (set[CONNECTIONS].revents) take_connection();
    }
}

static void send_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0) fail("the runtime closed its connection");
        data += sent;
        size -= (size_t)sent;
    }
    acknowledge(fd);
}

/* ---- requests ---------------------------------------------------------------------------- */

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

static void answer(int fd, const char *status, const char *headers, const char *body, size_t size);

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

/* ---- the measurement ---------------------------------------------------------------------- */

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
