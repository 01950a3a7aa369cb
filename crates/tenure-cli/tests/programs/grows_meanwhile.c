/* Forks, and goes on at once to allocate at places that were never seen, while the child sets itself
 * up: so many times. Prints how many children ended well. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile kept;

static void left(unsigned path, int depth);
static void right(unsigned path, int depth);

/* Each path through the two functions is a call stack of its own. */
static void go(unsigned path, int depth)
{
    if (depth == 0)
        kept = malloc(40);
    else if (path & 1)
        left(path >> 1, depth - 1);
    else
        right(path >> 1, depth - 1);
}

static void left(unsigned path, int depth) { go(path, depth); }
static void right(unsigned path, int depth) { go(path, depth); }

int main(int count, char **arguments)
{
    int children = count > 1 ? atoi(arguments[1]) : 100;
    int well = 0;
    unsigned path = 0;
    for (int i = 0; i < children; i++) {
        pid_t child = fork();
        if (child == 0) {
            go(~0u, 20);
            _exit(0);
        }
        for (int k = 0; k < 80; k++)
            go(path++, 14);
        int status = 1;
        waitpid(child, &status, 0);
        well += status == 0;
    }
    printf("%d of %d children ended well\n", well, children);
    return well == children ? 0 : 1;
}
