/* A heap of 64-byte blocks, each with two pointers to others drawn at random, and one array of
 * pointers to all: `blocks MEBIBYTES SECONDS`. Says "ready", then walks from block to block for so
 * long, and says what the longest step was in milliseconds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct block {
    struct block *left, *right;
    long rest[6];
};

static struct block **all;
static uint64_t state = 88172645463325252u;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int count, char **arguments)
{
    size_t blocks = (count > 1 ? strtoul(arguments[1], NULL, 10) : 64) << 14;
    double seconds = count > 2 ? strtod(arguments[2], NULL) : 0;
    all = malloc(blocks * sizeof *all);
    for (size_t i = 0; i < blocks; i++) {
        all[i] = malloc(sizeof **all);
        memset(all[i], 0, sizeof **all);
    }
    for (size_t i = 0; i < blocks; i++) {
        all[i]->left = all[draw() % blocks];
        all[i]->right = all[draw() % blocks];
    }
    puts("ready");
    fflush(stdout);
    double start = now(), last = start, longest = 0;
    while (last - start < seconds) {
        struct block *at = all[draw() % blocks];
        for (int step = 0; step < 50; step++)
            at = draw() & 1 ? at->left : at->right;
        at->rest[0]++;
        double time = now();
        if (time - last > longest)
            longest = time - last;
        last = time;
    }
    printf("%.3f\n", longest * 1e3);
    return 0;
}
