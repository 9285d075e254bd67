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
    Peers(files.peers).add({key, role, name});
    return key;
  }
  void make_server_keys() {
    std::filesystem::create_directories(files.folder);
    executor::write_key_file(files.server_key, executor::make_curve_keys());
  }
};

std::string refusal(const Guard& guard, const Origin& origin, const std::string& credential) {
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
  const Guard guard(w.settings, w.files, false);
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
  const Guard guard(w.settings, w.files, true);
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
  const Guard guard(w.settings, w.files, true);
  CHECK(guard.admit({Link::own}, "", "me", kNow_s).is_admin());
  CHECK_FALSE(refusal(guard, {Link::loopback}, "").empty());
  CHECK(guard.admit({Link::curve, client}, "", "mallory", kNow_s).name == "ann");
  CHECK_FALSE(guard.admit({Link::curve, client}, "", "mallory", kNow_s).is_admin());
  CHECK(guard.admit({Link::curve, admin}, "", "mallory", kNow_s).is_admin());
  CHECK_FALSE(refusal(guard, {Link::curve, stage}, "").empty());
  CHECK_FALSE(refusal(guard, {Link::curve, executor::make_curve_keys().public_key}, "").empty());
  CHECK_FALSE(refusal(guard, {Link::curve, ""}, "").empty());
  w.settings.trust_ipc = false;
  CHECK_FALSE(refusal(Guard(w.settings, w.files, true), {Link::own}, "").empty());
}

TEST_CASE("a stage joins over ipc or with a key of a stage") {
  World w;
  w.make_server_keys();
  const auto client = w.allow(PeerRole::client, "ann"), stage = w.allow(PeerRole::stage, "gpu");
  Guard guard(w.settings, w.files, true);
  CHECK(guard.allows_stage({Link::own}));
  CHECK_FALSE(guard.allows_stage({Link::loopback}));
  CHECK(guard.allows_stage({Link::curve, stage}));
  CHECK_FALSE(guard.allows_stage({Link::curve, client}));
  Peers(w.files.peers).remove("gpu");
  guard.tick();
  CHECK_FALSE(guard.allows_stage({Link::curve, stage}));
  CHECK_FALSE(guard.allows(stage));
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
  std::filesystem::permissions(w.files.peers, std::filesystem::perms(0660));
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
  const Guard guard(w.settings, w.files, true);
  for (const auto& credential : credentials) {
    CHECK(guard.admit({Link::loopback}, credential, "mallory", kNow_s).name == "eve@example.org");
  }
  CHECK(guard.admit(curve, "", "mallory", kNow_s).name == "eve@example.org");
  CHECK(guard.admit({Link::own}, "", "Eve@Example.ORG", kNow_s).name == "eve@example.org");
  CHECK(guard.admit({Link::own}, "", "Eve", kNow_s).name == "Eve");
  w.settings = {};
  const Guard open(w.settings, Files(w.scratch / "elsewhere"), false);
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
