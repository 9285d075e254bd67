#pragma once

#include <optional>
#include <string_view>

namespace pictures {

/// How a picture is stored, as EXIF numbers it: 1 upright, 2 to 8 mirrored or turned.
inline constexpr int kUpright = 1;

/// The orientation in a TIFF structure (EXIF 2.3, 4.6.4), with or without "Exif\0\0" before it,
/// of either byte order and in any integer type. Nothing when there is none, or no valid one.
/// Reads untrusted bytes.
std::optional<int> exif_orientation(std::string_view tiff);

/// The `tiff:Orientation` of an XMP packet, as an attribute or an element.
std::optional<int> xmp_orientation(std::string_view xmp);

}  // namespace pictures
