// glibc's other names for the same functions, and the C23 ones: all must end in one heap.
#include "checks.h"
#include <malloc.h>

typedef void *(*allocating)(size_t);
typedef void *(*counting)(size_t, size_t);
typedef void (*freeing)(void *);

static void *find(const char *name) {
    check_origin(name);
    return dlsym(RTLD_DEFAULT, name);
}

int main(void) {
    const char *allocators[] = {"malloc", "__libc_malloc", "__libc_valloc", "__libc_pvalloc", "valloc"};
    const char *freers[] = {"free", "__libc_free", "cfree", "__libc_cfree"};
    for (size_t a = 0; a < sizeof allocators / sizeof *allocators; a++)
        for (size_t f = 0; f < sizeof freers / sizeof *freers; f++) {
            allocating allocate = (allocating)find(allocators[a]);
            freeing release = (freeing)find(freers[f]);
            if (!allocate || !release) continue;
            void *p = allocate(100);
            CHECK(p && malloc_usable_size(p) >= 100);
            release(p);
        }
    counting zeroed = (counting)find("__libc_calloc"), aligned = (counting)find("__libc_memalign");
    void *p = zeroed(10, 10), *q = aligned(256, 100);
    CHECK(p && all_are(p, 0, 100) && q && aligned_to(q, 256));
    void *(*resize)(void *, size_t) = (void *(*)(void *, size_t))find("__libc_realloc");
    p = resize(p, 5000);
    CHECK(p && all_are(p, 0, 100));
    CHECK(resize(p, 0) == NULL);
    void *(*array)(void *, size_t, size_t) =
        (void *(*)(void *, size_t, size_t))find("__libc_reallocarray");
    if (preloaded()) {
        q = array(q, 30, 100);
        CHECK(q && malloc_usable_size(q) >= 3000);
    }
    int (*posix)(void **, size_t, size_t) = (int (*)(void **, size_t, size_t))find("__posix_memalign");
    if (preloaded()) {
        CHECK(posix(&p, 64, 10) == 0 && aligned_to(p, 64));
        ((void (*)(void *, size_t))find("free_sized"))(p, 10);
        CHECK(posix(&p, 4096, 10) == 0 && aligned_to(p, 4096));
        ((void (*)(void *, size_t, size_t))find("free_aligned_sized"))(p, 4096, 10);
        CHECK(((int (*)(int, int))find("__libc_mallopt"))(1, 1) == 1);
        find("__libc_mallinfo");
    }
    free(q);
    // The functions of libc that hand out blocks of malloc.
    char *text = strdup("text"), *line = NULL;
    CHECK(text && malloc_usable_size(text) >= 5);
    free(text);
    CHECK(asprintf(&line, "%d", 12345) == 5 && malloc_usable_size(line) >= 6);
    free(line);
    char *here = getcwd(NULL, 0);
    CHECK(here && malloc_usable_size(here) > strlen(here));
    free(here);
    return checks_end();
}
