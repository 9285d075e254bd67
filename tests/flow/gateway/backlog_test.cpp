#include "flow/gateway/backlog.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

using executor::Packet;
using flow::Backlog;

namespace {

Packet packet_of(std::size_t body, std::size_t blob) {
  return {{}, schemas::Blob(std::string(body, 'b')), {schemas::Blob(std::string(blob, 'x'))}};
}

}  // namespace

TEST_CASE("a packet counts until the last copy of its frames is gone, in whatever thread") {
  Backlog backlog;
  const auto bytes = backlog.of("ann");
  Packet held = flow::counted(packet_of(2'000, 30'000), bytes);
  CHECK(*bytes == 32'000);
  CHECK(held.body.view() == std::string(2'000, 'b'));
  schemas::Blob copy = held.blobs[0];
  held = {};
  CHECK(*bytes == 30'000);
  std::thread([&] { copy = {}; }).join();
  CHECK(*bytes == 0);
}

TEST_CASE("who has too much unread has no room for more, but for what is small") {
  Backlog backlog;
  const auto large = packet_of(Backlog::kSmallBytes, 1), small = packet_of(Backlog::kSmallBytes, 0);
  CHECK(backlog.has_room("ann", large));
  *backlog.of("ann") += Backlog::kMostBytes - 1;
  CHECK(backlog.has_room("ann", large));
  *backlog.of("ann") += 1;
  CHECK_FALSE(backlog.has_room("ann", large));
  CHECK(backlog.has_room("ann", small));
  CHECK(backlog.has_room("bob", large));
}

TEST_CASE("counters outlive their owner's place in the list") {
  Backlog backlog;
  const auto held = flow::counted(packet_of(0, 10), backlog.of("ann"));
  for (int i = 0; i < 3'000; ++i) backlog.of("owner-" + std::to_string(i));
  CHECK(*backlog.of("ann") == 10);  // those with nothing unread are forgotten, others are not
}
