#include "schemas/strategies.h"

namespace schemas {

bool interpolates(const std::string& strategy) {
  return strategy == kInterpolation || strategy == kGeneral;
}

const std::vector<std::string>& strategies() {
  static const std::vector<std::string> names = {
      kGeneral, kInterpolation, kBig, kAdaptive, kDistillation, kPrototype, kDreamBooth, kPlain};
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
