#include "block.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qunlearn {
template <class S>
Block<S>::Block(const Program& program, const Kernels<S>& kernels, bool stored, bool with_x)
    : program_(program),
      kernels_(kernels),
      stored_(stored),
      with_x_(with_x),
      width_(kernels.width),
      n_passes_(program.passes.size()),
      state_size_(size_t{2} * program.size() * kernels.width),
      first_wanted_(program.passes.size()),
      param_sums_(program.n_params) {
  const size_t w = width_;
  states_.resize((stored ? n_passes_ + 1 : 1) * state_size_);
  lambda_.resize(1);
  features_.resize(w * program.n_features);
  slot_sums_.resize(w * program.slots.size());
  for (auto* values : {&halves_, &sines_, &cosines_}) values->resize(w * program.sample_values.size());
  tables_.resize(2 * w * program.sample_table);
  sample_sums_.resize(w * program.sample_table);
  model_sums_.resize(w * program.model_table);
  rotation_sums_.resize(w * 3 * n_passes_);
  readout_.resize(w * program.measured());
  weights_.resize(w * program.measured());
  moved_rotations_.resize(w * 2 * 3 * n_passes_);
  norms_.resize(2 * w);
  for (size_t i = 0; i < n_passes_; ++i) {
    bool rotations = false, phases = false;
    for (const Rotation& r : program.passes[i].rotations) rotations |= wanted(r.angle);
    for (const Phase& z : program.passes[i].phases) phases |= wanted(z.angle);
    pass_wanted_.push_back(rotations);
    phases_wanted_.push_back(phases);
    if (rotations || phases) first_wanted_ = std::min(first_wanted_, i);
  }
  inputs_.resize(n_passes_);
}

template <class S>
bool Block<S>::wanted(int angle) const {
  const Angle& a = program_.angles[angle];
  return a.has_param || (with_x_ && a.per_sample);
}

template <class S>
void Block<S>::load(const Model<S>& model, const Rows<S>& rows) {
  load_angles(model, rows);
  for (size_t i = 0; i < n_passes_; ++i) {
    const Pass& pass = program_.passes[i];
    PassInput<S>& input = inputs_[i];
    input.view = &program_.views[i];
    for (size_t r = 0; r < pass.rotations.size(); ++r) {
      const Angle& a = program_.angles[pass.rotations[r].angle];
      const size_t at = 3 * i + r;
      if (a.per_sample)
        input.rotation[r] = {kFull, true, cosines_.data() + a.value * width_, sines_.data() + a.value * width_};
      else
        input.rotation[r] = {model.form[at], false, &model.p[at], &model.q[at]};
    }
    input.table = model.table.data() + 2 * pass.table;
    if (input.view->phase_kind == kSamplePhase) {
      S* table = tables_.data() + 2 * width_ * pass.table;
      fill_table(pass, -1, 0, table);
      input.table = table;
    }
  }
}

// cos and sin of half of each per-sample angle, sum over terms of coefficient * scale * prod (x_i - offset): (values, lanes).
template <class S>
void Block<S>::load_angles(const Model<S>& model, const Rows<S>& rows) {
  const int w = width_;
  if (program_.sample_values.empty()) return;
  const int64_t d = program_.n_features;
  for (int lane = 0; lane < w; ++lane) {
    const S* row = rows.x + std::min(lane, rows.used - 1) * d;
    for (int64_t i = 0; i < d; ++i) features_.data()[i * w + lane] = row[i];
  }
  S* product = readout_.data();
  for (size_t v = 0; v < program_.sample_values.size(); ++v) {
    S* half = halves_.data() + v * w;
    std::fill(half, half + w, S(0));
    for (const Term& t : program_.angles[program_.sample_values[v]].terms) {
      const Slot& slot = program_.slots[t.slot];
      const double value = slot.kind == 2 ? slot.scale : model.slots[t.slot];
      std::fill(product, product + w, static_cast<S>(t.coefficient / 2 * value));
      for (int64_t i : slot.features)
        for (int lane = 0; lane < w; ++lane)
          product[lane] *= features_.data()[i * w + lane] - static_cast<S>(slot.offset);
      for (int lane = 0; lane < w; ++lane) half[lane] += product[lane];
    }
  }
  kernels_.sincos(halves_.data(), sines_.data(), cosines_.data(), program_.sample_values.size() * w);
}

// The phases of a pass for every lane, (2^rank, re and im, lanes), by doubling: each independent word makes the table twice
// as long. With `shifted` >= 0 that slot's value is moved by `shift`: cos and sin of sums by the addition theorems.
template <class S>
void Block<S>::fill_table(const Pass& pass, int shifted, double shift, S* table) {
  const int w = width_;
  std::fill(table, table + w, S(1));
  std::fill(table + w, table + 2 * w, S(0));
  size_t n = 1;
  Buffer<S> moved(shifted >= 0 ? 2 * w : 0);
  for (const Phase& z : pass.phases) {
    const Angle& a = program_.angles[z.angle];
    const S* cosine = cosines_.data() + a.value * w;
    const S* sine = sines_.data() + a.value * w;
    if (shifted >= 0) {
      const double half = 0.5 * shift * slot_coefficient(a, shifted);
      const S c = static_cast<S>(std::cos(half)), s = static_cast<S>(std::sin(half));
      for (int lane = 0; lane < w; ++lane) {
        moved.data()[lane] = c * cosine[lane] - s * sine[lane];
        moved.data()[w + lane] = c * sine[lane] + s * cosine[lane];
      }
      cosine = moved.data();
      sine = moved.data() + w;
    }
    const bool grow = z.row == n;
    kernels_.phase(table, n, z.row, grow, cosine, sine);
    if (grow) n *= 2;
  }
}

template <class S>
void Block<S>::start(S* state, const Rows<S>& rows) {
  if (program_.amplitude) return load_amplitudes(rows, state);
  std::fill(state, state + width_, S(1));
}

template <class S>
void Block<S>::load_amplitudes(const Rows<S>& rows, S* state) {
  const int w = width_;
  const int64_t d = program_.n_features;
  std::fill(state, state + state_size_, S(0));
  for (int lane = 0; lane < w; ++lane) {
    const S* row = rows.x + std::min(lane, rows.used - 1) * d;
    double squares = 0;
    for (int64_t i = 0; i < d; ++i) squares += double(row[i]) * row[i];
    const double norm = std::sqrt(squares);
    norms_.data()[lane] = static_cast<S>(norm);
    for (int64_t i = 0; i < d; ++i) state[2 * i * w + lane] = static_cast<S>(row[i] / norm);  // real parts
  }
}

template <class S>
const S* Block<S>::run_stored() {
  for (size_t i = 0; i < n_passes_; ++i) kernels_.forward(inputs_[i], state(i), state(i + 1));
  return state(n_passes_);
}

template <class S>
const S* Block<S>::run_in_place() {
  for (size_t i = 0; i < n_passes_; ++i) kernels_.forward(inputs_[i], states_.data(), states_.data());
  return states_.data();
}

// Passes from `first` on with other inputs, from the stored state; that state is kept. A pass that does not write the
// whole state leaves zeros where the amplitudes are still zero.
template <class S>
const S* Block<S>::run_from(size_t first, const Inputs& inputs) {
  scratch_.resize(state_size_);
  S* out = scratch_.data();
  if (!program_.passes[first].whole) std::fill(out, out + state_size_, S(0));
  kernels_.forward(inputs[first], state(first), out);
  for (size_t i = first + 1; i < n_passes_; ++i) kernels_.forward(inputs[i], out, out);
  return out;
}

// Expectation values into readout_, times the square of `scale`.
template <class S>
void Block<S>::read(const S* state, double scale) {
  for (const Readout& r : program_.readouts)
    kernels_.readout(r.walk.view(), r.local_base, r.count, state, readout_.data() + r.first * width_);
  for (int m = 0; m < program_.measured(); ++m) {
    const S factor = static_cast<S>(program_.signs[m] * scale * scale);
    for (int lane = 0; lane < width_; ++lane) readout_.data()[m * width_ + lane] *= factor;
  }
}

template <class S>
void Block<S>::values(const Model<S>& model, const Rows<S>& rows) {
  load(model, rows);
  if (!program_.amplitude) std::fill(states_.data(), states_.data() + state_size_, S(0));
  start(states_.data(), rows);
  read(run_in_place(), model.scale);
  write_values(rows);
}

template <class S>
void Block<S>::values_kept(const Model<S>& model, const Rows<S>& rows) {
  load(model, rows);
  start(states_.data(), rows);
  read(run_stored(), model.scale);
  write_values(rows);
  held_params_ = model.params;
  held_x_.assign(rows.x, rows.x + rows.used * program_.n_features);
  holding_ = true;
}

template <class S>
bool Block<S>::holds(const Model<S>& model, const Rows<S>& rows) const {
  const size_t n = rows.used * program_.n_features;
  const auto same = [](const S* a, const S* b, size_t n) { return n == 0 || std::memcmp(a, b, n * sizeof(S)) == 0; };
  return holding_ && held_x_.size() == n && same(held_x_.data(), rows.x, n) &&
         same(held_params_.data(), model.params.data(), held_params_.size());
}

template <class S>
void Block<S>::write_values(const Rows<S>& rows) {
  const int m = program_.measured();
  for (int lane = 0; lane < rows.used; ++lane)
    for (int k = 0; k < m; ++k) rows.values[lane * m + k] = readout_.data()[k * width_ + lane];
}

template class Block<float>;  // the members defined above; those of the gradient rules are in files of their own
template class Block<double>;

}  // namespace qunlearn
