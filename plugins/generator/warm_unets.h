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

/// A version's denoising network and what sampling with it needs.
struct WarmUNet {
  std::string version;
  diffusion::UNet unet;
  diffusion::SchedulerConfig schedule;
  int size_multiple;  ///< width and height of its pictures are multiples of it, in pixels
};

/// UNets by version, loaded when asked for and kept while they fit: the least recently used go when
/// `capacity_bytes` of weights are full, and those that are no longer there. The last one used
/// always stays. Versions never change, so that nothing has to be looked at again. They compute in
/// `dtype`.
class WarmUNets {
 public:
  WarmUNets(std::filesystem::path home, std::filesystem::path pretrained, int vae_factor,
            at::ScalarType dtype, std::size_t capacity_bytes);

  /// Calls `loading` before it reads from disk. Throws Error(not_found) for a version that is not
  /// there, files::Error for one that is damaged: nothing is kept of it.
  std::shared_ptr<const WarmUNet> get(const std::string& version,
                                      const std::function<void()>& loading);

  std::size_t bytes() const;
  std::size_t count() const { return warm_.size(); }

 private:
  std::filesystem::path home_, pretrained_;
  int vae_factor_;
  at::ScalarType dtype_;
  std::size_t capacity_bytes_;
  std::list<std::shared_ptr<const WarmUNet>> warm_;  // most recently used first
};

}  // namespace generator
