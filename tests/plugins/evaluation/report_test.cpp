#include "evaluation/report.h"

#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

namespace {

schemas::EvaluationSuite suite_of_two() {
  schemas::EvaluationSuite suite;
  suite.things = {{"rex", "dog", 1, 1}, {"tom", "cat", 1, 1}};
  suite.strategies = {"private", "big"};
  suite.orders = {{0, 1}};
  suite.seeds = {1};
  suite.untouched = {"car"};
  return suite;
}

evaluation::Seen seen(std::size_t thing, double loss, double similarity, std::size_t taken_for) {
  return {thing, {loss - 0.01, loss + 0.01}, similarity, {taken_for, taken_for}};
}

evaluation::TaskResult task(std::size_t thing, std::vector<evaluation::Seen> all) {
  evaluation::TaskResult made;
  made.thing = thing;
  made.train_s = 10;
  made.taught_s = 12;
  made.bytes = 1024 * 1024;
  made.pretrained = {0.99, 1.01};
  made.seen = std::move(all);
  made.drift = 0.25;
  return made;
}

/// The first thing is half forgotten, and drawn as the second one.
evaluation::Done metamodel() {
  evaluation::Done done{
      {"big", 0, 1},
      {task(0, {seen(0, 0.6, 0.9, 0)}), task(1, {seen(0, 0.8, 0.5, 1), seen(1, 0.6, 0.7, 1)})}};
  auto& last = done.tasks.back();
  last.seen[0].within_kind = {0, 1};  // one of its pictures is taken for its like
  last.seen[1].within_kind = {1, 1};
  last.composed = {{.style = 1, .thing = 0, .taken_for = {0, 0}, .in_style = {true, false}},
                   {.style = 1, .thing = 0, .taken_for = {1, 0}, .in_style = {true, false}}};
  return done;
}

evaluation::Done alone() {
  return {{"private", 0, 1}, {task(0, {seen(0, 0.5, 0.95, 0)}), task(1, {seen(1, 0.5, 0.85, 1)})}};
}

std::size_t place_of(const schemas::EvaluationTable& table, const std::string& column) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), column);
  INFO("there is no column " << column);
  REQUIRE(found != table.columns.end());
  return static_cast<std::size_t>(found - table.columns.begin());
}

std::optional<double> value_of(const schemas::EvaluationTable& table, std::size_t row,
                               const std::string& column) {
  return table.rows.at(row).values.at(place_of(table, column));
}

double value(const schemas::EvaluationTable& table, std::size_t row, const std::string& column) {
  return value_of(table, row, column).value();
}

std::optional<double> spread(const schemas::EvaluationTable& table, std::size_t row,
                             const std::string& column) {
  return table.rows.at(row).spreads.at(place_of(table, column));
}

}  // namespace

TEST_CASE("a table has a row a strategy, with figures that were worked out by hand") {
  const auto table = evaluation::table_of(suite_of_two(), {alone(), metamodel()});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[1].strategy == "big");
  CHECK(value(table, 1, "retention") == Approx((0.2 + 0.4) / 0.8));
  CHECK(value(table, 1, "learned") == 1);
  CHECK(value(table, 1, "gain_of_private") == Approx(0.4 / 0.5));
  CHECK(value(table, 1, "similarity") == Approx(0.6));
  CHECK(value(table, 1, "similarity_just") == Approx(0.8));
  CHECK(value(table, 1, "forgetting") == Approx(0.4));
  CHECK(value(table, 1, "backward_transfer") == Approx(-0.4));
  CHECK(value(table, 1, "gap_to_private") == Approx((0.45 + 0.15) / 2));
  CHECK(value(table, 1, "recognised") == Approx(0.5));
  CHECK(value(table, 1, "told_apart") == Approx(0.75));
  CHECK(value(table, 1, "composed_thing") == Approx(0.75));
  CHECK(value(table, 1, "composed_style") == Approx(0.5));
  CHECK(value(table, 1, "composed") == Approx(0.25));
  CHECK(value(table, 1, "drift") == 0.25);
  CHECK(value(table, 1, "train_s") == 20);
  CHECK(value(table, 1, "taught_s") == 24);
  CHECK(value(table, 1, "kept_MiB") == 1);
  CHECK(value(table, 0, "retention") == Approx(1));
  CHECK(value(table, 0, "gain_of_private") == Approx(1));
  CHECK(value(table, 0, "gap_to_private") == Approx(0));
  CHECK_FALSE(value_of(table, 0, "composed"));  // a model of its own knows no style
  CHECK(evaluation::markdown_of(table).find("| | private | big |\n|---|---|---|\n") == 0);
}

TEST_CASE("strategies go by turns, and the runs of each are one row") {
  auto suite = suite_of_two();
  suite.orders = {{0, 1}, {1, 0}};
  suite.seeds = {1, 2};
  std::vector<std::string> names;
  for (const auto& run : evaluation::runs_of(suite)) names.push_back(run.name());
  CHECK(names == std::vector<std::string>{"private-order1-seed1", "big-order1-seed1",
                                          "big-order2-seed1", "private-order1-seed2",
                                          "big-order1-seed2", "big-order2-seed2"});
  auto second = metamodel();
  second.run = {"big", 1, 1};
  second.tasks[1].drift = 0.75;
  const auto table = evaluation::table_of(suite, {alone(), metamodel(), second});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[1].runs == 2);
  CHECK(value(table, 1, "drift") == 0.5);
  CHECK(spread(table, 1, "drift").value() == Approx(std::sqrt(0.125)));
  CHECK(spread(table, 1, "retention") == 0);
  CHECK_FALSE(spread(table, 0, "drift"));  // of one run
  CHECK(evaluation::markdown_of(table).find("| drift | 0.25 | 0.5 ± 0.354 |") != std::string::npos);
  CHECK(value(table, 1, "retention") == Approx((0.2 + 0.4) / 0.8));
  CHECK(value(table, 1, "gain_of_private") == Approx(0.4 / 0.5));  // the other seed has not begun
}

TEST_CASE("a run that is not whole has no row, and without private models nothing is compared") {
  auto begun = metamodel();
  begun.tasks.pop_back();
  auto table = evaluation::table_of(suite_of_two(), {metamodel(), begun});
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].runs == 1);
  CHECK(std::count(table.columns.begin(), table.columns.end(), "gap_to_private") == 0);
  CHECK(evaluation::table_of(suite_of_two(), {begun}).rows.empty());
}

TEST_CASE("a heat map shows what is kept of each thing after each task") {
  const auto map = evaluation::kept_map(suite_of_two(), metamodel());
  CHECK(map.rows == std::vector<std::string>{"rex", "tom"});
  CHECK(map.columns == std::vector<std::string>{"+rex", "+tom"});
  CHECK(map.cells[0][0].value() == Approx(1));
  CHECK(map.cells[0][1].value() == Approx(0.5));
  CHECK_FALSE(map.cells[1][0]);
  auto nothing = metamodel();
  nothing.tasks[0].pretrained = {0.5, 0.5};  // worse just after than before
  CHECK_FALSE(evaluation::kept_map(suite_of_two(), nothing).cells[0][1]);
  const auto confusion = evaluation::confusion_map(suite_of_two(), metamodel());
  CHECK(confusion.cells[0][1].value() == 1);
}
