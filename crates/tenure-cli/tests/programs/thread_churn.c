// Threads that start and end all the time on eight strands, while blocks wander between them.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STRANDS = 8, GENERATIONS = 400, SHELF = 512 };
static _Atomic(unsigned char *) shelf[SHELF];
static atomic_long wrong;

static void *live(void *seed_address) {
    unsigned seed = (unsigned)(size_t)seed_address;
    for (int i = 0; i < 300; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned size = (seed >> 10) % 1500 + 16;
        unsigned char *block = malloc(size);
        memset(block, (unsigned char)size, size);
        memcpy(block, &size, sizeof size);
        unsigned char *taken = atomic_exchange(&shelf[(seed >> 8) % SHELF], block);
        if (taken) {
            memcpy(&size, taken, sizeof size);
            for (unsigned k = sizeof size; k < size; k++) wrong += taken[k] != (unsigned char)size;
            free(taken);
        }
    }
    return NULL;
}

static void *strand(void *number) {
    for (size_t generation = 0; generation < GENERATIONS; generation++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, live, (void *)((size_t)number * 1000 + generation))) abort();
        pthread_join(thread, NULL);
    }
    return NULL;
}

int main(void) {
    alarm(60);
    pthread_t strands[STRANDS];
    for (size_t i = 0; i < STRANDS; i++) pthread_create(&strands[i], NULL, strand, (void *)(i + 1));
    for (size_t i = 0; i < STRANDS; i++) pthread_join(strands[i], NULL);
    for (int i = 0; i < SHELF; i++) free(shelf[i]);
    printf("%d threads, %ld wrong bytes\n", STRANDS * GENERATIONS, wrong);
    return wrong != 0;
}
