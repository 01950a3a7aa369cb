/* A small peak, then a large one that no free follows. */
#include <stdlib.h>

static void *volatile kept[64];

static void grows_last(void)
{
    for (int i = 0; i < 50; i++)
        kept[i] = malloc(100000);
}

int main(void)
{
    void *volatile early = malloc(200000);
    free(early);
    grows_last();
    return 0;
}
