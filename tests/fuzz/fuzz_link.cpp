#include "flow/gateway/job_key.h"
#include "schemas/access.h"
#include "schemas/jobs.h"
#include "schemas/link.h"
#include "schemas/progress.h"
#include "schemas/status.h"

namespace {

template <typename T>
void read_as(std::string_view body) {
  try {
    schemas::unpack<T>(body);
  } catch (const schemas::CodecError&) {
  }
}

}  // namespace

// What stages and gateway say to each other, and the fields of a body that the gateway looks at.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  read_as<schemas::Hello>(body);
  read_as<schemas::Welcome>(body);
  read_as<schemas::Ended>(body);
  read_as<schemas::Fault>(body);
  read_as<schemas::Progress>(body);
  read_as<schemas::Status>(body);
  read_as<schemas::Control>(body);
  read_as<schemas::JobReport>(body);
  try {
    flow::serial_key({"target_model", "category"}, body, "/finetune", "ann");
  } catch (const schemas::CodecError&) {
  }
  return 0;
}
