// operator new and delete in all their forms: alignment, arrays, nothrow, bad_alloc, new-handlers.
#include "checks.h"
#include <malloc.h>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <sys/resource.h>
#include <vector>

static volatile std::size_t too_much = std::size_t(1) << 60;
static int handler_calls;

struct Wrong {};

static void third_call_throws_bad_alloc() {
    if (++handler_calls == 3) throw std::bad_alloc();
}

static void throws_something_else() {
    handler_calls++;
    throw Wrong();
}

// A handler that helps: it lifts the limit that made the allocation fail.
static void lifts_the_limit() {
    handler_calls++;
    rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_AS, &limit);
}

struct alignas(64) Line { char bytes[100]; };
struct alignas(4096) Page { char bytes[10]; };
struct Counted {
    static int alive;
    int value = 7;
    Counted() { alive++; }
    ~Counted() { alive--; }
};
int Counted::alive;

template <class F> static bool throws_bad_alloc(F call) {
    try {
        call();
    } catch (const std::bad_alloc &error) {
        return std::string(error.what()) == "std::bad_alloc";
    }
    return false;
}

static void plain_and_arrays() {
    for (std::size_t n = 0; n < 3000; n += 7) {
        void *p = ::operator new(n), *q = ::operator new[](n);
        CHECK(p && q && p != q && aligned_to(p, 16) && aligned_to(q, 16));
        CHECK(malloc_usable_size(p) >= n && malloc_usable_size(q) >= n);
        memset(p, 1, n);
        memset(q, 2, n);
        CHECK(all_are(p, 1, n) && all_are(q, 2, n));
        if (n % 2) {
            ::operator delete(p);
            ::operator delete[](q);
        } else {
            ::operator delete(p, n);
            ::operator delete[](q, n);
        }
    }
    Counted *many = new Counted[1000];
    CHECK(Counted::alive == 1000 && many[999].value == 7);
    delete[] many;
    CHECK(Counted::alive == 0);
    ::operator delete(nullptr);
    ::operator delete[](nullptr);
}

static void overaligned() {
    for (std::size_t align = 32; align <= 1 << 16; align *= 2) {
        auto a = std::align_val_t(align);
        void *p = ::operator new(100, a), *q = ::operator new[](100, a);
        void *r = ::operator new(100, a, std::nothrow), *s = ::operator new[](100, a, std::nothrow);
        CHECK(aligned_to(p, align) && aligned_to(q, align) && aligned_to(r, align) && aligned_to(s, align));
        ::operator delete(p, a);
        ::operator delete[](q, 100, a);
        ::operator delete(r, a, std::nothrow);
        ::operator delete[](s, a, std::nothrow);
        p = ::operator new(100, a);
        ::operator delete(p, 100, a);
        q = ::operator new[](100, a);
        ::operator delete[](q, a);
    }
    std::vector<std::unique_ptr<Line>> lines;
    std::vector<std::unique_ptr<Page>> pages;
    for (int i = 0; i < 100; i++) {
        lines.push_back(std::make_unique<Line>());
        pages.push_back(std::make_unique<Page>());
        CHECK(aligned_to(lines.back().get(), 64) && aligned_to(pages.back().get(), 4096));
    }
    Line *array = new Line[10];
    CHECK(aligned_to(array, 64));
    delete[] array;
}

static void without_memory_bad_alloc_is_thrown() {
    auto a = std::align_val_t(64);
    CHECK(throws_bad_alloc([] { (void)::operator new(too_much); }));
    CHECK(throws_bad_alloc([] { (void)::operator new[](too_much); }));
    CHECK(throws_bad_alloc([a] { (void)::operator new(too_much, a); }));
    CHECK(throws_bad_alloc([a] { (void)::operator new[](too_much, a); }));
    CHECK(throws_bad_alloc([] { std::vector<char> v(too_much); }));
    CHECK(throws_bad_alloc([] { (void)::operator new(10, std::align_val_t(48)); }));
}

static void nothrow_gives_null() {
    auto a = std::align_val_t(64);
    CHECK(::operator new(too_much, std::nothrow) == nullptr);
    CHECK(::operator new[](too_much, std::nothrow) == nullptr);
    CHECK(::operator new(too_much, a, std::nothrow) == nullptr);
    CHECK(::operator new[](too_much, a, std::nothrow) == nullptr);
    void *p = ::operator new(10, std::nothrow), *q = ::operator new[](10, std::nothrow);
    CHECK(p && q);
    ::operator delete(p, std::nothrow);
    ::operator delete[](q, std::nothrow);
}

template <class F> static void runs_handlers(F allocate) {
    handler_calls = 0;
    std::set_new_handler(third_call_throws_bad_alloc);
    CHECK(throws_bad_alloc(allocate));
    CHECK(handler_calls == 3);
    handler_calls = 0;
    std::set_new_handler(throws_something_else);
    bool caught = false;
    try {
        Counted unwound;
        allocate();
    } catch (const Wrong &) {
        caught = true;
    }
    CHECK(caught && handler_calls == 1 && Counted::alive == 0);
    std::set_new_handler(nullptr);
}

static void handlers_run_until_one_throws() {
    auto a = std::align_val_t(128);
    runs_handlers([] { (void)::operator new(too_much); });
    runs_handlers([] { (void)::operator new[](too_much); });
    runs_handlers([a] { (void)::operator new(too_much, a); });
    runs_handlers([a] { (void)::operator new[](too_much, a); });
}

static void nothrow_runs_handlers_and_catches_what_they_throw() {
    auto a = std::align_val_t(128);
    for (int form = 0; form < 4; form++) {
        handler_calls = 0;
        std::set_new_handler(third_call_throws_bad_alloc);
        void *p = &p;
        if (form == 0) p = ::operator new(too_much, std::nothrow);
        if (form == 1) p = ::operator new[](too_much, std::nothrow);
        if (form == 2) p = ::operator new(too_much, a, std::nothrow);
        if (form == 3) p = ::operator new[](too_much, a, std::nothrow);
        CHECK(p == nullptr && handler_calls == 3);
        std::set_new_handler(nullptr);
    }
}

static void a_handler_that_finds_memory_is_enough() {
    auto a = std::align_val_t(4096);
    // Our heap has its address space already: only more than that meets the limit.
    const std::size_t size = preloaded() ? std::size_t(70) << 30 : 300 << 20;
    void *probe = malloc(size);
    if (!probe) return; // A machine that never promises that much.
    free(probe);
    for (int form = 0; form < 4; form++) {
        rlimit limit;
        getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = 1 << 20;
        setrlimit(RLIMIT_AS, &limit);
        handler_calls = 0;
        std::set_new_handler(lifts_the_limit);
        void *p = form == 0   ? ::operator new(size)
                  : form == 1 ? ::operator new(size, std::nothrow)
                  : form == 2 ? ::operator new(size, a)
                              : ::operator new(size, a, std::nothrow);
        std::set_new_handler(nullptr);
        CHECK(p != nullptr && handler_calls == 1);
        if (form < 2)
            ::operator delete(p);
        else
            ::operator delete(p, a);
    }
}

static void containers() {
    std::map<std::string, std::vector<std::string>> table;
    for (int i = 0; i < 20000; i++) table["key " + std::to_string(i % 977)].push_back(std::string(i % 300, 'x'));
    std::size_t sum = 0;
    for (auto &[key, values] : table)
        for (auto &value : values) sum += value.size();
    CHECK(table.size() == 977 && sum == 2980000);
    auto shared = std::make_shared<std::string>(1000, 'y');
    CHECK(shared->size() == 1000);
}

int main() {
    const char *names[] = {
        "_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_t",
        "_ZnamSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t", "_ZnamSt11align_val_tRKSt9nothrow_t",
        "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm", "_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t",
        "_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t", "_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t",
        "_ZdlPvSt11align_val_tRKSt9nothrow_t", "_ZdaPvSt11align_val_tRKSt9nothrow_t"};
    for (const char *name : names) check_origin(name);
    plain_and_arrays();
    overaligned();
    without_memory_bad_alloc_is_thrown();
    nothrow_gives_null();
    handlers_run_until_one_throws();
    nothrow_runs_handlers_and_catches_what_they_throw();
    a_handler_that_finds_memory_is_enough();
    containers();
    return checks_end();
}
