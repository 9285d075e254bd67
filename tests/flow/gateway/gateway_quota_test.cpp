// How much of the flow one owner may take, at each limit and one past it, and that others get in.
#include <catch2/catch.hpp>

#include "executor/files/sha256.h"
#include "flow/access/guard.h"
#include "tests/flow/access/scratch.h"
#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;

namespace {

constexpr std::size_t kMiB = 1024 * 1024;
const std::string kBody = schemas::pack(schemas::Text{"x"});

// Where users are told apart: who asks is who the key of the connection says.
struct Guarded : Fixture {
  Guarded() {
    made.reset();
    guard = &door;
    made = make();
  }
  access_test::Scratch scratch;
  access::Files places{scratch.path()};
  access::Settings settings{.on = true};
  access::Guard door{settings, places, false};
  std::map<std::string, std::string> keys;  ///< by owner

  /// Keys for many at once: each make() writes the file.
  void allow(const std::vector<std::string>& owners, const std::string& scope) {
    for (const auto& owner : owners) {
      keys[owner] = "sv_" + std::string(32, 'k') + owner;
      written += (written.empty() ? R"({"hash":")" : R"(,{"hash":")") +
                 files::sha256_of(keys[owner]) + R"(","owner":")" + owner + R"(","scopes":[")" +
                 scope + R"("],"created":1,"expires":0,"imported":false})";
    }
    scratch.file("access/api_keys.json", R"({"keys":[)" + written + "]}");
    door.tick();
  }
  std::string written;

  void ask(const std::string& owner, std::uint64_t id, const std::string& scope = "user",
           const std::string& endpoint = "/serial", std::vector<schemas::Blob> blobs = {}) {
    std::string& key = keys[owner];
    if (key.empty()) key = door.api_keys().make(owner, {scope}, 1, 0);
    Header header{.kind = Kind::request, .id = id, .endpoint = endpoint, .type = "text.v1"};
    header.credential = key;
    gateway().on_packet("peer of " + owner, {header, schemas::Blob(kBody), std::move(blobs)}, now);
  }
  bool is_in(const std::string& owner) {
    return take("peer of " + owner, Kind::accepted).size() == 1;
  }
  std::string cause(const std::string& owner) { return refused("peer of " + owner).cause; }
};

// Thirty pictures, as docs/limits.md allows; they share their bytes.
std::vector<schemas::Blob> pictures(std::size_t count, std::size_t bytes = 32 * kMiB) {
  static const schemas::Blob kPicture{std::string(32 * kMiB, 'x')};
  return std::vector<schemas::Blob>(
      count, schemas::Blob(kPicture.owner(), kPicture.view().substr(0, bytes)));
}

}  // namespace

TEST_CASE("four owners leave room for those with nothing open, and these for administrators") {
  Guarded f;
  constexpr std::size_t kForAll =
      Capacity::kMaxOpenJobs - Capacity::kForAdministrators - Capacity::kForNewOwners;
  std::vector<std::string> users = {"ann", "bob", "cid", "dan", "one more"};
  for (std::size_t i = 0; i < Capacity::kForNewOwners; ++i) {
    users.push_back("new owner " + std::to_string(i));
  }
  f.allow(users, "user");
  f.allow({"root"}, "admin");
  std::size_t open = 0;
  for (std::uint64_t id = 1; id <= f.flow.requests_per_user; ++id) {
    for (const std::string owner : {"ann", "bob", "cid", "dan"}) {
      f.ask(owner, id);
      open += f.is_in(owner);
    }
  }
  CHECK(open == kForAll);
  f.sent.clear();
  f.ask("ann", 9'999);
  CHECK(f.cause("ann").find("but for those who have none") != std::string::npos);

  for (std::size_t i = 0; i < Capacity::kForNewOwners; ++i) {
    const std::string owner = "new owner " + std::to_string(i);
    f.ask(owner, 1);
    REQUIRE(f.is_in(owner));
    if (i > 0) continue;
    f.ask(owner, 2);  // it has one open now
    CHECK(f.cause(owner).find("but for those who have none") != std::string::npos);
  }
  f.ask("one more", 1);
  CHECK(f.cause("one more").find("but for administrators") != std::string::npos);

  for (std::uint64_t id = 1; id <= Capacity::kForAdministrators; ++id) {
    f.ask("root", id, "admin");
    REQUIRE(f.is_in("root"));
  }
  f.ask("root", 9'999, "admin");
  CHECK(f.cause("root").find("4096 jobs are open, the most that a flow may") != std::string::npos);
  CHECK(f.gateway().open_jobs() == Capacity::kMaxOpenJobs);
}

TEST_CASE(
    "an owner's requests under way hold 30 pictures of 32 MiB, and no byte beyond the quota") {
  Guarded f;
  f.ask("ann", 1, "user", "/run", pictures(30));
  CHECK(f.is_in("ann"));
  const std::size_t left = Capacity::kMaxRequestBytes - 30 * 32 * kMiB - 2 * kBody.size();
  auto rest = pictures(1);
  rest.push_back(pictures(1, left - 32 * kMiB + 1)[0]);
  f.ask("ann", 2, "user", "/run", rest);  // a byte too many
  const auto fault = f.refused("peer of ann");
  CHECK(fault.code == "queue_full");
  CHECK(fault.cause.find("one user may have 1024 MiB") != std::string::npos);
  CHECK_FALSE(fault.hint.empty());
  rest.back() = pictures(1, left - 32 * kMiB)[0];
  f.ask("ann", 3, "user", "/run", rest);
  CHECK(f.is_in("ann"));
  f.ask("ann", 4, "user", "/run");  // not even a small one
  CHECK(f.refused("peer of ann").code == "queue_full");
  f.ask("bob", 1, "user", "/run", pictures(30));  // others are not touched
  CHECK(f.is_in("bob"));
}

TEST_CASE("a request that is larger than the quota hears so and need not be sent again") {
  Guarded f;
  f.ask("ann", 1, "user", "/run", pictures(32));  // 1 GiB and a body
  const auto fault = f.refused("peer of ann");
  CHECK(fault.code == "bad_input");
  CHECK(fault.cause.find("1024 MiB") != std::string::npos);
}

TEST_CASE("a request counts until its first stage has taken it in, and no longer than its job") {
  Guarded f;
  f.join("s1", 0);
  f.ask("ann", 1, "user", "/run", pictures(30));
  const auto work = f.take("s1", Kind::work).at(0);
  f.ask("ann", 2, "user", "/run", pictures(30));
  CHECK(f.refused("peer of ann").code == "queue_full");
  f.emit("s1", work, true);  // on its way to the second stage now
  f.take("peer of ann", Kind::accepted);
  f.ask("ann", 3, "user", "/run", pictures(30));
  CHECK(f.is_in("ann"));
  f.give("peer of ann", {.kind = Kind::cancel, .id = 3, .credential = f.keys["ann"]});
  f.ask("ann", 4, "user", "/run", pictures(30));
  CHECK(f.is_in("ann"));
}

TEST_CASE("durable jobs that wait for their turn are on disk, and hold nothing") {
  Guarded f;
  f.flow.routes[1].durable = true;  // /serial: one after another
  f.join("s1", 0);
  for (std::uint64_t id = 1; id <= f.flow.jobs_per_user; ++id) {
    f.ask("ann", id, "user", "/serial", pictures(30));
    INFO("job " << id);
    CHECK(f.is_in("ann"));
    for (const auto& work : f.take("s1", Kind::work)) f.emit("s1", work, true);
  }
}

TEST_CASE("one address is one owner, whatever its capitals, and other names are what they are") {
  Guarded f;
  f.flow.requests_per_user = 2;
  f.ask("eve@example.org", 1);
  f.ask("Eve@example.org", 1);
  f.ask("EVE@Example.ORG", 1);
  CHECK(f.is_in("eve@example.org"));
  CHECK(f.is_in("Eve@example.org"));
  CHECK(f.cause("EVE@Example.ORG").find("2 requests open") != std::string::npos);
  f.ask("Eve", 1);
  f.ask("eve", 1);
  f.ask("EVE", 1);
  for (const std::string owner : {"Eve", "eve", "EVE"}) CHECK(f.is_in(owner));
}

TEST_CASE("where all is open a request's own word is folded too") {
  Fixture f;
  f.join_all();
  f.give("client",
         {.kind = Kind::request,
          .id = 1,
          .endpoint = "/run",
          .type = "text.v1",
          .owner = "Eve@Example.org"},
         kBody);
  CHECK(f.take("s1", Kind::work).at(0).header.owner == "eve@example.org");
}
