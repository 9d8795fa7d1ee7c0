// The kernel as operations of XLA. Leading axes of the arrays are models (from vmap), of length 1 where an array is shared.
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "engine.hpp"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using qunlearn::Argument;
using qunlearn::Job;
using qunlearn::Program;
using qunlearn::Refused;
using qunlearn::Rule;

namespace {

void check(bool condition, const char* message) {
  if (!condition) throw Refused(message);
}

using Dims = ffi::AnyBuffer::Dimensions;

int64_t axis(Dims dims, size_t from_end) { return dims[dims.size() - from_end]; }

// The axes before the last `own` ones: those of the models.
std::vector<int64_t> leading(Dims dims, size_t own, const char* message) {
  check(dims.size() >= own, message);
  return std::vector<int64_t>(dims.begin(), dims.end() - own);
}

int64_t product(const std::vector<int64_t>& axes) {
  int64_t count = 1;
  for (int64_t n : axes) count *= n;
  return count;
}

// An argument whose leading axes are those of the result, or 1 where it is shared.
template <class S>
Argument<S> argument(ffi::AnyBuffer buffer, size_t own, const std::vector<int64_t>& models, const char* message) {
  const std::vector<int64_t> axes = leading(buffer.dimensions(), own, message);
  check(axes.size() == models.size(), message);
  Argument<S> result;
  result.data = buffer.typed_data<S>();
  result.row.assign(1, 0);
  int64_t size = 1;
  for (size_t i = 1; i <= own; ++i) size *= axis(buffer.dimensions(), i);
  result.size = size;
  for (size_t i = 0; i < axes.size(); ++i) {
    check(axes[i] == models[i] || axes[i] == 1, message);
    std::vector<int64_t> rows;
    rows.reserve(result.row.size() * models[i]);
    for (int64_t row : result.row)
      for (int64_t k = 0; k < models[i]; ++k) rows.push_back(row * axes[i] + (axes[i] == 1 ? 0 : k));
    result.row = std::move(rows);
  }
  return result;
}

// What all operations share, every shape checked against the program.
template <class S>
Job<S> job_of(const Program& program, ffi::AnyBuffer params, ffi::AnyBuffer x, const std::vector<int64_t>& models) {
  Job<S> job;
  job.program = &program;
  job.models = product(models);
  job.params = argument<S>(params, 1, models, "`params` does not fit the result");
  job.x = argument<S>(x, 2, models, "`x` does not fit the result");
  check(job.params.size == program.n_params, "`params` has another length than the circuit reads");
  check(axis(x.dimensions(), 1) == program.n_features, "`x` has another width than the circuit reads");
  job.samples = axis(x.dimensions(), 2);
  return job;
}

void check_table(Dims dims, int64_t samples, int64_t columns, const char* message) {
  check(dims.size() >= 2 && axis(dims, 2) == samples && axis(dims, 1) == columns, message);
}

template <class S>
void forward(const Program& program, int64_t keep, ffi::AnyBuffer params, ffi::AnyBuffer x, ffi::AnyBuffer values) {
  const char* message = "the result has a wrong shape";
  Job<S> job = job_of<S>(program, params, x, leading(values.dimensions(), 2, message));
  check_table(values.dimensions(), job.samples, program.measured(), message);
  job.values = values.typed_data<S>();
  job.keep = keep > 0;
  job.keep_with_x = keep > 1;
  qunlearn::run(job);
}

template <class S>
void gradient(const Program& program, bool shift, ffi::AnyBuffer params, ffi::AnyBuffer x,
              ffi::AnyBuffer cotangent, ffi::AnyBuffer by_params, ffi::AnyBuffer by_x) {
  const char* message = "the gradient has a wrong shape";
  const std::vector<int64_t> models = leading(by_params.dimensions(), 1, message);
  Job<S> job = job_of<S>(program, params, x, models);
  check_table(cotangent.dimensions(), job.samples, program.measured(), "the cotangent has a wrong shape");
  job.cotangent = argument<S>(cotangent, 2, models, "the cotangent does not fit the result");
  check(axis(by_params.dimensions(), 1) == program.n_params, message);
  check(leading(by_x.dimensions(), 2, message) == models, message);
  const bool with_x = axis(by_x.dimensions(), 2) == job.samples;
  check_table(by_x.dimensions(), with_x ? job.samples : 0, program.n_features, message);
  job.by_params = by_params.typed_data<S>();
  job.by_x = with_x ? by_x.typed_data<S>() : nullptr;
  job.rule = shift ? Rule::kShift : Rule::kAdjoint;
  qunlearn::run(job);
}

template <class Body>
ffi::Error guarded(ffi::DataType type, std::initializer_list<ffi::DataType> others, Body body) {
  try {
    for (ffi::DataType other : others) check(other == type, "all arrays must have the same precision");
    check(type == ffi::DataType::F32 || type == ffi::DataType::F64, "arrays must be float32 or float64");
    body();
    return ffi::Error::Success();
  } catch (const Refused& refused) {
    return ffi::Error::InvalidArgument(std::string("native engine: ") + refused.what());
  } catch (const std::bad_alloc&) {
    return ffi::Error(ffi::ErrorCode::kResourceExhausted, "native engine: not enough memory for the states");
  } catch (const std::exception& error) {
    return ffi::Error::Internal(std::string("native engine: ") + error.what());
  }
}

// keep: 0, or 1 if a gradient by parameters follows, 2 if also by x.
ffi::Error forward_call(ffi::Span<const int64_t> code, int64_t keep, ffi::AnyBuffer params, ffi::AnyBuffer x,
                        ffi::Result<ffi::AnyBuffer> values) {
  const ffi::DataType type = params.element_type();
  return guarded(type, {x.element_type(), values->element_type()}, [&] {
    const auto program = qunlearn::cached_program(code.begin(), code.size());
    (type == ffi::DataType::F64 ? forward<double> : forward<float>)(*program, keep, params, x, *values);
  });
}

ffi::Error gradient_call(ffi::Span<const int64_t> code, bool shift, ffi::AnyBuffer params, ffi::AnyBuffer x,
                         ffi::AnyBuffer cotangent, ffi::Result<ffi::AnyBuffer> by_params,
                         ffi::Result<ffi::AnyBuffer> by_x) {
  const ffi::DataType type = params.element_type();
  return guarded(type,
                 {x.element_type(), cotangent.element_type(), by_params->element_type(), by_x->element_type()},
                 [&] {
                   const auto program = qunlearn::cached_program(code.begin(), code.size());
                   (type == ffi::DataType::F64 ? gradient<double> : gradient<float>)(
                       *program, shift, params, x, cotangent, *by_params, *by_x);
                 });
}

}  // namespace

#pragma GCC visibility push(default)

XLA_FFI_DEFINE_HANDLER_SYMBOL(qunlearn_forward, forward_call,
                              ffi::Ffi::Bind()
                                  .Attr<ffi::Span<const int64_t>>("program")
                                  .Attr<int64_t>("keep")
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(qunlearn_gradient, gradient_call,
                              ffi::Ffi::Bind()
                                  .Attr<ffi::Span<const int64_t>>("program")
                                  .Attr<bool>("shift")
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

extern "C" {
// Raised with every change of program layout, attributes or results; library.py asks for the same number.
int qunlearn_interface() { return 2; }
void qunlearn_set_threads(int count) { qunlearn::set_threads(count); }
int qunlearn_threads() { return qunlearn::threads(); }
void qunlearn_set_level(int level) { qunlearn::set_level(level); }
int qunlearn_level() { return qunlearn::level(); }
}

#pragma GCC visibility pop
