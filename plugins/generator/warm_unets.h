#pragma once

#include <c10/core/ScalarType.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "diffusion/formats/scheduler_config.h"
#include "diffusion/networks/unet.h"

namespace generator {

/// A version's denoising network, and what is needed to sample with it.
struct WarmUNet {
  std::string version;
  diffusion::UNet unet;
  diffusion::SchedulerConfig schedule;
  int size_multiple;  ///< width and height of its pictures must be multiples of it, in pixels
};

/// UNets by version, loaded on demand. When the weights exceed `capacity_bytes`, drops the least
/// recently used, but always keeps the last one used. Drops versions that no longer exist. Versions
/// never change, so a loaded one stays valid. All compute in `dtype`. A version that was made with
/// another VAE or tokenizer than the pretrained model's is refused (diffusion/formats/made_from.h).
class WarmUNets {
 public:
  WarmUNets(std::filesystem::path home, std::filesystem::path pretrained, int vae_factor,
            at::ScalarType dtype, std::size_t capacity_bytes);

  /// Calls `loading` before it reads from disk. Throws Error(not_found) for a missing version and
  /// files::Error for a damaged one, and then keeps nothing of it.
  std::shared_ptr<const WarmUNet> get(const std::string& version,
                                      const std::function<void()>& loading);

  std::size_t bytes() const;
  std::size_t count() const { return warm_.size(); }

 private:
  std::filesystem::path home_, pretrained_;
  std::string shared_parts_;  // of the pretrained model; "" until a version is asked for
  int vae_factor_;
  at::ScalarType dtype_;
  std::size_t capacity_bytes_;
  std::list<std::shared_ptr<const WarmUNet>> warm_;  // most recently used first
};

}  // namespace generator
