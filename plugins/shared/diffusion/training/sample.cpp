#include "diffusion/training/sample.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/IListRef.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <optional>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/networks/device_graph.h"
#include "diffusion/schedulers/scheduler.h"

namespace diffusion {
namespace {

at::Tensor for_batch(const at::Tensor& embedding, std::int64_t batch, at::Device device) {
  if (embedding.dim() != 3 || (embedding.size(0) != 1 && embedding.size(0) != batch)) {
    throw Error("the prompt's embedding must be [1 or batch, length, dim]");
  }
  return embedding.to(at::TensorOptions().device(device).dtype(at::kFloat)).expand({batch, -1, -1});
}

// The network's output at one step: for both halves in one call when there is guidance.
class Guide {
 public:
  Guide(const UNet& unet, const at::Tensor& cond, const at::Tensor& uncond, std::int64_t batch,
        const SampleOptions& options)
      : unet_(unet),
        scale_(options.guidance_scale),
        context_(for_batch(cond, batch, unet.device())) {
    if (guided()) context_ = at::cat({for_batch(uncond, batch, unet.device()), context_});
    if (!options.graph || !DeviceGraph::is_possible(unet.device())) return;
    graph_.emplace(
        [this](const auto& inputs) { return unet_.forward(inputs[0], inputs[1], context_); },
        unet.device());
  }
  Guide(const Guide&) = delete;  // the graph's work holds `this`
  Guide& operator=(const Guide&) = delete;

  at::Tensor operator()(const at::Tensor& latents, const at::Tensor& time) {
    if (!guided()) return predict(latents, time).clone();  // schedulers keep it, a graph does not
    const auto halves = predict(at::cat({latents, latents}), time).chunk(2);
    return halves[0] + scale_ * (halves[1] - halves[0]);
  }

 private:
  bool guided() const { return scale_ > 1; }

  at::Tensor predict(const at::Tensor& latents, const at::Tensor& time) {
    return graph_ ? (*graph_)({latents, time}) : unet_.forward(latents, time, context_);
  }

  const UNet& unet_;
  double scale_;
  at::Tensor context_;
  std::optional<DeviceGraph> graph_;
};

}  // namespace

at::Tensor sample_latents(const UNet& unet, const SchedulerConfig& config, at::Tensor noise,
                          const at::Tensor& cond, const at::Tensor& uncond,
                          const SampleOptions& options, const OnStep& on_step) {
  at::Tensor latents;
  {
    // Cheaper than no-grad alone; what leaves the scope is copied into an ordinary tensor, so that
    // a trainer can use it.
    const c10::InferenceMode inference;
    const auto scheduler = make_scheduler(config, options.steps);
    if (noise.dim() != 4) throw Error("the noise must be [batch, channels, height, width]");
    Guide guide(unet, cond, uncond, noise.size(0), options);
    latents = noise.to(at::TensorOptions().device(unet.device()).dtype(at::kFloat)) *
              scheduler->init_noise_sigma();
    const auto times = at::tensor(scheduler->timesteps()).to(unet.device());
    const int calls = static_cast<int>(scheduler->timesteps().size());
    for (int i = 0; i < calls; ++i) {
      const auto output = guide(scheduler->scale_model_input(latents, i), times.narrow(0, i, 1));
      latents = scheduler->step(output, i, latents);
      if (on_step && !on_step(i + 1, calls)) throw Cancelled();
    }
    if (!latents.isfinite().all().item<bool>()) {
      throw Error("the latents are not finite after sampling: the model's weights are damaged, " +
                  std::string("or guidance_scale is far too large"));
    }
  }
  return latents.clone();
}

}  // namespace diffusion
