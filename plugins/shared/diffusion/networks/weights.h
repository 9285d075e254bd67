#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/formats/safetensors.h"
#include "diffusion/formats/weight_files.h"
#include "diffusion/networks/device.h"
#include "diffusion/networks/low_rank.h"

namespace diffusion {

/// Gives the weights of one component to the code that builds it, and records tensors that are
/// missing, and that have another shape than the configuration says. finish() throws before a
/// network with a wrong tensor can be used. Tensors that nobody takes do not hinder; check_model()
/// (formats/model_check.h) names them.
class Weights {
 public:
  /// Translates a name in the file to the name in the code; "" for a tensor to ignore.
  using Rename = std::function<std::string(const std::string&)>;

  Weights(const std::filesystem::path& component_folder, const std::string& stem, at::Device device,
          const Rename& rename = {});
  /// Without files: take() draws each weight from `seed`, as PyTorch initialises its layers
  /// (`nn.Linear`, `nn.Conv2d`: uniform within 1 / sqrt(fan_in), weight and bias; norms 1 and 0;
  /// embeddings of tokens and positions N(0, 0.02), as transformers does).
  Weights(std::uint64_t seed, at::Device device);

  /// A contiguous float32 copy on the device. Undefined when the tensor is missing or wrong;
  /// finish() reports that.
  at::Tensor take(const std::string& name, at::IntArrayRef shape);

  /// The place for low-rank terms of the layer `name` with this weight.
  std::shared_ptr<LowRankTerms> terms_of(const std::string& name, const at::Tensor& weight);

  /// Throws Error that lists the missing and wrong-shaped tensors (the first ten of each kind).
  void finish() const;

  /// All tensors taken so far, in the order of taking.
  const std::vector<std::pair<std::string, at::Tensor>>& taken() const { return taken_; }
  /// All layers that asked for terms_of(), in that order.
  const std::vector<AdaptableLayer>& adaptable_layers() const { return layers_; }

 private:
  at::Tensor draw(const std::string& name, at::IntArrayRef shape);

  struct Source {
    std::size_t file;
    std::string name;
  };

  std::filesystem::path folder_;
  at::Device device_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Source> sources_;
  std::vector<std::pair<std::string, at::Tensor>> taken_;
  std::vector<AdaptableLayer> layers_;
  std::vector<std::string> missing_, misshapen_;
  std::optional<at::Generator> random_;  // set when weights are drawn
  double bound_ = 0;                     // of the weight drawn last; its bias uses the same
};

/// The weights of a component: drawn when there is a seed, else read from the component's folder.
Weights weights_of(const std::filesystem::path& component_folder, const std::string& stem,
                   at::Device device, std::optional<std::uint64_t> seed,
                   const Weights::Rename& rename = {});

/// A node in the tree of names: `scope / "norm1"` is a child node, `scope.take("weight", ...)` a
/// tensor of this node.
class Scope {
 public:
  explicit Scope(Weights& weights, std::string prefix = "")
      : weights_(&weights), prefix_(std::move(prefix)) {}

  Scope operator/(const std::string& child) const {
    return Scope(*weights_, prefix_ + child + ".");
  }
  Scope operator/(std::size_t child) const { return *this / std::to_string(child); }
  at::Tensor take(const std::string& name, at::IntArrayRef shape) const {
    return weights_->take(prefix_ + name, shape);
  }
  /// The place for low-rank terms of the layer that this node is.
  std::shared_ptr<LowRankTerms> terms(const at::Tensor& weight) const {
    return weights_->terms_of(prefix_.substr(0, prefix_.size() - 1), weight);
  }

 private:
  Weights* weights_;
  std::string prefix_;
};

}  // namespace diffusion
