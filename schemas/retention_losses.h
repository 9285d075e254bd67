#pragma once

#include <string>

#include "schemas/codec.h"

namespace schemas {

/// How well a metamodel still knows a thing that it learned: mean squared errors of what it
/// predicts on the pictures kept of it, with the same noise and timesteps each time, so that the
/// three compare.
struct RetentionLosses {
  std::string identifier, category;
  double before = 0;  ///< by the version that it was learned from
  double just = 0;    ///< by the version that learned it
  double now = 0;     ///< by the version that has learned the next thing
  MSGPACK_DEFINE_MAP(identifier, category, before, just, now)
};

}  // namespace schemas
