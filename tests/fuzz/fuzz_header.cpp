#include <cstdlib>

#include "schemas/header.h"

// What is read as a header is written and read again as the same header.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    const auto header = schemas::decode_header({reinterpret_cast<const char*>(data), size});
    const auto bytes = schemas::encode(header);
    if (schemas::encode(schemas::decode_header(bytes)) != bytes) std::abort();
  } catch (const schemas::CodecError&) {
  }
  return 0;
}
