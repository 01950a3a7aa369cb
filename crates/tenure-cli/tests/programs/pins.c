// Pins heap pages on purpose. Two functions ask for blocks of one class in turn, one in fifty and
// the others; the many are freed, the few stay. A third keeps all of its own, of another class.
//
// Says what its RSS is before and after, and waits for a line if it is told to.
// Usage: pins [threads N] [fork] [wait]
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 4000, OTHERS = 49, BYTES = 1000, KEPT_BYTES = 5000, KEPT = 800 };

static void *few[64][ROUNDS];
static void *all[KEPT];

static long resident_kib(void) {
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmRSS: %ld", &kib) == 1) break;
    if (status) fclose(status);
    return kib;
}

__attribute__((noinline)) static void *keeps_few(void) {
    char *block = malloc(BYTES);
    memset(block, 1, BYTES);
    return block;
}

__attribute__((noinline)) static void *frees_all(void) {
    char *block = malloc(BYTES);
    memset(block, 2, BYTES);
    return block;
}

__attribute__((noinline)) static void *keeps_all(void) {
    char *block = malloc(KEPT_BYTES);
    memset(block, 3, KEPT_BYTES);
    return block;
}

static void *pin(void *own) {
    long number = (long)own;
    void **many = malloc(sizeof *many * ROUNDS * OTHERS);
    for (int round = 0; round < ROUNDS; round++) {
        few[number][round] = keeps_few();
        for (int one = 0; one < OTHERS; one++) many[round * OTHERS + one] = frees_all();
    }
    for (int one = 0; one < ROUNDS * OTHERS; one++) free(many[one]);
    free(many);
    return NULL;
}

int main(int count, char **words) {
    int threads = 0, forks = 0, waits = 0;
    for (int at = 1; at < count; at++) {
        if (!strcmp(words[at], "threads") && at + 1 < count) threads = atoi(words[++at]);
        if (!strcmp(words[at], "fork")) forks = 1;
        if (!strcmp(words[at], "wait")) waits = 1;
    }
    long before = resident_kib();
    pthread_t running[63];
    for (long at = 0; at < threads; at++)
        if (pthread_create(&running[at], NULL, pin, (void *)(at + 1))) return 1;
    pin((void *)0);
    for (int one = 0; one < KEPT; one++) all[one] = keeps_all();
    for (int at = 0; at < threads; at++) pthread_join(running[at], NULL);
    printf("rss %ld %ld\n", before * 1024, resident_kib() * 1024);
    fflush(stdout);
    if (forks) {
        pid_t child = fork();
        if (child == 0) {
            for (int round = 0; round < ROUNDS; round += 2) free(few[0][round]);
            exit(0);
        }
        waitpid(child, NULL, 0);
    }
    char line[16];
    if (waits && !fgets(line, sizeof line, stdin)) return 2;
    return 0;
}
