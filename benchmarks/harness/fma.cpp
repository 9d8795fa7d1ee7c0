// Prints the float64 flop/s of one core in a loop of independent fused multiply-adds, the best of several tries.
#include <chrono>
#include <cstdio>

typedef double vec __attribute__((vector_size(64)));

static double one_try() {
  constexpr int chains = 12, steps = 4'000'000;
  vec sum[chains], factor, term;
  for (int i = 0; i < 8; ++i) factor[i] = 0.999999, term[i] = 1e-6 * (i + 1);
  for (int c = 0; c < chains; ++c)  // different starts, or the compiler computes one chain for all
    for (int i = 0; i < 8; ++i) sum[c][i] = c + i;
  const auto started = std::chrono::steady_clock::now();
  for (int step = 0; step < steps; ++step)
    for (int c = 0; c < chains; ++c) sum[c] = sum[c] * factor + term;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  volatile double keep = 0;
  for (int c = 0; c < chains; ++c) keep = keep + sum[c][0];
  return 2.0 * 8 * chains * steps / took.count();
}

int main() {
  double best = 0;
  for (int i = 0; i < 8; ++i) {
    const double now = one_try();
    if (now > best) best = now;
  }
  std::printf("%.6e\n", best);
}
