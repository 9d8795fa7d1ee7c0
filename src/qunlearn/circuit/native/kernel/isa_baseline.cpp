#include "kernels.hpp"

namespace qunlearn {
extern const Kernels<double> k_baseline_f64[];
extern const Kernels<float> k_baseline_f32[];
const Kernels<double> k_baseline_f64[] = {kernels_of<double, 16>(), {}};
const Kernels<float> k_baseline_f32[] = {kernels_of<float, 16>(), {}};
}  // namespace qunlearn
