#include "executor/shared_memory.h"

#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>

#include "executor/error.h"
#include "executor/shared_blob.h"

using executor::Descriptor;
using executor::Error;
using executor::kShareFromBytes;
using executor::memory_of;
using executor::Packet;
using executor::SharedMemoryChannel;
using schemas::Blob;

namespace {

struct Ends {
  SharedMemoryChannel a;
  SharedMemoryChannel b;
};

Ends make_ends() {
  int sockets[2] = {};
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
  return {SharedMemoryChannel(Descriptor(sockets[0])), SharedMemoryChannel(Descriptor(sockets[1]))};
}

// Bytes that differ from place to place.
std::string noise(std::size_t bytes, unsigned seed = 1) {
  std::string text(bytes, '\0');
  for (auto& c : text) c = static_cast<char>((seed = seed * 1664525u + 1013904223u) >> 24);
  return text;
}

Packet packet_with(std::vector<Blob> blobs) {
  return {{.kind = schemas::Kind::emit}, Blob("body"), std::move(blobs)};
}

std::size_t open_files() {
  DIR* folder = ::opendir("/proc/self/fd");
  std::size_t count = 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

ino_t number_of(const Blob& blob) {
  struct stat facts {};
  REQUIRE(::fstat(memory_of(blob), &facts) == 0);
  return facts.st_ino;
}

// Runs `work` in a process that is then killed.
template <typename Work>
void in_killed_process(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

}  // namespace

TEST_CASE("blobs of the limit are passed as memory, and one byte below it as bytes") {
  auto [a, b] = make_ends();
  CHECK_FALSE(a.pass(packet_with({Blob(noise(kShareFromBytes - 1))})));
  const Packet packet = packet_with({Blob(noise(kShareFromBytes))});
  auto rest = a.pass(packet);
  REQUIRE(rest);
  CHECK(rest->blobs.front().size() == 0);
  b.fetch(*rest);
  CHECK(rest->blobs.front().view() == packet.blobs.front().view());
  CHECK(memory_of(rest->blobs.front()) >= 0);
  CHECK(rest->header.memory == 0);
}

TEST_CASE("large and small blobs of a packet arrive as they were, in their places") {
  auto [a, b] = make_ends();
  std::vector<Blob> blobs;
  for (unsigned i = 0; i < schemas::kMaxBlobs; ++i) {
    blobs.emplace_back(noise(i % 3 == 0 ? kShareFromBytes + i : i, i));
  }
  auto rest = a.pass(packet_with(blobs));
  REQUIRE(rest);
  b.fetch(*rest);
  REQUIRE(rest->blobs.size() == blobs.size());
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    CHECK(rest->blobs[i].view() == blobs[i].view());
  }
  CHECK(rest->body.view() == "body");
}

TEST_CASE("what came as memory goes on as the same memory") {
  auto [client, gateway] = make_ends();
  auto [gateways, stage] = make_ends();
  auto packet = client.pass(packet_with({Blob(noise(kShareFromBytes))}));
  REQUIRE(packet);
  gateway.fetch(*packet);
  const auto number = number_of(packet->blobs.front());
  auto passed = gateways.pass(*packet);
  REQUIRE(passed);
  stage.fetch(*passed);
  CHECK(number_of(passed->blobs.front()) == number);
}

TEST_CASE("a packet that never arrived does not disturb the next one") {
  auto [a, b] = make_ends();
  REQUIRE(a.pass(packet_with({Blob(noise(kShareFromBytes, 1))})));
  auto second = a.pass(packet_with({Blob(noise(kShareFromBytes, 2))}));
  REQUIRE(second);
  b.fetch(*second);
  CHECK(second->blobs.front().view() == noise(kShareFromBytes, 2));
}

TEST_CASE("when the way is full packets go as they are, and what is on it stays whole") {
  auto [a, b] = make_ends();
  const Packet packet = packet_with({Blob(noise(kShareFromBytes))});
  std::vector<Packet> passed;
  while (auto rest = a.pass(packet)) {
    passed.push_back(std::move(*rest));
    REQUIRE(passed.size() < 10'000);
  }
  REQUIRE(passed.size() > 1);
  for (auto& rest : passed) {
    b.fetch(rest);
    CHECK(rest.blobs.front().view() == packet.blobs.front().view());
    rest.blobs.clear();
  }
  CHECK(a.pass(packet));
}

TEST_CASE("what a process passed before it was killed is fetched all the same") {
  auto ends = std::make_optional(make_ends());
  REQUIRE(ends->b.say(0));  // the killed one has something unread
  int pipe_ends[2] = {};
  REQUIRE(::pipe(pipe_ends) == 0);
  in_killed_process([&] {
    const auto rest = ends->a.pass(packet_with({Blob(noise(kShareFromBytes))}));
    const std::uint64_t number = rest->header.passed;
    if (::write(pipe_ends[1], &number, sizeof number) < 0) ::_exit(1);
  });
  Packet packet = packet_with({Blob()});
  packet.header.memory = 1;
  REQUIRE(::read(pipe_ends[0], &packet.header.passed, sizeof packet.header.passed) == 8);
  ends->a = SharedMemoryChannel(Descriptor());
  CHECK_FALSE(ends->b.is_over());
  ends->b.fetch(packet);
  CHECK(packet.blobs.front().view() == noise(kShareFromBytes));
  CHECK(ends->b.is_over());
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_CASE("towards a process that was killed packets go as they are, and no file stays open") {
  const std::size_t before = open_files();
  {
    auto ends = std::make_optional(make_ends());
    const Packet packet = packet_with({Blob(noise(kShareFromBytes))});
    REQUIRE(ends->a.pass(packet));  // under way when it dies
    in_killed_process([&] { ends->b.is_over(); });
    ends->b = SharedMemoryChannel(Descriptor());
    CHECK_FALSE(ends->a.pass(packet));
    CHECK(ends->a.is_over());
  }
  CHECK(open_files() == before);
}

TEST_CASE("a header that lies about what was passed is refused") {
  auto [a, b] = make_ends();
  Packet packet = packet_with({Blob(), Blob()});
  packet.header.memory = 1;
  packet.header.passed = 1;
  CHECK_THROWS_AS(b.fetch(packet), Error);  // nothing is there
  const auto lie = [&, &a = a, &b = b](std::uint64_t bits, std::uint64_t ahead) {
    auto rest = a.pass(packet_with({Blob(noise(kShareFromBytes)), Blob()}));
    REQUIRE(rest);
    rest->header.memory = bits;
    rest->header.passed += ahead;
    CHECK_THROWS_AS(b.fetch(*rest), Error);
  };
  lie(0b11, 0);                    // more than were passed
  lie(0b100, 0);                   // a blob that the packet has not
  lie(std::uint64_t{1} << 63, 0);  // nor that one
  lie(0b1, 1);                     // a later number
  a.say(99);
  packet.header.memory = 1;
  packet.header.passed = 98;
  CHECK_THROWS_AS(b.fetch(packet), Error);  // an earlier number
}

TEST_CASE("words carry no memory") {
  auto [a, b] = make_ends();
  CHECK_FALSE(b.hear());
  REQUIRE(a.say(7));
  CHECK(b.hear() == 7);
  REQUIRE(a.pass(packet_with({Blob(noise(kShareFromBytes))})));
  CHECK_THROWS_AS(b.hear(), Error);
}

TEST_CASE("only a path that a socket can have has a channel") {
  CHECK(executor::channel_file("ipc:///run/gateway.sock") == "/run/gateway.sock.blobs");
  CHECK(executor::channel_file("tcp://127.0.0.1:5555").empty());
  CHECK(executor::channel_file("ipc://@abstract").empty());
  const std::string suffix = ".blobs";
  const std::string longest = "/" + std::string(106 - suffix.size(), 'x');
  CHECK(executor::channel_file("ipc://" + longest) == longest + suffix);
  CHECK(executor::channel_file("ipc://" + longest + "x").empty());
}
