// burst: memory after a burst while the program sleeps. Stops: start, peak, freed (with the bytes of
// OS pages that kept blocks pin), empty.
#include "burst.h"

int main(void) {
    settle();
    stop("start", 0);
    allocate(0, 1);
    stop("peak", 0);
    release(0, 1);
    stop("freed", pinned_bytes());
    release_rest();
    stop("empty", 0);
    return 0;
}
