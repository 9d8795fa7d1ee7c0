#include "pool.hpp"

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace qunlearn {
namespace {

struct Batch {
  Batch(const std::function<void(int64_t)>& task, int64_t count) : task(&task), count(count) {}

  const std::function<void(int64_t)>* task;
  int64_t count;
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;

  void work() {
    for (int64_t i; (i = next.fetch_add(1)) < count;) {
      try {
        (*task)(i);
      } catch (...) {
        std::lock_guard<std::mutex> lock(mutex);
        if (!error) error = std::current_exception();
      }
    }
  }
};

class Pool {
 public:
  // False if another job holds the pool.
  bool run(Batch& batch, int helpers) {
    std::unique_lock<std::mutex> only(busy_, std::try_to_lock);
    if (!only) return false;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      while (static_cast<int>(threads_.size()) < helpers)
        threads_.emplace_back(&Pool::serve, this, static_cast<int>(threads_.size()));
      batch_ = &batch;
      helpers_ = pending_ = helpers;
      ++round_;
    }
    wake_.notify_all();
    batch.work();
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [&] { return pending_ == 0; });
    batch_ = nullptr;
    return true;
  }

 private:
  void serve(int id) {
    uint64_t seen = 0;
    for (;;) {
      Batch* batch;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return round_ != seen; });
        seen = round_;
        if (id >= helpers_ || !batch_) continue;
        batch = batch_;
      }
      batch->work();
      std::lock_guard<std::mutex> lock(mutex_);
      if (--pending_ == 0) done_.notify_one();
    }
  }

  std::mutex busy_, mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> threads_;
  Batch* batch_ = nullptr;
  int helpers_ = 0, pending_ = 0;
  uint64_t round_ = 0;
};

// Never destroyed: its threads wait until the process ends. A forked child gets a pool of its own, because threads do not
// survive a fork.
Pool& pool() {
  static std::mutex mutex;
  static Pool* current = nullptr;
  static pid_t owner = 0;
  std::lock_guard<std::mutex> lock(mutex);
  if (owner != getpid()) {
    current = new Pool;
    owner = getpid();
  }
  return *current;
}

}  // namespace

void parallel_for(int64_t count, int threads, const std::function<void(int64_t)>& task) {
  Batch batch(task, count);
  const int helpers = static_cast<int>(std::min<int64_t>(threads, count)) - 1;
  if (helpers <= 0 || !pool().run(batch, helpers)) batch.work();
  if (batch.error) std::rethrow_exception(batch.error);
}

}  // namespace qunlearn
