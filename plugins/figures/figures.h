#pragma once

#include <filesystem>
#include <vector>

#include "corpus/picture_list.h"
#include "executor/executor.h"
#include "executor/plugin.h"

namespace figures {

inline constexpr std::int64_t kMaxPictures = 100;

/// Measures a base model by the flow's own routes and the judge: figures.v1 -> figure_table.v1.
/// Writes `out`/figures.md, one PART.json each, and sheets. Pictures that were drawn are kept below
/// `out` under the hash of the model's weights, so that a part can be measured again and a long
/// request can go on.
class FiguresOf : public executor::Executor {
 public:
  /// Reads the pictures. Throws Error(bad_config).
  explicit FiguresOf(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  std::filesystem::path model_, out_, subjects_, curves_, kept_;
  std::vector<corpus::CaptionedPicture> training_, unseen_;
  int side_;
};

/// The plugin's handlers, calls and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace figures
