// Misuses the heap in the way named by the first argument, after printing the address it will misuse.
#include "checks.h"
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

static void announce(void *p) {
    printf("0x%lx\n", (unsigned long)(uintptr_t)p);
    fflush(stdout);
}

static void *frees(void *p) {
    free(p);
    return NULL;
}

static void *allocates(void *size) { return malloc((size_t)size); }

static void *in_a_thread(void *(*work)(void *), void *argument) {
    pthread_t thread;
    void *result = NULL;
    pthread_create(&thread, NULL, work, argument);
    pthread_join(thread, &result);
    return result;
}

static int is(const char *argument, const char *name) { return strcmp(argument, name) == 0; }

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
    char on_stack[64];
    static char in_data[64];
    void *volatile p = malloc(size), *volatile other = malloc(size);
    if (is(what, "double")) {
        announce(p);
        free(p);
        free(p);
    } else if (is(what, "double-after-another")) {
        announce(p);
        free(p);
        free(other);
        free(p);
    } else if (is(what, "double-from-a-thread")) {
        announce(p);
        free(p);
        in_a_thread(frees, p);
    } else if (is(what, "double-after-a-thread")) {
        announce(p);
        in_a_thread(frees, p);
        free(p);
    } else if (is(what, "double-of-a-finished-thread")) {
        p = in_a_thread(allocates, (void *)size);
        announce(p);
        free(p);
        free(p);
    } else if (is(what, "interior")) {
        announce((char *)p + 16);
        free((char *)p + 16);
    } else if (is(what, "interior-unaligned")) {
        announce((char *)p + 3);
        free((char *)p + 3);
    } else if (is(what, "stack")) {
        p = on_stack + 16;
        announce(p);
        free(p);
    } else if (is(what, "data")) {
        p = in_data + 16;
        announce(p);
        free(p);
    } else if (is(what, "mapped")) {
        p = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        announce(p);
        free(p);
    } else if (is(what, "wild")) {
        p = (void *)0xdeadbeef0000;
        announce(p);
        free(p);
    } else if (is(what, "realloc-of-freed")) {
        announce(p);
        free(p);
        p = realloc(p, 2 * size);
    } else if (is(what, "realloc-of-stack")) {
        p = on_stack + 16;
        announce(p);
        p = realloc(p, 2 * size);
    } else if (is(what, "delete-of-freed")) {
        void (*operator_delete)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "_ZdlPv");
        announce(p);
        operator_delete(p);
        operator_delete(p);
    } else {
        return 3;
    }
    puts("came back");
    return 0;
}
