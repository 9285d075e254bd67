#include "schemas/strategies.h"

namespace schemas {

const std::vector<std::string>& strategies() {
  static const std::vector<std::string> names = {
      kBig, kAdaptive, kInterpolation, kDistillation, kPrototype, kDreamBooth, kPlain};
  return names;
}

std::string list_of_strategies() {
  std::string list;
  for (const auto& name : strategies()) {
    if (name == strategies().back()) {
      list += " or ";
    } else if (!list.empty()) {
      list += ", ";
    }
    list += name;
  }
  return list;
}

}  // namespace schemas
