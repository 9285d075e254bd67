#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// Asks which things the owner can draw: those that the owner has taught, and those that anyone has
/// taught the shared metamodel. Answered by IdentifierList.
struct Identifiers {
  static constexpr const char* kType = "identifiers.v1";
  std::string target_model;  ///< empty = all
  MSGPACK_DEFINE_MAP(target_model)
};

struct Identifier {
  std::string identifier;
  std::string category;
  std::string target_model;
  std::string owner;
  std::string version;  ///< the version that draws it now; for a metamodel its current one
  std::string model;    ///< the version's diffusers folder on the server's disk
  std::string created;  ///< when it was learned; UTC, ISO 8601
  MSGPACK_DEFINE_MAP(identifier, category, target_model, owner, version, model, created)
};

struct IdentifierList {
  static constexpr const char* kType = "identifier_list.v1";
  std::vector<Identifier> identifiers;
  MSGPACK_DEFINE_MAP(identifiers)
};

/// Removes a thing: its latents, its private model and its name. Answered by Forgotten.
struct Forget {
  static constexpr const char* kType = "forget.v1";
  std::string identifier;
  std::string
      target_model;  ///< empty: the one where the owner has it; required when there are several
  MSGPACK_DEFINE_MAP(identifier, target_model)
};

struct Forgotten {
  static constexpr const char* kType = "forgotten.v1";
  std::string identifier, category, target_model;
  std::vector<std::string> seen_by;  ///< metamodel versions whose weights have seen it
  MSGPACK_DEFINE_MAP(identifier, category, target_model, seen_by)
};

/// The prototype's list: for each target, identifier -> category. Answered by
/// IdentifiersNCategories.
struct ListIdentifiersNCategories {
  static constexpr const char* kType = "list_identifiers_n_categories.v1";
  template <typename Packer>
  void msgpack_pack(Packer& packer) const {
    packer.pack_map(0);
  }
  void msgpack_unpack(const msgpack::object&) {}
};

struct IdentifiersNCategories {
  static constexpr const char* kType = "identifiers_n_categories.v1";
  std::map<std::string, std::string> private_;             ///< "private"
  std::map<std::string, std::string> private_meta;         ///< the owner's
  std::optional<std::map<std::string, std::string>> meta;  ///< shared; nil before the first thing
  MSGPACK_DEFINE_MAP(MSGPACK_NVP("private", private_), private_meta, meta)
};

/// Asks for words that could name a new thing of the owner, best first. Answered by
/// RareIdentifiers.
struct Suggest {
  static constexpr const char* kType = "suggest.v1";
  std::string category;    ///< of the new thing; may be empty
  std::int64_t count = 8;  ///< at most this many words
  MSGPACK_DEFINE_MAP(category, count)
};

/// Replaces the words that identifiers are chosen from, best first. An empty list restores those of
/// the base model. Answered by the same message with the words now in use.
struct RareIdentifiers {
  static constexpr const char* kType = "rare_identifiers.v1";
  std::vector<std::string> rare_identifiers;
  MSGPACK_DEFINE_MAP(rare_identifiers)
};

}  // namespace schemas
