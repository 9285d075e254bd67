#include "flow/command/train_flags.h"

#include <catch2/catch.hpp>
#include <iterator>
#include <sstream>

namespace {

std::string packed(const schemas::TrainOptions& options, const schemas::TrainOption& option) {
  return std::visit([&](const auto field) { return schemas::pack(options.*field); }, option.field);
}

schemas::TrainOptions parsed(const std::string& arguments) {
  flow::command::App app("", "");
  schemas::TrainOptions options;
  flow::command::add_train_flags(app, options);
  std::istringstream words(arguments);
  app.parse({std::istream_iterator<std::string>(words), {}});
  return options;
}

bool is_flag(const schemas::TrainOption& option) {
  return std::holds_alternative<bool schemas::TrainOptions::*>(option.field) ||
         std::holds_alternative<std::optional<bool> schemas::TrainOptions::*>(option.field);
}

}  // namespace

TEST_CASE("every training option has a flag that sets it, and sets nothing else") {
  for (const auto& option : schemas::kTrainOptions) {
    std::string flag = "--" + std::string(option.name);
    std::replace(flag.begin() + 2, flag.end(), '_', '-');
    INFO(flag);
    const auto options = parsed(flag + (is_flag(option) ? "" : " 7"));
    for (const auto& each : schemas::kTrainOptions) {
      const bool same = packed(options, each) == packed(schemas::TrainOptions{}, each);
      INFO(each.name);
      CHECK(same == (each.name != option.name));
    }
  }
}

TEST_CASE("the text encoder can be left out by a flag too") {
  CHECK(parsed("--train-text-encoder").train_text_encoder == true);
  CHECK(parsed("--no-train-text-encoder").train_text_encoder == false);
}

TEST_CASE("a number that is none and a seed below 0 are refused while parsing") {
  for (const char* arguments :
       {"--learning-rate nan", "--ema-decay inf", "--seed=-1", "--lr-warmup-steps few"}) {
    CHECK_THROWS_AS(parsed(arguments), flow::command::UsageError);
  }
}

TEST_CASE("the help says what is taken and what stands when nothing is given") {
  flow::command::App app("", "");
  schemas::TrainOptions options;
  flow::command::add_train_flags(app, options);
  const auto text = app.help();
  CHECK(text.find("(from 0 to 10; default: 1)") != std::string::npos);
  CHECK(text.find("default: the base model's advice)") != std::string::npos);
  CHECK(text.find("default: drawn, and reported)") != std::string::npos);
}
