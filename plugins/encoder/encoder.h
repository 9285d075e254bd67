#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/formats/tokenizer.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/vae.h"
#include "encoder/tensor_cache.h"
#include "executor/executor.h"
#include "executor/plugin.h"
#include "pictures/decoder.h"
#include "schemas/training.h"

namespace encoder {

/// The number of text encoders of versions that stay in memory beside the pretrained one.
inline constexpr std::size_t kWarmTextEncoders = 2;

/// Encodes pictures to the VAE's posterior, and prompts to the text encoder's hidden states. Uses
/// the weights of the request's version, because training may change the text encoder.
///
/// plan.v1 -> encoded.v1 (pictures and the job's prompts); generation.v1 -> draw.v1 and prior.v1 ->
/// draw_latents.v1 (prompt and negative prompt). A picture or prompt that the same owner sent
/// recently is not encoded again. forgotten.v1 -> forgotten.v1: drops what it keeps for the owner.
class Encoder : public executor::Executor {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used.
  explicit Encoder(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  void encode_plan(const schemas::Message& in, executor::Outbox& out);
  template <typename From, typename To>
  void encode_prompts(const schemas::Message& in, executor::Outbox& out);
  /// Mean and logvar of all pictures, [pictures, 4, h, w] each; without rows when nothing new is
  /// learned.
  std::vector<at::Tensor> posterior_of_all(const schemas::Message& in,
                                           const schemas::TrainSettings& settings,
                                           executor::Outbox& out);
  /// Mean and logvar of one picture, [1, 4, h, w] each.
  std::vector<at::Tensor> posterior_of(const schemas::Message& in, std::size_t picture,
                                       pictures::Decoder& decoder);
  /// [texts, length, dim]
  at::Tensor context_of(const std::string& owner, const std::string& version,
                        const std::vector<std::string>& texts, executor::Outbox& out);
  /// [texts, length]
  at::Tensor ids_of(const std::vector<std::string>& texts) const;
  /// Keeps the pretrained text encoder and the last kWarmTextEncoders of other versions in memory.
  const diffusion::TextEncoder& text_encoder_of(const std::string& version, executor::Outbox& out);
  /// Tells the client when the end of a prompt was cut.
  void report_cut(const std::string& text, executor::Outbox& out) const;

  std::filesystem::path model_;
  diffusion::Tokenizer tokenizer_;
  diffusion::TextEncoder text_encoder_;
  std::filesystem::path home_;
  std::list<std::pair<std::string, diffusion::TextEncoder>> warm_;  // most recently used first
  diffusion::Vae vae_;
  std::uint32_t picture_ms_;  // time that a picture may take
  TensorCache cache_;
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace encoder
