#pragma once

#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// Asks which things the owner has taught. Answered by IdentifierList.
struct Identifiers {
  static constexpr const char* kType = "identifiers.v1";
  std::string target_model;  ///< empty = all
  MSGPACK_DEFINE_MAP(target_model)
};

struct Identifier {
  std::string identifier;
  std::string category;
  std::string target_model;
  std::string version;
  std::string model;    ///< the version's diffusers folder on the server's disk
  std::string created;  ///< UTC, ISO 8601
  MSGPACK_DEFINE_MAP(identifier, category, target_model, version, model, created)
};

struct IdentifierList {
  static constexpr const char* kType = "identifier_list.v1";
  std::vector<Identifier> identifiers;
  MSGPACK_DEFINE_MAP(identifiers)
};

}  // namespace schemas
