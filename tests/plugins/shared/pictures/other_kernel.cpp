// souvenir-decode as it would run under another kernel, or in a container: what this program's name
// says is not there. The name is that of a link to it.
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

int main(int, char** words) {
  const std::string name = std::filesystem::path(words[0]).filename();
  const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
  const auto lacks = [&](int call, int error) {
    ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, 0);
  };
  if (name == "without-landlock" || name == "without-both") {
    lacks(SCMP_SYS(landlock_create_ruleset), ENOSYS);
  }
  if (name == "without-namespaces" || name == "without-both") lacks(SCMP_SYS(unshare), EPERM);
  if (name == "without-filters") {
    lacks(SCMP_SYS(seccomp), ENOSYS);
    ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                       SCMP_A0_32(SCMP_CMP_EQ, PR_SET_SECCOMP));
  }
  if (::seccomp_load(filter) != 0) return 99;
  ::execv(DECODER, words);
  return 98;
}
