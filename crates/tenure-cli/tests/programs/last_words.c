/* Allocates and frees for ever, and leaves the number of the last allocation in the first eight bytes
 * of the file that it is given: whatever kills it, the file says how far it came. Prints its pid. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void *last_words_site(void)
{
    return malloc(64);
}

int main(int count, char **arguments)
{
    int file = count > 1 ? open(arguments[1], O_RDWR | O_CREAT, 0600) : -1;
    if (file < 0 || ftruncate(file, 8) != 0)
        return 1;
    volatile uint64_t *said = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (said == MAP_FAILED)
        return 1;
    printf("%d\n", (int)getpid());
    fflush(stdout);
    for (uint64_t number = 1;; number++) {
        void *block = last_words_site();
        *said = number;
        free(block);
    }
}
