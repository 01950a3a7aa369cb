// Every shape that memcheck's manual knows of, each block of a size of its own, so that two tools
// can be compared block by block. argv[1]: a library that keeps a block in its data.
// Behind argv[2], "serve": goes on until it is killed, and says so.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#define APART __attribute__((noinline))

// What is held from data, one word for each shape.
static void *held[64];
static char *inside[64];
static thread_local void *of_thread;
static std::atomic<int> ready;

struct Pair {
    void *first;
    void *second;
};

// A block of `bytes` that holds `first` and `second`.
static APART void *block(size_t bytes, void *first = nullptr, void *second = nullptr) {
    Pair *pair = static_cast<Pair *>(malloc(bytes));
    memset(pair, 0, bytes);
    pair->first = first;
    pair->second = second;
    return pair;
}

static APART void *middle(void *of) { return static_cast<char *>(of) + 24; }

// The nine chains of memcheck's manual.
static APART void chains() {
    held[1] = block(1001);
    held[2] = block(1002, block(1003));
    block(1004);
    block(1005, block(1006));
    inside[5] = static_cast<char *>(middle(block(1007)));
    held[6] = block(1008, middle(block(1009)));
    inside[7] = static_cast<char *>(middle(block(1010, block(1011))));
    inside[8] = static_cast<char *>(middle(block(1012, middle(block(1013)))));
    block(1014, middle(block(1015)));
}

static APART void cycles() {
    Pair *alone = static_cast<Pair *>(block(1101));
    alone->first = alone;
    Pair *one = static_cast<Pair *>(block(1102));
    Pair *two = static_cast<Pair *>(block(1103, one));
    one->first = two;
    // A cycle with a tail, and one that hangs on a leader.
    Pair *ring = static_cast<Pair *>(block(1104));
    ring->first = block(1105, ring, block(1106));
    Pair *hung = static_cast<Pair *>(block(1107));
    hung->first = block(1108, hung);
    block(1109, hung);
    // One that is held.
    Pair *kept = static_cast<Pair *>(block(1110));
    kept->first = block(1111, kept);
    held[10] = kept;
}

static APART void trees() {
    void *left = block(1201, block(1202), block(1203));
    void *right = block(1204, block(1205), block(1206));
    block(1207, left, right);
    held[11] = block(1208, block(1209, block(1210)), block(1211));
    // Two leaders of one block, and a block that both a lost and a held one have.
    void *both = block(1212);
    block(1213, both);
    block(1214, both);
    void *shared = block(1215);
    block(1216, shared);
    held[12] = block(1217, shared);
}

struct Counted {
    char text[100];
    ~Counted() { text[0] = 1; }
};
struct Base {
    virtual ~Base() {}
    long one;
};
struct Other {
    virtual ~Other() {}
    long two;
};
struct Both : Base, Other {
    char rest[1405 - 32];
};

// The pointers of which the contents of the block explain why they point inside.
static APART void heuristics() {
    inside[20] = reinterpret_cast<char *>(new Counted[13]);
    // A string that is shared: length, capacity, count of users, text.
    size_t *string = static_cast<size_t *>(block(1402));
    string[0] = 100;
    string[1] = 1402 - 25;
    string[2] = 1;
    inside[21] = reinterpret_cast<char *>(string + 3);
    uint64_t *counted = static_cast<uint64_t *>(block(1403));
    counted[0] = 1403 - 8;
    inside[22] = reinterpret_cast<char *>(counted + 1);
    Other *other = new Both;
    inside[23] = reinterpret_cast<char *>(other);
}

static APART void *waits(void *) {
    void *volatile here = block(1501);
    of_thread = block(1502);
    ready++;
    for (;;) pause();
    return here;
}

static APART void *sleeps(void *) {
    for (;;) pause();
}

#ifdef __x86_64__
// Holds a block in a register alone.
static APART void *spins(void *) {
    void *only = block(1503);
    ready++;
    asm volatile("mov %0, %%r12\n xor %0, %0\n 1: pause\n jmp 1b" : "+r"(only) : : "r12", "memory");
    return nullptr;
}
#endif

static APART void threads() {
    pthread_t thread;
    int wanted = 1;
    pthread_create(&thread, nullptr, waits, nullptr);
#ifdef __x86_64__
    pthread_create(&thread, nullptr, spins, nullptr);
    wanted = 2;
#endif
    while (ready < wanted) usleep(1000);
    of_thread = block(1504);
}

static APART void library(const char *path) {
    void *handle = dlopen(path, RTLD_NOW);
    if (handle == nullptr) {
        puts(dlerror());
        exit(1);
    }
    reinterpret_cast<void (*)()>(dlsym(handle, "keep"))();
}

// A thread that has its stack in memory of the program's own, with a block held from below.
static APART void stack_of_ours() {
    size_t bytes = 512 << 10;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    char *own = static_cast<char *>(mmap(nullptr, 2 * bytes, PROT_READ | PROT_WRITE, flags, -1, 0));
    *reinterpret_cast<void **>(own) = block(1702);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, own + bytes, bytes);
    pthread_t thread;
    pthread_create(&thread, &attributes, sleeps, nullptr);
}

// Memory that other processes may have too.
static APART void shared() {
    int rights = PROT_READ | PROT_WRITE;
    void *page = mmap(nullptr, 4096, rights, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *static_cast<void **>(page) = block(1703);
    int file = memfd_create("shapes", 0);
    if (ftruncate(file, 1 << 20) != 0) exit(1);
    char *pages = static_cast<char *>(mmap(nullptr, 1 << 20, rights, MAP_SHARED, file, 0));
    *reinterpret_cast<void **>(pages + (600 << 10)) = block(1704);
}

// Blocks that the program never writes to: whoever handed them out has left nothing in them.
static APART void untouched() {
    void *volatile lost = malloc(1801);
    lost = malloc(1802);
    lost = malloc(1803);
    lost = malloc(1804);
    (void)lost;
}

// A page directly behind this program's zeroed data, of which the kernel makes one mapping with it:
// the loader puts the variables of the first thread behind a library's like that now and then.
// Where something lies there already, any other page.
static APART void behind_data() {
    static char zeroed[64 << 10];
    extern char _end[];
    asm volatile("" : : "r"(zeroed) : "memory");
    uintptr_t end = (reinterpret_cast<uintptr_t>(_end) + 4095) & ~uintptr_t{4095};
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    int rights = PROT_READ | PROT_WRITE;
    void *page = mmap(reinterpret_cast<void *>(end), 4096, rights, flags | MAP_FIXED_NOREPLACE, -1, 0);
    if (page == MAP_FAILED) page = mmap(nullptr, 4096, rights, flags, -1, 0);
    *static_cast<void **>(page) = block(1701);
}

// What was called before has left its words on the stack.
static APART void forget() {
    volatile char words[16 << 10];
    for (size_t at = 0; at < sizeof words; at++) words[at] = 0;
    asm volatile("" : : "r"(words) : "rbx", "r12", "r13", "r14", "r15", "memory");
}

int main(int count, char **arguments) {
    library(arguments[1]);
    chains();
    cycles();
    trees();
    heuristics();
    threads();
    stack_of_ours();
    shared();
    untouched();
    behind_data();
    forget();
    if (count > 2) {
        puts("serving");
        fflush(stdout);
        for (;;) pause();
    }
    return 0;
}
