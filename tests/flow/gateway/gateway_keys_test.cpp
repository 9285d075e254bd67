// Keys while the flow runs: which stages one joins as, how many times, and what its end ends.
#include <algorithm>
#include <catch2/catch.hpp>

#include "executor/files/read_file.h"
#include "schemas/access.h"
#include "tests/flow/gateway/house.h"

using namespace flow;
using namespace flow_test;

namespace {

using access::PeerRole;

// A house whose stages run elsewhere, and the key of one host.
struct Site {
  House house{remote_flow()};
  Fixture& f = house.fixture;
  std::string key = executor::make_curve_keys().public_key;
  Origin origin{Link::curve, key};

  static Flow remote_flow() {
    auto flow = two_stages();
    for (auto& each : flow.stages) each.remote = true;
    return flow;
  }
  void allow(const std::vector<std::string>& stages, std::uint32_t workers) {
    access::Peers(house.files.peers).add({key, PeerRole::stage, "far", stages, workers});
    if (house.guard.tick()) f.gateway().on_access_changed(f.now);
  }
  std::string hello(const std::string& peer, std::size_t stage) {
    const auto& config = f.flow.stages[stage];
    const schemas::Hello hello{config.name, 0, 100, to_json(config.plugin)};
    f.give(peer, {.kind = Kind::hello}, schemas::pack(hello), origin);
    return f.take(peer, Kind::welcome).empty() ? f.refused(peer).code : "welcome";
  }
  std::size_t workers(const std::string& stage) {
    const auto status = f.gateway().status();
    return static_cast<std::size_t>(std::count_if(
        status.stages.begin(), status.stages.end(),
        [&](const auto& each) { return each.name == stage && each.state == "loading"; }));
  }
};

Visitor visitor(const House& house, const std::string& what) {
  return *std::find_if(house.visitors.begin(), house.visitors.end(),
                       [&](const Visitor& each) { return each.what == what; });
}

// A request of this visitor, which waits for its answer; the work that it made.
Packet open_stream(House& house, const Visitor& who, const std::string& endpoint = "/run") {
  house.ask(who, {.kind = Kind::request, .endpoint = endpoint, .type = "text.v1"},
            schemas::pack(schemas::Text{"x"}));
  const auto work = house.fixture.take("s1", Kind::work);
  REQUIRE(work.size() == 1);
  house.fixture.take("visitor", Kind::accepted);
  return work[0];
}

void change(House& house) {
  REQUIRE(house.guard.tick());
  house.fixture.gateway().on_access_changed(house.fixture.now);
}

}  // namespace

TEST_CASE("a stage's key joins as the stages that it names, and as no other") {
  Site site;
  site.allow({"first"}, 4);
  CHECK(site.hello("a", 0) == "welcome");
  CHECK(site.hello("b", 1) == "forbidden");
  site.allow({"first", "second"}, 4);
  CHECK(site.hello("b", 1) == "welcome");
}

TEST_CASE("a stage's key runs as many workers as it may, all its stages together") {
  Site site;
  site.allow({"first", "second"}, 3);
  CHECK(site.hello("a", 0) == "welcome");
  CHECK(site.hello("b", 0) == "welcome");
  CHECK(site.hello("c", 1) == "welcome");
  CHECK(site.hello("d", 1) == "forbidden");
  CHECK(site.hello("e", 0) == "forbidden");
  site.f.give("a", {.kind = Kind::bye}, "", site.origin);
  CHECK(site.hello("d", 1) == "welcome");
}

TEST_CASE("a worker that died a moment ago does not keep its successor out") {
  Site site;
  site.allow({"first"}, access::kDefaultWorkers);
  CHECK(site.hello("a", 0) == "welcome");
  CHECK(site.hello("b", 0) == "forbidden");
  site.f.unreachable.insert("a");
  CHECK(site.hello("b", 0) == "welcome");
  CHECK(site.workers("first") == 1);
}

TEST_CASE("both keys of a name that is rotated count as one") {
  Site site;
  site.allow({"first"}, 1);
  CHECK(site.hello("a", 0) == "welcome");
  const std::string next = executor::make_curve_keys().public_key;
  access::Peers(site.house.files.peers).rotate("far", next);
  change(site.house);
  site.origin.key = next;
  CHECK(site.hello("b", 0) == "forbidden");
  access::Peers(site.house.files.peers).finish("far");
  change(site.house);
  CHECK(site.workers("first") == 0);
  CHECK(site.hello("b", 0) == "welcome");
}

TEST_CASE("what a key may no longer run is lost when the key file says so, without a word of it") {
  Site site;
  site.allow({"first", "second"}, 3);
  for (const auto& [peer, stage] : {std::pair{"a", 0}, {"b", 0}, {"c", 1}}) {
    CHECK(site.hello(peer, static_cast<std::size_t>(stage)) == "welcome");
  }
  site.allow({"first", "second"}, 2);
  CHECK(site.workers("first") + site.workers("second") == 2);
  site.allow({"second"}, 2);
  CHECK(site.workers("first") == 0);
  access::Peers(site.house.files.peers).remove("far");
  change(site.house);
  CHECK(site.workers("second") == 0);
}

TEST_CASE("what let a client in is revoked: its open streams end, and those of others go on") {
  const bool by_curve = GENERATE(true, false);
  House house;
  auto& f = house.fixture;
  const auto eve = visitor(house, by_curve ? "carol's CURVE key" : "ann's API key");
  const auto work = open_stream(house, eve);
  f.request(1);
  const auto other = f.take("s1", Kind::work).at(0);
  if (by_curve) {
    access::Peers(house.files.peers).remove("carol");
  } else {
    access::ApiKeys(house.files.api_keys)
        .revoke(House::id_of(access::ApiKeys(house.files.api_keys), eve.credential));
  }
  change(house);
  CHECK(house.refused() == "unauthenticated");
  CHECK(f.take("s1", Kind::ended).size() == 1);  // nobody waits for it
  f.sent.clear();
  f.emit("s1", work, true);
  f.emit("s1", other, true);
  CHECK(f.take("visitor", Kind::result).empty());
  CHECK(f.take("s2", Kind::work).size() == 1);
  house.ask(eve, {.kind = Kind::status}, "");
  CHECK(house.refused() == "unauthenticated");
}

TEST_CASE("a durable job outlives the key that asked for it, and its end is told to nobody") {
  House house;
  auto& f = house.fixture;
  const auto carol = visitor(house, "carol's CURVE key");
  const auto work = open_stream(house, carol, "/durable");
  access::Peers(house.files.peers).remove("carol");
  change(house);
  f.sent.clear();
  f.emit("s1", work, true);
  const auto next = f.take("s2", Kind::work);
  REQUIRE(next.size() == 1);
  f.emit("s2", next[0], true);
  CHECK(f.take("visitor", Kind::result).empty());
  CHECK(f.take("visitor", Kind::ended).empty());
}

TEST_CASE("a stream that its owner joined later ends with the key that joined it") {
  House house;
  const auto carol = visitor(house, "carol's CURVE key");
  open_stream(house, carol, "/durable");
  const std::string job = house.fixture.gateway().status().jobs.at(0).id;
  Visitor elsewhere{"carol by API key",
                    {Link::loopback},
                    access::ApiKeys(house.files.api_keys).make("carol", {"user"}, 1, 0),
                    "carol",
                    {}};
  change(house);
  house.fixture.give(
      "watcher",
      {.kind = Kind::control, .id = 3, .type = "control.v1", .credential = elsewhere.credential},
      schemas::pack(schemas::Control{"watch", job}), elsewhere.origin);
  CHECK(house.fixture.take("watcher", Kind::refused).empty());
  access::ApiKeys keys(house.files.api_keys);
  keys.revoke(House::id_of(keys, elsewhere.credential));
  change(house);
  CHECK(house.fixture.refused("watcher").code == "unauthenticated");
  CHECK(house.fixture.take("visitor", Kind::refused).empty());
}

TEST_CASE(
    "keys are read again for an administrator on the server's host alone, before it answers") {
  House house;
  auto& f = house.fixture;
  const auto carol = visitor(house, "carol's CURVE key");
  open_stream(house, carol);
  access::Peers(house.files.peers).remove("carol");
  for (const auto& each : house.visitors) {
    if (each.name == "root" && each.origin.link == Link::own) continue;
    INFO(each.what);
    f.sent.clear();
    house.ask(each, {.kind = Kind::control, .type = "control.v1"},
              schemas::pack(schemas::Control{"reread", ""}));
    CHECK(f.take("visitor", Kind::report).empty());
    CHECK_FALSE(house.refused().empty());
  }
  f.sent.clear();
  f.control(5, "reread");
  CHECK(f.report().empty());
  CHECK(f.take("visitor", Kind::refused).size() == 1);  // carol's stream
}

TEST_CASE("what is for the server's host alone is in the audit as refused, whoever else asks it") {
  House house;
  std::size_t refused = 0;
  for (const auto& each : house.visitors) {
    if (each.name == "root" && each.origin.link == Link::own) continue;
    for (const char* action : {"scale", "swap", "reread"}) {
      INFO(each.what << ' ' << action);
      house.ask(each, {.kind = Kind::control, .type = "control.v1"},
                schemas::pack(schemas::Control{action, "first=2"}));
      CHECK_FALSE(house.refused().empty());
      ++refused;
    }
  }
  house.guard.tick();
  CHECK(refused > 3);
  CHECK(files::read_file(house.files.audit).find("control s") == std::string::npos);
  CHECK(files::read_file(house.files.audit).find("control reread") == std::string::npos);
  const auto log = files::read_file(house.files.refusals);
  for (const char* what : {"control scale", "control swap", "control reread"}) {
    CHECK_THAT(log, Catch::Contains(what));
  }
}

TEST_CASE("the key that an administrator replaces over the wire loses its streams at once") {
  House house;
  const std::string key(40, 'k');
  house.guard.api_keys().replace_imported({key}, "bridge", 1);
  const Visitor bridge{"an imported key", {Link::loopback}, key, "bridge", {}};
  open_stream(house, bridge);
  house.fixture.give("root",
                     {.kind = Kind::request,
                      .id = 4,
                      .endpoint = "/admin/updateApiKeys",
                      .type = "api_keys.v1",
                      .owner = "root"},
                     schemas::pack(schemas::ApiKeyList{{std::string(40, 'n')}, "bridge"}));
  CHECK(house.refused() == "unauthenticated");
}
