#include "diffusion/networks/device_graph.h"

#include <ATen/DeviceAccelerator.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <utility>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

// CUDA records any stream but the default one.
std::optional<c10::Stream> side_stream(at::Device device) {
  if (!at::accelerator::isAccelerator(device.type())) return std::nullopt;
  return c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

// The thread's work goes to `stream` meanwhile; what was queued before and after it is elsewhere.
class OnStream {
 public:
  explicit OnStream(const std::optional<c10::Stream>& stream) {
    if (!stream) return;
    device_ = stream->device_index();
    at::accelerator::synchronizeDevice(device_);
    guard_.emplace(*stream);
  }
  ~OnStream() {
    if (guard_) at::accelerator::synchronizeDevice(device_);
  }
  OnStream(const OnStream&) = delete;
  OnStream& operator=(const OnStream&) = delete;

 private:
  std::optional<c10::StreamGuard> guard_;
  c10::DeviceIndex device_ = 0;
};

}  // namespace

bool DeviceGraph::is_possible(at::Device device) {
  return at::has_graph_impl(device.type());
}

DeviceGraph::DeviceGraph(Work work, at::Device device)
    : work_(std::move(work)), device_(device), stream_(side_stream(device)) {}

at::Tensor DeviceGraph::operator()(const std::vector<at::Tensor>& inputs) {
  take(inputs);
  if (calls_ < kWarmUpCalls) {
    const OnStream on_stream(stream_);
    ++calls_;
    return work_(inputs_);
  }
  if (!graph_) record();
  graph_->replay();
  return output_;
}

void DeviceGraph::take(const std::vector<at::Tensor>& inputs) {
  if (calls_ == 0) {
    inputs_.clear();
    for (const auto& input : inputs) inputs_.push_back(input.clone());
  }
  bool fits = inputs.size() == inputs_.size();
  for (std::size_t i = 0; fits && i < inputs.size(); ++i) {
    fits = inputs[i].sizes() == inputs_[i].sizes() && inputs[i].dtype() == inputs_[i].dtype();
    if (fits) inputs_[i].copy_(inputs[i]);
  }
  if (!fits) throw Error("a recorded network is called with other sizes than it was recorded with");
}

void DeviceGraph::record() {
  const OnStream on_stream(stream_);
  if (stream_)
    at::accelerator::emptyCache();  // the recording allocates again what those calls took
  auto graph = at::create_graph_impl(device_.type());
  graph->capture_begin();
  output_ = work_(inputs_);
  graph->capture_end();
  graph_ = std::move(graph);
}

}  // namespace diffusion
