#include "diffusion/formats/scheduler_config.h"

#include <algorithm>
#include <utility>

#include "diffusion/formats/diffusion_error.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxTrainTimesteps = 100'000;
constexpr double kMaxSigma = 1e9;

std::string one_of(const files::ConfigFile& config, const std::string& key,
                   const std::string& fallback, const std::vector<std::string>& known) {
  const auto value = config.text(key, fallback);
  if (std::find(known.begin(), known.end(), value) != known.end()) return value;
  std::string list;
  for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
  config.fail(key, "is \"" + value + "\"; supported are " + list);
}

std::vector<double> read_trained_betas(const files::ConfigFile& config, int count) {
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

// diffusers reads "bh2" and the like, which other solvers leave behind, as midpoint, and "deis" as
// dpmsolver++ (`scheduling_dpmsolver_multistep.py`).
std::string read_solver_type(const files::ConfigFile& config) {
  const auto type =
      one_of(config, "solver_type", "midpoint", {"midpoint", "heun", "logrho", "bh1", "bh2"});
  return type == "heun" ? type : "midpoint";
}

// A setting and the one value of it that changes nothing.
const std::pair<const char*, nlohmann::json> kFollowed[] = {
    {"thresholding", false},    {"use_lu_lambdas", false},        {"use_exponential_sigmas", false},
    {"use_beta_sigmas", false}, {"use_flow_sigmas", false},       {"use_dynamic_shifting", false},
    {"variance_type", nullptr}, {"interpolation_type", "linear"}, {"timestep_type", "discrete"}};

void read_sampling(const files::ConfigFile& config, SchedulerConfig& result) {
  if (config.has("set_alpha_to_one")) {
    result.set_alpha_to_one = config.flag("set_alpha_to_one", true);
  }
  result.clip_sample = config.flag("clip_sample", result.clip_sample);
  result.clip_sample_range = config.number("clip_sample_range", 0, 1e6, result.clip_sample_range);
  result.skip_prk_steps = config.flag("skip_prk_steps", result.skip_prk_steps);
  result.use_karras_sigmas = config.flag("use_karras_sigmas", result.use_karras_sigmas);
  result.final_sigmas_type =
      one_of(config, "final_sigmas_type", result.final_sigmas_type, {"zero", "sigma_min"});
  if (config.has("sigma_min")) result.sigma_min = config.number("sigma_min", 0, kMaxSigma, 0);
  if (config.has("sigma_max")) result.sigma_max = config.number("sigma_max", 0, kMaxSigma, 0);
  result.solver_order = config.integer("solver_order", 1, 3, result.solver_order);
  result.solver_type = read_solver_type(config);
  result.algorithm_type = config.text("algorithm_type", result.algorithm_type);
  if (config.has("lambda_min_clipped")) {
    result.lambda_min_clipped = config.number("lambda_min_clipped", -kMaxSigma, kMaxSigma, 0);
  }
  result.lower_order_final = config.flag("lower_order_final", result.lower_order_final);
  result.euler_at_final = config.flag("euler_at_final", result.euler_at_final);
  for (const auto& [key, value] : kFollowed) {
    if (config.has(key) && config.json().at(key) != value) {
      result.unsupported[key] = config.json().at(key).dump();
    }
  }
}

}  // namespace

SchedulerConfig SchedulerConfig::from_file(const std::filesystem::path& file) {
  const files::ConfigFile config(file);
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
  result.rescale_betas_zero_snr =
      config.flag("rescale_betas_zero_snr", result.rescale_betas_zero_snr);
  if (config.has("timestep_spacing")) {
    result.timestep_spacing =
        one_of(config, "timestep_spacing", "", {"leading", "trailing", "linspace"});
  }
  result.steps_offset =
      config.integer("steps_offset", 0, result.num_train_timesteps - 1, result.steps_offset);
  read_sampling(config, result);
  return result;
}

SchedulerConfig SchedulerConfig::from_model_folder(const std::filesystem::path& model_folder) {
  return from_file(model_folder / "scheduler" / "scheduler_config.json");
}

void SchedulerConfig::refuse(const std::vector<std::string>& keys) const {
  for (const auto& key : keys) {
    const auto found = unsupported.find(key);
    if (found == unsupported.end()) continue;
    throw Error("scheduler_config.json: \"" + key + "\" is " + found->second +
                ", which is not supported; set it to its default, or choose another scheduler");
  }
}

const std::vector<std::string>& scheduler_names() {
  static const std::vector<std::string> names = {"ddim",        "ddim-trailing",      "pndm",
                                                 "dpmsolver++", "dpmsolver++-karras", "euler"};
  return names;
}

SchedulerConfig with_scheduler(SchedulerConfig config, const std::string& name) {
  if (name == "ddim" || name == "ddim-trailing") {
    config.class_name = "DDIMScheduler";
    if (name == "ddim-trailing") config.timestep_spacing = "trailing";
  } else if (name == "pndm") {
    config.class_name = "PNDMScheduler";
  } else if (name == "dpmsolver++" || name == "dpmsolver++-karras") {
    config.class_name = "DPMSolverMultistepScheduler";
    config.use_karras_sigmas = name == "dpmsolver++-karras";
  } else if (name == "euler") {
    config.class_name = "EulerDiscreteScheduler";
  } else {
    refuse_unknown_scheduler("there is no scheduler \"" + name + "\"");
  }
  return config;
}

std::string scheduler_name(const SchedulerConfig& config) {
  if (config.class_name == "DDIMScheduler") {
    return config.timestep_spacing == "trailing" ? "ddim-trailing" : "ddim";
  }
  if (config.class_name == "PNDMScheduler") return "pndm";
  if (config.class_name == "DPMSolverMultistepScheduler") {
    return config.use_karras_sigmas ? "dpmsolver++-karras" : "dpmsolver++";
  }
  return config.class_name == "EulerDiscreteScheduler" ? "euler" : config.class_name;
}

bool has_scheduler(const std::string& class_name) {
  SchedulerConfig config;
  config.class_name = class_name;
  return scheduler_name(config) != class_name;
}

void refuse_unknown_scheduler(const std::string& cause) {
  std::string list;
  for (const auto& name : scheduler_names()) list += (list.empty() ? "" : ", ") + name;
  throw Error(cause + "; choose one of " + list);
}

}  // namespace diffusion
