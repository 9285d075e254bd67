#include "trainer_judge/trainer_judge.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <utility>

#include "diffusion/allocator.h"
#include "diffusion/autocast.h"
#include "diffusion/fit.h"
#include "fitting/run.h"
#include "judge/judge_loss.h"
#include "judge/network.h"
#include "models/faults.h"

namespace trainer_judge {
namespace {

constexpr std::int64_t kExemplarDraw = -2;  // the "step" that exemplars are drawn for

judge::Truth truth_of(const schemas::Captioned& captioned, at::Device device) {
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

}  // namespace

struct TrainerJudge::Training {
  Training(const std::string& id, const std::filesystem::path& model,
           const std::filesystem::path& out, const schemas::BaseTraining& training)
      : job(id),
        run("judge", out, training.settings),
        network(model / "judge",
                {training.words.categories, training.words.styles, training.words.backgrounds},
                training.settings.seed),
        exemplars(drawn_exemplars(training)),
        fit(trained(), fitting::options_of(training.settings)) {
    run.resume(fit);
  }

  at::Tensor drawn_exemplars(const schemas::BaseTraining& training) const {
    auto random = fitting::random_of(training.settings.seed, kExemplarDraw);
    return at::randn({training.words.pictures, network.embedding_dim()}, random)
        .to(network.device());
  }

  diffusion::NamedTensors trained() {
    network.requires_grad(true);
    exemplars.requires_grad_(true);
    auto weights = network.named_parameters();
    weights.emplace_back("exemplars", exemplars);
    return weights;
  }

  std::string job;
  fitting::Run run;
  judge::Network network;
  at::Tensor exemplars;
  diffusion::Fit fit;
};

TrainerJudge::TrainerJudge(const executor::Setup& setup)
    : model_(setup.params.get<std::string>("model")), out_(setup.params.get<std::string>("out")) {
  diffusion::tune_allocator();
}
TrainerJudge::~TrainerJudge() = default;

void TrainerJudge::process(const schemas::Message& in, executor::Outbox& out) {
  models::with_clear_errors("bad_input", "", [&] {
    if (in.type == schemas::Captioned::kType) return step(in, out);
    if (training_) {
      throw executor::Error("busy", "another training is running", "wait for its end");
    }
    training_ = std::make_unique<Training>(in.job, model_, out_, in.as<schemas::BaseTraining>());
    out.progress(training_->run.progress());
  });
}

void TrainerJudge::step(const schemas::Message& in, executor::Outbox& out) {
  auto& [job, run, network, exemplars, fit] = *training_;
  const auto captioned = in.as<schemas::Captioned>();
  if (captioned.step < run.steps_done()) return;  // it fills a pool; there is none here
  const auto pixels = fitting::pixels_of(captioned, in);
  if (captioned.labels.size() != captioned.captions.size()) {
    throw executor::Error("protocol", "captioned.v1: not every picture has labels");
  }
  const auto truth = truth_of(captioned, network.device());
  const auto loss = [&] {
    const diffusion::Autocast autocast(fitting::wants_bf16(run.settings()), network.device());
    return judge::judge_loss(network(pixels), truth, exemplars);
  }();
  fit.step(loss);
  run.add(loss.item<double>());
  if (run.checkpoint_due()) run.save(fit);
  out.progress(run.progress());
  if (!run.finished()) return;
  {
    const diffusion::Fit::Averaged averaged(fit);
    network.save(run.out() / "judge");
  }
  out.send(schemas::Message::of(run.result()));
}

void TrainerJudge::ended(const std::string& job, executor::Outcome) {
  if (training_ && training_->job == job) training_.reset();
}

std::vector<executor::Handler> handlers() {
  return {{schemas::BaseTraining::kType, {}},
          {schemas::Captioned::kType, {schemas::BaseTrained::kType}}};
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "folder with judge/config.json: what is trained"},
          {"out", std::string(), "folder that the trained network is written to"}};
}

}  // namespace trainer_judge
