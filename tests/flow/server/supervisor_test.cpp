#include "flow/server/supervisor.h"

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "executor/error.h"
#include "executor/files/child_process.h"
#include "executor/files/read_file.h"
#include "executor/files/temporary_folder.h"

using flow::Clock;
using flow::Supervisor;
using flow::Time;
using std::chrono::milliseconds;

namespace {

constexpr int kTries = 6000;  // of 10 ms
constexpr std::uint32_t kWait_ms = 200;

// One stage, whose program is a script; the stage's plugin says what it does.
struct Stages {
  explicit Stages(const std::string& plugin) {
    std::ofstream(folder / "program") << "#!/bin/sh\n"
                                         "echo $$ \"$@\" $WORD ${SOUVENIR_TOKEN:-no token} "
                                         "$SOUVENIR_SUPERVISOR\n"
                                         "[ $4 = ends ] && exit 1\n"
                                         "[ $4 = cannot ] && exit 78\n"
                                         "exec sleep 1000\n";
    std::filesystem::permissions(folder / "program", std::filesystem::perms::owner_all);
    flow::Stage stage;
    stage.name = "painter";
    stage.library = plugin;
    stage.env = {{"WORD", "word"}};
    stage.restart = {.n = 1, .within_ms = 60'000, .wait_ms = kWait_ms};
    flow.stages.push_back(stage);
  }

  Supervisor supervisor(const std::string& program = "program") {
    return Supervisor(flow, {folder / program, folder.path(), folder / "logs", "ipc://x"},
                      [this](std::size_t, std::uint32_t, const std::string& text, bool again) {
                        deaths.push_back(text + (again ? ", again" : ""));
                      });
  }
  std::string log() const {
    const auto file = folder / "logs/painter-0.log";
    return std::filesystem::exists(file) ? files::read_file(file) : "";
  }

  files::TemporaryFolder folder;
  flow::Flow flow;
  std::vector<std::string> deaths;
};

// Looks for ended processes until `done` holds.
template <typename Done>
void reap_until(Supervisor& supervisor, Time now, const Done& done) {
  for (int tries = 0; !done(); ++tries) {
    REQUIRE(tries < kTries);
    supervisor.reap(now);
    ::poll(nullptr, 0, 10);
  }
}

}  // namespace

TEST_CASE("a stage gets its name, plugin, address and replica, and no key of the server") {
  Stages stages("ends");
  ::setenv("SOUVENIR_TOKEN", "secret", 1);
  auto supervisor = stages.supervisor();
  supervisor.start_all(Clock::now());
  reap_until(supervisor, Clock::now(), [&] { return !stages.deaths.empty(); });
  ::unsetenv("SOUVENIR_TOKEN");
  const auto log = stages.log();
  CHECK(log.substr(log.find(' ') + 1) ==
        "stage painter --plugin ends --connect ipc://x --replica 0 word no token " +
            std::to_string(::getpid()) + "\n");
}

TEST_CASE("a stage reaches the files and folders that its parameters name") {
  Stages stages("ends");
  stages.flow.stages[0].with = {{"model", std::string("/models/v1")},
                                {"n", std::int64_t{2}},
                                {"out", std::string("here/there")},
                                {"word", std::string("dog")}};
  auto supervisor = stages.supervisor();
  supervisor.start_all(Clock::now());
  reap_until(supervisor, Clock::now(), [&] { return !stages.deaths.empty(); });
  const auto there = (std::filesystem::current_path() / "here/there").string();
  CHECK(stages.log().find("--replica 0 --reach /models/v1 --reach " + there + " word") !=
        std::string::npos);
}

TEST_CASE("a stage that ends is started again after a pause, until it has ended too often") {
  Stages stages("ends");
  auto supervisor = stages.supervisor();
  const auto now = Clock::now();
  supervisor.start_all(now);
  reap_until(supervisor, now, [&] { return stages.deaths.size() == 1; });
  CHECK(stages.deaths[0] == "ended with exit code 1, again");
  supervisor.tick(now + milliseconds(kWait_ms - 1));
  CHECK_FALSE(supervisor.any_running());
  supervisor.tick(now + milliseconds(kWait_ms));
  CHECK(supervisor.any_running());
  reap_until(supervisor, now, [&] { return stages.deaths.size() == 2; });
  CHECK(stages.deaths[1] == "ended with exit code 1");
  supervisor.tick(now + milliseconds(10 * kWait_ms));
  CHECK_FALSE(supervisor.any_running());
}

TEST_CASE("a stage that cannot start as it is configured is not tried again") {
  Stages stages("cannot");
  auto supervisor = stages.supervisor();
  supervisor.start_all(Clock::now());
  reap_until(supervisor, Clock::now(), [&] { return !stages.deaths.empty(); });
  CHECK(stages.deaths[0] == "ended with exit code 78");
}

TEST_CASE("a stage that is killed is told of with its signal, one that is retired with nothing") {
  Stages stages("stays");
  auto supervisor = stages.supervisor();
  const auto now = Clock::now();
  supervisor.start_all(now);
  supervisor.kill(0, 0);
  reap_until(supervisor, now, [&] { return !stages.deaths.empty(); });
  CHECK(stages.deaths[0] == "was killed by signal 9 (Killed), again");
  supervisor.tick(now + milliseconds(kWait_ms));
  REQUIRE(supervisor.any_running());
  supervisor.retire(0, 0);
  reap_until(supervisor, now, [&] { return !supervisor.any_running(); });
  CHECK(stages.deaths.size() == 1);
}

TEST_CASE("a program that is not there is an error with its name") {
  Stages stages("ends");
  auto supervisor = stages.supervisor("missing");
  CHECK_THROWS_WITH(supervisor.start_all(Clock::now()), Catch::Contains("missing: No such file"));
}

TEST_CASE("the end of the supervisor is the end of its stages") {
  Stages stages("stays");
  pid_t pid = 0;
  {
    auto supervisor = stages.supervisor();
    const auto now = Clock::now();
    supervisor.start_all(now);
    reap_until(supervisor, now, [&] { return !stages.log().empty(); });
    pid = std::stoi(stages.log());
  }
  CHECK(files::wait_gone(pid, 0));
}
