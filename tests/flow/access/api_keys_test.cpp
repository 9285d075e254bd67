#include "flow/access/api_keys.h"

#include <catch2/catch.hpp>
#include <thread>

#include "executor/error.h"
#include "tests/flow/access/scratch.h"

using namespace flow::access;
using access_test::Scratch;

namespace {

bool takes(const ApiKeys& keys, const std::string& key, std::int64_t now_s = 100) {
  try {
    keys.verify(key, now_s);
    return true;
  } catch (const executor::Error& error) {
    CHECK(error.code() == "unauthenticated");
    return false;
  }
}

}  // namespace

TEST_CASE("a made key stands for its owner, and is kept nowhere") {
  const Scratch scratch;
  ApiKeys keys(scratch / "keys.json");
  const std::string key = keys.make("ann", {"user"}, 100, 0);
  CHECK(key.size() == 46);
  const Principal who = keys.verify(key, 100);
  CHECK(who.name == "ann");
  CHECK(who.may_ask("/generate", Access::user));
  CHECK_FALSE(who.may_ask("/admin/reset_model", Access::admin));
  CHECK(access_test::text_of(scratch / "keys.json").find(key.substr(3)) == std::string::npos);
  CHECK(takes(ApiKeys(scratch / "keys.json"), key));
  CHECK(keys.make("ann", {"user"}, 100, 0) != key);
}

TEST_CASE("a key with any character changed, cut or added is not known") {
  const Scratch scratch;
  ApiKeys keys(scratch / "keys.json");
  const std::string key = keys.make("ann", {"user"}, 100, 0);
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::string other = key;
    other[i] = other[i] == 'x' ? 'y' : 'x';
    CHECK_FALSE(takes(keys, other));
  }
  for (const auto& other : {std::string(), key + "a", key.substr(1), key + " ", keys.all()[0].hash,
                            keys.all()[0].id()}) {
    CHECK_FALSE(takes(keys, other));
  }
}

TEST_CASE("a key expires at its second, and a revoked one is not known at once") {
  const Scratch scratch;
  ApiKeys keys(scratch / "keys.json");
  ApiKeys server(scratch / "keys.json");
  const std::string key = keys.make("ann", {"user"}, 100, 200);
  server.refresh();
  CHECK(takes(server, key, 199));
  CHECK_FALSE(takes(server, key, 200));
  keys.revoke(keys.all().at(0).id());
  server.refresh();
  CHECK_FALSE(takes(server, key, 199));
  CHECK_THROWS_AS(keys.revoke("000000000000"), executor::Error);
}

TEST_CASE("scopes say what a key may ask") {
  const Scratch scratch;
  ApiKeys keys(scratch / "keys.json");
  const auto made = [&](const std::vector<std::string>& scopes) {
    return keys.verify(keys.make("ann", scopes, 1, 0), 1);
  };
  const auto one = made({"/generate"});
  CHECK(one.may_ask("/generate", Access::user));
  CHECK_FALSE(one.may_ask("/finetune", Access::user));
  CHECK_FALSE(one.may_ask("/generate", Access::admin));
  const auto admin = made({"admin"});
  CHECK(admin.may_ask("/finetune", Access::user));
  CHECK(admin.may_ask("/admin/reset_model", Access::admin));
  CHECK_THROWS_AS(made({}), executor::Error);
  CHECK_THROWS_AS(made({"everything"}), executor::Error);
  CHECK_THROWS_AS(keys.make("", {"user"}, 1, 0), executor::Error);
}

TEST_CASE("imported keys replace the former imported ones and no others") {
  const Scratch scratch;
  ApiKeys keys(scratch / "keys.json");
  const std::string own = keys.make("ann", {"user"}, 1, 0);
  const std::string first(32, 'a'), second(256, 'b');
  keys.replace_imported({first}, "api", 1);
  CHECK(keys.verify(first, 2).name == "api");
  keys.replace_imported({second}, "api", 1);
  CHECK_FALSE(takes(keys, first));
  CHECK(takes(keys, second));
  CHECK(takes(keys, own));
  CHECK_THROWS_AS(keys.replace_imported({std::string(31, 'a')}, "api", 1), executor::Error);
  CHECK_THROWS_AS(keys.replace_imported({std::string(257, 'a')}, "api", 1), executor::Error);
  const std::string part(16, 'a');  // with two dots it would be taken for a token
  CHECK_THROWS_AS(keys.replace_imported({part + "." + part + "." + part}, "api", 1),
                  executor::Error);
  CHECK(takes(keys, second));
}

TEST_CASE("of changes by several at once none is undone") {
  const Scratch scratch;
  constexpr int kChanges = 25;
  const auto make_some = [&] {
    ApiKeys keys(scratch / "keys.json");
    const std::string first = keys.make("ann", {"user"}, 1, 0);
    for (int i = 0; i < kChanges; ++i) keys.make("ann", {"user"}, 1, 0);
    keys.revoke(ApiKeys(scratch / "keys.json").verify(first, 2).credential.substr(4));
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(make_some);
  for (auto& thread : threads) thread.join();
  CHECK(ApiKeys(scratch / "keys.json").all().size() == 4 * kChanges);
}

TEST_CASE("a file that became wrong is not written over") {
  const Scratch scratch;
  ApiKeys keys(scratch / "keys.json");
  keys.make("ann", {"user"}, 1, 0);
  scratch.file("keys.json", "{\"keys\":");
  CHECK_THROWS_AS(keys.make("bob", {"user"}, 1, 0), executor::Error);
  CHECK_THROWS_AS(keys.replace_imported({std::string(32, 'a')}, "api", 1), executor::Error);
  CHECK(access_test::text_of(scratch / "keys.json") == "{\"keys\":");
}

TEST_CASE(
    "a file that others can read, or that is wrong, is refused; one that became so knows no key") {
  const Scratch scratch;
  ApiKeys keys(scratch / "keys.json");
  const std::string key = keys.make("ann", {"user"}, 1, 0);
  std::filesystem::permissions(scratch / "keys.json", std::filesystem::perms(0644));
  CHECK_THROWS_AS(ApiKeys(scratch / "keys.json"), executor::Error);
  scratch.file("keys.json", R"({"keys":[{"hash":"1"}]})");
  CHECK_THROWS_AS(ApiKeys(scratch / "keys.json"), executor::Error);
  scratch.file("keys.json", R"({"keys":[{"hash":")" + std::string(64, 'a') +
                                R"(","owner":"ann","scopes":["user"],"created":1e300}]})");
  CHECK_THROWS_WITH(ApiKeys(scratch / "keys.json"), Catch::Contains("created"));
  keys.refresh();
  CHECK_FALSE(takes(keys, key));
}
