#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace files {

/// Throws Error when the file is no regular file, cannot be read, or is no JSON within JsonLimits.
/// Python's NaN, Infinity and -Infinity are read as null.
nlohmann::json read_json_file(const std::filesystem::path& file);

/// A configuration object with typed access; every Error names the file and the key.
class ConfigFile {
 public:
  /// Throws Error unless the file holds a JSON object.
  explicit ConfigFile(const std::filesystem::path& file);

  /// True when the key is there and not null.
  bool has(const std::string& key) const;
  /// The integer at `key`, which must be in [least, most]; Error when it is absent.
  int integer(const std::string& key, int least, int most) const;
  int integer(const std::string& key, int least, int most, int fallback) const;
  double number(const std::string& key, double least, double most, double fallback) const;
  bool flag(const std::string& key, bool fallback) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  std::vector<std::string> texts(const std::string& key) const;
  /// A list of integers; a single integer stands for a list of `count` equal ones.
  std::vector<int> integers(const std::string& key, int least, int most, std::size_t count) const;
  /// Throws Error when the key is there, not null, and not `value`: what else it could be is not
  /// supported.
  void only(const std::string& key, const nlohmann::json& value) const;
  /// Throws Error for a key outside `known` whose value is neither null nor false, so that a
  /// setting that changes the arithmetic is never passed over. Keys that begin with `_` are notes.
  void refuse_others(const std::vector<std::string>& known) const;

  /// The keys that refuse_others() would refuse.
  std::vector<std::string> others(const std::vector<std::string>& known) const;

  [[noreturn]] void fail(const std::string& key, const std::string& cause) const;
  const nlohmann::json& json() const { return json_; }
  const std::filesystem::path& path() const { return file_; }

 private:
  std::filesystem::path file_;
  nlohmann::json json_;
};

}  // namespace files
