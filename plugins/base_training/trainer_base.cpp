#include "base_training/trainer_base.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <optional>
#include <utility>

#include "base_training/captioned_pool.h"
#include "compute/sampling.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/training/model_folder.h"
#include "diffusion/training/sample.h"
#include "diffusion/training/text_to_image.h"

namespace base_training {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSampleDraw = -2;  // the "step" whose random numbers start the samples

// The one that was trained before (see trainer_text), or the model's.
diffusion::TextEncoder text_encoder_of(const fs::path& model, const fs::path& out,
                                       std::optional<std::uint64_t> weights_seed) {
  const auto device = diffusion::best_device();
  if (fs::exists(out / "text_encoder")) return diffusion::TextEncoder(out, device);
  return diffusion::TextEncoder(model, device, weights_seed);
}

class BaseTraining : public Training {
 public:
  BaseTraining(fs::path model, std::optional<std::uint64_t> weights_seed, TrainingRun of)
      : Training(std::move(of)),
        model_(std::move(model)),
        pool_(model_, run),
        text_(text_encoder_of(model_, run.out(), weights_seed)),
        unet_(model_, diffusion::best_device(), weights_seed),
        schedule_(model_),
        sampling_(compute::sampling_schedule(model_)),
        fit_(trained(), options_of(run.settings())) {}

  diffusion::Fit& fit() override { return fit_; }
  void step(const schemas::Captioned& captioned, const at::Tensor& pixels) override;
  void show_samples(executor::Outbox& out) override;
  void write() override;

 private:
  diffusion::NamedTensors trained();

  fs::path model_;
  CaptionedPool pool_;
  diffusion::TextEncoder text_;
  diffusion::UNet unet_;
  diffusion::NoiseSchedule schedule_;
  diffusion::SchedulerConfig sampling_;
  diffusion::Fit fit_;
};

diffusion::NamedTensors BaseTraining::trained() {
  const bool with_text = run.settings().train_text_encoder;
  text_.requires_grad(with_text);
  unet_.requires_grad(true);
  diffusion::NamedTensors weights;
  if (with_text) {
    for (const auto& [name, weight] : text_.named_parameters()) {
      weights.emplace_back("text_encoder." + name, weight);
    }
  }
  for (const auto& [name, weight] : unet_.named_parameters()) {
    weights.emplace_back("unet." + name, weight);
  }
  return weights;
}

void BaseTraining::step(const schemas::Captioned& captioned, const at::Tensor& pixels) {
  const auto& settings = run.settings();
  auto random = random_of(settings.seed, captioned.step);
  pool_.add(captioned, pixels, random);
  if (captioned.step < settings.from_step) return;
  const auto [latents, ids] = pool_.draw(random);
  const auto timesteps = at::randint(0, schedule_.num_train_timesteps(), {ids.size(0)}, random,
                                     at::TensorOptions().dtype(at::kLong));
  const auto noise = at::randn(latents.sizes(), random).to(latents.device());
  const auto loss = diffusion::text_to_image_loss(
      text_, unet_, schedule_, {latents, ids, noise, timesteps}, settings.snr_gamma);
  fit_.step(loss);
  run.add(loss.item<double>());
}

void BaseTraining::show_samples(executor::Outbox& out) {
  const auto& settings = run.settings();
  if (settings.validation_prompts.empty()) return;
  const at::NoGradGuard no_gradients;
  const auto count = static_cast<std::int64_t>(settings.validation_prompts.size());
  const auto side = unet_.sample_size();
  auto random = random_of(settings.seed, kSampleDraw);
  const auto noise = at::randn({count, unet_.in_channels(), side, side}, random);
  const auto latents = diffusion::sample_latents(
      unet_, sampling_, noise, text_.encode(pool_.ids_of(settings.validation_prompts)),
      text_.encode(pool_.ids_of({""})),
      {static_cast<int>(settings.num_inference_steps), settings.guidance_scale}, [&](int, int) {
        if (out.cancelled()) return false;
        out.progress(run.progress());
        return true;
      });
  run.show(pool_.vae().decode(latents / pool_.vae().scaling_factor()), out);
}

void BaseTraining::write() {
  diffusion::copy_model_files(model_, run.out());
  pool_.vae().save(run.out() / "vae", at::kHalf);
  text_.save(run.out() / "text_encoder", at::kHalf);
  unet_.save(run.out() / "unet", at::kHalf);
}

}  // namespace

std::unique_ptr<Training> TrainerBase::begin(const schemas::BaseTraining& training) {
  const auto& settings = training.settings;
  const auto seed = from_model_ ? std::nullopt : std::optional<std::uint64_t>(settings.seed);
  return std::make_unique<BaseTraining>(model(), seed, TrainingRun("base", out(), settings));
}

std::vector<executor::Param> base_params() {
  auto all = part_params();
  all.push_back({"from_model", false, "start from the model's weights, not from random ones"});
  return all;
}

}  // namespace base_training
