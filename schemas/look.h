#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/codec.h"
#include "schemas/tensor.h"

namespace schemas {

/// Asks the judge what pictures show, one blob each (JPEG, PNG or WebP). Answered by Judged.
struct Judge {
  static constexpr const char* kType = "judge.v1";
  bool tensors = true;  ///< false: only the words
  MSGPACK_DEFINE_MAP(tensors)
};

/// What the judge sees in a picture: the likeliest word of each kind.
struct Verdict {
  std::string category;
  double probability = 0;  ///< of the category
  std::string style;
  std::string background;
  MSGPACK_DEFINE_MAP(category, probability, style, background)
};

/// The answer to Judge, one row per picture. Tensors, f32: "embeddings" [pictures, dim], each of
/// length 1, so that the dot product of two is their cosine; and the probabilities "categories",
/// "styles" and "backgrounds" [pictures, words], columns in the order of the words. A judge that
/// was not trained on words (a vision transformer) returns only embeddings.
struct Judged {
  static constexpr const char* kType = "judged.v1";
  std::vector<std::string> categories, styles, backgrounds;
  std::vector<Verdict> verdicts;
  std::vector<Tensor> tensors;
  MSGPACK_DEFINE_MAP(categories, styles, backgrounds, verdicts, tensors)
};

}  // namespace schemas
