// Loaded into every process of a test: the wall clock is ahead by the seconds in the file that
// SHIFTED_CLOCK names, as of now. The clocks that count from the start of the machine are as
// always.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

const volatile std::int64_t* shift = nullptr;

__attribute__((constructor)) void open_shift() {
  const char* file = std::getenv("SHIFTED_CLOCK");
  const int descriptor = file == nullptr ? -1 : ::open(file, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  void* mapped = ::mmap(nullptr, sizeof *shift, PROT_READ, MAP_SHARED, descriptor, 0);
  if (mapped != MAP_FAILED) shift = static_cast<const volatile std::int64_t*>(mapped);
  ::close(descriptor);
}

}  // namespace

#pragma GCC visibility push(default)

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  const bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result == 0 && is_wall && shift != nullptr) time->tv_sec += *shift;
  return result;
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
