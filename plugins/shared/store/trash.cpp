#include "store/trash.h"

#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "store/background_thread.h"

namespace store {
namespace {

namespace fs = std::filesystem;

std::string random_name() {
  std::random_device random;
  return std::to_string(random()) + "-" + std::to_string(random());
}

}  // namespace

Trash::Trash(fs::path folder)
    : folder_(std::move(folder)),
      thread_(background_thread([this](const std::stop_token& stop) { empty(stop); })) {}

Trash::~Trash() = default;

void Trash::drop(const fs::path& path) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() == fs::file_type::not_found) return;
  fs::create_directory(folder_, error);
  fs::rename(path, folder_ / random_name(), error);
  if (error) fs::remove_all(path, error);
  {
    const std::lock_guard lock(mutex_);
    more_ = true;
  }
  came_.notify_one();
}

void Trash::empty(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!came_.wait(lock, stop, [this] { return more_; })) return;
      more_ = false;
    }
    std::error_code ignored;
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
      entries.push_back(entry.path());
    }
    for (const auto& entry : entries) {
      if (stop.stop_requested()) return;
      fs::remove_all(entry, ignored);
    }
  }
}

}  // namespace store
