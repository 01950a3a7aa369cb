// start: a program that hardly allocates. Stop: started.
#include "load.h"

int main(void) {
    void *block = written(16);
    stop("started", 0);
    free(block);
    return 0;
}
