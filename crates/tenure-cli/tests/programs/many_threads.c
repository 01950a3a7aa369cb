// many_threads N: N threads alive at once, each with blocks of its own.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_barrier_t all;

static void *hold(void *unused) {
    (void)unused;
    void *block = memset(malloc(1000), 1, 1000);
    pthread_barrier_wait(&all);
    free(block);
    return NULL;
}

int main(int argc, char **argv) {
    alarm(60);
    int count = argc > 1 ? atoi(argv[1]) : 300;
    pthread_t *threads = calloc(count, sizeof *threads);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    pthread_barrier_init(&all, NULL, count + 1);
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], &small, hold, NULL)) return 1;
    pthread_barrier_wait(&all);
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    free(threads);
    printf("%d threads at once\n", count);
    return 0;
}
