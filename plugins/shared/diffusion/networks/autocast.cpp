#include "diffusion/networks/autocast.h"

#include <ATen/autocast_mode.h>

namespace diffusion {

Autocast::Autocast(bool on, at::Device device) : on_(on), device_(device.type()) {
  if (!on_) return;
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!on_) return;
  // The cache holds casts of weights, which the next step changes.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, false);
}

}  // namespace diffusion
