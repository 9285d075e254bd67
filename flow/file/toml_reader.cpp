#define TOML_IMPLEMENTATION
#include "flow/file/toml_reader.h"

#include <algorithm>

#include "executor/files/file_error.h"
#include "executor/files/input_file.h"
#include "flow/file/check.h"
#include "flow/file/flow_file.h"
#include "schemas/nearest.h"

namespace flow {

toml::table TomlReader::parse() const {
  const std::string text = read_text();
  limit_dots(text);
  try {
    return toml::parse(std::string_view(text));
  } catch (const toml::parse_error& error) {
    fail_at(at(error.source().begin), std::string(error.description()), "see https://toml.io");
  }
}

void TomlReader::only(const toml::table& table, const std::string& where,
                      const Names& known) const {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    fail_at(at(key), "unknown key '" + name + "' in " + where + schemas::did_you_mean(name, known),
            "known keys: " + list(known));
  }
}

void TomlReader::wrong_type(const toml::node& node, const std::string& what,
                            const std::string& expected) const {
  fail_at(at(node), what + " is " + type_of(node) + ", expected " + expected,
          "write " + what + " as " + expected);
}

std::string TomlReader::text(const toml::node& node, const std::string& what,
                             const std::string& expected) {
  const auto* string = node.as_string();
  if (string == nullptr) wrong_type(node, what, expected);
  std::string result = expander_.expand(string->get(), at(node));
  if (result.find('\0') != result.npos) {
    fail_at(at(node), what + " contains a NUL character", "remove it");
  }
  return result;
}

std::int64_t TomlReader::whole(const toml::node& node, const std::string& what, std::int64_t min,
                               std::int64_t max) const {
  const std::string range = std::to_string(min) + " to " + std::to_string(max);
  const auto* number = node.as_integer();
  if (number == nullptr) wrong_type(node, what, "an int from " + range);
  if (number->get() < min || number->get() > max) {
    fail_at(at(node), what + " is " + std::to_string(number->get()) + ", expected " + range,
            "choose a number in this range");
  }
  return number->get();
}

std::uint32_t TomlReader::duration_ms(const toml::node& node, const std::string& what) {
  const std::string written = text(node, what, "a duration such as \"5s\"");
  const std::size_t digits = std::min(written.find_first_not_of("0123456789"), written.size());
  const std::string unit = written.substr(digits);
  const std::uint64_t factor = unit == "ms"  ? 1
                               : unit == "s" ? 1'000
                               : unit == "m" ? 60'000
                               : unit == "h" ? 3'600'000
                                             : 0;
  if (factor == 0 || digits == 0 || digits > 9) {
    fail_at(at(node), what + " is '" + written + "', which is not a duration",
            "write \"20ms\", \"5s\", \"10m\" or \"1h\"");
  }
  const std::uint64_t total = std::stoull(written.substr(0, digits)) * factor;
  if (total == 0 || total > kMaxDuration_ms) {
    fail_at(at(node), what + " is '" + written + "', expected 1ms to 24h",
            "choose a duration in this range");
  }
  return static_cast<std::uint32_t>(total);
}

std::uint64_t TomlReader::size_bytes(const toml::node& node, const std::string& what) {
  const std::string written = text(node, what, "a size such as \"256MiB\"");
  const std::size_t digits = std::min(written.find_first_not_of("0123456789"), written.size());
  const std::string unit = written.substr(digits);
  const std::uint64_t factor = unit == "KiB"   ? 1ull << 10
                               : unit == "MiB" ? 1ull << 20
                               : unit == "GiB" ? 1ull << 30
                                               : 0;
  if (factor == 0 || digits == 0 || digits > 6 || std::stoull(written.substr(0, digits)) == 0) {
    fail_at(at(node), what + " is '" + written + "', which is not a size",
            "write \"512KiB\", \"256MiB\" or \"2GiB\"");
  }
  return std::stoull(written.substr(0, digits)) * factor;
}

const toml::table& TomlReader::table(const toml::node& node, const std::string& what,
                                     const std::string& expected) const {
  if (node.as_table() == nullptr) wrong_type(node, what, expected);
  return *node.as_table();
}

TomlReader::Names TomlReader::texts(const toml::node& node, const std::string& what) {
  const auto* array = node.as_array();
  if (array == nullptr) wrong_type(node, what, "an array of strings");
  if (array->empty()) fail_at(at(node), what + " is empty", "name at least one, or leave it out");
  if (array->size() > kMaxListItems) {
    fail_at(at(node), what + " has more than " + std::to_string(kMaxListItems) + " items",
            "name fewer");
  }
  Names result;
  for (const auto& item : *array) result.push_back(text(item, "an item of " + what));
  return result;
}

std::string TomlReader::choice(const toml::node& node, const std::string& what,
                               const Names& known) {
  const std::string chosen = text(node, what);
  if (std::find(known.begin(), known.end(), chosen) != known.end()) return chosen;
  fail_at(at(node), what + " is '" + chosen + "'" + schemas::did_you_mean(chosen, known),
          "choose one of: " + list(known));
}

std::string TomlReader::read_text() const {
  const Place place = beginning();
  try {
    const files::InputFile file(file_);
    if (file.size() <= kMaxFlowFileBytes) return file.text(kMaxFlowFileBytes);
  } catch (const files::Error& error) {
    fail_at(place, "this flow file cannot be read", "check the name and the permissions");
  }
  fail_at(place,
          "a flow file has at most " + std::to_string(kMaxFlowFileBytes) + " bytes, this has more",
          "keep data in other files");
}

void TomlReader::limit_dots(const std::string& text) const {
  toml::source_position place{1, 1};
  std::size_t dots = 0;
  for (const char c : text) {
    dots += c == '.' ? 1 : 0;
    if (dots > kMaxDotsInLine) {
      fail_at(at(place), "more than " + std::to_string(kMaxDotsInLine) + " dots in one line",
              "nest fewer keys, or split the line");
    }
    ++place.column;
    if (c != '\n') continue;
    place = {place.line + 1, 1};
    dots = 0;
  }
}

const char* TomlReader::type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an int";
    case toml::node_type::floating_point: return "a float";
    case toml::node_type::boolean: return "a bool";
    default: return "a date or time";
  }
}

}  // namespace flow
