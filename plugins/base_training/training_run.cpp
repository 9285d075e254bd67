#include "base_training/training_run.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <utility>

#include "compute/clear_errors.h"
#include "diffusion/training/checkpoint.h"
#include "executor/error.h"
#include "executor/files/durable_file.h"
#include "pictures/rgb.h"

namespace base_training {
namespace {

constexpr std::int64_t kLogEvery = 10;
constexpr std::size_t kShownLosses = 50;
constexpr std::uint64_t kSpread =
    0x9E3779B97F4A7C15ULL;  // of the golden ratio: neighbours far apart

}  // namespace

at::Tensor pixels_of(const schemas::Captioned& captioned, const schemas::Message& message) {
  const auto count = static_cast<std::int64_t>(captioned.captions.size());
  const auto side = captioned.side_px;
  const bool fits = message.blobs.size() == 1 && count > 0 && side > 0 &&
                    static_cast<std::int64_t>(message.blobs[0].size()) == count * side * side * 3;
  if (!fits) throw executor::Error("protocol", "captioned.v1: the pictures have another size");
  const auto bytes = at::from_blob(const_cast<char*>(message.blobs[0].view().data()),
                                   {count, side, side, 3}, at::kByte);
  return (bytes.to(at::kFloat) / 127.5 - 1).permute({0, 3, 1, 2}).contiguous();
}

diffusion::FitOptions options_of(const schemas::TrainBase& settings) {
  return {.learning_rate = settings.learning_rate,
          .weight_decay = settings.adam_weight_decay,
          .max_grad_norm = settings.max_grad_norm,
          .lr_schedule = {"cosine", settings.lr_warmup_steps, settings.max_train_steps},
          .ema_decay = settings.ema_decay};
}

bool wants_bf16(const schemas::TrainBase& settings) {
  if (settings.mixed_precision == "bf16") return true;
  if (settings.mixed_precision == "no") return false;
  throw executor::Error("bad_input", "mixed_precision is \"" + settings.mixed_precision + "\"",
                        "use \"no\" or \"bf16\"");
}

at::Generator random_of(std::uint64_t seed, std::int64_t step) {
  return at::detail::createCPUGenerator(seed ^ (kSpread * static_cast<std::uint64_t>(step + 1)));
}

TrainingRun::TrainingRun(std::string name, std::filesystem::path out, schemas::TrainBase settings)
    : name_(std::move(name)), out_(std::move(out)), settings_(std::move(settings)) {
  std::filesystem::create_directories(out_ / "samples");
}

void TrainingRun::resume(diffusion::Fit& fit) {
  if (settings_.from_step == 0) return;
  compute::with_clear_errors("bad_input", "start from scratch with from_step 0",
                             [&] { fit.load(checkpoint_folder()); });
  steps_done_ = checkpoint_step_ = fit.steps_done();
  if (steps_done_ == settings_.from_step) return;
  throw executor::Error("bad_input",
                        "the checkpoint is of step " + std::to_string(steps_done_) + ", not " +
                            std::to_string(settings_.from_step),
                        "ask with from_step " + std::to_string(steps_done_));
}

void TrainingRun::add(double loss) {
  losses_.push_back(loss);
  ++steps_done_;
  if (steps_done_ % kLogEvery != 0) return;
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
  std::ofstream(out_ / (name_ + ".csv"), std::ios::app)
      << steps_done_ << ',' << recent_loss(kLogEvery) << ',' << spent.count() << '\n';
}

double TrainingRun::recent_loss(std::size_t steps) const {
  const auto count = static_cast<std::ptrdiff_t>(std::min(steps, losses_.size()));
  if (count == 0) return 0;
  return std::accumulate(losses_.end() - count, losses_.end(), 0.0) / static_cast<double>(count);
}

bool TrainingRun::checkpoint_due() const {
  const auto every = settings_.checkpointing_steps;
  return finished() || (every > 0 && steps_done_ % every == 0);
}

bool TrainingRun::samples_due() const {
  const auto every = settings_.validation_steps;
  return finished() || (every > 0 && steps_done_ % every == 0);
}

void TrainingRun::save(const diffusion::Fit& fit) {
  compute::with_clear_errors("unavailable", "make room on the disk",
                             [&] { fit.save(checkpoint_folder()); });
  checkpoint_step_ = steps_done_;
}

void TrainingRun::show(const at::Tensor& pixels, executor::Outbox& out) const {
  std::vector<pictures::RgbPicture> pictures;
  for (const auto& picture : pixels.unbind()) pictures.push_back(pictures::to_rgb(picture));
  const auto png = pictures::to_png(pictures::contact_sheet(pictures));
  char number[16];
  std::snprintf(number, sizeof number, "-%06lld", static_cast<long long>(steps_done_));
  files::write_durably(out_ / "samples" / (name_ + number + ".png"),
                       [&](const files::Append& append) { append(png); });
  out.progress(progress(), {schemas::Blob(png)});
}

schemas::Progress TrainingRun::progress() const {
  schemas::Progress progress;
  progress.text = "training the " + name_;
  progress.step = steps_done_;
  progress.total = settings_.max_train_steps;
  progress.checkpoint_step = checkpoint_step_;
  if (losses_.empty()) return progress;
  progress.loss = recent_loss(kShownLosses);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
  progress.eta_s = spent.count() / static_cast<double>(losses_.size()) *
                   static_cast<double>(settings_.max_train_steps - steps_done_);
  return progress;
}

schemas::BaseTrained TrainingRun::result() const {
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
  return {steps_done_, recent_loss(losses_.size() / 10 + 1), spent.count()};
}

}  // namespace base_training
