#include "diffusion/device_graph.h"

#include <ATen/DeviceAccelerator.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>
#include <utility>

#include "diffusion/error.h"

namespace diffusion {
namespace {

// Libraries choose their algorithms and take their memory in the first calls, which must not be
// recorded (the PyTorch manual, "CUDA Graphs", does as many).
constexpr int kWarmUpCalls = 3;

void wait_for(at::Device device) {
  if (at::accelerator::isAccelerator(device.type())) {
    at::accelerator::synchronizeDevice(device.index());
  }
}

// CUDA records any stream but the default one.
std::optional<c10::StreamGuard> side_stream(at::Device device) {
  if (!at::accelerator::isAccelerator(device.type())) return std::nullopt;
  const c10::impl::VirtualGuardImpl streams(device.type());
  return std::optional<c10::StreamGuard>(std::in_place, streams.getStreamFromGlobalPool(device));
}

}  // namespace

bool DeviceGraph::is_possible(at::Device device) {
  return at::has_graph_impl(device.type());
}

DeviceGraph::DeviceGraph(Work work, at::Device device) : work_(std::move(work)), device_(device) {}

at::Tensor DeviceGraph::operator()(const std::vector<at::Tensor>& inputs) {
  if (!graph_) {
    for (const auto& input : inputs) inputs_.push_back(input.clone());
    record();
  }
  bool fits = inputs.size() == inputs_.size();
  for (std::size_t i = 0; fits && i < inputs.size(); ++i) {
    fits = inputs[i].sizes() == inputs_[i].sizes() && inputs[i].dtype() == inputs_[i].dtype();
    if (fits) inputs_[i].copy_(inputs[i]);
  }
  if (!fits) throw Error("a recorded network is called with other sizes than it was recorded with");
  graph_->replay();
  return output_;
}

void DeviceGraph::record() {
  wait_for(device_);  // the inputs were written on another stream
  {
    const auto stream = side_stream(device_);
    for (int i = 0; i < kWarmUpCalls; ++i) work_(inputs_);
    wait_for(device_);
    auto graph = at::create_graph_impl(device_.type());
    graph->capture_begin();
    output_ = work_(inputs_);
    graph->capture_end();
    graph_ = std::move(graph);
  }
  wait_for(device_);
}

}  // namespace diffusion
