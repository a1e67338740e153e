/* The floor: the least that a runtime can do. Every byte is built before it is asked for, one
 * send() a chunk, nothing checked. The event's path says what to stream: /COUNT/SIZE/PAUSE_US. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* With the string's own end: 8 NUL bytes. */
#define PRELUDE "{\"statusCode\":200,\"headers\":{\"content-type\":\"application/octet-stream\"}}\0\0\0\0\0\0\0"
enum { PRELUDE_SIZE = sizeof PRELUDE, HEAD = 1024, ITEM = 1 << 20, BUFFER = 1 << 16 };

static char in[BUFFER], first[ITEM + HEAD * 2], framed[ITEM + 32];

static void send_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0) exit(1);
        data += sent;
        size -= (size_t)sent;
    }
}

/* A whole response; all of them have a Content-Length. */
static void receive(int fd) {
    size_t size = 0;
    for (;;) {
        ssize_t got = recv(fd, in + size, BUFFER - 1 - size, 0);
        if (got <= 0) exit(1);
        in[size += (size_t)got] = '\0';
        char *end = strstr(in, "\r\n\r\n"), *length = strstr(in, "Content-Length: ");
        if (end != NULL && length != NULL && (size_t)(end + 4 - in) + strtoul(length + 16, NULL, 10) <= size)
            return;
    }
}

static void stamp(char *item) {
    struct timespec t;
    char text[17];
    clock_gettime(CLOCK_MONOTONIC, &t);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)t.tv_sec * 1000000000u + (unsigned long long)t.tv_nsec);
    memcpy(item, text, 16);
}

static void stream(int fd, const char *api, long count, size_t size, long pause_us) {
    char id[37] = "";
    struct timespec pause = {0, pause_us * 1000};
    sscanf(strstr(in, "Aws-Request-Id: "), "Aws-Request-Id: %36s", id);
    int at = snprintf(framed, sizeof framed, "%zx\r\n", size);
    memset(framed + at, 'x', size);
    memcpy(framed + at + size - 1, "\n\r\n", 3);
    int head = snprintf(first, sizeof first,
        "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nUser-Agent: floor\r\n"
        "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
        "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
        "Transfer-Encoding: chunked\r\n"
        "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n%zx\r\n",
        id, api, PRELUDE_SIZE + size);
    memcpy(first + head, PRELUDE, PRELUDE_SIZE);
    memcpy(first + head + PRELUDE_SIZE, framed + at, size + 2);
    for (long i = 0; i < count; i++) {
        if (pause_us > 0) {
            nanosleep(&pause, NULL);
            stamp(i == 0 ? first + head + PRELUDE_SIZE : framed + at);
        }
        if (i == 0)
            send_all(fd, first, (size_t)head + PRELUDE_SIZE + size + 2);
        else
            send_all(fd, framed, (size_t)at + size + 2);
    }
    send_all(fd, "0\r\n\r\n", 5);
}

int main(void) {
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    char next[128];
    if (api == NULL || strchr(api, ':') == NULL) return 1;
    address.sin_port = htons((uint16_t)atoi(strchr(api, ':') + 1));
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) return 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int length = snprintf(next, sizeof next, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", api);
    for (;;) {
        long count = 0, pause_us = 0;
        size_t size = 0;
        send_all(fd, next, (size_t)length);
        receive(fd);
        const char *path = strstr(in, "\"rawPath\":\"/");
        if (path == NULL || sscanf(path + 12, "%ld/%zu/%ld", &count, &size, &pause_us) != 3 || size < 16 || size > ITEM)
            return 1;
        stream(fd, api, count, size, pause_us);
        receive(fd);
    }
}
