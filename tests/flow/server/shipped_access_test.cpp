// Who may ask what of the shipped flow: its route table x principals x targets x claimed owners.
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "tests/flow/file/fake_plugins.h"
#include "tests/flow/gateway/house.h"

using namespace flow;
using namespace flow_test;

namespace {

constexpr auto kUser = access::Access::user, kAdmin = access::Access::admin;

// Written down apart from the flow file: nothing = executors alone. A new route has to be added.
const std::map<std::string, std::optional<access::Access>> kWho = {
    {"/finetune", kUser},
    {"/generate", kUser},
    {"/identifiers", kUser},
    {"/list_identifiers_n_categories", kUser},
    {"/suggest", kUser},
    {"/forget", kUser},
    {"/models", kUser},
    {"/rollback_own", kUser},
    {"/reset_own", kUser},
    {"/retrain_own", kUser},
    {"/update_rare_identifiers", kAdmin},
    {"/admin/rollback_model", kAdmin},
    {"/admin/reset_model", kAdmin},
    {"/admin/retrain_model", kAdmin},
    {"/prior", std::nullopt},
    {"/picture", std::nullopt},
    {"/store", std::nullopt},
    {"/offer", std::nullopt}};

flow::Flow shipped() {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../../flow/souvenir.toml");
  auto flow = load({std::istreambuf_iterator<char>(file), {}});
  // As the true plugins do, unlike those of fake_plugins.h.
  for (auto& stage : flow.stages) {
    if (stage.name == "registry" || stage.name == "storage") continue;
    stage.plugin.calls.push_back({"/store", "same_disk.v1", "same_disk.v1"});
    stage.plugin.calls.push_back({"/offer", "offer.v1", "held.v1"});
  }
  return flow;
}

std::string body_with(const std::string& target, const std::string& owner) {
  msgpack::sbuffer buffer;
  msgpack::pack(buffer,
                std::map<std::string, std::string>{{"target_model", target}, {"owner", owner}});
  return {buffer.data(), buffer.size()};
}

// The one work that some stage was given, done at once.
std::optional<Packet> work_given(Fixture& fixture) {
  for (std::size_t i = 1; i <= fixture.flow.stages.size(); ++i) {
    const auto peer = "s" + std::to_string(i);
    const auto works = fixture.take(peer, Kind::work);
    if (works.empty()) continue;
    REQUIRE(works.size() == 1);
    fixture.give(peer, {.kind = Kind::done, .id = works[0].header.id});
    return works[0];
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("the shipped routes are open to whom they are meant for, and own what they make") {
  House house(shipped());
  auto& fixture = house.fixture;
  REQUIRE(fixture.flow.routes.size() == kWho.size());
  std::size_t cells = 0;
  for (const auto& visitor : house.visitors) {
    const access::Principal who{visitor.name, visitor.scopes};
    for (const auto& route : fixture.flow.routes) {
      for (const std::string target : {"private", "private_meta", "meta", "pretrained"}) {
        for (const std::string claimed : {"ann", "bob", "root", "carol", ""}) {
          INFO(visitor.what << " asks " << route.endpoint << " for " << target << " as "
                            << claimed);
          ++cells;
          house.ask(visitor,
                    {.kind = Kind::request,
                     .endpoint = route.endpoint,
                     .type = route.accepts.at(0),
                     .owner = claimed},
                    body_with(target, claimed));
          const auto work = work_given(fixture);
          const auto code = house.refused();
          fixture.sent.clear();
          const auto needed = kWho.at(route.endpoint);
          if (visitor.name.empty()) {
            CHECK(code == "unauthenticated");
          } else if (!needed || !who.may_ask(route.endpoint, *needed)) {
            CHECK(code == "forbidden");
          } else {
            REQUIRE(work);
            CHECK(work->header.owner == visitor.name);
            CHECK(work->header.credential.empty());
            continue;
          }
          CHECK_FALSE(work);
        }
      }
    }
  }
  std::cout << "figure: " << cells
            << " requests to the shipped routes (visitors x routes x targets x owners), "
            << "none let in wrongly\n";
  CHECK(cells >= 1'000);
}
