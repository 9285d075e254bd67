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

/// The gap between the pictures of a contact sheet, in pixels; white like its background.
inline constexpr int kSheetGapPx = 2;

std::string to_png(const RgbPicture& picture);

/// All pictures on one sheet, row by row, as close to a square as their number allows. All must
/// have the same size.
RgbPicture contact_sheet(const std::vector<RgbPicture>& pictures);

}  // namespace pictures
