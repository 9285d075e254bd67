#include "diffusion/training/flop_count.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <ATen/record_function.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <string_view>

namespace diffusion {
namespace {

constexpr std::int64_t kCpuSide = 1536;
constexpr std::int64_t kGpuSide = 8192;
constexpr int kRuns = 8;

thread_local double counted = 0;

using Inputs = c10::ArrayRef<const c10::IValue>;

double flops_of_convolution(const Inputs& inputs) {
  const auto x = inputs[0].toTensor(), weight = inputs[1].toTensor();
  const auto stride = inputs[3].toIntVector(), padding = inputs[4].toIntVector();
  double places = static_cast<double>(x.size(0));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto axis = static_cast<std::int64_t>(i) + 2;
    places *=
        static_cast<double>((x.size(axis) + 2 * padding[i] - weight.size(axis)) / stride[i] + 1);
  }
  return 2 * places * static_cast<double>(weight.numel());
}

// [batch, heads, queries, width] and the keys and values of the same width.
double flops_of_attention(const Inputs& inputs) {
  const auto query = inputs[0].toTensor(), key = inputs[1].toTensor();
  return 4 * static_cast<double>(query.numel()) * static_cast<double>(key.size(2));
}

std::unique_ptr<at::ObserverContext> count(const at::RecordFunction& call) {
  const std::string_view name = call.name();
  if (name == "aten::conv2d") {
    counted += flops_of_convolution(call.inputs());
  } else if (name == "aten::linear") {
    counted += 2 * static_cast<double>(call.inputs()[0].toTensor().numel()) *
               static_cast<double>(call.inputs()[1].toTensor().size(0));
  } else if (name == "aten::scaled_dot_product_attention") {
    counted += flops_of_attention(call.inputs());
  }
  return nullptr;
}

}  // namespace

double count_flops(const std::function<void()>& work) {
  counted = 0;
  const auto handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(count).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  try {
    work();
  } catch (...) {
    at::removeCallback(handle);
    throw;
  }
  at::removeCallback(handle);
  return counted;
}

double matrix_product_tflops(c10::Device device, c10::ScalarType dtype) {
  const at::NoGradGuard no_gradients;
  const auto side = device.is_cpu() ? kCpuSide : kGpuSide;
  const auto options = at::TensorOptions().device(device).dtype(dtype);
  const auto a = at::randn({side, side}, options), b = at::randn({side, side}, options);
  double best_s = std::numeric_limits<double>::infinity();
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    const auto product = at::mm(a, b);
    synchronize(device);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    best_s = std::min(best_s, spent.count());
  }
  const auto n = static_cast<double>(side);
  return 2 * n * n * n / best_s / 1e12;
}

void synchronize(c10::Device device) {
  if (!device.is_cpu())
    c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
}

}  // namespace diffusion
