// A stage that was taken over has one ordinary job in hand, and sends whatever it likes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <limits>
#include <random>

#include "schemas/jobs.h"
#include "schemas/link.h"
#include "tests/flow/gateway/house.h"

using namespace flow;
using namespace flow_test;

namespace {

constexpr std::size_t kPackets = 10'000;
constexpr std::size_t kEvil = 0, kGood = 1, kEnd = 2;

// "/evil" begins in the stage that was taken over; the other routes never come by it.
flow::Flow three_stages() {
  flow::Flow flow;
  flow.name = "house";
  flow.stages = {stage("evil", true), stage("good"), stage("end")};
  flow.stages[kEvil].plugin.calls = {{"/called", "text.v1", "text.v1"}};
  flow.stages[kEvil].remote = true;
  const auto add = [&](const std::string& endpoint, std::vector<std::size_t> path) -> Route& {
    Route& route = flow.routes.emplace_back();
    route.endpoint = endpoint;
    route.path = std::move(path);
    route.accepts = route.answers = {"text.v1"};
    return route;
  };
  add("/evil", {kEvil, kGood});
  add("/run", {kGood, kEnd});
  add("/durable", {kGood, kEnd}).durable = true;
  add("/called", {kEnd});
  add("/admin/reset", {kGood}).access = access::Access::admin;
  return flow;
}

/// Random packets, most of them nearly right.
class Forger {
 public:
  explicit Forger(unsigned seed) : random_(seed) {}

  std::vector<std::string> jobs;     ///< its own first, then those of others
  std::vector<std::uint64_t> tasks;  ///< likewise
  std::vector<std::string> tables;   ///< of the stages

  Packet next() {
    if (below(20) == 0) return last_;
    Header header;
    header.kind = kinds_[below(kinds_.size())];
    header.id = pick<std::uint64_t>({tasks[0], tasks[0], any(tasks), 0, number()});
    header.job = pick<std::string>({jobs[0], jobs[0], any(jobs), "", text()});
    header.endpoint = any(endpoints_);
    header.type = pick<std::string>({"text.v1", "text.v1", any(types_), text()});
    header.owner = any(owners_);
    header.epoch = pick<std::uint64_t>({1, 1, 1, 0, 2, number()});
    header.seq = number();
    header.hop = number();
    header.from_step = number();
    header.key = pick<std::string>({"", text()});
    header.credential = pick<std::string>({"", "", text()});
    header.deadline_ms = number();
    header.bytes = number();
    header.batch = number();
    header.count = number();
    header.last = below(3) == 0;
    last_ = {header, schemas::Blob(body()), {}};
    for (std::size_t blobs = below(3); blobs > 0; --blobs) last_.blobs.emplace_back(text());
    return last_;
  }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  template <typename T>
  const T& any(const std::vector<T>& values) {
    return values[below(values.size())];
  }
  template <typename T>
  T pick(const std::vector<T>& values) {
    return any(values);
  }
  std::uint64_t number() {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    return pick<std::uint64_t>({0, 1, 2, 3, 63, 64, 65, 4096, std::uint64_t{1} << 31,
                                std::uint64_t{1} << 32, kMost / 2, kMost / 2 + 1, kMost - 1, kMost,
                                random_()});
  }
  std::int64_t signed_number() { return static_cast<std::int64_t>(number()); }
  std::string text() {
    return std::string(pick<std::size_t>({0, 1, 16, 300, 5'000}),
                       static_cast<char>(' ' + below(95)));
  }
  std::string body() {
    using namespace schemas;
    switch (below(9)) {
      case 0: return pack(Text{text()});
      case 1:
        return pack(Progress{.stage = text(),
                             .text = text(),
                             .step = signed_number(),
                             .total = signed_number(),
                             .loss = 1e300,
                             .checkpoint_step = signed_number()});
      case 2: return pack(Fault{any(codes_), text(), any(jobs), text(), text(), 1e300});
      case 3: return pack(Hello{any(names_), signed_number(), signed_number(), any(tables)});
      case 4: return pack(Control{any(actions_), any(jobs)});
      case 5: return pack(Ended{any(actions_), {}});
      case 6: return pack(std::vector<std::string>(4096, ""));  // as many as an array may have
      case 7: return pack(std::vector<std::uint64_t>(20'000, number()));
      default: {
        std::string bytes(below(200), '\0');
        for (char& byte : bytes) byte = static_cast<char>(random_());
        return bytes;
      }
    }
  }

  std::mt19937_64 random_;
  Packet last_;
  const std::vector<Kind> kinds_ = {
      Kind::request, Kind::cancel, Kind::status,   Kind::stop,   Kind::control,  Kind::accepted,
      Kind::result,  Kind::ended,  Kind::refused,  Kind::report, Kind::hello,    Kind::loading,
      Kind::ready,   Kind::bye,    Kind::welcome,  Kind::work,   Kind::reply,    Kind::ack,
      Kind::beat,    Kind::done,   Kind::progress, Kind::failed, Kind::progress, Kind::emit,
      Kind::emit,    Kind::emit,   Kind::call,     Kind::call,   Kind::call,     Kind::call};
  const std::vector<std::string> endpoints_ = {"/called",      "/called",  "/evil",
                                               "/run",         "/durable", "/serial",
                                               "/admin/reset", "",         "/admin/updateApiKeys"};
  const std::vector<std::string> types_ = {"text.v1",   "texts.v1",    "trained.v1",
                                           "stored.v1", "api_keys.v1", ""};
  const std::vector<std::string> owners_ = {"mallory", "ann", "bob", "root", ""};
  const std::vector<std::string> codes_ = {"stage_died", "no_checkpoint", "internal",
                                           "cancelled",  "out_of_memory", ""};
  const std::vector<std::string> names_ = {"evil", "good", "end", "none", ""};
  const std::vector<std::string> actions_ = {"cancel", "pause", "retry",  "scale", "swap",
                                             "stop",   "done",  "failed", "list"};
};

/// The evil stage is "e", on another host with the key of a stage; the good ones are "g" and "h".
/// Ann has a durable job in g's hands and Bob a plain one in h's.
struct Siege {
  House house{three_stages()};
  Fixture& f = house.fixture;
  const Origin far{Link::curve, executor::make_curve_keys().public_key};
  Forger forger;
  Packet anns, bobs;  ///< tasks
  std::string evils;  ///< mallory's job
  std::size_t answered = 0, mallorys = 0;

  explicit Siege(unsigned seed) : forger(seed) {
    access::Peers(house.files.peers).add({far.key, access::PeerRole::stage, "far", {"evil"}});
    house.guard.tick();
    for (const char* peer : {"s1", "s2", "s3"}) f.give(peer, {.kind = Kind::bye});
    f.join("g", kGood, 64);
    f.join("h", kEnd, 64);
    ask("ann", "/durable");
    anns = f.take("g", Kind::work).at(0);
    ask("bob", "/run");
    f.emit("g", f.take("g", Kind::work).at(0), true, "of bob");
    bobs = f.take("h", Kind::work).at(0);
    for (const auto& each : f.flow.stages) forger.tables.push_back(to_json(each.plugin));
    arm();
  }

  void ask(const std::string& who, const std::string& endpoint) {
    f.give(who,
           {.kind = Kind::request, .id = 1, .endpoint = endpoint, .type = "text.v1", .owner = who},
           schemas::pack(schemas::Text{"for " + who}));
    REQUIRE(f.take(who, Kind::accepted).size() == 1);
  }

  // The evil stage is there, and has one job in hand.
  void arm() {
    if (!evils.empty()) return;
    const schemas::Hello hello{"evil", 0, 1, forger.tables[kEvil]};
    f.give("e", {.kind = Kind::hello}, schemas::pack(hello), far);
    f.give("e", {.kind = Kind::ready, .count = 1}, "", far);
    ask("mallory", "/evil");
    const auto works = f.take("e", Kind::work);
    REQUIRE(works.size() == 1);
    ++mallorys;
    evils = works[0].header.job;
    forger.jobs = {evils, anns.header.job, bobs.header.job};
    forger.tasks = {works[0].header.id, anns.header.id, bobs.header.id};
  }

  // As the server does: what is no packet is garbage.
  void strike() {
    auto packet = forger.next();
    std::uint64_t id = 0;
    try {
      packet.header = schemas::decode_header(schemas::encode(packet.header));
      id = packet.header.id;
    } catch (const schemas::CodecError& error) {
      return f.gateway().on_garbage("e", id, error.what());
    }
    f.gateway().on_packet("e", packet, f.now, far);
  }

  // The good stages do what comes, which is mallory's alone.
  void serve(const std::string& owner) {
    for (bool found = true; found;) {
      found = false;
      for (const char* peer : {"g", "h"}) {
        for (const auto& work : f.take(peer, Kind::work)) {
          REQUIRE(work.header.owner == owner);
          f.emit(peer, work, true, "for " + owner);
          found = true;
        }
      }
    }
  }

  // What of all that went out concerns others.
  void look() {
    serve("mallory");
    for (const char* other : {"ann", "bob", "carol"}) {
      for (const auto& [peer, packet] : f.sent) REQUIRE(peer != other);
    }
    for (const auto& [peer, packet] : f.sent) {
      if (peer != "g" && peer != "h") continue;
      REQUIRE(packet.header.job != anns.header.job);
      REQUIRE(packet.header.job != bobs.header.job);
    }
    const bool lost = !f.take("mallory", Kind::ended).empty();
    f.sent.clear();
    if (lost) evils.clear();
  }

  void carol_asks() {
    ask("carol", "/run");
    serve("carol");
    const auto results = f.take("carol", Kind::result);
    REQUIRE(results.size() == 1);
    CHECK(schemas::unpack<schemas::Text>(results[0].body.view()).text == "for carol");
    CHECK(f.ended("carol").outcome == "done");
    f.sent.clear();
    ++answered;
  }
};

}  // namespace

TEST_CASE("10,000 packets of a stage that was taken over touch nobody else's job") {
  Siege siege(20'261);
  auto& f = siege.f;
  for (std::size_t packet = 0; packet < kPackets; ++packet) {
    INFO("packet " << packet);
    siege.arm();
    siege.strike();
    siege.look();
    f.now += std::chrono::milliseconds(1);
    if (packet % 100 == 0) {
      for (const char* good : {"g", "h"}) f.give(good, {.kind = Kind::beat});
      f.gateway().on_tick(f.now);
      siege.carol_asks();
    }
  }
  CHECK_FALSE(f.gateway().stop_asked());
  CHECK(std::count(f.killed.begin(), f.killed.end(), kEvil) ==
        static_cast<std::ptrdiff_t>(f.killed.size()));
  for (const auto& [owner, work] : {std::pair("ann", siege.anns), std::pair("bob", siege.bobs)}) {
    f.control(7, "show", work.header.job, owner, owner);
    const auto shown = f.report(owner).at(0);
    CHECK(shown.state == "running");
    CHECK(shown.attempt == 1);
    CHECK(shown.step == 0);
  }
  f.emit("g", siege.anns, true, "of ann");
  f.emit("h", f.take("h", Kind::work).at(0), true, "of ann");
  f.emit("h", siege.bobs, true, "of bob");
  for (const std::string owner : {"ann", "bob"}) {
    CHECK(schemas::unpack<schemas::Text>(f.take(owner, Kind::result).at(0).body.view()).text ==
          "of " + owner);
    CHECK(f.ended(owner).outcome == "done");
  }
  std::cout << "figure: " << kPackets << " packets of a stage that was taken over, with "
            << siege.mallorys << " jobs of its own in hand one after another; " << siege.answered
            << " requests of another client answered meanwhile, none of 2 other jobs touched\n";
}
