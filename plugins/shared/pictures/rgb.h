#pragma once

#include <ATen/core/Tensor.h>

#include "pictures/picture_file.h"

namespace pictures {

/// `pixels` [3, height, width] around [-1, 1] as bytes, rounded as diffusers does
/// (`image_processor.py`).
RgbPicture to_rgb(const at::Tensor& pixels);

}  // namespace pictures
