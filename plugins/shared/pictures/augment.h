#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "executor/files/random_stream.h"
#include "pictures/captions.h"
#include "pictures/picture_list.h"

namespace pictures {

/// The names that a background can have, sorted.
std::vector<std::string> ground_names();

/// Draws a random variant of a picture into `rgb` (side x side x 3 bytes). A transparent picture is
/// placed at a random size, angle and position, perhaps mirrored, on a background that is white, of
/// a named colour or of any colour; sometimes it is painted over. An opaque picture is cropped to
/// its middle square and perhaps mirrored. `vary` in [0, 1] widens all of this, and blurs, tints
/// and grains the picture (disturb.h). Returns what a caption can say about the result. A pure
/// function of its arguments.
Shown augment(const CaptionedPicture& picture, int side, double vary, files::RandomStream& random,
              std::span<std::uint8_t> rgb);

}  // namespace pictures
