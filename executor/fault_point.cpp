#include "executor/fault_point.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>

namespace executor {
namespace {

constexpr const char* kVariable = "SOUVENIR_FAULT";
constexpr int kExitCode = 86;

struct Plan {
  std::string point, kind, file;
  int left = 0;  ///< times to come by, the last one fails
};

Plan read_plan() {
  Plan plan;
  const char* text = std::getenv(kVariable);
  if (text == nullptr) return plan;
  std::istringstream words(text);
  std::string count;
  std::getline(words, plan.point, ',');
  std::getline(words, count, ',');
  std::getline(words, plan.kind, ',');
  std::getline(words, plan.file, ',');
  plan.left = std::atoi(count.c_str());
  return plan;
}

// Whether this process is the one that fails: of all that come by, the first.
bool is_first(const std::string& file) {
  const int mark = ::open(file.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (mark < 0) return false;
  ::close(mark);
  return true;
}

void hang_until(const std::string& file) {
  constexpr useconds_t kLook_us = 5'000;
  while (::access(file.c_str(), F_OK) != 0) ::usleep(kLook_us);
}

}  // namespace

const bool kFaultsOn = std::getenv(kVariable) != nullptr;

void reach_fault_point(const char* point) {
  static const Plan kPlan = read_plan();
  static std::atomic<int> left = kPlan.left;
  if (kPlan.point != point || --left != 0 || !is_first(kPlan.file)) return;
  if (kPlan.kind == "throw") throw std::runtime_error("a fault on purpose at " + kPlan.point);
  if (kPlan.kind == "memory") throw std::bad_alloc();
  if (kPlan.kind == "disk") {
    throw std::filesystem::filesystem_error("a fault on purpose at " + kPlan.point,
                                            make_error_code(std::errc::no_space_on_device));
  }
  if (kPlan.kind == "exit") ::_exit(kExitCode);
  if (kPlan.kind == "hang") return hang_until(kPlan.file + ".go");
  ::raise(kPlan.kind == "stop" ? SIGSTOP : SIGKILL);
}

}  // namespace executor
