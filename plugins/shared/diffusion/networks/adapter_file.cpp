#include "diffusion/networks/adapter_file.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/scalar_tensor.h>

#include <map>
#include <string>
#include <vector>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/lora_file.h"
#include "diffusion/formats/lora_kind.h"
#include "diffusion/formats/lora_layers.h"
#include "diffusion/formats/safetensors.h"
#include "diffusion/formats/safetensors_view.h"

namespace diffusion {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

bool is_finite(const at::Tensor& tensor) {
  return at::isfinite(tensor).all().item<bool>();
}

at::Tensor as_stored(const std::string& layer, const at::Tensor& factor, at::ScalarType dtype) {
  auto stored = factor.detach().cpu().to(dtype).contiguous();
  if (is_finite(stored)) return stored;
  throw Error("a factor of " + layer + " is not finite as " + c10::toString(dtype),
              "write the adapter as float32, or train it at a lower learning rate");
}

void add(const std::string& layer, const LowRankFactors& factors, LoraFormat format,
         at::ScalarType dtype, Tensors& to) {
  const bool kohya = format == LoraFormat::kohya;
  const auto name = kohya ? kohya_name(layer) : peft_name(layer);
  to[name + (kohya ? ".lora_down.weight" : ".lora_A.weight")] =
      as_stored(layer, factors.down, dtype);
  to[name + (kohya ? ".lora_up.weight" : ".lora_B.weight")] = as_stored(layer, factors.up, dtype);
  if (kohya) to[name + ".alpha"] = at::scalar_tensor(factors.alpha, at::kFloat);
}

at::Tensor factor_of(const SafetensorsFile& file, const std::string& name, std::int64_t first,
                     std::size_t dimensions, at::Device device) {
  auto factor = file.tensor(name).to(at::TensorOptions().device(device).dtype(at::kFloat),
                                     /*non_blocking=*/false, /*copy=*/true);
  if (!is_finite(factor)) {
    throw Error(file.path().string() + ": tensor \"" + name + "\" has numbers that are not finite",
                "get the file again, or train it anew");
  }
  std::vector<std::int64_t> sizes = factor.sizes().vec();
  sizes.resize(dimensions, 1);  // of a 1x1 convolution as a matrix, and the other way round
  sizes[0] = first;
  return factor.view(sizes);
}

}  // namespace

void save_adapter(const std::filesystem::path& file, const Adapter& adapter,
                  const LoraDescription& description, LoraFormat format, at::ScalarType dtype) {
  if (adapter.empty()) throw Error(file.string() + ": an adapter without layers is not written");
  Tensors tensors;
  LoraScales scales;
  for (const auto& [layer, factors] : adapter) {
    add(layer, factors, format, dtype, tensors);
    scales[layer] = {factors.down.size(0), factors.alpha};
  }
  save_safetensors(file, tensors,
                   format == LoraFormat::kohya
                       ? kohya_metadata(description, scales, hash_of_tensors(tensors))
                       : peft_metadata(scales));
}

Adapter load_adapter(const std::filesystem::path& path, const Shapes& layers, at::Device device) {
  const auto stored = stored_adapter(open_lora(path), layers);
  const SafetensorsFile file(path);
  Adapter adapter;
  for (const auto& [layer, factors] : stored) {
    const auto& weight = layers.at(layer);
    const auto read = [&](const std::string& name, std::uint64_t first) {
      return factor_of(file, name, static_cast<std::int64_t>(first), weight.size(), device);
    };
    adapter[layer] = {read(factors.down, factors.rank), read(factors.up, weight[0]), factors.alpha};
  }
  return adapter;
}

}  // namespace diffusion
