#include "flow/access/server_keys.h"

#include <catch2/catch.hpp>

#include "executor/error.h"
#include "tests/flow/access/scratch.h"

using namespace flow::access;
using access_test::Scratch;

TEST_CASE("the server's keys are rotated under a reader that sees both until the end") {
  const Scratch scratch;
  const Files files(scratch.path());
  const std::string first = ServerKeys::make_once(files);
  CHECK(ServerKeys::make_once(files) == first);
  ServerKeys server(files, true);
  CHECK_FALSE(server.refresh());
  CHECK_THROWS_AS(ServerKeys::finish(files), executor::Error);
  const std::string second = ServerKeys::rotate(files);
  CHECK(second != first);
  CHECK(server.refresh());
  CHECK(server.present()->public_key == second);
  REQUIRE(server.former());
  CHECK(server.former()->public_key == first);
  CHECK_THROWS_AS(ServerKeys::rotate(files), executor::Error);
  ServerKeys::finish(files);
  CHECK(server.refresh());
  CHECK_FALSE(server.former());
  CHECK(server.present()->public_key == second);
}

TEST_CASE("a key file that became wrong or readable by others leaves the server with what it has") {
  const Scratch scratch;
  const Files files(scratch.path());
  const std::string key = ServerKeys::make_once(files);
  ServerKeys server(files, true);
  for (const auto& [text, mode] : {std::pair{"nonsense", 0600u}, {"nonsense", 0644u}}) {
    scratch.file("access/server.key", text, mode);
    CHECK_FALSE(server.refresh());
    CHECK(server.present()->public_key == key);
  }
}

TEST_CASE("without a public address no key of the server is read") {
  const Scratch scratch;
  const Files files(scratch.path());
  ServerKeys::make_once(files);
  CHECK_FALSE(ServerKeys(files, false).present());
}
