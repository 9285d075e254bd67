#include <cstdlib>

#include "pictures/picture_header.h"
#include "pictures/picture_limits.h"

// What passes the checks before decoding is within the limits.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    const auto header = pictures::check_picture({reinterpret_cast<const char*>(data), size});
    if (header.width * header.height > pictures::kMaxPixels) std::abort();
  } catch (const pictures::PictureFault&) {
  }
  return 0;
}
