#include "executor/file_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "executor/error.h"

namespace executor {
namespace {

constexpr rlim_t kFiles = 65'536;

// The limit as it is then.
rlim_t raised_to(rlim_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  if (files.rlim_cur >= wanted) return files.rlim_cur;
  files.rlim_cur = std::min(files.rlim_max, wanted);
  ::setrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur;
}

}  // namespace

void raise_file_limit() {
  raised_to(kFiles);
}

void require_files(std::size_t least) {
  const auto limit = raised_to(least);
  if (limit >= least) return;
  throw Error("bad_config",
              "a process may open " + std::to_string(limit) + " files here, but this one needs " +
                  std::to_string(least),
              "raise the limit: ulimit -n 1024, LimitNOFILE= of a systemd unit, or --ulimit "
              "nofile= of a container");
}

}  // namespace executor
