#include "flow/command/server_process.h"

#include <catch2/catch.hpp>

#include "tests/flow/command/written_file.h"

namespace tests::command {

using flow::command::last_lines;
using flow::command::told_at_end;

TEST_CASE("the last lines of a log are shown, and nothing of one that is not there") {
  const TemporaryFolder folder;
  const auto log = write(folder / "log", "one\ntwo\nthree");
  CHECK(last_lines(log, 1) == "three");
  CHECK(last_lines(log, 2) == "two\nthree");
  CHECK(last_lines(log, 4) == "one\ntwo\nthree");
  CHECK(last_lines(folder / "missing", 4).empty());
}

TEST_CASE("why a program ended is one line, with what to do apart") {
  const auto told = told_at_end(
      "note: something\nsouvenir: first\nsouvenir: unet: the weights are wrong\n  missing (1):\n"
      "    conv_in.weight\n  hint: take all from one model\n");
  CHECK(told.cause == "unet: the weights are wrong missing (1): conv_in.weight");
  CHECK(told.hint == "take all from one model");
  CHECK(told_at_end("loading\nSegmentation fault\n\n").cause == "Segmentation fault");
  CHECK(told_at_end("").cause.empty());
}

}  // namespace tests::command
