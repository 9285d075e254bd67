#include "flow/command/json.h"

#include <iostream>

namespace flow::command {

void print_json(const Json& value) {
  std::cout << value.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

}  // namespace flow::command
