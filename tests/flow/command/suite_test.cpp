#include "flow/command/suite.h"

#include "executor/error.h"
#include "written_file.h"

#include <catch2/catch.hpp>

using flow::command::read_suite;
using tests::command::TemporaryFolder;
using tests::command::write;

namespace {

constexpr const char* kThings = R"(
[[thing]]
name = "rex"
category = "dog"
pictures = "rex"
held_out = "unseen/rex"
[[thing]]
name = "tom"
category = "cat"
pictures = "tom"
held_out = "unseen/tom"
style = true
)";

/// A folder with the pictures of two things.
struct Files {
  Files() {
    for (const char* file : {"rex/1.png", "rex/2.png", "unseen/rex/3.png", "tom/1.png",
                             "unseen/tom/2.png", "unseen/tom/3.png"}) {
      write(folder.path() / file, file);
    }
  }
  flow::command::Suite read(const std::string& keys) const {
    return read_suite(write(folder.path() / "suite.toml", keys + kThings));
  }
  std::string cause_of(const std::string& keys) const {
    try {
      read(keys);
    } catch (const executor::Error& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("a suite names things, and leaves the rest to its defaults") {
  const auto suite = Files().read("suite = \"two\"\n");
  CHECK(suite.name == "two");
  REQUIRE(suite.request.things.size() == 2);
  CHECK(suite.request.things[0].name == "rex");
  CHECK(suite.request.things[1].pictures == 1);
  CHECK(suite.request.things[1].held_out == 2);
  CHECK_FALSE(suite.request.things[0].style);
  CHECK(suite.request.things[1].style);
  REQUIRE(suite.pictures.size() == 6);
  CHECK(suite.pictures[2].view() == "unseen/rex/3.png");
  CHECK(suite.request.orders == std::vector<std::vector<std::int64_t>>{{0, 1}});
  CHECK(suite.request.seeds == std::vector<std::uint64_t>{1});
  CHECK(suite.request.strategies.front() == "private");
  CHECK(suite.request.strategies.size() == 9);
  CHECK_FALSE(suite.request.max_train_steps);
}

TEST_CASE("a suite says in which orders, with which seeds, how long and how fast") {
  const auto suite = Files().read(R"(suite = "two"
strategies = ["big", "plain"]
orders = [["tom", "rex"], ["rex"]]
seeds = [3, 4]
untouched = ["car"]
max_train_steps = 20
learning_rate = 0.001
lr_scheduler = "linear"
draws = 8
)");
  CHECK(suite.request.orders == std::vector<std::vector<std::int64_t>>{{1, 0}, {0}});
  CHECK(suite.request.seeds.size() == 2);
  CHECK(suite.request.untouched.front() == "car");
  CHECK(suite.request.max_train_steps == 20);
  CHECK(suite.request.learning_rate == 0.001);
  CHECK(suite.request.lr_scheduler == "linear");
  CHECK(suite.request.draws == 8);
}

TEST_CASE("a mistake in a suite is named with its place") {
  const Files files;
  CHECK_THAT(files.cause_of(""), Catch::Contains("no name"));
  CHECK_THAT(files.cause_of("suite = \"two\"\nsteps = 3\n"),
             Catch::Contains("unknown key 'steps'"));
  CHECK_THAT(files.cause_of("suite = \"two\"\norder = [\"tim\"]\n"),
             Catch::Contains("did you mean 'tom'?"));
  CHECK_THAT(files.cause_of("suite = \"two\"\nstrategies = [\"bigg\"]\n"),
             Catch::Contains("did you mean 'big'?"));
  CHECK_THAT(files.cause_of("suite = \"two\"\nmax_train_steps = 0\n"), Catch::Contains(":2:"));
  CHECK_THAT(files.cause_of("suite = \"two\"\nlearning_rate = \"fast\"\n"),
             Catch::Contains("expected a number"));
}

TEST_CASE("a quick suite has one order, one seed and three strategies, and results of its own") {
  auto suite = Files().read("suite = \"two\"\nseeds = [1, 2]\norders = [[\"tom\"], [\"rex\"]]\n");
  flow::command::make_quick(suite);
  CHECK(suite.name == "two-quick");
  CHECK(suite.request.orders.size() == 1);
  CHECK(suite.request.seeds.size() == 1);
  CHECK(suite.request.strategies.size() == 3);
}
