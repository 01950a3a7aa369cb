// shift: 4,194,304 blocks of 64 B, of which every eighth stays; the bytes of the others are asked for
// again in blocks of 96 B. Stop: full. Blocks are chained through themselves: no list beside them.
#include "load.h"

struct block {
    struct block *next;
};

enum { BLOCKS = 4 << 20 };

static struct block *chained(size_t size, struct block *next) {
    struct block *block = written(size);
    block->next = next;
    return block;
}

int main(void) {
    struct block *first = NULL, *kept = NULL, *refill = NULL;
    for (int i = 0; i < BLOCKS; i++) first = chained(64, first);
    size_t freed = 0;
    for (int i = 0; first; i++) {
        struct block *next = first->next;
        if (i % 8 == 0) {
            first->next = kept;
            kept = first;
        } else {
            free(first);
            freed += 64;
        }
        first = next;
    }
    for (size_t filled = 0; filled < freed; filled += 96) refill = chained(96, refill);
    stop("full", freed);
    return kept == refill;
}
