#include <cstdlib>

#include "executor/describe.h"
#include "executor/error.h"

// What a stage says of its plugin when it joins: read back as it was written.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    const auto plugin = executor::from_json({reinterpret_cast<const char*>(data), size});
    const auto text = executor::to_json(plugin);
    if (executor::to_json(executor::from_json(text)) != text) std::abort();
  } catch (const executor::Error&) {
  }
  return 0;
}
