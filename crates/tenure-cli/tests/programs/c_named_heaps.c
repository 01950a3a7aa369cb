/* Leaves heaps with names behind: two of one name, one that was refused memory, one destroyed. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../../../tenure-preload/tenure.h"

int main(int count, char **words) {
    tenure_heap *first = tenure_heap_new("tiles");
    tenure_heap *second = tenure_heap_new("tiles");
    tenure_heap *small = tenure_heap_new_limited("scripts", 1 << 20);
    tenure_heap *gone = tenure_heap_new("gone");
    if (!first || !second || !small || !gone)
        return 1;
    if (!tenure_heap_malloc(first, 3 << 20) || !tenure_heap_malloc(second, 5 << 20))
        return 1;
    if (!tenure_heap_malloc(gone, 1000) || tenure_heap_malloc(small, 2 << 20))
        return 1;
    tenure_heap_destroy(gone);
    if (count > 1 && strcmp(words[1], "kill") == 0) {
        /* Enough for the record to be brought up to date by the way. */
        for (int i = 0; i < 400; i++)
            if (!tenure_heap_malloc(first, 1 << 16))
                return 1;
        raise(SIGKILL);
    }
    puts("done");
    return 0;
}
