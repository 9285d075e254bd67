#include "store/same_disk_probe.h"

#include <chrono>
#include <fstream>
#include <vector>

#include "executor/error.h"
#include "executor/files/random_id.h"
#include "store/layout.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kSignsKept{1};

// Left by processes that died while they asked.
void drop_older(const fs::path& signs) {
  std::error_code ignored;
  std::vector<fs::path> gone;
  const auto now = fs::file_time_type::clock::now();
  for (const auto& entry : fs::directory_iterator(signs, ignored)) {
    if (now - entry.last_write_time(ignored) > kSignsKept) gone.push_back(entry.path());
  }
  for (const auto& path : gone) fs::remove(path, ignored);
}

}  // namespace

SameDiskProbe::SameDiskProbe(const fs::path& home)
    : token_(files::random_id("here-")), file_(probe_file(home, token_)) {
  std::error_code ignored;
  fs::create_directories(file_.parent_path(), ignored);
  drop_older(file_.parent_path());
  if (std::ofstream(file_)) return;
  throw executor::Error("unavailable", file_.string() + " cannot be written",
                        "make room on the disk of SOUVENIR_HOME, or check its permissions");
}

SameDiskProbe::~SameDiskProbe() {
  std::error_code ignored;
  fs::remove(file_, ignored);
}

}  // namespace store
