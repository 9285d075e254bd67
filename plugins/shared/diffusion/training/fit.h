#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "diffusion/networks/unet.h"
#include "diffusion/training/adamw.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/lr_schedule.h"

namespace diffusion {

inline constexpr double kEmaInvGamma = 9;

struct FitOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;
  double max_grad_norm = 1.0;
  LrSchedule lr_schedule = {};
  /// The largest decay of the averaged weights; 0: no averages.
  double ema_decay = 0;
  /// How soon the averages follow the weights; more than 0. 9 is EMAModel without `use_ema_warmup`.
  /// A smaller value averages over more of the training: of n updates about the last n / (1 +
  /// inv_gamma).
  double ema_inv_gamma = kEmaInvGamma;
};

/// The decay of the averages at update `update` (from 1): 0 at the first update, then min(most,
/// update / (inv_gamma + update)) (diffusers `training_utils.py`, EMAModel.get_decay, with power 1;
/// the polynomial-decay averaging of Shamir and Zhang, arXiv 1212.1824).
double averaging_decay(std::int64_t update, double most, double inv_gamma = kEmaInvGamma);

/// The optimisation of a set of weights: AdamW, gradients clipped by their global norm (torch
/// `clip_grad_norm_`), a schedule of the learning rate, and an exponential moving average of the
/// weights. Changes `weights` in place; they must require gradients. One thread.
///
/// An update has two parts, queue_update() and conclude_update(), so that the first can be recorded
/// together with the passes before it (device_graph.h). update() does both.
class Fit {
 public:
  Fit(NamedTensors weights, FitOptions options);
  ~Fit();
  Fit(const Fit&) = delete;
  Fit& operator=(const Fit&) = delete;

  /// Runs the backward pass of `loss` and adds its gradients to those that wait for update().
  void backward(const at::Tensor& loss);
  /// Updates the weights once with the waiting gradients and returns their norm before clipping.
  /// Throws Error when a loss of backward() or a gradient is not finite; the weights are then
  /// unchanged. In both cases no gradients wait afterwards.
  double update();
  /// Queues the update on the weights' device without asking the device for a value.
  /// `learning_rate` comes from learning_rate(). Returns the argument of conclude_update(): the
  /// losses of backward() and the norm, [losses + 1].
  at::Tensor queue_update(const at::Tensor& learning_rate);
  /// The learning rate of the next update: one element on the weights' device.
  at::Tensor learning_rate() const;
  /// Counts the update and averages the weights. Returns and throws as update() does.
  double conclude_update(const at::Tensor& figures);
  /// backward() and update() for one loss.
  double step(const at::Tensor& loss);
  /// Drops the gradients that wait for update().
  void drop_gradients();

  const NamedTensors& weights() const { return weights_; }
  /// The number of updates so far, including those before load().
  std::int64_t steps_done() const { return steps_done_; }

  /// Writes weights, moments and averages into one file, whole or not at all. `settings` must not
  /// change when the run continues, nor must AdamW's.
  void save(const std::filesystem::path& folder, const Settings& settings = {}) const;
  /// Continues from where save() was called; see read_checkpoint(). Returns the conditions that
  /// differ.
  std::string load(const std::filesystem::path& folder, const Settings& settings = {});

  /// While it lives, the weights are the averaged ones. Without averages it does nothing.
  class Averaged {
   public:
    explicit Averaged(Fit& fit);
    ~Averaged();
    Averaged(const Averaged&) = delete;
    Averaged& operator=(const Averaged&) = delete;

   private:
    Fit& fit_;
  };

 private:
  void average();
  void swap_averages();

  NamedTensors weights_, averages_;
  FitOptions options_;
  AdamW optimizer_;
  std::int64_t steps_done_ = 0;
  std::vector<at::Tensor> losses_;  // of the waiting gradients
};

}  // namespace diffusion
