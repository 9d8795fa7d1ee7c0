// The gradient by the adjoint method: lambda = (sum of weight * Z) psi is taken back pass by pass.
#include <algorithm>
#include <cmath>

#include "block.hpp"
#include "parity.hpp"

namespace qunlearn {
namespace {

template <class S>
double sum_lanes(const S* lanes, size_t width) {  // by halves; width is a power of two of at most 16
  S half[8];
  for (size_t i = 0; i < width / 2; ++i) half[i] = lanes[i] + lanes[i + width / 2];
  for (size_t h = width / 4; h > 0; h /= 2)
    for (size_t i = 0; i < h; ++i) half[i] += half[i + h];
  return half[0];
}

}  // namespace

// lambda = sum_k w_k Z_k psi with w = cotangent * sign * scale^2 (the state lacks the factor `scale`); lanes that only fill up
// the block have weight 0, so nothing of them is added to a gradient.
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
  collected_ = true;
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

// The lane sums of each phase of a pass, from those of its table's entries, which are cleared. d/d(phase z) is the sum of
// the entries' sums, signed by parity(entry & row): the first `rank` phases are the index bits themselves, which `fold`
// takes together in 2^rank steps, the others are added one by one.
template <class S>
const S* Block<S>::by_phase(const Pass& pass, S* tables) {
  const size_t w = width_;
  const uint32_t n = uint32_t{1} << pass.rank;
  S* sums = tables + pass.table * w;
  phase_sums_.resize(pass.phases.size() * w);
  S* lanes = phase_sums_.data();
  std::fill(lanes, lanes + pass.phases.size() * w, S(0));
  for (size_t z = pass.rank; z < pass.phases.size(); ++z)
    for (uint32_t k = 0; k < n; ++k)
      for (size_t lane = 0; lane < w; ++lane)
        lanes[z * w + lane] += odd(k & pass.phases[z].row) ? -sums[k * w + lane] : sums[k * w + lane];
  kernels_.fold(sums, pass.rank, lanes);
  std::fill(sums, sums + n * w, S(0));
  return lanes;
}

// Moves what this block left in the accumulators of per-sample angles to slots, and clears these accumulators.
template <class S>
void Block<S>::collect_samples() {
  const size_t w = width_;
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
    const S* lanes = by_phase(pass, sample_sums_.data());
    for (size_t z = 0; z < pass.phases.size(); ++z) add_angle(program_.angles[pass.phases[z].angle], lanes + z * w);
  }
}

template <class S>
void Block<S>::drain(double* by_params) {
  if (!collected_) return;
  collected_ = false;
  const size_t w = width_;
  for (size_t i = first_wanted_; i < n_passes_; ++i) {
    const Pass& pass = program_.passes[i];
    for (size_t r = 0; r < pass.rotations.size() && pass_wanted_[i]; ++r) {
      S* sums = rotation_sums_.data() + (3 * i + r) * w;
      add_angle(program_.angles[pass.rotations[r].angle], sums);
      std::fill(sums, sums + w, S(0));
    }
    if (pass.per_sample || !phases_wanted_[i]) continue;
    const S* lanes = by_phase(pass, model_sums_.data());
    for (size_t z = 0; z < pass.phases.size(); ++z) add_angle(program_.angles[pass.phases[z].angle], lanes + z * w);
  }
  for (size_t i = 0; i < param_sums_.size(); ++i) by_params[i] += param_sums_[i];
  std::fill(param_sums_.begin(), param_sums_.end(), 0.0);
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
        S product = static_cast<S>(slot.scale) * sums[lane];  // d/dx_i of scale * prod (x_k - offset)
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

template void Block<float>::adjoint(const Model<float>&, const Rows<float>&);
template void Block<float>::seed_lambda(const Model<float>&, const Rows<float>&, const float*);
template void Block<float>::move_back(size_t, bool, float*);
template void Block<float>::write_by_x(const Rows<float>&);
template void Block<float>::drain(double*);
template void Block<double>::adjoint(const Model<double>&, const Rows<double>&);
template void Block<double>::seed_lambda(const Model<double>&, const Rows<double>&, const double*);
template void Block<double>::move_back(size_t, bool, double*);
template void Block<double>::write_by_x(const Rows<double>&);
template void Block<double>::drain(double*);

}  // namespace qunlearn
