#include "flow/access/peers.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "executor/curve_keys.h"
#include "executor/error.h"
#include "tests/flow/access/scratch.h"

using namespace flow::access;
using access_test::Scratch;
using executor::make_curve_keys;

TEST_CASE("allowed keys are found by key, with role and name, until revoked") {
  const Scratch scratch;
  Peers peers(scratch / "peers");
  const std::string key = make_curve_keys().public_key, other = make_curve_keys().public_key;
  peers.add({key, PeerRole::stage, "gpu host 1", {"trainer", "sampler"}, 4});
  peers.add({other, PeerRole::admin, "root@b.org"});
  Peers server(scratch / "peers");
  REQUIRE(server.find(key) != nullptr);
  CHECK(server.find(key)->role == PeerRole::stage);
  CHECK(server.find(key)->name == "gpu host 1");
  CHECK(server.find(key)->stages == std::vector<std::string>{"trainer", "sampler"});
  CHECK(server.find(key)->workers == 4);
  peers.remove("gpu host 1");
  peers.remove(other);
  server.refresh();
  CHECK(server.all().empty());
  CHECK_THROWS_AS(peers.remove("gpu host 1"), executor::Error);
}

TEST_CASE("no key, no name, and a name or key twice are not allowed") {
  const Scratch scratch;
  Peers peers(scratch / "peers");
  const std::string key = make_curve_keys().public_key;
  peers.add({key, PeerRole::client, "ann"});
  const std::string other = make_curve_keys().public_key;
  CHECK_THROWS_AS(peers.add({key, PeerRole::client, "bob"}), executor::Error);
  CHECK_THROWS_AS(peers.add({other, PeerRole::client, "ann"}), executor::Error);
  CHECK_THROWS_AS(peers.add({other, PeerRole::client, ""}), executor::Error);
  CHECK_THROWS_AS(peers.add({other, PeerRole::client, "a\nb"}), executor::Error);
  CHECK_THROWS_AS(peers.add({other.substr(1), PeerRole::client, "bob"}), executor::Error);
  CHECK_THROWS_AS(peers.add({other + "a", PeerRole::client, "bob"}), executor::Error);
  CHECK(peers.all().size() == 1);
}

TEST_CASE("a stage's key names stages and workers, within their limits, and no other key does") {
  const Scratch scratch;
  Peers peers(scratch / "peers");
  const std::string key = make_curve_keys().public_key;
  const auto refused = [&](Peer peer) {
    try {
      peers.add(std::move(peer));
      return std::string();
    } catch (const executor::Error& error) {
      return error.code();
    }
  };
  const std::vector<std::string> most(kMaxStagesOfKey, "trainer");
  auto too_many = most;
  too_many.emplace_back("trainer");
  CHECK(refused({key, PeerRole::stage, "gpu"}) == "bad_input");
  CHECK(refused({key, PeerRole::stage, "gpu", too_many}) == "bad_input");
  CHECK(refused({key, PeerRole::stage, "gpu", {"trainer"}, 0}) == "bad_input");
  CHECK(refused({key, PeerRole::stage, "gpu", {"trainer"}, kMaxWorkers + 1}) == "bad_input");
  CHECK(refused({key, PeerRole::client, "ann", {"trainer"}}) == "bad_input");
  for (const std::string name : {"", "a,b", "a b", "a\nb", "Trainer", "../x"}) {
    INFO(name);
    CHECK(refused({key, PeerRole::stage, "gpu", {name}}) == "bad_input");
  }
  CHECK(peers.all().empty());
  CHECK(refused({key, PeerRole::stage, "gpu", most, kMaxWorkers}).empty());
  CHECK(Peers(scratch / "peers").find(key)->stages == most);
}

TEST_CASE("a stage's key is allowed again with other stages, and nothing else is") {
  const Scratch scratch;
  Peers peers(scratch / "peers");
  const std::string key = make_curve_keys().public_key, ann = make_curve_keys().public_key;
  peers.add({key, PeerRole::stage, "gpu", {"trainer"}});
  peers.add({ann, PeerRole::client, "ann"});
  peers.add({key, PeerRole::stage, "gpu", {"sampler"}, 2});
  REQUIRE(peers.all().size() == 2);
  CHECK(peers.find(key)->stages == std::vector<std::string>{"sampler"});
  CHECK(peers.find(key)->workers == 2);
  CHECK_THROWS_AS(peers.add({key, PeerRole::client, "gpu"}), executor::Error);
  CHECK_THROWS_AS(peers.add({ann, PeerRole::client, "ann"}), executor::Error);
  CHECK_THROWS_AS(peers.add({ann, PeerRole::stage, "ann", {"sampler"}}), executor::Error);
}

TEST_CASE("a line of an older version is read, and its key joins as no stage until it is mended") {
  const Scratch scratch;
  const std::string key = make_curve_keys().public_key;
  scratch.file("peers", key + " stage gpu 4 x\n");
  Peers peers(scratch / "peers");
  REQUIRE(peers.find(key) != nullptr);
  CHECK(peers.find(key)->name == "gpu 4 x");
  CHECK(peers.find(key)->stages.empty());
  peers.add({key, PeerRole::stage, "gpu 4 x", {"trainer"}});
  CHECK(Peers(scratch / "peers").find(key)->stages.size() == 1);
}

TEST_CASE("a line with stages that is half right is no line") {
  const Scratch scratch;
  const std::string key = make_curve_keys().public_key;
  for (const std::string line :
       {"stage= workers=1 x", "stage=a x", "stage=a workers=0 x", "stage=a workers=65 x",
        "stage=a workers=-1 x", "stage=a workers=1x x", "stage=a,,b workers=1 x",
        "stage=a, workers=1 x", "stage=a workers=1", "stage=a workers= x",
        "client=a workers=1 x"}) {
    INFO(line);
    scratch.file("peers", key + " " + line + "\n");
    CHECK_THROWS_AS(Peers(scratch / "peers"), executor::Error);
  }
}

TEST_CASE("a rotated name has two keys with the same rights until the rotation is finished") {
  const Scratch scratch;
  Peers peers(scratch / "peers");
  const std::string old_key = make_curve_keys().public_key, key = make_curve_keys().public_key;
  peers.add({old_key, PeerRole::stage, "gpu", {"trainer"}, 3});
  CHECK_THROWS_AS(peers.finish("gpu"), executor::Error);
  CHECK_THROWS_AS(peers.rotate("ann", key), executor::Error);
  peers.rotate("gpu", key);
  Peers server(scratch / "peers");
  REQUIRE(server.find(old_key) != nullptr);
  REQUIRE(server.find(key) != nullptr);
  CHECK(server.find(key)->stages == server.find(old_key)->stages);
  CHECK(server.find(key)->workers == 3);
  CHECK_THROWS_AS(peers.rotate("gpu", make_curve_keys().public_key), executor::Error);
  peers.finish("gpu");
  server.refresh();
  CHECK(server.find(old_key) == nullptr);
  CHECK(server.find(key) != nullptr);
}

TEST_CASE("a list that became wrong or readable by others allows nobody") {
  const Scratch scratch;
  Peers peers(scratch / "peers");
  const std::string key = make_curve_keys().public_key;
  peers.add({key, PeerRole::client, "ann"});
  Peers server(scratch / "peers");
  scratch.file("peers", key + " client ann\n", 0604);
  server.refresh();
  CHECK(server.find(key) == nullptr);
  scratch.file("peers", key + " king ann\n");
  server.refresh();
  CHECK(server.all().empty());
  CHECK_THROWS_AS(Peers(scratch / "peers"), executor::Error);
}

TEST_CASE("a key file is its owner's alone, is read back, and is not overwritten") {
  const Scratch scratch;
  auto keys = make_curve_keys();
  keys.server_key = make_curve_keys().public_key;
  executor::write_key_file(scratch / "k", keys);
  struct stat info {};
  REQUIRE(::stat((scratch / "k").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const auto read = executor::read_key_file(scratch / "k");
  CHECK(read.public_key == keys.public_key);
  CHECK(read.secret_key == keys.secret_key);
  CHECK(read.server_key == keys.server_key);
  CHECK_THROWS_AS(executor::write_key_file(scratch / "k", keys), executor::Error);
}

TEST_CASE("a key file that others can read, or that is none, is refused") {
  const Scratch scratch;
  const auto keys = make_curve_keys();
  executor::write_key_file(scratch / "k", keys);
  for (const unsigned mode : {0604u, 0602u, 0606u, 0666u}) {
    std::filesystem::permissions(scratch / "k", static_cast<std::filesystem::perms>(mode));
    CHECK_THROWS_AS(executor::read_key_file(scratch / "k"), executor::Error);
  }
  for (const std::string& text :
       {std::string(), "public " + keys.public_key, std::string("public x\nsecret y"),
        "public " + keys.public_key + "\nsecret " + keys.secret_key + "\nking " + keys.public_key,
        "public " + keys.public_key + "\npublic " + keys.secret_key}) {
    scratch.file("bad", text);
    CHECK_THROWS_AS(executor::read_key_file(scratch / "bad"), executor::Error);
  }
  CHECK_THROWS_AS(executor::read_key_file(scratch / "absent"), executor::Error);
}
