#include "diffusion/formats/text_config.h"

#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxWidth = 65536, kMaxVocabulary = 10'000'000, kMaxPositions = 4096;
constexpr int kMaxLayers = 128;

}  // namespace

TextConfig TextConfig::from_file(const std::filesystem::path& file) {
  const files::ConfigFile config(file);
  const auto activation = config.text("hidden_act", "quick_gelu");
  if (activation != "quick_gelu" && activation != "gelu") {
    config.fail("hidden_act", "is \"" + activation + "\"; supported are quick_gelu and gelu");
  }
  const int width = config.integer("hidden_size", 1, kMaxWidth, 512);
  if (width % config.integer("num_attention_heads", 1, kMaxWidth, 8) != 0) {
    config.fail("num_attention_heads", "must divide hidden_size");
  }
  return {width, config.integer("intermediate_size", 1, kMaxWidth * 4, 2048),
          config.integer("vocab_size", 1, kMaxVocabulary, 49408),
          config.integer("max_position_embeddings", 1, kMaxPositions, 77),
          config.integer("num_hidden_layers", 1, kMaxLayers, 12)};
}

}  // namespace diffusion
