// processes HOW: a process that makes another in the given way; both allocate, both end well.
#define _GNU_SOURCE
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static int is(const char *argument, const char *name) { return strcmp(argument, name) == 0; }

// More than a thread keeps to itself before it tells the recorder.
static void allocate_mebibytes(int count) {
    for (int i = 0; i < count * 16; i++) free(memset(malloc(65536), 1, 65536));
}

static void *keep(size_t size) { return memset(malloc(size), 1, size); }

int main(int argc, char **argv) {
    alarm(30);
    const char *how = argc > 1 ? argv[1] : "";
    void *volatile kept = keep(200000);
    pid_t pid = 0;
    if (is(how, "leaf")) {
        allocate_mebibytes(1);
        return 0;
    } else if (is(how, "fork")) {
        if ((pid = fork()) == 0) {
            allocate_mebibytes(2);
            free(kept);
            exit(0);
        }
    } else if (is(how, "raw-clone")) {
        pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) {
            allocate_mebibytes(2);
            free(kept);
            exit(0);
        }
    } else if (is(how, "vfork")) {
        if ((pid = vfork()) == 0) {
            execl("/proc/self/exe", "processes", "leaf", (char *)NULL);
            _exit(1);
        }
    } else if (is(how, "vfork-exits")) {
        if ((pid = vfork()) == 0) _exit(0);
    } else if (is(how, "spawn")) {
        char *arguments[] = {"processes", "leaf", NULL};
        if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ)) return 1;
    } else if (is(how, "exec")) {
        free(kept);
        execl("/proc/self/exe", "processes", "leaf", (char *)NULL);
        return 1;
    } else if (is(how, "closes-everything")) {
        for (int fd = 3; fd < 1024; fd++) close(fd);
        allocate_mebibytes(1);
        puts("closed");
        return 0;
    } else if (is(how, "killed")) {
        allocate_mebibytes(1);
        puts("killed");
        fflush(stdout);
        raise(SIGKILL);
    } else {
        return 2;
    }
    int status = 1;
    allocate_mebibytes(4);
    if (waitpid(pid, &status, 0) != pid || status) return printf("child: %#x\n", status), 1;
    puts("both ended well");
    free(kept);
    return 0;
}
