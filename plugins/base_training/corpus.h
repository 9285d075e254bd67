#pragma once

#include <cstdint>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"
#include "pictures/captions.h"
#include "pictures/picture_list.h"
#include "schemas/base_training.h"

namespace base_training {

/// The bounds of a request; both ends included.
inline constexpr std::int64_t kMaxSteps = 10'000'000;
inline constexpr std::int64_t kMaxPicturesPerStep = 256;
inline constexpr std::int64_t kMaxPoolSteps = 100'000;
inline constexpr std::int64_t kMaxSidePx = 256;

/// train_base.v1 -> base_training.v1, then captioned.v1 for every step: random variants of the
/// pictures with their captions and labels, a pure function of (seed, step). A caption appears in
/// proportion to the square root of the number of its pictures.
class Corpus : public executor::Executor {
 public:
  /// Reads and keeps all pictures. Throws Error(bad_config).
  explicit Corpus(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  schemas::Message batch(const schemas::TrainBase& settings, std::int64_t step) const;
  /// The picture at position `share`, in [0, 1), of the cumulative weights.
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
