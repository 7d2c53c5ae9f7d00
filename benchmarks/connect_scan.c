/* The yardstick for `lasti scan`: the same TCP connect scan of one IPv4 address, as plainly as C has it.
 *
 *     connect_scan ADDRESS FIRST LAST TIMEOUT_MS
 *
 * One non-blocking socket, bound to one source port outside of the range, asks port after port: a second connect() says
 * ECONNREFUSED (closed: use the socket again), 0 (open) or EALREADY (no answer yet: it waits).  Prints the open ports. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int source;

static int fresh(void)
{
    struct linger reset = {1, 0};
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(source)};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    struct sockaddr_in there = {.sin_family = AF_INET};
    int first = atoi(argv[2]), last = atoi(argv[3]), timeout = atoi(argv[4]), waiting = 0, fd = -1;
    struct pollfd *waits = calloc(last - first + 1, sizeof *waits);
    int *ports = calloc(last - first + 1, sizeof *ports);

    inet_pton(AF_INET, argv[1], &there.sin_addr);
    for (source = first - 1; source > 1023 && (fd = fresh()) < 0; source--)
        ;
    for (int port = first; port <= last; port++) {
        there.sin_port = htons(port);
        if (fd < 0 && (fd = fresh()) < 0)
            return 1;
        connect(fd, (struct sockaddr *)&there, sizeof there);
        if (connect(fd, (struct sockaddr *)&there, sizeof there) < 0 && errno == ECONNREFUSED)
            continue;
        if (errno == EALREADY) {
            ports[waiting] = port;
            waits[waiting++] = (struct pollfd){.fd = fd, .events = POLLOUT};
        } else {
            printf("%d\n", port);
            close(fd);
        }
        fd = -1;
        errno = 0;
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long end = now.tv_sec * 1000 + now.tv_nsec / 1000000 + timeout, left = timeout;
    for (int alive = waiting; alive > 0 && left > 0; left = end - now.tv_sec * 1000 - now.tv_nsec / 1000000) {
        poll(waits, waiting, (int)left);
        for (int i = 0; i < waiting; i++)
            if (waits[i].revents) {
                there.sin_port = htons(ports[i]);
                if (connect(waits[i].fd, (struct sockaddr *)&there, sizeof there) == 0)
                    printf("%d\n", ports[i]);
                waits[i].fd = -1;
                alive--;
            }
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    return 0;
}
