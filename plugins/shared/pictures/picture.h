#pragma once

#include <string_view>

#include "pictures/picture_header.h"
#include "pictures/square_picture.h"

namespace pictures {

/// Decodes an upload and makes it the square that DreamBooth trains on (diffusers
/// `train_dreambooth.py`: Resize of the short side, CenterCrop): EXIF of a JPEG turns it,
/// transparency becomes white, grey becomes colour, 16 bits become 8. The centre is cropped first,
/// so that no side ever grows beyond `side`; averaged over areas to shrink, cubic to grow.
/// Throws PictureFault for what check_picture() refuses and what cannot be decoded. A stage does
/// not call it, because the libraries behind it read hostile bytes: it asks a Decoder.
SquarePicture decode_square(std::string_view bytes, int side);

}  // namespace pictures
