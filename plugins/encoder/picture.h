#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "encoder/picture_header.h"

namespace encoder {

/// A square RGB picture: side x side x 3 bytes, rows from the top.
struct SquarePicture {
  int side = 0;
  std::vector<std::uint8_t> rgb;
};

/// Decodes an upload and makes it the square that DreamBooth trains on (diffusers
/// `train_dreambooth.py`: Resize of the short side, CenterCrop): EXIF of a JPEG turns it,
/// transparency becomes white, grey becomes colour, 16 bits become 8. The centre is cropped first,
/// so that no side ever grows beyond `side`; averaged over areas to shrink, cubic to grow.
/// Throws PictureFault for what check_picture() refuses and what cannot be decoded.
SquarePicture decode_square(std::string_view bytes, int side);

}  // namespace encoder
