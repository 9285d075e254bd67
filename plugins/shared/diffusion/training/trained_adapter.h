#pragma once

#include <cstdint>
#include <memory>

#include "diffusion/networks/adapter.h"
#include "diffusion/networks/unet.h"
#include "diffusion/training/checkpoint.h"

namespace diffusion {

/// A new LoRA in training, which the networks wear as long as this object lives. Its factors are
/// all that takes gradients. Must not outlive the networks. One thread.
class TrainedAdapter {
 public:
  /// `text_encoder` is null when only the UNet is trained. Throws Error as draw_adapter() does.
  TrainedAdapter(const UNet& unet, const TextEncoder* text_encoder, const AdapterOptions& options);

  /// The factors themselves: a change in place counts at once.
  const Adapter& factors() const { return factors_; }
  /// The same under their names in a checkpoint: LAYER.down and LAYER.up.
  NamedTensors weights() const;
  /// What must not change when a run continues.
  Settings settings() const;
  /// Whether each pass draws masks, so that it cannot be recorded and replayed.
  bool draws_masks() const { return options_.dropout > 0; }

  /// While it lives, dropout is on, with the masks of this part of this step. Does nothing without
  /// an adapter.
  class Pass {
   public:
    Pass(const TrainedAdapter* adapter, std::int64_t step, std::int64_t part);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    InputDropout* dropout_;
  };

 private:
  AdapterOptions options_;
  Adapter factors_;
  std::shared_ptr<InputDropout> dropout_;
  Adapted worn_;
};

}  // namespace diffusion
