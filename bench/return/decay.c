// decay: 2.09 million blocks of 8 B to 16 KiB, most of them small, 1,268 MB together; nine in ten are
// freed at random, then all. Stops: full (with the bytes asked for), tenth (the same), empty.
#include "load.h"

enum { BLOCKS = 2090000 };

static void *blocks[BLOCKS];

// The lesser of two random powers of two and as much again at most.
static unsigned size_of(uint64_t *state) {
    unsigned one = random_from(state) % 11, other = random_from(state) % 11;
    unsigned least = 8u << (one < other ? one : other);
    return least + random_from(state) % least;
}

int main(void) {
    uint64_t state = 88172645463325252ull;
    unsigned long live = 0;
    for (int i = 0; i < BLOCKS; i++) {
        unsigned size = size_of(&state);
        blocks[i] = written(size);
        live += size;
    }
    stop("full", live);
    for (int i = 0; i < BLOCKS; i++)
        if (random_from(&state) % 10) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
    stop("tenth", live / 10);
    for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
    stop("empty", 0);
    return 0;
}
