#include "diffusion/networks/gradient_checkpoint.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

#include "diffusion/networks/autocast.h"

namespace diffusion {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr const char* kKept = "kept";

struct Kept : torch::CustomClassHolder {
  Kept(NetworkPart p, bool in_bf16) : part(std::move(p)), bf16(in_bf16) {}
  NetworkPart part;
  bool bf16;
};

struct Recompute : torch::autograd::Function<Recompute> {
  static at::Tensor forward(AutogradContext* context, const c10::intrusive_ptr<Kept>& kept,
                            const at::Tensor& x, const at::Tensor& time,
                            const at::Tensor& prompts) {
    context->saved_data[kKept] = c10::IValue::make_capsule(kept);
    context->save_for_backward({x, time, prompts});
    return kept->part(x, time, prompts);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto capsule = context->saved_data[kKept].toCapsule();
    const auto& kept = static_cast<const Kept&>(*capsule);
    variable_list inputs;
    for (const auto& input : context->get_saved_variables()) {
      inputs.push_back(input.detach().set_requires_grad(input.requires_grad()));
    }
    at::Tensor output;
    {
      const at::AutoGradMode gradients_on(true);
      const Autocast autocast(kept.bf16, inputs[0].device());
      output = kept.part(inputs[0], inputs[1], inputs[2]);
    }
    output.backward(gradients[0]);
    variable_list results{at::Tensor()};  // of `kept`, which is no tensor
    for (const auto& input : inputs) results.push_back(input.grad());
    return results;
  }
};

}  // namespace

at::Tensor checkpointed(NetworkPart part, const at::Tensor& x, const at::Tensor& time,
                        const at::Tensor& context) {
  const bool bf16 = at::autocast::is_autocast_enabled(x.device().type());
  // Where no input needs a gradient, nobody would ask for those of the weights inside.
  const auto tracked = x.requires_grad() ? x : x.detach().set_requires_grad(true);
  return Recompute::apply(c10::make_intrusive<Kept>(std::move(part), bf16), tracked, time, context);
}

}  // namespace diffusion
