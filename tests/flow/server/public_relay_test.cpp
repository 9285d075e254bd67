#include "flow/server/public_relay.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <thread>

#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "executor/load.h"
#include "flow/relay/zmtp.h"

using namespace flow;
using namespace std::chrono_literals;

namespace {

// A port that nobody uses now.
std::string free_address() {
  const executor::Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), size) == 0);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
  return "tcp://127.0.0.1:" + std::to_string(ntohs(name.sin_port));
}

struct House {
  files::TemporaryFolder folder;
  PublicRelay::Settings settings{executor::program_folder() / "souvenir", folder.path(),
                                 folder / "logs"};
};

// Whether a peer gets a greeting.
bool greets(const std::string& address) {
  const executor::Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) return false;
  char bytes[relay::kGreetingBytes];
  return ::recv(socket.get(), bytes, sizeof bytes, MSG_WAITALL) ==
         static_cast<ssize_t>(sizeof bytes);
}

}  // namespace

TEST_CASE("a flow without a TCP address needs no relay") {
  const House house;
  const PublicRelay relay({"ipc:///tmp/gateway.sock"}, house.settings);
  CHECK_FALSE(relay.is_needed());
  CHECK(relay.pid() == -1);
}

TEST_CASE("an address that is in use is said so") {
  const House house;
  const auto address = free_address();
  const PublicRelay first({address}, house.settings);
  try {
    const PublicRelay second({address}, house.settings);
    FAIL("it listens twice");
  } catch (const executor::Error& error) {
    CHECK(error.code() == "unavailable");
    CHECK(std::string(error.what()).find(address) != std::string::npos);
  }
}

TEST_CASE("a relay that dies is started again, behind the same addresses") {
  const House house;
  const auto address = free_address();
  PublicRelay relay({address}, house.settings);
  REQUIRE(greets(address));
  const pid_t first = relay.pid();
  ::kill(first, SIGKILL);
  const Time end = Clock::now() + 30s;
  while ((relay.pid() == first || relay.pid() == -1) && Clock::now() < end) {
    relay.hear();
    relay.reap(Clock::now());
    relay.tick(Clock::now());
    std::this_thread::yield();
  }
  REQUIRE(relay.pid() != first);
  CHECK(greets(address));
}

TEST_CASE("when the server is gone its relay ends by itself") {
  const House house;
  const auto address = free_address();
  pid_t pid = -1;
  std::chrono::steady_clock::time_point begun;
  {
    const PublicRelay relay({address}, house.settings);
    REQUIRE(greets(address));
    pid = relay.pid();
    begun = std::chrono::steady_clock::now();
  }
  CHECK(std::chrono::steady_clock::now() - begun < 3s);  // it would be killed after 4
  CHECK(files::wait_gone(pid, 10'000));
}
