// grow: one block grows by 1 MiB steps to 128 MiB; each step is written. Stop: grown (with the
// nanoseconds of all steps).
#include "load.h"

enum { STEPS = 128, STEP_BYTES = 1 << 20 };

int main(void) {
    char *block = NULL;
    unsigned long begun = now_ns();
    for (size_t step = 0; step < STEPS; step++) {
        block = realloc(block, (step + 1) * STEP_BYTES);
        if (!block) return 8;
        memset(block + step * STEP_BYTES, 1, STEP_BYTES);
    }
    stop("grown", now_ns() - begun);
    free(block);
    return 0;
}
