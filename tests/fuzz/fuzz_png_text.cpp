#include <cstdlib>
#include <stdexcept>

#include "pictures/png_text.h"

// A recipe that was put into a PNG is read back.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view png(reinterpret_cast<const char*>(data), size);
  try {
    pictures::png_text(png, "parameters");
    if (pictures::png_text(png, "fuzz")) return 0;  // the first text of a keyword counts
    const auto with = pictures::with_png_text(png, "fuzz", "a recipe");
    if (pictures::png_text(with, "fuzz").value_or("a recipe") != "a recipe") std::abort();
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
