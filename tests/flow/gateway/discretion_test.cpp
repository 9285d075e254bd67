#include "flow/gateway/discretion.h"

#include <catch2/catch.hpp>

#include "schemas/identifiers.h"
#include "schemas/progress.h"
#include "tests/flow/gateway/house.h"

using namespace flow;
using namespace flow_test;

namespace {

Flow served() {
  auto flow = two_stages();
  flow.file = "/srv/our flows/flow.toml";
  flow.listen = {"ipc:///home/ann/souvenir/run/gateway.sock"};
  flow.routes.push_back(flow.routes[0]);
  flow.routes.back().endpoint = "/admin/reset_model";
  return flow;
}

const std::vector<std::string> kSecrets = {"/home", "ann/", "/srv", "our flows", "4711", "/var"};

bool tells(std::string_view bytes) {
  return std::any_of(kSecrets.begin(), kSecrets.end(), [&](const std::string& secret) {
    return bytes.find(secret) != std::string_view::npos;
  });
}

}  // namespace

TEST_CASE("a user's text has no absolute paths and no process ids") {
  const Flow flow = served();
  const Discretion discretion(flow);
  for (const auto& [text, told] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"cannot read /var/lib/x/unet.bin: no space", "cannot read [path]: no space"},
           {"/home/ann/souvenir/store", "[path]"},
           {"see '/home/ann/souvenir/run/logs/a.log'.", "see '[path]'."},
           {"(/srv/our flows/model/x)", "([path])"},
           {"/srv/our flows", "[path]"},
           {"no answer from ipc:///home/ann/souvenir/run/gateway.sock",
            "no answer from ipc:[path]"},
           {"file:///var/lib/x, and more", "file:[path], and more"},
           {"two: /var/lib/a /var/lib/b", "two: [path] [path]"},
           {"a=/var/lib/a;b", "a=[path];b"},
           {"the stage 'x' (process 4711) left", "the stage 'x' (process) left"},
           {"in use by process 4711: pid 4711", "in use by process: pid"},
           {"a process of 12 steps", "a process of 12 steps"},
           {"/run and /admin/reset_model", "/run and /admin/reset_model"},
           {"and/or a/b, 5 / 7, km/h", "and/or a/b, 5 / 7, km/h"},
           {"https://example.org/a/b", "https://example.org/a/b"},
           {"/", "/"},
           {"// /// /", "// /// /"}}) {
    INFO(text);
    CHECK(discretion.text(text) == told);
  }
}

TEST_CASE("what the user itself named is repeated to it") {
  const Discretion discretion(served());
  const auto fault =
      discretion.of({"not_found", "gateway", "", "there is no endpoint '/a/b'", ""}, "/a/b");
  CHECK(fault.cause == "there is no endpoint '/a/b'");
  CHECK(discretion.of(schemas::Fault{"", "", "", "no '/a/b'", ""}).cause == "no '[path]'");
}

TEST_CASE("an answer loses paths and the names of other owners, and is else the same bytes") {
  const Discretion discretion(served());
  schemas::IdentifierList list;
  list.identifiers.push_back({"sks", "dog", "meta", "ann", "v-1", "/var/lib/store/v-1", "2026"});
  list.identifiers.push_back({"zwx", "a/b", "private", "eve", "v-2", "/srv/our flows/v-2", "2026"});
  const Header header{.kind = Kind::result};
  const auto packet = executor::packet_of(header, schemas::Message::of(list));
  const auto told =
      schemas::unpack<schemas::IdentifierList>(discretion.of(packet, "eve").body.view());
  REQUIRE(told.identifiers.size() == 2);
  CHECK(told.identifiers[0].owner.empty());
  CHECK(told.identifiers[0].model == Discretion::kPath);
  CHECK(told.identifiers[0].version == "v-1");
  CHECK(told.identifiers[1].owner == "eve");
  CHECK(told.identifiers[1].category == "a/b");
  CHECK(told.identifiers[1].model == Discretion::kPath);
  const auto plain =
      executor::packet_of(header, schemas::Message::of(schemas::Text{"owner: a photo / of me"}));
  CHECK(discretion.of(plain, "eve").body.view().data() == plain.body.view().data());
}

TEST_CASE("what a user hears of its jobs and of the flow tells nothing of the server") {
  auto flow = served();
  House house(flow);
  auto& f = house.fixture;
  const auto ask = [&](Header header, const std::string& body) {
    header.id = 9;
    const auto eve = std::find_if(house.visitors.begin(), house.visitors.end(),
                                  [](const auto& each) { return each.what == "bob's API key"; });
    house.ask(*eve, header, body);
  };
  f.give("s2", {.kind = Kind::loading}, "loading /var/lib/model");
  for (const std::string endpoint : {"/run", "/durable", "/serial", "/admin/reset_model", "/x/y"}) {
    ask({.kind = Kind::request, .endpoint = endpoint, .type = "text.v1"},
        schemas::pack(schemas::Text{"x"}));
    const auto work = f.take("s1", Kind::work);
    if (work.empty()) continue;
    const Header& header = work[0].header;
    f.give("s1", {.kind = Kind::progress, .job = header.job, .epoch = header.epoch},
           schemas::pack(schemas::Progress{.text = "reading /var/lib/x"}));
    f.give("s1", {.kind = Kind::failed, .id = header.id, .job = header.job, .epoch = header.epoch},
           schemas::pack(schemas::Fault{"internal", "", "", "/var/lib/x is broken",
                                        "see /home/ann/souvenir/run/logs/first.log"}));
    for (const std::string action : {"show", "watch", "retry", "cancel", "swap", "reread"}) {
      ask({.kind = Kind::control, .type = "control.v1"},
          schemas::pack(schemas::Control{action, header.job}));
    }
  }
  ask({.kind = Kind::control, .type = "control.v1"}, schemas::pack(schemas::Control{"list", ""}));
  ask({.kind = Kind::status}, "");
  ask({.kind = Kind::stop}, "");
  std::size_t packets = 0;
  for (const auto& [peer, packet] : f.sent) {
    if (peer != "visitor") continue;
    ++packets;
    INFO(packet.body.view());
    CHECK_FALSE(tells(packet.body.view()));
  }
  CHECK(packets > 20);
  const auto own = f.gateway().status();
  CHECK(own.file == "/srv/our flows/flow.toml");
  CHECK(own.stages.at(1).pid == 100);
}
