#include "model.hpp"

#include <cmath>
#include <cstring>

#include "parity.hpp"

namespace qunlearn {
namespace {

constexpr int kPassesPerTable = 6;  // without a table; more and the left-out factors could overflow float32

}  // namespace

double slot_coefficient(const Angle& angle, int slot) {
  double sum = 0;
  for (const Term& t : angle.terms)
    if (t.slot == slot) sum += t.coefficient;
  return sum;
}

template <class S>
double Model<S>::angle(const Angle& angle) const {
  double sum = 0;
  for (const Term& t : angle.terms) sum += t.coefficient * slots[t.slot];
  return sum;
}

// [[c, -s], [s, c]] divided by the larger of |c| and |s|, which saves a multiplication in two. Returns what was divided by:
// the next table of phases takes these factors in, and those after the last table are `scale`.
template <class S>
double Model<S>::set_rotation(size_t i, size_t r, double c, double s, bool full) {
  const size_t at = 3 * i + r;
  const bool tangent = std::abs(c) >= std::abs(s);
  form[at] = full ? kFull : tangent ? kTangent : kCotangent;
  p[at] = static_cast<S>(full ? c : tangent ? 1 : c / s);
  q[at] = static_cast<S>(full ? s : tangent ? s / c : 1);
  return full ? 1 : tangent ? c : s;
}

template <class S>
void Model<S>::fill_table(const Program& program, size_t pass, double factor, S* out, int shifted,
                          double shift) const {
  const Pass& step = program.passes[pass];
  double re[1 << kMaxRank], im[1 << kMaxRank];
  re[0] = factor;
  im[0] = 0;
  size_t n = 1;
  for (const Phase& z : step.phases) {
    const Angle& a = program.angles[z.angle];
    double c = cosine[a.value], s = sine[a.value];
    if (shifted >= 0) {
      const double half = 0.5 * shift * slot_coefficient(a, shifted);
      const double c0 = c;
      c = c * std::cos(half) - s * std::sin(half);
      s = s * std::cos(half) + c0 * std::sin(half);
    }
    const bool grow = z.row == n;
    if (grow) {
      for (size_t i = 0; i < n; ++i) {
        re[n + i] = c * re[i] - s * im[i];
        im[n + i] = c * im[i] + s * re[i];
      }
    }
    for (size_t i = 0; i < n; ++i) {
      const double sign = !grow && odd(static_cast<uint32_t>(i) & z.row) ? -s : s;
      const double x = re[i];
      re[i] = c * x + sign * im[i];
      im[i] = c * im[i] - sign * x;
    }
    if (grow) n *= 2;
  }
  for (size_t i = 0; i < n; ++i) {
    out[2 * i] = static_cast<S>(re[i]);
    out[2 * i + 1] = static_cast<S>(im[i]);
  }
}

template <class S>
void Model<S>::prepare(const Program& program, const S* values, bool full, const Kernels<double>& kernels) {
  // Compared by their bits, so that NaN equals itself and 0 is not -0.
  const size_t bytes = program.n_params * sizeof(S);
  const bool same = !slots.empty() && full == this->full && params.size() == size_t(program.n_params) &&
                    (bytes == 0 || std::memcmp(params.data(), values, bytes) == 0);
  if (same) return;
  params.assign(values, values + program.n_params);
  this->full = full;
  slots.resize(program.slots.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    const Slot& slot = program.slots[i];
    slots[i] = slot.kind == 0 ? slot.value : slot.kind == 1 ? slot.scale * params[slot.param] : 0;
  }
  const size_t n = program.model_values.size();
  const size_t padded = (n + kernels.width - 1) / kernels.width * kernels.width;
  Buffer<double> halves(3 * padded + 1);
  for (size_t i = 0; i < n; ++i) halves.data()[i] = angle(program.angles[program.model_values[i]]) / 2;
  double* sines = halves.data() + padded;
  kernels.sincos(halves.data(), sines, sines + padded, padded);
  sine.assign(sines, sines + n);
  cosine.assign(sines + padded, sines + padded + n);
  const size_t n_passes = program.passes.size();
  form.assign(3 * n_passes, kFull);
  p.resize(3 * n_passes);
  q.resize(3 * n_passes);
  factor.assign(3 * n_passes, 1.0);
  table.resize(2 * program.model_table);
  scale = 1;
  int waiting = 0;
  for (size_t i = 0; i < n_passes; ++i) {
    const Pass& pass = program.passes[i];
    const bool has_table = !pass.phases.empty() && !pass.per_sample;
    waiting = has_table ? 0 : waiting + 1;
    for (size_t r = 0; r < pass.rotations.size(); ++r) {
      const Angle& a = program.angles[pass.rotations[r].angle];
      if (a.per_sample) continue;
      const bool keep_full = full || waiting > kPassesPerTable;
      factor[3 * i + r] = set_rotation(i, r, cosine[a.value], sine[a.value], keep_full);
      scale *= factor[3 * i + r];
    }
    if (has_table) {
      fill_table(program, i, scale, table.data() + 2 * pass.table, -1, 0);
      scale = 1;
    }
  }
}

template struct Model<float>;
template struct Model<double>;

}  // namespace qunlearn
