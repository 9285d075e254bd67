#include "diffusion/scheduler_config.h"

#include <algorithm>

#include "diffusion/error.h"
#include "diffusion/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxTrainTimesteps = 100'000;

std::string one_of(const ConfigFile& config, const std::string& key, const std::string& fallback,
                   const std::vector<std::string>& known) {
  const auto value = config.text(key, fallback);
  if (std::find(known.begin(), known.end(), value) != known.end()) return value;
  std::string list;
  for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
  config.fail(key, "is \"" + value + "\"; supported are " + list);
}

std::vector<double> read_trained_betas(const ConfigFile& config, int count) {
  std::vector<double> betas;
  if (!config.has("trained_betas")) return betas;
  for (const auto& beta : config.json().at("trained_betas")) {
    if (!beta.is_number() || !(beta.get<double>() > 0 && beta.get<double>() < 1)) {
      config.fail("trained_betas", "must be a list of numbers between 0 and 1");
    }
    betas.push_back(beta.get<double>());
  }
  if (betas.size() != static_cast<std::size_t>(count)) {
    config.fail("trained_betas", "must have num_train_timesteps entries");
  }
  return betas;
}

}  // namespace

SchedulerConfig SchedulerConfig::from_file(const std::filesystem::path& file) {
  const ConfigFile config(file);
  SchedulerConfig result;
  result.class_name = config.text("_class_name", result.class_name);
  result.num_train_timesteps =
      config.integer("num_train_timesteps", 1, kMaxTrainTimesteps, result.num_train_timesteps);
  result.beta_start = config.number("beta_start", 0, 1, result.beta_start);
  result.beta_end = config.number("beta_end", 0, 1, result.beta_end);
  result.beta_schedule = one_of(config, "beta_schedule", result.beta_schedule,
                                {"linear", "scaled_linear", "squaredcos_cap_v2"});
  result.trained_betas = read_trained_betas(config, result.num_train_timesteps);
  result.prediction_type = one_of(config, "prediction_type", result.prediction_type,
                                  {"epsilon", "v_prediction", "sample"});
  result.timestep_spacing = one_of(config, "timestep_spacing", result.timestep_spacing,
                                   {"leading", "trailing", "linspace"});
  result.steps_offset =
      config.integer("steps_offset", 0, result.num_train_timesteps - 1, result.steps_offset);
  result.set_alpha_to_one = config.flag("set_alpha_to_one", result.set_alpha_to_one);
  result.clip_sample = config.flag("clip_sample", result.clip_sample);
  result.clip_sample_range = config.number("clip_sample_range", 0, 1e6, result.clip_sample_range);
  result.rescale_betas_zero_snr =
      config.flag("rescale_betas_zero_snr", result.rescale_betas_zero_snr);
  config.only("thresholding", false);
  return result;
}

SchedulerConfig SchedulerConfig::from_model_folder(const std::filesystem::path& model_folder) {
  return from_file(model_folder / "scheduler" / "scheduler_config.json");
}

}  // namespace diffusion
