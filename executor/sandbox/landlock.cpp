#include "executor/sandbox/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

namespace sandbox {
namespace {

// As <linux/landlock.h> of Linux 6.12 has them; that of Debian 12 is older than many kernels.
struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;  // from version 4 on
  std::uint64_t scopes;   // from version 6 on
};
struct __attribute__((packed)) PathRule {
  std::uint64_t rights;
  std::int32_t folder;
};

constexpr std::uint64_t bit(int number) {
  return std::uint64_t{1} << number;
}
constexpr std::uint64_t kExecute = bit(0), kWriteFile = bit(1), kReadFile = bit(2),
                        kReadFolder = bit(3), kTruncate = bit(14), kDevice = bit(15);
constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kDevice;
constexpr std::uint64_t kTcp = bit(0) | bit(1);
constexpr std::uint64_t kAbstractSockets = bit(0), kSignals = bit(1);
constexpr int kRulePath = 1;
constexpr std::uint32_t kAskVersion = 1;

constexpr int kTcpFrom = 4, kScopesFrom = 6;

std::uint64_t known_files(int version) {
  if (version >= 5) return bit(16) - 1;
  if (version >= 3) return bit(15) - 1;
  return version == 2 ? bit(14) - 1 : bit(13) - 1;
}

Ruleset ruleset_of(Landlocked what, int version) {
  const bool everything = what == Landlocked::everything;
  Ruleset rules{known_files(version), 0, 0};
  if (!everything) rules.files &= ~(kExecute | kReadFolder | kDevice);
  if (everything && version >= kTcpFrom) rules.network = kTcp;
  if (version >= kScopesFrom) rules.scopes = kSignals | (everything ? kAbstractSockets : 0);
  return rules;
}

std::size_t size_for(int version) {
  if (version >= kScopesFrom) return sizeof(Ruleset);
  return version >= kTcpFrom ? offsetof(Ruleset, scopes) : offsetof(Ruleset, network);
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

int landlock_version() {
  const auto version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

Landlock::Landlock(Landlocked what) {
  const int version = landlock_version();
  const Ruleset rules = ruleset_of(what, version);
  files_ = rules.files;
  rules_ = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size_for(version), 0));
  if (rules_ < 0) fail("Landlock takes no rules");
}

Landlock::~Landlock() {
  ::close(rules_);
}

void Landlock::allow(const std::filesystem::path& path, std::uint64_t rights) {
  const int found = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (found < 0) return;
  struct stat about {};
  const bool is_folder = ::fstat(found, &about) == 0 && S_ISDIR(about.st_mode);
  const PathRule rule{rights & files_ & (is_folder ? ~std::uint64_t{0} : kOfFiles), found};
  ::syscall(SYS_landlock_add_rule, rules_, kRulePath, &rule, 0);
  ::close(found);
}

void Landlock::allow_reading(const std::filesystem::path& path) {
  allow(path, kReadFile | kReadFolder);
}

void Landlock::allow_all(const std::filesystem::path& path) {
  allow(path, files_);
}

void Landlock::close() {
  if (::syscall(SYS_landlock_restrict_self, rules_, 0) != 0) fail("Landlock does not close");
}

}  // namespace sandbox
