#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace diffusion {

/// What is written beside a LoRA's tensors, in `__metadata__`.
using LoraMetadata = std::map<std::string, std::string>;

/// The rank and alpha of each layer, by its name.
struct LoraScale {
  std::int64_t rank;
  double alpha;
};
using LoraScales = std::map<std::string, LoraScale>;

/// What programs show of a LoRA.
struct LoraDescription {
  std::string title;          ///< also ss_output_name, under which prompts may call it
  std::string identifier;     ///< the word that was taught; "" for none
  std::int64_t pictures = 0;  ///< that it was taught with
  bool second = false;        ///< for Stable Diffusion 2
  bool v_prediction = false;
  int resolution = 0;  ///< side of the pictures in pixels
  double learning_rate = 0;
  std::int64_t steps = 0;
  std::uint64_t seed = 0;
  std::string date;  ///< ISO 8601
};

/// As sd-scripts writes it: `ss_*`, and `modelspec.*` with `hash_sha256` (hexadecimal) of the data.
LoraMetadata kohya_metadata(const LoraDescription& description, const LoraScales& scales,
                            const std::string& hash_sha256);

/// As diffusers writes it: "lora_adapter_metadata" with the settings of peft's LoraConfig.
LoraMetadata peft_metadata(const LoraScales& scales);

/// Those settings in a file's metadata.
class PeftSettings {
 public:
  /// Throws Error for a text that is no JSON, or has other types than peft writes.
  explicit PeftSettings(const LoraMetadata& metadata);
  /// The alpha of a layer with this rank; the rank when the settings do not say. With use_rslora
  /// (scale alpha / sqrt(rank)) what gives the same scale.
  double alpha(const std::string& layer, std::uint64_t rank) const;

 private:
  nlohmann::json settings_;
};

}  // namespace diffusion
