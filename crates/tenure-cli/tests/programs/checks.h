// What the checking programs share: CHECK, a closing line, and proof that they run on our malloc.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int checks_done, checks_failed;

#define CHECK(condition)                                                          \
    do {                                                                          \
        checks_done++;                                                            \
        if (!(condition)) {                                                       \
            checks_failed++;                                                      \
            printf("FAILED %s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno); \
        }                                                                         \
    } while (0)

// Whether the program was started on our library; without it the same checks run on glibc.
static inline int preloaded(void) { return getenv("LD_PRELOAD") != NULL; }

// The file that the function comes from must be the preloaded one.
static inline void check_origin(const char *name) {
    if (!preloaded()) return;
    Dl_info info;
    void *address = dlsym(RTLD_DEFAULT, name);
    CHECK(address != NULL);
    CHECK(dladdr(address, &info) != 0);
    if (strcmp(info.dli_fname, getenv("LD_PRELOAD")) != 0) {
        checks_failed++;
        printf("FAILED: %s comes from %s\n", name, info.dli_fname);
    }
}

static inline int aligned_to(const void *p, size_t align) { return ((uintptr_t)p & (align - 1)) == 0; }

// Whether n bytes at p all have this value.
static inline int all_are(const void *p, unsigned char value, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (((const unsigned char *)p)[i] != value) return 0;
    return 1;
}

static inline int checks_end(void) {
    if (checks_failed) {
        printf("%d of %d checks failed\n", checks_failed, checks_done);
        return 1;
    }
    puts("all checks hold");
    return 0;
}
