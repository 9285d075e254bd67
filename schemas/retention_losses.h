#pragma once

#include <string>

#include "schemas/codec.h"

namespace schemas {

/// How well a metamodel still knows a thing that it learned: mean squared errors of its predictions
/// on the thing's replay memory. All three use the same noise and timesteps, so they can be
/// compared.
struct RetentionLosses {
  std::string identifier, category;
  double before = 0;  ///< of the version before the one that learned it
  double just = 0;    ///< of the version that learned it
  double now = 0;     ///< of the version that has just been trained
  MSGPACK_DEFINE_MAP(identifier, category, before, just, now)
};

}  // namespace schemas
