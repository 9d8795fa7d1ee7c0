// One pass over the state: forward, and back with the gradients that it meets.
// Part of kernels.hpp: internal linkage, see views.hpp.
#pragma once

#include "lanes.hpp"

namespace qunlearn {
namespace {

// psi = D R psi: R rotations on 2^R amplitudes in registers, then the diagonal D of phases. `in` may be `out`: a group
// is read before it is written, and groups do not overlap.
template <class S, class V, int R, int D>
void forward_pass(const PassInput<S>& input, const V* in, V* out) {
  constexpr int K = 1 << R;
  const Loaded<S, V, R> c(input);
  const PassView& view = *input.view;
  walk(view.walk, [&](uint32_t base, uint32_t index) {
    V re[K], im[K];
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) re[k] = in[2 * size_t(base ^ view.local_base[k])];
    rotate<R, false>(re, c.form, c.p, c.q);
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) im[k] = in[2 * size_t(base ^ view.local_base[k]) + 1];
    rotate<R, false>(im, c.form, c.p, c.q);
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) {
      multiply<S, V, D>(re[k], im[k], input.table, index ^ view.local_table[k], false);
      V* to = out + 2 * size_t(base ^ view.local_base[k]);
      to[0] = re[k];
      to[1] = im[k];
    }
  });
}

// lambda = R^-1 D^-1 lambda, and on the way d/d(phase) = Im conj(lambda) psi after the pass, d/d(rotation) from lambda and
// psi before it: rotations of a pass commute, so both sides of all of them will do.
template <class S, class V, int R, int D>
void backward_pass(const PassInput<S>& input, const Gradients<S>& gradients, const V* before, const V* after,
                   V* lambda) {
  constexpr int K = 1 << R;
  const Loaded<S, V, R> c(input);
  const PassView& view = *input.view;
  V sums[R ? R : 1] = {};
  V* phases = reinterpret_cast<V*>(gradients.phase);
  walk(view.walk, [&](uint32_t base, uint32_t index) {
    V re[K], im[K], psi[K];
#pragma GCC unroll 8
    for (int k = 0; k < K; ++k) {
      const size_t at = 2 * size_t(base ^ view.local_base[k]);
      re[k] = lambda[at];
      im[k] = lambda[at + 1];
      if (D != kNoPhase && phases) phases[index ^ view.local_table[k]] += re[k] * after[at + 1] - im[k] * after[at];
      multiply<S, V, D>(re[k], im[k], input.table, index ^ view.local_table[k], true);
    }
    rotate<R, true>(re, c.form, c.p, c.q);
    rotate<R, true>(im, c.form, c.p, c.q);
#pragma GCC unroll 2
    for (int part = 0; part < 2; ++part) {
      const V* lam = part ? im : re;  // already before the rotations
      if (R && gradients.wanted) {
#pragma GCC unroll 8
        for (int k = 0; k < K; ++k) psi[k] = before[2 * size_t(base ^ view.local_base[k]) + part];
        collect<R>(sums, lam, psi);
      }
#pragma GCC unroll 8
      for (int k = 0; k < K; ++k) lambda[2 * size_t(base ^ view.local_base[k]) + part] = lam[k];
    }
  });
  if (gradients.wanted)
    for (int a = 0; a < R; ++a) *reinterpret_cast<V*>(gradients.rotation[a]) += sums[a];
}

// The same where no states are stored: psi is taken back along with lambda. Every rotation has its full form, because
// only an orthogonal matrix is undone by its transpose without a factor.
template <class S, class V, int R, int D>
void uncompute_pass(const PassInput<S>& input, const Gradients<S>& gradients, V* state, V* lambda) {
  constexpr int K = 1 << R;
  const Loaded<S, V, R> c(input);
  const PassView& view = *input.view;
  V sums[R ? R : 1] = {};
  V* phases = reinterpret_cast<V*>(gradients.phase);
  walk(view.walk, [&](uint32_t base, uint32_t index) {
    if (D != kNoPhase)
#pragma GCC unroll 8
      for (int k = 0; k < K; ++k) {
        const size_t at = 2 * size_t(base ^ view.local_base[k]);
        const uint32_t entry = index ^ view.local_table[k];
        if (phases) phases[entry] += lambda[at] * state[at + 1] - lambda[at + 1] * state[at];
        multiply<S, V, D>(state[at], state[at + 1], input.table, entry, true);
        multiply<S, V, D>(lambda[at], lambda[at + 1], input.table, entry, true);
      }
    if (R)
#pragma GCC unroll 2
      for (int part = 0; part < 2; ++part) {
        V psi[K], lam[K];
#pragma GCC unroll 8
        for (int k = 0; k < K; ++k) psi[k] = state[2 * size_t(base ^ view.local_base[k]) + part];
        rotate<R, true>(psi, c.form, c.p, c.q);
#pragma GCC unroll 8
        for (int k = 0; k < K; ++k) state[2 * size_t(base ^ view.local_base[k]) + part] = psi[k];
#pragma GCC unroll 8
        for (int k = 0; k < K; ++k) lam[k] = lambda[2 * size_t(base ^ view.local_base[k]) + part];
        rotate<R, true>(lam, c.form, c.p, c.q);
#pragma GCC unroll 8
        for (int k = 0; k < K; ++k) lambda[2 * size_t(base ^ view.local_base[k]) + part] = lam[k];
        if (gradients.wanted) collect<R>(sums, lam, psi);
      }
  });
  if (gradients.wanted)
    for (int a = 0; a < R; ++a) *reinterpret_cast<V*>(gradients.rotation[a]) += sums[a];
}

}  // namespace
}  // namespace qunlearn
