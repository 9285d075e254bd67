#include "recording_graph.h"

#include <ATen/core/GraphImplInterface.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <optional>
#include <stdexcept>
#include <utility>

namespace {

// Below autograd, and used by nothing else here.
constexpr auto kKey = c10::DispatchKey::Fake;

Recordings recordings;

struct Operation {
  c10::OperatorHandle handle;
  std::vector<c10::IValue> arguments, results;
};

void for_each_tensor(const c10::IValue& value, const std::function<void(const at::Tensor&)>& see) {
  if (value.isTensor() && value.toTensor().defined()) see(value.toTensor());
  if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector()) see(tensor);
  }
}

std::vector<at::Tensor> tensors_of(const std::vector<c10::IValue>& values) {
  std::vector<at::Tensor> tensors;
  for (const auto& value : values) {
    for_each_tensor(value, [&](const auto& tensor) { tensors.push_back(tensor); });
  }
  return tensors;
}

class RecordingGraph;
RecordingGraph* recording = nullptr;

class RecordingGraph : public at::GraphImplInterface {
 public:
  explicit RecordingGraph(const at::GraphImplArgs&) {}

  void capture_begin(at::MempoolId_t, at::GraphCaptureMode) override {
    recording = this;
    on_.emplace(kKey);
  }
  void capture_end() override {
    on_.reset();
    recording = nullptr;
    const at::NoGradGuard no_gradients;
    for (auto old = changed_.rbegin(); old != changed_.rend(); ++old) old->first.copy_(old->second);
    changed_.clear();
    ++recordings.made;
  }
  void replay() override {
    const c10::InferenceMode inference(inference_);
    const at::NoGradGuard no_gradients;
    for (const auto& operation : operations_) {
      auto stack = operation.arguments;
      operation.handle.callBoxed(&stack);
      const auto fresh = tensors_of(stack), recorded = tensors_of(operation.results);
      for (std::size_t i = 0; i < fresh.size(); ++i) {
        if (fresh[i].data_ptr() != recorded[i].data_ptr()) recorded[i].copy_(fresh[i]);
      }
    }
    ++recordings.replayed;
  }
  void instantiate() override {}
  void reset() override {}
  at::MempoolId_t pool() const override { return {}; }
  void enable_debug_mode() override {}
  void debug_dump(const std::string&) override {}

  void add(const c10::OperatorHandle& handle, c10::Stack* stack) {
    const auto& schema = handle.schema();
    if (schema.name() == "aten::_local_scalar_dense") {
      throw std::logic_error("a value is asked for while recording");
    }
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    Operation operation{handle, {}, {}};
    operation.arguments.assign(stack->end() - static_cast<long>(schema.arguments().size()),
                               stack->end());
    for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
      const auto* alias = schema.arguments()[i].alias_info();
      if (alias == nullptr || !alias->isWrite()) continue;
      for_each_tensor(operation.arguments[i], [&](const auto& tensor) {
        changed_.emplace_back(tensor.detach(), tensor.detach().clone());
      });
    }
    handle.callBoxed(stack);
    operation.results.assign(stack->end() - static_cast<long>(schema.returns().size()),
                             stack->end());
    operations_.push_back(std::move(operation));
  }

 private:
  bool inference_ = c10::InferenceMode::is_enabled();
  std::optional<c10::impl::IncludeDispatchKeyGuard> on_;
  std::vector<Operation> operations_;
  std::vector<std::pair<at::Tensor, at::Tensor>> changed_;  // and what they were
};

void record(const c10::OperatorHandle& handle, c10::Stack* stack) {
  recording->add(handle, stack);
}

TORCH_LIBRARY_IMPL(_, Fake, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record>());
}

}  // namespace

namespace at {
REGISTER_GRAPH_IMPL(CPU, RecordingGraph)
}  // namespace at

Recordings take_recordings() {
  return std::exchange(recordings, {});
}
