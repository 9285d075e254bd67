#include "tests/executor/sandbox/surroundings.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace ways_out {
namespace {

namespace fs = std::filesystem;

constexpr int kGotOut = 0, kRefused = 10;  // exit codes; a program that is executed has 0

}  // namespace

Surroundings::Surroundings() {
  targets_.key = (folder_.path() / "key").string();
  targets_.folder = (folder_.path() / "work").string();
  targets_.socket = (folder_.path() / "gateway.sock").string();
  listen_unix();
  listen_tcp();
  targets_.victim = ::fork();
  REQUIRE(targets_.victim >= 0);
  if (targets_.victim == 0) {
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);  // Yama would else forbid what is tried
    for (;;) ::pause();
  }
}

Surroundings::~Surroundings() {
  ::kill(targets_.victim, SIGKILL);
  ::waitpid(targets_.victim, nullptr, 0);
}

const Targets& Surroundings::restored() const {
  fs::remove_all(targets_.folder);
  fs::create_directory(targets_.folder);
  std::ofstream(targets_.key) << "secret";
  fs::permissions(targets_.key, fs::perms::owner_read | fs::perms::owner_write);
  return targets_;
}

void Surroundings::listen_unix() {
  unix_ = executor::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un at{.sun_family = AF_UNIX, .sun_path = {}};
  targets_.socket.copy(at.sun_path, sizeof at.sun_path - 1);
  REQUIRE(::bind(unix_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(unix_.get(), 100) == 0);
}

void Surroundings::listen_tcp() {
  tcp_ = executor::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(::bind(tcp_.get(), reinterpret_cast<const sockaddr*>(&at), size) == 0);
  REQUIRE(::listen(tcp_.get(), 100) == 0);
  REQUIRE(::getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
  targets_.port = ntohs(at.sin_port);
}

End attempt(const Way& way, const Targets& at, const std::function<void()>& prepare) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    prepare();
    ::_exit(way.out(at) ? kGotOut : kRefused);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? End::killed : End::other;
  if (WEXITSTATUS(status) == kGotOut) return End::out;
  return WEXITSTATUS(status) == kRefused ? End::refused : End::other;
}

}  // namespace ways_out
