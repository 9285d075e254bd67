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
  peers.add({key, PeerRole::stage, "gpu host 1"});
  peers.add({other, PeerRole::admin, "root@b.org"});
  Peers server(scratch / "peers");
  REQUIRE(server.find(key) != nullptr);
  CHECK(server.find(key)->role == PeerRole::stage);
  CHECK(server.find(key)->name == "gpu host 1");
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

TEST_CASE("a list that became wrong or readable by others allows nobody") {
  const Scratch scratch;
  Peers peers(scratch / "peers");
  const std::string key = make_curve_keys().public_key;
  peers.add({key, PeerRole::client, "ann"});
  Peers server(scratch / "peers");
  scratch.file("peers", key + " client ann\n", 0640);
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
  for (const unsigned mode : {0640u, 0604u, 0620u, 0666u}) {
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
