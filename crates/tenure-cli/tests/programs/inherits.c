/* A block that is allocated, inherited by a child, and freed there: it has lived since before. */
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void pause_ms(long ms)
{
    struct timespec time = {0, ms * 1000000};
    nanosleep(&time, NULL);
}

static void *inherited(void)
{
    return malloc(70000);
}

int main(void)
{
    void *volatile block = inherited();
    pause_ms(60);
    pid_t child = fork();
    if (child == 0) {
        pause_ms(30);
        free(block);
        exit(0);
    }
    int status = 1;
    waitpid(child, &status, 0);
    return status;
}
