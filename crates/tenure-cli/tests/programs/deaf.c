/* Serves until it is killed, and does not want to hear of SIGURG. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    void *volatile block = malloc(64);
    signal(SIGURG, SIG_DFL);
    puts("serving");
    fflush(stdout);
    for (;;) pause();
    free(block);
}
