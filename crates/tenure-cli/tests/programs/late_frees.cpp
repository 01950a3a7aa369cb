// Threads whose last frees and allocations happen in destructors that run after the heap's own.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

static pthread_key_t keys[20];
static int calls[20];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// Frees what its thread kept, allocates anew, and comes again, as often as libc goes round.
static void late(void *kept) {
    int key = *(int *)kept;
    pthread_mutex_lock(&lock);
    calls[key]++;
    pthread_mutex_unlock(&lock);
    free(kept);
    void *large = malloc(100000);
    memset(large, 1, 100000);
    free(large);
    int *again = (int *)malloc(sizeof(int) + 100 * key);
    *again = key;
    pthread_setspecific(keys[key], again);
}

struct Local {
    std::vector<std::string> words;
    ~Local() {
        words.push_back(std::string(5000, 'x'));
        words.clear();
        delete new std::string(300, 'y');
    }
};
static thread_local Local local;

int main() {
    alarm(60);
    for (auto &key : keys) pthread_key_create(&key, late);
    for (int round = 0; round < 300; round++) {
        std::vector<std::thread> threads;
        for (int t = 0; t < 8; t++)
            threads.emplace_back([t] {
                local.words.push_back(std::string(1000 + t, 'z'));
                for (int key = 0; key < 20; key++) {
                    int *kept = (int *)malloc(sizeof(int) + 50 * key);
                    *kept = key;
                    pthread_setspecific(keys[key], kept);
                }
            });
        for (auto &thread : threads) thread.join();
    }
    // Four rounds of destructors for each thread.
    for (int count : calls)
        if (count != 4 * 8 * 300) return printf("%d calls\n", count), 1;
    puts("all late frees done");
}
