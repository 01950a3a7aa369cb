/* Pairs of malloc and free below a stack of so many frames, without frame pointers, in one thread or
 * several; prints nanoseconds a pair: the best of nine rounds.
 *
 *   pair FRAMES PAIRS [THREADS] */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long pairs;
static int frames;

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

__attribute__((noinline)) static void round_of_pairs(void)
{
    static __thread void *blocks[64];
    for (long i = 0; i < pairs / 64; i++) {
        for (int k = 0; k < 64; k++)
            blocks[k] = malloc(16 + k * 8);
        for (int k = 0; k < 64; k++)
            free(blocks[k]);
    }
}

__attribute__((noinline)) static void below(int depth)
{
    volatile char room[40];
    room[0] = (char)depth;
    if (depth > 0)
        below(depth - 1);
    else
        round_of_pairs();
    room[1] = room[0];
}

static void *thread_main(void *unused)
{
    below(frames);
    return unused;
}

int main(int count, char **arguments)
{
    frames = count > 1 ? atoi(arguments[1]) : 20;
    pairs = count > 2 ? atol(arguments[2]) : 1000000;
    int threads = count > 3 ? atoi(arguments[3]) : 1;
    double best = 1e18;
    for (int round = 0; round < 9; round++) {
        pthread_t ids[64];
        double start = now_ns();
        for (int i = 0; i < threads && i < 64; i++)
            pthread_create(&ids[i], NULL, thread_main, NULL);
        for (int i = 0; i < threads && i < 64; i++)
            pthread_join(ids[i], NULL);
        double each = (now_ns() - start) / (double)pairs / threads;
        if (each < best)
            best = each;
    }
    printf("%.2f\n", best);
    return 0;
}
