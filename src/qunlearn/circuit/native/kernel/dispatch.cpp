// The run-time choice of instruction set.
#include <algorithm>
#include <atomic>

#include "engine.hpp"
#include "views.hpp"

namespace qunlearn {

extern const Kernels<double> k_baseline_f64[];
extern const Kernels<float> k_baseline_f32[];
#ifdef QN_X86
extern const Kernels<double> k_avx2_f64[], k_avx512_f64[];
extern const Kernels<float> k_avx2_f32[], k_avx512_f32[];
#endif

namespace {

int machine_level() {
#ifdef QN_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
    return 2;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
  return 0;
}

std::atomic<int> wanted_level{2};

}  // namespace

int level() {
  static const int machine = machine_level();
  return std::min<int>(machine, wanted_level);
}

void set_level(int level) { wanted_level = std::max(level, 0); }

const Kernels<double>* kernels_f64(int level) {
#ifdef QN_X86
  if (level == 2) return k_avx512_f64;
  if (level == 1) return k_avx2_f64;
#endif
  return level >= 0 ? k_baseline_f64 : nullptr;
}

const Kernels<float>* kernels_f32(int level) {
#ifdef QN_X86
  if (level == 2) return k_avx512_f32;
  if (level == 1) return k_avx2_f32;
#endif
  return level >= 0 ? k_baseline_f32 : nullptr;
}

}  // namespace qunlearn
