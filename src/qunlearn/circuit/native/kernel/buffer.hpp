// Memory aligned to the widest vector, zeroed when made.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace qunlearn {

template <class S>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t n) { resize(n); }
  void resize(size_t n) {
    if (n <= size_) return;
    const size_t bytes = (n * sizeof(S) + 63) / 64 * 64;
    memory_.reset(static_cast<S*>(std::aligned_alloc(64, bytes)));
    if (!memory_) throw std::bad_alloc();
    std::memset(memory_.get(), 0, bytes);
    size_ = n;
  }
  S* data() { return memory_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(S* p) const { std::free(p); }
  };
  std::unique_ptr<S, Free> memory_;
  size_t size_ = 0;
};

}  // namespace qunlearn
