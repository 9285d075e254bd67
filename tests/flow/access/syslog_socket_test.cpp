#include "flow/access/syslog_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <nlohmann/json.hpp>

#include "flow/access/audit.h"
#include "tests/flow/access/scratch.h"

using namespace flow::access;
using access_test::Scratch;

namespace {

constexpr std::int64_t kNow_ms = 1'800'000'000'000;

// The socket that a system log listens on.
class SystemLog {
 public:
  explicit SystemLog(const std::filesystem::path& path)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strcpy(name.sun_path, path.c_str());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  }
  /// The next line; "" when there is none.
  std::string next() const {
    std::array<char, 8192> text{};
    const auto size = ::recv(socket_.get(), text.data(), text.size(), 0);
    return size <= 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  executor::Descriptor socket_;
};

std::size_t lines_in(const SystemLog& log) {
  std::size_t lines = 0;
  while (!log.next().empty()) ++lines;
  return lines;
}

}  // namespace

TEST_CASE("a line reaches the system's log as authpriv.info, and again after its restart") {
  const Scratch scratch;
  const auto path = scratch / "log";
  SyslogSocket sender(path);
  CHECK_FALSE(sender.send("nobody listens"));
  {
    const SystemLog log(path);
    CHECK(sender.send("one"));
    const auto line = log.next();
    CHECK(line.starts_with("<86>souvenir["));
    CHECK(line.ends_with("]: one"));
  }
  CHECK_FALSE(sender.send("it is down"));
  std::filesystem::remove(path);
  const SystemLog log(path);
  CHECK(sender.send("two"));
  CHECK(log.next().ends_with("]: two"));
}

TEST_CASE("a system log that does not read holds up nobody") {
  const Scratch scratch;
  const SystemLog log(scratch / "log");
  SyslogSocket sender(scratch / "log");
  std::size_t sent = 0;
  while (sender.send(std::string(1'000, 'x'))) REQUIRE(++sent < 1'000'000);
  CHECK_FALSE(sender.send("another"));
  CHECK(lines_in(log) == sent);
  CHECK(sender.send("room again"));
}

TEST_CASE("the audit goes to its file, to the system's log, or to both, with one chain") {
  for (const bool file : {true, false}) {
    for (const bool system : {true, false}) {
      if (!file && !system) continue;
      INFO("file " << file << ", system " << system);
      const Scratch scratch;
      const SystemLog log(scratch / "log");
      const Files files(scratch / "home");
      {
        Audit audit({.on = true, .audit_file = file, .audit_syslog = system}, files, kNow_ms,
                    scratch / "log");
        audit.write({5, Link::own, "ann", "ipc", "stop", ""});
        audit.write({5, Link::own, "bob", "ipc", "stop", "may not"});
      }
      CHECK(exists(files.audit) == file);
      std::string all;
      for (auto line = log.next(); !line.empty(); line = log.next()) all += line;
      CHECK((all.find("\"ann\"") != all.npos) == system);
      CHECK((all.find("\"bob\"") != all.npos) == system);
      CHECK((all.find("\"hash\":\"") != all.npos) == (file && system));
    }
  }
}
