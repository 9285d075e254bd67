#pragma once

#include <ATen/core/Tensor.h>

#include "generator/picture_file.h"

namespace generator {

/// `pixels` [3, height, width] around [-1, 1] as bytes, rounded as diffusers does
/// (`image_processor.py`).
RgbPicture to_rgb(const at::Tensor& pixels);

}  // namespace generator
