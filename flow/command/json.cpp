#include "flow/command/json.h"

#include <iostream>

namespace flow::command {

Json json_of_values(const schemas::Values& values) {
  Json out = Json::object();
  for (const auto& [name, value] : values) {
    out[name] = std::visit([](const auto& held) { return Json(held); }, value);
  }
  return out;
}

void print_json(const Json& value) {
  std::cout << value.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

}  // namespace flow::command
