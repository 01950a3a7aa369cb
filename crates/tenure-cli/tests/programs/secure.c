// Linked against our library; says whether the kernel calls it secure. Allocates a little.
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

int main(void) {
    free(malloc(100));
    printf("secure %lu\n", getauxval(AT_SECURE));
    return 0;
}
