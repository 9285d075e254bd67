#include "diffusion/networks/weights.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/name_list.h"
#include "diffusion/formats/shape_text.h"

namespace diffusion {
namespace {

constexpr double kEmbeddingDeviation = 0.02;

}  // namespace

Weights::Weights(const std::filesystem::path& folder, const std::string& stem, at::Device device,
                 const Rename& rename)
    : folder_(folder), device_(device) {
  for (const auto& path : weight_files(folder, stem)) files_.emplace_back(path);
  for (std::size_t file = 0; file < files_.size(); ++file) {
    for (const auto& name : files_[file].names()) {
      const auto known_as = rename ? rename(name) : name;
      if (known_as.empty()) continue;
      if (!sources_.emplace(known_as, Source{file, name}).second) {
        throw Error(files_[file].path().string() + ": holds \"" + known_as + "\" twice");
      }
    }
  }
}

Weights::Weights(std::uint64_t seed, at::Device device)
    : device_(device), random_(at::detail::createCPUGenerator(seed)) {}

at::Tensor Weights::draw(const std::string& name, at::IntArrayRef shape) {
  const bool is_bias = name.ends_with("bias");
  at::Tensor tensor;
  if (shape.size() == 1 && !is_bias) {
    bound_ = 0;
    tensor = at::ones(shape);
  } else if (name.ends_with("token_embedding.weight") ||
             name.ends_with("position_embedding.weight")) {
    tensor = at::randn(shape, *random_) * kEmbeddingDeviation;
  } else {
    if (!is_bias) bound_ = std::sqrt(static_cast<double>(shape[0]) / c10::multiply_integers(shape));
    tensor = at::zeros(shape);
    if (bound_ > 0) tensor.uniform_(-bound_, bound_, *random_);
  }
  taken_.emplace_back(name, tensor.to(device_));
  return taken_.back().second;
}

at::Tensor Weights::take(const std::string& name, at::IntArrayRef shape) {
  if (random_) return draw(name, shape);
  const auto at = sources_.find(name);
  if (at == sources_.end()) {
    missing_.push_back(name + " " + shape_text(shape));
    return {};
  }
  const SafetensorsFile& file = files_[at->second.file];
  const auto stored = file.tensor(at->second.name);
  if (stored.sizes() != shape || !stored.is_floating_point()) {
    misshapen_.push_back(name + ": found " + shape_text(stored.sizes()) + " " +
                         c10::toString(stored.scalar_type()) + ", expected " + shape_text(shape));
    return {};
  }
  auto tensor = stored.to(at::TensorOptions().device(device_).dtype(at::kFloat),
                          /*non_blocking=*/false, /*copy=*/true);
  file.forget(at->second.name);  // so that loading needs the memory of the weights once
  taken_.emplace_back(name, tensor);
  return tensor;
}

std::shared_ptr<LowRankTerms> Weights::terms_of(const std::string& name, const at::Tensor& weight) {
  layers_.push_back({name, weight, std::make_shared<LowRankTerms>()});
  return layers_.back().terms;
}

void Weights::finish() const {
  if (missing_.empty() && misshapen_.empty()) return;
  throw Error(folder_.string() + ": the weights are not those of its config.json" +
              name_list("missing", missing_) + name_list("wrong shape", misshapen_) +
              "\n  Weights and config.json must come from the same model.");
}

Weights weights_of(const std::filesystem::path& folder, const std::string& stem, at::Device device,
                   std::optional<std::uint64_t> seed, const Weights::Rename& rename) {
  return seed ? Weights(*seed, device) : Weights(folder, stem, device, rename);
}

}  // namespace diffusion
