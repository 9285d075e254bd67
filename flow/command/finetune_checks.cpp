#include "flow/command/finetune_checks.h"

#include <algorithm>
#include <numeric>

#include "executor/error.h"
#include "executor/require_valid.h"
#include "flow/command/picture_faults.h"
#include "flow/command/picture_files.h"
#include "schemas/request_limits.h"

namespace flow::command {
namespace {

// Samples are drawn every so many steps: of --steps 199,400 that would be after each one.
constexpr std::int64_t kMostSamples = 24;

// One training of the most steps shows them all: its batches do not depend on how many follow, nor
// does a learning rate that stays.
void compare_steps(FinetuneOptions& options) {
  auto& steps = options.steps;
  if (steps.empty()) return;
  auto& request = options.request;
  if (*std::min_element(steps.begin(), steps.end()) < 1) {
    throw executor::Error("bad_input", "--steps has a number below 1",
                          "give the steps to compare, such as 200,400,600");
  }
  if (request.max_train_steps) {
    throw executor::Error("bad_input", "--steps and --max-train-steps exclude each other",
                          "the last of --steps is what is trained");
  }
  request.max_train_steps = *std::max_element(steps.begin(), steps.end());
  request.validation_steps =
      std::accumulate(steps.begin(), steps.end(), std::int64_t{0},
                      [](std::int64_t a, std::int64_t b) { return std::gcd(a, b); });
  if (*request.max_train_steps / request.validation_steps > kMostSamples) {
    throw executor::Error("bad_input",
                          "--steps have " + std::to_string(request.validation_steps) +
                              " as their greatest common divisor: samples would be drawn " +
                              std::to_string(*request.max_train_steps / request.validation_steps) +
                              " times",
                          "use multiples of one number, such as 200,400,600");
  }
  if (!request.lr_scheduler) request.lr_scheduler = "constant";
  if (request.validation_prompt.empty()) request.validation_prompt = "a {identifier} {category}";
}

void tell_number(std::size_t count, ProgressView& view) {
  using schemas::kFewPictures, schemas::kManyPictures;
  if (count >= kFewPictures && count <= kManyPictures) return;
  view.note("note: " + std::to_string(count) + (count == 1 ? " picture; " : " pictures; ") +
            std::to_string(kFewPictures) + " to " + std::to_string(kManyPictures) + " teach best");
}

// It is made when the training begins.
void require_room_for_samples(const std::string& folder) {
  std::error_code error;
  if (folder.empty() || !std::filesystem::exists(folder, error)) return;
  if (std::filesystem::is_directory(folder, error)) return;
  throw executor::Error("bad_input", "--output-dir " + folder + " is no folder",
                        "name a folder, or one that does not exist yet");
}

}  // namespace

FinetunePictures check_finetune(FinetuneOptions& options, ProgressView& view) {
  compare_steps(options);
  executor::require_valid(options.request);
  require_room_for_samples(options.output_dir);
  auto found = find_pictures(options.pictures, options.remedy);
  for (const auto& line : skipped_lines(found)) view.note(line);
  if (options.dry_run) tell_number(found.files.size(), view);  // else the server does
  auto blobs = read_pictures(found.files);
  return {std::move(found.files), std::move(blobs)};
}

}  // namespace flow::command
