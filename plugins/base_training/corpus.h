#pragma once

#include <cstdint>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"
#include "pictures/captions.h"
#include "pictures/picture_list.h"
#include "schemas/base_training.h"

namespace base_training {

/// Bounds of a request; both ends included.
inline constexpr std::int64_t kMaxSteps = 10'000'000;
inline constexpr std::int64_t kMaxPicturesPerStep = 256;
inline constexpr std::int64_t kMaxPoolSteps = 100'000;
inline constexpr std::int64_t kMaxSidePx = 256;

/// train_base.v1 -> base_training.v1, then captioned.v1 for every step: pictures drawn anew with
/// their captions and labels, a pure function of (seed, step). Pictures whose caption many share
/// are shown more often than those of a rare one, by the square root of their number.
class Corpus : public executor::Executor {
 public:
  /// Reads and keeps all pictures. Throws Error(bad_config).
  explicit Corpus(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  schemas::Message batch(const schemas::TrainBase& settings, std::int64_t step) const;
  /// Which picture is at this share of all, in [0, 1).
  std::size_t pick(double share) const;
  schemas::PictureLabels labels_of(std::size_t picture, const pictures::Shown& shown) const;

  std::vector<pictures::CaptionedPicture> pictures_;
  schemas::LabelWords words_;
  std::vector<double> until_;  // cumulative weights of pictures_
  int side_px_;
  bool rare_words_;
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> corpus_handlers();
std::vector<executor::Param> corpus_params();

}  // namespace base_training
