// waste: malloc_usable_size beyond what was asked for, over sizes from 129 B to 512 KiB, as millionths
// of the usable bytes: the worst and the mean, and the size at which it is worst.
#include "load.h"

int main(void) {
    unsigned long worst = 0, worst_at = 0, sum = 0, count = 0;
    for (size_t size = 129; size <= 512 << 10; size += 1 + size / 64) {
        void *block = malloc(size);
        size_t usable = malloc_usable_size(block);
        if (!block || usable < size) return 8;
        unsigned long waste = (usable - size) * 1000000ul / usable;
        if (waste > worst) worst = waste, worst_at = size;
        sum += waste;
        count++;
        free(block);
    }
    say("worst", worst);
    say("worst-at", worst_at);
    say("mean", sum / count);
    return 0;
}
