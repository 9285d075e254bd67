#pragma once

#include <cstdint>
#include <initializer_list>

namespace sandbox {

/// What an argument of a system call has to be: its bits under `mask` are `value`.
struct Argument {
  unsigned position;  ///< from 0
  std::uint64_t value;
  std::uint64_t mask = ~std::uint64_t{0};
};

/// The system calls that a process keeps, by seccomp. Any other one ends it (SIGSYS), also one of
/// another architecture than the process's. Calls go by name; one that this architecture does not
/// have is passed over. Throws std::system_error when the kernel refuses.
class SystemCallFilter {
 public:
  SystemCallFilter();
  ~SystemCallFilter();
  SystemCallFilter(const SystemCallFilter&) = delete;
  SystemCallFilter& operator=(const SystemCallFilter&) = delete;

  void allow(const char* call, std::initializer_list<Argument> when = {});
  /// Fails with `error` in place of ending the process: for what libraries try and can do without.
  void refuse(const char* call, int error);

  /// From now on it holds, for every thread of this process. Needs no_new_privs.
  void close();

 private:
  void add(std::uint32_t action, const char* call, std::initializer_list<Argument> when);

  void* filter_;  // scmp_filter_ctx
};

}  // namespace sandbox
