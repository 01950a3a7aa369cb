// Work for a compiler: templates that instantiate each other, containers, lambdas, constant tables.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

template <unsigned N> struct Fibonacci {
    static constexpr unsigned long value = Fibonacci<N - 1>::value + Fibonacci<N - 2>::value;
};
template <> struct Fibonacci<0> { static constexpr unsigned long value = 0; };
template <> struct Fibonacci<1> { static constexpr unsigned long value = 1; };

template <typename T, unsigned Depth> struct Nested {
    std::vector<Nested<T, Depth - 1>> inner;
    std::map<std::string, T> names;
    T sum() const {
        T total{};
        for (auto &item : inner) total += item.sum();
        for (auto &entry : names) total += entry.second;
        return total;
    }
};
template <typename T> struct Nested<T, 0> {
    T value{};
    T sum() const { return value; }
};

template <typename... Ts> auto all_of_them(Ts... values) { return std::make_tuple(std::make_shared<Ts>(values)...); }

template <typename Container> auto sorted(Container values) {
    std::sort(values.begin(), values.end(), [](auto &a, auto &b) { return b < a; });
    return values;
}

unsigned long run() {
    Nested<long, 12> longs;
    Nested<double, 9> doubles;
    Nested<unsigned, 7> numbers;
    auto tuple = all_of_them(1, 2.0, 'c', std::string("four"), 5ul, std::vector<int>{6});
    std::unordered_map<std::string, std::function<int(int)>> table{
        {"twice", [](int x) { return 2 * x; }}, {"square", [](int x) { return x * x; }}};
    std::set<std::pair<int, std::string>> pairs{{1, "a"}, {2, "b"}};
    auto words = sorted(std::vector<std::string>{"x", "y", "z"});
    return Fibonacci<80>::value + longs.sum() + (unsigned long)doubles.sum() + numbers.sum() + pairs.size() +
           words.size() + table["twice"](*std::get<0>(tuple));
}
