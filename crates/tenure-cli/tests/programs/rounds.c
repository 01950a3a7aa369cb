/* So many rounds of 32 blocks allocated and freed: for counting instructions. */
#include <stdlib.h>

static void *volatile blocks[32];

int main(int count, char **arguments)
{
    long rounds = count > 1 ? atol(arguments[1]) : 0;
    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < 32; i++)
            blocks[i] = malloc(48);
        for (int i = 0; i < 32; i++)
            free(blocks[i]);
    }
    return 0;
}
