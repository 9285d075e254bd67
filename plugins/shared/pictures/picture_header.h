#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace pictures {

/// Says why bytes are not accepted as a picture. The text continues "picture 3 of 5 ": "is empty".
struct PictureFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The text of a PictureFault.
inline constexpr const char* kTooMuchMemory = "takes too much memory to decode";

enum class Format { jpeg, png, webp };

struct PictureHeader {
  Format format;
  std::int64_t width;  ///< pixels, before EXIF turns them
  std::int64_t height;
  bool animated = false;  ///< a WebP of several pictures, of which the first is taken
};

/// Reads the format and size from the first bytes, without decoding: PNG's IHDR (ISO 15948), JPEG's
/// frame header (ITU-T T.81, B.2.2), WebP's VP8, VP8L or VP8X chunk (RFC 9649). Reads untrusted
/// bytes. Throws PictureFault for another format, which it names where it can, and for a truncated
/// header.
PictureHeader read_header(std::string_view bytes);

/// Throws PictureFault when the file is truncated: PNG without IEND, JPEG without the end-of-image
/// marker, WebP shorter than its RIFF size. (Decoders would fill the missing part with grey.)
void check_complete(std::string_view bytes, Format format);

/// Throws PictureFault unless the picture is within picture_limits.h.
void check_size(const PictureHeader& header);

/// All checks above, cheapest first.
PictureHeader check_picture(std::string_view bytes);

}  // namespace pictures
