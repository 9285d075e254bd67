#include "tests/child_run.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

namespace tests {
namespace {

void drop_file_rights() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct rights[2] = {};
  if (::syscall(SYS_capget, &header, rights) != 0) std::abort();
  for (auto& part : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH}) rights[0].effective &= ~(1u << part);
  if (::syscall(SYS_capset, &header, rights) != 0) std::abort();
}

[[noreturn]] void run(const std::function<void()>& act, int report) {
  ::alarm(kHangs_s);
  drop_file_rights();
  std::string text;
  try {
    act();
  } catch (const std::exception& error) {
    text = error.what();
    if (text.empty()) text = "an exception without a text";
  }
  text.resize(std::min(text.size(), kMostThrownBytes));
  [[maybe_unused]] const auto put = ::write(report, text.data(), text.size());
  ::_exit(0);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ChildRun in_child(const std::function<void()>& act) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::fflush(stdout);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) run(act, ends[1]);
  ::close(ends[1]);
  ChildRun outcome;
  outcome.thrown.resize(kMostThrownBytes);
  const auto bytes = ::read(ends[0], outcome.thrown.data(), outcome.thrown.size());
  outcome.thrown.resize(static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
  ::close(ends[0]);
  int state = 0;
  rusage used{};
  REQUIRE(::wait4(child, &state, 0, &used) == child);
  outcome.is_whole = state == 0;
  outcome.most_MiB = static_cast<double>(used.ru_maxrss) / 1024;
  outcome.processor_s = seconds(used.ru_utime) + seconds(used.ru_stime);
  return outcome;
}

}  // namespace tests
