#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "flow/command/render.h"
#include "schemas/blob.h"
#include "schemas/finetune.h"

namespace flow::command {

/// What `souvenir finetune` was told.
struct FinetuneOptions {
  std::vector<std::string> pictures;
  std::vector<std::int64_t> steps;  ///< to compare
  schemas::Finetune request;
  std::string output_dir;
  std::string key;
  bool dry_run = false;
  /// What to do about a name that is no file; "" = the usual.
  std::function<std::string(const std::string&)> remedy = {};
};

/// The pictures to send, and where they came from. A value.
struct FinetunePictures {
  std::vector<std::filesystem::path> files;
  std::vector<schemas::Blob> blobs;
};

/// All that can be known to be wrong with a training before anything is started, reached or
/// measured: one way for the training and for its dry run. Settles what --steps asks of the
/// request, and tells `view` what is passed over. Throws executor::Error.
FinetunePictures check_finetune(FinetuneOptions& options, ProgressView& view);

}  // namespace flow::command
