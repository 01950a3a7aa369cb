/* Ten sites whose blocks, bytes and lifetimes are known. Each is a function of its own that is not
 * inlined; the lines that allocate carry the name of the site in a comment. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Not inlined, and no jump to malloc at the end: the site is to be on the stack. */
#define SITE __attribute__((noinline))
#define KEEP_FRAME() __asm__ volatile("" ::: "memory")

void *volatile kept[4096];
static int kept_count;

static void keep(void *block) { kept[kept_count++] = block; }

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0)
        ;
}

/* 1000 blocks of 64 bytes, all live at the end. */
SITE static void site_kept(void)
{
    for (int i = 0; i < 1000; i++)
        keep(malloc(64)); /* site_kept */
}

/* 5000 blocks of 100 bytes, each freed at once by the function that allocated it. */
SITE static void site_at_once(void)
{
    for (int i = 0; i < 5000; i++) {
        char *block = malloc(100); /* site_at_once */
        *(volatile char *)block = 1;
        free(block);
    }
}

/* 200 blocks of 3000 bytes, freed 30 ms later. */
SITE static void *site_held(void)
{
    void *block = malloc(3000); /* site_held */
    KEEP_FRAME();
    return block;
}

/* 500 blocks of 1, 2, ... 500 bytes: 125250 in all, freed in another function. */
SITE static void *site_varied(int bytes)
{
    void *block = malloc(bytes); /* site_varied */
    KEEP_FRAME();
    return block;
}

/* One block that grows by realloc from 16 bytes to 64 KiB, by doubling: 13 calls. */
SITE static void *site_grown(void)
{
    void *block = NULL;
    for (size_t bytes = 16; bytes <= 65536; bytes *= 2)
        block = realloc(block, bytes); /* site_grown */
    return block;
}

/* 50 zeroed blocks of 4096 bytes, live at the end. */
SITE static void site_zeroed(void)
{
    for (int i = 0; i < 50; i++)
        keep(calloc(64, 64)); /* site_zeroed */
}

/* 4 blocks of 3,000,000 bytes, freed in order: the peak of the program. */
SITE static void *site_huge(void)
{
    void *block = malloc(3000000); /* site_huge */
    KEEP_FRAME();
    return block;
}

/* 300 blocks of 1000 bytes at multiples of 256, live at the end. */
SITE static void site_aligned(void)
{
    for (int i = 0; i < 300; i++) {
        void *block = NULL;
        if (posix_memalign(&block, 256, 1000) == 0) /* site_aligned */
            keep(block);
    }
}

/* 400 blocks of 48 bytes, freed by another thread. */
SITE static void *site_passed(void)
{
    void *block = malloc(48); /* site_passed */
    KEEP_FRAME();
    return block;
}

/* 10 blocks of 10 bytes below 40 frames, live at the end. */
SITE static void site_deep(int depth)
{
    volatile char room[32];
    room[0] = (char)depth;
    if (depth == 0)
        keep(malloc(10)); /* site_deep */
    else
        site_deep(depth - 1);
    room[1] = room[0];
}

static void free_all(void **blocks, int count)
{
    for (int i = 0; i < count; i++)
        free(blocks[i]);
}

static void *frees(void *blocks)
{
    free_all(blocks, 400);
    return NULL;
}

int main(void)
{
    static void *blocks[512];
    pthread_t thread;

    site_kept();
    site_at_once();
    for (int i = 0; i < 200; i++)
        blocks[i] = site_held();
    pause_ms(30);
    free_all(blocks, 200);
    for (int i = 0; i < 500; i++)
        blocks[i] = site_varied(i + 1);
    free_all(blocks, 500);
    free(site_grown());
    site_zeroed();
    for (int i = 0; i < 4; i++)
        blocks[i] = site_huge();
    free_all(blocks, 4);
    site_aligned();
    for (int i = 0; i < 400; i++)
        blocks[i] = site_passed();
    if (pthread_create(&thread, NULL, frees, blocks) != 0)
        return 1;
    pthread_join(thread, NULL);
    for (int i = 0; i < 10; i++)
        site_deep(40);
    return kept_count == 1360 ? 0 : 1;
}
