#include <catch2/catch.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/scheduler_config.h"
#include "diffusion/formats/unet_config.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion/networks/vae.h"
#include "diffusion/schedulers/noise_schedule.h"
#include "diffusion_fixtures.h"
#include "executor/files/json_file.h"
#include "executor/files/json_text.h"

using diffusion::SchedulerConfig;
using diffusion::UNetConfig;

namespace {

std::string unet_error(const std::string& key, const nlohmann::json& value) {
  const TemporaryFolder folder;
  const auto file = folder / "config.json";
  std::filesystem::copy_file(tiny_model() / "unet" / "config.json", file);
  edit_json(file, [&](nlohmann::json& json) { json[key] = value; });
  return error_of([&] { UNetConfig::from_file(file); });
}

}  // namespace

TEST_CASE("a setting of the UNet that is not supported is named with its file") {
  const auto [key, value] = GENERATE(
      table<std::string, nlohmann::json>({{"act_fn", "gelu"},
                                          {"class_embed_type", "timestep"},
                                          {"dual_cross_attention", true},
                                          {"down_block_types", {"DownBlock2D", "AttnDownBlock2D"}},
                                          {"dropout", 0.1},
                                          {"mid_block_type", "UNetMidBlock2D"},
                                          {"time_embedding_type", "fourier"},
                                          {"block_out_channels", {16}},
                                          {"layers_per_block", 0},
                                          {"block_out_channels", {16, 1'000'000'000}},
                                          {"attention_head_dim", {5, 5}},
                                          {"block_out_channels", "wide"},
                                          {"norm_num_groups", 7},
                                          {"in_channels", -4},
                                          {"sample_size", 1e300},
                                          {"attention_head_dim", nullptr}}));
  CAPTURE(key, value);
  const auto error = unet_error(key, value);
  CHECK_THAT(error, Catch::Contains("config.json"));
  CHECK_THAT(error, Catch::Contains(key) || Catch::Contains("norm_num_groups") ||
                        Catch::Contains("_block_types") || Catch::Contains("attention_head_dim"));
}

TEST_CASE("settings that change nothing in float32 are welcome") {
  const TemporaryFolder folder;
  const auto file = folder / "config.json";
  std::filesystem::copy_file(tiny_model() / "unet" / "config.json", file);
  edit_json(file, [](nlohmann::json& json) {
    json["upcast_attention"] = true;
    json["_note"] = "of whoever wrote it";
    json["a_setting_of_tomorrow"] = nullptr;
    json["decay"] = 0.9999;
  });
  const auto config = UNetConfig::from_file(file);
  CHECK(config.levels.size() == 2);
  CHECK(config.unknown == std::vector<std::string>{"decay"});
}

TEST_CASE("a scheduler file of any class is read, and what it leaves out stays open") {
  const TemporaryFolder folder;
  write_file(folder / "s.json", R"({"_class_name": "DPMSolverMultistepScheduler",
      "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
      "lambda_min_clipped": -Infinity, "note \"Infinity\"": "NaN \\", "steps_offset": 1,
      "solver_type": "bh2", "variance_type": null})");
  const auto config = SchedulerConfig::from_file(folder / "s.json");
  CHECK(config.class_name == "DPMSolverMultistepScheduler");
  CHECK(config.steps_offset == 1);
  CHECK(config.clip_sample);
  CHECK_FALSE(config.set_alpha_to_one.has_value());
  CHECK_FALSE(config.timestep_spacing.has_value());
  CHECK_FALSE(config.lambda_min_clipped.has_value());
  CHECK(config.prediction_type == "epsilon");
  CHECK(config.solver_type == "midpoint");
  CHECK(config.unsupported.empty());
}

TEST_CASE("what a scheduler file has wrong is named") {
  const TemporaryFolder folder;
  const auto file = folder / "s.json";
  const auto [json, word] = GENERATE(
      table<std::string, std::string>({{R"({"beta_schedule": "sigmoid"})", "scaled_linear"},
                                       {R"({"prediction_type": "flow"})", "v_prediction"},
                                       {R"({"timestep_spacing": "odd"})", "trailing"},
                                       {R"({"num_train_timesteps": 0})", "num_train_timesteps"},
                                       {R"({"final_sigmas_type": "one"})", "sigma_min"},
                                       {R"({"solver_order": 4})", "solver_order"},
                                       {R"({"trained_betas": [0.1, 0.2]})", "trained_betas"},
                                       {R"({"beta_start": "small"})", "beta_start"},
                                       {"[1, 2]", "object"},
                                       {"{", "JSON"},
                                       {"", "JSON"}}));
  write_file(file, json);
  CHECK_THAT(error_of([&] { SchedulerConfig::from_file(file); }), Catch::Contains(word));
}

TEST_CASE("a JSON file at the size limit is read, and one past it is refused") {
  const TemporaryFolder folder;
  const auto file = folder / "large.json";
  write_file(file, "[]");
  const auto most = files::JsonLimits{}.bytes;
  std::filesystem::resize_file(file, most + 1);
  CHECK_THAT(error_of([&] { files::read_json_file(file); }), Catch::Contains("more than"));
  std::string spaces(most, ' ');
  spaces.replace(0, 2, "[]");
  write_file(file, spaces);
  CHECK(files::read_json_file(file).is_array());
}

TEST_CASE("timesteps outside the schedule are refused") {
  const diffusion::NoiseSchedule schedule(tiny_model());
  auto batch = batch_from(1);
  const auto add = [&] { schedule.add_noise(batch.latents, batch.noise, batch.timesteps); };
  batch.timesteps.fill_(999);
  CHECK_NOTHROW(add());
  batch.timesteps.fill_(1000);
  CHECK_THAT(error_of(add), Catch::Contains("1000"));
  batch.timesteps.fill_(-1);
  CHECK_THAT(error_of(add), Catch::Contains("timestep"));
}

TEST_CASE("inputs of another shape are refused with what is needed") {
  const diffusion::UNet unet(tiny_model());
  const diffusion::Vae vae(tiny_model());
  const diffusion::TextEncoder text(tiny_model());
  const auto batch = batch_from(1);
  CHECK_THAT(error_of([&] { unet.forward(batch.latents[0], batch.timesteps, batch.context); }),
             Catch::Contains("latents"));
  CHECK_THAT(error_of([&] {
               unet.forward(batch.latents, batch.timesteps, batch.context.narrow(2, 0, 8));
             }),
             Catch::Contains("context"));
  CHECK_THAT(error_of([&] {
               unet.forward(batch.latents, batch.timesteps.narrow(0, 0, 2), batch.context);
             }),
             Catch::Contains("timestep"));
  CHECK_THAT(error_of([&] { vae.decode(batch.latents[0]); }), Catch::Contains("latents"));
  CHECK_THAT(error_of([&] { vae.encode(batch.latents); }), Catch::Contains("pictures"));
  const auto ids = batch.timesteps.unsqueeze(0);
  CHECK_THAT(error_of([&] { text.encode(ids.clone().fill_(100000)); }),
             Catch::Contains("vocabulary"));
  CHECK_THAT(error_of([&] { text.encode(ids.clone().fill_(-1)); }), Catch::Contains("vocabulary"));
  CHECK_THAT(error_of([&] { text.encode(ids.repeat({1, 9})); }), Catch::Contains("at most 24"));
}
