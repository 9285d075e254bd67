#include "diffusion/formats/lora_file.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "copied_model.h"
#include "diffusion/formats/lora_kind.h"
#include "diffusion/formats/lora_layers.h"
#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/safetensors_write.h"
#include "executor/files/temporary_folder.h"

using namespace diffusion;
using Catch::Contains;

namespace {

using Shape = std::vector<std::uint64_t>;

constexpr std::uint64_t kRank = 2;

// A LoRA's file with tensors of zeros.
class Lora {
 public:
  Lora() : layers_(lora_layers(std::filesystem::path(GOLDEN_CASE) / "model")) {}

  Lora& put(const std::string& name, const Shape& shape, const std::string& dtype = "F32") {
    const auto bytes = dtype == "F32" ? 4 : dtype == "F64" || dtype == "I64" ? 8 : 2;
    std::uint64_t count = 1;
    for (const auto size : shape) count *= size;
    return put(name, shape, dtype, std::string(count * bytes, '\0'));
  }
  Lora& put(const std::string& name, const Shape& shape, const std::string& dtype,
            const std::string& bytes) {
    tensors_[name] = {shape, dtype, bytes};
    return *this;
  }
  Lora& number(const std::string& name, float value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return put(name, {}, "F32", bytes);
  }
  /// Both factors of a layer, as they are for it, under names that begin with `stem`.
  Lora& pair(const std::string& stem, const std::string& layer, const std::string& down,
             const std::string& up) {
    auto shape = layers_.at(layer);
    Shape up_shape(shape.size(), 1);
    up_shape[0] = shape[0];
    up_shape[1] = kRank;
    shape[0] = kRank;
    return put(stem + down, shape).put(stem + up, up_shape);
  }
  Lora& kohya(const std::string& layer) {
    return pair(kohya_name(layer), layer, ".lora_down.weight", ".lora_up.weight");
  }
  Lora& peft(const std::string& layer) {
    return pair(peft_name(layer), layer, ".lora_A.weight", ".lora_B.weight");
  }
  Lora& metadata(const std::string& json) {
    metadata_["lora_adapter_metadata"] = json;
    return *this;
  }
  Lora& without(const std::string& name) {
    tensors_.erase(name);
    return *this;
  }

  std::filesystem::path write() const {
    const auto path = folder_ / "lora.safetensors";
    std::vector<RawTensor> raw;
    for (const auto& [name, tensor] : tensors_) {
      raw.push_back({name, tensor.dtype, tensor.shape, tensor.bytes});
    }
    write_safetensors(path, raw, metadata_);
    return path;
  }
  StoredAdapter read() const { return stored_adapter(open_lora(write()), layers_); }
  std::string refused() const {
    return tests::thrown_by([this] { read(); });
  }
  const Shapes& layers() const { return layers_; }

 private:
  struct Tensor {
    Shape shape;
    std::string dtype, bytes;
  };
  files::TemporaryFolder folder_;
  Shapes layers_;
  std::map<std::string, Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

const std::string kQuery = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_q";
const std::string kOut = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0";
const std::string kWord = "text_encoder.encoder.layers.1.self_attn.v_proj";
const std::string kConv = "unet.mid_block.resnets.0.conv1";

}  // namespace

TEST_CASE("every layer is found by the names that today's programs write") {
  Lora kohya, peft;
  for (const auto& [layer, shape] : kohya.layers()) {
    kohya.kohya(layer).number(kohya_name(layer) + ".alpha", 1);
    peft.peft(layer);
  }
  const auto one = kohya.read(), other = peft.read();
  CHECK(one.size() == kohya.layers().size());
  CHECK(other.size() == kohya.layers().size());
  for (const auto& [layer, factors] : one) {
    CAPTURE(layer);
    CHECK(factors.down == kohya_name(layer) + ".lora_down.weight");
    CHECK(factors.up == kohya_name(layer) + ".lora_up.weight");
    CHECK((factors.rank == kRank && factors.alpha == 1));
    CHECK(other.at(layer).down == peft_name(layer) + ".lora_A.weight");
    CHECK((other.at(layer).rank == kRank && other.at(layer).alpha == kRank));
  }
}

TEST_CASE("a layer is found by every name that it has had") {
  const std::string block = "mid_block.attentions.0.transformer_blocks.0.attn2.";
  const std::string words = "encoder.layers.1.self_attn.";
  const auto found = [](const std::string& stem, const std::string& layer, const std::string& down,
                        const std::string& up) {
    CAPTURE(stem);
    const auto adapter = Lora().pair(stem, layer, down, up).read();
    CHECK(adapter.size() == 1);
    CHECK(adapter.contains(layer));
  };
  found("unet." + block + "processor.to_q", kQuery, "_lora.down.weight", "_lora.up.weight");
  found("unet." + block + "processor.to_out", kOut, "_lora.down.weight", "_lora.up.weight");
  found(block + "processor.to_q", kQuery, "_lora.down.weight", "_lora.up.weight");
  found("unet." + block + "to_q", kQuery, ".lora.down.weight", ".lora.up.weight");
  found(block + "to_q", kQuery, ".lora_A.weight", ".lora_B.weight");
  found("text_encoder.text_model." + words + "to_v", kWord, "_lora.down.weight", "_lora.up.weight");
  found("text_encoder.text_model." + words + "v_proj", kWord, ".lora_linear_layer.down.weight",
        ".lora_linear_layer.up.weight");
  found("text_encoder." + words + "v_proj", kWord, ".lora_A.weight", ".lora_B.weight");
  found("lora_te1_text_model_encoder_layers_1_self_attn_v_proj", kWord, ".lora_down.weight",
        ".lora_up.weight");
}

TEST_CASE("alpha stands in a tensor of its own, in peft's settings, or is the rank") {
  const auto alpha = [](const Lora& lora) { return lora.read().at(kQuery).alpha; };
  const std::string of_query = kQuery.substr(5);
  CHECK(alpha(Lora().kohya(kQuery)) == kRank);
  CHECK(alpha(Lora().kohya(kQuery).number(kohya_name(kQuery) + ".alpha", 0.5)) == 0.5);
  CHECK(alpha(Lora().kohya(kQuery).put(kohya_name(kQuery) + ".alpha", {1}, "F16",
                                       {"\x00\x3e", 2})) == 1.5);
  CHECK(alpha(Lora().peft(kQuery).number(kQuery + ".alpha", 4)) == 4);
  CHECK(alpha(Lora().peft(kQuery).metadata(R"({"unet.r": 2, "unet.lora_alpha": 8})")) == 8);
  CHECK(alpha(Lora().peft(kQuery).metadata(R"({"text_encoder.lora_alpha": 8})")) == kRank);
  CHECK(alpha(Lora().peft(kQuery).metadata(R"({"unet.lora_alpha": 8, "unet.alpha_pattern": {")" +
                                           of_query + R"(": 3}})")) == 3);
  CHECK(alpha(Lora().peft(kQuery).metadata(
            R"({"unet.lora_alpha": 8, "unet.alpha_pattern": {"attn2.to_q": 3, "o_q": 5}})")) == 3);
  CHECK(alpha(Lora().peft(kQuery).metadata(R"({"unet.lora_alpha": 8, "unet.use_rslora": true})")) ==
        Approx(8 * std::sqrt(2.0)));
}

TEST_CASE("an alpha that scales by nothing, or cannot be read, is refused") {
  const auto key = kohya_name(kQuery) + ".alpha";
  for (const float alpha : {0.0f, std::nanf(""), INFINITY}) {
    CHECK_THAT(Lora().kohya(kQuery).number(key, alpha).refused(),
               Contains("\"" + key + "\"") && Contains("0 or not finite"));
  }
  CHECK_THAT(Lora().kohya(kQuery).put(key, {2}).refused(),
             Contains("\"" + key + "\" is no single number"));
  const auto with = [](const std::string& json) {
    return Lora().peft(kQuery).metadata(json).refused();
  };
  CHECK_THAT(with("{"), Contains("lora.safetensors: "));
  CHECK_THAT(with("[]"), Contains("no JSON object"));
  CHECK_THAT(with(R"({"unet.lora_alpha": "much"})"), Contains("another type"));
  CHECK_THAT(with(R"({"unet.alpha_pattern": {".*to_q": 1}})"), Contains("\".*to_q\""));
  CHECK_THAT(with(R"({"unet.lora_alpha": 0})"), Contains("the alpha of " + kQuery));
}

TEST_CASE("what a plain LoRA would silently do wrong is refused by the tensor's name") {
  const auto with = [](const std::string& name) {
    return Lora().kohya(kQuery).put(name, {4}).refused();
  };
  const auto stem = kohya_name(kQuery);
  CHECK_THAT(with(stem + ".dora_scale"), Contains("DoRA") && Contains(stem + ".dora_scale"));
  CHECK_THAT(with(kQuery + ".lora_magnitude_vector"), Contains("DoRA") && Contains("plain LoRA"));
  CHECK_THAT(with("bundle_emb.sks.string_to_param.*"),
             Contains("bundle_emb.sks") && Contains("as a file of its own"));
  CHECK_THAT(with(stem + ".hada_w1_a"), Contains("LoHa") && Contains("hada_w1_a"));
  CHECK_THAT(with(stem + ".lokr_w1"), Contains("LoKr"));
  CHECK_THAT(with(stem + ".lora_mid.weight"), Contains("three factors"));
  CHECK_THAT(with(kQuery + ".lora_B.bias"), Contains("biases"));
  CHECK_THAT(with("lora_te2_text_model_encoder_layers_1_mlp_fc1.alpha"), Contains("XL"));
  CHECK_THAT(Lora().put("emb_params", {1, 24}).refused(), Contains("embedding"));
}

TEST_CASE("a name that the model has no layer for is refused, wherever it stands") {
  const auto with = [](const std::string& name) {
    return Lora().kohya(kQuery).put(name, {kRank, 24}).refused();
  };
  for (const std::string name :
       {"lora_unet_mid_block_attentions_9_proj_in.lora_down.weight", "conv.lora_A.weight",
        "unet.mid_block.attentions.0.lora_A.weight", "note", ".alpha", ".lora_down.weight", "",
        "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_q.weight"}) {
    CAPTURE(name);
    CHECK_THAT(with(name), Contains("changes layers that the model has not") &&
                               Contains("    " + name) && Contains("that it was made for"));
  }
}

TEST_CASE("factors of another width are refused with both shapes") {
  const auto down = kohya_name(kQuery) + ".lora_down.weight";
  const auto up = kohya_name(kQuery) + ".lora_up.weight";
  const auto width = Lora().layers().at(kQuery)[1];
  const auto with = [](const std::string& name, const Shape& shape) {
    return Lora().kohya(kQuery).put(name, shape).refused();
  };
  CHECK_THAT(with(down, {kRank, 768}), Contains(down) && Contains("[2, 768]") &&
                                           Contains("[2, " + std::to_string(width) + "]"));
  CHECK_THAT(with(up, {width, kRank + 1}), Contains(up));
  CHECK_THAT(with(down, {kRank, width, 3, 3}), Contains(down));
  CHECK_THAT(with(down, {}), Contains(down));
  CHECK_THAT(with(down, {0, width}), Contains(down));
  CHECK_THAT(
      Lora().kohya(kConv).put(kohya_name(kConv) + ".lora_down.weight", {kRank, 24}).refused(),
      Contains("[2, 24, 3, 3]"));
}

TEST_CASE("a factor of a 1x1 convolution is a matrix or is not") {
  const auto width = Lora().layers().at(kQuery)[1];
  CHECK(Lora()
            .put(kohya_name(kQuery) + ".lora_down.weight", {kRank, width, 1, 1})
            .put(kohya_name(kQuery) + ".lora_up.weight", {width, kRank, 1, 1})
            .read()
            .at(kQuery)
            .rank == kRank);
}

TEST_CASE("factors that are alone, twice there or no real numbers are refused") {
  const auto down = kohya_name(kQuery) + ".lora_down.weight";
  CHECK_THAT(Lora().kohya(kQuery).without(down).refused(),
             Contains("stands alone") && Contains(kohya_name(kQuery) + ".lora_up.weight"));
  CHECK_THAT(Lora().kohya(kQuery).number(kohya_name(kOut) + ".alpha", 1).refused(),
             Contains(kohya_name(kOut) + ".alpha\" stands alone"));
  CHECK_THAT(Lora().kohya(kQuery).peft(kQuery).refused(), Contains("twice"));
  CHECK_THAT(Lora().kohya(kQuery).put(down, Lora().layers().at(kQuery), "I64").refused(),
             Contains("I64") && Contains("float16"));
}

TEST_CASE("a LoRA's file that is cut off, a pickle or no file is refused with the remedy") {
  Lora lora;
  const auto path = lora.kohya(kQuery).write();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  CHECK_THAT(tests::thrown_by([&] { open_lora(path); }), Contains(path.string()));
  const files::TemporaryFolder folder;
  tests::put_file(folder / "lora.pt", "PK\x03\x04");
  CHECK_THAT(tests::thrown_by([&] { open_lora(folder / "lora.pt"); }),
             Contains("is a pickle") && Contains("torch.load('lora.pt', weights_only=True)"));
  CHECK_THAT(tests::thrown_by([&] { open_lora(folder / "none.safetensors"); }),
             Contains("none.safetensors"));
}
