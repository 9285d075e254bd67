#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// Asks for the metamodels that the owner can use, and their versions. Answered by ModelList.
struct Models {
  static constexpr const char* kType = "models.v1";
  std::string target_model;  ///< private_meta | meta; empty = both
  MSGPACK_DEFINE_MAP(target_model)
};

/// One version of a metamodel.
struct ModelVersion {
  std::string target_model;
  std::string version;
  std::string base;                         ///< version that it was trained on from
  std::string identifier, category, owner;  ///< what it learned, of whom; empty when that is gone
  std::string created;                      ///< UTC, ISO 8601
  bool current = false;                     ///< draws, and is trained on from
  bool damaged = false;                     ///< its files have changed: nobody uses it
  std::string model;  ///< its diffusers folder; empty when it is kept no longer
  MSGPACK_DEFINE_MAP(target_model, version, base, identifier, category, owner, created, current,
                     damaged, model)
};

struct ModelList {
  static constexpr const char* kType = "model_list.v1";
  std::vector<ModelVersion> versions;  ///< oldest first
  MSGPACK_DEFINE_MAP(versions)
};

/// Takes a metamodel back to the version before the current one: what that version has learned is
/// forgotten, and its identifier free. Answered by ModelList.
struct Rollback {
  static constexpr const char* kType = "rollback.v1";
  std::string target_model;  ///< private_meta | meta
  MSGPACK_DEFINE_MAP(target_model)
};

/// Makes a model what it was before anything was learned: a metamodel with all its things, or the
/// private model of one identifier. Answered by ModelList. As in the prototype's
/// /admin/reset_model.
struct ResetModel {
  static constexpr const char* kType = "reset_model.v1";
  std::string target_model = "private";  ///< private | private_meta | meta
  std::string identifier;                ///< of a private model
  MSGPACK_DEFINE_MAP(target_model, identifier)
};

/// Rollback of the owner's own metamodel, for those who may not touch that of all. Answered by
/// ModelList.
struct RollbackOwn {
  static constexpr const char* kType = "rollback_own.v1";
  std::string target_model = "private_meta";  ///< private_meta alone
  MSGPACK_DEFINE_MAP(target_model)
};

/// ResetModel of what is the owner's own. Answered by ModelList.
struct ResetOwn {
  static constexpr const char* kType = "reset_own.v1";
  std::string target_model = "private";  ///< private | private_meta
  std::string identifier;                ///< of a private model
  MSGPACK_DEFINE_MAP(target_model, identifier)
};

/// Trains a metamodel anew, from the pretrained model on what is kept of its things, all at once:
/// the new version has never seen what was removed, and those before it are kept no longer.
/// Answered by Finetuned without an identifier; its health is that of all things.
struct Retrain {
  static constexpr const char* kType = "retrain.v1";
  std::string target_model;  ///< private_meta | meta
  /// Absent: what the base model advises for a metamodel, once for each thing.
  std::optional<std::int64_t> max_train_steps;
  std::optional<std::uint64_t> seed;  ///< else drawn by the registry and reported
  MSGPACK_DEFINE_MAP(target_model, max_train_steps, seed)
};

/// Retrain of the owner's own metamodel, for those who may not touch that of all.
struct RetrainOwn {
  static constexpr const char* kType = "retrain_own.v1";
  std::string target_model = "private_meta";  ///< private_meta alone
  std::optional<std::int64_t> max_train_steps;
  std::optional<std::uint64_t> seed;
  MSGPACK_DEFINE_MAP(target_model, max_train_steps, seed)
};

}  // namespace schemas
