/* Has its own heap looked at, while a thread that holds all signals back waits and children come
 * and go; then serves until it is killed. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern int tenure_look(void) __attribute__((weak));

static void *volatile kept;

static void *deaf(void *unused)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    void *volatile own = malloc(3333);
    for (;;)
        pause();
    return own;
}

static void *fork_on(void *unused)
{
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        if (child == 0) {
            free(malloc(50));
            exit(0);
        }
        int status = 1;
        waitpid(child, &status, 0);
        if (status != 0)
            abort();
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    kept = malloc(2222);
    pthread_create(&threads[0], NULL, deaf, NULL);
    pthread_create(&threads[1], NULL, fork_on, NULL);
    int looks = 0;
    for (int i = 0; i < 20; i++) {
        looks += tenure_look ? tenure_look() : 0;
        usleep(5000);
    }
    pthread_join(threads[1], NULL);
    usleep(200000);
    looks = tenure_look ? tenure_look() : 0;
    printf("serving, looked: %d\n", looks);
    fflush(stdout);
    for (;;)
        pause();
}
