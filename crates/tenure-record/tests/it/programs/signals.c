/* Captures from signal handlers, on the interrupted stack and on one of their own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

typedef void (*probe_t)(void *);
static probe_t probe;
static void *context;
static unsigned long seed;
static volatile long left;
static volatile int nesting;
#define FRAME __attribute__((noinline, noclone))

static unsigned next(void) {
    seed = seed * 6364136223846793005ul + 1442695040888963407ul;
    return seed >> 40;
}

FRAME static int descend(int depth, int signal);

static void handle(int signal) {
    nesting++;
    descend(next() % 6, nesting < 3 ? signal : 0);
    nesting--;
}

FRAME static int descend(int depth, int signal) {
    volatile char room[100];
    room[0] = 1;
    if (left <= 0) return 0;
    if (depth > 0) return descend(depth - 1, signal) + room[0];
    left--;
    probe(context);
    if (signal && next() % 2) raise(signal);
    return room[0];
}

int run_signals(probe_t with, void *its, unsigned long from, long count, int is_apart) {
    probe = with, context = its, seed = from, left = count, nesting = 0;
    stack_t apart = {.ss_sp = malloc(256 << 10), .ss_size = 256 << 10}, before;
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_NODEFER}, old;
    if (is_apart) {
        sigaltstack(&apart, &before);
        action.sa_flags |= SA_ONSTACK;
    }
    sigaction(SIGUSR1, &action, &old);
    while (left > 0) descend(next() % 20, SIGUSR1);
    sigaction(SIGUSR1, &old, 0);
    if (is_apart) sigaltstack(&before, 0);
    free(apart.ss_sp);
    return 0;
}

/* Interrupted wherever it happens to be: prologues, libc, procedure linkage. */
static pthread_t ticking;
static void tick(int signal) {
    (void)signal;
    /* The timer is the process's, and so may interrupt any thread. */
    if (left > 0 && pthread_equal(pthread_self(), ticking)) left--, probe(context);
}
static volatile unsigned long spent;
static int order(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
FRAME static unsigned long busy(int depth) {
    int numbers[40];
    for (int i = 0; i < 40; i++) numbers[i] = next();
    if (depth > 0) return busy(depth - 1) + numbers[depth];
    qsort(numbers, 40, sizeof numbers[0], order);
    char text[64];
    memset(text, numbers[0], sizeof text);
    return strlen("some text") + text[3] + rand();
}
int run_ticks(probe_t with, void *its, unsigned long from, long count) {
    probe = with, context = its, seed = from, left = count;
    struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART}, old;
    sigaction(SIGPROF, &action, &old);
    ticking = pthread_self();
    struct itimerval each = {{0, 1000}, {0, 1000}}, none = {{0, 0}, {0, 0}};
    setitimer(ITIMER_PROF, &each, 0);
    while (left > 0) spent += busy(next() % 10);
    setitimer(ITIMER_PROF, &none, 0);
    sigaction(SIGPROF, &old, 0);
    return 0;
}

static void *in_thread(void *unused) {
    probe(context);
    return unused;
}
/* Threads with stacks of `bytes`. */
int run_threads(probe_t with, void *its, unsigned long bytes, long count) {
    probe = with, context = its;
    pthread_attr_t kind;
    pthread_attr_init(&kind);
    if (pthread_attr_setstacksize(&kind, bytes) != 0) return -1;
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &kind, in_thread, 0) != 0) return -2;
        pthread_join(thread, 0);
    }
    return 0;
}

FRAME static long down(long depth) {
    volatile long room = depth;
    if (depth == 0) probe(context);
    else down(depth - 1);
    return room;
}
FRAME static long up(long depth);
FRAME static long across(long depth) {
    volatile long room = depth;
    if (depth == 0) probe(context);
    else up(depth - 1);
    return room;
}
FRAME static long up(long depth) {
    volatile long room[3] = {depth};
    if (depth == 0) probe(context);
    else if (depth % 7) across(depth - 1);
    else up(depth - 1);
    return room[0];
}
int run_deep(probe_t with, void *its, unsigned long kind, long depth) {
    probe = with, context = its;
    return kind ? up(depth) : down(depth);
}

/* Code that no table describes, which calls with this frame pointer. */
void without_table(probe_t with, void *its, unsigned long fp);
__asm__(".text\n.globl without_table\n.type without_table,@function\nwithout_table:\n"
        "push %rbp\n push %rbx\n sub $8, %rsp\n mov %rdx, %rbp\n mov %rdi, %rax\n mov %rsi, %rdi\n"
        "call *%rax\n add $8, %rsp\n pop %rbx\n pop %rbp\n ret\n.size without_table,.-without_table\n");
int run_without_table(probe_t with, void *its, unsigned long fp, long count) {
    for (long i = 0; i < count; i++) without_table(with, its, fp);
    return 0;
}

/* A frame whose address is counted from a register that only a full walk knows. */
void by_other_register(probe_t with, void *its);
__asm__(".text\n.globl by_other_register\n.type by_other_register,@function\nby_other_register:\n"
        ".cfi_startproc\n push %rbx\n .cfi_def_cfa_offset 16\n .cfi_offset 3, -16\n"
        "mov %rsp, %rbx\n .cfi_def_cfa_register 3\n sub $64, %rsp\n and $-32, %rsp\n"
        "mov %rdi, %rax\n mov %rsi, %rdi\n call *%rax\n mov %rbx, %rsp\n"
        ".cfi_def_cfa_register 7\n pop %rbx\n .cfi_def_cfa_offset 8\n ret\n .cfi_endproc\n"
        ".size by_other_register,.-by_other_register\n");
FRAME static int register_level(int depth) {
    volatile int room = depth;
    if (depth == 0) by_other_register(probe, context);
    else register_level(depth - 1);
    return room;
}
int run_by_register(probe_t with, void *its, unsigned long from, long count) {
    probe = with, context = its, seed = from;
    for (long i = 0; i < count; i++) register_level(next() % 8);
    return 0;
}
