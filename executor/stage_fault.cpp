#include "executor/stage_fault.h"

#include <new>

#include "executor/error.h"
#include "executor/full_disk.h"
#include "schemas/codec_error.h"

namespace executor {

schemas::Fault fault_of(const std::exception& error) {
  schemas::Fault fault;
  fault.cause = error.what();
  if (const auto* known = dynamic_cast<const Error*>(&error)) {
    fault.code = known->code();
    fault.hint = known->hint();
  } else if (dynamic_cast<const Cancelled*>(&error) != nullptr) {
    fault.code = "cancelled";
  } else if (dynamic_cast<const schemas::CodecError*>(&error) != nullptr) {
    fault.code = "bad_input";
    fault.hint = "compare the message with schemas/wire.md";
  } else if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    fault.code = "out_of_memory";
    fault.hint = "use fewer or smaller pictures";
  } else if (is_full_disk(error)) {
    fault.code = "unavailable";
    fault.hint = kFullDiskHint;
  } else {
    fault.code = "internal";
    fault.hint = "the stage's log has more";
  }
  return fault;
}

}  // namespace executor
