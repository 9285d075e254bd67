#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pictures/picture_list.h"
#include "schemas/blob.h"

namespace evaluation {

/// A picture of a corpus drawn anew as the base model saw them in training, and what it shows.
struct Drawn {
  schemas::Blob png;
  std::string category, style;
  std::string background;  ///< "" for a ground without a name
};

/// Every picture of the list, `times` times, side x side pixels. A pure function.
std::vector<Drawn> augmented(const std::vector<pictures::CaptionedPicture>& pictures, int side,
                             std::size_t times, std::uint64_t seed);

/// `count` drawings of one category, as many as there are of each picture; none without any.
std::vector<Drawn> drawn_of(const std::vector<pictures::CaptionedPicture>& pictures,
                            const std::string& category, int side, std::size_t count,
                            std::uint64_t seed);

std::vector<schemas::Blob> files_of(const std::vector<Drawn>& drawn);

}  // namespace evaluation
