#pragma once

#include <string>

namespace diffusion {

/// "[64, 320]", for error texts. `Sides` is any range of whole numbers.
template <typename Sides>
std::string shape_text(const Sides& sides) {
  std::string text = "[";
  for (const auto side : sides) {
    if (text.size() > 1) text.append(", ");
    text.append(std::to_string(side));
  }
  text.push_back(']');
  return text;
}

}  // namespace diffusion
