// The functions of tenure.h, from C: blocks, limits, threads, the end of a heap, misuse.
#include "checks.h"
#include "../../../tenure-preload/tenure.h"
#include <pthread.h>
#include <sys/wait.h>

#define THREADS 4
#define BLOCKS 500

static void *worker(void *argument) {
    tenure_heap *heap = argument;
    void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = tenure_heap_malloc(heap, i * 7 % 3000);
        if (blocks[i]) memset(blocks[i], 1, i * 7 % 3000);
    }
    for (size_t i = 0; i < BLOCKS; i += 2)
        if (i % 4) free(blocks[i]); else tenure_heap_free(heap, blocks[i]);
    return blocks[1];
}

static void *kept;
static int asked;

static int make_room(tenure_heap *heap, size_t size, void *context) {
    asked++;
    CHECK(context == &kept && size == 70000);
    if (!kept) return 0;
    tenure_heap_free(heap, kept);
    kept = NULL;
    return 1;
}

static void check_blocks(void) {
    tenure_heap *heap = tenure_heap_new("blocks");
    CHECK(heap != NULL);
    char *block = tenure_heap_malloc(heap, 100);
    CHECK(block && (uintptr_t)block % 16 == 0 && tenure_heap_usable_size(block) >= 100);
    CHECK(tenure_heap_contains(heap, block) && !tenure_heap_contains(heap, block + 1));
    CHECK(!tenure_heap_contains(heap, &heap) && !tenure_heap_contains(heap, NULL));
    strcpy(block, "stays");
    block = tenure_heap_realloc(heap, block, 100000);
    CHECK(block && !strcmp(block, "stays"));
    block = realloc(block, 3 << 20);
    CHECK(block && !strcmp(block, "stays") && tenure_heap_contains(heap, block));
    unsigned char *zero = tenure_heap_calloc(heap, 1000, 9);
    for (int i = 0; i < 9000; i++) CHECK(zero[i] == 0);
    errno = 0;
    CHECK(!tenure_heap_calloc(heap, SIZE_MAX / 2, 3) && errno == ENOMEM);
    CHECK((uintptr_t)tenure_heap_aligned_alloc(heap, 4096, 10) % 4096 == 0);
    errno = 0;
    CHECK(!tenure_heap_aligned_alloc(heap, 48, 10) && errno == EINVAL);
    CHECK(tenure_heap_realloc(heap, NULL, 5) && tenure_heap_malloc(heap, 0));
    tenure_heap_stats_t stats;
    CHECK(tenure_heap_stats(heap, &stats) == 1);
    CHECK(stats.live_blocks == 5 && stats.live_bytes >= (3 << 20));
    CHECK(stats.limit_bytes == UINT64_MAX && stats.refusals == 0);
    CHECK(stats.held_bytes >= stats.live_bytes && stats.held_peak_bytes >= stats.held_bytes);
    tenure_usage_t usage;
    tenure_usage(&usage);
    CHECK(usage.live_bytes >= stats.live_bytes && usage.held_bytes > 0);
    tenure_heap_free(heap, NULL);
    tenure_heap_destroy(heap);
    // What is destroyed is told apart.
    errno = 0;
    CHECK(!tenure_heap_malloc(heap, 1) && errno == EINVAL);
    CHECK(tenure_heap_stats(heap, &stats) == 0 && !tenure_heap_contains(heap, block));
    tenure_heap *next = tenure_heap_new(NULL);
    tenure_heap_destroy(heap);
    CHECK(tenure_heap_malloc(next, 1) != NULL);
    tenure_heap_destroy(next);
    tenure_heap_destroy(NULL);
    tenure_trim();
}

static void check_limit(void) {
    tenure_heap *heap = tenure_heap_new_limited("limited", 100000);
    kept = tenure_heap_malloc(heap, 60000);
    errno = 0;
    CHECK(kept && !tenure_heap_malloc(heap, 70000) && errno == ENOMEM);
    tenure_heap_set_limit_callback(heap, make_room, &kept);
    CHECK(tenure_heap_malloc(heap, 70000) && asked == 1);
    CHECK(!tenure_heap_malloc(heap, 70000) && asked == 2);
    tenure_heap_set_limit_callback(heap, NULL, NULL);
    CHECK(!tenure_heap_malloc(heap, 70000) && asked == 2);
    tenure_heap_set_limit(heap, SIZE_MAX);
    CHECK(tenure_heap_malloc(heap, 70000) && asked == 2);
    tenure_heap_stats_t stats;
    tenure_heap_stats(heap, &stats);
    CHECK(stats.refusals == 3);
    tenure_heap_destroy(heap);
}

static void check_threads(void) {
    tenure_heap *heap = tenure_heap_new("threads");
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, worker, heap);
    for (int i = 0; i < THREADS; i++) {
        void *left;
        pthread_join(threads[i], &left);
        tenure_heap_free(heap, left);
    }
    tenure_heap_stats_t stats;
    tenure_heap_stats(heap, &stats);
    CHECK(stats.live_blocks == THREADS * (BLOCKS / 2 - 1));
    CHECK(stats.allocations == THREADS * BLOCKS);
    // A child has its own: it may use and end the heap, whatever became of the threads.
    pid_t child = fork();
    if (child == 0) {
        void *block = tenure_heap_malloc(heap, 10);
        tenure_heap_free(heap, block);
        tenure_heap_destroy(heap);
        _exit(block ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
    tenure_heap_destroy(heap);
}

static pthread_barrier_t here, gone;
static void *left_behind;

static void *stays(void *heap) {
    left_behind = tenure_heap_malloc(heap, 100);
    pthread_barrier_wait(&here);
    pthread_barrier_wait(&gone);
    CHECK(tenure_heap_malloc(heap, 100) != NULL);
    return NULL;
}

// The child of a fork has no thread that could work with the parts of the other threads.
static void check_fork(void) {
    tenure_heap *heap = tenure_heap_new("forked");
    pthread_barrier_init(&here, NULL, 2);
    pthread_barrier_init(&gone, NULL, 2);
    pthread_t thread;
    pthread_create(&thread, NULL, stays, heap);
    pthread_barrier_wait(&here);
    pid_t child = fork();
    if (child == 0) {
        int good = tenure_heap_contains(heap, left_behind);
        void *mine = tenure_heap_malloc(heap, 100);
        tenure_heap_free(heap, left_behind);
        tenure_heap_destroy(heap);
        heap = tenure_heap_new("after the fork");
        good = good && mine && tenure_heap_malloc(heap, 100);
        tenure_heap_stats_t stats;
        tenure_heap_stats(heap, &stats);
        _exit(good && stats.live_blocks == 1 ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
    pthread_barrier_wait(&gone);
    pthread_join(thread, NULL);
    tenure_heap_destroy(heap);
}

int main(int count, char **arguments) {
    if (count > 1) {
        tenure_heap *heap = tenure_heap_new("misused");
        void *block = tenure_heap_malloc(heap, 64);
        if (!strcmp(arguments[1], "twice")) tenure_heap_free(heap, block);
        if (!strcmp(arguments[1], "late")) tenure_heap_destroy(heap);
        tenure_heap_free(heap, block);
        return 0;
    }
    check_blocks();
    check_limit();
    check_threads();
    check_fork();
    if (!checks_failed) puts("all checks hold");
    return checks_failed != 0;
}
