#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pictures/picture_list.h"
#include "schemas/blob.h"

namespace evaluation {

/// A random variant of a corpus picture, as the base model saw it in training, and what it shows.
struct Drawn {
  schemas::Blob png;
  std::string category, style;
  std::string background;  ///< "" for a background without a name
};

/// `times` variants of every picture of the list, side x side pixels. A pure function.
std::vector<Drawn> augmented(const std::vector<pictures::CaptionedPicture>& pictures, int side,
                             std::size_t times, std::uint64_t seed);

/// `count` variants of pictures of one category, equally many of each picture; none when the
/// category has no pictures.
std::vector<Drawn> drawn_of(const std::vector<pictures::CaptionedPicture>& pictures,
                            const std::string& category, int side, std::size_t count,
                            std::uint64_t seed);

std::vector<schemas::Blob> files_of(const std::vector<Drawn>& drawn);

}  // namespace evaluation
