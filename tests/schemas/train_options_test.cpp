#include "schemas/train_options.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "schemas/finetune.h"
#include "schemas/training.h"

namespace {

using schemas::TrainOption;
using schemas::TrainOptions;

std::string name_of(const TrainOption& option) {
  return std::string(option.name);
}

/// The option's own field, or what the optional holds, as the text of its MessagePack value.
std::string packed(const TrainOptions& options, const TrainOption& option) {
  return std::visit([&](const auto field) { return schemas::pack(options.*field); }, option.field);
}

struct SetNumber {
  double number;
  void operator()(double& value) const { value = number; }
  void operator()(std::int64_t& value) const { value = static_cast<std::int64_t>(number); }
  void operator()(std::uint64_t& value) const { value = static_cast<std::uint64_t>(number); }
  void operator()(bool& value) const { value = number != 0; }
  void operator()(std::string& value) const { value = std::to_string(number); }
  template <typename T>
  void operator()(std::optional<T>& value) const {
    operator()(value.emplace());
  }
};

void set_number(TrainOptions& options, const TrainOption& option, double number) {
  std::visit([&](const auto field) { SetNumber{number}(options.*field); }, option.field);
}

void set_word(TrainOptions& options, const TrainOption& option, std::string_view word) {
  std::visit(
      [&](const auto field) {
        if constexpr (std::is_assignable_v<decltype(options.*field), std::string>) {
          options.*field = std::string(word);
        }
      },
      option.field);
}

bool is_whole(const TrainOption& option) {
  return !std::holds_alternative<double TrainOptions::*>(option.field) &&
         !std::holds_alternative<std::optional<double> TrainOptions::*>(option.field);
}

bool taken(const TrainOption& option, double number) {
  TrainOptions options;
  set_number(options, option, number);
  const auto fault = schemas::fault_in(options);
  if (!fault) return true;
  CHECK(fault->cause.starts_with(name_of(option) + " is "));
  CHECK(fault->hint == "give " + name_of(option) + " " + schemas::allowed_text(option));
  return false;
}

}  // namespace

TEST_CASE("every option has a name of its own, a help text, and a default that is taken") {
  std::set<std::string_view> names;
  for (const auto& option : schemas::kTrainOptions) {
    CHECK(names.insert(option.name).second);
    CHECK(schemas::find_train_option(option.name) == &option);
    CHECK_FALSE(option.help.empty());
  }
  CHECK(schemas::find_train_option("learning_rat") == nullptr);
  CHECK_FALSE(schemas::fault_in(TrainOptions{}));
}

TEST_CASE("every number is taken at both of its limits and not past them") {
  for (const auto& option : schemas::kTrainOptions) {
    const auto* range = std::get_if<schemas::NumberRange>(&option.allowed);
    if (range == nullptr) continue;
    INFO(option.name);
    const double step = is_whole(option) ? 1 : 0;
    const auto below = step > 0 ? range->least - step : std::nextafter(range->least, -1e9);
    const auto past = step > 0 ? range->most + step : std::nextafter(range->most, 1e9);
    CHECK(taken(option, range->most));
    CHECK_FALSE(taken(option, past));
    CHECK(taken(option, range->least) == !range->above);
    if (range->above) CHECK(taken(option, std::nextafter(range->least, range->most)));
    CHECK_FALSE(taken(option, below));
    if (is_whole(option)) continue;
    CHECK_FALSE(taken(option, std::numeric_limits<double>::quiet_NaN()));
    CHECK_FALSE(taken(option, std::numeric_limits<double>::infinity()));
  }
}

TEST_CASE("every word of a list is taken, another is refused with the nearest") {
  for (const auto& option : schemas::kTrainOptions) {
    const auto* known = std::get_if<schemas::OneOf>(&option.allowed);
    if (known == nullptr) continue;
    INFO(option.name);
    TrainOptions options;
    for (const auto word : known->words) {
      set_word(options, option, word);
      CHECK_FALSE(schemas::fault_in(options));
    }
    set_word(options, option, "");
    CHECK(schemas::fault_in(options).has_value() == !known->or_empty);
    const auto nearly = std::string(known->words.back()) + "x";
    set_word(options, option, nearly);
    const auto fault = schemas::fault_in(options);
    REQUIRE(fault);
    CHECK(fault->cause == "there is no " + name_of(option) + " '" + nearly + "' (did you mean '" +
                              std::string(known->words.back()) + "'?)");
    CHECK(fault->hint.starts_with("use " + std::string(known->words.front())));
  }
}

TEST_CASE("a text is taken up to its longest, and as UTF-8 alone") {
  TrainOptions options;
  options.validation_prompt = std::string(schemas::kMaxPromptBytes, 'x');
  CHECK_FALSE(schemas::fault_in(options));
  options.validation_prompt += 'x';
  REQUIRE(schemas::fault_in(options));
  CHECK(schemas::fault_in(options)->cause == "validation_prompt has 2049 bytes");
  options.validation_prompt = "\xff";
  CHECK(schemas::fault_in(options)->cause == "validation_prompt is not UTF-8");
}

TEST_CASE("every option stands beside the others of a request, and arrives") {
  schemas::Finetune request;
  request.category = "dog";
  request.identifier = "sks";
  for (const auto& option : schemas::kTrainOptions) set_number(request, option, 7);
  const auto bytes = schemas::pack(request);
  const auto back = schemas::unpack<schemas::Finetune>(bytes);
  CHECK(back.category == "dog");
  CHECK(back.target_model == "private");
  CHECK(back.identifier == "sks");
  for (const auto& option : schemas::kTrainOptions) {
    INFO(option.name);
    CHECK(packed(back, option) == packed(request, option));
    CHECK(packed(back, option) != packed(TrainOptions{}, option));
    CHECK(schemas::fields_of<schemas::Finetune>().contains(name_of(option)));
  }
}

TEST_CASE("every option of a job's settings arrives at the next stage") {
  schemas::Plan plan;
  plan.settings.category = "dog";
  for (const auto& option : schemas::kTrainOptions) set_number(plan.settings, option, 7);
  const auto back = schemas::unpack<schemas::Plan>(schemas::pack(plan)).settings;
  CHECK(back.category == "dog");
  for (const auto& option : schemas::kTrainOptions) {
    INFO(option.name);
    CHECK(packed(back, option) == packed(plan.settings, option));
  }
}

TEST_CASE("what a request leaves out keeps its default, and a value of another type is refused") {
  const auto read = [](const auto& map) {
    return schemas::unpack<schemas::Finetune>(schemas::pack(map));
  };
  const auto few = read(std::map<std::string, double>{{"learning_rate", 1e-3}});
  CHECK(few.learning_rate == 1e-3);
  CHECK_FALSE(few.max_train_steps);
  CHECK(few.validation_steps == 50);
  CHECK_THROWS_AS(read(std::map<std::string, std::string>{{"learning_rate", "fast"}}),
                  schemas::CodecError);
  CHECK_THROWS_WITH(
      read(std::map<std::string, double>{{"learning_rat", 1e-3}}),
      Catch::StartsWith("finetune.v1 has no field 'learning_rat' (did you mean 'learning_rate'?)"));
}

TEST_CASE("advice fills in what is left open and can be advised, and nothing that was asked for") {
  TrainOptions options, advice;
  options.learning_rate = 1e-3;
  advice.learning_rate = 1e-5;
  advice.max_train_steps = 70;
  advice.seed = 3;
  advice.ema_decay = 0.5;
  schemas::take_advice(options, advice);
  CHECK(options.learning_rate == 1e-3);
  CHECK(options.max_train_steps == 70);
  CHECK_FALSE(options.seed);
  CHECK(options.ema_decay == TrainOptions{}.ema_decay);
}

TEST_CASE("an option that is left open is named, until none is") {
  TrainOptions options;
  std::set<std::string> named;
  for (std::string_view open; !(open = schemas::open_option(options)).empty();) {
    REQUIRE(named.insert(std::string(open)).second);
    set_number(options, *schemas::find_train_option(open), 1);
  }
  CHECK(named == std::set<std::string>{"learning_rate", "lr_scheduler", "max_train_steps",
                                       "num_class_images", "seed", "train_batch_size",
                                       "train_text_encoder"});
}
