#include "base_training/trainer_judge.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <utility>

#include "diffusion/judge/judge_loss.h"
#include "diffusion/judge/judge_network.h"
#include "diffusion/networks/autocast.h"

namespace base_training {
namespace {

constexpr std::int64_t kExemplarDraw = -2;  // the "step" that exemplars are drawn for

diffusion::JudgeTruth truth_of(const schemas::Captioned& captioned, at::Device device) {
  std::vector<std::int64_t> pictures, categories, styles, backgrounds;
  for (const auto& labels : captioned.labels) {
    pictures.push_back(labels.picture);
    categories.push_back(labels.category);
    styles.push_back(labels.style);
    backgrounds.push_back(labels.background);
  }
  const auto tensor = [&](const std::vector<std::int64_t>& places) {
    return at::tensor(places, at::kLong).to(device);
  };
  return {tensor(pictures), tensor(categories), tensor(styles), tensor(backgrounds)};
}

class JudgeTraining : public Training {
 public:
  JudgeTraining(const std::filesystem::path& model, TrainingRun of,
                const schemas::LabelWords& words)
      : Training(std::move(of)),
        network_(model / "judge", {words.categories, words.styles, words.backgrounds},
                 run.settings().seed),
        exemplars_(drawn_exemplars(words.pictures)),
        fit_(trained(), options_of(run.settings())) {}

  diffusion::Fit& fit() override { return fit_; }
  void step(const schemas::Captioned& captioned, const at::Tensor& pixels) override;
  void write() override { network_.save(run.out() / "judge"); }

 private:
  at::Tensor drawn_exemplars(std::int64_t pictures) const {
    auto random = random_of(run.settings().seed, kExemplarDraw);
    return at::randn({pictures, network_.embedding_dim()}, random).to(network_.device());
  }

  diffusion::NamedTensors trained() {
    network_.requires_grad(true);
    exemplars_.requires_grad_(true);
    auto weights = network_.named_parameters();
    weights.emplace_back("exemplars", exemplars_);
    return weights;
  }

  diffusion::JudgeNetwork network_;
  at::Tensor exemplars_;
  diffusion::Fit fit_;
};

void JudgeTraining::step(const schemas::Captioned& captioned, const at::Tensor& pixels) {
  if (captioned.step < run.settings().from_step) return;
  if (captioned.labels.size() != captioned.captions.size()) {
    throw executor::Error("protocol", "captioned.v1: not every picture has labels");
  }
  const auto truth = truth_of(captioned, network_.device());
  const auto loss = [&] {
    const diffusion::Autocast autocast(wants_bf16(run.settings()), network_.device());
    return diffusion::judge_loss(network_(pixels), truth, exemplars_);
  }();
  fit_.step(loss);
  run.add(loss.item<double>());
}

}  // namespace

std::unique_ptr<Training> TrainerJudge::begin(const schemas::BaseTraining& training) {
  return std::make_unique<JudgeTraining>(model(), TrainingRun("judge", out(), training.settings),
                                         training.words);
}

}  // namespace base_training
