// Exceptions thrown through captured frames, and captures from destructors that they run.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

using probe_t = void (*)(void *);
struct Run {
    probe_t probe;
    void *context;
    unsigned long seed;
    long left;
    unsigned next() {
        seed = seed * 6364136223846793005ul + 1442695040888963407ul;
        return seed >> 40;
    }
    void look() {
        if (left > 0) {
            left--;
            probe(context);
        }
    }
};

struct Failure {
    int levels;
};

struct Guard {
    Run &run;
    std::string text;
    ~Guard() {
        if (run.next() % 4 == 0) run.look();
    }
};

struct Shape {
    virtual ~Shape() = default;
    virtual int area(Run &run, int depth) = 0;
};
static int dispatch(Run &run, int depth);

struct Square : Shape {
    int side = 3;
    [[gnu::noinline]] int area(Run &run, int depth) override { return dispatch(run, depth) + side; }
};

[[gnu::noinline]] static int guarded(Run &run, int depth) {
    Guard guard{run, std::string(run.next() % 40, 'x')};
    return dispatch(run, depth) + static_cast<int>(guard.text.size());
}
[[gnu::noinline]] static int catching(Run &run, int depth) {
    try {
        return dispatch(run, depth) + 1;
    } catch (Failure &failure) {
        run.look();
        if (failure.levels-- > 0) throw;
        return dispatch(run, depth / 2) + 1;
    }
}
[[gnu::noinline]] static int by_function(Run &run, int depth) {
    std::function<int(int)> call = [&run](int left) { return dispatch(run, left) + 2; };
    return call(depth) + 1;
}
[[gnu::noinline]] static int by_shape(Run &run, int depth) {
    std::unique_ptr<Shape> shape = std::make_unique<Square>();
    return shape->area(run, depth) + 1;
}
[[gnu::noinline]] static int by_algorithm(Run &run, int depth) {
    std::vector<int> numbers{1, 2};
    std::for_each(numbers.begin(), numbers.end(), [&](int &number) {
        number += dispatch(run, depth / 2);
    });
    return numbers[0];
}

[[gnu::noinline]] static int dispatch(Run &run, int depth) {
    if (run.left <= 0) return 0;
    if (depth <= 0) {
        run.look();
        if (run.next() % 3 == 0) throw Failure{static_cast<int>(run.next() % 3)};
        return 1;
    }
    depth--;
    switch (run.next() % 5) {
    case 0: return guarded(run, depth) + 1;
    case 1: return catching(run, depth) + 1;
    case 2: return by_function(run, depth) + 1;
    case 3: return by_shape(run, depth) + 1;
    default: return by_algorithm(run, depth) + 1;
    }
}

extern "C" int run_case(probe_t probe, void *context, unsigned long seed, long count) {
    Run run{probe, context, seed, count};
    int sum = 0;
    while (run.left > 0) {
        try {
            sum += dispatch(run, run.next() % 30);
        } catch (Failure &) {
            run.look();
        }
    }
    return sum;
}
