#include "diffusion/networks/weights.h"

#include <ATen/ops/arange.h>

#include <catch2/catch.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion/networks/vae.h"
#include "diffusion_fixtures.h"

namespace fs = std::filesystem;

namespace {

struct Component {
  std::string file, tensor;
  std::function<void(const fs::path&)> load;
};

const std::vector<Component>& components() {
  static const std::vector<Component> list = {
      {"unet/diffusion_pytorch_model.safetensors", "conv_in.weight",
       [](const fs::path& model) { diffusion::UNet{model}; }},
      {"vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias",
       [](const fs::path& model) { diffusion::Vae{model}; }},
      {"text_encoder/model.safetensors", "final_layer_norm.weight",
       [](const fs::path& model) { diffusion::TextEncoder{model}; }}};
  return list;
}

}  // namespace

TEST_CASE(
    "a missing and a wrong-shaped tensor are named before use, a left-over one does not hinder") {
  for (const auto& [file, tensor, load] : components()) {
    const TemporaryFolder folder;
    const auto model = copy_of_tiny_model(folder);
    load(model);
    const auto damage = [&](const std::function<void(std::map<std::string, at::Tensor>&)>& change) {
      fs::copy_file(tiny_model() / file, model / file, fs::copy_options::overwrite_existing);
      edit_tensors(model / file, change);
      return error_of([&, &load = load] { load(model); });
    };
    const std::string name = tensor;
    CHECK_THAT(damage([&](auto& tensors) { tensors.erase(name); }),
               Catch::Contains("missing (1)") && Catch::Contains(name));
    fs::copy_file(tiny_model() / file, model / file, fs::copy_options::overwrite_existing);
    edit_tensors(model / file, [&](auto& tensors) { tensors["stranger"] = at::arange(3); });
    CHECK_NOTHROW(load(model));
    CHECK_THAT(damage([&](auto& tensors) { tensors[name] = at::arange(7, at::kFloat); }),
               Catch::Contains("wrong shape (1)") && Catch::Contains("[7]"));
    CHECK_THAT(damage([&](auto& tensors) { tensors[name] = tensors[name].to(at::kInt); }),
               Catch::Contains("Int"));
    CHECK_THAT(damage([&](auto& tensors) { tensors.clear(); }), Catch::Contains("..."));
  }
}

TEST_CASE("half-precision weights are computed with in float32") {
  const TemporaryFolder folder;
  const auto model = copy_of_tiny_model(folder);
  edit_tensors(model / "unet/diffusion_pytorch_model.safetensors", [](auto& tensors) {
    for (auto& [name, tensor] : tensors) tensor = tensor.to(at::kHalf);
  });
  const diffusion::UNet unet(model), original(tiny_model());
  const auto& halved = unet.named_parameters().front().second;
  CHECK(halved.scalar_type() == at::kFloat);
  CHECK(halved.allclose(original.named_parameters().front().second, 1e-3, 1e-3));
}

TEST_CASE("weights in several files are found by their index, within the folder alone") {
  const TemporaryFolder folder;
  const auto model = copy_of_tiny_model(folder);
  const auto unet = model / "unet";
  const auto whole = unet / "diffusion_pytorch_model.safetensors";
  const auto index = unet / "diffusion_pytorch_model.safetensors.index.json";
  fs::copy_file(whole, unet / "b.safetensors");
  nlohmann::json map = {{"weight_map", nlohmann::json::object()}};
  edit_tensors(whole, [&](auto& tensors) {
    for (auto& [name, tensor] : tensors) {
      map["weight_map"][name] = name == "conv_in.bias" ? "a.safetensors" : "b.safetensors";
    }
    tensors = {{"conv_in.bias", tensors["conv_in.bias"]}};
  });
  edit_tensors(unet / "b.safetensors", [](auto& tensors) { tensors.erase("conv_in.bias"); });
  fs::rename(whole, unet / "a.safetensors");
  write_file(index, map.dump());
  CHECK_NOTHROW(diffusion::UNet(model));
  map["weight_map"]["conv_in.bias"] = "../a.safetensors";
  write_file(index, map.dump());
  CHECK_THAT(error_of([&] { diffusion::UNet{model}; }), Catch::Contains("../a.safetensors"));
}

TEST_CASE("a folder without safetensors weights says what to do") {
  const TemporaryFolder folder;
  CHECK_THAT(error_of([&] { diffusion::weight_files(folder.path(), "model"); }),
             Catch::Contains("converted to safetensors"));
}
