#include "pictures/rgb.h"

#include <ATen/TensorOperators.h>

namespace pictures {

RgbPicture to_rgb(const at::Tensor& pixels) {
  const auto bytes = ((pixels / 2 + 0.5).clamp(0, 1) * 255)
                         .round()
                         .to(at::kByte)
                         .permute({1, 2, 0})
                         .cpu()
                         .contiguous();
  const auto* data = bytes.const_data_ptr<std::uint8_t>();
  return {static_cast<int>(bytes.size(1)),
          static_cast<int>(bytes.size(0)),
          {data, data + bytes.numel()}};
}

}  // namespace pictures
