#include "trainer_vae/trainer_vae.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "diffusion/allocator.h"
#include "diffusion/autocast.h"
#include "diffusion/fit.h"
#include "diffusion/vae.h"
#include "diffusion/vae_fit.h"
#include "fitting/run.h"
#include "models/faults.h"

namespace trainer_vae {
namespace {

constexpr std::size_t kLastBatches = 16;  // that the scaling factor is measured on
constexpr std::int64_t kShownPictures = 18;

}  // namespace

struct TrainerVae::Training {
  Training(const std::string& id, const std::filesystem::path& model,
           const std::filesystem::path& out, const schemas::TrainBase& settings)
      : job(id),
        run("vae", out, settings),
        vae(model, diffusion::best_device(), settings.seed),
        fit(trained(vae), fitting::options_of(settings)) {
    run.resume(fit);
  }

  static const diffusion::NamedTensors& trained(diffusion::Vae& vae) {
    vae.requires_grad(true);
    return vae.named_parameters();
  }

  std::string job;
  fitting::Run run;
  diffusion::Vae vae;
  diffusion::Fit fit;
  std::deque<at::Tensor> last_pixels;
};

TrainerVae::TrainerVae(const executor::Setup& setup)
    : model_(setup.params.get<std::string>("model")), out_(setup.params.get<std::string>("out")) {
  diffusion::tune_allocator();
}
TrainerVae::~TrainerVae() = default;

void TrainerVae::process(const schemas::Message& in, executor::Outbox& out) {
  models::with_clear_errors("bad_input", "", [&] {
    if (in.type == schemas::Captioned::kType) return step(in, out);
    if (training_) {
      throw executor::Error("busy", "another training is running", "wait for its end");
    }
    training_ =
        std::make_unique<Training>(in.job, model_, out_, in.as<schemas::BaseTraining>().settings);
    out.progress(training_->run.progress());
  });
}

void TrainerVae::step(const schemas::Message& in, executor::Outbox& out) {
  auto& [job, run, vae, fit, last_pixels] = *training_;
  const auto captioned = in.as<schemas::Captioned>();
  if (captioned.step < run.steps_done()) return;  // it fills a pool; there is none here
  const auto pixels = fitting::pixels_of(captioned, in);
  auto random = fitting::random_of(run.settings().seed, captioned.step);
  const auto loss = [&] {
    const diffusion::Autocast autocast(fitting::wants_bf16(run.settings()), vae.device());
    return diffusion::vae_loss(vae, pixels, random, run.settings().kl_weight);
  }();
  fit.step(loss.total);
  run.add(loss.reconstruction);
  last_pixels.push_back(pixels);
  if (last_pixels.size() > kLastBatches) last_pixels.pop_front();
  if (run.checkpoint_due()) run.save(fit);
  out.progress(run.progress());
  if (run.samples_due()) {
    const at::NoGradGuard no_gradients;
    const diffusion::Fit::Averaged averaged(fit);
    const auto shown = pixels.narrow(0, 0, std::min(kShownPictures, pixels.size(0)));
    const auto again = vae.decode(vae.encode(shown).mean).cpu();
    run.show(at::stack({shown, again}, 1).flatten(0, 1), out);
  }
  if (run.finished()) finish(out);
}

// Stable Diffusion's scaling factor: 1 / standard deviation of the latents (arXiv 2112.10752, G).
void TrainerVae::finish(executor::Outbox& out) {
  auto& [job, run, vae, fit, last_pixels] = *training_;
  const at::NoGradGuard no_gradients;
  const diffusion::Fit::Averaged averaged(fit);
  auto random = fitting::random_of(run.settings().seed, -2);
  std::vector<at::Tensor> latents;
  for (const auto& pixels : last_pixels) {
    const auto [mean, logvar] = vae.encode(pixels);
    latents.push_back(mean +
                      (0.5 * logvar).exp() * at::randn(mean.sizes(), random).to(mean.device()));
  }
  vae.set_scaling_factor(1.0 / at::cat(latents).std().item<double>());
  vae.save(run.out() / "vae", at::kHalf);
  out.send(schemas::Message::of(run.result()));
}

void TrainerVae::ended(const std::string& job, executor::Outcome) {
  if (training_ && training_->job == job) training_.reset();
}

std::vector<executor::Handler> handlers() {
  return {{schemas::BaseTraining::kType, {}},
          {schemas::Captioned::kType, {schemas::BaseTrained::kType}}};
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "folder with vae/config.json: what is trained"},
          {"out", std::string(), "folder that the trained model is written to"}};
}

}  // namespace trainer_vae
