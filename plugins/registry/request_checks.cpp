#include "registry/request_checks.h"

#include <cmath>
#include <sstream>

namespace registry {
namespace {

[[noreturn]] void out_of_range(const std::string& option, const std::string& value,
                               const std::string& least, const std::string& most) {
  throw executor::Error("bad_input", option + " is " + value,
                        "give " + option + " from " + least + " to " + most);
}

std::string shown(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

void require_range(const std::string& option, std::int64_t value, std::int64_t least,
                   std::int64_t most) {
  if (value >= least && value <= most) return;
  out_of_range(option, std::to_string(value), std::to_string(least), std::to_string(most));
}

void require_range(const std::string& option, double value, double least, double most) {
  if (std::isfinite(value) && value >= least && value <= most) return;
  out_of_range(option, shown(value), shown(least), shown(most));
}

void require_none(const std::optional<schemas::OptionFault>& fault) {
  if (fault) throw executor::Error("bad_input", fault->cause, fault->hint);
}

}  // namespace registry
