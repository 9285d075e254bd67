#include "flow/gateway/rate_limited.h"

namespace flow {

schemas::Fault fault_of(const executor::Error& error, const std::string& stage) {
  schemas::Fault fault{error.code(), stage, "", error.what(), error.hint()};
  if (const auto* later = dynamic_cast<const RateLimited*>(&error)) {
    fault.retry_after_s = later->after_s;
  }
  return fault;
}

}  // namespace flow
