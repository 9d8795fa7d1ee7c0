#include "block.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qunlearn {
namespace {

constexpr double kHalfPi = 1.57079632679489661923;
constexpr double kPlus = 0.42677669529663688110, kMinus = 0.07322330470336311890;  // (sqrt 2 +- 1) / (4 sqrt 2)

struct ShiftTerm {
  double shift, weight;
};
constexpr ShiftTerm kTwoTerms[] = {{kHalfPi, 0.5}, {-kHalfPi, -0.5}};
constexpr ShiftTerm kFourTerms[] = {
    {kHalfPi, kPlus}, {-kHalfPi, -kPlus}, {3 * kHalfPi, -kMinus}, {-3 * kHalfPi, kMinus}};

bool odd(uint32_t word) { return __builtin_popcount(word) & 1; }

template <class S>
double sum_lanes(const S* lanes, size_t width) {  // by halves; width is a power of two of at most 16
  S half[8];
  for (size_t i = 0; i < width / 2; ++i) half[i] = lanes[i] + lanes[i + width / 2];
  for (size_t h = width / 4; h > 0; h /= 2)
    for (size_t i = 0; i < h; ++i) half[i] += half[i + h];
  return half[0];
}

}  // namespace

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
    for (int64_t i = 0; i < d; ++i) state[2 * i * w + lane] = static_cast<S>(row[i] / norm);
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

// Passes from `first` on with other inputs, from the stored state; that state is kept.
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

template <class S>
void Block<S>::seed_lambda(const Model<S>& model, const Rows<S>& rows, const S* state) {
  const int m = program_.measured();
  lambda_.resize(state_size_);
  for (int k = 0; k < m; ++k)
    for (int lane = 0; lane < width_; ++lane)
      weights_.data()[k * width_ + lane] =
          lane < rows.used
              ? rows.cotangent[lane * m + k] * static_cast<S>(program_.signs[k] * model.scale * model.scale)
              : S(0);
  for (const Readout& r : program_.readouts)
    kernels_.observable(r.walk.view(), r.local_base, r.count, weights_.data() + r.first * width_, r.first > 0,
                        state, lambda_.data());
}

// lambda from the end to the start of pass `down_to`; without stored states the state itself is moved back too.
template <class S>
void Block<S>::move_back(size_t down_to, bool collect, S* in_place) {
  const size_t w = width_;
  for (size_t i = n_passes_; i-- > down_to;) {
    const Pass& pass = program_.passes[i];
    Gradients<S> gradients{};
    gradients.wanted = collect && pass_wanted_[i];
    for (size_t r = 0; r < 3; ++r) gradients.rotation[r] = rotation_sums_.data() + (3 * i + r) * w;
    if (collect && phases_wanted_[i])
      gradients.phase = (pass.per_sample ? sample_sums_ : model_sums_).data() + pass.table * w;
    if (in_place)
      kernels_.uncompute(inputs_[i], gradients, in_place, lambda_.data());
    else
      kernels_.backward(inputs_[i], gradients, state(i), state(i + 1), lambda_.data());
  }
}

template <class S>
void Block<S>::adjoint(const Model<S>& model, const Rows<S>& rows) {
  if (!holds(model, rows)) {
    holding_ = false;
    load(model, rows);
    if (!stored_ && !program_.amplitude) std::fill(states_.data(), states_.data() + state_size_, S(0));
    start(states_.data(), rows);
    stored_ ? run_stored() : run_in_place();
  }
  seed_lambda(model, rows, state(n_passes_));
  const bool to_the_start = program_.amplitude && with_x_;
  move_back(to_the_start ? 0 : first_wanted_, true, stored_ ? nullptr : states_.data());
  collect_samples();
  if (with_x_) write_by_x(rows);
}

// Lanes of d/d(angle): parameters are summed over samples, features kept per lane.
template <class S>
void Block<S>::add_angle(const Angle& angle, const S* lanes) {
  for (const Term& t : angle.terms) {
    const Slot& slot = program_.slots[t.slot];
    if (slot.kind == 1) {
      param_sums_[slot.param] += t.coefficient * slot.scale * sum_lanes(lanes, width_);
    } else if (slot.kind == 2) {
      S* sums = slot_sums_.data() + t.slot * width_;
      for (int lane = 0; lane < width_; ++lane) sums[lane] += static_cast<S>(t.coefficient) * lanes[lane];
    }
  }
}

// Moves what this block left in the accumulators of per-sample angles to slots, and clears these accumulators.
template <class S>
void Block<S>::collect_samples() {
  const size_t w = width_;
  S* lanes = readout_.data();
  for (size_t i = first_wanted_; i < n_passes_; ++i) {
    const Pass& pass = program_.passes[i];
    for (size_t r = 0; r < pass.rotations.size() && pass_wanted_[i]; ++r) {
      const Angle& angle = program_.angles[pass.rotations[r].angle];
      if (!angle.per_sample) continue;
      S* sums = rotation_sums_.data() + (3 * i + r) * w;
      add_angle(angle, sums);
      std::fill(sums, sums + w, S(0));
    }
    if (!pass.per_sample || !phases_wanted_[i]) continue;
    S* sums = sample_sums_.data() + pass.table * w;
    const uint32_t n = uint32_t{1} << pass.rank;
    for (const Phase& z : pass.phases) {
      std::fill(lanes, lanes + w, S(0));
      for (uint32_t k = 0; k < n; ++k)
        for (size_t lane = 0; lane < w; ++lane)
          lanes[lane] += odd(k & z.row) ? -sums[k * w + lane] : sums[k * w + lane];
      add_angle(program_.angles[z.angle], lanes);
    }
    std::fill(sums, sums + n * w, S(0));
  }
}

template <class S>
void Block<S>::write_by_x(const Rows<S>& rows) {
  const int64_t d = program_.n_features;
  const int w = width_;
  std::fill(rows.by_x, rows.by_x + rows.used * d, S(0));
  if (program_.amplitude) write_by_amplitudes(rows);
  for (size_t j = 0; j < program_.slots.size(); ++j) {
    const Slot& slot = program_.slots[j];
    if (slot.kind != 2) continue;
    S* sums = slot_sums_.data() + j * w;
    for (size_t i = 0; i < slot.features.size(); ++i)
      for (int lane = 0; lane < rows.used; ++lane) {
        S product = static_cast<S>(slot.scale) * sums[lane];
        for (size_t k = 0; k < slot.features.size(); ++k)
          if (k != i) product *= rows.x[lane * d + slot.features[k]] - static_cast<S>(slot.offset);
        rows.by_x[lane * d + slot.features[i]] += product;
      }
    std::fill(sums, sums + w, S(0));
  }
}

// psi = x / |x|: d/dx = 2 (Re lambda - psi <psi, Re lambda>) / |x|. The state at the start is x itself, so it is not needed.
template <class S>
void Block<S>::write_by_amplitudes(const Rows<S>& rows) {
  const int64_t d = program_.n_features;
  const int w = width_;
  for (int lane = 0; lane < rows.used; ++lane) {
    const double norm = norms_.data()[lane];
    const S* x = rows.x + lane * d;
    double along = 0;
    for (int64_t i = 0; i < d; ++i) along += lambda_.data()[2 * i * w + lane] * x[i] / norm;
    for (int64_t i = 0; i < d; ++i)
      rows.by_x[lane * d + i] +=
          static_cast<S>(2 * (lambda_.data()[2 * i * w + lane] - along * x[i] / norm) / norm);
  }
}

template <class S>
void Block<S>::shift(const Model<S>& model, const Rows<S>& rows) {
  holding_ = false;
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
    const size_t first = stored_ ? program_.slot_passes[slot].front() : 0;
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
        ratio /= model.factor[3 * i + r];
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

template <class S>
void Block<S>::drain(Totals& totals) {
  const size_t w = width_;
  for (size_t i = first_wanted_; i < n_passes_; ++i) {
    const Pass& pass = program_.passes[i];
    for (size_t r = 0; r < pass.rotations.size() && pass_wanted_[i]; ++r) {
      S* sums = rotation_sums_.data() + (3 * i + r) * w;
      totals.rotations[3 * i + r] += sum_lanes(sums, w);
      std::fill(sums, sums + w, S(0));
    }
    if (pass.per_sample || !phases_wanted_[i]) continue;
    S* sums = model_sums_.data() + pass.table * w;
    const uint32_t n = uint32_t{1} << pass.rank;
    for (uint32_t k = 0; k < n; ++k) totals.phases[pass.table + k] += sum_lanes(sums + k * w, w);
    std::fill(sums, sums + n * w, S(0));
  }
  for (size_t i = 0; i < param_sums_.size(); ++i) totals.params[i] += param_sums_[i];
  std::fill(param_sums_.begin(), param_sums_.end(), 0.0);
}

Totals::Totals(const Program& program)
    : rotations(3 * program.passes.size()), phases(program.model_table), params(program.n_params) {}

void Totals::finish(const Program& program, double* by_params) {
  const auto add = [&](int angle, double total) {
    for (const Term& t : program.angles[angle].terms) {
      const Slot& slot = program.slots[t.slot];
      if (slot.kind == 1) params[slot.param] += t.coefficient * slot.scale * total;
    }
  };
  for (size_t i = 0; i < program.passes.size(); ++i) {
    const Pass& pass = program.passes[i];
    for (size_t r = 0; r < pass.rotations.size(); ++r) add(pass.rotations[r].angle, rotations[3 * i + r]);
    if (pass.phases.empty() || pass.per_sample) continue;
    double* total = phases.data() + pass.table;
    const uint32_t n = uint32_t{1} << pass.rank;
    for (uint32_t h = 1; h < n; h *= 2)  // Walsh-Hadamard: entry `row` becomes the sum of (-1)^parity(k & row) total[k]
      for (uint32_t block = 0; block < n; block += 2 * h)
        for (uint32_t k = block; k < block + h; ++k) {
          const double a = total[k], b = total[k + h];
          total[k] = a + b;
          total[k + h] = a - b;
        }
    for (const Phase& z : pass.phases) add(z.angle, total[z.row]);
  }
  std::copy(params.begin(), params.end(), by_params);
}

template class Block<float>;
template class Block<double>;

}  // namespace qunlearn
