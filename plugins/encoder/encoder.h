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

/// Text encoders of versions that are kept in memory beside the pretrained one.
inline constexpr std::size_t kWarmTextEncoders = 2;

/// Encodes pictures to the VAE's posterior and prompts to the text encoder's hidden states, with
/// the weights of the version that they are for: training may change the text encoder.
///
/// plan.v1 -> encoded.v1 (pictures and the job's prompts); generation.v1 -> draw.v1 and
/// prior.v1 -> draw_latents.v1 (prompt and negative prompt). A picture or prompt that the same
/// owner has sent lately is not encoded again. forgotten.v1 -> forgotten.v1: drops what is kept of
/// the owner.
class Encoder : public executor::Executor {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used.
  explicit Encoder(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  void encode_plan(const schemas::Message& in, executor::Outbox& out);
  template <typename From, typename To>
  void encode_prompts(const schemas::Message& in, executor::Outbox& out);
  /// [pictures, 4, h, w] each: mean and logvar of all pictures; of none when nothing new is
  /// learned.
  std::vector<at::Tensor> posterior_of_all(const schemas::Message& in,
                                           const schemas::TrainSettings& settings,
                                           executor::Outbox& out);
  /// [1, 4, h, w] each: mean and logvar.
  std::vector<at::Tensor> posterior_of(const schemas::Message& in, std::size_t picture,
                                       pictures::Decoder& decoder);
  /// [texts, length, dim]
  at::Tensor context_of(const std::string& owner, const std::string& version,
                        const std::vector<std::string>& texts, executor::Outbox& out);
  /// [texts, length]
  at::Tensor ids_of(const std::vector<std::string>& texts) const;
  /// The pretrained one and the last kWarmTextEncoders of other versions stay in memory.
  const diffusion::TextEncoder& text_encoder_of(const std::string& version);
  /// Tells the client when the end of a prompt is left out.
  void report_cut(const std::string& text, executor::Outbox& out) const;

  std::filesystem::path model_;
  diffusion::Tokenizer tokenizer_;
  diffusion::TextEncoder text_encoder_;
  std::filesystem::path home_;
  std::list<std::pair<std::string, diffusion::TextEncoder>> warm_;  // most recently used first
  diffusion::Vae vae_;
  std::uint32_t picture_ms_;  // that a picture may take
  TensorCache cache_;
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace encoder
