#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "executor/describe.h"
#include "flow/gateway/gateway.h"
#include "schemas/fault.h"
#include "schemas/text.h"
#include "tests/flow/gateway/memory_journal.h"

namespace flow_test {

using executor::Packet;
using schemas::Header;
using schemas::Kind;

inline flow::Stage stage(const std::string& name, bool stream = false) {
  flow::Stage out;
  out.name = name;
  out.plugin.name = name;
  out.plugin.handlers = {{"text.v1", {"text.v1"}, stream}};
  return out;
}

inline flow::Flow two_stages() {
  flow::Flow flow;
  flow.name = "two";
  flow.listen = {"tcp://127.0.0.1:7871"};
  flow.stages = {stage("first", true), stage("second")};
  flow.stages[0].queue_items = 2;
  flow::Route run;
  run.endpoint = "/run";
  run.path = {0, 1};
  run.accepts = run.answers = {"text.v1"};
  flow::Route one_by_one = run;
  one_by_one.endpoint = "/serial";
  one_by_one.serial = {"text"};
  flow::Route durable = run;
  durable.endpoint = "/durable";
  durable.durable = true;
  flow.routes = {run, one_by_one, durable};
  return flow;
}

// The first stage may call "/called", which runs the second.
inline flow::Flow with_calls() {
  auto flow = two_stages();
  flow.routes.push_back(flow.routes[0]);
  flow.routes.back().endpoint = "/called";
  flow.stages[0].plugin.calls = {{"/called", "text.v1", "text.v1"}};
  return flow;
}

// A gateway with its peers played by the test: what it sends lies in `sent`.
struct Fixture {
  explicit Fixture(flow::Flow flow_in = two_stages()) : flow(std::move(flow_in)) {}
  flow::Flow flow;
  MemoryJournal journal;
  std::vector<std::pair<std::string, Packet>> sent;
  flow::Backlog::Bytes unread;  ///< by the owner who was told something last
  std::set<std::string> unreachable;
  std::vector<std::size_t> killed;
  std::int64_t wall_ms = 0;
  std::vector<std::pair<std::uint32_t, std::filesystem::path>> started;
  std::size_t most_started = 1'000;  ///< the next one cannot be started
  std::set<std::uint32_t> retired;
  std::uint32_t most_replicas = 1'000;              ///< of a stage: the room of this host
  std::map<std::string, executor::Plugin> plugins;  ///< that the port finds
  flow::access::Guard* guard = nullptr;             ///< set before make()
  flow::Time now = flow::Time{} + std::chrono::hours(1);
  std::unique_ptr<flow::Gateway> made = make();
  flow::Gateway& gateway() { return *made; }

  flow::GatewayPort port() {
    flow::GatewayPort port;
    port.send = [this](const std::string& peer, const Packet& packet) {
      if (unreachable.contains(peer)) return false;
      sent.emplace_back(peer, packet);
      return true;
    };
    // What lies in `sent` is what the client has not read.
    port.tell = [this, send = port.send](const std::string& peer, const Packet& packet,
                                         const flow::Backlog::Bytes& backlog) {
      unread = backlog;
      return send(peer, flow::counted(packet, backlog));
    };
    port.kill = [this](std::size_t index, std::uint32_t) { killed.push_back(index); };
    port.start = [this](std::size_t, std::uint32_t replica, const flow::Stage& as) {
      if (started.size() == most_started)
        throw executor::Error("unavailable", "too many processes");
      started.emplace_back(replica, as.library);
    };
    port.retire = [this](std::size_t, std::uint32_t replica) { retired.insert(replica); };
    port.find = [this](const std::string& run) {
      if (!plugins.contains(run)) throw executor::Error("bad_config", "no plugin " + run);
      return std::pair(std::filesystem::path(run + ".so"), plugins.at(run));
    };
    port.check_gpu_memory = [this](const flow::Flow& grown) {
      for (const auto& each : grown.stages) {
        if (each.replicas > most_replicas) throw executor::Error("bad_config", "no room");
      }
    };
    port.wall_ms = [this] { return wall_ms; };
    port.read_access = [this] {
      if (guard != nullptr) guard->tick();
    };
    port.guard = guard;
    return port;
  }
  std::unique_ptr<flow::Gateway> make() {
    return std::make_unique<flow::Gateway>(flow, port(), journal);
  }
  /// The process dies and is started again: what was not committed is gone, and nobody is
  /// connected.
  void restart() {
    made.reset();
    journal.crash();
    sent.clear();
    made = make();
  }

  void give(const std::string& peer, Header header, const std::string& body = "",
            const flow::access::Origin& origin = {}) {
    gateway().on_packet(peer, {header, schemas::Blob(body), {}}, now, origin);
  }
  void join(const std::string& peer, std::size_t index, std::uint64_t credit = 4,
            std::uint32_t replica = 0, const executor::Plugin* plugin = nullptr) {
    const auto& stage = flow.stages[index];
    const schemas::Hello hello{stage.name, replica, 100,
                               to_json(plugin == nullptr ? stage.plugin : *plugin)};
    give(peer, {.kind = Kind::hello}, schemas::pack(hello));
    give(peer, {.kind = Kind::ready, .count = credit});
  }
  void join_all() {
    join("s1", 0);
    join("s2", 1);
  }
  void request(std::uint64_t id, const std::string& endpoint = "/run",
               const std::string& text = "x", const std::string& client = "client",
               const std::string& key = "") {
    Header header{
        .kind = Kind::request, .id = id, .endpoint = endpoint, .type = "text.v1", .owner = "me"};
    header.key = key;
    give(client, header, schemas::pack(schemas::Text{text}));
  }
  void control(std::uint64_t id, const std::string& action, const std::string& job = "",
               const std::string& client = "client", const std::string& owner = "me") {
    give(client, {.kind = Kind::control, .id = id, .type = "control.v1", .owner = owner},
         schemas::pack(schemas::Control{action, job}));
  }
  std::vector<schemas::JobStatus> report(const std::string& client = "client") {
    const auto packets = take(client, Kind::report);
    REQUIRE(packets.size() == 1);
    return schemas::unpack<schemas::JobReport>(packets[0].body.view()).jobs;
  }
  schemas::Fault refused(const std::string& client = "client") {
    const auto packets = take(client, Kind::refused);
    REQUIRE(packets.size() == 1);
    return schemas::unpack<schemas::Fault>(packets[0].body.view());
  }
  // All packets of a kind that went to a peer since the last look.
  std::vector<Packet> take(const std::string& peer, Kind kind) {
    std::vector<Packet> found;
    std::erase_if(sent, [&](const auto& entry) {
      if (entry.first != peer || entry.second.header.kind != kind) return false;
      found.push_back(entry.second);
      return true;
    });
    return found;
  }
  void call(const std::string& peer, const std::string& job, std::uint64_t id,
            const std::string& endpoint = "/called", const std::string& type = "text.v1") {
    give(peer,
         {.kind = Kind::call, .id = id, .job = job, .endpoint = endpoint, .type = type, .epoch = 1},
         schemas::pack(schemas::Text{"asked"}));
  }
  void emit(const std::string& peer, const Packet& work, bool last, const std::string& text = "y") {
    give(peer,
         {.kind = Kind::emit,
          .id = work.header.id,
          .job = work.header.job,
          .type = "text.v1",
          .epoch = work.header.epoch,
          .last = last},
         schemas::pack(schemas::Text{text}));
  }
  schemas::Ended ended(const std::string& peer) {
    const auto packets = take(peer, Kind::ended);
    REQUIRE(packets.size() == 1);
    return schemas::unpack<schemas::Ended>(packets[0].body.view());
  }
};

}  // namespace flow_test
