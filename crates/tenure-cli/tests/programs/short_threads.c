// short_threads N: N threads one after another, four at a time, each allocating and leaving blocks
// for the main thread. Resident memory must not grow once the first tenth has run.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long resident_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) exit(3);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void *short_life(void *number) {
    size_t n = (size_t)number;
    void *blocks[20];
    for (size_t i = 0; i < 20; i++) blocks[i] = memset(malloc(i * 40 + 8), 1, i * 40 + 8);
    if (n % 50 == 0) free(memset(malloc(300000), 1, 300000));
    for (size_t i = 1; i < 20; i++) free(blocks[i]);
    return blocks[0];
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 100000;
    long limit_kib = argc > 2 ? atol(argv[2]) : 4096, start_kib = 0;
    alarm(200);
    for (int i = 0; i < count; i += 4) {
        pthread_t threads[4];
        for (int k = 0; k < 4; k++)
            if (pthread_create(&threads[k], NULL, short_life, (void *)(size_t)(i + k))) return 4;
        for (int k = 0; k < 4; k++) {
            void *left;
            pthread_join(threads[k], &left);
            free(left);
        }
        if (i == count / 10 / 4 * 4) start_kib = resident_kib();
    }
    long drift_kib = resident_kib() - start_kib;
    fprintf(stderr, "resident %ld KiB, drift %ld KiB\n", start_kib, drift_kib);
    if (drift_kib > limit_kib) {
        printf("resident memory grew by %ld KiB over %d threads\n", drift_kib, count);
        return 1;
    }
    printf("%d threads\n", count);
    return 0;
}
