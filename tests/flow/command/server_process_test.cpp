#include "flow/command/server_process.h"

#include <catch2/catch.hpp>

#include "tests/flow/command/written_file.h"

namespace tests::command {

using flow::command::last_lines;

TEST_CASE("the last lines of a log are shown, and nothing of one that is not there") {
  const TemporaryFolder folder;
  const auto log = write(folder / "log", "one\ntwo\nthree");
  CHECK(last_lines(log, 1) == "three");
  CHECK(last_lines(log, 2) == "two\nthree");
  CHECK(last_lines(log, 4) == "one\ntwo\nthree");
  CHECK(last_lines(folder / "missing", 4).empty());
}

}  // namespace tests::command
