#pragma once

#include <string>

#include "executor/files/random_stream.h"
#include "pictures/picture_list.h"

namespace pictures {

inline constexpr const char* kPaintedStyle = "painting";

/// What was done to a picture, as far as words can say it.
struct Shown {
  bool painted = false;
  std::string ground;         ///< "white", "red"; "" for a ground without a name
  bool tells_ground = false;  ///< whether the caption names it
};

/// The word for how a picture is drawn; "" when nothing is known.
std::string style_of(const CaptionedPicture& picture, const Shown& shown);

/// A uniform number in [0, 1).
double unit(files::RandomStream& random);
/// A uniform number in [least, most).
double between(double least, double most, files::RandomStream& random);

/// A word of four letters that means nothing, the same for the same picture: "zwqk". It teaches the
/// text encoder that a rare word picks out one thing, which is what an identifier has to do.
std::string rare_word(const CaptionedPicture& picture);

/// The caption of a picture: its text or its finer name, at times with a rare word ("a zwqk dog"),
/// a style ("a cartoon of a dog") and the background ("... on a red background").
std::string caption_of(const CaptionedPicture& picture, const Shown& shown, bool rare_words,
                       files::RandomStream& random);

}  // namespace pictures
