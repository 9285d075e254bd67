#include "flow/command/interrupt.h"

#include <atomic>
#include <csignal>

namespace flow::command {
namespace {

std::atomic<bool> pressed{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void remember(int) {
  pressed = true;
}

}  // namespace

void catch_interrupt() {
  struct sigaction action {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return pressed;
}

}  // namespace flow::command
