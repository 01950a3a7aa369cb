// Templates that are deep and many: what a compiler allocates for.
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

template <int N> struct Key {
    int value;
    bool operator<(const Key &other) const { return value < other.value; }
};

template <int N> using Table = std::map<Key<N>, std::vector<std::pair<std::string, Key<N + 1>>>>;

template <int N> int fill(int count) {
    Table<N> table;
    std::map<int, std::string> seen;
    for (int i = 0; i < count; i++) {
        table[Key<N>{i % 7}].emplace_back(std::to_string(i), Key<N + 1>{i});
        seen.emplace(i, std::to_string(i));
    }
    int sum = static_cast<int>(seen.size());
    for (auto &entry : table) {
        entry.second.emplace_back("last", Key<N + 1>{sum});
        sum += N + static_cast<int>(entry.second.size());
    }
    if constexpr (N > 0) {
        sum += fill<N - 1>(count);
    }
    return sum;
}

template <typename... Kinds> int visit_all(const std::vector<std::variant<Kinds...>> &all) {
    int sum = 0;
    for (const auto &one : all) {
        sum += std::visit([](const auto &kind) { return static_cast<int>(sizeof kind); }, one);
    }
    return sum;
}

int main() {
    std::vector<std::variant<int, std::string, Key<1>, std::vector<int>>> all;
    all.emplace_back(std::string("one"));
    return fill<FILLS>(100) + visit_all(all);
}
