/* Holds memory in every manner: by a variable, a list, a frame, and not at all. Prints the address
 * of a value in the cache, then leaves, or waits for a line of input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    char *key;
    char *value;
};

struct {
    long count;
    struct entry *buckets[64];
} cache;

struct link {
    struct link *next;
    char *payload;
};

static struct link *volatile history;

__attribute__((noinline)) static char *copy_value(int number) {
    char *block = malloc(1000);
    snprintf(block, 1000, "value %d", number);
    return block;
}

__attribute__((noinline)) static void insert(int number) {
    struct entry *entry = malloc(sizeof *entry);
    entry->key = malloc(20);
    entry->value = copy_value(number);
    entry->next = cache.buckets[number % 64];
    cache.buckets[number % 64] = entry;
    cache.count++;
}

__attribute__((noinline)) static void remember(void) {
    struct link *link = malloc(sizeof *link);
    link->payload = malloc(100);
    link->next = history;
    history = link;
}

__attribute__((noinline)) static void lose(void) {
    char **lost = malloc(3000);
    lost[0] = malloc(5000);
    __asm__ volatile("" ::"r"(lost) : "memory");
}

/* So that nothing of it is left in the frames that follow. */
__attribute__((noinline)) static void wipe(void) {
    volatile char blank[4096];
    for (int at = 0; at < 4096; at++) {
        blank[at] = 0;
    }
}

__attribute__((noinline)) static int serve(int waits) {
    char *volatile mine = malloc(70000);
    wipe();
    printf("%p\n", (void *)cache.buckets[5]->value);
    fflush(stdout);
    if (waits) {
        getchar();
    }
    exit(mine == 0);
}

int main(int count, char **words) {
    for (int number = 0; number < 2000; number++) {
        insert(number);
    }
    for (int number = 0; number < 500; number++) {
        remember();
    }
    lose();
    (void)words;
    return serve(count > 1);
}
