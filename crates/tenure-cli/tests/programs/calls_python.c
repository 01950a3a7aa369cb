// A library that a Python program calls: it allocates without the global lock, and on a thread that
// Python has not made.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct task {
    void (*call)(void);
    size_t before;
    size_t after;
};

static void touch(size_t bytes) {
    char *block = malloc(bytes);
    memset(block, 1, bytes);
    free(block);
}

void allocate(size_t bytes) { touch(bytes); }

static void *work(void *given) {
    struct task *task = given;
    touch(task->before);
    task->call();
    touch(task->after);
    return NULL;
}

void on_thread(void (*call)(void), size_t before, size_t after) {
    struct task task = {call, before, after};
    pthread_t thread;
    pthread_create(&thread, NULL, work, &task);
    pthread_join(thread, NULL);
}
