#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace diffusion {

/// `scheduler_config.json` of diffusers, for every scheduler of this library and for training.
/// What a file leaves out has the default of the diffusers class that reads it; where the classes
/// differ, the value stays open here and the scheduler fills it in.
struct SchedulerConfig {
  std::string class_name = "DDIMScheduler";
  int num_train_timesteps = 1000;
  double beta_start = 0.0001;
  double beta_end = 0.02;
  std::string beta_schedule = "linear";         ///< linear, scaled_linear or squaredcos_cap_v2
  std::vector<double> trained_betas;            ///< in place of a schedule when not empty
  std::string prediction_type = "epsilon";      ///< epsilon, v_prediction or sample
  bool rescale_betas_zero_snr = false;          ///< not known to PNDM
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
  std::string algorithm_type = "dpmsolver++";  ///< DPM-Solver++: no other
  std::optional<double> lambda_min_clipped;    ///< DPM-Solver++
  bool lower_order_final = true;               ///< DPM-Solver++
  bool euler_at_final = false;                 ///< DPM-Solver++

  /// Settings that the file makes and no scheduler of this library can follow: key -> value.
  std::map<std::string, std::string> unsupported;

  /// Reads a scheduler_config.json. Throws Error for a value out of range or of no known meaning.
  static SchedulerConfig from_file(const std::filesystem::path& file);
  /// Reads `scheduler/scheduler_config.json` of a diffusers folder.
  static SchedulerConfig from_model_folder(const std::filesystem::path& model_folder);

  /// Throws Error when one of these keys, which the scheduler would have to follow, is unsupported.
  void refuse(const std::vector<std::string>& keys) const;
};

/// The names that a request can choose from: ddim, ddim-trailing, pndm, dpmsolver++,
/// dpmsolver++-karras, euler.
const std::vector<std::string>& scheduler_names();

/// A model's configuration as the scheduler of that name reads it (`from_config` of its class in
/// diffusers). `-trailing` and `-karras` set timestep_spacing and use_karras_sigmas; `dpmsolver++`
/// alone unsets the latter. Throws Error for an unknown name.
SchedulerConfig with_scheduler(SchedulerConfig config, const std::string& name);

/// The name of the scheduler that the configuration chooses; the class's own when there is none.
std::string scheduler_name(const SchedulerConfig& config);

/// Whether this library has a scheduler of that class of diffusers.
bool has_scheduler(const std::string& class_name);

/// Throws Error: `cause`, and the names to choose from.
[[noreturn]] void refuse_unknown_scheduler(const std::string& cause);

}  // namespace diffusion
