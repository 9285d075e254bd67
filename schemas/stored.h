#pragma once

#include "schemas/training.h"

namespace schemas {

/// storage -> registry: the new version in the staging area is sealed: its checksums are noted, and
/// all of it is on disk.
struct Stored {
  static constexpr const char* kType = "stored.v1";
  Trained trained;
  MSGPACK_DEFINE_MAP(trained)
};

}  // namespace schemas
