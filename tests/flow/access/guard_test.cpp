#include "flow/access/guard.h"

#include <catch2/catch.hpp>
#include <ctime>
#include <nlohmann/json.hpp>

#include "executor/error.h"
#include "tests/flow/access/scratch.h"
#include "tests/flow/access/token_maker.h"

using namespace flow::access;
using access_test::Scratch;
using access_test::TokenMaker;

namespace {

constexpr std::int64_t kNow_s = 1'800'000'000;

using Names = std::vector<std::string>;

struct World {
  Scratch scratch;
  Files files{scratch.path()};
  TokenMaker provider{"EdDSA"};
  Settings settings{.on = true,
                    .users = {"example.org"},
                    .admins = {"root@example.org"},
                    .tokens = {{"", "EdDSA", scratch.file("idp.pem", provider.verifying_key()),
                                "idp", "souvenir"}}};
  std::string token(const std::string& address) const {
    const nlohmann::json claims = {
        {"iss", "idp"}, {"aud", "souvenir"}, {"sub", address}, {"exp", kNow_s + 60}};
    return provider.token(R"({"alg":"EdDSA"})", claims.dump());
  }
  /// The key of a new allowed peer.
  std::string allow(PeerRole role, const std::string& name) {
    const auto key = executor::make_curve_keys().public_key;
    const bool is_stage = role == PeerRole::stage;
    Peers(files.peers).add({key, role, name, is_stage ? Names{"trainer"} : Names{}});
    return key;
  }
  void make_server_keys() {
    std::filesystem::create_directories(files.folder);
    executor::write_key_file(files.server_key, executor::make_curve_keys());
  }
};

std::string refusal(Guard& guard, const Origin& origin, const std::string& credential) {
  try {
    guard.admit(origin, credential, "mallory", kNow_s);
    return "";
  } catch (const executor::Error& error) {
    CHECK(error.code() == "unauthenticated");
    return error.what();
  }
}

bool starts(const World& w, bool is_public) {
  try {
    const Guard guard(w.settings, w.files, is_public);
    return true;
  } catch (const executor::Error& error) {
    CHECK(error.code() == "bad_config");
    return false;
  }
}

}  // namespace

TEST_CASE("without [access] and a public address a request's own word names its owner") {
  World w;
  w.settings = {};
  Guard guard(w.settings, w.files, false);
  CHECK(guard.is_open());
  const auto who = guard.admit({Link::loopback}, "", "ann", kNow_s);
  CHECK(who.name == "ann");
  CHECK(who.is_admin());
  CHECK_FALSE(std::filesystem::exists(w.files.audit));
}

TEST_CASE("with [access] the owner is who the credential says, on any link") {
  World w;
  w.make_server_keys();
  const Origin curve{Link::curve, w.allow(PeerRole::client, "gateway of the lab")};
  const std::string key = ApiKeys(w.files.api_keys).make("bob", {"user"}, 1, 0);
  Guard guard(w.settings, w.files, true);
  for (const Origin& origin : {Origin{Link::own}, Origin{Link::loopback}, curve}) {
    const auto user = guard.admit(origin, w.token("ann@example.org"), "mallory", kNow_s);
    CHECK(user.name == "ann@example.org");
    CHECK_FALSE(user.is_admin());
    CHECK(guard.admit(origin, w.token("root@example.org"), "mallory", kNow_s).is_admin());
    CHECK(guard.admit(origin, key, "mallory", kNow_s).name == "bob");
    CHECK_FALSE(refusal(guard, origin, w.token("eve@evil.org")).empty());
    CHECK_FALSE(refusal(guard, origin, "sv_wrong").empty());
    CHECK_FALSE(refusal(guard, origin, "a.b.c").empty());
  }
}

TEST_CASE("without a credential only the ipc socket and allowed clients are someone") {
  World w;
  w.make_server_keys();
  const auto client = w.allow(PeerRole::client, "ann"), admin = w.allow(PeerRole::admin, "root"),
             stage = w.allow(PeerRole::stage, "gpu");
  Guard guard(w.settings, w.files, true);
  CHECK(guard.admit({Link::own}, "", "me", kNow_s).is_admin());
  CHECK_FALSE(refusal(guard, {Link::loopback}, "").empty());
  CHECK(guard.admit({Link::curve, client}, "", "mallory", kNow_s).name == "ann");
  CHECK_FALSE(guard.admit({Link::curve, client}, "", "mallory", kNow_s).is_admin());
  CHECK(guard.admit({Link::curve, admin}, "", "mallory", kNow_s).is_admin());
  CHECK_FALSE(refusal(guard, {Link::curve, stage}, "").empty());
  CHECK_FALSE(refusal(guard, {Link::curve, executor::make_curve_keys().public_key}, "").empty());
  CHECK_FALSE(refusal(guard, {Link::curve, ""}, "").empty());
  w.settings.trust_ipc = false;
  Guard without_trust(w.settings, w.files, true);
  CHECK_FALSE(refusal(without_trust, {Link::own}, "").empty());
}

TEST_CASE("a stage joins over ipc or with a key that names it") {
  World w;
  w.make_server_keys();
  const auto client = w.allow(PeerRole::client, "ann"), stage = w.allow(PeerRole::stage, "gpu");
  const auto old_key = executor::make_curve_keys().public_key;
  w.scratch.file("access/peers",
                 access_test::text_of(w.files.peers) + old_key + " stage old host\n");
  Guard guard(w.settings, w.files, true);
  const auto may = [&](const Origin& origin, const std::string& name) {
    return guard.objection_to_stage(origin, name).empty();
  };
  CHECK(may({Link::own}, "generator"));
  CHECK_FALSE(may({Link::loopback}, "trainer"));
  CHECK(may({Link::curve, stage}, "trainer"));
  CHECK_FALSE(may({Link::curve, stage}, "generator"));
  CHECK_FALSE(may({Link::curve, stage}, "trainer2"));
  CHECK_FALSE(may({Link::curve, stage}, ""));
  CHECK_FALSE(may({Link::curve, client}, "trainer"));
  CHECK_FALSE(may({Link::curve, old_key}, "trainer"));
  CHECK(guard.stage_key_of({Link::curve, stage})->workers == kDefaultWorkers);
  CHECK(guard.stage_key_of({Link::curve, client}) == nullptr);
  Peers(w.files.peers).remove("gpu");
  CHECK(guard.tick());
  CHECK_FALSE(guard.tick());
  CHECK_FALSE(may({Link::curve, stage}, "trainer"));
  CHECK_FALSE(guard.allows(stage, "192.0.2.7", kNow_s));
}

TEST_CASE("what let somebody in can be taken away, of every kind") {
  World w;
  w.make_server_keys();
  const Origin ann{Link::curve, w.allow(PeerRole::client, "ann")};
  const Origin root{Link::curve, w.allow(PeerRole::admin, "root")};
  ApiKeys api_keys(w.files.api_keys);
  const std::string key = api_keys.make("bob", {"user"}, 1, 0);
  AddressLists(w.files.addresses).set_users({"carol@lab.net"});
  Guard guard(w.settings, w.files, true);
  const auto admitted = [&](const Origin& origin, const std::string& credential) {
    return Sender{origin, guard.admit(origin, credential, "", kNow_s)};
  };
  const Sender by_key = admitted(ann, ""), by_api = admitted({Link::loopback}, key),
               by_api_and_key = admitted(ann, key), by_admin = admitted(root, ""),
               by_token = admitted({Link::own}, w.token("carol@lab.net")),
               operator_ = admitted({Link::own}, "");
  for (const auto& sender : {by_key, by_api, by_api_and_key, by_admin, by_token, operator_}) {
    REQUIRE(guard.present(sender));
    CHECK(guard.present(sender)->scopes == sender.who.scopes);
  }
  Peers(w.files.peers).remove("ann");
  guard.tick();
  CHECK_FALSE(guard.present(by_key));
  CHECK_FALSE(guard.present(by_api_and_key));
  CHECK(guard.present(by_api));
  Peers(w.files.peers).add({ann.key, PeerRole::client, "eve"});
  guard.tick();
  CHECK_FALSE(guard.present(by_key));  // the key is another's now
  api_keys.revoke(by_api.who.credential.substr(4));
  guard.tick();
  CHECK_FALSE(guard.present(by_api));
  AddressLists(w.files.addresses).set_users({});
  guard.tick();
  CHECK_FALSE(guard.present(by_token));
  Peers(w.files.peers).remove("root");
  Peers(w.files.peers).add({root.key, PeerRole::client, "root"});
  guard.tick();
  REQUIRE(guard.present(by_admin));
  CHECK_FALSE(guard.present(by_admin)->is_admin());
  CHECK(guard.present(operator_));
}

TEST_CASE("failures from one address are limited, and good keys from there still get in") {
  World w;
  w.make_server_keys();
  const auto ann = w.allow(PeerRole::client, "ann");
  ApiKeys api_keys(w.files.api_keys);
  const std::string key = api_keys.make("bob", {"user"}, 1, 0);
  const std::string imported(40, 'k'), other(41, 'k');
  api_keys.replace_imported({imported, other}, "bridge", 1);
  Guard guard(w.settings, w.files, true);
  const Origin here{Link::curve, ann, "192.0.2.7"}, elsewhere{Link::curve, ann, "192.0.2.8"};
  const std::string token = w.token("ann@example.org"), late = w.token("late@example.org");
  guard.admit(here, token, "", kNow_s);
  guard.admit(here, imported, "", kNow_s);
  const auto failed = [](const std::string& why) {
    return why.find("too many attempts") == std::string::npos;
  };
  int looked_at = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto guess = i % 2 == 0 ? std::to_string(i) + ".b.c" : "sv_" + std::to_string(i);
    looked_at += failed(refusal(guard, here, guess)) ? 1 : 0;
  }
  CHECK(looked_at == static_cast<int>(FailedAttempts::kBurst + FailedAttempts::kStillTried_per_s));
  CHECK(guard.admit(here, key, "", kNow_s).name == "bob");
  CHECK(guard.admit(here, token, "", kNow_s).name == "ann@example.org");
  CHECK(guard.admit(here, imported, "", kNow_s).name == "bridge");
  CHECK(guard.admit(here, "", "", kNow_s).name == "ann");
  CHECK(guard.allows(ann, "192.0.2.7", kNow_s));
  CHECK_FALSE(refusal(guard, here, late).empty());  // new, and the second's tries are used up
  CHECK_FALSE(refusal(guard, here, other).empty());
  CHECK(guard.admit(here, late, "", kNow_s + 1).name == "late@example.org");
  CHECK(guard.admit(elsewhere, late, "", kNow_s).name == "late@example.org");
}

TEST_CASE("unknown CURVE keys use up the same credit, and allowed ones connect all the same") {
  World w;
  w.make_server_keys();
  const auto ann = w.allow(PeerRole::client, "ann");
  Guard guard(w.settings, w.files, true);
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(guard.allows(executor::make_curve_keys().public_key, "192.0.2.7", kNow_s));
    CHECK(guard.allows(ann, "192.0.2.7", kNow_s));
  }
  CHECK(refusal(guard, {Link::curve, ann, "192.0.2.7"}, "sv_wrong").find("too many") !=
        std::string::npos);
}

TEST_CASE("an unsafe configuration does not start") {
  World w;
  CHECK(starts(w, false));
  CHECK_FALSE(starts(w, true));  // no keys of the server
  w.make_server_keys();
  CHECK_FALSE(starts(w, true));  // nobody allowed
  w.allow(PeerRole::client, "ann");
  CHECK(starts(w, true));
  std::filesystem::permissions(w.files.server_key, std::filesystem::perms(0644));
  CHECK_FALSE(starts(w, true));
  std::filesystem::permissions(w.files.server_key, std::filesystem::perms(0600));
  std::filesystem::permissions(w.files.peers, std::filesystem::perms(0606));
  CHECK_FALSE(starts(w, true));
  std::filesystem::permissions(w.files.peers, std::filesystem::perms(0600));
  w.settings.users = w.settings.admins = {};
  CHECK_FALSE(starts(w, true));  // tokens, but nobody listed
}

TEST_CASE("an address is one owner in whatever capitals a token, a key or a client writes it") {
  World w;
  w.make_server_keys();
  const Origin curve{Link::curve, w.allow(PeerRole::client, "Eve@Example.org")};
  std::vector<std::string> credentials;
  for (const char* spelled : {"eve@example.org", "Eve@example.org", "EVE@EXAMPLE.ORG"}) {
    credentials.push_back(w.token(spelled));
    credentials.push_back(ApiKeys(w.files.api_keys).make(spelled, {"user"}, 1, 0));
  }
  Guard guard(w.settings, w.files, true);
  for (const auto& credential : credentials) {
    CHECK(guard.admit({Link::loopback}, credential, "mallory", kNow_s).name == "eve@example.org");
  }
  CHECK(guard.admit(curve, "", "mallory", kNow_s).name == "eve@example.org");
  CHECK(guard.admit({Link::own}, "", "Eve@Example.ORG", kNow_s).name == "eve@example.org");
  CHECK(guard.admit({Link::own}, "", "Eve", kNow_s).name == "Eve");
  w.settings = {};
  Guard open(w.settings, Files(w.scratch / "elsewhere"), false);
  CHECK(open.admit({Link::loopback}, "", "eVe@example.org", kNow_s).name == "eve@example.org");
}

TEST_CASE("an owner that was written down in capitals before is found by its folded name") {
  World w;
  const std::string key = ApiKeys(w.files.api_keys).make("eve@example.org", {"user"}, 1, 0);
  const std::string peer = executor::make_curve_keys().public_key;
  std::string text = access_test::text_of(w.files.api_keys);
  text.replace(text.find("eve@"), 4, "Eve@");
  w.scratch.file("access/api_keys.json", text);
  w.scratch.file("access/peers", peer + " client Eve@Example.org\n");
  CHECK(ApiKeys(w.files.api_keys).verify(key, kNow_s).name == "eve@example.org");
  Peers peers(w.files.peers);
  REQUIRE(peers.find(peer) != nullptr);
  CHECK(peers.find(peer)->name == "eve@example.org");
  const std::string other = executor::make_curve_keys().public_key;
  CHECK_THROWS_AS(peers.add({other, PeerRole::client, "EVE@example.org"}), executor::Error);
  CHECK_NOTHROW(peers.remove("Eve@Example.org"));
}
