#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "executor/curve_keys.h"
#include "flow/access/guard.h"
#include "tests/flow/access/scratch.h"
#include "tests/flow/gateway/gateway_fixture.h"

namespace flow_test {

using flow::access::Link;
using flow::access::Origin;

inline constexpr std::int64_t kNow_s = 1'000;

/// Someone at the listener, and what the access lists say of it.
struct Visitor {
  std::string what;
  Origin origin;
  std::string credential;
  std::string name;                 ///< "" = nobody
  std::vector<std::string> scopes;  ///< of whoever it is
};

using Names = std::vector<std::string>;

/// A flow behind access lists, people with keys, and a stranger of every kind.
struct House {
  access_test::Scratch scratch;
  flow::access::Files files{scratch.path()};
  std::vector<Visitor> visitors = make_visitors();
  flow::access::Guard guard{{.on = true}, files, true};
  Fixture fixture;

  explicit House(const flow::Flow& flow = with_admin_route()) {
    fixture.flow = flow;
    fixture.guard = &guard;
    fixture.wall_ms = kNow_s * 1000;
    fixture.made = fixture.make();
    for (std::size_t i = 0; i < flow.stages.size(); ++i) {
      fixture.join("s" + std::to_string(i + 1), i);
    }
  }

  static flow::Flow with_admin_route() {
    auto flow = two_stages();
    flow.routes.push_back(flow.routes[0]);
    flow.routes.back().endpoint = "/admin/reset";
    flow.routes.back().access = flow::access::Access::admin;
    return flow;
  }

  std::string allow(flow::access::PeerRole role, const std::string& name) const {
    const auto key = executor::make_curve_keys().public_key;
    const bool is_stage = role == flow::access::PeerRole::stage;
    flow::access::Peers(files.peers).add({key, role, name, is_stage ? Names{"first"} : Names{}});
    return key;
  }

  std::vector<Visitor> make_visitors() const {
    std::filesystem::create_directories(files.folder);
    executor::write_key_file(files.server_key, executor::make_curve_keys());
    flow::access::ApiKeys keys(files.api_keys);
    const auto ann = keys.make("ann", {"user"}, 1, 0), bob = keys.make("bob", {"user"}, 1, 0);
    const auto one = keys.make("ann", {"/run"}, 1, 0), root = keys.make("root", {"admin"}, 1, 0);
    const auto late = keys.make("ann", {"user"}, 1, kNow_s),
               gone = keys.make("ann", {"user"}, 1, 0);
    keys.revoke(id_of(keys, gone));
    const auto client = allow(flow::access::PeerRole::client, "carol");
    const auto stage = allow(flow::access::PeerRole::stage, "gpu");
    std::vector<Visitor> all = {
        {"carol's CURVE key", {Link::curve, client}, "", "carol", {"user"}},
        {"a stage's CURVE key", {Link::curve, stage}, "", "", {}},
        {"a random CURVE key", {Link::curve, executor::make_curve_keys().public_key}, "", "", {}},
        {"a stage's CURVE key with ann's API key", {Link::curve, stage}, ann, "", {}},
    };
    for (const Origin& origin :
         {Origin{Link::own}, Origin{Link::loopback}, Origin{Link::curve, client}}) {
      all.push_back({"ann's API key", origin, ann, "ann", {"user"}});
      all.push_back({"bob's API key", origin, bob, "bob", {"user"}});
      all.push_back({"ann's API key for one route", origin, one, "ann", {"/run"}});
      all.push_back({"an admin's API key", origin, root, "root", {"admin"}});
      all.push_back({"an expired API key", origin, late, "", {}});
      all.push_back({"a revoked API key", origin, gone, "", {}});
      all.push_back({"an API key cut short", origin, ann.substr(0, 40), "", {}});
      all.push_back({"an unsigned token", origin, "eyJhbGciOiJub25lIn0.e30.", "", {}});
      all.push_back({"8 KiB of letters", origin, std::string(8192, 'a'), "", {}});
    }
    all.push_back({"nothing, over loopback", {Link::loopback}, "", "", {}});
    return all;
  }

  static std::string id_of(const flow::access::ApiKeys& keys, const std::string& text) {
    return keys.verify(text, 1).credential.substr(std::string("key ").size());
  }

  void ask(const Visitor& visitor, Header header, const std::string& body) {
    header.id = 9;
    header.credential = visitor.credential;
    fixture.give("visitor", header, body, visitor.origin);
  }
  const Visitor& visitor(const std::string& what) const {
    return *std::find_if(visitors.begin(), visitors.end(),
                         [&](const Visitor& each) { return each.what == what; });
  }

  /// The task that the first stage gets for a request of this visitor.
  Packet asked_by(const Visitor& who, const std::string& endpoint = "/run") {
    ask(who, {.kind = Kind::request, .endpoint = endpoint, .type = "text.v1"},
        schemas::pack(schemas::Text{"x"}));
    return fixture.take("s1", Kind::work).at(0);
  }

  std::string audited() {
    guard.tick();
    std::ifstream file(files.refusals);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string refused() {
    const auto packets = fixture.take("visitor", Kind::refused);
    return packets.empty() ? "" : schemas::unpack<schemas::Fault>(packets[0].body.view()).code;
  }
};

}  // namespace flow_test
