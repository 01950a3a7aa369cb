/* Meets a limit on the whole process, in the way that the argument names; says what it saw. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../tenure-preload/tenure.h"

enum { THREADS = 64, MIB = 1 << 20 };

static void must(int holds, const char *what) {
    if (!holds) {
        printf("does not hold: %s\n", what);
        fflush(stdout);
        _exit(1);
    }
}

/* The most that the heap has held. */
static size_t peak(void) {
    void (*usage)(tenure_usage_t *) = (void (*)(tenure_usage_t *))dlsym(RTLD_DEFAULT, "tenure_usage");
    tenure_usage_t found;
    must(usage != NULL, "tenure_usage is there");
    usage(&found);
    return found.held_peak_bytes;
}

struct node {
    struct node *next;
};

/* Takes blocks of sizes that differ by thread until one is refused; gives them back. */
static size_t fill(size_t number) {
    struct node *first = NULL;
    size_t bytes = 0, size = 16 + number * number * 37;
    for (;;) {
        errno = 0;
        struct node *node = malloc(size);
        if (node == NULL) {
            must(errno == ENOMEM, "errno is ENOMEM");
            break;
        }
        memset(node, 1, size);
        node->next = first;
        first = node;
        bytes += size;
        must(bytes < 200 * (size_t)MIB, "somebody says no");
    }
    while (first != NULL) {
        struct node *next = first->next;
        free(first);
        first = next;
    }
    return bytes;
}

static void *run(void *number) {
    for (int round = 0; round < 3; round++)
        fill((size_t)(uintptr_t)number);
    return NULL;
}

static void threads(void) {
    pthread_t threads[THREADS];
    for (uintptr_t at = 0; at < THREADS; at++)
        must(pthread_create(&threads[at], NULL, run, (void *)at) == 0, "a thread starts");
    for (int at = 0; at < THREADS; at++)
        pthread_join(threads[at], NULL);
    printf("peak %zu\n", peak());
}

/* What one size has left behind serves another. */
static void sizes(void) {
    size_t small = fill(0), large = fill(60), again = fill(1);
    must(small > 40 * (size_t)MIB, "small blocks fill most of it");
    must(large > 90 * (size_t)MIB, "large ones do after them");
    must(again > 60 * (size_t)MIB, "and small ones once more");
    void *huge = malloc(90 * (size_t)MIB);
    must(huge != NULL, "one block takes what many had");
    must(malloc(20 * (size_t)MIB) == NULL, "and no other one fits beside it");
    must(realloc(huge, 120 * (size_t)MIB) == NULL, "nor does it grow");
    free(huge);
    printf("peak %zu\n", peak());
}

static void *map(size_t bytes, int protection, int flags) {
    return mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void maps(void) {
    const int both = PROT_READ | PROT_WRITE;
    must(map(1 << 30, PROT_NONE, 0) != MAP_FAILED, "reserved space is not counted");
    must(map(1 << 30, both, MAP_NORESERVE) != MAP_FAILED, "nor is what is not promised");
    char *half = map(60 * MIB, both, 0);
    must(half != MAP_FAILED, "60 MiB are there");
    errno = 0;
    must(map(60 * MIB, both, 0) == MAP_FAILED && errno == ENOMEM, "another 60 MiB are not");
    must(malloc(60 * MIB) == NULL, "not from malloc either");
    must(munmap(half + 20 * MIB, 20 * MIB) == 0, "a part goes back");
    char *other = map(50 * MIB, both, 0);
    must(other != MAP_FAILED, "and is there for another mapping");
    must(mremap(other, 50 * MIB, 80 * MIB, MREMAP_MAYMOVE) == MAP_FAILED, "that cannot grow so far");
    char *grown = mremap(other, 50 * MIB, 55 * MIB, MREMAP_MAYMOVE);
    must(grown != MAP_FAILED, "but a little");
    must(mmap(grown, 55 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == grown,
         "what is mapped over is not held");
    char *last = malloc(50 * MIB);
    must(last != NULL, "so malloc has it");
    free(last);
    must(munmap(half, 20 * MIB) == 0 && munmap(half + 40 * MIB, 20 * MIB) == 0, "all goes back");
    last = map(95 * MIB, both, 0);
    must(last != MAP_FAILED, "what malloc keeps free is given back for a mapping");
    must(munmap((char *)1, 1) == -1 && errno == EINVAL, "errors are the kernel's");
    puts("done");
}

/* The child of a fork has the limit too, with what it holds already. */
static void forks(void) {
    char *held = malloc(60 * MIB);
    must(held != NULL, "60 MiB are there");
    memset(held, 1, 60 * MIB);
    pid_t child = fork();
    if (child == 0) {
        must(malloc(60 * MIB) == NULL, "not twice in the child");
        free(held);
        must(malloc(60 * MIB) != NULL, "but in place of the first");
        _exit(0);
    }
    int status = 1;
    must(waitpid(child, &status, 0) == child && status == 0, "the child says so");
    puts("done");
}

int main(int count, char **words) {
    const char *how = count > 1 ? words[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(how, "threads") == 0)
        threads();
    else if (strcmp(how, "sizes") == 0)
        sizes();
    else if (strcmp(how, "maps") == 0)
        maps();
    else
        forks();
    return 0;
}
