// A process-wide set of waiting threads. One job at a time uses them; a job that finds them busy runs on its own thread.
#pragma once

#include <cstdint>
#include <functional>

namespace qunlearn {

// Calls task(0) ... task(count - 1), each once, on up to `threads` threads; rethrows the first exception.
void parallel_for(int64_t count, int threads, const std::function<void(int64_t)>& task);

}  // namespace qunlearn
