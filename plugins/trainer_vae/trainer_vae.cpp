#include "trainer_vae/trainer_vae.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <deque>

#include "diffusion/autocast.h"
#include "diffusion/vae.h"
#include "diffusion/vae_fit.h"

namespace trainer_vae {
namespace {

constexpr std::size_t kLastBatches = 16;  // that the scaling factor is measured on
constexpr std::int64_t kShownPictures = 18;
constexpr std::int64_t kScalingDraw = -2;  // the "step" whose random numbers measure it

class VaeTraining : public fitting::Training {
 public:
  VaeTraining(const std::filesystem::path& model, fitting::Run of)
      : Training(std::move(of)),
        vae_(model, diffusion::best_device(), run.settings().seed),
        fit_(trained(vae_), fitting::options_of(run.settings())) {}

  diffusion::Fit& fit() override { return fit_; }
  void step(const schemas::Captioned& captioned, const at::Tensor& pixels) override;
  void show_samples(executor::Outbox& out) override;
  void write() override;

 private:
  static const diffusion::NamedTensors& trained(diffusion::Vae& vae) {
    vae.requires_grad(true);
    return vae.named_parameters();
  }

  diffusion::Vae vae_;
  diffusion::Fit fit_;
  std::deque<at::Tensor> last_pixels_;
};

void VaeTraining::step(const schemas::Captioned& captioned, const at::Tensor& pixels) {
  if (captioned.step < run.settings().from_step) return;
  auto random = fitting::random_of(run.settings().seed, captioned.step);
  const auto loss = [&] {
    const diffusion::Autocast autocast(fitting::wants_bf16(run.settings()), vae_.device());
    return diffusion::vae_loss(vae_, pixels, random, run.settings().kl_weight);
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

// Stable Diffusion's scaling factor: 1 / standard deviation of the latents (arXiv 2112.10752, G).
void VaeTraining::write() {
  const at::NoGradGuard no_gradients;
  auto random = fitting::random_of(run.settings().seed, kScalingDraw);
  std::vector<at::Tensor> latents;
  for (const auto& pixels : last_pixels_) {
    const auto [mean, logvar] = vae_.encode(pixels);
    latents.push_back(mean +
                      (0.5 * logvar).exp() * at::randn(mean.sizes(), random).to(mean.device()));
  }
  vae_.set_scaling_factor(1.0 / at::cat(latents).std().item<double>());
  vae_.save(run.out() / "vae", at::kHalf);
}

}  // namespace

std::unique_ptr<fitting::Training> TrainerVae::begin(const schemas::BaseTraining& training) {
  return std::make_unique<VaeTraining>(model(), fitting::Run("vae", out(), training.settings));
}

}  // namespace trainer_vae
