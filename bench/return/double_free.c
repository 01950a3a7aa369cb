// double_free WAY: frees a block twice: `once` (only once, for comparison), `at-once`, `between`
// (after another free) or `thread` (the second time on another thread). Then asks for blocks and says
// how many were handed out twice. An allocator that notices ends the process before.
#include "load.h"

enum { LATER = 4096 };

static void *again(void *block) {
    free(block);
    return NULL;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    static void *later[LATER];
    char *volatile block = written(48), *volatile other = written(48);
    free(block);
    if (!strcmp(way, "at-once")) {
        free(block);
    } else if (!strcmp(way, "between")) {
        free(other);
        free(block);
    } else if (!strcmp(way, "thread")) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, again, block) || pthread_join(thread, NULL)) return 3;
    } else if (strcmp(way, "once")) {
        return 2;
    }
    for (int i = 0; i < LATER; i++) later[i] = written(48);
    unsigned long twice = 0;
    for (int i = 0; i < LATER; i++)
        for (int k = i + 1; k < LATER; k++) twice += later[i] == later[k];
    say("twice", twice);
    _exit(0);
}
