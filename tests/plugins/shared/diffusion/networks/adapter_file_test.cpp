#include "tests/catch_torch.h"

#include "diffusion/networks/adapter_file.h"

#include <ATen/TensorOperators.h>

#include <limits>

#include "diffusion/formats/safetensors.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion_fixtures.h"

using namespace diffusion;

namespace {

const LoraDescription kDescription = {.title = "sks dog", .identifier = "sks", .resolution = 64};

// Of the layers of one model, with numbers in both factors.
Adapter some_adapter(const std::filesystem::path& model) {
  const UNet unet(model, at::kCPU);
  const TextEncoder text(model, at::kCPU);
  auto adapter = draw_adapter(adaptable_layers(unet, &text),
                              {.rank = 3, .alpha = 1.7, .targets = LoraTargets::all});
  for (const auto& [name, factors] : adapter) factors.up.uniform_(-0.5, 0.5);
  return adapter;
}

void check_same(const Adapter& found, const Adapter& expected, at::ScalarType dtype) {
  REQUIRE(found.size() == expected.size());
  for (const auto& [layer, factors] : expected) {
    CAPTURE(layer);
    CHECK(found.at(layer).down.equal(factors.down.to(dtype).to(at::kFloat)));
    CHECK(found.at(layer).up.equal(factors.up.to(dtype).to(at::kFloat)));
    CHECK(found.at(layer).alpha == Approx(factors.alpha).epsilon(1e-7));
  }
}

}  // namespace

TEST_CASE("an adapter is read as it was written, in every format and type") {
  const auto model = GENERATE(tiny_model(), old_tiny_model());
  const auto format = GENERATE(LoraFormat::kohya, LoraFormat::diffusers);
  const auto dtype = GENERATE(at::kHalf, at::kBFloat16, at::kFloat);
  const TemporaryFolder folder;
  const auto adapter = some_adapter(model);
  save_adapter(folder / "lora.safetensors", adapter, kDescription, format, dtype);
  check_same(load_adapter(folder / "lora.safetensors", lora_layers(model)), adapter, dtype);
}

TEST_CASE("adapters of several ranks and alphas are read as they were written") {
  const auto format = GENERATE(LoraFormat::kohya, LoraFormat::diffusers);
  const TemporaryFolder folder;
  auto adapter = some_adapter(tiny_model());
  auto place = 0;
  for (auto& [layer, factors] : adapter) {
    const auto rank = 1 + place++ % 3;
    factors.alpha += rank;
    factors.down = factors.down.narrow(0, 0, rank).clone();
    factors.up = factors.up.narrow(1, 0, rank).clone();
  }
  save_adapter(folder / "lora.safetensors", adapter, kDescription, format, at::kFloat);
  check_same(load_adapter(folder / "lora.safetensors", lora_layers(tiny_model())), adapter,
             at::kFloat);
}

TEST_CASE("a LoRA's file has the names, types and hash that other programs look for") {
  const TemporaryFolder folder;
  const auto adapter = some_adapter(tiny_model());
  save_adapter(folder / "lora.safetensors", adapter, kDescription);
  const SafetensorsFile file(folder / "lora.safetensors");
  CHECK(file.names().size() == 3 * adapter.size());
  const std::string stem = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q";
  CHECK(file.tensor(stem + ".lora_down.weight").scalar_type() == at::kHalf);
  CHECK(file.tensor(stem + ".alpha").dim() == 0);
  CHECK(file.metadata().at("ss_network_dim") == "3");
  std::map<std::string, at::Tensor> tensors;
  for (const auto& name : file.names()) tensors[name] = file.tensor(name);
  CHECK(file.metadata().at("sshs_model_hash") == hash_of_tensors(tensors));
}

TEST_CASE("an adapter of a model of another width is refused") {
  const TemporaryFolder folder;
  save_adapter(folder / "lora.safetensors", some_adapter(tiny_model()), kDescription);
  CHECK_THAT(
      error_of([&] { load_adapter(folder / "lora.safetensors", lora_layers(old_tiny_model())); }),
      Catch::Contains("lora.safetensors") && Catch::Contains("but the model's layer needs"));
}

TEST_CASE("factors that are not finite are neither written nor read") {
  const TemporaryFolder folder;
  const auto file = folder / "lora.safetensors";
  const auto adapter = some_adapter(tiny_model());
  adapter.begin()->second.up[0][0] = 2 * 65504.0;  // where float16 ends
  CHECK_THAT(
      error_of([&] { save_adapter(file, adapter, kDescription); }),
      Catch::Contains(adapter.begin()->first) && Catch::Contains("write the adapter as float32"));
  CHECK_FALSE(std::filesystem::exists(file));
  save_adapter(file, adapter, kDescription, LoraFormat::kohya, at::kFloat);
  const std::string damaged = "lora_unet_mid_block_resnets_0_conv1.lora_up.weight";
  edit_tensors(file, [&](auto& tensors) {
    tensors.at(damaged)[1] = std::numeric_limits<float>::quiet_NaN();
  });
  CHECK_THAT(error_of([&] { load_adapter(file, lora_layers(tiny_model())); }),
             Catch::Contains(damaged));
  CHECK_THAT(error_of([&] { save_adapter(file, {}, kDescription); }),
             Catch::Contains("without layers"));
}
