#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pictures {

/// An RGB picture: width x height x 3 bytes, rows from the top. A value.
struct RgbPicture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// Gap between the pictures of a contact sheet, in pixels; white like the rest of its ground.
inline constexpr int kSheetGapPx = 2;

std::string to_png(const RgbPicture& picture);

/// All pictures on one sheet, row by row, as near to square as their number allows. They have one
/// size.
RgbPicture contact_sheet(const std::vector<RgbPicture>& pictures);

}  // namespace pictures
