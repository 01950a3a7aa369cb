/* Blocks of which pointers are left in memory that has a new user, who has not written to it. */
#include <stdlib.h>

static void *kept[3][100];

int main(void)
{
    static const size_t sizes[3] = {200, 1900, 4000};
    for (int size = 0; size < 3; size++) {
        for (int i = 0; i < 100; i++) {
            kept[size][i] = malloc(sizes[size]);
            ((void **)kept[size][i])[10] = malloc(40);
        }
        for (int i = 0; i < 100; i++)
            free(kept[size][i]);
        for (int i = 0; i < 100; i++)
            kept[size][i] = malloc(sizes[size]);
    }
    return 0;
}
