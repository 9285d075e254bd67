#pragma once

#include <filesystem>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"
#include "pictures/picture_list.h"

namespace evaluation {

inline constexpr std::int64_t kMaxPictures = 100;

/// Measures a base model with the flow's own routes and the judge: measure_base.v1 ->
/// metric_table.v1. Writes `out`/figures.md, one PART.json per part, and contact sheets. Keeps
/// drawn pictures below `out` under the hash of the model's weights, so that a part can be measured
/// again and a long request can continue.
class BaseMetrics : public executor::Executor {
 public:
  /// Reads the pictures. Throws Error(bad_config).
  explicit BaseMetrics(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  std::filesystem::path model_, out_, subjects_, curves_, kept_;
  std::vector<pictures::CaptionedPicture> training_, unseen_;
  int side_;
};

/// The plugin's handlers, calls and parameters, shared with its tests.
std::vector<executor::Handler> base_metrics_handlers();
std::vector<executor::Param> base_metrics_params();

}  // namespace evaluation
