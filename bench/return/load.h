// What the programs share: stops at which the parent measures, a clock, random numbers.
//
// Nothing here allocates: a block that a probe leaves at the end of the heap is memory that the
// allocator cannot give back.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// A program that hangs is ended.
__attribute__((constructor)) static void limit(void) { alarm(120); }

// Writes "NAME NUMBER\n" to stdout.
static inline void say(const char *name, unsigned long number) {
    char line[96], digits[24];
    size_t length = strlen(name), count = 0;
    memcpy(line, name, length);
    line[length++] = ' ';
    do digits[count++] = '0' + number % 10;
    while (number /= 10);
    while (count) line[length++] = digits[--count];
    line[length++] = '\n';
    if (write(1, line, length) != (ssize_t)length) _exit(9);
}

// Says where the program stands and sleeps in `read` until the parent has measured.
static inline void stop(const char *name, unsigned long number) {
    char byte;
    say(name, number);
    if (read(0, &byte, 1) != 1) _exit(9);
}

static inline unsigned long now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ul + time.tv_nsec;
}

// xorshift: the same numbers in each run.
static inline unsigned random_from(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (unsigned)(*state >> 32);
}

// A block of which every byte was written.
static inline void *written(size_t size) {
    void *block = malloc(size);
    if (!block) _exit(8);
    return memset(block, 1, size);
}
