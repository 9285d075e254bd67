#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pictures/stored_picture.h"

namespace pictures {

/// `pixels` as sRGB, 3 bytes each, by the intent that Pillow's ImageCms takes
/// (perceptual). A profile that is damaged, or made for other colours than theirs, counts as
/// none: then grey and RGB are sRGB, and CMYK is mixed by multiplication. Reads an untrusted
/// profile.
std::vector<std::uint8_t> to_srgb(Colours colours, std::vector<std::uint8_t> pixels,
                                  const std::string& icc);

}  // namespace pictures
