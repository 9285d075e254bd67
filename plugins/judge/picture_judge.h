#pragma once

#include <variant>
#include <vector>

#include "diffusion/judge/judge_network.h"
#include "diffusion/judge/vision_transformer.h"
#include "executor/executor.h"
#include "executor/plugin.h"
#include "pictures/decoder.h"

namespace judge {

/// Pictures that go through the network together.
inline constexpr std::size_t kBatch = 16;

/// Embeds pictures, and names what they show if its model was trained on words: judge.v1 ->
/// judged.v1. The model is a folder that trainer_judge wrote, or a vision transformer; its
/// config.json says which. Crops pictures to their middle square and resizes them to the model's
/// side (pictures/picture.h).
class Judge : public executor::Executor {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used.
  explicit Judge(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  /// [pictures, 3, side, side] in [-1, 1].
  at::Tensor pixels_of(const schemas::Message& in, std::size_t first, std::size_t count,
                       pictures::Decoder& decoder) const;
  /// The embeddings, and the softmax of the heads; undefined for a model without words.
  diffusion::JudgeSeen see(const at::Tensor& pixels) const;
  /// All pictures of a message, kBatch at a time; the result is on the CPU.
  diffusion::JudgeSeen see_all(const schemas::Message& in, executor::Outbox& out) const;

  std::variant<diffusion::JudgeNetwork, diffusion::VisionTransformer> model_;
  diffusion::JudgeWords words_;
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace judge
