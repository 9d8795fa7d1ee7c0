// The gradient by the parameter-shift rule: every angle of a gate is moved alone.
#include <algorithm>
#include <cmath>

#include "block.hpp"

namespace qunlearn {
namespace {

constexpr double kHalfPi = 1.57079632679489661923;
constexpr double kPlus = 0.42677669529663688110, kMinus = 0.07322330470336311890;  // (sqrt 2 +- 1) / (4 sqrt 2)

struct ShiftTerm {
  double shift, weight;
};
// df/da = sum of weight * f(a + shift): two terms for the frequency 1, four for 1/2 and 1 (controlled rotations).
constexpr ShiftTerm kTwoTerms[] = {{kHalfPi, 0.5}, {-kHalfPi, -0.5}};
constexpr ShiftTerm kFourTerms[] = {
    {kHalfPi, kPlus}, {-kHalfPi, -kPlus}, {3 * kHalfPi, -kMinus}, {-3 * kHalfPi, kMinus}};

}  // namespace

template <class S>
void Block<S>::shift(const Model<S>& model, const Rows<S>& rows) {
  holding_ = false;
  collected_ = true;
  load(model, rows);
  if (!stored_ && !program_.amplitude) std::fill(states_.data(), states_.data() + state_size_, S(0));
  start(states_.data(), rows);
  if (stored_) run_stored();
  for (int j = 0; j < static_cast<int>(program_.slots.size()); ++j) {
    const int kind = program_.slots[j].kind;
    if ((kind == 1 || (kind == 2 && with_x_)) && !program_.slot_passes[j].empty())
      shift_slot(model, rows, j);
  }
  if (!with_x_) return;
  if (program_.amplitude) {  // amplitudes are no angles; their derivative is the adjoint's
    seed_lambda(model, rows, stored_ ? state(n_passes_) : run_in_place());
    move_back(0, false, stored_ ? nullptr : states_.data());
  }
  write_by_x(rows);
}

template <class S>
void Block<S>::shift_slot(const Model<S>& model, const Rows<S>& rows, int slot) {
  const Slot& what = program_.slots[slot];
  const ShiftTerm* terms = what.four_term ? kFourTerms : kTwoTerms;
  const int n_terms = what.four_term ? 4 : 2, m = program_.measured();
  S* sums = slot_sums_.data() + slot * width_;
  for (int t = 0; t < n_terms; ++t) {
    const double ratio = shifted_inputs(model, slot, terms[t].shift, moved_);
    const size_t first = stored_ ? program_.slot_passes[slot].front() : 0;  // nothing before it moves
    read(run_from(first, moved_), model.scale * ratio);
    for (int lane = 0; lane < rows.used; ++lane) {
      S sum = 0;
      for (int k = 0; k < m; ++k) sum += rows.cotangent[lane * m + k] * readout_.data()[k * width_ + lane];
      sums[lane] += static_cast<S>(terms[t].weight) * sum;
    }
  }
  if (what.kind == 2) return;
  for (int lane = 0; lane < rows.used; ++lane) param_sums_[what.param] += what.scale * sums[lane];
  std::fill(sums, sums + width_, S(0));
}

// The inputs with one slot's value moved; returns the factor by which the state's left-out scale changes.
template <class S>
double Block<S>::shifted_inputs(const Model<S>& model, int slot, double shift, Inputs& inputs) {
  inputs = inputs_;
  double ratio = 1;
  const size_t w = width_;
  for (int i : program_.slot_passes[slot]) {
    const Pass& pass = program_.passes[i];
    for (size_t r = 0; r < pass.rotations.size(); ++r) {
      const Angle& a = program_.angles[pass.rotations[r].angle];
      const double half = 0.5 * shift * slot_coefficient(a, slot);
      if (half == 0) continue;
      const double c = std::cos(half), s = std::sin(half);
      S* p = moved_rotations_.data() + (3 * i + r) * 2 * w;
      S* q = p + w;
      inputs[i].rotation[r] = {kFull, a.per_sample, p, q};
      if (a.per_sample) {
        const S *c0 = cosines_.data() + a.value * w, *s0 = sines_.data() + a.value * w;
        for (size_t lane = 0; lane < w; ++lane) {
          p[lane] = static_cast<S>(c) * c0[lane] - static_cast<S>(s) * s0[lane];
          q[lane] = static_cast<S>(c) * s0[lane] + static_cast<S>(s) * c0[lane];
        }
      } else {
        *p = static_cast<S>(c * model.cosine[a.value] - s * model.sine[a.value]);
        *q = static_cast<S>(c * model.sine[a.value] + s * model.cosine[a.value]);
        ratio /= model.factor[3 * i + r];  // the full form leaves no factor out
      }
    }
    bool in_phases = false;
    for (const Phase& z : pass.phases) in_phases |= slot_coefficient(program_.angles[z.angle], slot) != 0;
    if (!in_phases) continue;
    // One angle may be in the tables of several passes.
    moved_tables_.resize(2 * (w * program_.sample_table + program_.model_table));
    S* moved = moved_tables_.data() + 2 * (pass.per_sample ? w * pass.table : w * program_.sample_table + pass.table);
    inputs[i].table = moved;
    if (pass.per_sample) {
      fill_table(pass, slot, shift, moved);
    } else {
      // |entry| of the model's own table is the scale that it takes in.
      const S* table = model.table.data() + 2 * pass.table;
      model.fill_table(program_, i, std::hypot(double(table[0]), double(table[1])), moved, slot, shift);
    }
  }
  return ratio;
}

template void Block<float>::shift(const Model<float>&, const Rows<float>&);
template void Block<double>::shift(const Model<double>&, const Rows<double>&);

}  // namespace qunlearn
