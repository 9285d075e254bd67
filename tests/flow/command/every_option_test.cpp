// Every option of every command reads its text as it is written, or refuses it: the table is the
// program's own, so that a new option is in it by itself.
#include <array>
#include <catch2/catch.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <regex>

#include "flow/command/context.h"

namespace {

using flow::command::App;
using flow::command::Context;
using flow::command::Option;
using flow::command::UsageError;

__extension__ using Wide = __int128;  // for one past the ends

constexpr std::size_t kLeastOptions = 190, kLeastNumbers = 45;

template <typename T>
struct Inner {
  using Type = T;
};
template <typename T>
struct Inner<std::optional<T>> : Inner<T> {};
template <typename T>
struct Inner<std::vector<T>> : Inner<T> {};

/// One option in its command.
struct Place {
  std::vector<std::string> words;  ///< that name the command
  const App* command;
  const Option* option;

  std::string flag() const {
    const std::string& name = option->name();
    const auto from = name.find("--");
    return name.substr(from, name.find(',', from) - from);
  }
  bool is_argument() const { return !option->name().starts_with('-'); }
  std::string text() const {
    std::string text = "souvenir";
    for (const auto& word : words) text += " " + word;
    return text + " " + option->name();
  }
};

std::string some_value(const Option& option) {
  if (!option.checked().words.empty()) return option.checked().words.front();
  const bool is_text = std::holds_alternative<std::string*>(option.value()) ||
                       std::holds_alternative<std::optional<std::string>*>(option.value()) ||
                       std::holds_alternative<std::vector<std::string>*>(option.value());
  return is_text ? "x" : "1";
}

// The command line that gives the option this text, and all that is required beside it.
std::vector<std::string> line_for(const Place& place, const std::string& text, bool joined) {
  std::vector<std::string> line = place.words, arguments{"--"};
  for (const auto& option : place.command->options()) {
    const Place there{place.words, place.command, &option};
    const bool is_it = &option == place.option;
    if (!is_it && !option.is_required()) continue;
    const std::string value = is_it ? text : some_value(option);
    if (there.is_argument()) {
      arguments.push_back(value);
    } else if (is_it && joined) {
      line.push_back(there.flag() + "=" + value);
    } else {
      line.insert(line.end(), {there.flag(), value});
    }
  }
  if (arguments.size() > 1) line.insert(line.end(), arguments.begin(), arguments.end());
  return line;
}

void collect(const App& app, const std::vector<std::string>& words, std::vector<Place>& places) {
  for (const auto& option : app.options()) places.push_back({words, &app, &option});
  for (const auto& command : app.subcommands()) {
    auto below = words;
    below.push_back(command->name());
    collect(*command, below, places);
  }
}

std::string written(double number) {
  std::array<char, 64> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

// What a number of this kind reads in the text; nothing for what it must refuse.
template <typename T>
std::optional<T> meaning(const std::string& text, const Option& option) {
  const char* form = std::is_floating_point_v<T>
                         ? "-?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?"
                     : std::is_signed_v<T> ? "-?[0-9]+"
                                           : "[0-9]+";
  if (!std::regex_match(text, std::regex(form))) return std::nullopt;
  // Of whole numbers up to 64 bits, and of floats as they are kept.
  const long double number = std::is_floating_point_v<T> ? std::strtod(text.c_str(), nullptr)
                                                         : std::strtold(text.c_str(), nullptr);
  constexpr auto kLeast = std::numeric_limits<T>::lowest(), kMost = std::numeric_limits<T>::max();
  if (number < static_cast<long double>(kLeast) || number > static_cast<long double>(kMost)) {
    return std::nullopt;
  }
  const auto& ends = option.checked().ends;
  if (ends && (number < ends->first || number > ends->second)) return std::nullopt;
  return static_cast<T>(number);
}

template <typename T>
std::vector<std::string> texts_for(const Option& option) {
  std::vector<std::string> texts{"",   "0x10", "010",   "1e3", "-1",  "nan", "inf", "+1", " 1",
                                 "1 ", "1;5",  "1_000", "0b1", "one", "1.5", "--",  "٣",  "1\n"};
  constexpr auto kLeast = std::numeric_limits<T>::lowest(), kMost = std::numeric_limits<T>::max();
  if constexpr (std::is_floating_point_v<T>) {
    texts.insert(texts.end(), {written(kMost), written(kLeast), "1e309", "-1e309"});
  } else {
    for (const auto past : {static_cast<Wide>(kLeast), static_cast<Wide>(kLeast) - 1,
                            static_cast<Wide>(kMost), static_cast<Wide>(kMost) + 1}) {
      std::string digits;
      for (auto rest = past < 0 ? -past : past; rest > 0 || digits.empty(); rest /= 10) {
        digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
      }
      texts.push_back((past < 0 ? "-" : "") + digits);
    }
  }
  if (const auto& ends = option.checked().ends) {
    const double step = std::is_floating_point_v<T> ? 0 : 1;
    const auto before = step > 0 ? ends->first - 1 : std::nextafter(ends->first, -INFINITY);
    const auto behind = step > 0 ? ends->second + 1 : std::nextafter(ends->second, INFINITY);
    for (const double end : {ends->first, ends->second, before, behind}) {
      std::string text = written(end);
      if (!std::is_floating_point_v<T>) text = std::to_string(static_cast<std::int64_t>(end));
      texts.push_back(text);
    }
  }
  return texts;
}

template <typename T>
std::optional<typename Inner<T>::Type> value_at(const T* place) {
  if constexpr (std::is_same_v<T, typename Inner<T>::Type>) {
    return *place;
  } else if constexpr (requires {
                         place->back();
                         place->has_value();
                       }) {
    return *place;
  } else if constexpr (requires { place->has_value(); }) {
    return *place;
  } else {
    return place->size() == 1 ? std::optional(place->front()) : std::nullopt;
  }
}

bool is_refused(App& app, const std::vector<std::string>& line) {
  try {
    app.parse(line);
    return false;
  } catch (const UsageError& error) {
    CHECK_FALSE(std::string(error.what()).empty());
    return true;
  }
}

// Whether the text is read as it is written, or refused when it must be.
template <typename T>
void try_number(App& app, const Place& place, const T* at) {
  using Number = typename Inner<T>::Type;
  for (const auto& text : texts_for<Number>(*place.option)) {
    const auto expected = meaning<Number>(text, *place.option);
    for (const bool joined : {false, true}) {
      INFO(place.text() << " '" << text << "'" << (joined ? ", with =" : ""));
      const bool refused = is_refused(app, line_for(place, text, joined));
      CHECK(refused == !expected.has_value());
      if (!refused && expected) CHECK(value_at(at) == expected);
    }
  }
}

// A text is what stands there, whatever it is; words of a list are these alone.
template <typename T>
void try_text(App& app, const Place& place, const T* at) {
  for (const std::string text : {"", "0x10", "010", "1e3", "-1", "nan", "a b", "--json", "x=y"}) {
    for (const bool joined : {false, true}) {
      INFO(place.text() << " '" << text << "'" << (joined ? ", with =" : ""));
      const bool refused = is_refused(app, line_for(place, text, joined));
      CHECK(refused == !place.option->checked().words.empty());
      if (!refused) CHECK(value_at(at) == text);
    }
  }
}

}  // namespace

TEST_CASE("every option of every command reads its text as it is written, or refuses it") {
  App app("", "souvenir");
  Context context;
  app.require_subcommand(1, 1);
  flow::command::add_commands(app, context);
  std::vector<Place> places;
  collect(app, {}, places);
  std::size_t numbers = 0;
  for (const auto& place : places) {
    std::visit(
        [&](auto* at) {
          using T = std::remove_pointer_t<decltype(at)>;
          if constexpr (std::is_arithmetic_v<typename Inner<T>::Type>) {
            ++numbers;
            try_number(app, place, at);
          } else {
            try_text(app, place, at);
          }
        },
        place.option->value());
  }
  CHECK(places.size() >= kLeastOptions);
  CHECK(numbers >= kLeastNumbers);
}
