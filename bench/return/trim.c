// trim THREADS: the burst in so many threads that then wait; another thread calls malloc_trim(0).
// Stops: start, freed (with the bytes of OS pages that kept blocks pin), trimmed (with the
// nanoseconds that the call took).
#include "burst.h"

static int parts;
static pthread_barrier_t done;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void *work(void *part_address) {
    int part = (int)(size_t)part_address;
    allocate(part, parts);
    release(part, parts);
    pthread_barrier_wait(&done);
    pthread_mutex_lock(&lock);
    while (parts) pthread_cond_wait(&never, &lock);
    return NULL;
}

static void *trim(void *unused) {
    (void)unused;
    pthread_barrier_wait(&done);
    stop("freed", pinned_bytes());
    unsigned long begun = now_ns();
    malloc_trim(0);
    stop("trimmed", now_ns() - begun);
    _exit(0);
}

int main(int argc, char **argv) {
    parts = argc > 1 ? atoi(argv[1]) : 1;
    if (parts < 1) return 2;
    settle();
    stop("start", 0);
    pthread_barrier_init(&done, NULL, parts + 1);
    // The main thread is one of those that allocate and wait.
    pthread_t thread;
    for (int part = 1; part < parts; part++)
        if (pthread_create(&thread, NULL, work, (void *)(size_t)part)) return 3;
    if (pthread_create(&thread, NULL, trim, NULL)) return 3;
    work((void *)0);
    return 0;
}
