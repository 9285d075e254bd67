#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "schemas/value.h"

namespace executor {

/// Declares one parameter of a plugin, which `with` in a flow file may set. Its type is the type of
/// `default_value`. The range (both ends included) applies to numbers.
struct Param {
  std::string name;
  schemas::Value default_value;
  std::string help;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// "bool", "int", "float" or "string".
std::string type_name(const schemas::Value& value);

/// Why `value` does not fit `param`; nothing when it fits. An int fits a float parameter.
std::optional<std::string> misfit(const Param& param, const schemas::Value& value);

/// The parameters of one stage: the declared defaults, overridden by the flow file. A value. The
/// constructor checks them, so reading a declared name never fails.
class Params {
 public:
  /// Throws Error(bad_config) for an undeclared name (it names the nearest one), a wrong type, or a
  /// value out of range.
  Params(const std::vector<Param>& declared, const schemas::Values& given);

  /// T is bool, std::int64_t, double or std::string. Throws std::logic_error when the plugin did
  /// not declare `name` with that type: a mistake in the plugin.
  template <typename T>
  T get(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end() || !std::holds_alternative<T>(found->second)) {
      throw std::logic_error("parameter '" + name + "' is not declared with this type");
    }
    return std::get<T>(found->second);
  }

 private:
  schemas::Values values_;
};

}  // namespace executor
