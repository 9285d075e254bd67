#pragma once

#include <cstdint>
#include <span>

#include "corpus/captions.h"
#include "corpus/picture_list.h"
#include "sampler/random.h"

namespace corpus {

/// Draws a picture anew into `rgb` (side x side x 3 bytes). A transparent one is placed at a random
/// size, angle and spot, perhaps mirrored, on a ground that is white, of a named colour or of any
/// colour, and now and then painted over; an opaque one is cropped to its middle square and perhaps
/// mirrored. Returns what a caption can tell of it. A pure function of its arguments.
Shown draw_anew(const CaptionedPicture& picture, int side, sampler::Generator& random,
                std::span<std::uint8_t> rgb);

}  // namespace corpus
