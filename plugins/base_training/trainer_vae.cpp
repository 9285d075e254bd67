#include "base_training/trainer_vae.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <deque>

#include "diffusion/networks/autocast.h"
#include "diffusion/networks/vae.h"
#include "diffusion/training/vae_fit.h"

namespace base_training {
namespace {

constexpr std::size_t kLastBatches = 16;  // that the scaling factor is measured on
constexpr std::int64_t kShownPictures = 18;
constexpr std::int64_t kScalingDraw = -2;  // the "step" whose random numbers measure it

diffusion::Vae vae_for(const std::filesystem::path& model, const TrainingRun& run) {
  const auto device = diffusion::best_device();
  if (!run.settings().decoder_only) return diffusion::Vae(model, device, run.settings().seed);
  return diffusion::Vae(std::filesystem::exists(run.out() / "vae") ? run.out() : model, device);
}

class VaeTraining : public Training {
 public:
  VaeTraining(const std::filesystem::path& model, TrainingRun of)
      : Training(std::move(of)),
        vae_(vae_for(model, run)),
        fit_(trained(vae_, run.settings().decoder_only), options_of(run.settings())) {}

  diffusion::Fit& fit() override { return fit_; }
  void step(const schemas::Captioned& captioned, const at::Tensor& pixels) override;
  void show_samples(executor::Outbox& out) override;
  void write() override;
  double measured_scaling() const;

 private:
  // The weights that are trained; they alone require gradients.
  static diffusion::NamedTensors trained(const diffusion::Vae& vae, bool decoder_only) {
    diffusion::NamedTensors weights;
    for (const auto& [name, weight] : vae.named_parameters()) {
      const bool decodes = name.starts_with("decoder.") || name.starts_with("post_quant_conv.");
      if (decoder_only && !decodes) continue;
      weight.set_requires_grad(true);
      weights.emplace_back(name, weight);
    }
    return weights;
  }

  diffusion::Vae vae_;
  diffusion::Fit fit_;
  std::deque<at::Tensor> last_pixels_;
};

void VaeTraining::step(const schemas::Captioned& captioned, const at::Tensor& pixels) {
  if (captioned.step < run.settings().from_step) return;
  auto random = random_of(run.settings().seed, captioned.step);
  const auto loss = [&] {
    const diffusion::Autocast autocast(wants_bf16(run.settings()), vae_.device());
    return diffusion::vae_loss(vae_, pixels, random,
                               {run.settings().kl_weight, run.settings().squared_weight});
  }();
  fit_.step(loss.total);
  run.add(loss.reconstruction);
  last_pixels_.push_back(pixels);
  if (last_pixels_.size() > kLastBatches) last_pixels_.pop_front();
}

void VaeTraining::show_samples(executor::Outbox& out) {
  const at::NoGradGuard no_gradients;
  const auto& pixels = last_pixels_.back();
  const auto shown = pixels.narrow(0, 0, std::min(kShownPictures, pixels.size(0)));
  const auto again = vae_.decode(vae_.encode(shown).mean).cpu();
  run.show(at::stack({shown, again}, 1).flatten(0, 1), out);
}

void VaeTraining::write() {
  if (!run.settings().decoder_only) vae_.set_scaling_factor(measured_scaling());
  vae_.save(run.out() / "vae", at::kHalf);
}

// Stable Diffusion's scaling factor: 1 / standard deviation of the latents (arXiv 2112.10752, G).
double VaeTraining::measured_scaling() const {
  const at::NoGradGuard no_gradients;
  auto random = random_of(run.settings().seed, kScalingDraw);
  std::vector<at::Tensor> latents;
  for (const auto& pixels : last_pixels_) {
    const auto [mean, logvar] = vae_.encode(pixels);
    latents.push_back(mean +
                      (0.5 * logvar).exp() * at::randn(mean.sizes(), random).to(mean.device()));
  }
  return 1.0 / at::cat(latents).std().item<double>();
}

}  // namespace

std::unique_ptr<Training> TrainerVae::begin(const schemas::BaseTraining& training) {
  const auto* name = training.settings.decoder_only ? "decoder" : "vae";
  return std::make_unique<VaeTraining>(model(), TrainingRun(name, out(), training.settings));
}

}  // namespace base_training
