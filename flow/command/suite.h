#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "schemas/blob.h"
#include "schemas/evaluation.h"

namespace flow::command {

inline constexpr std::size_t kMaxSuiteThings = 32;
inline constexpr std::size_t kMaxSuiteItems = 64;  ///< of an array

/// A suite file and the pictures that it names. A value.
struct Suite {
  std::string name;
  schemas::EvaluationSuite request;
  std::vector<schemas::Blob> pictures;  ///< in the order that /evaluate expects
};

/// Reads a suite file. Its keys are below; any other key is an error. Paths are relative to the
/// file's folder.
///
/// suite = "name"                  required
/// strategies = ["big", "private"] default: all of them and "private", the upper bound
/// order = ["dog-a", "glass"]      or orders = [[...], [...]]; default: as the things are listed
/// seeds = [1]
/// untouched = ["cat", "car"]      categories that nothing is taught of, for the drift
/// max_train_steps = 150           this and learning_rate, lr_scheduler, train_batch_size,
///                                 num_class_images:
///                                 default: the base model's advice
/// num_images = 8                  drawn of each thing after each task
/// draws = 48                      noises that a loss is a mean over
/// [[thing]]
/// name = "dog-a"                  category = "dog"
/// pictures = "dog-a"              a folder
/// held_out = "held-out/dog-a"     a folder: what it is measured on
/// style = false                   true of a way to draw the others ("a bbk painting of a sks dog")
///
/// Throws executor::Error(bad_config) at the place of the mistake, and bad_input or not_found for
/// pictures.
Suite read_suite(const std::filesystem::path& file);

/// Reduces the suite for `--quick` to 4 things, 1 order, 1 seed and 3 strategies.
void make_quick(Suite& suite);

}  // namespace flow::command
