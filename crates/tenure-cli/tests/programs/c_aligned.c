// posix_memalign, aligned_alloc, memalign, valloc, pvalloc.
#include "checks.h"
#include <gnu/libc-version.h>
#include <malloc.h>

static void every_alignment_is_kept(void) {
    for (size_t align = 8; align <= 4 << 20; align *= 2) {
        for (size_t size = 0; size <= 3 * align && size < 1 << 20; size += align / 2 + 1) {
            void *p = NULL;
            CHECK(posix_memalign(&p, align, size) == 0 && p && aligned_to(p, align));
            CHECK(malloc_usable_size(p) >= size);
            void *q = memalign(align, size), *r = aligned_alloc(align, size);
            CHECK(q && aligned_to(q, align) && q != p);
            CHECK(r && aligned_to(r, align) && r != q);
            memset(p, 1, size);
            memset(q, 2, size);
            memset(r, 3, size);
            CHECK(all_are(p, 1, size) && all_are(q, 2, size) && all_are(r, 3, size));
            // Aligned blocks are blocks like others.
            q = realloc(q, size + 100);
            CHECK(q && all_are(q, 2, size));
            free(q);
            free(p);
            free(r);
        }
    }
}

static void posix_memalign_leaves_out_alone_on_error(void) {
    void *mark = &mark, *p = mark;
    size_t wrong[] = {0, 1, 2, 4, 3, 12, 24, 4095, SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        errno = 77;
        CHECK(posix_memalign(&p, wrong[i], 100) == EINVAL && p == mark && errno == 77);
    }
    volatile size_t most = SIZE_MAX;
    CHECK(posix_memalign(&p, 64, most) == ENOMEM && p == mark);
    CHECK(posix_memalign(&p, 64, most / 2) == ENOMEM && p == mark);
    CHECK(posix_memalign(&p, 4096, most - 8192) == ENOMEM && p == mark);
    if (preloaded()) {
        errno = 77;
        CHECK(posix_memalign(&p, 64, most) == ENOMEM && errno == 77);
    }
}

static void memalign_rounds_up_and_is_lenient(void) {
    size_t odd[] = {0, 1, 3, 17, 24, 100, 4097};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        size_t up = 16;
        while (up < odd[i]) up *= 2;
        void *p = memalign(odd[i], 10);
        CHECK(p && aligned_to(p, up));
        free(p);
        // From 2.38 on glibc's own aligned_alloc refuses what is no power of two.
        if (preloaded() || strcmp(gnu_get_libc_version(), "2.38") < 0) {
            p = aligned_alloc(odd[i], 10);
            CHECK(p && aligned_to(p, up));
            free(p);
        }
    }
    // The size need not be a multiple of the alignment.
    void *p = aligned_alloc(64, 1);
    CHECK(p && aligned_to(p, 64));
    free(p);
    volatile size_t most = SIZE_MAX;
    errno = 0;
    CHECK(memalign(most / 2 + 2, 1) == NULL && errno == EINVAL);
    errno = 0;
    CHECK(memalign(64, most) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(aligned_alloc(4096, most - 4096) == NULL && errno == ENOMEM);
}

static void pages(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *p = valloc(1), *q = pvalloc(1), *r = pvalloc(page + 1), *s = pvalloc(0);
    CHECK(p && aligned_to(p, page));
    CHECK(q && aligned_to(q, page) && malloc_usable_size(q) >= page);
    CHECK(r && aligned_to(r, page) && malloc_usable_size(r) >= 2 * page);
    CHECK(s && aligned_to(s, page));
    free(p);
    free(q);
    free(r);
    free(s);
    volatile size_t most = SIZE_MAX;
    errno = 0;
    CHECK(valloc(most) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(pvalloc(most) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(pvalloc(most - page) == NULL && errno == ENOMEM);
}

int main(void) {
    const char *names[] = {"posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) check_origin(names[i]);
    every_alignment_is_kept();
    posix_memalign_leaves_out_alone_on_error();
    memalign_rounds_up_and_is_lenient();
    pages();
    return checks_end();
}
