/* Loads the library that is named first, closes it, and goes on. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words) {
    void *plugin = count > 1 ? dlopen(words[1], RTLD_NOW) : NULL;
    if (!plugin) {
        puts(count > 1 ? dlerror() : "no library named");
        return 1;
    }
    if (dlclose(plugin) != 0)
        return 2;
    for (int i = 0; i < 1000; i++)
        if (!malloc(100000))
            return 3;
    puts("done");
    return 0;
}
