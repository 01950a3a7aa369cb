// opens_late LIBRARY: a running process that has allocated opens the library, uses it beside its own
// malloc on threads that existed before, whose keys' destructors free late, closes it, forks and ends
// threads.
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
static void *(*other_realloc)(void *, size_t);
static void *(*other_calloc)(size_t, size_t);
static int (*other_aligned)(void **, size_t, size_t);
static pthread_key_t keys[8];
static int late_frees;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t opened;

// Runs at a thread's end, in any order with the library's own destructor: frees, and comes again.
static void free_late(void *kept) {
    unsigned key = *(unsigned *)kept;
    pthread_mutex_lock(&lock);
    late_frees++;
    pthread_mutex_unlock(&lock);
    other_free(kept);
    unsigned *again = other_malloc(200 + key);
    *again = key;
    pthread_setspecific(keys[key], again);
}

static int resizes(void) {
    char *block = other_calloc(100, 10);
    for (int i = 0; i < 1000; i++)
        if (block[i]) return 0;
    memset(block, 7, 1000);
    block = other_realloc(block, 300000);
    int good = block && block[0] == 7 && block[999] == 7;
    void *aligned = NULL;
    good &= other_aligned(&aligned, 4096, 100) == 0 && ((size_t)aligned & 4095) == 0;
    other_free(aligned);
    other_free(block);
    return good;
}

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
    return resizes();
}

static void *early(void *unused) {
    (void)unused;
    pthread_barrier_wait(&opened);
    for (unsigned key = 0; key < 8; key++) {
        unsigned *kept = other_malloc(100 * (key + 1));
        *kept = key;
        pthread_setspecific(keys[key], kept);
    }
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
    char *before[1000];
    for (int i = 0; i < 1000; i++) before[i] = memset(malloc(i + 1), i, i + 1);
    // Half of the keys are older than the library's, half are newer.
    for (int key = 0; key < 4; key++) pthread_key_create(&keys[key], free_late);
    pthread_barrier_init(&opened, NULL, 5);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, early, NULL);
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) return printf("%s\n", dlerror()), 1;
    other_malloc = (void *(*)(size_t))dlsym(library, "malloc");
    other_free = (void (*)(void *))dlsym(library, "free");
    other_size = (size_t (*)(void *))dlsym(library, "malloc_usable_size");
    other_realloc = (void *(*)(void *, size_t))dlsym(library, "realloc");
    other_calloc = (void *(*)(size_t, size_t))dlsym(library, "calloc");
    other_aligned = (int (*)(void **, size_t, size_t))dlsym(library, "posix_memalign");
    for (int key = 4; key < 8; key++) pthread_key_create(&keys[key], free_late);
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
    for (int i = 0; i < 1000; i++) {
        good &= before[i][i] == (char)i;
        free(before[i]);
    }
    printf("good %d, child %d, late %d\n", good, status, late_frees);
    return !(good && status == 0);
}
