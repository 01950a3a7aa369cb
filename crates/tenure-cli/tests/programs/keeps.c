/* A library that keeps a block in its data, and loses one. */
#include <stdlib.h>

static void *kept;

void keep(void) {
    kept = malloc(1601);
    free(malloc(8));
    *(void **)kept = malloc(1602);
    malloc(1603);
}
