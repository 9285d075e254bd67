#pragma once

#include <string>
#include <string_view>

#include "pictures/exif.h"
#include "pictures/picture_header.h"

namespace pictures {

/// What a profile or a text may have when it is inflated; a larger one counts as none.
inline constexpr std::size_t kMaxNoteBytes = 4 * 1024 * 1024;

/// What a file says of its pixels.
struct PictureNotes {
  int orientation = kUpright;
  std::string icc;  ///< the embedded profile; "" for none
};

/// Reads EXIF (also as ImageMagick keeps it in a PNG's text), XMP where EXIF says nothing, and the
/// ICC profile, wherever the container has them. Damaged ones count as none. Reads untrusted bytes,
/// which check_picture() has accepted.
PictureNotes read_notes(std::string_view bytes, Format format);

}  // namespace pictures
