// A threaded program: producers hand blocks to consumers, who free them; every byte is checked.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

struct Message {
    std::unique_ptr<unsigned char[]> bytes;
    std::size_t size = 0;
    unsigned char mark = 0;
    std::vector<std::string> words;
};

class Channel {
    std::mutex lock;
    std::condition_variable changed;
    std::queue<Message> queue;
    int open_ends;

  public:
    explicit Channel(int senders) : open_ends(senders) {}
    void send(Message message) {
        std::unique_lock<std::mutex> held(lock);
        changed.wait(held, [this] { return queue.size() < 500; });
        queue.push(std::move(message));
        changed.notify_all();
    }
    void close() {
        std::lock_guard<std::mutex> held(lock);
        open_ends--;
        changed.notify_all();
    }
    bool receive(Message &message) {
        std::unique_lock<std::mutex> held(lock);
        changed.wait(held, [this] { return !queue.empty() || open_ends == 0; });
        if (queue.empty()) return false;
        message = std::move(queue.front());
        queue.pop();
        changed.notify_all();
        return true;
    }
};

int main() {
    const int producers = 4, consumers = 4, messages = 20000;
    Channel channel(producers);
    std::atomic<unsigned long> bytes{0}, words{0}, wrong{0};
    std::vector<std::thread> threads;
    for (int p = 0; p < producers; p++)
        threads.emplace_back([&, p] {
            unsigned seed = 17 * p + 1;
            std::map<int, std::string> kept;
            for (int i = 0; i < messages; i++) {
                seed = seed * 1103515245 + 12345;
                Message message;
                message.size = (seed >> 8) % (i % 100 == 0 ? 100000 : 700) + 1;
                message.mark = (unsigned char)i;
                message.bytes.reset(new unsigned char[message.size]);
                memset(message.bytes.get(), message.mark, message.size);
                for (int w = 0; w < i % 4; w++) message.words.push_back(std::to_string(seed) + " a longer word");
                kept[i % 1000] = std::string(i % 90, 'k');
                channel.send(std::move(message));
            }
            channel.close();
        });
    for (int c = 0; c < consumers; c++)
        threads.emplace_back([&] {
            Message message;
            while (channel.receive(message)) {
                for (std::size_t i = 0; i < message.size; i++)
                    if (message.bytes[i] != message.mark) wrong++;
                bytes += message.size;
                words += message.words.size();
            }
        });
    for (auto &thread : threads) thread.join();
    printf("%lu bytes in %d messages with %lu words, %lu wrong\n", bytes.load(), producers * messages,
           words.load(), wrong.load());
    return wrong != 0;
}
