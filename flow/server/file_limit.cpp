#include "flow/server/file_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace flow {
namespace {

constexpr rlim_t kFiles = 65'536;

}  // namespace

void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= kFiles) return;
  files.rlim_cur = std::min(files.rlim_max, kFiles);
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace flow
