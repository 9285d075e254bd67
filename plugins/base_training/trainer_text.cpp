#include "base_training/trainer_text.h"

#include "base_training/captioned_pool.h"
#include "diffusion/networks/contrastive.h"

namespace base_training {
namespace {

class TextTraining : public Training {
 public:
  TextTraining(const std::filesystem::path& model, TrainingRun of)
      : Training(std::move(of)),
        pool_(model, run),
        text_(model, diffusion::best_device(), run.settings().seed),
        contrastive_(text_, pool_.vae().latent_channels(), run.settings().seed + 1),
        fit_(trained(), options_of(run.settings())) {}

  diffusion::Fit& fit() override { return fit_; }

  void step(const schemas::Captioned& captioned, const at::Tensor& pixels) override {
    auto random = random_of(run.settings().seed, captioned.step);
    pool_.add(captioned, pixels, random);
    if (captioned.step < run.settings().from_step) return;
    const auto rows = pool_.draw(random);
    const auto loss = contrastive_.loss(rows.latents, rows.ids);
    fit_.step(loss);
    run.add(loss.item<double>());
  }

  void write() override { text_.save(run.out() / "text_encoder", at::kHalf); }

 private:
  diffusion::NamedTensors trained() {
    text_.requires_grad(true);
    diffusion::NamedTensors weights;
    for (const auto& [name, weight] : text_.named_parameters()) {
      weights.emplace_back("text_encoder." + name, weight);
    }
    for (const auto& [name, weight] : contrastive_.named_parameters()) {
      weights.emplace_back("contrastive." + name, weight);
    }
    return weights;
  }

  CaptionedPool pool_;
  diffusion::TextEncoder text_;
  diffusion::Contrastive contrastive_;
  diffusion::Fit fit_;
};

}  // namespace

std::unique_ptr<Training> TrainerText::begin(const schemas::BaseTraining& training) {
  return std::make_unique<TextTraining>(model(), TrainingRun("text", out(), training.settings));
}

}  // namespace base_training
