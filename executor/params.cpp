#include "executor/params.h"

#include <cmath>
#include <sstream>

#include "executor/error.h"
#include "schemas/nearest.h"

namespace executor {
namespace {

std::optional<double> as_number(const schemas::Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

const Param* find(const std::vector<Param>& declared, const std::string& name) {
  for (const auto& param : declared) {
    if (param.name == name) return &param;
  }
  return nullptr;
}

}  // namespace

std::string type_name(const schemas::Value& value) {
  static const char* const kNames[] = {"bool", "int", "float", "string"};
  return kNames[value.index()];
}

std::optional<std::string> misfit(const Param& param, const schemas::Value& value) {
  const bool widened = std::holds_alternative<double>(param.default_value) &&
                       std::holds_alternative<std::int64_t>(value);
  if (value.index() != param.default_value.index() && !widened) {
    return "'" + param.name + "' is " + type_name(value) + ", expected " +
           type_name(param.default_value);
  }
  const auto number = as_number(value);
  if (number && !(*number >= param.min && *number <= param.max)) {
    std::ostringstream text;
    text << "'" << param.name << "' is " << *number << ", expected " << param.min << " to "
         << param.max;
    return text.str();
  }
  return std::nullopt;
}

Params::Params(const std::vector<Param>& declared, const schemas::Values& given) {
  for (const auto& param : declared) values_[param.name] = param.default_value;
  for (const auto& [name, value] : given) {
    const Param* param = find(declared, name);
    if (param == nullptr) {
      std::vector<std::string> names;
      for (const auto& known : declared) names.push_back(known.name);
      throw Error("bad_config",
                  "there is no parameter '" + name + "'" + schemas::did_you_mean(name, names));
    }
    if (const auto why = misfit(*param, value)) throw Error("bad_config", *why);
    const bool widen = std::holds_alternative<double>(param->default_value);
    values_[name] = widen ? schemas::Value(*as_number(value)) : value;
  }
}

}  // namespace executor
