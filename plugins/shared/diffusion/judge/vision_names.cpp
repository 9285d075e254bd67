#include "diffusion/judge/vision_names.h"

#include <array>
#include <string_view>
#include <utility>

namespace diffusion {
namespace {

constexpr std::array<std::string_view, 2> kPrefixes = {"vit.", "vision_model."};
constexpr std::array<std::string_view, 3> kUnused = {"pooler.", "classifier.",
                                                     "embeddings.position_ids"};
// Longer spellings come before those that they contain.
constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
    {"embeddings.cls_token", "embeddings.class_embedding"},
    {"embeddings.position_embeddings", "embeddings.position_embedding.weight"},
    {"embeddings.patch_embeddings.projection.", "embeddings.patch_embedding."},
    {"encoder.layer.", "encoder.layers."},
    {".attention.attention.query.", ".self_attn.q_proj."},
    {".attention.attention.key.", ".self_attn.k_proj."},
    {".attention.attention.value.", ".self_attn.v_proj."},
    {".attention.output.dense.", ".self_attn.out_proj."},
    {".attention.q_proj.", ".self_attn.q_proj."},
    {".attention.k_proj.", ".self_attn.k_proj."},
    {".attention.v_proj.", ".self_attn.v_proj."},
    {".attention.o_proj.", ".self_attn.out_proj."},
    {".intermediate.dense.", ".mlp.fc1."},
    {".output.dense.", ".mlp.fc2."},
    {".layernorm_before.", ".layer_norm1."},
    {".layernorm_after.", ".layer_norm2."},
};

}  // namespace

std::string vision_name(const std::string& name) {
  std::string known = name;
  for (const auto prefix : kPrefixes) {
    if (known.starts_with(prefix)) known.erase(0, prefix.size());
  }
  for (const auto unused : kUnused) {
    if (known.starts_with(unused)) return "";
  }
  if (known.starts_with("layers.")) known.insert(0, "encoder.");
  if (known.starts_with("layernorm.")) return "post_" + known;
  for (const auto& [from, to] : kSpellings) {
    const auto at = known.find(from);
    if (at != std::string::npos) known.replace(at, from.size(), to);
  }
  return known;
}

}  // namespace diffusion
