#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace golden {

/// A number that is not the reference's, or a case that is not whole.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One folder of reference numbers: `model/`, `case.json`, and a safetensors file for every part.
struct Case {
  explicit Case(const std::filesystem::path& folder);
  std::filesystem::path model() const { return folder / "model"; }
  std::filesystem::path folder;
  nlohmann::json parts;
};

/// What one part says when its numbers agree: the largest error seen, for the report.
using Part = std::function<std::string(const Case&, const nlohmann::json& parameters)>;

std::string text_part(const Case&, const nlohmann::json&);
std::string vae_part(const Case&, const nlohmann::json&);
std::string unet_part(const Case&, const nlohmann::json&);
/// One entry of the schedulers part.
std::string scheduler_part(const Case&, const std::string& name, const nlohmann::json&);
std::string pipeline_part(const Case&, const nlohmann::json&);
std::string training_part(const Case&, const nlohmann::json&);
/// The steps of one batch series under each option of DreamBooth, all of them together at last.
std::string training_options_part(const Case&, const nlohmann::json&);
/// The steps of a LoRA's training that peft makes: gradients, losses and factors of each variant.
std::string lora_part(const Case&, const nlohmann::json&);

/// The largest absolute difference, as a text; throws Failure when it is over `tolerance` or a
/// value is not finite, or the shapes differ.
std::string compare(const std::string& what, const at::Tensor& found, const at::Tensor& expected,
                    double tolerance);
/// Remembers the larger of the two in `worst`; a NaN stays.
void remember(double& worst, double error);
/// The largest absolute difference alone.
double difference(const std::string& what, const at::Tensor& found, const at::Tensor& expected);
std::string number(double value);
/// Throws Failure unless `value` <= `tolerance`.
void require_below(const std::string& what, double value, double tolerance);

}  // namespace golden
