#pragma once

#include <cstdint>
#include <vector>

#include "corpus/picture_list.h"
#include "executor/executor.h"
#include "executor/plugin.h"
#include "schemas/base_training.h"

namespace corpus {

/// Bounds of a request; both ends included.
inline constexpr std::int64_t kMaxSteps = 10'000'000;
inline constexpr std::int64_t kMaxPicturesPerStep = 256;
inline constexpr std::int64_t kMaxPoolSteps = 100'000;
inline constexpr std::int64_t kMaxSidePx = 256;

/// train_base.v1 -> base_training.v1, then captioned.v1 for every step: pictures drawn anew with
/// their captions, a pure function of (seed, step). Pictures whose caption many share are shown
/// more often than those of a rare one, by the square root of their number.
class Corpus : public executor::Executor {
 public:
  /// Reads and keeps all pictures. Throws Error(bad_config).
  explicit Corpus(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  schemas::Message batch(const schemas::TrainBase& settings, std::int64_t step) const;
  const CaptionedPicture& pick(double share) const;

  std::vector<CaptionedPicture> pictures_;
  std::vector<double> until_;  // cumulative weights of pictures_
  int side_px_;
  bool rare_words_;
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace corpus
