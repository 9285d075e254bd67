#include "compute/wait_for_disk_space.h"

#include <chrono>
#include <thread>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/full_disk.h"

namespace compute {
namespace {

using namespace std::chrono_literals;

constexpr int kLooksASecond = 10;  // whether the job was cancelled

}  // namespace

bool finds_disk_space(const std::function<void()>& work, std::string& why) {
  try {
    work();
    return true;
  } catch (const files::DiskFull& error) {
    why = error.what();
  } catch (const std::exception& error) {
    if (!executor::is_full_disk(error)) throw;
    why = error.what();
  }
  return false;
}

void wait_for_disk_space(executor::Outbox& out, const schemas::Progress& progress,
                         const std::function<void()>& work) {
  std::string why;
  auto waiting = progress;
  while (!finds_disk_space(work, why)) {
    waiting.text = "waiting: " + why + "; " + executor::kFullDiskHint;
    out.progress(waiting);
    for (int look = 0; look < kLooksASecond; ++look) {
      if (out.cancelled()) throw executor::Cancelled();
      std::this_thread::sleep_for(1'000ms / kLooksASecond);
    }
  }
  if (!why.empty()) out.progress(progress);
}

}  // namespace compute
