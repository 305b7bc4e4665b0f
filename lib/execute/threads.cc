#include "execute/threads.h"

#include <system_error>
#include <thread>
#include <vector>

namespace weft::execute {

void OnThreads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  threads.reserve(count > 1 ? static_cast<size_t>(count - 1) : 0);
  for (int i = 1; i < count; ++i) {
    try {
      threads.emplace_back([&work, i] { work(i); });
    } catch (const std::system_error&) {
      break;
    }
  }
  work(0);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace weft::execute
