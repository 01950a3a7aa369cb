// scavenger MODE [NUMBER]: what a program meets whose free memory goes back by itself. Each mode
// prints one line; what it looks at stands in its function.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE (64 << 10)
#define PIECES_MAX 8192

static long resident_mib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) abort();
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE) >> 20;
}

static int threads(void) {
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void pause_ms(long ms) {
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&rest, &rest) && errno == EINTR) {}
}

static void *pieces[PIECES_MAX];

static void fill(int mib) {
    for (int i = 0; i < mib * 16; i++) pieces[i] = memset(malloc(PIECE), 1, PIECE);
}

static void drop(int mib) {
    for (int i = 0; i < mib * 16; i++) free(pieces[i]);
}

// Whether less than `mib` is resident within ten seconds.
static int falls_below(int mib) {
    for (int i = 0; i < 100; i++) {
        if (resident_mib() < mib) return 1;
        pause_ms(100);
    }
    return 0;
}

static int is_alone(void) {
    for (int i = 0; i < 100; i++) {
        if (threads() == 1) return 1;
        pause_ms(100);
    }
    return 0;
}

// 256 MiB are freed and the program does nothing: they are gone, and so is the thread.
static int burst(void) {
    fill(256);
    int was_there = resident_mib() >= 256, alone_before = threads() == 1;
    drop(256);
    int falls = falls_below(32);
    printf("full %d, alone %d, falls %d, alone again %d\n", was_there, alone_before, falls, is_alone());
    return 0;
}

// As above, where nothing goes back by itself for a while: 40 MiB stay.
static int stays(void) {
    fill(40);
    drop(40);
    pause_ms(1500);
    printf("stays %d, alone %d\n", resident_mib() >= 40, threads() == 1);
    return 0;
}

// As above, where no thread can be started: the frees themselves give back.
static int inline_gives(void) {
    fill(256);
    drop(256);
    printf("below 128 MiB %d, alone %d\n", resident_mib() < 128, threads() == 1);
    return 0;
}

static int without_clone(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &program)) {
        puts("skip: no filter");
        return 0;
    }
    return inline_gives();
}

static int without_processes(void) {
    struct rlimit none = {0, 0};
    if (geteuid() == 0 && setresuid(65534, 65534, 65534)) {
        puts("skip: cannot become another user");
        return 0;
    }
    setrlimit(RLIMIT_NPROC, &none);
    return inline_gives();
}

static atomic_int stop;

// Frees and allocates so that there is always something on its way to the kernel.
static void *churn(void *unused) {
    (void)unused;
    static void *own[512];
    for (unsigned turn = 0; !stop; turn++) {
        for (int i = 0; i < 512; i++) {
            own[i] = malloc(PIECE);
            memset(own[i], 0xa5, PIECE);
        }
        for (int i = 0; i < 512; i++) free(own[i]);
        pause_ms(turn % 2 ? 12 : 1);
    }
    return NULL;
}

// Zeroed memory must be zero, whatever the parent's thread was about to purge.
static int child_is_whole(int with_burst) {
    alarm(30);
    for (int i = 0; i < 64; i++) {
        unsigned char *block = calloc(1, 256 << 10);
        if (!block) return 1;
        for (int at = 0; at < 256 << 10; at += 512)
            if (block[at]) return 2;
        memset(block, 1, 256 << 10);
        pieces[i] = block;
    }
    long full = resident_mib();
    for (int i = 0; i < 64; i++) free(pieces[i]);
    // The child has a thread of its own when it needs one. What the parent held stays resident,
    // and the heap keeps an empty page of 4 MiB.
    if (with_burst && !falls_below(full - 8)) return 3;
    return 0;
}

static int forks(int count) {
    pthread_t thread;
    int good = 0;
    pthread_create(&thread, NULL, churn, NULL);
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0) _exit(child_is_whole(i % 100 == 0));
        int status = 0;
        if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
            good++;
        else
            fprintf(stderr, "fork %d: status %#x\n", i, status);
    }
    stop = 1;
    pthread_join(thread, NULL);
    printf("%d of %d children ended well\n", good, count);
    return 0;
}

// Processes made without libc's fork, and ones that share the memory, start no thread.
static int strange_children(void) {
    fill(256);
    drop(64);
    pause_ms(20);
    pid_t raw = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (raw == 0) {
        alarm(20);
        for (int i = 64 * 16; i < 256 * 16; i++) free(pieces[i]);
        malloc_trim(0);
        _exit(threads() == 1 && resident_mib() < 128 ? 0 : 1);
    }
    int status = 0;
    waitpid(raw, &status, 0);
    int raw_is_well = status == 0;
    is_alone();
    pid_t sharing = vfork();
    if (sharing == 0) {
        for (int i = 64 * 16; i < 128 * 16; i++) free(pieces[i]);
        _exit(threads() == 1 ? 0 : 1);
    }
    waitpid(sharing, &status, 0);
    free(pieces[128 * 16]);
    for (int i = 128 * 16 + 1; i < 256 * 16; i++) free(pieces[i]);
    printf("raw %d, shared %d, falls %d\n", raw_is_well, status == 0, falls_below(32));
    return 0;
}

static void *outlives_main(void *unused) {
    (void)unused;
    pause_ms(700);
    printf("outlived main, falls %d\n", falls_below(32));
    exit(0);
}

static int leaves_main(void) {
    pthread_t thread;
    fill(256);
    pthread_create(&thread, NULL, outlives_main, NULL);
    drop(256);
    pthread_exit(NULL);
}

// exit, and another program, while memory is on its way.
static int exits(int count) {
    int good = 0;
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            alarm(20);
            fill(32);
            drop(32);
            usleep(8000 + i * 37 % 8000);
            if (i % 2) execlp("true", "true", NULL);
            exit(0);
        }
        int status = 1;
        waitpid(pid, &status, 0);
        good += status == 0;
    }
    printf("%d of %d left well\n", good, count);
    return 0;
}

static int in_daemon(void) {
    int ends[2], falls = 0;
    if (pipe(ends)) return 1;
    fill(64);
    drop(64);
    if (fork() == 0) {
        if (daemon(1, 1)) _exit(1);
        alarm(30);
        fill(256);
        drop(256);
        falls = falls_below(32);
        _exit(write(ends[1], &falls, sizeof falls) != sizeof falls);
    }
    close(ends[1]);
    if (read(ends[0], &falls, sizeof falls) != sizeof falls) falls = -1;
    printf("falls %d\n", falls);
    return 0;
}

static int try_unshare(void) {
    pid_t pid = fork();
    if (pid == 0) _exit(unshare(CLONE_NEWUSER) ? errno : 0);
    int status = 0;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

// What the kernel allows to programs with one thread alone is allowed again.
static int unshares(void) {
    int expected = try_unshare();
    fill(64);
    drop(64);
    int alone = falls_below(32) && is_alone();
    int answer = unshare(CLONE_NEWUSER) ? errno : 0;
    printf("alone %d, as before %d\n", alone, answer == expected);
    return 0;
}

// The lowest free descriptor is the program's.
static int descriptors(void) {
    pthread_t thread;
    int strange = 0;
    pthread_create(&thread, NULL, churn, NULL);
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (int i = 0; i < 1000; i++) {
            close(0);
            strange += open("/dev/null", O_RDONLY) != 0;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - start.tv_sec < 4);
    stop = 1;
    pthread_join(thread, NULL);
    printf("strange %d\n", strange);
    return 0;
}

static int threads_of_user(int user) {
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[300], line[200];
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        while (file && fgets(line, sizeof line, file)) {
            int real;
            if (sscanf(line, "Uid: %d", &real) == 1) count += real == user;
        }
        if (file) fclose(file);
    }
    closedir(folder);
    return count;
}

// A program that gives up its rights keeps no thread that has them.
static int gives_up_rights(void) {
    if (geteuid() != 0) {
        puts("skip: not root");
        return 0;
    }
    pthread_t thread;
    pthread_create(&thread, NULL, churn, NULL);
    pause_ms(500);
    int before = threads_of_user(0);
    if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)) {
        puts("skip: cannot become another user");
        exit(0);
    }
    prctl(PR_SET_DUMPABLE, 1);
    pause_ms(2500);
    printf("before %d, after %d, still at work %d\n", before, threads_of_user(0), threads() == 3);
    exit(0);
}

// For whoever reads the record: killed while it does nothing.
static int idles(void) {
    fill(256);
    drop(256);
    falls_below(32);
    raise(SIGKILL);
    return 1;
}

// Leaves while the thread is there.
static int leaves_at_once(void) {
    fill(64);
    drop(64);
    pause_ms(20);
    printf("threads %d\n", threads());
    return 0;
}

int main(int argc, char **argv) {
    char *mode = argc > 1 ? argv[1] : "";
    int number = argc > 2 ? atoi(argv[2]) : 0;
    setvbuf(stdout, NULL, _IOLBF, 4096);
    if (!strcmp(mode, "burst")) return burst();
    if (!strcmp(mode, "stays")) return stays();
    if (!strcmp(mode, "inline")) return inline_gives();
    if (!strcmp(mode, "without-clone")) return without_clone();
    if (!strcmp(mode, "without-processes")) return without_processes();
    if (!strcmp(mode, "forks")) return forks(number);
    if (!strcmp(mode, "strange-children")) return strange_children();
    if (!strcmp(mode, "leaves-main")) return leaves_main();
    if (!strcmp(mode, "exits")) return exits(number);
    if (!strcmp(mode, "daemon")) return in_daemon();
    if (!strcmp(mode, "unshares")) return unshares();
    if (!strcmp(mode, "descriptors")) return descriptors();
    if (!strcmp(mode, "gives-up-rights")) return gives_up_rights();
    if (!strcmp(mode, "idles")) return idles();
    if (!strcmp(mode, "leaves-at-once")) return leaves_at_once();
    return 2;
}
