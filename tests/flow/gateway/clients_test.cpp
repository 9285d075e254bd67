#include "flow/gateway/clients.h"

#include <catch2/catch.hpp>
#include <set>

#include "flow/gateway/job_packets.h"
#include "flow/gateway/rate_limited.h"

using executor::Packet;
using flow::Backlog;
using flow::Clients;
using flow::Watcher;
using schemas::Kind;

namespace {

const Watcher kAnn{"peer a", 1, "ann"}, kBob{"peer b", 2, "bob"};

Packet result(std::size_t bytes) {
  Packet packet;
  packet.header.type = "text.v1";
  packet.body = schemas::Blob(std::string(bytes, 'x'));
  return packet;
}

// Clients whose packets lie in `sent` until they are taken: that is what is unread.
struct Room {
  std::vector<std::pair<std::string, Packet>> sent;
  std::set<std::string> gone;
  Clients clients{
      [this](const std::string& peer, const Packet& packet) {
        if (gone.contains(peer)) return false;
        sent.emplace_back(peer, packet);
        return true;
      },
      [this](const std::string& peer, const Packet& packet, const Backlog::Bytes& backlog) {
        if (gone.contains(peer)) return false;
        sent.emplace_back(peer, flow::counted(packet, backlog));
        return true;
      }};

  /// How often this peer was sent that.
  std::size_t count(const std::string& peer, Kind kind) const {
    std::size_t found = 0;
    for (const auto& [to, packet] : sent) found += to == peer && packet.header.kind == kind;
    return found;
  }
  schemas::Ended end_at(const std::string& peer) const {
    for (const auto& [to, packet] : sent) {
      if (to != peer || packet.header.kind != Kind::ended) continue;
      return schemas::unpack<schemas::Ended>(packet.body.view());
    }
    return {};
  }
};

}  // namespace

TEST_CASE("all that wait for a job hear of it by their own number, until it ends") {
  Room room;
  room.clients.open("j", "ann");
  room.clients.join("j", kAnn);
  room.clients.join("j", kAnn);  // once more is not twice
  room.clients.join("j", kBob);
  room.clients.accepted("j", 3);
  CHECK(room.sent.at(0).second.header.count == 3);
  CHECK(room.clients.tell_all("j", flow::result_packet("j", 0, true, result(5))));
  room.clients.end("j", {}, {"done", {}});
  for (const auto& watcher : {kAnn, kBob}) {
    CHECK(room.count(watcher.peer, Kind::accepted) == 1);
    CHECK(room.count(watcher.peer, Kind::result) == 1);
    CHECK(room.count(watcher.peer, Kind::ended) == 1);
  }
  for (const auto& [peer, packet] : room.sent)
    CHECK(packet.header.id == (peer == "peer a" ? 1u : 2u));
  CHECK_FALSE(room.clients.waits("j", kAnn));
}

TEST_CASE("whoever is gone waits no longer, and it is told when nobody is left") {
  Room room;
  room.clients.open("j", "ann");
  room.clients.join("j", kAnn);
  room.clients.join("j", kBob);
  room.gone = {"peer a"};
  CHECK(room.clients.tell_all("j", result(5)));
  CHECK_FALSE(room.clients.waits("j", kAnn));
  room.gone = {"peer a", "peer b"};
  CHECK_FALSE(room.clients.tell_all("j", result(5)));
}

TEST_CASE("an owner with much unread hears that an answer is left out, and misses a progress") {
  Room room;
  room.clients.open("j", "ann");
  room.clients.join("j", kAnn);
  CHECK(
      room.clients.tell_all("j", flow::result_packet("j", 0, false, result(Backlog::kMostBytes))));
  CHECK_FALSE(room.clients.has_room("ann", Backlog::kSmallBytes + 1));
  CHECK(room.clients.has_room("bob", Backlog::kSmallBytes + 1));
  Packet progress = result(Backlog::kSmallBytes + 1);
  progress.header.kind = Kind::progress;
  CHECK(room.clients.tell_all("j", progress));  // still waits
  CHECK(room.count("peer a", Kind::progress) == 0);
  CHECK_FALSE(room.clients.tell_all("j", flow::result_packet("j", 1, true, result(2'000))));
  CHECK(room.end_at("peer a").fault.cause.find("256 MiB") != std::string::npos);
  room.sent.clear();
  CHECK(room.clients.has_room("ann", Backlog::kSmallBytes + 1));
}

TEST_CASE("a watcher that comes late is sent the kept results in order, the last one marked") {
  Room room;
  room.clients.replay(kAnn, "j", {result(1), result(2)}, {"done", {}});
  REQUIRE(room.sent.size() == 3);
  for (std::uint64_t i = 0; i < 2; ++i) {
    const auto& header = room.sent[i].second.header;
    CHECK(header.kind == Kind::result);
    CHECK(header.id == kAnn.id);
    CHECK(header.seq == i);
    CHECK(header.last == (i == 1));
  }
  CHECK(room.end_at("peer a").outcome == "done");
}

TEST_CASE("so many requests wait for one job, and one more is told when to try again") {
  Room room;
  room.clients.open("j", "ann");
  for (std::uint64_t i = 0; i < Clients::kMaxWatchers; ++i)
    room.clients.join("j", {"peer", i, "ann"});
  CHECK_THROWS_AS(room.clients.join("j", kBob), flow::RateLimited);
  CHECK_NOTHROW(room.clients.join("j", {"peer", 0, "ann"}));
}

TEST_CASE("an owner has so many requests open, and one more when one has ended") {
  Room room;
  room.clients.open("j", "ann");
  room.clients.open("k", "ann");
  CHECK_NOTHROW(room.clients.check_requests("ann", 3));
  CHECK_THROWS_AS(room.clients.check_requests("ann", 2), flow::RateLimited);
  CHECK_NOTHROW(room.clients.check_requests("bob", 1));
  room.clients.end("j", {}, {"done", {}});
  CHECK_NOTHROW(room.clients.check_requests("ann", 2));
}

TEST_CASE("a peer asks by the number of its request or by its job, and for its own alone") {
  Room room;
  for (const char* job : {"j", "k"}) room.clients.open(job, "ann");
  room.clients.join("j", {"peer a", 1, "ann"});
  room.clients.join("k", {"peer a", 2, "ann"});
  using List = std::vector<std::string>;
  CHECK(room.clients.asked_by("peer a", 2, "") == List{"k"});
  CHECK(room.clients.asked_by("peer a", 0, "j") == List{"j"});
  CHECK(room.clients.asked_by("peer b", 1, "").empty());
  CHECK(room.clients.asked_by("peer b", 0, "j").empty());
}

TEST_CASE("a refusal says when to try again, if that is what is wrong") {
  Room room;
  room.clients.refuse("peer a", 7, flow::RateLimited("too many", 2));
  room.clients.refuse("peer a", 8, executor::Error("bad_input", "no such thing", "another"));
  for (const auto& [peer, packet] : room.sent) {
    const auto fault = schemas::unpack<schemas::Fault>(packet.body.view());
    CHECK(packet.header.kind == Kind::refused);
    CHECK((fault.retry_after_s > 0) == (packet.header.id == 7));
  }
}
