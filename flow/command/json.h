#pragma once

#include <iostream>
#include <nlohmann/json.hpp>

namespace flow::command {

/// Keeps the order in which keys are added: what --json prints reads as it is documented.
using Json = nlohmann::ordered_json;

/// One line on stdout; bytes that are no UTF-8 become the replacement character.
inline void print_json(const Json& value) {
  std::cout << value.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

}  // namespace flow::command
