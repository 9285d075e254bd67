#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace diffusion {

/// diffusers' `scheduler_config.json`, for every scheduler of this library and for training. A
/// missing key has the default of the diffusers class that reads it. Where these defaults differ,
/// the value stays empty here and the scheduler fills it in.
struct SchedulerConfig {
  std::string class_name = "DDIMScheduler";
  int num_train_timesteps = 1000;
  double beta_start = 0.0001;
  double beta_end = 0.02;
  std::string beta_schedule = "linear";         ///< linear, scaled_linear or squaredcos_cap_v2
  std::vector<double> trained_betas;            ///< replaces the schedule when not empty
  std::string prediction_type = "epsilon";      ///< epsilon, v_prediction or sample
  bool rescale_betas_zero_snr = false;          ///< PNDM does not know it
  std::optional<std::string> timestep_spacing;  ///< leading, trailing or linspace
  int steps_offset = 0;

  std::optional<bool> set_alpha_to_one;  ///< DDIM, PNDM
  bool clip_sample = true;               ///< DDIM
  double clip_sample_range = 1.0;        ///< DDIM
  bool skip_prk_steps = false;           ///< PNDM

  bool use_karras_sigmas = false;              ///< DPM-Solver++, Euler
  std::string final_sigmas_type = "zero";      ///< DPM-Solver++, Euler: zero or sigma_min
  std::optional<double> sigma_min, sigma_max;  ///< Euler
  int solver_order = 2;                        ///< DPM-Solver++: 1 or 2
  std::string solver_type = "midpoint";        ///< DPM-Solver++: midpoint or heun
  std::string algorithm_type = "dpmsolver++";  ///< DPM-Solver++: the only value
  std::optional<double> lambda_min_clipped;    ///< DPM-Solver++
  bool lower_order_final = true;               ///< DPM-Solver++
  bool euler_at_final = false;                 ///< DPM-Solver++

  /// Settings in the file that no scheduler of this library supports: key -> value.
  std::map<std::string, std::string> unsupported;

  /// Reads a scheduler_config.json. Throws Error for a value that is out of range or unknown.
  static SchedulerConfig from_file(const std::filesystem::path& file);
  /// Reads `scheduler/scheduler_config.json` of a diffusers folder.
  static SchedulerConfig from_model_folder(const std::filesystem::path& model_folder);

  /// Throws Error when the file has an unsupported setting for one of `keys`, which the scheduler
  /// needs.
  void refuse(const std::vector<std::string>& keys) const;
};

/// The names that a request can choose from: ddim, ddim-trailing, pndm, dpmsolver++,
/// dpmsolver++-karras, euler.
const std::vector<std::string>& scheduler_names();

/// A model's configuration as the named scheduler reads it (`from_config` of its diffusers class).
/// `-trailing` sets timestep_spacing, `-karras` sets use_karras_sigmas, and plain `dpmsolver++`
/// clears use_karras_sigmas. Throws Error for an unknown name.
SchedulerConfig with_scheduler(SchedulerConfig config, const std::string& name);

/// The name of the configuration's scheduler; the name of its class when the class has no other.
std::string scheduler_name(const SchedulerConfig& config);

/// Whether this library has a scheduler for that diffusers class.
bool has_scheduler(const std::string& class_name);

/// Throws Error with `cause` and the names to choose from.
[[noreturn]] void refuse_unknown_scheduler(const std::string& cause);

}  // namespace diffusion
