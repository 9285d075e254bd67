#include "trainer/rehearsal.h"

#include <fstream>
#include <string>

#include "diffusion/training/model_folder.h"
#include "executor/error.h"
#include "executor/files/bytes_below.h"
#include "executor/full_disk.h"
#include "trainer/slow_work.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

// Into the folder that the staging folder lies in, which attempts share.
void require_rights(const fs::path& staging) {
  const auto folder = staging.parent_path();
  std::error_code error;
  const auto probe = folder / (staging.filename().string() + ".probe");
  std::ofstream(probe) << "can this be written?";
  const bool written = fs::exists(probe, error);
  fs::remove(probe, error);
  if (written) return;
  throw executor::Error("unavailable", folder.string() + ": the new version could not be written",
                        kDiskHint);
}

// Every version has the base's size; what a broken attempt left is replaced.
void require_room(const fs::path& base, const fs::path& staging) {
  std::error_code error;
  const auto space = fs::space(staging.parent_path(), error);
  if (error) return;  // not known on this disk
  const auto needed = files::bytes_below(base);
  const auto left = fs::exists(staging, error) ? files::bytes_below(staging) : 0;
  if (space.available + left >= needed) return;
  throw executor::Error("unavailable",
                        "the new version takes " + std::to_string(needed) + " bytes, and " +
                            std::to_string(space.available) + " are free in " +
                            staging.parent_path().string(),
                        executor::kFullDiskHint);
}

}  // namespace

void rehearse_end(const TrainingJob& job, const fs::path& base, const fs::path& staging) {
  diffusion::check_model_folder(base);
  job.check_schedules();
  const auto folder = staging.parent_path();
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  require_rights(staging);
  require_room(base, staging);
  if (made) fs::remove(folder, error);  // a training that fails before its end leaves nothing
}

}  // namespace trainer
