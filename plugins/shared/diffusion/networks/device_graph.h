#pragma once

#include <ATen/core/GraphImplInterface.h>
#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace diffusion {

/// A function of tensors that an accelerator records once and then replays with one launch a call
/// (CUDA graphs): a UNet launches some thousand kernels, which for one picture take the processor
/// longer than they take the GPU.
///
/// The function does the same work each time, on its inputs and on tensors of its own that it may
/// change, and asks the device for no value: whatever differs from call to call is an input. Used
/// by one thread.
class DeviceGraph {
 public:
  using Work = std::function<at::Tensor(const std::vector<at::Tensor>& inputs)>;

  /// Calls that are computed before one is recorded: in the first ones libraries choose their
  /// algorithms and take their memory (the PyTorch manual, "CUDA Graphs", does as many).
  static constexpr int kWarmUpCalls = 3;

  /// Whether this LibTorch can record on that device.
  static bool is_possible(at::Device device);

  DeviceGraph(Work work, at::Device device);

  /// Inputs lie on the device, with the sizes and types of the first call. The next call overwrites
  /// the result. Throws Error for inputs of other sizes or types; what the device refuses to record
  /// comes as c10::Error.
  at::Tensor operator()(const std::vector<at::Tensor>& inputs);

 private:
  void take(const std::vector<at::Tensor>& inputs);
  void record();

  Work work_;
  at::Device device_;
  std::optional<c10::Stream> stream_;  // where it is computed and recorded, of an accelerator
  int calls_ = 0;
  std::vector<at::Tensor> inputs_;  // what the recorded work reads
  at::Tensor output_;               // and writes
  std::unique_ptr<at::GraphImplInterface> graph_;
};

}  // namespace diffusion
