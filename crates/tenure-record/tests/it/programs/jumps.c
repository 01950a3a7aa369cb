/* longjmp over captured frames, and stacks that are switched, finished, unmapped and mapped anew. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

typedef void (*probe_t)(void *);
static probe_t probe;
static void *context;
static unsigned long seed;
static long left;
#define FRAME __attribute__((noinline, noclone))

static unsigned next(void) {
    seed = seed * 6364136223846793005ul + 1442695040888963407ul;
    return seed >> 40;
}

#define LEVELS 64
static jmp_buf marks[LEVELS];

FRAME static int leap(int level) {
    volatile int own = level;
    if (left <= 0) return 0;
    if (setjmp(marks[level]) != 0 && next() % 2) return own;
    if (level == LEVELS - 1 || next() % 5 == 0) {
        left--;
        probe(context);
        if (level > 0 && next() % 2) longjmp(marks[next() % level], 1);
        return own;
    }
    return leap(level + 1) + (next() % 3 ? leap(level + 1) : 0) + own;
}

#define COROUTINES 6
static struct coroutine {
    ucontext_t state;
    char *stack;
    size_t bytes;
    int is_finished;
} coroutines[COROUTINES];
static ucontext_t scheduler;
static int current;

FRAME static int work(int depth) {
    volatile char room[200];
    room[0] = depth;
    if (left <= 0) return 0;
    if (depth == 0 || next() % 7 == 0) {
        left--;
        probe(context);
        if (next() % 2) swapcontext(&coroutines[current].state, &scheduler);
        probe(context);
        return room[0];
    }
    return work(depth - 1) + work(depth - 1) + room[0];
}

static void body(void) {
    work(3 + next() % 9);
    coroutines[current].is_finished = 1;
}

static void begin(struct coroutine *it) {
    /* Often in the place of one that was unmapped just now, with another size. */
    it->bytes = (size_t)(32 + next() % 64) << 12;
    it->stack = mmap(0, it->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (it->stack == MAP_FAILED) abort();
    getcontext(&it->state);
    it->state.uc_stack.ss_sp = it->stack;
    it->state.uc_stack.ss_size = it->bytes;
    it->state.uc_link = &scheduler;
    it->is_finished = 0;
    makecontext(&it->state, body, 0);
}

int run_jumps(probe_t with, void *its, unsigned long from, long count) {
    probe = with, context = its, seed = from, left = count;
    while (left > 0) leap(0);
    return 0;
}

int run_coroutines(probe_t with, void *its, unsigned long from, long count) {
    probe = with, context = its, seed = from, left = count;
    for (int i = 0; i < COROUTINES; i++) begin(&coroutines[i]);
    while (left > 0) {
        current = next() % COROUTINES;
        struct coroutine *it = &coroutines[current];
        swapcontext(&scheduler, &it->state);
        if (it->is_finished) {
            munmap(it->stack, it->bytes);
            begin(it);
        }
        if (next() % 3 == 0) left--, probe(context);
    }
    return 0;
}
