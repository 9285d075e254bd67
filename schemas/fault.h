#pragma once

#include <string>

#include "schemas/codec.h"

namespace schemas {

/// The one shape of every error that reaches a client.
/// Codes: bad_input, bad_config, not_found, unauthenticated, forbidden, exists, unavailable,
/// queue_full, stage_died, timeout, cancelled, no_checkpoint, out_of_memory, protocol, internal.
struct Fault {
  static constexpr const char* kType = "fault.v1";
  std::string code;          ///< one of the codes above; clients decide by it
  std::string stage;         ///< the stage (or "gateway", "client") where it happened
  std::string job;           ///< empty when there is no job
  std::string cause;         ///< what is wrong, with the values
  std::string hint;          ///< what to do about it
  double retry_after_s = 0;  ///< for queue_full: when to try again
  MSGPACK_DEFINE_MAP(code, stage, job, cause, hint, retry_after_s)
};

}  // namespace schemas
