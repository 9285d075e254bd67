#include "flow/access/private_file.h"

#include <catch2/catch.hpp>

#include "executor/error.h"
#include "tests/flow/access/scratch.h"

using access_test::Scratch;
using flow::access::kMaxAccessFileBytes;
using flow::access::PrivateFile;

TEST_CASE("what is written can be read again, or the old text stays") {
  const Scratch scratch;
  PrivateFile file(scratch / "keys");
  const std::string most(kMaxAccessFileBytes, 'x');
  file.write(most);
  CHECK(file.read() == most);
  CHECK_THROWS_WITH(file.write(most + "y"),
                    Catch::Contains("keys would have " + std::to_string(kMaxAccessFileBytes + 1)));
  CHECK(file.read() == most);
}
