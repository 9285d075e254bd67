#include "registry/target_checks.h"

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
                        "use private (a model of one thing), private_meta (your metamodel), meta "
                        "(that of all) or pretrained (the base model)");
}

void require_trainable(const std::string& target) {
  require_known_target(target);
  if (target != kPretrained) return;
  throw executor::Error("bad_input", "target_model 'pretrained' is never trained",
                        "it can only be used to generate; train private, private_meta or meta");
}

void require_metamodel(const std::string& target) {
  require_known_target(target);
  if (is_metamodel(target)) return;
  throw executor::Error("bad_input", "target_model '" + target + "' is no metamodel",
                        "use private_meta or meta");
}

void require_own(const std::string& target) {
  require_known_target(target);
  if (target != kMeta) return;
  throw executor::Error("forbidden", "target_model 'meta' is everybody's",
                        "an administrator may: /admin/rollback_model, /admin/reset_model, "
                        "/admin/retrain_model");
}

std::string line_of(const std::string& target, const std::string& owner) {
  if (target == kMeta) return kMeta;
  return target == kPrivateMeta ? target + "\n" + owner : "";
}

}  // namespace registry
