/* Random call trees through functions whose frames have every usual shape. */
#include <alloca.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef void (*probe_t)(void *);
struct run {
    probe_t probe;
    void *context;
    unsigned long seed;
    long left;
};
void *volatile sink;

static unsigned next(struct run *run) {
    run->seed = run->seed * 6364136223846793005ul + 1442695040888963407ul;
    return run->seed >> 40;
}

#define FRAME __attribute__((noinline, noclone))
FRAME static int dispatch(struct run *run, int depth);

FRAME static int plain(struct run *run, int depth) {
    int sum = dispatch(run, depth);
    sum += dispatch(run, depth - depth / 4);
    return sum + 1;
}
FRAME static int with_alloca(struct run *run, int depth) {
    char *room = alloca(next(run) % 700 + 1);
    memset(room, depth, 1);
    sink = room;
    return dispatch(run, depth) + room[0];
}
FRAME static int with_array(struct run *run, int depth) {
    char room[next(run) % 300 + 1];
    room[0] = 1;
    sink = room;
    return dispatch(run, depth) + room[0];
}
FRAME static int large(struct run *run, int depth) {
    volatile char room[9000];
    room[0] = room[8999] = 1;
    return dispatch(run, depth) + room[8999];
}
FRAME static int many_saved(struct run *run, int depth) {
    int a = next(run), b = next(run), c = next(run), d = next(run), e = next(run), f = next(run);
    int sum = dispatch(run, depth);
    return sum + (a ^ b) + (c ^ d) + (e ^ f) + a * d + b * e + c * f;
}
FRAME static int aligned(struct run *run, int depth) {
    _Alignas(64) char room[64];
    room[0] = 1;
    sink = room;
    return dispatch(run, depth) + room[0];
}
FRAME static int aligned_and_alloca(struct run *run, int depth) {
    _Alignas(128) char room[128];
    char *more = alloca(next(run) % 100 + 1);
    more[0] = room[0] = 1;
    sink = room;
    sink = more;
    return dispatch(run, depth) + room[0] + more[0];
}
FRAME static int variadic(struct run *run, ...) {
    va_list list;
    va_start(list, run);
    int depth = va_arg(list, int);
    double some = va_arg(list, double);
    va_end(list);
    return dispatch(run, depth) + (int)some;
}
FRAME static int many_arguments(struct run *run, int depth, long a, long b, long c, long d, long e,
                                long f, long g) {
    return dispatch(run, depth) + a + b + c + d + e + f + g;
}
static struct run *sorting;
static int sorting_depth;
static int compare(const void *left, const void *right) {
    (void)left;
    (void)right;
    return dispatch(sorting, sorting_depth) > 1000;
}
FRAME static int through_libc(struct run *run, int depth) {
    int numbers[2] = {2, 1};
    sorting = run;
    sorting_depth = depth;
    qsort(numbers, 2, sizeof numbers[0], compare);
    return numbers[0];
}
FRAME static int indirect(struct run *run, int depth) {
    int (*volatile way)(struct run *, int) = next(run) % 2 ? plain : many_saved;
    return way(run, depth) + 1;
}

FRAME static int dispatch(struct run *run, int depth) {
    if (run->left <= 0) return 0;
    if (depth <= 0) {
        run->left--;
        run->probe(run->context);
        return 1;
    }
    depth--;
    switch (next(run) % 11) {
    case 0: return plain(run, depth) + 1;
    case 1: return with_alloca(run, depth) + 1;
    case 2: return with_array(run, depth) + 1;
    case 3: return large(run, depth) + 1;
    case 4: return many_saved(run, depth) + 1;
#ifndef NOT_ALIGNED
    case 5: return aligned(run, depth) + 1;
    case 6: return aligned_and_alloca(run, depth) + 1;
#endif
    case 7: return variadic(run, depth, 2.5) + 1;
    case 8: return many_arguments(run, depth, 1, 2, 3, 4, 5, 6, 7) + 1;
    case 9: return through_libc(run, depth) + 1;
    default: return indirect(run, depth) + 1;
    }
}

int run_case(probe_t probe, void *context, unsigned long seed, long count) {
    struct run run = {probe, context, seed, count};
    int sum = 0;
    while (run.left > 0) sum += dispatch(&run, next(&run) % 40);
    return sum;
}
