// The same work on several threads.
#ifndef WEFT_EXECUTE_THREADS_H_
#define WEFT_EXECUTE_THREADS_H_

#include <functional>

namespace weft::execute {

// Calls `work(i)` for i = 0 … count−1, the first on this thread and each other on its own, and
// waits for all. A thread that the system does not give is done without: its call is left out.
// `work` must not throw.
void OnThreads(int count, const std::function<void(int)>& work);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_THREADS_H_
