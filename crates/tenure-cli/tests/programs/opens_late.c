// opens_late LIBRARY: a running process opens the library, uses it beside its own malloc on threads
// that existed before, closes it, forks and ends threads.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *(*other_malloc)(size_t);
static void (*other_free)(void *);
static size_t (*other_size)(void *);
static pthread_barrier_t opened;

static int use(void) {
    void *blocks[1000];
    for (int i = 0; i < 1000; i++) {
        blocks[i] = other_malloc(i * 13);
        if (!blocks[i] || other_size(blocks[i]) < (size_t)i * 13) return 0;
        memset(blocks[i], i, i * 13);
    }
    for (int i = 0; i < 1000; i++) other_free(blocks[i]);
    void *own = malloc(100);
    free(own);
    return 1;
}

static void *early(void *unused) {
    (void)unused;
    pthread_barrier_wait(&opened);
    return (void *)(size_t)use();
}

static void *late(void *unused) {
    free(malloc(1000));
    return unused;
}

int main(int argc, char **argv) {
    alarm(30);
    if (argc < 2) return 2;
    pthread_t threads[4];
    pthread_barrier_init(&opened, NULL, 5);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, early, NULL);
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) return printf("%s\n", dlerror()), 1;
    other_malloc = (void *(*)(size_t))dlsym(library, "malloc");
    other_free = (void (*)(void *))dlsym(library, "free");
    other_size = (size_t (*)(void *))dlsym(library, "malloc_usable_size");
    if ((void *)other_malloc == (void *)malloc) return puts("the same malloc"), 1;
    pthread_barrier_wait(&opened);
    int good = use();
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        good &= result != NULL;
    }
    pid_t pid = fork();
    if (pid == 0) _exit(!use());
    int status = 1;
    waitpid(pid, &status, 0);
    dlclose(library);
    pthread_t after;
    pthread_create(&after, NULL, late, NULL);
    pthread_join(after, NULL);
    printf("good %d, child %d\n", good, status);
    return !(good && status == 0);
}
