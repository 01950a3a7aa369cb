/* One block of each kind, at sizes that are known. With an argument it loses nothing; with "abort"
   or "leave" it ends in another way than through exit. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *reachable;
static char *inside;

__attribute__((noinline)) static void lose(void) {
    void **leader = malloc(100);
    *leader = malloc(23);
}

__attribute__((noinline)) static void hold_inside(void) { inside = (char *)malloc(37) + 8; }

__attribute__((noinline)) static void hold(void) { reachable = malloc(1000); }

/* What was called before has left its words on the stack. */
__attribute__((noinline)) static void forget(void) {
    volatile char words[8 << 10];
    for (size_t at = 0; at < sizeof words; at++) words[at] = 0;
}

int main(int count, char **arguments) {
    const char *way = count > 1 ? arguments[1] : "lose";
    hold();
    if (strcmp(way, "clean") != 0) {
        lose();
        hold_inside();
    }
    forget();
    if (strcmp(way, "abort") == 0) abort();
    if (strcmp(way, "leave") == 0) _exit(0);
    return 0;
}
