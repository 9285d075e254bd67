#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "diffusion/networks/device_graph.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion/schedulers/noise_schedule.h"
#include "diffusion/training/fit.h"
#include "diffusion/training/train_batch.h"
#include "diffusion/training/trained_adapter.h"

namespace diffusion {

/// Names and meaning as in diffusers' `train_dreambooth.py`.
struct TrainOptions {
  double learning_rate = 5e-6;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;
  double max_grad_norm = 1.0;
  double prior_loss_weight = 1.0;
  LrSchedule lr_schedule = {};
  /// Number of parts that a batch is computed in, one after another: memory of one part, gradients
  /// of all.
  std::int64_t gradient_accumulation_steps = 1;
  bool gradient_checkpointing = false;  ///< of the UNet, see UNet::gradient_checkpointing
  bool bf16 = false;                    ///< networks compute in bfloat16, see Autocast
  double snr_gamma = 0;                 ///< min-SNR on both losses (min_snr.h); 0: off
  double ema_decay = 0;                 ///< averages the weights, see Fit; 0: off
  double ema_inv_gamma = kEmaInvGamma;  ///< likewise
  bool graph = false;  ///< record and replay steps (device_graph.h), where the device can
  /// Trains a LoRA in place of the networks' own weights, which then take no gradients and no
  /// optimiser state. With dropout no step is recorded.
  std::optional<AdapterOptions> adapter = {};
  std::function<void()> before_part = {};  ///< called before each part
};

struct StepResult {
  double loss = 0;  ///< instance_loss + prior_loss_weight * prior_loss
  double instance_loss = 0;
  double prior_loss = 0;  ///< 0 when the batch has no prior rows
  double grad_norm = 0;   ///< before clipping
};

/// DreamBooth with prior preservation (Ruiz et al., arXiv 2208.12242, formula (2)): the mean
/// squared error on the instance rows plus prior_loss_weight times that on the prior rows. Fit does
/// the optimisation. Trains every weight of `unet`, or a LoRA of it. `unet` must outlive this
/// object and must not be used elsewhere during step(). One thread.
class DreamBooth {
 public:
  /// With a `text_encoder`, trains its weights too (diffusers `--train_text_encoder`), or a LoRA of
  /// both. Throws Error for an option out of range.
  DreamBooth(UNet& unet, const NoiseSchedule& schedule, TrainOptions options,
             TextEncoder* text_encoder = nullptr);
  ~DreamBooth();
  DreamBooth(const DreamBooth&) = delete;
  DreamBooth& operator=(const DreamBooth&) = delete;

  /// All trained weights, under their names in the checkpoint.
  const NamedTensors& weights() const { return fit_.weights(); }
  /// The LoRA in training, which the networks wear as long as this object lives; null without
  /// TrainOptions::adapter.
  const Adapter* adapter() const { return adapter_ ? &adapter_->factors() : nullptr; }

  /// One optimisation step. Throws Error for shapes that do not fit (with accumulation, instance
  /// and prior rows must each divide evenly), and when the loss or a gradient is not finite; the
  /// weights are then unchanged. When memory is too small for the gradients, halves the size of the
  /// parts, for this batch and all later ones, as long as they can be halved evenly. The sums are
  /// then added in another order, so the run is not bit-equal to one with more memory. A recorded
  /// step accepts only batches like the first.
  StepResult step(const Batch& batch);

  /// The current number of parts per batch: gradient_accumulation_steps, or more when memory was
  /// too small.
  std::int64_t parts() const { return parts_; }

  /// Writes weights, averages and optimiser state into `folder` (created when needed) and replaces
  /// the checkpoint there, whole or not at all. A run that loads it continues bit for bit like an
  /// unbroken one, on the same build, device and number of threads.
  void save_checkpoint(const std::filesystem::path& folder) const;
  /// Loads a checkpoint and returns the number of steps at which it was saved. Throws Error, and
  /// changes nothing, when there is none or when it belongs to another model or other options.
  std::int64_t load_checkpoint(const std::filesystem::path& folder);
  /// After load_checkpoint(): the conditions that differ from those of the checkpoint (LibTorch's
  /// version, threads, device), so that the run may differ in the last bits; "" for none.
  const std::string& resume_note() const { return resume_note_; }

  /// While it lives, the networks have the averaged weights. With ema_decay 0 it does nothing.
  class Averaged : public Fit::Averaged {
   public:
    explicit Averaged(DreamBooth& training) : Fit::Averaged(training.fit_) {}
  };

 private:
  std::vector<at::Tensor> inputs_of(const Batch& batch) const;
  void record_steps();
  at::Tensor figures_of(const Batch& batch);
  at::Tensor queue_step(const std::vector<at::Tensor>& inputs);
  at::Tensor context_of(const at::Tensor& prompts) const;
  at::Tensor losses_of(const std::vector<at::Tensor>& rows, std::int64_t instances) const;
  Settings settings() const;

  UNet& unet_;
  TextEncoder* text_encoder_;
  NoiseSchedule schedule_;
  TrainOptions options_;
  std::int64_t parts_;
  std::unique_ptr<TrainedAdapter> adapter_;
  Fit fit_;
  std::int64_t instances_ = 0;  // rows of the batches
  std::optional<DeviceGraph> graph_;
  std::string resume_note_;
};

}  // namespace diffusion
