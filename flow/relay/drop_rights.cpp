#include "flow/relay/drop_rights.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose shadow counts as data
  limit(RLIMIT_DATA, kDataBytes);
#endif
  if (::chdir("/") != 0) return;  // it opens no file anyway
}

}  // namespace flow::relay
