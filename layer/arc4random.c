/* Debian's libexpat.a seeds its hash with arc4random_buf, which glibc has only since 2.36. */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

/* Hidden: what the process loads later must get glibc's own, where there is one. */
__attribute__((visibility("hidden"))) void arc4random_buf(void *buffer, size_t size) {
    unsigned char *next = buffer;
    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) abort(); /* like arc4random: never hand out bytes that are not random */
        next += got;
        size -= (size_t)got;
    }
}
