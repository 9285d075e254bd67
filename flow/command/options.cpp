#include "flow/command/options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <sstream>

#include "schemas/nearest.h"

namespace flow::command {
namespace {

template <typename T>
constexpr bool is_optional = false;
template <typename T>
constexpr bool is_optional<std::optional<T>> = true;
template <typename T>
constexpr bool is_vector = false;
template <typename T>
constexpr bool is_vector<std::vector<T>> = true;

template <typename Number>
std::string kind_of_number() {
  if (std::is_floating_point_v<Number>) return "a number";
  return std::is_signed_v<Number> ? "a whole number" : "a whole number from 0";
}

// All of the text, or nothing: from_chars knows neither octal nor a number that is cut off.
template <typename Number>
void read(const std::string& text, Number& value) {
  const auto* end = text.data() + text.size();
  Number number{};
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  if (fault == std::errc::result_out_of_range) {
    throw CLI::ConversionError("'" + text + "' is too large or too small");
  }
  if (fault != std::errc() || stop != end) {
    throw CLI::ConversionError("'" + text + "' is not " + kind_of_number<Number>());
  }
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(number)) throw CLI::ConversionError("'" + text + "' is not a finite number");
  }
  value = number;
}

void read(const std::string& text, std::string& value) {
  value = text;
}

template <typename T>
void read(const std::string& text, std::optional<T>& value) {
  T inner{};
  read(text, inner);
  value = std::move(inner);
}

template <typename T>
std::string type_name(const T*) {
  if constexpr (is_optional<T> || is_vector<T>) {
    return type_name(static_cast<const typename T::value_type*>(nullptr));
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "TEXT";
  } else if constexpr (std::is_floating_point_v<T>) {
    return "FLOAT";
  } else {
    return std::is_signed_v<T> ? "INT" : "UINT";
  }
}

// The option's name stands before what is wrong with its text.
template <typename T>
CLI::callback_t reader_of(const std::string& name, T* value) {
  return [name, value](const CLI::results_t& texts) {
    try {
      if constexpr (is_vector<T>) {
        value->clear();
        for (const auto& text : texts) read(text, value->emplace_back());
      } else {
        read(texts.back(), *value);
      }
    } catch (const CLI::ConversionError& error) {
      throw CLI::ConversionError(name + ": " + error.what());
    }
    return true;
  };
}

// The command that the command line names; the program itself when it names none.
CLI::App& named_by(CLI::App& root) {
  CLI::App* named = &root;
  while (!named->get_subcommands().empty()) named = named->get_subcommands().front();
  return *named;
}

std::string words_of(const CLI::App& named) {
  std::string words;
  for (const CLI::App* at = &named; at != nullptr; at = at->get_parent()) {
    words = at->get_name() + (words.empty() ? "" : " " + words);
  }
  return words;
}

bool is_number(const std::string& text) {
  double number = 0;
  const auto* end = text.data() + text.size();
  return std::from_chars(text.data(), end, number).ptr == end && !text.empty();
}

bool takes_one_value(const CLI::Option& option) {
  return option.get_items_expected_max() == 1 || !option.get_allow_extra_args();
}

// For a number that is left over: the option before it, if that has its value already.
std::string note_on_number(const CLI::App& named, const std::vector<std::string>& texts,
                           const std::string& number) {
  if (!is_number(number)) return "";
  for (std::size_t at = 2; at < texts.size(); ++at) {
    const auto& name = texts[at - 2];
    if (texts[at] != number || !name.starts_with("-") || texts[at - 1].starts_with("--")) continue;
    const auto* option = named.get_option_no_throw(name);
    if (option == nullptr || option->get_items_expected_max() == 0 || !takes_one_value(*option)) {
      continue;
    }
    const std::string one = name + " takes one value, and has " + texts[at - 1];
    if (option->get_delimiter() == '\0') return one;
    return one + "; write several as " + name + " " + texts[at - 1] + option->get_delimiter() +
           number;
  }
  return "";
}

// A misspelt command or option is the cause of whatever else is missing: it is told first.
std::string cause_of(CLI::App& named, const std::vector<std::string>& texts,
                     const CLI::ParseError& error) {
  for (const auto& argument : named.remaining()) {
    if (!argument.starts_with("-")) {
      std::vector<std::string> commands;
      for (const auto* each : named.get_subcommands({})) commands.push_back(each->get_name());
      if (commands.empty()) {
        const auto note = note_on_number(named, texts, argument);
        if (!note.empty()) return "'" + argument + "' is a word too many: " + note;
        continue;
      }
      return "there is no command '" + argument + "'" + schemas::did_you_mean(argument, commands);
    }
    const std::string option = argument.substr(0, argument.find('='));
    std::vector<std::string> known;
    for (const auto* each : named.get_options()) {
      for (const auto& name : each->get_lnames()) known.push_back("--" + name);
    }
    return "unknown option '" + option + "'" + schemas::did_you_mean(option, known);
  }
  return error.what();
}

// CLI11 reads nothing behind "--name=" as no text, and takes the next word for it.
std::vector<std::string> with_empty_texts(const std::vector<std::string>& arguments) {
  std::vector<std::string> texts;
  bool options = true;
  for (const auto& argument : arguments) {
    options = options && argument != "--";
    const bool is_empty =
        options && argument.starts_with("--") && argument.find('=') + 1 == argument.size();
    texts.push_back(is_empty ? argument.substr(0, argument.size() - 1) : argument);
    if (is_empty) texts.emplace_back();
  }
  return texts;
}

std::string text_of(double number) {
  std::ostringstream text;
  text.precision(15);
  text << number;
  return text.str();
}

}  // namespace

Check range(double least, double most) {
  const std::string allowed = "from " + text_of(least) + " to " + text_of(most);
  const auto fault = [least, most, allowed](const std::string& text) -> std::string {
    double number = 0;
    try {
      read(text, number);
    } catch (const CLI::ConversionError& error) {
      return error.what();
    }
    return number >= least && number <= most ? "" : text + " is not " + allowed;
  };
  return {fault, allowed, std::pair(least, most)};
}

Check one_of(std::vector<std::string> words) {
  std::string allowed;
  for (const auto& word : words) allowed += (allowed.empty() ? "" : ", ") + word;
  const auto fault = [words, allowed](const std::string& text) {
    const bool known = std::find(words.begin(), words.end(), text) != words.end();
    return known ? "" : "'" + text + "' is not one of " + allowed;
  };
  return {fault, allowed, {}, std::move(words)};
}

Check at_most_bytes(std::size_t most) {
  const std::string allowed = "at most " + std::to_string(most) + " bytes";
  const auto fault = [most, allowed](const std::string& text) {
    return text.size() <= most ? ""
                               : "has " + std::to_string(text.size()) + " bytes, not " + allowed;
  };
  return {fault, allowed};
}

Option* Option::required() {
  option_->required();
  return this;
}

Option* Option::check(Check check) {
  option_->check(CLI::Validator([fault = check.fault](std::string& text) { return fault(text); },
                                check.allowed));
  check_ = std::move(check);
  return this;
}

bool Option::is_required() const {
  return option_->get_required();
}

Option* Option::envname(const std::string& name) {
  option_->envname(name);
  return this;
}

Option* Option::hidden() {
  option_->group("");
  return this;
}

Option* Option::delimiter(char separator) {
  option_->delimiter(separator)->allow_extra_args(false);
  return this;
}

Option* Option::one_each() {
  option_->allow_extra_args(false);
  return this;
}

App::App(const std::string& help, const std::string& name)
    : root_(std::make_unique<CLI::App>(help, name)),
      texts_(std::make_shared<std::vector<std::string>>()),
      app_(root_.get()) {}
App::App(CLI::App& app, std::shared_ptr<std::vector<std::string>> texts)
    : texts_(std::move(texts)), app_(&app) {}
App::~App() = default;

App* App::add_subcommand(const std::string& name, const std::string& help) {
  subcommands_.push_back(std::unique_ptr<App>(new App(*app_->add_subcommand(name, help), texts_)));
  return subcommands_.back().get();
}

Option* App::add_option(const std::string& name, Value value, const std::string& help) {
  CLI::Option* option = std::visit(
      [&](auto* place) {
        using T = std::remove_pointer_t<decltype(place)>;
        auto* made = app_->add_option(name, reader_of(name, place), help);
        made->type_name(type_name(place));
        if constexpr (is_vector<T>) made->expected(CLI::detail::expected_max_vector_size);
        return made;
      },
      value);
  return &options_.emplace_back(*option, name, value);
}

void App::add_flag(const std::string& name, bool& value, const std::string& help) {
  app_->add_flag(name, value, help);
}

void App::add_switch(const std::string& name, std::optional<bool>& value, const std::string& help) {
  // add_flag would set an optional to false when no flag is given.
  app_->add_flag_function(
      "--" + name + ",!--no-" + name, [&value](std::int64_t count) { value = count > 0; }, help);
}

void App::callback(std::function<void()> call) {
  app_->callback(std::move(call));
}

void App::require_subcommand(std::size_t least, std::size_t most) {
  app_->require_subcommand(least, most);
}

App* App::hidden() {
  app_->group("");
  return this;
}

bool App::has_named_subcommand() const {
  return !app_->get_subcommands().empty();
}

const std::string& App::name() const {
  return app_->get_name();
}

std::string App::help() const {
  return app_->help();
}

std::string App::note_on(const std::string& argument) const {
  return note_on_number(*app_, *texts_, argument);
}

bool App::parse(const std::vector<std::string>& arguments) {
  auto& texts = *texts_;
  texts = with_empty_texts(arguments);
  std::vector<std::string> backwards(texts.rbegin(), texts.rend());  // CLI11's order
  try {
    app_->parse(std::move(backwards));
    return true;
  } catch (const CLI::ParseError& error) {
    CLI::App& named = named_by(*app_);
    if (error.get_exit_code() != 0)
      throw UsageError(cause_of(named, texts, error), words_of(named));
    app_->exit(error);  // prints the help
    return false;
  }
}

}  // namespace flow::command
