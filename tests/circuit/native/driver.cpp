// Runs the kernel without Python, for the sanitizers: every case of a file on every instruction set, then programs with
// changed words, which must be refused or run. `scripts/kernel_cases.py` writes the file.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "engine.hpp"

using namespace qunlearn;

struct Case {
  std::vector<int64_t> code;
  int64_t samples = 0, measured = 0;
  std::vector<double> params, x, cotangent, values, by_params, by_x;
};

template <class T>
std::vector<T> read(std::istream& in) {
  size_t n;
  in >> n;
  std::vector<T> row(n);
  for (T& value : row) in >> value;
  return row;
}

template <class S>
std::vector<S> cast(const std::vector<double>& from) {
  return std::vector<S>(from.begin(), from.end());
}

template <class S>
Argument<S> argument(const std::vector<S>& data) {
  return {data.data(), {0, 0}, static_cast<int64_t>(data.size())};
}

template <class S>
double distance(const std::vector<S>& ours, const std::vector<double>& expected) {
  double worst = 0, scale = 1;
  for (size_t i = 0; i < ours.size(); ++i) {
    worst = std::max(worst, std::abs(double(ours[i]) - expected[i % expected.size()]));
    scale = std::max(scale, std::abs(expected[i % expected.size()]));
  }
  return worst / scale;
}

// Two equal models; the larger error of either.
template <class S>
double run_case(const Case& c, Rule rule) {
  const Program program = decode(c.code.data(), c.code.size());
  const auto params = cast<S>(c.params), x = cast<S>(c.x), cotangent = cast<S>(c.cotangent);
  std::vector<S> values(2 * c.values.size()), by_params(2 * c.params.size()), by_x(2 * c.x.size());
  Job<S> job;
  job.program = &program;
  job.models = 2;
  job.samples = c.samples;
  job.params = argument(params);
  job.x = argument(x);
  job.values = values.data();
  job.keep = job.keep_with_x = true;
  run(job);
  job.cotangent = argument(cotangent);
  job.rule = rule;
  job.by_params = by_params.data();
  job.by_x = by_x.data();
  run(job);
  return std::max({distance(values, c.values), distance(by_params, c.by_params), distance(by_x, c.by_x)});
}

// Words of the program replaced by others; returns how many programs were refused.
int fuzz(const Case& c, int rounds) {
  std::mt19937_64 random(1);
  const int64_t odd_values[] = {-1, 0, 1, 2, 3, 5, 8, 15, 16, 255, int64_t{1} << 31, int64_t{1} << 40, INT64_MIN};
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    Case changed = c;
    const size_t at = random() % c.code.size();
    changed.code[at] = odd_values[random() % 13];
    if (random() % 8 == 0) changed.code.resize(at);
    try {
      const Program program = decode(changed.code.data(), changed.code.size());
      if (program.n_qubits > 8 || program.n_params != int64_t(c.params.size()) ||
          program.n_features * c.samples != int64_t(c.x.size()) || program.measured() != c.measured)
        continue;
      run_case<double>(changed, Rule::kAdjoint);
      run_case<float>(changed, Rule::kShift);
    } catch (const Refused&) {
      ++refused;
    }
  }
  return refused;
}

int main(int, char** arguments) {
  std::ifstream in(arguments[1]);
  size_t n;
  in >> n;
  int failures = 0, refused = 0;
  for (size_t i = 0; i < n; ++i) {
    Case c;
    in >> c.samples >> c.measured;
    c.code = read<int64_t>(in);
    for (auto* row : {&c.params, &c.x, &c.cotangent, &c.values, &c.by_params, &c.by_x}) *row = read<double>(in);
    for (int wanted : {0, 1, 2}) {
      set_level(wanted);
      set_threads(1 + wanted);
      for (Rule rule : {Rule::kAdjoint, Rule::kShift}) {
        const double wide = run_case<double>(c, rule), narrow = run_case<float>(c, rule);
        if (!(wide < 1e-12 && narrow < 1e-5)) {
          std::printf("case %zu, level %d, rule %d: errors %g and %g\n", i, wanted, int(rule), wide, narrow);
          ++failures;
        }
      }
    }
    refused += fuzz(c, 200);
  }
  std::printf("%zu cases, %d failures, %d changed programs refused\n", n, failures, refused);
  return failures || n == 0 || refused == 0;
}
