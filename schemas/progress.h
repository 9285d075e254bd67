#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/codec.h"

namespace schemas {

/// How far a job is; the client gets it at once. Training samples travel with it as blobs, one PNG
/// each.
struct Progress {
  static constexpr const char* kType = "progress.v1";
  /// How a text begins that says what the job waits for until somebody mends it.
  static constexpr std::string_view kWaiting = "waiting: ";
  std::string stage;           ///< filled by the engine
  std::string text;            ///< "drawing 100 pictures of a dog"
  std::int64_t step = 0;       ///< 0..total
  std::int64_t total = 0;      ///< 0 when unknown
  std::optional<double> loss;  ///< instance_loss + prior_loss_weight * prior_loss
  std::optional<double> instance_loss;
  std::optional<double> prior_loss;  ///< absent when the step had no prior rows
  std::optional<double> eta_s;
  std::int64_t checkpoint_step = 0;  ///< the step of the latest checkpoint on disk, 0 = none
  MSGPACK_DEFINE_MAP(stage, text, step, total, loss, instance_loss, prior_loss, eta_s,
                     checkpoint_step)
};

}  // namespace schemas
