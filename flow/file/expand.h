#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "flow/file/flow.h"

namespace flow {

/// Longest text that substitution may make of one string.
inline constexpr std::size_t kMaxExpandedBytes = 64 * 1024;

/// Most variables a flow file may define.
inline constexpr std::size_t kMaxVars = 256;

/// Replaces in a string of a flow file:
/// - ${var.x} by the variable x, a built-in one or one of [var];
/// - ${env.X} by the environment variable X, which must be set;
/// - ${env.X:-text} by X, or by `text` (substituted too) when X is unset or empty.
/// Not safe for use from several threads.
class Expander {
 public:
  explicit Expander(std::map<std::string, std::string> builtin) : done_(std::move(builtin)) {}

  /// Defines a variable of [var]; it may use others, in any order. Throws
  /// executor::Error(bad_config) at `place` for a built-in name and for one variable too many.
  void define(const std::string& name, const std::string& text, const Place& place);

  /// Throws executor::Error(bad_config): an unknown or circular variable, an unset environment
  /// variable, a '${' that is not one of the forms above, or too long a result.
  std::string expand(const std::string& text, const Place& place);

 private:
  struct Variable {
    std::string text;
    Place place;
    bool open = false;  // being expanded: using it again is a circle
  };

  std::string value_of(const std::string& inner, const Place& place);
  std::string variable(const std::string& name, const Place& place);
  std::string environment(const std::string& inner, const Place& place);

  std::map<std::string, std::string> done_;
  std::map<std::string, Variable> waiting_;
  std::size_t depth_ = 0;
};

}  // namespace flow
