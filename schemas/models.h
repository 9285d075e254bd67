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
  std::string base;  ///< version that its training started from
  /// What it learned and from whom; empty once that was removed.
  std::string identifier, category, owner;
  std::string created;   ///< UTC, ISO 8601
  bool current = false;  ///< the one that draws and that the next training starts from
  bool damaged = false;  ///< its files have changed, so it is not used
  std::string model;     ///< its diffusers folder; empty when it is no longer kept
  MSGPACK_DEFINE_MAP(target_model, version, base, identifier, category, owner, created, current,
                     damaged, model)
};

struct ModelList {
  static constexpr const char* kType = "model_list.v1";
  std::vector<ModelVersion> versions;  ///< oldest first
  MSGPACK_DEFINE_MAP(versions)
};

/// Takes a metamodel back to the version before the current one. What the current version learned
/// is forgotten, and its identifier becomes free. Answered by ModelList.
struct Rollback {
  static constexpr const char* kType = "rollback.v1";
  std::string target_model;  ///< private_meta | meta
  MSGPACK_DEFINE_MAP(target_model)
};

/// Removes everything that a model learned: all things of a metamodel, or the private model of one
/// identifier. Answered by ModelList. As in the prototype's /admin/reset_model.
struct ResetModel {
  static constexpr const char* kType = "reset_model.v1";
  std::string target_model = "private";  ///< private | private_meta | meta
  std::string identifier;                ///< of a private model
  MSGPACK_DEFINE_MAP(target_model, identifier)
};

/// Rollback of the owner's own metamodel, for users who may not change the shared one. Answered by
/// ModelList.
struct RollbackOwn {
  static constexpr const char* kType = "rollback_own.v1";
  std::string target_model = "private_meta";  ///< private_meta alone
  MSGPACK_DEFINE_MAP(target_model)
};

/// ResetModel of the owner's own models. Answered by ModelList.
struct ResetOwn {
  static constexpr const char* kType = "reset_own.v1";
  std::string target_model = "private";  ///< private | private_meta
  std::string identifier;                ///< of a private model
  MSGPACK_DEFINE_MAP(target_model, identifier)
};

/// Retrains a metamodel: trains it from scratch, from the pretrained model, on the replay memories
/// of all its things at once. The new version has never seen what was removed, and no earlier
/// version is kept. Answered by Finetuned, with an empty identifier and the retention losses of all
/// things.
struct Retrain {
  static constexpr const char* kType = "retrain.v1";
  std::string target_model;  ///< private_meta | meta
  /// Absent: the base model's advice for a metamodel, times the number of things.
  std::optional<std::int64_t> max_train_steps;
  std::optional<std::uint64_t> seed;  ///< absent: the registry draws one and reports it
  MSGPACK_DEFINE_MAP(target_model, max_train_steps, seed)
};

/// Retrain of the owner's own metamodel, for users who may not change the shared one.
struct RetrainOwn {
  static constexpr const char* kType = "retrain_own.v1";
  std::string target_model = "private_meta";  ///< private_meta alone
  std::optional<std::int64_t> max_train_steps;
  std::optional<std::uint64_t> seed;
  MSGPACK_DEFINE_MAP(target_model, max_train_steps, seed)
};

}  // namespace schemas
