#include "diffusion/schedulers/pndm.h"

#include <ATen/TensorOperators.h>

#include <cmath>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/schedulers/noise_schedule.h"
#include "diffusion/schedulers/timestep_spacing.h"

namespace diffusion {
namespace {

constexpr int kOrder = 4;
constexpr int kRungeKuttaSteps = 3;

// PNDM knows no zero-SNR schedule and passes the setting over.
SchedulerConfig as_known(SchedulerConfig config) {
  config.rescale_betas_zero_snr = false;
  return config;
}

// One step is taken twice, the second time with the mean of both outputs.
std::vector<double> with_second_repeated(std::vector<double> timesteps) {
  if (timesteps.size() > 1) timesteps.insert(timesteps.begin() + 1, timesteps[1]);
  return timesteps;
}

// A Runge-Kutta step looks at its start, twice at the middle and at its end.
std::vector<double> with_runge_kutta(const std::vector<double>& timesteps, int half) {
  if (timesteps.size() < kOrder) {
    throw Error(
        "PNDM with Runge-Kutta steps needs at least 4 steps; take more, or set "
        "skip_prk_steps in scheduler_config.json");
  }
  std::vector<double> result;
  for (int i = 0; i < kRungeKuttaSteps; ++i) {
    const double middle = timesteps[i + 1] + half;
    result.insert(result.end(), {timesteps[i], middle, middle, timesteps[i + 1]});
  }
  result.insert(result.end(), timesteps.begin() + kRungeKuttaSteps, timesteps.end());
  return result;
}

std::vector<double> walk(const SchedulerConfig& config, int steps) {
  const auto timesteps =
      spaced_timesteps(config, config.timestep_spacing.value_or("leading"), steps);
  return config.skip_prk_steps
             ? with_second_repeated(timesteps)
             : with_runge_kutta(timesteps, config.num_train_timesteps / steps / 2);
}

}  // namespace

Pndm::Pndm(const SchedulerConfig& config, int steps)
    : Scheduler(walk(config, steps)),
      v_prediction_(config.prediction_type == "v_prediction"),
      runge_kutta_calls_(config.skip_prk_steps ? 0 : kOrder * kRungeKuttaSteps),
      stride_(config.num_train_timesteps / steps) {
  if (config.prediction_type == "sample") {
    throw Error(
        "PNDM predicts from epsilon or v_prediction; choose another scheduler for a model "
        "that predicts the sample");
  }
  const auto alphas = NoiseSchedule(as_known(config)).alphas_cumprod;
  const float* alpha = alphas.const_data_ptr<float>();
  alpha_.assign(alpha, alpha + config.num_train_timesteps);
  last_alpha_ = config.set_alpha_to_one.value_or(false) ? 1.0 : alpha_.front();
}

at::Tensor Pndm::advance(const at::Tensor& output, int index, const at::Tensor& sample) {
  return index < runge_kutta_calls_ ? runge_kutta(output, index, sample)
                                    : multistep(output, index, sample);
}

at::Tensor Pndm::runge_kutta(const at::Tensor& output, int index, const at::Tensor& sample) {
  const int stage = index % kOrder;
  at::Tensor direction = output;
  if (stage == 0) {
    outputs_.push_back(output);
    kept_sample_ = sample;
    sum_ = output / 6;
  } else if (stage < kOrder - 1) {
    sum_ = sum_ + output / 3;
  } else {
    direction = sum_ + output / 6;
  }
  const int start = timestep(index - stage);
  const int end = timestep(index) - (stage % 2 == 0 ? stride_ / 2 : 0);
  return transfer(kept_sample_, start, end, direction);
}

at::Tensor Pndm::multistep(at::Tensor output, int index, const at::Tensor& sample) {
  const bool second_time = runge_kutta_calls_ == 0 && index == 1;
  if (second_time) {
    const int end = timestep(index);
    return transfer(kept_sample_, end + stride_, end, (output + outputs_.back()) / 2);
  }
  if (index == 0) kept_sample_ = sample;
  if (outputs_.size() == kOrder) outputs_.erase(outputs_.begin());
  outputs_.push_back(output);
  const auto e = [&](int back) -> const at::Tensor& { return outputs_[outputs_.size() - back]; };
  if (outputs_.size() == 2) {
    output = (3 * e(1) - e(2)) / 2;
  } else if (outputs_.size() == 3) {
    output = (23 * e(1) - 16 * e(2) + 5 * e(3)) / 12;
  } else if (outputs_.size() == 4) {
    output = (55 * e(1) - 59 * e(2) + 37 * e(3) - 9 * e(4)) / 24;
  }
  return transfer(sample, timestep(index), timestep(index) - stride_, output);
}

// Formula (9).
at::Tensor Pndm::transfer(const at::Tensor& sample, int from, int to,
                          const at::Tensor& output) const {
  const double a = alpha_.at(from), b = to >= 0 ? alpha_.at(to) : last_alpha_;
  const auto epsilon = v_prediction_ ? std::sqrt(a) * output + std::sqrt(1 - a) * sample : output;
  const double denominator = a * std::sqrt(1 - b) + std::sqrt(a * (1 - a) * b);
  return std::sqrt(b / a) * sample - (b - a) / denominator * epsilon;
}

}  // namespace diffusion
