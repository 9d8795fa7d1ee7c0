// What a pass does with the 2^R amplitudes that it holds in registers, a vector of lanes each.
// Part of kernels.hpp: internal linkage, see views.hpp.
#pragma once

#include "views.hpp"

namespace qunlearn {
namespace {

#define QN_INLINE inline __attribute__((always_inline))

// exp(-i a/2 Y) = [[c, -s], [s, c]] on each of R bits, real: so the real and imaginary parts of 2^R amplitudes are
// rotated alike, one call each. v[k] is the amplitude whose pattern of rotated bits is k. The inverse turns by -a.
template <int R, bool Inverse, class V>
QN_INLINE void rotate(V* v, const int* form, const V* p, const V* q) {
#pragma GCC unroll 3
  for (int a = 0; a < R; ++a) {
    const int bit = 1 << a;
    if (form[a] == kTangent) {  // divided by c
#pragma GCC unroll 8
      for (int k = 0; k < (1 << R); ++k)
        if (!(k & bit)) {
          const V x = v[k], y = v[k | bit];
          v[k] = Inverse ? x + q[a] * y : x - q[a] * y;
          v[k | bit] = Inverse ? y - q[a] * x : y + q[a] * x;
        }
    } else if (form[a] == kCotangent) {  // divided by s
#pragma GCC unroll 8
      for (int k = 0; k < (1 << R); ++k)
        if (!(k & bit)) {
          const V x = v[k], y = v[k | bit];
          v[k] = Inverse ? p[a] * x + y : p[a] * x - y;
          v[k | bit] = Inverse ? p[a] * y - x : p[a] * y + x;
        }
    } else {
#pragma GCC unroll 8
      for (int k = 0; k < (1 << R); ++k)
        if (!(k & bit)) {
          const V x = v[k], y = v[k | bit];
          v[k] = Inverse ? p[a] * x + q[a] * y : p[a] * x - q[a] * y;
          v[k | bit] = Inverse ? p[a] * y - q[a] * x : p[a] * y + q[a] * x;
        }
    }
  }
}

// sum over pairs of lambda_1 psi_0 - lambda_0 psi_1, one sum per rotation: Y = [[0, -i], [i, 0]], so with the real and
// the imaginary parts added this is Im <lambda| Y |psi>, which is d<A>/da = Re <lambda| -i Y |psi> for lambda = A psi.
template <int R, class V>
QN_INLINE void collect(V* sums, const V* lambda, const V* psi) {
#pragma GCC unroll 3
  for (int a = 0; a < R; ++a) {
    V sum = sums[a];
#pragma GCC unroll 8
    for (int k = 0; k < (1 << R); ++k)
      if (!(k & (1 << a))) {
        sum += lambda[k | (1 << a)] * psi[k];
        sum -= lambda[k] * psi[k | (1 << a)];
      }
    sums[a] = sum;
  }
}

template <class S, class V, int R>
struct Loaded {
  int form[R ? R : 1];
  V p[R ? R : 1], q[R ? R : 1];

  QN_INLINE explicit Loaded(const PassInput<S>& in) {
    for (int a = 0; a < R; ++a) {
      const Coefficients<S>& c = in.rotation[a];
      form[a] = c.form;
      p[a] = c.lanes ? *reinterpret_cast<const V*>(c.p) : V{} + *c.p;
      q[a] = c.lanes ? *reinterpret_cast<const V*>(c.q) : V{} + *c.q;
    }
  }
};

// (re + i im) (c + i s), or with the conjugate phase. The table has one phase for all lanes, or one a lane.
template <class S, class V, int D>
QN_INLINE void multiply(V& re, V& im, const S* table, uint32_t index, bool conjugate) {
  if (D == kNoPhase) return;
  V c, s;
  if (D == kModelPhase) {
    c = V{} + table[2 * index];
    s = V{} + table[2 * index + 1];
  } else {
    c = reinterpret_cast<const V*>(table)[2 * index];
    s = reinterpret_cast<const V*>(table)[2 * index + 1];
  }
  const V x = re;
  re = conjugate ? c * x + s * im : c * x - s * im;
  im = conjugate ? c * im - s * x : c * im + s * x;
}

// Every group of amplitudes once: its first position and its first entry in the table of phases. Both are linear over
// GF(2) in the number of the group, so a high and a low half of it are looked up and xored.
template <class Body>
QN_INLINE void walk(const WalkView& w, Body body) {
  for (uint32_t h = 0; h < w.n_high; ++h)
    for (uint32_t l = 0; l < w.n_low; ++l)
      body(w.high_base[h] ^ w.low_base[l], w.high_table[h] ^ w.low_table[l]);
}

}  // namespace
}  // namespace qunlearn
