#pragma once

#include <ATen/core/GraphImplInterface.h>
#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace diffusion {

/// A function of tensors that an accelerator records once and then replays with one launch per call
/// (CUDA graphs). A UNet launches about a thousand kernels; for one picture the launches take the
/// processor longer than the kernels take the GPU.
///
/// The function must do the same work each time, on its inputs and on its own tensors, which it may
/// change. It must not ask the device for a value: everything that differs between calls is an
/// input. Used by one thread.
class DeviceGraph {
 public:
  using Work = std::function<at::Tensor(const std::vector<at::Tensor>& inputs)>;

  /// The number of calls before one is recorded. During the first calls libraries choose their
  /// algorithms and allocate their memory (the PyTorch manual, "CUDA Graphs", uses the same
  /// number).
  static constexpr int kWarmUpCalls = 3;

  /// Whether this LibTorch can record on the device.
  static bool is_possible(at::Device device);

  DeviceGraph(Work work, at::Device device);

  /// Inputs are on the device, with the sizes and types of the first call. The next call overwrites
  /// the result. Throws Error for inputs of other sizes or types, and c10::Error when the device
  /// refuses to record.
  at::Tensor operator()(const std::vector<at::Tensor>& inputs);

 private:
  void take(const std::vector<at::Tensor>& inputs);
  void record();

  Work work_;
  at::Device device_;
  std::optional<c10::Stream> stream_;  // on an accelerator: the stream that computes and records
  int calls_ = 0;
  std::vector<at::Tensor> inputs_;  // the recorded work reads these
  at::Tensor output_;               // the recorded work writes this
  std::unique_ptr<at::GraphImplInterface> graph_;
};

}  // namespace diffusion
