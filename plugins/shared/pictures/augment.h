#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "executor/files/random_stream.h"
#include "pictures/captions.h"
#include "pictures/picture_list.h"

namespace pictures {

/// The names that a ground can have, sorted.
std::vector<std::string> ground_names();

/// Draws a picture anew into `rgb` (side x side x 3 bytes). A transparent one is placed at a random
/// size, angle and spot, perhaps mirrored, on a ground that is white, of a named colour or of any
/// colour, and now and then painted over; an opaque one is cropped to a middle square and perhaps
/// mirrored. `vary` in [0, 1] widens all of it, and blurs, tints and grains the picture
/// (disturb.h). Returns what words can tell of it. A pure function of its arguments.
Shown augment(const CaptionedPicture& picture, int side, double vary, files::RandomStream& random,
              std::span<std::uint8_t> rgb);

}  // namespace pictures
