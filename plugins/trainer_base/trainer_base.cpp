#include "trainer_base/trainer_base.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <optional>
#include <utility>

#include "diffusion/allocator.h"
#include "diffusion/fit.h"
#include "diffusion/model_folder.h"
#include "diffusion/sample.h"
#include "diffusion/text_encoder.h"
#include "diffusion/text_to_image.h"
#include "diffusion/tokenizer.h"
#include "diffusion/vae.h"
#include "fitting/captions_and_latents.h"
#include "fitting/latent_pool.h"
#include "fitting/run.h"
#include "models/faults.h"
#include "models/sampling.h"

namespace trainer_base {
namespace {

diffusion::NamedTensors trained(diffusion::TextEncoder& text, diffusion::UNet& unet,
                                bool with_text) {
  text.requires_grad(with_text);
  unet.requires_grad(true);
  diffusion::NamedTensors weights;
  if (with_text) {
    for (const auto& [name, weight] : text.named_parameters()) {
      weights.emplace_back("text_encoder." + name, weight);
    }
  }
  for (const auto& [name, weight] : unet.named_parameters()) {
    weights.emplace_back("unet." + name, weight);
  }
  return weights;
}

// The one that was trained before (see trainer_text), or the model's.
diffusion::TextEncoder text_encoder_of(const std::filesystem::path& model,
                                       const std::filesystem::path& out,
                                       std::optional<std::uint64_t> weights_seed) {
  const auto device = diffusion::best_device();
  if (std::filesystem::exists(out / "text_encoder")) return diffusion::TextEncoder(out, device);
  return diffusion::TextEncoder(model, device, weights_seed);
}

}  // namespace

struct TrainerBase::Training {
  Training(const std::string& id, const std::filesystem::path& model,
           const std::filesystem::path& out, std::optional<std::uint64_t> weights_seed,
           const schemas::TrainBase& settings)
      : job(id),
        run("base", out, settings),
        tokenizer(model / "tokenizer"),
        vae(std::filesystem::exists(out / "vae") ? out : model),
        text(text_encoder_of(model, out, weights_seed)),
        unet(model, diffusion::best_device(), weights_seed),
        schedule(model),
        sampling(models::sampling_schedule(model)),
        fit(trained(text, unet, settings.train_text_encoder), fitting::options_of(settings)),
        pool(settings.pool_steps) {
    run.resume(fit);
  }

  double step(const schemas::Captioned& captioned, const at::Tensor& pixels);

  std::string job;
  fitting::Run run;
  diffusion::Tokenizer tokenizer;
  diffusion::Vae vae;
  diffusion::TextEncoder text;
  diffusion::UNet unet;
  diffusion::NoiseSchedule schedule;
  diffusion::SchedulerConfig sampling;
  diffusion::Fit fit;
  fitting::LatentPool pool;
};

// Everything random follows from (seed, step), so that a resumed run is the unbroken one.
double TrainerBase::Training::step(const schemas::Captioned& captioned, const at::Tensor& pixels) {
  auto random = fitting::random_of(run.settings().seed, captioned.step);
  const auto bf16 = fitting::wants_bf16(run.settings());
  pool.add(captioned.step, fitting::draw_latents(vae, pixels, bf16, random),
           fitting::ids_of(tokenizer, captioned.captions));
  if (captioned.step < run.settings().from_step) return 0;  // it only fills the pool
  const auto rows = pool.draw(run.settings().train_batch_size, random);
  const auto timesteps = at::randint(0, schedule.num_train_timesteps(), {rows.ids.size(0)}, random,
                                     at::TensorOptions().dtype(at::kLong));
  const auto noise = at::randn(rows.latents.sizes(), random).to(rows.latents.device());
  const auto loss = diffusion::text_to_image_loss(
      text, unet, schedule, {rows.latents, rows.ids, noise, timesteps}, run.settings().snr_gamma);
  fit.step(loss);
  run.add(loss.item<double>());
  return loss.item<double>();
}

TrainerBase::TrainerBase(const executor::Setup& setup)
    : model_(setup.params.get<std::string>("model")),
      out_(setup.params.get<std::string>("out")),
      from_model_(setup.params.get<bool>("from_model")) {
  diffusion::tune_allocator();
}
TrainerBase::~TrainerBase() = default;

void TrainerBase::process(const schemas::Message& in, executor::Outbox& out) {
  models::with_clear_errors("bad_input", "", [&] {
    if (in.type == schemas::Captioned::kType) return step(in, out);
    if (training_) {
      throw executor::Error("busy", "another training is running", "wait for its end");
    }
    const auto settings = fitting::checked(in.as<schemas::BaseTraining>().settings);
    const auto seed = from_model_ ? std::nullopt : std::optional<std::uint64_t>(settings.seed);
    training_ = std::make_unique<Training>(in.job, model_, out_, seed, settings);
    out.progress(training_->run.progress());
  });
}

void TrainerBase::step(const schemas::Message& in, executor::Outbox& out) {
  const auto captioned = in.as<schemas::Captioned>();
  auto& run = training_->run;
  training_->step(captioned, fitting::pixels_of(captioned, in));
  out.progress(run.progress());
  if (captioned.step < run.settings().from_step) return;
  if (run.checkpoint_due()) run.save(training_->fit);
  if (run.samples_due()) show_samples(out);
  if (!run.finished()) return;
  write_model();
  out.send(schemas::Message::of(run.result()));
}

void TrainerBase::show_samples(executor::Outbox& out) {
  auto& training = *training_;
  const auto& settings = training.run.settings();
  if (settings.validation_prompts.empty()) return;
  const at::NoGradGuard no_gradients;
  const diffusion::Fit::Averaged averaged(training.fit);
  const auto count = static_cast<std::int64_t>(settings.validation_prompts.size());
  const auto side = training.unet.sample_size();
  auto random = fitting::random_of(settings.seed, -2);
  const auto noise = at::randn({count, training.unet.in_channels(), side, side}, random);
  const auto latents = diffusion::sample_latents(
      training.unet, training.sampling, noise,
      training.text.encode(fitting::ids_of(training.tokenizer, settings.validation_prompts)),
      training.text.encode(fitting::ids_of(training.tokenizer, {""})),
      {static_cast<int>(settings.num_inference_steps), settings.guidance_scale}, [&](int, int) {
        if (out.cancelled()) return false;
        out.progress(training.run.progress());
        return true;
      });
  training.run.show(training.vae.decode(latents / training.vae.scaling_factor()), out);
}

void TrainerBase::write_model() {
  auto& training = *training_;
  const diffusion::Fit::Averaged averaged(training.fit);
  diffusion::copy_model_files(model_, out_);
  training.vae.save(out_ / "vae", at::kHalf);
  training.text.save(out_ / "text_encoder", at::kHalf);
  training.unet.save(out_ / "unet", at::kHalf);
}

void TrainerBase::ended(const std::string& job, executor::Outcome) {
  if (training_ && training_->job == job) training_.reset();
}

std::vector<executor::Handler> handlers() {
  return {{schemas::BaseTraining::kType, {}},
          {schemas::Captioned::kType, {schemas::BaseTrained::kType}}};
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "diffusers folder; without weights its configuration is enough"},
          {"out", std::string(), "folder that the trained model is written to"},
          {"from_model", false, "start from the model's weights, not from random ones"}};
}

}  // namespace trainer_base
