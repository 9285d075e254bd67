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

/// What a version is asked about one prompt, the same each time.
struct Question {
  std::string prompt;
  diffusion::HeldOut held_out;
};

/// Asks versions of the store how much noise they see in pictures. Keeps the pretrained model and
/// the version asked last in memory. Used by one thread.
class Probe {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used.
  explicit Probe(const executor::Setup& setup);

  /// `draws` questions about latents [pictures, 4, h, w] (scaled), noise from `seed`.
  Question question(std::string prompt, const at::Tensor& latents, std::int64_t draws,
                    std::uint64_t seed) const;
  /// The squared error of each draw, by UNet and text encoder of the version. Throws
  /// Error(not_found) when there is no such version.
  std::vector<double> losses(const std::string& version, const Question& question);
  /// The mean squared change of the UNet's output against the pretrained model over all questions,
  /// each model with its own text encoder. 0 without questions.
  double drift(const std::string& version, const std::vector<Question>& questions);

  /// Of the pretrained model.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Model {
    explicit Model(const std::filesystem::path& folder) : unet(folder), text_encoder(folder) {}
    diffusion::UNet unet;
    diffusion::TextEncoder text_encoder;
  };
  const Model& model_of(const std::string& version);
  diffusion::Prompted prompted(const Model& model, const std::string& prompt) const;

  std::filesystem::path home_, folder_;
  diffusion::Tokenizer tokenizer_;
  diffusion::NoiseSchedule schedule_;
  Model pretrained_;
  std::string version_;  // of `other_`
  std::unique_ptr<Model> other_;
};

}  // namespace evaluation
