/* Connections of the subject: a runtime may keep one for `next` and open others for responses. */
#pragma once
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "subject.h"

enum { READ = 256 * 1024, CONNECTIONS = 8 };

struct connection {
    int fd;
    size_t start, end;   /* what was read and not yet taken */
    char data[READ];
};

static struct connection peers[CONNECTIONS];
static int listener = -1;
static long streaming_kib, slow_reads;

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

/* The connection that has something to read. */
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
