// What depends on the parameters only: rotation coefficients and tables of phases, computed once per model.
#pragma once

#include <vector>

#include "buffer.hpp"
#include "program.hpp"
#include "views.hpp"

namespace qunlearn {

template <class S>
struct Model {
  std::vector<S> params;           // those it was prepared for
  bool full = false;
  std::vector<double> slots;       // values of constants and parameters
  std::vector<int> form;           // of each rotation: 3 per pass
  std::vector<S> p, q;
  std::vector<double> factor;      // of each rotation: what its form leaves out
  std::vector<S> table;            // (re, im) pairs
  double scale = 1;                // the true state is `scale` times the stored one at the end
  std::vector<double> sine, cosine;  // of half the distinct angles

  // `full` keeps every rotation in full form, so that it can be undone as it stands.
  // Does nothing if it is prepared for equal parameters.
  void prepare(const Program& program, const S* params, bool full, const Kernels<double>& kernels);
  // Rotation r of pass i with angle a; returns the factor left out.
  double set_rotation(size_t i, size_t r, double cosine, double sine, bool full);
  // The table of one pass, times `factor`; `shifted` (with `shift`) is a slot whose value is moved.
  void fill_table(const Program& program, size_t pass, double factor, S* out, int shifted, double shift) const;
  double angle(const Angle& angle) const;
};

double slot_coefficient(const Angle& angle, int slot);

}  // namespace qunlearn
