// The burst: 150,000 blocks of 512 B, 100,000 of 1 KiB, 50,000 of 2 KiB; one in twenty is kept.
#pragma once
#include "load.h"

enum { SMALL = 150000, MIDDLE = 100000, LARGE = 50000, BLOCKS = SMALL + MIDDLE + LARGE, KEPT = 20 };

static void *blocks[BLOCKS];

static inline size_t size_of(int block) {
    return block < SMALL ? 512 : block < SMALL + MIDDLE ? 1024 : 2048;
}

// Part `part` of `parts`: every so many-th block, so that each part has all sizes.
static inline void allocate(int part, int parts) {
    for (int i = part; i < BLOCKS; i += parts) blocks[i] = written(size_of(i));
}

// Frees all but each twentieth of the part; counted within it, so that each part keeps some.
static inline void release(int part, int parts) {
    for (int i = part, turn = 0; i < BLOCKS; i += parts, turn++)
        if (turn % KEPT != 7) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
}

static inline void release_rest(void) {
    for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
}

// Bytes of the OS pages in which a kept block lies: what no allocator can give back.
static inline unsigned long pinned_bytes(void) {
    enum { SLOTS = 1 << 17 };
    static uintptr_t seen[SLOTS];
    unsigned long pages = 0;
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < BLOCKS; i++) {
        if (!blocks[i]) continue;
        uintptr_t first = (uintptr_t)blocks[i] >> 12, last = ((uintptr_t)blocks[i] + size_of(i) - 1) >> 12;
        for (uintptr_t page = first; page <= last; page++) {
            size_t slot = page * 2654435761u % SLOTS;
            while (seen[slot] && seen[slot] != page) slot = (slot + 1) % SLOTS;
            if (!seen[slot]) seen[slot] = page, pages++;
        }
    }
    return pages << 12;
}

// Touches what `pinned_bytes` and the list of blocks need, so that it counts before the burst too.
static inline void settle(void) {
    for (int i = 0; i < BLOCKS; i++) blocks[i] = (void *)1;
    memset(blocks, 0, sizeof blocks);
    pinned_bytes();
}
