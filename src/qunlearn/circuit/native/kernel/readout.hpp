// Expectation values of Z, the observable that they are differentiated through, and tables of phases.
// Part of kernels.hpp: internal linkage, see views.hpp.
#pragma once

#include "lanes.hpp"

namespace qunlearn {
namespace {

// Probabilities are added up by the pattern k of the R measured bits: <Z_a> = sum_k (-1)^(bit a of k) bins[k].
template <class V, int R>
void readout_of(const WalkView& w, const uint32_t* local_base, const V* state, V* values) {
  constexpr int K = 1 << R;
  V bins[K] = {};
  walk(w, [&](uint32_t base, uint32_t) {
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) {
      const V* at = state + 2 * size_t(base ^ local_base[k]);
      bins[k] += at[0] * at[0];
      bins[k] += at[1] * at[1];
    }
  });
  for (int a = 0; a < R; ++a) {
    V sum{};
    for (int k = 0; k < K; ++k) sum += k >> a & 1 ? -bins[k] : bins[k];
    values[a] = sum;
  }
}

// A = sum_a weight_a Z_a is diagonal, with 2^R different entries.
template <class V, int R>
void observable_of(const WalkView& w, const uint32_t* local_base, const V* weights, bool add, const V* state,
                   V* lambda) {
  constexpr int K = 1 << R;
  V factor[K];
  for (int k = 0; k < K; ++k) {
    factor[k] = V{};
    for (int a = 0; a < R; ++a) factor[k] += k >> a & 1 ? -weights[a] : weights[a];
  }
  walk(w, [&](uint32_t base, uint32_t) {
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) {
      const size_t at = 2 * size_t(base ^ local_base[k]);
      lambda[at] = factor[k] * state[at] + (add ? lambda[at] : V{});
      lambda[at + 1] = factor[k] * state[at + 1] + (add ? lambda[at + 1] : V{});
    }
  });
}

// exp(-i a/2 Z) on a table: entry i turns by -a/2 times (-1)^parity(i & row). A word independent of those so far adds an
// index bit: the new half (bit set) turns by +a/2, the old one by -a/2.
template <class V>
void multiply_phase(V* table, size_t n, uint32_t row, bool grow, const V c, const V s) {
  for (size_t i = 0; i < n; ++i) {
    const V re = table[2 * i], im = table[2 * i + 1];
    const V sign = __builtin_popcount(uint32_t(i) & row) & 1 && !grow ? -s : s;
    if (grow) {
      table[2 * (n + i)] = c * re - s * im;
      table[2 * (n + i) + 1] = c * im + s * re;
    }
    table[2 * i] = c * re + sign * im;
    table[2 * i + 1] = c * im - sign * re;
  }
}

// Adds to out[i] the sum over k < 2^rank of sums[k], signed by bit i of k; the sums are used up. From the top bit down:
// the difference of the halves is its signed sum, and their sum has all that lower bits need. 2^rank steps for all bits.
template <class V>
void fold_of(V* sums, int rank, V* out) {
  for (int i = rank; i-- > 0;) {
    const size_t half = size_t{1} << i;
    V even{}, odd{};  // two chains of additions
    for (size_t k = 0; k < half; k += 2) {
      even += sums[k] - sums[k + half];
      sums[k] += sums[k + half];
      if (half == 1) break;
      odd += sums[k + 1] - sums[k + 1 + half];
      sums[k + 1] += sums[k + 1 + half];
    }
    out[i] += even + odd;
  }
}

}  // namespace
}  // namespace qunlearn
