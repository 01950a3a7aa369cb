// The functions of tenure.h, from C++: the header compiles, and a container lives in a heap.
#include "../../../tenure-preload/tenure.h"
#include <cstdio>
#include <new>
#include <vector>

template <class T> struct InHeap {
    using value_type = T;
    tenure_heap *heap;
    explicit InHeap(tenure_heap *heap) : heap(heap) {}
    template <class U> InHeap(const InHeap<U> &other) : heap(other.heap) {}
    T *allocate(std::size_t count) {
        void *block = tenure_heap_malloc(heap, count * sizeof(T));
        if (!block) throw std::bad_alloc();
        return static_cast<T *>(block);
    }
    void deallocate(T *block, std::size_t) { tenure_heap_free(heap, block); }
    template <class U> bool operator==(const InHeap<U> &other) const { return heap == other.heap; }
    template <class U> bool operator!=(const InHeap<U> &other) const { return heap != other.heap; }
};

int main() {
    tenure_heap *heap = tenure_heap_new_limited("vector", 1 << 20);
    bool refused = false;
    {
        std::vector<int, InHeap<int>> numbers{InHeap<int>(heap)};
        for (int i = 0; i < 10000; i++) numbers.push_back(i);
        if (!tenure_heap_contains(heap, numbers.data()) || numbers[9999] != 9999) return 1;
        try {
            numbers.reserve(1 << 20);
        } catch (const std::bad_alloc &) {
            refused = true;
        }
    }
    tenure_heap_stats_t stats;
    tenure_heap_stats(heap, &stats);
    if (!refused || stats.live_blocks != 0 || stats.refusals != 1) return 2;
    tenure_heap_destroy(heap);
    std::puts("all checks hold");
}
