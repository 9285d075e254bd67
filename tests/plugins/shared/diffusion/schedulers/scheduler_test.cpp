#include "diffusion/schedulers/scheduler.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "diffusion_fixtures.h"

using diffusion::make_scheduler;
using diffusion::SchedulerConfig;
using diffusion::with_scheduler;

namespace {

// scaled_linear as Stable Diffusion has it.
SchedulerConfig config_of(const std::string& name) {
  SchedulerConfig config;
  config.beta_start = 0.00085;
  config.beta_end = 0.012;
  config.beta_schedule = "scaled_linear";
  config.skip_prk_steps = true;
  return with_scheduler(config, name);
}

std::vector<double> timesteps(const SchedulerConfig& config, int steps) {
  return make_scheduler(config, steps)->timesteps();
}

using Walk = std::vector<double>;

}  // namespace

TEST_CASE("a walk has from 1 to num_train_timesteps steps, whoever takes it") {
  for (const auto& name : diffusion::scheduler_names()) {
    CAPTURE(name);
    const auto config = config_of(name);
    CHECK(timesteps(config, 1).size() == 1);
    CHECK(timesteps(config, 998).size() == (name == "pndm" ? 999 : 998));
    CHECK_THAT(error_of([&] { make_scheduler(config, 0); }), Catch::Contains("from 1 to 1000"));
    CHECK_THAT(error_of([&] { make_scheduler(config, 1001); }), Catch::Contains("from 1 to 1000"));
  }
  CHECK(timesteps(config_of("ddim"), 1000).front() == 999);
}

TEST_CASE("the three spacings of the timesteps are those of diffusers") {
  auto config = config_of("ddim");
  config.steps_offset = 1;
  CHECK(timesteps(config, 4) == Walk{751, 501, 251, 1});
  config.timestep_spacing = "trailing";
  CHECK(timesteps(config, 4) == Walk{999, 749, 499, 249});
  CHECK(timesteps(config, 7) == Walk{999, 856, 713, 570, 428, 285, 142});
  config.timestep_spacing = "linspace";
  CHECK(timesteps(config, 4) == Walk{999, 666, 333, 0});
  CHECK(timesteps(with_scheduler(config, "euler"), 3) == Walk{999, 499.5, 0});
  CHECK(timesteps(with_scheduler(config, "dpmsolver++"), 4) == Walk{999, 749, 500, 250});
}

TEST_CASE("what a configuration leaves out has the default of the class that reads it") {
  CHECK(timesteps(config_of("ddim"), 2) == Walk{500, 0});
  CHECK(timesteps(config_of("pndm"), 2) == Walk{500, 0, 0});
  CHECK(timesteps(config_of("euler"), 2) == Walk{999, 0});
  CHECK(timesteps(config_of("dpmsolver++"), 2) == Walk{999, 500});
}

TEST_CASE("an offset that leads past the schedule is refused") {
  auto config = config_of("ddim");
  config.steps_offset = 1;
  CHECK_NOTHROW(make_scheduler(config, 500));
  CHECK_THAT(error_of([&] { make_scheduler(config, 1000); }), Catch::Contains("steps_offset"));
}

TEST_CASE("steps are taken in their order, each once") {
  const auto latents = batch_from(1).latents;
  for (const auto& name : diffusion::scheduler_names()) {
    const auto scheduler = make_scheduler(config_of(name), 2);
    const int calls = static_cast<int>(scheduler->timesteps().size());
    CHECK_THAT(error_of([&] { scheduler->step(latents, 1, latents); }),
               Catch::Contains("no step 1"));
    for (int i = 0; i < calls; ++i) CHECK_NOTHROW(scheduler->step(latents, i, latents));
    CHECK_THAT(error_of([&] { scheduler->step(latents, calls, latents); }),
               Catch::Contains("are done"));
    CHECK_THAT(error_of([&] { scheduler->step(latents, -1, latents); }),
               Catch::Contains("no step -1"));
  }
}

TEST_CASE("PNDM starts with Runge-Kutta steps of four calls when it is told to") {
  auto config = config_of("pndm");
  config.skip_prk_steps = false;
  CHECK(timesteps(config, 4) == Walk{750, 625, 625, 500, 500, 375, 375, 250, 250, 125, 125, 0, 0});
  CHECK_THAT(error_of([&] { make_scheduler(config, 3); }), Catch::Contains("at least 4"));
  config.prediction_type = "sample";
  CHECK_THAT(error_of([&] { make_scheduler(config, 4); }), Catch::Contains("v_prediction"));
}

TEST_CASE("Euler's noise is as large as its first level, and the network is shown it scaled down") {
  const auto scheduler = make_scheduler(config_of("euler"), 5);
  CHECK(scheduler->init_noise_sigma() == Approx(14.6146).epsilon(1e-5));
  const auto latents = batch_from(1).latents;
  const auto shown = scheduler->scale_model_input(latents, 0);
  CHECK(shown.allclose(latents.div(std::sqrt(14.6146 * 14.6146 + 1)), 1e-5));
  auto config = config_of("euler");
  config.timestep_spacing = "leading";
  CHECK(make_scheduler(config, 5)->init_noise_sigma() > 1);
}

TEST_CASE("a scheduler has a name, and the name leads to it") {
  for (const auto& name : diffusion::scheduler_names()) {
    CHECK(diffusion::scheduler_name(config_of(name)) == name);
    CHECK(diffusion::has_scheduler(config_of(name).class_name));
  }
  CHECK_THAT(error_of([] { config_of("heun"); }),
             Catch::Contains("\"heun\"") && Catch::Contains("dpmsolver++-karras"));
  SchedulerConfig config;
  config.class_name = "UniPCMultistepScheduler";
  CHECK_FALSE(diffusion::has_scheduler(config.class_name));
  CHECK(diffusion::scheduler_name(config) == "UniPCMultistepScheduler");
  CHECK_THAT(error_of([&] { make_scheduler(config, 5); }),
             Catch::Contains("UniPC") && Catch::Contains("pndm"));
}

TEST_CASE("a setting that a scheduler cannot follow is refused by that scheduler alone") {
  const TemporaryFolder folder;
  const auto [key, value, refused, ignored] =
      GENERATE(table<std::string, nlohmann::json, std::string, std::string>(
          {{"thresholding", true, "ddim", "pndm"},
           {"thresholding", true, "dpmsolver++", "euler"},
           {"use_lu_lambdas", true, "dpmsolver++", "ddim"},
           {"use_beta_sigmas", true, "euler", "ddim"},
           {"timestep_type", "continuous", "euler", "dpmsolver++"},
           {"algorithm_type", "sde-dpmsolver++", "dpmsolver++", "euler"},
           {"solver_order", 3, "dpmsolver++", "pndm"}}));
  CAPTURE(key, refused);
  write_file(folder / "s.json", nlohmann::json{{key, value}, {"skip_prk_steps", true}}.dump());
  const auto config = SchedulerConfig::from_file(folder / "s.json");
  CHECK_NOTHROW(make_scheduler(with_scheduler(config, ignored), 5));
  CHECK_THAT(error_of([&, name = refused] { make_scheduler(with_scheduler(config, name), 5); }),
             Catch::Contains(key));
}
