#include "diffusion/formats/lora_file.h"

#include <cmath>
#include <string_view>
#include <vector>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/lora_keys.h"
#include "diffusion/formats/lora_kind.h"
#include "diffusion/formats/lora_metadata.h"
#include "diffusion/formats/name_list.h"
#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/scalar.h"
#include "diffusion/formats/shape_text.h"

namespace diffusion {
namespace {

using Shape = std::vector<std::uint64_t>;

constexpr const char* kItsModel = "use it with the model that it was made for";
constexpr const char* kAgain = "save it again where it was trained, or get the file again";

// Reads one file; every Error names it and the tensor.
class Reader {
 public:
  Reader(const SafetensorsView& file, const Shapes& layers)
      : file_(file), layers_(layers), keys_(layers), peft_(peft_settings()) {}

  StoredAdapter read() {
    refuse_other_adapter(file_);
    take_factors();
    for (auto& [layer, factors] : adapter_) {
      check_pair(layer, factors);
      const auto& shape = file_.entry(factors.down).shape;
      factors.rank = shape.empty() ? 0 : shape[0];
      check_shape(factors.down, down_shape(layers_.at(layer), factors.rank));
      check_shape(factors.up, up_shape(layers_.at(layer), factors.rank));
      factors.alpha = alpha_of(layer, factors);
    }
    return std::move(adapter_);
  }

 private:
  [[noreturn]] void fail(const std::string& cause, const std::string& remedy) const {
    throw Error(file_.path().string() + ": " + cause, remedy);
  }

  PeftSettings peft_settings() const {
    try {
      return PeftSettings(file_.metadata());
    } catch (const Error& e) {
      fail(e.what(), kAgain);
    }
  }

  void take_factors() {
    std::vector<std::string> unknown;
    for (const auto& tensor : file_.tensors()) {
      const auto key = keys_.find(tensor.name);
      if (!key) {
        unknown.push_back(tensor.name);
        continue;
      }
      auto& factors = adapter_[key->layer];
      auto& place = key->part == LoraPart::down ? factors.down
                    : key->part == LoraPart::up ? factors.up
                                                : alphas_[key->layer];
      if (!place.empty()) {
        fail("tensor \"" + tensor.name + "\" is there twice, also as \"" + place + "\"", kAgain);
      }
      place = tensor.name;
    }
    if (unknown.empty()) return;
    fail("changes layers that the model has not, or says so in names that are not known" +
             name_list("tensors", unknown) + "\n  and would not do what it was trained to do",
         kItsModel);
  }

  void check_pair(const std::string& layer, const StoredFactors& factors) const {
    if (!factors.down.empty() && !factors.up.empty()) return;
    const auto& one = !factors.down.empty() ? factors.down
                      : !factors.up.empty() ? factors.up
                                            : alphas_.at(layer);
    fail("tensor \"" + one + "\" stands alone: a factor of " + layer + " is missing", kAgain);
  }

  static Shape down_shape(const Shape& weight, std::uint64_t rank) {
    Shape shape = weight;
    shape[0] = rank;
    return shape;
  }
  static Shape up_shape(const Shape& weight, std::uint64_t rank) {
    Shape shape(weight.size(), 1);
    shape[0] = weight[0];
    shape[1] = rank;
    return shape;
  }

  // As two dimensions, where the others are 1.
  static Shape flat(Shape shape) {
    while (shape.size() > 2 && shape.back() == 1) shape.pop_back();
    return shape;
  }

  void check_shape(const std::string& name, const Shape& expected) const {
    const auto& tensor = file_.entry(name);
    if (!is_real(tensor.dtype)) {
      fail("tensor \"" + name + "\" is of type " + tensor.dtype,
           "save it as float32, float16 or bfloat16");
    }
    if (expected[0] > 0 && expected[1] > 0 && flat(tensor.shape) == flat(expected)) return;
    fail("tensor \"" + name + "\" is " + shape_text(tensor.shape) +
             ", but the model's layer needs " + shape_text(expected),
         kItsModel);
  }

  static bool is_real(const std::string& dtype) {
    return dtype == "F64" || dtype == "F32" || dtype == "F16" || dtype == "BF16";
  }

  double alpha_of(const std::string& layer, const StoredFactors& factors) const {
    const auto key = alphas_.find(layer);
    try {
      const auto alpha = key == alphas_.end() ? peft_.alpha(layer, factors.rank)
                                              : number_in(file_.entry(key->second));
      if (std::isfinite(alpha) && alpha != 0) return alpha;
    } catch (const Error& e) {
      fail(e.what(), kAgain);
    }
    fail("the alpha of " + (key == alphas_.end() ? layer : "tensor \"" + key->second + "\"") +
             " is 0 or not finite",
         kAgain);
  }

  double number_in(const TensorEntry& entry) const {
    const auto number = scalar_of(entry.dtype, file_.bytes(entry));
    if (number) return *number;
    throw Error("tensor \"" + entry.name + "\" is no single number");
  }

  const SafetensorsView& file_;
  const Shapes& layers_;
  LoraKeys keys_;
  PeftSettings peft_;
  StoredAdapter adapter_;
  std::map<std::string, std::string> alphas_;  // layer -> tensor
};

}  // namespace

StoredAdapter stored_adapter(const SafetensorsView& file, const Shapes& layers) {
  return Reader(file, layers).read();
}

}  // namespace diffusion
