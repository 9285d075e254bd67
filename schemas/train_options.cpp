#include "schemas/train_options.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <type_traits>
#include <utility>
#include <vector>

#include "schemas/nearest.h"
#include "schemas/train_option_table.h"
#include "schemas/utf8.h"
#include "schemas/words.h"

namespace schemas {
namespace {

template <typename T>
const T* value_in(const T& value) {
  return &value;
}
template <typename T>
const T* value_in(const std::optional<T>& value) {
  return value ? &*value : nullptr;
}

template <typename T>
std::string shown(const T& value) {
  std::ostringstream text;
  text << std::boolalpha << value;
  return text.str();
}

std::string name_of(const TrainOption& option) {
  return std::string(option.name);
}

template <typename T>
std::optional<OptionFault> fault_of(const TrainOption&, std::monostate, const T&) {
  return {};
}

template <typename T>
std::optional<OptionFault> fault_of(const TrainOption& option, const NumberRange& range,
                                    const T& value) {
  const auto number = static_cast<double>(value);
  const bool high_enough = range.above ? number > range.least : number >= range.least;
  if (std::isfinite(number) && high_enough && number <= range.most) return {};
  return OptionFault{name_of(option) + " is " + shown(value),
                     "give " + name_of(option) + " " + allowed_text(option)};
}

std::optional<OptionFault> fault_of(const TrainOption& option, const OneOf& known,
                                    const std::string& value) {
  if (value.empty() && known.or_empty) return {};
  if (std::find(known.words.begin(), known.words.end(), value) != known.words.end()) return {};
  constexpr std::size_t kCompared = 32;
  const std::vector<std::string> names(known.words.begin(), known.words.end());
  return OptionFault{"there is no " + name_of(option) + " " + quoted(value) +
                         did_you_mean(value.substr(0, kCompared), names),
                     "use " + listed(known.words) + (known.or_empty ? ", or leave it out" : "")};
}

std::optional<OptionFault> fault_of(const TrainOption& option, const TextOf& text,
                                    const std::string& value) {
  if (value.size() > text.most_bytes) {
    return OptionFault{name_of(option) + " has " + std::to_string(value.size()) + " bytes",
                       "the longest has " + std::to_string(text.most_bytes) +
                           "; the text encoder reads about 75 words"};
  }
  if (is_utf8(value)) return {};
  return OptionFault{name_of(option) + " is not UTF-8", "send text as UTF-8"};
}

template <typename Field>
using ValueAt = std::remove_cvref_t<decltype(*value_in(std::declval<TrainOptions&>().*Field{}))>;

// Whether a value of type T can be what `Rule` speaks of.
template <typename Rule, typename T>
constexpr bool kFits = std::is_same_v<Rule, std::monostate> || std::is_same_v<T, std::string>;
template <typename T>
constexpr bool kFits<NumberRange, T> = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

constexpr bool rule_fits(const TrainOption& option) {
  return std::visit(
      [](const auto field, const auto& rule) {
        return kFits<std::remove_cvref_t<decltype(rule)>, ValueAt<decltype(field)>>;
      },
      option.field, option.allowed);
}
static_assert(std::all_of(kTrainOptions.begin(), kTrainOptions.end(), rule_fits));

std::optional<OptionFault> fault_in(const TrainOption& option, const TrainOptions& options) {
  return std::visit(
      [&](const auto field, const auto& rule) -> std::optional<OptionFault> {
        const auto* value = value_in(options.*field);
        if constexpr (kFits<std::remove_cvref_t<decltype(rule)>, ValueAt<decltype(field)>>) {
          if (value != nullptr) return fault_of(option, rule, *value);
        }
        return {};
      },
      option.field, option.allowed);
}

std::string text_of(std::monostate) {
  return "";
}

std::string text_of(const NumberRange& range) {
  if (range.above) return "above " + shown(range.least) + ", at most " + shown(range.most);
  return "from " + shown(range.least) + " to " + shown(range.most);
}

std::string text_of(const OneOf& known) {
  return listed(known.words);
}

std::string text_of(const TextOf& text) {
  return "at most " + std::to_string(text.most_bytes) + " bytes";
}

std::string type_name(const TrainOption& option) {
  return std::visit(
      [](const auto field) -> std::string {
        using Value = ValueAt<decltype(field)>;
        if constexpr (std::is_same_v<Value, bool>) return "bool";
        if constexpr (std::is_same_v<Value, double>) return "float";
        if constexpr (std::is_same_v<Value, std::int64_t>) return "int";
        if constexpr (std::is_same_v<Value, std::uint64_t>) return "uint";
        return "str";
      },
      option.field);
}

}  // namespace

void TrainOptions::msgpack_unpack(const msgpack::object& map) {
  if (map.type != msgpack::type::MAP) throw msgpack::type_error();
  for (const auto& entry : map.via.map) {
    const auto* option = find_train_option(entry.key.as<std::string>());
    if (option == nullptr) continue;
    std::visit([&](const auto field) { entry.val.convert(this->*field); }, option->field);
  }
}

const TrainOption* find_train_option(std::string_view name) {
  const auto* found = std::find_if(kTrainOptions.begin(), kTrainOptions.end(),
                                   [&](const TrainOption& option) { return option.name == name; });
  return found == kTrainOptions.end() ? nullptr : found;
}

std::optional<OptionFault> fault_in(const TrainOptions& options) {
  for (const auto& option : kTrainOptions) {
    if (auto fault = fault_in(option, options)) return fault;
  }
  return {};
}

std::string_view open_option(const TrainOptions& options) {
  for (const auto& option : kTrainOptions) {
    const bool open = std::visit(
        [&](const auto field) { return value_in(options.*field) == nullptr; }, option.field);
    if (open) return option.name;
  }
  return {};
}

void take_advice(TrainOptions& options, const TrainOptions& advice) {
  for (const auto& option : kTrainOptions) {
    if (option.unset != Unset::advised) continue;
    std::visit(
        [&](const auto field) {
          if (value_in(options.*field) == nullptr) options.*field = advice.*field;
        },
        option.field);
  }
}

std::string allowed_text(const TrainOption& option) {
  return std::visit([](const auto& rule) { return text_of(rule); }, option.allowed);
}

std::string unset_text(const TrainOption& option) {
  if (option.unset == Unset::advised) return "the base model's advice";
  if (option.unset == Unset::drawn) return "drawn, and reported";
  return std::visit(
      [](const auto field) {
        const TrainOptions options;
        const auto* value = value_in(options.*field);
        return value == nullptr ? "" : shown(*value);
      },
      option.field);
}

std::string train_options_table() {
  std::string table =
      "| field | type | taken | when it is left out | what it is |\n|---|---|---|---|---|\n";
  for (const auto& option : kTrainOptions) {
    table += "| `" + name_of(option) + "` | " + type_name(option) + " | " + allowed_text(option) +
             " | " + unset_text(option) + " | " + std::string(option.help) + " |\n";
  }
  return table;
}

}  // namespace schemas
