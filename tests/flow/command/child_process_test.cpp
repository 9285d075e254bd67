#include "flow/command/child_process.h"

#include <catch2/catch.hpp>
#include <system_error>

#include "flow/command/server_process.h"
#include "tests/flow/command/written_file.h"

namespace tests::command {
namespace {

using flow::command::ChildProcess;
using flow::command::Spawn;

Spawn shell(const std::string& script) {
  Spawn spawn;
  spawn.arguments = {"/bin/sh", "-c", script};
  return spawn;
}

}  // namespace

TEST_CASE("a child's exit code and output arrive") {
  const TemporaryFolder folder;
  auto spawn = shell("echo $WORD; echo two >&2; exit 3");
  spawn.env = {{"WORD", "one"}};
  spawn.output = folder.path() / "log";
  ChildProcess child(spawn);
  CHECK(child.wait(10'000) == 3);
  CHECK(child.wait(0) == 3);
  CHECK(read(spawn.output) == "one\ntwo\n");
  CHECK(flow::command::last_lines(spawn.output, 1) == "two");
}

TEST_CASE("a child that runs on has no exit code yet, and ends when asked") {
  ChildProcess child(shell("exec sleep 1000"));
  CHECK_FALSE(child.wait(0).has_value());
  CHECK(child.terminate() == 128 + 15);
}

TEST_CASE("a child that ignores the first signal is killed") {
  const TemporaryFolder folder;
  auto spawn = shell("trap '' TERM; echo ready; while true; do read line < " +
                     (folder.path() / "fifo").string() + "; done");
  REQUIRE(std::system(("mkfifo " + (folder.path() / "fifo").string()).c_str()) == 0);
  spawn.output = folder.path() / "log";
  ChildProcess child(spawn);
  while (read(spawn.output).empty()) REQUIRE_FALSE(child.wait(5).has_value());
  CHECK(child.terminate(50) == 128 + 9);
}

TEST_CASE("the end of the object is the end of the child") {
  pid_t pid = 0;
  {
    ChildProcess child(shell("exec sleep 1000"));
    pid = child.pid();
  }
  CHECK(flow::command::wait_gone(pid, 0));
}

TEST_CASE("a program that is not there is an error with its name") {
  Spawn spawn;
  spawn.arguments = {"/no/such/program"};
  CHECK_THROWS_WITH(ChildProcess(spawn), Catch::Contains("/no/such/program"));
}

}  // namespace tests::command
