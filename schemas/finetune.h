#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/codec.h"
#include "schemas/retention_losses.h"
#include "schemas/train_option_table.h"

namespace schemas {

/// A request to learn a thing: one blob per picture (JPEG, PNG or WebP as uploaded). Answered by
/// Finetuned. On the wire the options stand among the other fields.
struct Finetune : TrainOptions {
  static constexpr const char* kType = "finetune.v1";
  std::string category;                   ///< a common noun: "dog"
  std::string target_model = "private";   ///< private | private_meta | meta
  std::optional<std::string> identifier;  ///< asked for by name; else the registry chooses

  template <typename Packer>
  void msgpack_pack(Packer& packer) const {
    packer.pack_map(static_cast<std::uint32_t>(3 + kTrainOptions.size()));
    packer.pack("category").pack(category);
    packer.pack("target_model").pack(target_model);
    packer.pack("identifier").pack(identifier);
    pack_options(packer, *this);
  }
  void msgpack_unpack(const msgpack::object& map) {
    TrainOptions::msgpack_unpack(map);
    msgpack::type::make_define_map("category", category, "target_model", target_model, "identifier",
                                   identifier)
        .msgpack_unpack(map);
  }
};

/// The answer to Finetune.
struct Finetuned {
  static constexpr const char* kType = "finetuned.v1";
  std::string identifier;
  std::string category;
  std::string target_model;
  std::string version;  ///< id of the published version
  std::string model;    ///< the version's diffusers folder on the server's disk
  std::int64_t steps = 0;
  double loss = 0;  ///< this and the next two: means over the last tenth of the steps
  double instance_loss = 0;
  double prior_loss = 0;  ///< 0 when there were no category pictures
  std::uint64_t seed = 0;
  double train_s = 0;
  std::vector<RetentionLosses>
      retention;  ///< of a metamodel: the things that it learned earlier, oldest first
  MSGPACK_DEFINE_MAP(identifier, category, target_model, version, model, steps, loss, instance_loss,
                     prior_loss, seed, train_s, retention)
};

}  // namespace schemas
