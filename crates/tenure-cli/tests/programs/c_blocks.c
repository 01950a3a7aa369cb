// malloc, calloc, realloc, reallocarray, free, malloc_usable_size: what a caller may rely on.
#include "checks.h"
#include <malloc.h>

static void sizes(void) {
    for (size_t size = 0; size < 5000; size += size < 600 ? 1 : 37) {
        unsigned char *p = malloc(size);
        CHECK(p && aligned_to(p, 16));
        CHECK(malloc_usable_size(p) >= size);
        memset(p, 0xa5, malloc_usable_size(p));
        unsigned char *q = calloc(1, size);
        CHECK(q && q != p && all_are(q, 0, size));
        CHECK(all_are(p, 0xa5, size));
        free(p);
        free(q);
    }
}

static void zero_sized_blocks_are_distinct(void) {
    void *blocks[64];
    for (int i = 0; i < 64; i++) {
        blocks[i] = i % 2 ? malloc(0) : calloc(0, 8);
        CHECK(blocks[i] != NULL);
        for (int k = 0; k < i; k++) CHECK(blocks[i] != blocks[k]);
    }
    for (int i = 0; i < 64; i++) free(blocks[i]);
    free(NULL);
    CHECK(malloc_usable_size(NULL) == 0);
}

static void dirty_blocks_come_back_zeroed_from_calloc(void) {
    for (int round = 0; round < 200; round++) {
        size_t size = (size_t)round * 977 + 1;
        unsigned char *p = malloc(size);
        memset(p, 0xff, size);
        free(p);
        p = calloc(size, 1);
        CHECK(all_are(p, 0, size));
        free(p);
    }
    unsigned char *huge = malloc(40 << 20);
    memset(huge, 0xff, 40 << 20);
    free(huge);
    huge = calloc(40, 1 << 20);
    CHECK(huge && all_are(huge, 0, 40 << 20));
    free(huge);
}

static void realloc_keeps_the_prefix(void) {
    size_t sizes[] = {1, 16, 17, 100, 1000, 4096, 70000, 600000, 3 << 20, 40 << 20, 5 << 20, 100, 1};
    size_t before = 1;
    unsigned char *p = realloc(NULL, 1);
    p[0] = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        p = realloc(p, sizes[i]);
        CHECK(p != NULL && malloc_usable_size(p) >= sizes[i]);
        size_t kept = before < sizes[i] ? before : sizes[i];
        int whole = 1;
        for (size_t k = 0; k < kept; k++) whole &= p[k] == (unsigned char)(k * 7);
        CHECK(whole);
        for (size_t k = 0; k < sizes[i]; k++) p[k] = (unsigned char)(k * 7);
        before = sizes[i];
    }
    // Freed, and null given.
    CHECK(realloc(p, 0) == NULL);
    p = realloc(NULL, 0);
    CHECK(p != NULL);
    free(p);
    p = reallocarray(NULL, 10, 10);
    CHECK(p != NULL && malloc_usable_size(p) >= 100);
    memset(p, 1, 100);
    p = reallocarray(p, 1000, 10);
    CHECK(p != NULL && all_are(p, 1, 100));
    CHECK(reallocarray(p, 0, 10) == NULL);
}

static void realloc_to_zero_gives_the_memory_back(void) {
    // 64 GiB in sum: without the free this does not fit.
    for (int i = 0; i < 4096; i++) {
        void *p = malloc(16 << 20);
        CHECK(p != NULL);
        if (!p) break;
        memset(p, 1, 4096);
        CHECK(realloc(p, 0) == NULL);
    }
}

static void too_much_fails_with_enomem(void) {
    volatile size_t most = PTRDIFF_MAX, one = 1, sixteen = 16;
    size_t wrong[] = {most + one, most, SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 4096, most - 4096};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        volatile size_t size = wrong[i];
        errno = 0;
        CHECK(malloc(size) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(calloc(size, one) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(realloc(NULL, size) == NULL && errno == ENOMEM);
        char *kept = malloc(10);
        strcpy(kept, "kept");
        errno = 0;
        char *none = realloc(kept, size);
        CHECK(none == NULL && errno == ENOMEM && strcmp(kept, "kept") == 0);
        errno = 0;
        none = reallocarray(kept, size, one);
        CHECK(none == NULL && errno == ENOMEM && strcmp(kept, "kept") == 0);
        free(kept);
    }
    errno = 0;
    CHECK(calloc(SIZE_MAX / 8, sixteen) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(calloc((size_t)1 << 32, (size_t)1 << 32) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(reallocarray(NULL, (size_t)1 << 32, (size_t)1 << 32) == NULL && errno == ENOMEM);
}

static void errno_is_left_alone(void) {
    void *small = malloc(10), *large = malloc(9 << 20), *aligned = memalign(4096, 100);
    errno = 4321;
    free(small);
    free(large);
    free(aligned);
    free(NULL);
    CHECK(errno == 4321);
    CHECK(realloc(malloc(10), 0) == NULL && errno == 4321);
}

int main(void) {
    const char *names[] = {"malloc", "calloc", "realloc", "reallocarray", "free", "malloc_usable_size"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) check_origin(names[i]);
    sizes();
    zero_sized_blocks_are_distinct();
    dirty_blocks_come_back_zeroed_from_calloc();
    realloc_keeps_the_prefix();
    realloc_to_zero_gives_the_memory_back();
    too_much_fails_with_enomem();
    errno_is_left_alone();
    return checks_end();
}
