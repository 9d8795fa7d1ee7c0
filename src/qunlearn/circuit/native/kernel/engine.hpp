// Work on many models and samples: expectation values, and gradients of them weighted by a cotangent.
#pragma once

#include <cstdint>

#include "program.hpp"

namespace qunlearn {

enum class Rule { kAdjoint, kShift };

// Row-major arrays of one job. A result has `models` leading rows; row g of an argument is `row[g]` of its leading rows, so
// that an argument can be shared by models, and several axes of models can be broadcast against each other.
template <class S>
struct Argument {
  const S* data = nullptr;
  std::vector<int64_t> row;
  int64_t size = 0;  // of one row

  const S* at(int64_t g) const { return data + row[g] * size; }
};

template <class S>
struct Job {
  const Program* program = nullptr;
  int64_t models = 0, samples = 0;
  Argument<S> params;        // (n_params)
  Argument<S> x;             // (samples, n_features)
  Argument<S> cotangent;     // (samples, measured); no data for values
  Rule rule = Rule::kAdjoint;
  bool keep = false;         // values only: a gradient of the same arrays may follow, so keep the states if they are few
  bool keep_with_x = false;  // that gradient is also by x
  S* values = nullptr;       // (models, samples, measured)
  S* by_params = nullptr;    // (models, n_params)
  S* by_x = nullptr;         // (models, samples, n_features), or null if not wanted
};

template <class S>
void run(const Job<S>& job);

// Threads used by large jobs; 0 means all cores.
void set_threads(int count);
int threads();
// The widest instruction set to use: 2 AVX-512, 1 AVX2 with FMA, 0 baseline; never more than the machine has.
void set_level(int level);
int level();

}  // namespace qunlearn
