#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "diffusion/formats/tokenizer.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/training/held_out.h"
#include "executor/executor.h"

namespace evaluation {

/// The fixed questions about one prompt.
struct Question {
  std::string prompt;
  diffusion::HeldOut held_out;
};

/// Asks versions of the store how much noise they see in pictures. Keeps the pretrained model and
/// the last version in memory. To read another one takes long: it says so to `out`, and throws
/// Cancelled when the job is. Used by one thread.
class Probe {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used.
  explicit Probe(const executor::Setup& setup);

  /// Makes `draws` questions about latents [pictures, 4, h, w] (scaled), with noise from `seed`.
  Question question(std::string prompt, const at::Tensor& latents, std::int64_t draws,
                    std::uint64_t seed) const;
  /// The squared error of each draw, with the version's UNet and text encoder. Throws
  /// Error(not_found) when the version does not exist.
  std::vector<double> losses(const std::string& version, const Question& question,
                             executor::Outbox& out);
  /// The mean squared difference between the outputs of the version's UNet and the pretrained one
  /// over all questions, each model with its own text encoder. 0 without questions.
  double drift(const std::string& version, const std::vector<Question>& questions,
               executor::Outbox& out);

  /// The same for the pretrained model.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Model {
    explicit Model(const std::filesystem::path& folder) : unet(folder), text_encoder(folder) {}
    diffusion::UNet unet;
    diffusion::TextEncoder text_encoder;
  };
  const Model& model_of(const std::string& version, executor::Outbox& out);
  diffusion::Prompted prompted(const Model& model, const std::string& prompt) const;

  std::filesystem::path home_, folder_;
  diffusion::Tokenizer tokenizer_;
  diffusion::NoiseSchedule schedule_;
  Model pretrained_;
  std::string version_;  // of `other_`
  std::unique_ptr<Model> other_;
};

}  // namespace evaluation
