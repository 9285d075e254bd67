#pragma once

#include <string_view>

#include "pictures/picture_header.h"
#include "pictures/square_picture.h"

namespace pictures {

/// Decodes an upload into the square that DreamBooth trains on (diffusers `train_dreambooth.py`:
/// Resize of the short side, CenterCrop), opened by open_picture(), transparency over white. Crops
/// the centre first, so that no side ever exceeds `side`; shrinks with area averages and enlarges
/// with cubic interpolation. Throws PictureFault for what check_picture() refuses and for what
/// cannot be decoded. A stage does not call this function, because its libraries read hostile
/// bytes; it uses a Decoder.
SquarePicture decode_square(std::string_view bytes, int side);

}  // namespace pictures
