#pragma once

#include <cstdint>
#include <vector>

namespace pictures {

/// A square RGB picture: side x side x 3 bytes, rows from the top.
struct SquarePicture {
  int side = 0;
  std::vector<std::uint8_t> rgb;
};

}  // namespace pictures
