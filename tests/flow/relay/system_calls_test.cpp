// What code planted in the relay would try: each way is gone in a process that was closed as the
// relay is, and many of them lead out of an open one.
#include "flow/relay/system_calls.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "executor/sandbox/sanitized.h"
#include "flow/relay/drop_rights.h"
#include "tests/flow/relay/relay_fixture.h"
#include "tests/plugins/shared/pictures/ways_out.h"

using namespace flow::relay;
namespace fs = std::filesystem;

namespace {

constexpr int kLeastProven = 30;
constexpr int kGotOut = 0, kRefused = 10;  // exit codes; a program that is executed has 0

class Surroundings {
 public:
  Surroundings() {
    targets_.key = (folder_.path() / "key").string();
    targets_.folder = (folder_.path() / "work").string();
    targets_.socket = operators_.file;
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    REQUIRE(::bind(tcp_.get(), reinterpret_cast<sockaddr*>(&any), size) == 0);
    REQUIRE(::listen(tcp_.get(), 100) == 0);
    ::getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&any), &size);
    targets_.port = ntohs(any.sin_port);
    targets_.victim = ::fork();
    REQUIRE(targets_.victim >= 0);
    if (targets_.victim == 0) {
      ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);  // Yama would else forbid what is tried
      for (;;) ::pause();
    }
  }
  ~Surroundings() {
    ::kill(targets_.victim, SIGKILL);
    ::waitpid(targets_.victim, nullptr, 0);
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  /// Everything as before the last attempt.
  const ways_out::Targets& restored() const {
    fs::remove_all(targets_.folder);
    fs::create_directory(targets_.folder);
    std::ofstream(targets_.key) << "secret";
    fs::permissions(targets_.key, fs::perms::owner_read | fs::perms::owner_write);
    return targets_;
  }

 private:
  files::TemporaryFolder folder_;
  GatewaySocket operators_;
  executor::Descriptor tcp_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  ways_out::Targets targets_;
};

// Whether it got out; nothing for an end that is neither that nor a refusal.
std::optional<bool> gets_out(const ways_out::Way& way, bool closed, const ways_out::Targets& at) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    if (closed) drop_rights();
    if (closed) keep_few_system_calls();
    ::_exit(way.out(at) ? kGotOut : kRefused);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) {
    return WTERMSIG(status) == SIGSYS ? std::optional(false) : std::nullopt;
  }
  if (WEXITSTATUS(status) == kGotOut) return true;
  return WEXITSTATUS(status) == kRefused ? std::optional(false) : std::nullopt;
}

}  // namespace

TEST_CASE("code planted in the relay gets nowhere, by ways that lead out of an open process") {
  if (sandbox::kSanitized) return;
  const Surroundings around;
  int proven = 0;
  for (const auto& way : ways_out::all()) {
    CAPTURE(way.name);
    if (gets_out(way, false, around.restored()) == true) ++proven;
    CHECK(gets_out(way, true, around.restored()) == false);
  }
  CHECK(proven >= kLeastProven);
}

// No filter sees to which: SECURITY.md says so.
TEST_CASE("the closed relay still connects to Unix sockets") {
  if (sandbox::kSanitized) return;
  const Surroundings around;
  const ways_out::Way way{"connect as the relay does", [](const ways_out::Targets& at) {
                            return static_cast<bool>(connect_to(at.socket));
                          }};
  CHECK(gets_out(way, true, around.restored()) == true);
}
