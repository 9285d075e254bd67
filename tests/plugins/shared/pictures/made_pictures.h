#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Pictures made in the tests, whole and damaged.
namespace made {

/// A PNG, JPEG or WebP ("png", "jpg", "webp") of one colour, b, g, r each 0..255.
std::string plain(const std::string& format, int width, int height, int b = 40, int g = 90,
                  int r = 200);
/// A JPEG whose left half is black and right half white, with an EXIF orientation tag (1..8).
std::string jpeg_with_orientation(int width, int height, int orientation);
/// A PNG in black, transparent on the left half, opaque on the right.
std::string half_transparent_png(int side);
/// A PNG of one grey value with 16 bits.
std::string grey_16_bit_png(int side, int value);
/// The first bytes of a PNG of this size: signature and IHDR, right CRC not needed.
std::string png_header(std::uint32_t width, std::uint32_t height);
/// The start of a WebP with a VP8X chunk.
std::string webp_header(std::uint32_t width, std::uint32_t height, bool animated);

}  // namespace made
