#include "diffusion/networks/encoder_layer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/sigmoid.h>

#include "diffusion/networks/attention.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxChannels = 65536;
constexpr double kQuickGelu = 1.702;

}  // namespace

EncoderStyle encoder_style(const files::ConfigFile& config, const EncoderStyle& fallback) {
  EncoderStyle style{};
  style.width = config.integer("hidden_size", 1, kMaxChannels, fallback.width);
  style.inner_width =
      config.integer("intermediate_size", 1, kMaxChannels * 4, fallback.inner_width);
  style.heads = config.integer("num_attention_heads", 1, kMaxChannels, fallback.heads);
  style.epsilon = config.number("layer_norm_eps", 0, 1, fallback.epsilon);
  const auto activation = config.text("hidden_act", fallback.quick_gelu ? "quick_gelu" : "gelu");
  if (activation != "quick_gelu" && activation != "gelu") {
    config.fail("hidden_act", "is \"" + activation + "\"; supported are quick_gelu and gelu");
  }
  style.quick_gelu = activation == "quick_gelu";
  if (style.width % style.heads != 0) {
    config.fail("num_attention_heads", "must divide hidden_size");
  }
  return style;
}

EncoderLayer::EncoderLayer(const Scope& scope, const EncoderStyle& style)
    : norm1(scope / "layer_norm1", style.width, style.epsilon),
      q(scope / "self_attn" / "q_proj", style.width, style.width),
      k(scope / "self_attn" / "k_proj", style.width, style.width),
      v(scope / "self_attn" / "v_proj", style.width, style.width),
      out(scope / "self_attn" / "out_proj", style.width, style.width),
      norm2(scope / "layer_norm2", style.width, style.epsilon),
      fc1(scope / "mlp" / "fc1", style.width, style.inner_width),
      fc2(scope / "mlp" / "fc2", style.inner_width, style.width),
      heads(style.heads),
      quick_gelu(style.quick_gelu) {}

at::Tensor EncoderLayer::operator()(at::Tensor x, bool causal) const {
  const auto h = norm1(x);
  x = x + out(attend(q(h), k(h), v(h), heads, causal));
  const auto inner = fc1(norm2(x));
  return x + fc2(quick_gelu ? inner * at::sigmoid(kQuickGelu * inner) : at::gelu(inner));
}

}  // namespace diffusion
