#include "registry/target_checks.h"

#include "executor/error.h"

namespace registry {

void require_own(const std::string& target) {
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
