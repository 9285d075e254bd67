#include "registry/version_reader.h"

#include <cstdio>
#include <stdexcept>

#include "executor/files/checksums.h"
#include "store/background_thread.h"

namespace registry {

VersionReader::VersionReader(Check check)
    : check_(std::move(check)),
      thread_(store::background_thread([this](const std::stop_token& stop) { work(stop); })) {}

void VersionReader::read(const std::string& version, const std::filesystem::path& folder) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(version, folder);
  }
  changed_.notify_all();
}

VersionReader::Findings VersionReader::take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return waiting_.empty(); });
  return std::exchange(found_, {});
}

void VersionReader::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    const auto [version, folder] = waiting_.front();
    lock.unlock();
    const auto condition = condition_of(version, folder, stop);
    lock.lock();
    if (stop.stop_requested()) return;
    waiting_.pop_front();
    found_.emplace_back(version, condition);
    changed_.notify_all();
  }
}

Condition VersionReader::condition_of(const std::string& version,
                                      const std::filesystem::path& folder,
                                      const std::stop_token& stop) const {
  const auto beat = [&] {
    if (stop.stop_requested()) throw std::runtime_error("the registry ends");
  };
  try {
    check_(folder, beat);
    return Condition::sound;
  } catch (const std::exception& error) {  // what cannot be read is no better
    if (!stop.stop_requested()) {
      std::fprintf(stderr, "version %s is damaged: %s\n", version.c_str(), error.what());
    }
    return Condition::damaged;
  }
}

void check_all(const std::filesystem::path& folder, const std::function<void()>& beat) {
  files::check_checksums(folder, {}, beat);
}

}  // namespace registry
