#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diffusion {

/// `scheduler_config.json` as diffusers' DDIMScheduler understands it: what a file leaves out has
/// that class's default, whatever class wrote the file (`DDIMScheduler.from_config`).
struct SchedulerConfig {
  std::string class_name = "DDIMScheduler";
  int num_train_timesteps = 1000;
  double beta_start = 0.0001;
  double beta_end = 0.02;
  std::string beta_schedule = "linear";      ///< linear, scaled_linear or squaredcos_cap_v2
  std::vector<double> trained_betas;         ///< in place of a schedule when not empty
  std::string prediction_type = "epsilon";   ///< epsilon, v_prediction or sample
  std::string timestep_spacing = "leading";  ///< leading, trailing or linspace
  int steps_offset = 0;
  bool set_alpha_to_one = true;
  bool clip_sample = true;
  double clip_sample_range = 1.0;
  bool rescale_betas_zero_snr = false;

  /// Reads a scheduler_config.json. Throws Error for a value it does not know and for what it
  /// cannot do (thresholding).
  static SchedulerConfig from_file(const std::filesystem::path& file);
  /// Reads `scheduler/scheduler_config.json` of a diffusers folder.
  static SchedulerConfig from_model_folder(const std::filesystem::path& model_folder);
};

}  // namespace diffusion
