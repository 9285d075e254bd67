// Who may ask what of the shipped flow: its route table x principals x targets x claimed owners;
// and its stages x routes x types x jobs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>

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
    for (const auto& [sends, returns] :
         {std::pair("same_disk.v1", "same_disk.v1"), std::pair("manifest_of.v1", "manifest.v1"),
          std::pair("piece_of.v1", "piece.v1"), std::pair("piece.v1", "held.v1")}) {
      stage.plugin.calls.push_back({"/store", sends, returns});
    }
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

namespace {

// Written down apart from the plugins: what each stage may ask, and nothing else.
const std::set<std::pair<std::string, std::string>> kTransfers = {{"/store", "same_disk.v1"},
                                                                  {"/store", "manifest_of.v1"},
                                                                  {"/store", "piece_of.v1"},
                                                                  {"/store", "piece.v1"},
                                                                  {"/offer", "offer.v1"}};

bool may_call(const std::string& stage, const std::string& endpoint, const std::string& type) {
  if (stage == "registry" || stage == "storage") return false;
  if (stage == "sampler" && endpoint == "/prior" && type == "prior.v1") return true;
  if (stage == "trainer" && endpoint == "/picture" && type == "latents.v1") return true;
  return kTransfers.contains({endpoint, type});
}

// Every type that some stage accepts or emits, and some that none does.
std::set<std::string> all_types(const flow::Flow& flow) {
  std::set<std::string> types = {"", "x.v1", "api_keys.v1", "user_emails.v1", "control.v1"};
  for (const auto& stage : flow.stages) {
    for (const auto& handler : stage.plugin.handlers) {
      types.insert(handler.accepts);
      types.insert(handler.emits.begin(), handler.emits.end());
    }
  }
  return types;
}

std::string peer_of(const flow::Flow& flow, const std::string& stage) {
  for (std::size_t i = 0; i < flow.stages.size(); ++i) {
    if (flow.stages[i].name == stage) return "s" + std::to_string(i + 1);
  }
  throw std::logic_error("no such stage");
}

// What the stage answers a task with, the last type that its table declares.
std::string answer_to(const flow::Flow& flow, const std::string& stage, const std::string& type) {
  for (const auto& each : flow.stages) {
    if (each.name != stage) continue;
    for (const auto& handler : each.plugin.handlers) {
      if (handler.accepts == type) return handler.emits.back();
    }
  }
  throw std::logic_error("no such handler");
}

void answer(Fixture& f, const std::string& peer, const Packet& work, const std::string& type) {
  f.give(peer, {.kind = Kind::emit,
                .id = work.header.id,
                .job = work.header.job,
                .type = type,
                .epoch = work.header.epoch,
                .last = true});
}

// The task that the stage has in hand for a job of this owner: of a training, but for the
// generator.
Packet walked_to(Fixture& f, const std::string& stage, const std::string& owner) {
  const bool draws = stage == "generator";
  const Route& route = *f.flow.find_route(draws ? "/generate" : "/finetune");
  f.give(owner,
         {.kind = Kind::request,
          .id = 1,
          .endpoint = route.endpoint,
          .type = draws ? "generate.v1" : "finetune.v1",
          .owner = owner},
         body_with("private", owner));
  for (const std::size_t each : route.path) {
    const std::string& name = f.flow.stages[each].name;
    const auto work = f.take(peer_of(f.flow, name), Kind::work).at(0);
    if (name == stage) return work;
    answer(f, peer_of(f.flow, name), work, answer_to(f.flow, name, work.header.type));
  }
  throw std::logic_error("the route does not lead there");
}

const std::vector<std::string> kStages = {"registry", "storage", "encoder",
                                          "sampler",  "trainer", "generator"};

}  // namespace

TEST_CASE(
    "stages x routes x types x jobs x owners: a stage asks what it is meant to, for its job") {
  std::size_t cells = 0, opened = 0;
  for (const auto& stage : kStages) {
    House house(shipped());
    auto& f = house.fixture;
    REQUIRE(f.flow.stages.size() == kStages.size());
    const auto peer = peer_of(f.flow, stage);
    const auto bobs = walked_to(f, stage == "registry" ? "encoder" : "registry", "bob").header.job;
    const auto anns = walked_to(f, stage, "ann").header.job;
    std::vector<std::string> endpoints = {"", "/none", "/admin/updateApiKeys"};
    for (const auto& [endpoint, who] : kWho) endpoints.push_back(endpoint);
    f.sent.clear();
    for (const auto& endpoint : endpoints) {
      for (const auto& type : all_types(f.flow)) {
        for (const std::string& job : {anns, bobs, std::string("j-0000000000000000")}) {
          for (const std::string owner : {"ann", "bob", "root"}) {
            INFO(stage << " calls " << endpoint << " with " << type << " for " << job << " as "
                       << owner);
            ++cells;
            f.give(peer,
                   {.kind = Kind::call,
                    .id = cells,
                    .job = job,
                    .endpoint = endpoint,
                    .type = type,
                    .owner = owner,
                    .epoch = 1},
                   body_with("meta", owner));
            const auto work = work_given(f);
            const bool may = job == anns && may_call(stage, endpoint, type);
            REQUIRE(work.has_value() == may);
            if (work) CHECK(work->header.owner == "ann");
            opened += may ? 1 : 0;
            // It hears why, and nobody hears anything else.
            const auto failed = f.take(peer, Kind::failed);
            CHECK(failed.size() == 1);
            if (!may) CHECK(f.sent.empty());
            f.sent.clear();
          }
        }
      }
    }
    CHECK(f.gateway().open_jobs() == 2);
  }
  std::cout << "figure: " << cells
            << " calls of the shipped stages (stages x routes x types x jobs x "
            << "claimed owners), " << opened << " of them declared and opened, no other\n";
  CHECK(cells >= 20'000);
  CHECK(opened == 3 * (4 * 5 + 2));
}

TEST_CASE("stages x types: a stage answers what it is meant to, or its job alone fails") {
  std::size_t cells = 0, passed = 0;
  House house(shipped());
  auto& f = house.fixture;
  for (const auto& stage : kStages) {
    for (const auto& type : all_types(f.flow)) {
      const auto work = walked_to(f, stage, "ann");
      INFO(stage << " answers " << work.header.type << " with " << type);
      ++cells;
      f.sent.clear();
      answer(f, peer_of(f.flow, stage), work, type);
      const auto& handlers =
          f.flow.stages[std::stoul(peer_of(f.flow, stage).substr(1)) - 1].plugin.handlers;
      const bool declared = std::any_of(handlers.begin(), handlers.end(), [&](const auto& each) {
        return each.accepts == work.header.type &&
               std::find(each.emits.begin(), each.emits.end(), type) != each.emits.end();
      });
      passed += declared ? 1 : 0;
      const auto ended = f.take("ann", Kind::ended);
      if (declared && ended.empty()) f.give("ann", {.kind = Kind::cancel, .id = 1});
      if (!declared) {
        REQUIRE(ended.size() == 1);
        CHECK(schemas::unpack<schemas::Ended>(ended[0].body.view()).fault.code == "protocol");
        for (const auto& [peer, packet] : f.sent) CHECK(packet.header.kind != Kind::work);
      }
      for (std::size_t i = 1; i <= kStages.size(); ++i) {  // what goes on is left where it is
        const auto peer = "s" + std::to_string(i);
        for (const auto& left : f.take(peer, Kind::work)) {
          f.give(peer, {.kind = Kind::done, .id = left.header.id});
        }
      }
      f.sent.clear();
      REQUIRE(f.gateway().open_jobs() == 0);
    }
  }
  std::cout << "figure: " << cells << " answers of the shipped stages (stages x types), " << passed
            << " of them declared and passed on, no other\n";
  CHECK(passed >= kStages.size());
}
