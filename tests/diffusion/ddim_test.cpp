#include "diffusion/ddim.h"

#include <catch2/catch.hpp>

#include "fixtures.h"

using diffusion::Ddim;
using diffusion::SchedulerConfig;

TEST_CASE("DDIM takes from 1 to num_train_timesteps steps") {
  const SchedulerConfig config;
  CHECK(Ddim(config, 1).timesteps() == std::vector<int>{0});
  CHECK(Ddim(config, 1000).timesteps().front() == 999);
  CHECK_THAT(error_of([&] { Ddim(config, 0); }), Catch::Contains("from 1 to 1000"));
  CHECK_THAT(error_of([&] { Ddim(config, 1001); }), Catch::Contains("from 1 to 1000"));
}

TEST_CASE("the three spacings of the timesteps are those of diffusers") {
  SchedulerConfig config;
  config.steps_offset = 1;
  CHECK(Ddim(config, 4).timesteps() == std::vector<int>{751, 501, 251, 1});
  config.timestep_spacing = "trailing";
  CHECK(Ddim(config, 4).timesteps() == std::vector<int>{999, 749, 499, 249});
  CHECK(Ddim(config, 7).timesteps() == std::vector<int>{999, 856, 713, 570, 428, 285, 142});
  config.timestep_spacing = "linspace";
  CHECK(Ddim(config, 4).timesteps() == std::vector<int>{999, 666, 333, 0});
}

TEST_CASE("an offset that leads past the schedule is refused") {
  SchedulerConfig config;
  config.steps_offset = 1;
  CHECK_NOTHROW(Ddim(config, 500));
  CHECK_THAT(error_of([&] { Ddim(config, 1000); }), Catch::Contains("steps_offset"));
}

TEST_CASE("a step outside the walk is refused") {
  const Ddim ddim(SchedulerConfig{}, 2);
  const auto latents = batch_from(1).latents;
  CHECK_NOTHROW(ddim.step(latents, 1, latents));
  CHECK_THAT(error_of([&] { ddim.step(latents, 2, latents); }), Catch::Contains("no step 2"));
  CHECK_THAT(error_of([&] { ddim.step(latents, -1, latents); }), Catch::Contains("no step -1"));
}
