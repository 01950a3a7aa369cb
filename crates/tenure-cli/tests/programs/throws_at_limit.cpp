// Takes memory with new until the limit of the process refuses it, and goes on.
#include <cstdio>
#include <new>
#include <vector>

int main() {
    std::vector<char *> blocks;
    blocks.reserve(1 << 20);
    try {
        for (int i = 0; i < 1 << 20; i++)
            blocks.push_back(new char[1000]);
    } catch (const std::bad_alloc &) {
        for (char *block : blocks)
            delete[] block;
        delete[] new char[10 << 20];
        std::puts("bad_alloc");
        return 0;
    }
    return 1;
}
