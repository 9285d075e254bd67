#include "executor/sandbox/system_call_filter.h"

#include <seccomp.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace sandbox {
namespace {

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

}  // namespace

SystemCallFilter::SystemCallFilter() : filter_(::seccomp_init(SCMP_ACT_KILL_PROCESS)) {
  if (filter_ == nullptr) check(-ENOMEM, "no filter of system calls");
  ::seccomp_attr_set(filter_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  ::seccomp_attr_set(filter_, SCMP_FLTATR_CTL_TSYNC, 1);
}

SystemCallFilter::~SystemCallFilter() {
  ::seccomp_release(filter_);
}

void SystemCallFilter::add(std::uint32_t action, const char* call,
                           std::initializer_list<Argument> when) {
  const int number = ::seccomp_syscall_resolve_name(call);
  if (number == __NR_SCMP_ERROR) check(-EINVAL, call);
  std::vector<scmp_arg_cmp> conditions;
  for (const auto& each : when) {
    conditions.push_back({each.position, SCMP_CMP_MASKED_EQ, each.mask, each.value});
  }
  check(::seccomp_rule_add_array(filter_, action, number, static_cast<unsigned>(conditions.size()),
                                 conditions.data()),
        call);
}

void SystemCallFilter::allow(const char* call, std::initializer_list<Argument> when) {
  add(SCMP_ACT_ALLOW, call, when);
}

void SystemCallFilter::refuse(const char* call, int error) {
  add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, {});
}

void SystemCallFilter::close() {
  check(::seccomp_load(filter_), "the kernel takes no filter of system calls");
}

}  // namespace sandbox
