#include "evaluation/probe.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <utility>

#include "compute/pretrained_folder.h"
#include "compute/time_budget.h"
#include "executor/files/bytes_below.h"
#include "store/version_folder.h"

namespace evaluation {

Probe::Probe(const executor::Setup& setup)
    : home_(setup.home),
      folder_(compute::pretrained_folder(setup)),
      tokenizer_(folder_ / "tokenizer"),
      schedule_(folder_),
      pretrained_(folder_) {}

Question Probe::question(std::string prompt, const at::Tensor& latents, std::int64_t draws,
                         std::uint64_t seed) const {
  return {std::move(prompt),
          diffusion::held_out(latents, draws, schedule_.num_train_timesteps(), seed)};
}

const Probe::Model& Probe::model_of(const std::string& version, executor::Outbox& out) {
  if (version == store::kPretrained) return pretrained_;
  if (version != version_ || !other_) {
    other_.reset();
    const auto folder = store::version_folder(home_, folder_, version, {}, [&out] {
      if (out.cancelled()) throw executor::Cancelled();
    });
    out.expect_silence(compute::time_to_move_ms(files::bytes_below(folder)));
    other_ = std::make_unique<Model>(folder);
    version_ = version;
  }
  return *other_;
}

diffusion::Prompted Probe::prompted(const Model& model, const std::string& prompt) const {
  const at::NoGradGuard no_gradients;
  const auto ids = at::tensor(tokenizer_.encode(prompt)).to(at::kLong).unsqueeze(0);
  return {model.unet, model.text_encoder.encode(ids)};
}

std::vector<double> Probe::losses(const std::string& version, const Question& question,
                                  executor::Outbox& out) {
  const auto& [unet, context] = prompted(model_of(version, out), question.prompt);
  return diffusion::held_out_losses(unet, schedule_, question.held_out, context);
}

double Probe::drift(const std::string& version, const std::vector<Question>& questions,
                    executor::Outbox& out) {
  const auto& model = model_of(version, out);
  double sum = 0;
  for (const auto& question : questions) {
    sum += diffusion::drift(prompted(model, question.prompt),
                            prompted(pretrained_, question.prompt), schedule_, question.held_out);
  }
  return questions.empty() ? 0 : sum / static_cast<double>(questions.size());
}

}  // namespace evaluation
