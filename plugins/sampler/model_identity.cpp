#include "sampler/model_identity.h"

#include <algorithm>
#include <vector>

#include "executor/error.h"

namespace sampler {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& model_folder) {
  std::vector<fs::path> files;
  for (const char* part : {"text_encoder", "tokenizer", "scheduler", "unet", "vae"}) {
    if (!fs::is_directory(model_folder / part)) continue;
    for (const auto& entry : fs::directory_iterator(model_folder / part)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string identity_of_model(const fs::path& model_folder) {
  try {
    const fs::path folder = fs::canonical(model_folder);
    std::string identity = folder.string() + "\n";
    for (const auto& file : files_of(folder)) {
      const auto changed = fs::last_write_time(file).time_since_epoch().count();
      identity += file.lexically_relative(folder).string() + " " +
                  std::to_string(fs::file_size(file)) + " " + std::to_string(changed) + "\n";
    }
    return identity;
  } catch (const fs::filesystem_error& error) {
    throw executor::Error("bad_config", error.what(),
                          "'model' has to name the folder of the pretrained model");
  }
}

}  // namespace sampler
