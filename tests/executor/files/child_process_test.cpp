#include "executor/files/child_process.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include "executor/files/read_file.h"
#include "executor/files/temporary_folder.h"

using files::ChildProcess;
using files::read_file;
using files::Spawn;
using files::TemporaryFolder;

namespace {

constexpr std::uint32_t kLong_ms = 60'000;

Spawn shell(const std::string& script) {
  Spawn spawn;
  spawn.arguments = {"/bin/sh", "-c", script};
  return spawn;
}

// What the script prints.
std::string printed(Spawn spawn, const TemporaryFolder& folder) {
  spawn.output = folder / "log";
  ChildProcess child(spawn);
  REQUIRE(child.wait(kLong_ms) == 0);
  return read_file(spawn.output);
}

}  // namespace

TEST_CASE("a child's exit code and output arrive") {
  const TemporaryFolder folder;
  auto spawn = shell("echo $WORD; echo two >&2; exit 3");
  spawn.env = {{"WORD", "one"}};
  spawn.output = folder / "log";
  ChildProcess child(spawn);
  CHECK(child.wait(kLong_ms) == 3);
  CHECK(child.wait(0) == 3);
  CHECK(child.signal() == 0);
  CHECK(read_file(spawn.output) == "one\ntwo\n");
}

TEST_CASE("a child's output replaces what its file holds, or comes after it") {
  const TemporaryFolder folder;
  auto spawn = shell("echo again");
  CHECK(printed(spawn, folder) == "again\n");
  CHECK(printed(spawn, folder) == "again\n");
  spawn.append = true;
  CHECK(printed(spawn, folder) == "again\nagain\n");
}

TEST_CASE("a child gets the variables it may inherit, and those that are added") {
  const TemporaryFolder folder;
  ::setenv("SOUVENIR_TEST_SECRET", "secret", 1);
  auto spawn = shell("echo $SOUVENIR_TEST_SECRET $WORD ${PATH:+path}");
  spawn.env = {{"WORD", "one"}};
  CHECK(printed(spawn, folder) == "secret one path\n");
  spawn.inherits = [](const std::string& name) { return !name.starts_with("SOUVENIR_"); };
  CHECK(printed(spawn, folder) == "one path\n");
  spawn.env = {{"SOUVENIR_TEST_SECRET", "other"}};
  CHECK(printed(spawn, folder) == "other path\n");
  ::unsetenv("SOUVENIR_TEST_SECRET");
}

TEST_CASE("a child reads from the descriptor that it is given, or nothing beside an output file") {
  const TemporaryFolder folder;
  CHECK(printed(shell("cat; echo end"), folder) == "end\n");
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  auto spawn = shell("cat");
  spawn.input = pair[1];
  spawn.output = folder / "log";
  ChildProcess child(spawn);
  ::close(pair[1]);
  REQUIRE(::write(pair[0], "words", 5) == 5);
  ::close(pair[0]);
  CHECK(child.wait(kLong_ms) == 0);
  CHECK(read_file(spawn.output) == "words");
}

TEST_CASE("a child can have another name than its program") {
  const TemporaryFolder folder;
  Spawn spawn;
  spawn.program = "/bin/sh";
  spawn.arguments = {"souvenir", "-c", "tr '\\0' ' ' < /proc/$$/cmdline"};
  CHECK(printed(spawn, folder).starts_with("souvenir -c "));
}

TEST_CASE("a child that runs on has no exit code yet, and ends when asked") {
  ChildProcess child(shell("exec sleep 1000"));
  CHECK_FALSE(child.wait(0).has_value());
  CHECK(child.terminate() == 128 + SIGTERM);
  CHECK(child.signal() == SIGTERM);
}

TEST_CASE("a child that ignores the first signal is killed, whatever patience is left") {
  const TemporaryFolder folder;
  auto spawn = shell("trap '' TERM; echo ready; while true; do read line < " +
                     (folder / "fifo").string() + "; done");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  spawn.output = folder / "log";
  const auto grace_ms = GENERATE(0u, 50u);
  ChildProcess child(spawn);
  while (read_file(spawn.output).empty()) REQUIRE_FALSE(child.wait(5).has_value());
  CHECK(child.terminate(grace_ms) == 128 + SIGKILL);
  CHECK(child.signal() == SIGKILL);
}

TEST_CASE("a child that has ended keeps its code when it is killed") {
  ChildProcess child(shell("exit 7"));
  CHECK(child.wait(kLong_ms) == 7);
  CHECK(child.kill() == 7);
}

TEST_CASE("the end of the object is the end of the child") {
  pid_t pid = 0;
  {
    ChildProcess child(shell("exec sleep 1000"));
    pid = child.pid();
  }
  CHECK(files::wait_gone(pid, 0));
}

TEST_CASE("a program that is not there is an error with its name") {
  Spawn spawn;
  spawn.arguments = {"/no/such/program"};
  CHECK_THROWS_WITH(ChildProcess(spawn), Catch::Contains("/no/such/program"));
}
