#include "executor/files/json_file.h"

#include <algorithm>
#include <string_view>

#include "executor/files/file_error.h"
#include "executor/files/json_text.h"
#include "executor/files/read_file.h"

namespace files {
namespace {

const nlohmann::json kNull;

bool is_integer_in(const nlohmann::json& value, int least, int most) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT32_MAX) return false;
  const auto number = value.get<std::int64_t>();
  return number >= least && number <= most;
}

std::string range_text(double least, double most) {
  return "a number from " + nlohmann::json(least).dump() + " to " + nlohmann::json(most).dump();
}

// Python writes what JSON has no word for; diffusers' scheduler configurations hold "-Infinity".
std::string without_python_numbers(const std::string& text) {
  std::string result;
  result.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = std::string_view(text).substr(i);
    std::size_t length = 0;
    for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
      if (!in_string && length == 0 && rest.substr(0, word.size()) == word) length = word.size();
    }
    if (length > 0) {
      result += "null";
      result.append(length - std::min<std::size_t>(length, 4), ' ');  // places stay what they are
    } else {
      if (text[i] == '"') in_string = !in_string;
      length = in_string && text[i] == '\\' && rest.size() > 1 ? 2 : 1;
      result += rest.substr(0, length);
    }
    i += length;
  }
  return result;
}

}  // namespace

nlohmann::json read_json_file(const std::filesystem::path& file) {
  const std::string text = read_file(file, JsonLimits{}.bytes);
  try {
    const bool python = text.find("Infinity") != text.npos || text.find("NaN") != text.npos;
    return parse_json(python ? without_python_numbers(text) : text);
  } catch (const Error& error) {
    throw Error(file.string() + ": " + error.what(),
                "the file is damaged or was not written to its end: fetch it again");
  }
}

ConfigFile::ConfigFile(const std::filesystem::path& file)
    : file_(file), json_(read_json_file(file)) {
  if (!json_.is_object()) throw Error(file.string() + ": holds no JSON object");
}

void ConfigFile::fail(const std::string& key, const std::string& cause) const {
  throw Error(file_.string() + ": \"" + key + "\" " + cause);
}

bool ConfigFile::has(const std::string& key) const {
  const auto at = json_.find(key);
  return at != json_.end() && !at->is_null();
}

int ConfigFile::integer(const std::string& key, int least, int most) const {
  if (!has(key)) fail(key, "is missing");
  const auto& value = json_.at(key);
  if (!is_integer_in(value, least, most)) {
    fail(key, "is " + value.dump() + ", but must be a whole number from " + std::to_string(least) +
                  " to " + std::to_string(most));
  }
  return value.get<int>();
}

int ConfigFile::integer(const std::string& key, int least, int most, int fallback) const {
  return has(key) ? integer(key, least, most) : fallback;
}

double ConfigFile::number(const std::string& key, double least, double most,
                          double fallback) const {
  if (!has(key)) return fallback;
  const auto& value = json_.at(key);
  if (!value.is_number() || !(value.get<double>() >= least && value.get<double>() <= most)) {
    fail(key, "is " + value.dump() + ", but must be " + range_text(least, most));
  }
  return value.get<double>();
}

bool ConfigFile::flag(const std::string& key, bool fallback) const {
  if (!has(key)) return fallback;
  const auto& value = json_.at(key);
  if (!value.is_boolean()) fail(key, "is " + value.dump() + ", but must be true or false");
  return value.get<bool>();
}

std::string ConfigFile::text(const std::string& key, const std::string& fallback) const {
  if (!has(key)) return fallback;
  const auto& value = json_.at(key);
  if (!value.is_string()) fail(key, "is " + value.dump() + ", but must be a text");
  return value.get<std::string>();
}

std::vector<std::string> ConfigFile::texts(const std::string& key) const {
  if (!has(key)) fail(key, "is missing");
  std::vector<std::string> result;
  const auto& value = json_.at(key);
  if (!value.is_array()) fail(key, "must be a list of texts");
  for (const auto& entry : value) {
    if (!entry.is_string()) fail(key, "must be a list of texts");
    result.push_back(entry.get<std::string>());
  }
  return result;
}

std::vector<int> ConfigFile::integers(const std::string& key, int least, int most,
                                      std::size_t count) const {
  if (!has(key)) fail(key, "is missing");
  const auto& value = json_.at(key);
  if (!value.is_array()) return std::vector<int>(count, integer(key, least, most));
  std::vector<int> result;
  for (const auto& entry : value) {
    if (!is_integer_in(entry, least, most)) {
      fail(key, "has the entry " + entry.dump() + ", but must hold whole numbers from " +
                    std::to_string(least) + " to " + std::to_string(most));
    }
    result.push_back(entry.get<int>());
  }
  if (result.size() != count) {
    fail(key, "has " + std::to_string(result.size()) + " entries, but must have " +
                  std::to_string(count));
  }
  return result;
}

void ConfigFile::only(const std::string& key, const nlohmann::json& value) const {
  const auto& found = has(key) ? json_.at(key) : kNull;
  if (found.is_null() || found == value) return;
  fail(key, "is " + found.dump() + ", which is not supported; supported is " + value.dump());
}

std::vector<std::string> ConfigFile::others(const std::vector<std::string>& known) const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json_.items()) {
    if (key.empty() || key.front() == '_' || value.is_null() || value == false) continue;
    if (std::find(known.begin(), known.end(), key) == known.end()) keys.push_back(key);
  }
  return keys;
}

void ConfigFile::refuse_others(const std::vector<std::string>& known) const {
  const auto keys = others(known);
  if (keys.empty()) return;
  fail(keys.front(), "is a setting that this version does not know (value " +
                         json_.at(keys.front()).dump() + ")");
}

}  // namespace files
