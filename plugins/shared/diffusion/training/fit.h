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
  /// Of the averaged weights, at most; 0 keeps none.
  double ema_decay = 0;
  /// How soon they follow, more than 0: 9 is EMAModel without `use_ema_warmup`; the less it is, the
  /// more of the training the average spans (of n updates about the last n / (1 + inv_gamma)).
  double ema_inv_gamma = kEmaInvGamma;
};

/// The decay of the averages at update `update` (from 1): 0 at the first, then
/// min(most, update / (inv_gamma + update)) (diffusers `training_utils.py`, EMAModel.get_decay,
/// with power 1; the polynomial-decay averaging of Shamir and Zhang, arXiv 1212.1824).
double averaging_decay(std::int64_t update, double most, double inv_gamma = kEmaInvGamma);

/// The optimisation of a set of weights: AdamW, gradients clipped by their global norm (torch
/// `clip_grad_norm_`), a schedule of the learning rate, and an exponential moving average of the
/// weights. Changes `weights` in place; they must require gradients. One thread.
///
/// An update is queue_update() and then conclude_update(), so that the first can be recorded
/// together with the passes before it (device_graph.h); update() is both.
class Fit {
 public:
  Fit(NamedTensors weights, FitOptions options);
  ~Fit();
  Fit(const Fit&) = delete;
  Fit& operator=(const Fit&) = delete;

  /// Goes back through the graph of `loss`, and adds its gradients to those that wait for update().
  void backward(const at::Tensor& loss);
  /// Updates the weights once by the gradients that wait; returns their norm before clipping.
  /// Throws Error when a loss of backward() or a gradient is not finite: the weights are then as
  /// they were before. Either way no gradients wait after it.
  double update();
  /// Queues the update on the weights' device, which is asked for nothing; `learning_rate` is that
  /// of learning_rate(). Returns what conclude_update() wants to see: the losses of backward() and
  /// the norm, [losses + 1].
  at::Tensor queue_update(const at::Tensor& learning_rate);
  /// That of the next update, one element on the weights' device.
  at::Tensor learning_rate() const;
  /// Counts the update and averages the weights; returns and throws as update() does.
  double conclude_update(const at::Tensor& figures);
  /// Both, for one loss.
  double step(const at::Tensor& loss);
  /// Forgets what waits for update().
  void drop_gradients();

  const NamedTensors& weights() const { return weights_; }
  /// Updates done so far, those before load() included.
  std::int64_t steps_done() const { return steps_done_; }

  /// Weights, moments and averages in one file, whole or not at all. `settings` are what the run
  /// cannot have otherwise when it goes on, beside AdamW's.
  void save(const std::filesystem::path& folder, const Settings& settings = {}) const;
  /// Goes on where save() was called; see read_checkpoint. Returns what is not as it was.
  std::string load(const std::filesystem::path& folder, const Settings& settings = {});

  /// While it lives the weights are the averaged ones; without averages nothing changes.
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
  std::vector<at::Tensor> losses_;  // of the gradients that wait
};

}  // namespace diffusion
