#pragma once

#include <string>

#include "executor/files/random_stream.h"
#include "pictures/picture_list.h"

namespace pictures {

inline constexpr const char* kPaintedStyle = "painting";

/// What was done to a picture, as far as a caption can say it.
struct Shown {
  bool painted = false;
  std::string ground;         ///< "white", "red"; "" for a background without a name
  bool tells_ground = false;  ///< whether the caption names the background
};

/// The word for a picture's style; "" when it is unknown.
std::string style_of(const CaptionedPicture& picture, const Shown& shown);

/// A uniform number in [0, 1).
double unit(files::RandomStream& random);
/// A uniform number in [least, most).
double between(double least, double most, files::RandomStream& random);

/// A meaningless word of four letters, always the same for one picture: "zwqk". It teaches the text
/// encoder that a rare word selects one thing, as an identifier does.
std::string rare_word(const CaptionedPicture& picture);

/// The caption of a picture: its text or its finer name, sometimes with a rare word ("a zwqk dog"),
/// a style ("a cartoon of a dog") and the background ("... on a red background").
std::string caption_of(const CaptionedPicture& picture, const Shown& shown, bool rare_words,
                       files::RandomStream& random);

}  // namespace pictures
