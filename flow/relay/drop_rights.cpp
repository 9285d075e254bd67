#include "flow/relay/drop_rights.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "executor/sandbox/sanitized.h"

namespace flow::relay {
namespace {

constexpr rlim_t kDataBytes = 256ULL << 20;
constexpr rlim_t kLogBytes = 1ULL << 20;

void limit(__rlimit_resource what, rlim_t most) {
  const rlimit both{most, most};
  ::setrlimit(what, &both);
}

}  // namespace

void drop_rights() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_FSIZE, kLogBytes);
  if (!sandbox::kSanitized) limit(RLIMIT_DATA, kDataBytes);  // a sanitizer's shadow counts as data
  if (::chdir("/") != 0) return;                             // it opens no file anyway
}

}  // namespace flow::relay
