#include "registry/targets.h"

#include <algorithm>
#include <vector>

#include "executor/error.h"
#include "registry/request_checks.h"
#include "schemas/nearest.h"

namespace registry {
namespace {
constexpr std::size_t kLongestTarget = 32;  // what is longer is near to no name
}

void require_known_target(const std::string& target) {
  static const std::vector<std::string> known = {kPrivate, kPrivateMeta, kMeta, kPretrained};
  if (std::find(known.begin(), known.end(), target) != known.end()) return;
  throw executor::Error("bad_input",
                        "there is no target_model " + quoted(target) +
                            schemas::did_you_mean(target.substr(0, kLongestTarget), known),
                        "use private (your own model of one thing) or pretrained (the base model)");
}

void require_trainable(const std::string& target) {
  require_known_target(target);
  if (target == kPretrained) {
    throw executor::Error("bad_input", "target_model 'pretrained' is never trained",
                          "it can only be used to generate; train target_model 'private'");
  }
  if (target != kPrivate) {
    throw executor::Error("bad_input", "target_model '" + target + "' cannot be trained yet",
                          "this version trains target_model 'private' alone");
  }
}

void require_drawable(const std::string& target) {
  require_known_target(target);
  if (target == kMeta || target == kPrivateMeta) {
    throw executor::Error("bad_input", "target_model '" + target + "' cannot be drawn with yet",
                          "this version draws with target_model 'private' and 'pretrained'");
  }
}

}  // namespace registry
