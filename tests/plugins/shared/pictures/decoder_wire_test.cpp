#include "pictures/decoder_wire.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

/// A socket, and a child at its other end that does `work` with this process's id.
template <typename Work>
class Other {
 public:
  explicit Other(const Work& work) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    const pid_t parent = ::getpid();
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      ::close(ends[0]);
      work(ends[1], parent);
      ::_exit(0);
    }
    ::close(ends[1]);
    socket = ends[0];
  }
  ~Other() {
    ::close(socket);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;

  int socket = -1;

 private:
  pid_t child_ = 0;
};

}  // namespace

TEST_CASE("who answers too late is not waited for") {
  const Other other([](int, pid_t) { ::pause(); });
  pictures::Wire wire(other.socket, 300ms);
  char answer = 0;
  CHECK_FALSE(wire.read(&answer, 1));
  CHECK(wire.late());
}

TEST_CASE("the time in which this process stands still is not the other's") {
  const Other other([](int socket, pid_t parent) {
    ::kill(parent, SIGSTOP);
    const timespec longer{.tv_sec = 2, .tv_nsec = 500'000'000};
    ::nanosleep(&longer, nullptr);
    ::kill(parent, SIGCONT);
    const timespec moment{.tv_sec = 0, .tv_nsec = 300'000'000};  // in which it looks at the time
    ::nanosleep(&moment, nullptr);
    [[maybe_unused]] const auto sent = ::send(socket, "x", 1, 0);
  });
  pictures::Wire wire(other.socket, 2s);
  char answer = 0;
  CHECK(wire.read(&answer, 1));
  CHECK(answer == 'x');
}
