#include "tests/catch_torch.h"

#include "diffusion/training/min_snr.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include "diffusion_fixtures.h"

using diffusion::min_snr_weights;
using diffusion::NoiseSchedule;

namespace {

constexpr double kGamma = 5;

diffusion::SchedulerConfig predicting(const std::string& prediction_type) {
  auto config = diffusion::SchedulerConfig::from_model_folder(tiny_model());
  config.prediction_type = prediction_type;
  return config;
}

at::Tensor timesteps() {
  return at::tensor({0, 300, 999}, at::TensorOptions().dtype(at::kLong));
}

}  // namespace

TEST_CASE("min-SNR weighs a row by min(SNR, gamma) over what its target weighs already") {
  const std::string type = GENERATE("epsilon", "v_prediction", "sample");
  CAPTURE(type);
  const NoiseSchedule schedule(predicting(type));
  const auto weights = min_snr_weights(schedule, timesteps(), kGamma);
  for (std::int64_t i = 0; i < 3; ++i) {
    const double a = schedule.alphas_cumprod[timesteps()[i].item<std::int64_t>()].item<double>();
    const double snr = a / (1 - a);
    const double divisor = type == "epsilon" ? snr : type == "sample" ? 1 : snr + 1;
    CHECK(weights[i].item<double>() == Approx(std::min(snr, kGamma) / divisor).epsilon(1e-4));
  }
  CHECK(min_snr_weights(schedule, timesteps(), 0).equal(at::ones({3})));
}

TEST_CASE("min-SNR is finite where a schedule keeps no signal at all") {
  for (const auto& [type, last] : {std::pair("epsilon", 1.0), std::pair("v_prediction", 0.0)}) {
    auto config = predicting(type);
    config.rescale_betas_zero_snr = true;
    const auto weights = min_snr_weights(NoiseSchedule(config), timesteps(), kGamma);
    CHECK(weights[2].item<double>() == last);
  }
}

TEST_CASE("with weights of 1 the weighted error is the mean squared error") {
  const auto output = at::randn({3, 4, 2, 2}), target = at::randn({3, 4, 2, 2});
  const double error = diffusion::weighted_mse(output, target, at::ones({3})).item<double>();
  CHECK(error == Approx(at::mse_loss(output, target).item<double>()));
}
