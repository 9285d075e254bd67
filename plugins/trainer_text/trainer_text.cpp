#include "trainer_text/trainer_text.h"

#include "diffusion/allocator.h"
#include "diffusion/contrastive.h"
#include "diffusion/fit.h"
#include "diffusion/tokenizer.h"
#include "fitting/captions_and_latents.h"
#include "fitting/latent_pool.h"
#include "fitting/run.h"
#include "models/faults.h"

namespace trainer_text {
namespace {

diffusion::NamedTensors trained(diffusion::TextEncoder& text,
                                const diffusion::Contrastive& contrastive) {
  text.requires_grad(true);
  diffusion::NamedTensors weights;
  for (const auto& [name, weight] : text.named_parameters()) {
    weights.emplace_back("text_encoder." + name, weight);
  }
  for (const auto& [name, weight] : contrastive.named_parameters()) {
    weights.emplace_back("contrastive." + name, weight);
  }
  return weights;
}

}  // namespace

struct TrainerText::Training {
  Training(const std::string& id, const std::filesystem::path& model,
           const std::filesystem::path& out, const schemas::TrainBase& settings)
      : job(id),
        run("text", out, settings),
        tokenizer(model / "tokenizer"),
        vae(std::filesystem::exists(out / "vae") ? out : model),
        text(model, diffusion::best_device(), settings.seed),
        contrastive(text, vae.latent_channels(), settings.seed + 1),
        fit(trained(text, contrastive), fitting::options_of(settings)),
        pool(settings.pool_steps) {
    run.resume(fit);
  }

  void step(const schemas::Captioned& captioned, const at::Tensor& pixels);

  std::string job;
  fitting::Run run;
  diffusion::Tokenizer tokenizer;
  diffusion::Vae vae;
  diffusion::TextEncoder text;
  diffusion::Contrastive contrastive;
  diffusion::Fit fit;
  fitting::LatentPool pool;
};

// Everything random follows from (seed, step), so that a resumed run is the unbroken one.
void TrainerText::Training::step(const schemas::Captioned& captioned, const at::Tensor& pixels) {
  const auto& settings = run.settings();
  auto random = fitting::random_of(settings.seed, captioned.step);
  pool.add(captioned.step,
           fitting::draw_latents(vae, pixels, fitting::wants_bf16(settings), random),
           fitting::ids_of(tokenizer, captioned.captions));
  if (captioned.step < settings.from_step) return;  // it only fills the pool
  const auto rows = pool.draw(settings.train_batch_size, random);
  const auto loss = contrastive.loss(rows.latents, rows.ids);
  fit.step(loss);
  run.add(loss.item<double>());
}

TrainerText::TrainerText(const executor::Setup& setup)
    : model_(setup.params.get<std::string>("model")), out_(setup.params.get<std::string>("out")) {
  diffusion::tune_allocator();
}
TrainerText::~TrainerText() = default;

void TrainerText::process(const schemas::Message& in, executor::Outbox& out) {
  models::with_clear_errors("bad_input", "", [&] {
    if (in.type == schemas::Captioned::kType) return step(in, out);
    if (training_) {
      throw executor::Error("busy", "another training is running", "wait for its end");
    }
    const auto settings = fitting::checked(in.as<schemas::BaseTraining>().settings);
    training_ = std::make_unique<Training>(in.job, model_, out_, settings);
    out.progress(training_->run.progress());
  });
}

void TrainerText::step(const schemas::Message& in, executor::Outbox& out) {
  auto& training = *training_;
  auto& run = training.run;
  const auto captioned = in.as<schemas::Captioned>();
  training.step(captioned, fitting::pixels_of(captioned, in));
  out.progress(run.progress());
  if (captioned.step < run.settings().from_step) return;
  if (run.checkpoint_due()) run.save(training.fit);
  if (!run.finished()) return;
  const diffusion::Fit::Averaged averaged(training.fit);
  training.text.save(out_ / "text_encoder", at::kHalf);
  out.send(schemas::Message::of(run.result()));
}

void TrainerText::ended(const std::string& job, executor::Outcome) {
  if (training_ && training_->job == job) training_.reset();
}

std::vector<executor::Handler> handlers() {
  return {{schemas::BaseTraining::kType, {}},
          {schemas::Captioned::kType, {schemas::BaseTrained::kType}}};
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "diffusers folder; without weights its configuration is enough"},
          {"out", std::string(), "folder that the trained text encoder is written to"}};
}

}  // namespace trainer_text
