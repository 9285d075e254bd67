#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "flow/file/flow.h"

namespace flow {

/// The longest text that substitution may produce from one string.
inline constexpr std::size_t kMaxExpandedBytes = 64 * 1024;

/// The most variables that a flow file may define.
inline constexpr std::size_t kMaxVars = 256;

/// Substitutes in a string of a flow file:
/// - ${var.x}: the variable x, built-in or from [var];
/// - ${env.X}: the environment variable X, which must be set;
/// - ${env.X:-text}: X, or `text` (itself substituted) when X is unset or empty.
/// Used by one thread.
class Expander {
 public:
  explicit Expander(std::map<std::string, std::string> builtin) : done_(std::move(builtin)) {}

  /// Defines a variable of [var]. It may use other variables, in any order. Throws
  /// executor::Error(bad_config) at `place` for a built-in name and for too many variables.
  void define(const std::string& name, const std::string& text, const Place& place);

  /// Throws executor::Error(bad_config) for an unknown or circular variable, an unset environment
  /// variable, a '${' in none of the forms above, and a result that is too long.
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
