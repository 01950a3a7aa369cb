// fork_storm FORKS THREADS [SECONDS [BURST]]: forks while threads allocate; each child allocates, every
// tenth starts a thread. With BURST the threads go up and down by so many KiB, so that memory is given
// back meanwhile, and each child starts a thread. A child or a parent that hangs is ended by its alarm.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int stop;
static int burst_kib;

static void *churn(void *seed_address) {
    unsigned seed = (unsigned)(size_t)seed_address;
    void *blocks[256] = {0};
    for (unsigned turn = 1; !stop; turn++) {
        // Leaves the processor to the forks, which are what is tested.
        if (turn % 256 == 0) usleep(500);
        seed = seed * 1103515245 + 12345;
        unsigned slot = seed >> 24, size = (seed >> 8) % 2000 + 1;
        if (size == 7) size = 300 << 10;
        free(blocks[slot]);
        blocks[slot] = malloc(size);
        memset(blocks[slot], 1, size < 4096 ? size : 4096);
    }
    for (int i = 0; i < 256; i++) free(blocks[i]);
    return NULL;
}

// Up by so many KiB in blocks of 16 B to 32 KiB, and down to nothing.
static void *burst(void *seed_address) {
    unsigned seed = (unsigned)(size_t)seed_address;
    while (!stop) {
        struct block {
            struct block *next;
        } *first = NULL;
        for (size_t filled = 0; filled < (size_t)burst_kib << 10;) {
            seed = seed * 1103515245 + 12345;
            size_t size = 16 << (seed >> 16) % 12;
            struct block *block = malloc(size);
            memset(block, 1, size);
            block->next = first;
            first = block;
            filled += size;
        }
        while (first) {
            struct block *next = first->next;
            free(first);
            first = next;
        }
        usleep(20000);
    }
    return NULL;
}

static void *work(void *unused) {
    (void)unused;
    void *blocks[200];
    for (int i = 0; i < 200; i++) blocks[i] = memset(malloc(i * 31 + 1), 2, i * 31 + 1);
    for (int i = 0; i < 200; i++) free(blocks[i]);
    free(malloc(2 << 20));
    return NULL;
}

static int child(int number, void *inherited) {
    alarm(20);
    work(NULL);
    free(inherited);
    if (burst_kib || number % 10 == 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, NULL) || pthread_join(thread, NULL)) return 2;
    }
    return 0;
}

int main(int argc, char **argv) {
    int forks = argc > 1 ? atoi(argv[1]) : 500, count = argc > 2 ? atoi(argv[2]) : 8, good = 0;
    alarm(argc > 3 ? atoi(argv[3]) : 100);
    burst_kib = argc > 4 ? atoi(argv[4]) : 0;
    pthread_t threads[64];
    for (int i = 0; i < count; i++) pthread_create(&threads[i], NULL, burst_kib ? burst : churn, (void *)(size_t)(i + 1));
    for (int i = 0; i < forks; i++) {
        void *inherited = malloc(500);
        pid_t pid = fork();
        if (pid == 0) exit(child(i, inherited));
        free(inherited);
        int status = 0;
        if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
            good++;
        else
            fprintf(stderr, "fork %d: pid %d, status %#x\n", i, (int)pid, status);
    }
    stop = 1;
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    printf("%d of %d children ended well\n", good, forks);
    return good != forks;
}
