#include "trainer/training_job.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "compute/refuse.h"
#include "compute/sampling.h"
#include "diffusion/formats/made_from.h"
#include "diffusion/formats/vae_config.h"
#include "diffusion/schedulers/noise_schedule.h"
#include "diffusion/schedulers/scheduler.h"
#include "diffusion/training/held_out.h"
#include "diffusion/training/model_folder.h"
#include "diffusion/training/sample.h"
#include "executor/error.h"
#include "executor/fault_point.h"
#include "executor/files/file_error.h"
#include "schemas/strategies.h"
#include "trainer/losses_file.h"
#include "trainer/sample_check.h"
#include "trainer/train_settings.h"

namespace trainer {
namespace {

constexpr std::int64_t kCheckSteps = 8;  // show whether a model draws at all
constexpr std::uint64_t kLossSeed = 1;
constexpr const char* kLossesFile = "losses.bin";

using compute::refuse;

std::optional<diffusion::TextEncoder> text_encoder_of(const schemas::TrainSettings& settings,
                                                      const std::filesystem::path& base) {
  if (!*settings.train_text_encoder) return {};
  return std::optional<diffusion::TextEncoder>(std::in_place, base);
}

diffusion::TrainOptions options_from(const schemas::TrainSettings& settings, bool graphs) {
  diffusion::TrainOptions options;
  options.learning_rate = *settings.learning_rate;
  options.weight_decay = settings.adam_weight_decay;
  options.beta2 = settings.adam_beta2;
  options.max_grad_norm = settings.max_grad_norm;
  options.prior_loss_weight = settings.prior_loss_weight;
  options.lr_schedule = {*settings.lr_scheduler, settings.lr_warmup_steps,
                         *settings.max_train_steps};
  options.gradient_accumulation_steps = settings.gradient_accumulation_steps;
  options.gradient_checkpointing = settings.gradient_checkpointing;
  options.bf16 = settings.mixed_precision == schemas::kBf16;
  options.snr_gamma = settings.snr_gamma;
  options.ema_decay = settings.use_ema ? settings.ema_decay : 0;
  options.ema_inv_gamma = settings.ema_inv_gamma;
  options.graph = graphs;
  options.before_part = [] { executor::fault_point("train.part"); };
  return options;
}

}  // namespace

TrainingJob::TrainingJob(schemas::TrainSettings settings, std::filesystem::path base,
                         at::Tensor context, at::Tensor ids, bool graphs)
    : settings_(checked(std::move(settings))),
      base_(std::move(base)),
      context_(std::move(context)),
      ids_(std::move(ids)),
      unet_(base_),
      text_encoder_(text_encoder_of(settings_, base_)),
      dreambooth_(unet_, diffusion::NoiseSchedule(base_), options_from(settings_, graphs),
                  text_encoder_ ? &*text_encoder_ : nullptr),
      sampling_(compute::sampling_schedule(base_)) {
  const auto* strategy = schemas::find_strategy(settings_.strategy);
  if (strategy != nullptr && strategy->distils) teacher_.emplace(base_);
  if (context_.size(0) < schemas::kFirstReplayRow || context_.size(2) != unet_.context_dim()) {
    refuse("the embedded prompts do not fit the model: they must be [4 or more, length, " +
           std::to_string(unet_.context_dim()) + "]");
  }
  if (text_encoder_ && (!ids_.defined() || ids_.dim() != 2 || ids_.size(0) != context_.size(0))) {
    refuse("the token ids of the prompts must be [" + std::to_string(context_.size(0)) +
           ", length]");
  }
}

void TrainingJob::step(const diffusion::Batch& rows, const at::Tensor& prompts) {
  const bool known = prompts.numel() > 0 && prompts.ge(0).all().item<bool>() &&
                     prompts.lt(context_.size(0)).all().item<bool>();
  if (!known) refuse("a row of the batch names a prompt that is not there");
  diffusion::Batch batch = rows;
  batch.context = context_.index_select(0, prompts);
  if (text_encoder_) batch.ids = ids_.index_select(0, prompts);
  if (teacher_) teacher_->answer(batch, batch.context);
  try {
    losses_.push_back(dreambooth_.step(batch));
    with_prior_ = batch.instances < batch.latents.size(0);
  } catch (const files::Error& e) {
    refuse("step " + std::to_string(steps_done() + 1) + ": " + e.what(),
           "lower the learning rate (it is " + std::to_string(*settings_.learning_rate) + ")");
  }
}

bool TrainingJob::checkpoint_due() const {
  const auto every = settings_.checkpointing_steps;
  return every > 0 && !finished() && steps_done() % every == 0;
}

bool TrainingJob::samples_due() const {
  if (settings_.validation_prompt.empty() || settings_.num_validation_images == 0) return false;
  const auto every = settings_.validation_steps;
  return finished() || (every > 0 && steps_done() % every == 0);
}

void TrainingJob::save_checkpoint(const std::filesystem::path& folder) {
  // The losses first: a checkpoint always finds those of its own steps.
  write_losses(folder / kLossesFile, losses_);
  dreambooth_.save_checkpoint(folder);
  checkpoint_step_ = steps_done();
}

std::string TrainingJob::resume(const std::filesystem::path& folder) {
  const auto step = dreambooth_.load_checkpoint(folder);
  losses_ = read_losses(folder / kLossesFile, step);
  first_step_ = checkpoint_step_ = step;
  return dreambooth_.resume_note();
}

std::uint64_t TrainingJob::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, weight] : dreambooth_.weights()) bytes += weight.nbytes();
  return (settings_.use_ema ? 4 : 3) * bytes;
}

std::uint64_t TrainingJob::weights() const {
  std::uint64_t count = 0;
  for (const auto& [name, weight] : dreambooth_.weights()) {
    count += static_cast<std::uint64_t>(weight.numel());
  }
  return count;
}

std::vector<std::uint64_t> TrainingJob::sample_seeds() const {
  std::vector<std::uint64_t> seeds(static_cast<std::size_t>(settings_.num_validation_images));
  std::iota(seeds.begin(), seeds.end(), *settings_.seed);
  return seeds;
}

at::Tensor TrainingJob::prompt(std::int64_t row) const {
  const at::NoGradGuard no_gradients;
  return text_encoder_ ? text_encoder_->encode(ids_.narrow(0, row, 1)) : context_.narrow(0, row, 1);
}

at::Tensor TrainingJob::draw(std::int64_t row, const std::vector<std::uint64_t>& seeds,
                             std::int64_t steps, const std::function<bool(int, int)>& on_step) {
  const diffusion::DreamBooth::Averaged averaged(dreambooth_);
  const auto side = unet_.sample_size();
  const diffusion::SampleOptions options{static_cast<int>(steps), settings_.guidance_scale};
  return diffusion::sample_latents(unet_, sampling_,
                                   compute::noise_from(seeds, unet_.in_channels(), side, side),
                                   prompt(row), prompt(schemas::kEmptyRow), options, on_step);
}

at::Tensor TrainingJob::sample(const std::function<bool(int, int)>& on_step) {
  return draw(schemas::kValidationRow, sample_seeds(), settings_.num_inference_steps, on_step);
}

void TrainingJob::check_sample(const std::function<bool(int, int)>& on_step) {
  const auto row =
      schemas::is_retraining(settings_) ? schemas::kFirstReplayRow : schemas::kInstanceRow;
  require_picture(draw(row, {*settings_.seed}, check_steps(), on_step));
}

std::int64_t TrainingJob::check_steps() const {
  return std::min<std::int64_t>(kCheckSteps, sampling_.num_train_timesteps);
}

void TrainingJob::check_schedules() const {
  diffusion::make_scheduler(sampling_, static_cast<int>(check_steps()));
  if (settings_.validation_prompt.empty() || settings_.num_validation_images == 0) return;
  diffusion::make_scheduler(sampling_, static_cast<int>(settings_.num_inference_steps));
}

double TrainingJob::loss_on(const at::Tensor& pictures, std::int64_t row, std::int64_t draws) {
  const diffusion::DreamBooth::Averaged averaged(dreambooth_);
  const diffusion::NoiseSchedule schedule(base_);
  const auto scale = diffusion::VaeConfig::from_file(base_ / "vae" / "config.json").scaling_factor;
  const auto asked =
      diffusion::held_out(pictures * scale, draws, schedule.num_train_timesteps(), kLossSeed);
  const auto losses = diffusion::held_out_losses(unet_, schedule, asked, prompt(row));
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

std::array<std::int64_t, 3> TrainingJob::latent_shape() const {
  return {unet_.in_channels(), unet_.sample_size(), unet_.sample_size()};
}

void TrainingJob::write(const std::filesystem::path& folder,
                        const std::filesystem::path& pretrained, const std::string& hash) {
  const diffusion::DreamBooth::Averaged averaged(dreambooth_);
  for (const auto& [name, weight] : dreambooth_.weights()) {
    if (!weight.isfinite().all().item<bool>()) {
      refuse("the training has diverged: the weight " + name + " is not finite",
             "lower the learning rate (it is " + std::to_string(*settings_.learning_rate) + ")");
    }
  }
  std::filesystem::remove_all(folder);
  diffusion::write_model_folder(base_, unet_, folder);
  diffusion::note_made_from(pretrained, hash, folder);
  if (!text_encoder_) return;
  std::filesystem::remove_all(folder / "text_encoder");
  text_encoder_->save(folder / "text_encoder");
}

schemas::Progress TrainingJob::progress() const {
  schemas::Progress progress;
  progress.text = schemas::is_retraining(settings_) ? "retraining " + settings_.target_model
                                                    : "training " + settings_.instance_prompt;
  progress.step = steps_done();
  progress.total = steps();
  progress.checkpoint_step = checkpoint_step_;
  if (losses_.empty()) return progress;
  const auto& last = losses_.back();
  progress.loss = last.loss;
  progress.instance_loss = last.instance_loss;
  if (with_prior_) progress.prior_loss = last.prior_loss;
  progress.eta_s = seconds() /
                   static_cast<double>(std::max<std::int64_t>(1, steps_done() - first_step_)) *
                   static_cast<double>(steps() - steps_done());
  return progress;
}

diffusion::StepResult TrainingJob::final_losses() const {
  const auto count = std::max<std::ptrdiff_t>(1, steps_done() / 10);
  const auto mean = [&](double diffusion::StepResult::*part) {
    return std::transform_reduce(losses_.end() - count, losses_.end(), 0.0, std::plus<>(),
                                 [part](const auto& step) { return step.*part; }) /
           static_cast<double>(count);
  };
  return {.loss = mean(&diffusion::StepResult::loss),
          .instance_loss = mean(&diffusion::StepResult::instance_loss),
          .prior_loss = mean(&diffusion::StepResult::prior_loss),
          .grad_norm = mean(&diffusion::StepResult::grad_norm)};
}

double TrainingJob::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

}  // namespace trainer
