#include "models/room.h"

#include <chrono>
#include <thread>

#include "diffusion/error.h"
#include "executor/error.h"
#include "executor/full_disk.h"

namespace models {
namespace {

using namespace std::chrono_literals;

constexpr int kLooksASecond = 10;  // whether the job was cancelled

}  // namespace

bool finds_room(const std::function<void()>& work, std::string& why) {
  try {
    work();
    return true;
  } catch (const diffusion::DiskFull& error) {
    why = error.what();
  } catch (const std::exception& error) {
    if (!executor::is_full_disk(error)) throw;
    why = error.what();
  }
  return false;
}

void wait_for_room(executor::Outbox& out, const schemas::Progress& progress,
                   const std::function<void()>& work) {
  std::string why;
  auto waiting = progress;
  while (!finds_room(work, why)) {
    waiting.text = "waiting: " + why + "; " + executor::kFullDiskHint;
    out.progress(waiting);
    for (int look = 0; look < kLooksASecond; ++look) {
      if (out.cancelled()) throw executor::Cancelled();
      std::this_thread::sleep_for(1'000ms / kLooksASecond);
    }
  }
  if (!why.empty()) out.progress(progress);
}

}  // namespace models
